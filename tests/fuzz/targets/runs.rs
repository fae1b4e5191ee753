//! What is compared: baselines, which travel as files, and the record of a run.

use std::fs;
use std::path::Path;

use weighhouse::runs::{Run, Side, agreement, paces};

use crate::case::Case;
use crate::harness::Target;

pub const BASELINE: Target = Target {
    name: "baseline",
    run: baseline,
    dictionary: &[
        "PAR1",
        "weighhouse:run",
        "weighhouse:history",
        "weighhouse:rows",
        "weighhouse:table:wins",
        "schema_version",
    ],
    also: || vec![Case::read(&root().join("fixtures/baseline.parquet"))],
    inputs: 1500,
};

pub const RUN_RECORD: Target = Target {
    name: "run_record",
    run: run_record,
    dictionary: &[
        "schema_version",
        "command",
        "settings",
        "inputs",
        "models",
        "replay wins",
        "evaluate",
        "compare",
        "null",
    ],
    also: || vec![Case::single(fs::read(root().join("reports/example/run.json")).unwrap())],
    inputs: 1500,
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Opens a file as a side and holds what it is against itself.
fn baseline(case: &Case, folder: &Path) -> String {
    let path = folder.join("baseline.parquet");
    case.write(&path);
    match Side::open(&path) {
        Ok(Side::Losses(_)) => "losses".into(),
        Ok(Side::Run(run)) => match (agreement(&run, &run, 0.0), paces(&run, &run)) {
            (Ok(agreement), Ok(_)) => {
                assert!(agreement.is_whole(), "a run differs from itself: {agreement:?}");
                format!("run with {} tables", run.tables.len())
            }
            (Err(error), _) | (_, Err(error)) => error.to_string(),
        },
        Err(error) => error.to_string(),
    }
}

/// A folder whose record is anything.
fn run_record(case: &Case, folder: &Path) -> String {
    let run = folder.join("run");
    fs::create_dir_all(&run).unwrap();
    case.write(&run.join("run.json"));
    let answer = Run::of_folder(&run).map_or_else(|error| error.to_string(), |_| "a run".into());
    fs::remove_dir_all(run).unwrap();
    answer
}
