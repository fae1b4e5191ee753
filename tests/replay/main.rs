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

/// The last line on stderr, of a run that ended with this code after it had said something.
#[track_caller]
fn refused_late(run: &run::Run, code: i32) -> String {
    let stderr = run.stderr();
    assert_eq!(run.code(), code, "{stderr}");
    let last = stderr.lines().last().and_then(|line| line.strip_prefix("error: "));
    last.unwrap_or_else(|| panic!("{stderr}")).to_owned()
}
