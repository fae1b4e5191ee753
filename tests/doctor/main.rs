//! `weighhouse doctor` through the binary: what passes on this machine, what a damaged model, a missing folder and a failing
//! device come to, and each with its exit code.

#[path = "../shared/folder.rs"]
mod folder;
#[path = "../shared/run.rs"]
mod run;
#[path = "../shared/table.rs"]
mod table;

use std::path::Path;

use serde_json::Value;

use folder::{Folder, root};
use run::Run;

fn doctor(folder: &Folder, arguments: &[&str]) -> Run {
    folder.run_plain(&[&["--device", "cpu"], arguments].concat())
}

fn rows(run: &Run) -> Vec<Value> {
    serde_json::from_str(&run.stdout()).unwrap()
}

fn of<'r>(rows: &'r [Value], section: &str) -> Vec<&'r Value> {
    rows.iter().filter(|row| row["section"] == section).collect()
}

fn fixtures() -> String {
    root().join("fixtures").display().to_string()
}

#[test]
fn this_machine_passes_every_section() {
    let folder = Folder::new("doctor");
    let run = doctor(&folder, &["--models", &fixtures(), "--format", "json"]).succeeded();
    let rows = rows(&run);
    for section in ["environment", "operations", "conformance", "determinism"] {
        let own = of(&rows, section);
        assert!(own.iter().any(|row| row["outcome"] == "passed"), "{section}");
        assert!(own.iter().all(|row| row["outcome"] != "failed"), "{section}: {own:?}");
    }
    let models = of(&rows, "conformance").iter().filter(|row| row["check"] == "models alone, f32").count();
    let there = ["conformance", "conformance-options"].map(|name| entries(&root().join("fixtures").join(name)));
    assert_eq!(models, there.iter().sum::<usize>());
}

fn entries(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}
