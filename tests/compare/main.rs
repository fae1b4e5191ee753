//! `weighhouse compare` and `weighhouse baseline` through the binary: what passes, what is a regression, what cannot be
//! said, what is refused, and each with its exit code.

mod baselines;
#[path = "../shared/folder.rs"]
mod folder;
mod losses;
mod refused;
#[path = "../shared/run.rs"]
mod run;
mod runs;
#[path = "../shared/table.rs"]
mod table;
mod workbench;
