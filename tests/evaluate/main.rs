//! `weighhouse evaluate` through the binary: what it writes, that nothing measured is lost, and that every bad input
//! ends in one clear line and the documented exit code. Each test has a folder, an output and a store of its own.

mod bad_models;
mod bad_records;
mod bad_settings;
mod device;
#[path = "../shared/folder.rs"]
mod folder;
mod folders;
mod judging;
mod kernels;
mod long_run;
mod model;
mod outputs;
mod processes;
mod records;
mod resume;
#[path = "../shared/run.rs"]
mod run;
#[cfg(target_os = "linux")]
mod signals;
mod sources;
mod statuses;
#[path = "../shared/table.rs"]
mod table;
mod workbench;
