//! `weighhouse doctor` through the binary: what passes on this machine, what a damaged model, a missing folder and a failing
//! device come to, and each with its exit code.

#[path = "../shared/folder.rs"]
#[expect(dead_code, reason = "doctor writes no tables")]
mod folder;
#[path = "../shared/run.rs"]
mod run;
#[path = "../shared/table.rs"]
#[expect(dead_code, reason = "doctor writes no tables")]
mod table;

use std::path::Path;
#[cfg(unix)]
use std::process::{Command, Stdio};
#[cfg(unix)]
use std::time::Duration;

use candle_core::Device;
use serde_json::Value;
use weighhouse::engine::device::compute_dtype;
use weighhouse::engine::kernels::Kernels;
use weighhouse::engine::request::DtypeRequest;

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

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn conformance(name: &str) -> std::path::PathBuf {
    root().join("fixtures/conformance").join(name)
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that skips something says so")]
fn a_processor_passes_in_half_precision_where_it_has_it() {
    if let Err(absent) = compute_dtype(DtypeRequest::Bf16, Kernels::Fused, &Device::Cpu) {
        eprintln!("skipped: {absent}");
        return;
    }
    let folder = Folder::new("doctor");
    let fixtures = root().join("fixtures").display().to_string();
    let run = doctor(&folder, &["--dtype", "bf16", "--models", &fixtures, "--format", "json"]).succeeded();
    let rows = rows(&run);
    for section in ["operations", "conformance", "determinism", "ceilings"] {
        let half = |row: &&Value| row["check"].as_str().unwrap().contains("bf16");
        assert!(of(&rows, section).iter().any(half), "{section}");
    }
    assert!(rows.iter().all(|row| row["outcome"] == "passed"), "{rows:?}");
}

#[test]
fn this_machine_passes_every_section() {
    let folder = Folder::new("doctor");
    let fixtures = root().join("fixtures").display().to_string();
    let bench = ["--bench", "--bench-shapes", "tiny", "--bench-folder", "kept"];
    let run = doctor(&folder, &[&["--models", &fixtures, "--format", "json"], &bench[..]].concat()).succeeded();
    let rows = rows(&run);
    for section in ["environment", "operations", "conformance", "faults", "determinism", "ceilings", "bench"] {
        let own = of(&rows, section);
        assert!(own.iter().any(|row| row["outcome"] == "passed"), "{section}");
        assert!(own.iter().all(|row| row["outcome"] != "failed"), "{section}: {own:?}");
    }
    let models = of(&rows, "conformance").iter().filter(|row| row["check"] == "models alone, f32").count();
    let there =
        ["conformance", "conformance-options"].map(|name| std::fs::read_dir(root().join("fixtures").join(name)));
    assert_eq!(models, there.into_iter().map(|entries| entries.unwrap().count()).sum::<usize>());
    for row in of(&rows, "bench") {
        assert!(row["found"].as_f64() > Some(0.0) && row["tokens"].as_u64() > Some(0), "{row}");
        // Weights at random know nothing: each of 256 tokens is about as likely.
        assert!((row["mean_loss"].as_f64().unwrap() - 256_f64.ln()).abs() < 0.5, "{row}");
        assert!(row["waits"].is_null() && row["nominal_share"].is_null(), "what is not known is empty: {row}");
    }
    let kept: Value = serde_json::from_slice(&std::fs::read(folder.path("kept/tiny/batches.json")).unwrap()).unwrap();
    let names: Vec<&Value> = of(&rows, "bench").iter().map(|row| &row["case"]).collect();
    assert_eq!(kept.as_array().unwrap().iter().map(|batch| &batch["name"]).collect::<Vec<_>>(), names);
}

#[test]
fn a_damaged_model_fails_its_row_and_the_run() {
    let folder = Folder::new("doctor");
    let [damaged, whole] = ["llama", "phi"].map(|name| {
        copy(&conformance(name), &folder.path(&format!("models/{name}")));
        folder.path(&format!("models/{name}/model.safetensors"))
    });
    let mut bytes = std::fs::read(&damaged).unwrap();
    // The last number becomes 12 in bf16 and f32, and 2.6 in f16.
    let end = bytes.len();
    bytes[end - 2..].copy_from_slice(&[0x40, 0x41]);
    assert_ne!(std::fs::read(&damaged).unwrap(), bytes);
    std::fs::write(&damaged, bytes).unwrap();
    assert!(whole.is_file());
    let run = doctor(&folder, &["--models", "models", "--format", "json"]);
    assert_eq!(run.code(), 3, "{}", run.stderr());
    let rows = rows(&run);
    let outcomes = |case: &str| {
        of(&rows, "conformance")
            .into_iter()
            .filter(|row| row["case"] == case)
            .map(|row| row["outcome"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(outcomes("llama"), ["failed"; 3]);
    assert_eq!(outcomes("phi"), ["passed"; 3]);
    assert_eq!(rows.iter().filter(|row| row["outcome"] == "failed").count(), 3);
}

#[test]
fn without_models_conformance_is_skipped_and_that_is_said() {
    let folder = Folder::new("doctor");
    let run = doctor(&folder, &[]).succeeded();
    let warnings = run.warnings();
    assert!(
        warnings.len() == 1 && warnings[0].starts_with("conformance is not checked: fixtures holds no case"),
        "{warnings:?}"
    );
    let table = run.stdout();
    let row = table.lines().find(|line| line.starts_with("conformance")).unwrap();
    assert!(row.contains("skipped") && row.contains("fixtures holds no case"), "{table}");
}

#[test]
fn models_that_are_named_must_be_there() {
    let folder = Folder::new("doctor");
    let run = doctor(&folder, &["--models", "nowhere", "--format", "json"]);
    assert_eq!(run.code(), 3, "{}", run.stderr());
    let rows = rows(&run);
    let row = of(&rows, "conformance")[0];
    assert_eq!(row["outcome"], "failed");
    assert!(row["note"].as_str().unwrap().starts_with("nowhere: "), "{row}");
}

#[test]
fn a_model_that_cannot_be_loaded_ends_the_examination() {
    let folder = Folder::new("doctor");
    let model = conformance("llama").display().to_string();
    let run = folder.run_plain(&["--device", "rehearse:load", "--models", &model, "--format", "json"]);
    assert_eq!(run.code(), 75, "{}", run.stderr());
    let rows = rows(&run);
    assert_eq!(of(&rows, "conformance")[0]["outcome"], "failed");
    assert_eq!(of(&rows, "ceilings")[0]["outcome"], "skipped");
}

#[test]
fn a_batch_that_memory_does_not_hold_is_computed_by_halves_and_the_row_says_so() {
    let folder = Folder::new("doctor");
    let model = conformance("llama").display().to_string();
    let arguments = ["--device", "rehearse:memory:3", "--models", &model, "--format", "json"];
    let run = folder.run_plain(&arguments).succeeded();
    let rows = rows(&run);
    let note = |check: &str| {
        let row = rows.iter().find(|row| row["check"].as_str().unwrap().starts_with(check)).unwrap();
        assert_eq!(row["outcome"], "passed", "{row}");
        row["note"].as_str().map(ToOwned::to_owned)
    };
    // Eight texts as four pairs, three batches of four as six pairs, one of four as two; one alone always fits.
    assert_eq!(note("models alone"), None);
    assert!(note("models together").unwrap().ends_with("computed in 4 parts"));
    assert!(note("models with shared prompts").unwrap().ends_with("computed in 6 parts"));
    assert!(note("losses of a batch that differ").unwrap().ends_with("computed in 2 parts"));
}

#[test]
fn a_device_that_fails_ends_the_examination() {
    let folder = Folder::new("doctor");
    let run = folder.run_plain(&["--device", "rehearse:broken:3", "--format", "json"]);
    assert_eq!(run.code(), 75, "{}", run.stderr());
    let rows = rows(&run);
    let operations: Vec<&Value> = of(&rows, "operations").iter().map(|row| &row["outcome"]).collect();
    assert_eq!(operations.last().unwrap(), &"failed");
    assert!(operations.len() <= 4, "{operations:?}");
    for section in ["conformance", "faults", "determinism", "ceilings"] {
        let own = of(&rows, section);
        assert!(own.len() == 1 && own[0]["outcome"] == "skipped", "{own:?}");
        assert!(own[0]["note"].as_str().unwrap().contains("rehearse:broken:3 failed"), "{own:?}");
    }
}

#[test]
fn what_is_not_there_or_makes_no_sense_is_refused() {
    let folder = Folder::new("doctor");
    let refused = |arguments: &[&str]| folder.run_plain(arguments).refused(2);
    assert!(refused(&["--device", "gpu"]).contains("`gpu` for --device"));
    assert!(refused(&["--bench-shapes", "tiny"]).contains("--bench"));
    assert!(refused(&["--bench", "--bench-shapes", "huge"]).contains("expected one of tiny"));
    if !cfg!(feature = "metal") {
        assert!(refused(&["--device", "metal"]).contains("this build has no Metal"));
    }
}

/// Weights of a bench in a temporary folder, written in part or whole.
#[cfg(unix)]
fn has_weights(temporary: &Path) -> bool {
    let folders = std::fs::read_dir(temporary).unwrap().map(|entry| entry.unwrap().path().join("smollm2-135m"));
    folders.flat_map(std::fs::read_dir).flatten().any(|file| {
        let name = file.unwrap().file_name();
        name.to_string_lossy().starts_with("model.safetensors")
    })
}

#[cfg(unix)]
#[test]
fn a_bench_that_is_interrupted_leaves_no_file() {
    let folder = Folder::new("doctor");
    let temporary = folder.path("temporary");
    std::fs::create_dir(&temporary).unwrap();
    let mut command = folder.command(&["--device", "cpu", "--quiet", "--bench", "--bench-shapes", "smollm2-135m"]);
    let mut child = command.env("TMPDIR", &temporary).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while !has_weights(&temporary) && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let left = std::fs::read_dir(&temporary).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(left.collect::<Vec<_>>(), [""; 0]);
}
