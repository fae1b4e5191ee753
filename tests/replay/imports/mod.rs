//! `weighhouse import`: every format of others that is known becomes losses that can be judged, what a log says of its steps
//! is what the rules of its network make of them, and what cannot be judged is refused with its place.

mod harnesses;
mod logs;

use std::path::Path;

use crate::folder::{Folder, root};
use crate::run::Run;
use crate::table::Table;

/// A file of those that others wrote.
fn recorded(name: &str) -> String {
    root().join("tests/data/imports").join(name).display().to_string()
}

/// Two submissions, of the models and keys that the recordings name.
const SUBMISSIONS: &str = r#"{"uid": 1, "model": "org-a/model-one", "hotkey": "hotkey-12", "block": 5, "competition": "x"}
{"uid": 2, "model": "org-b/model-two@main", "hotkey": "hotkey-41", "block": 6, "competition": "x"}
"#;

fn import(folder: &Folder, format: &str, files: &[&str], more: &[&str]) -> Run {
    folder.run_plain(&[&[format], files, more].concat())
}

/// A folder in which what was imported was judged by a preset into `out`, with what that said.
fn judged(folder: &Folder, preset: &str) -> (Folder, Run) {
    let (losses, again) = (folder.path("losses.parquet").display().to_string(), Folder::new("replay"));
    let arguments = ["wins", &losses, "--preset", preset, "--out=out", "--resamples=1000", "--format=json"];
    let run = again.run_plain(&arguments).succeeded();
    (again, run)
}

/// What was imported with the submissions: of each uid its losses in order.
fn imported(folder: &Folder, format: &str, files: &[&str]) -> [Vec<f64>; 2] {
    folder.write("submissions.jsonl", SUBMISSIONS);
    import(folder, format, files, &["--submissions", "submissions.jsonl"]).succeeded();
    losses(&folder.path("losses.parquet"))
}

fn losses(path: &Path) -> [Vec<f64>; 2] {
    let table = Table::read(path);
    let rows: Vec<(u32, Option<f64>)> = table.numbers("uid").into_iter().zip(table.floats("loss")).collect();
    [1, 2].map(|uid| rows.iter().filter(|row| row.0 == uid).map(|row| row.1.unwrap()).collect())
}
