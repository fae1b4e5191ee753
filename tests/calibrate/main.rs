//! `weighhouse calibrate` through the binary: what it finds, that nothing measured is lost, that memory does not follow
//! the recording, and that every bad input ends in one clear line and the documented exit code.

mod bad_input;
mod bench;
mod device;
mod findings;
#[path = "../shared/folder.rs"]
mod folder;
mod gate;
mod inputs;
mod labels;
#[cfg(target_os = "linux")]
#[path = "../shared/peak.rs"]
mod peak;
mod real;
mod resume;
#[path = "../shared/run.rs"]
mod run;
#[path = "../shared/table.rs"]
mod table;
