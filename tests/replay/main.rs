//! `weighhouse replay wins`: the judge against the originals' own code, alone and through the binary; the ways in which
//! losses are recorded, by others too; what other values of a rule would change; and what is refused.

mod contenders;
#[path = "../shared/folder.rs"]
mod folder;
mod golden;
mod grid;
mod horde;
mod imports;
mod recorded;
mod refused;
mod rewards;
#[path = "../shared/run.rs"]
mod run;
mod schedule;
mod sweep;
#[path = "../shared/table.rs"]
mod table;
mod through;
mod utility;
