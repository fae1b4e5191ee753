//! Models measured in several processes: the same results as in one, whatever becomes of the processes.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::device::{SINGLE, ended_without_result, two_models, undisturbed};
use crate::run::Run;
use crate::workbench::{Workbench, root};

fn fixture(name: &str) -> PathBuf {
    root().join("fixtures/models").join(name)
}

/// Good models and all kinds of bad ones: a copy, one without a tensor, one with weights that are no numbers, one that
/// lacks a token that its tokenizer has, one with a tensor too many.
fn mixed() -> Workbench {
    let bench = Workbench::new();
    bench.write_samples(30);
    let nan = bench.copy_model("llama-first", "nan");
    nan.fill("model.layers.0.mlp.up_proj.weight", f32::NAN);
    let lacking = bench.copy_model("llama-nudged", "lacking");
    lacking.edit_json("tokenizer_config.json", |config| {
        let token = json!({"content": "plums", "special": false});
        config.insert("added_tokens_decoder".into(), json!({"600": token}));
    });
    let torn = bench.copy_model("stablelm-hasty", "torn");
    torn.edit_header(|header| {
        let norm = header.remove("model.norm.weight").unwrap();
        header.insert("model.other.weight".into(), norm);
    });
    let more = bench.copy_model("llama-perturbed", "more");
    more.edit_header(|header| {
        let nothing = json!({"dtype": "F32", "shape": [0], "data_offsets": [0, 0]});
        header.insert("extra.weight".into(), nothing);
    });
    let models = ["models/torn", "models/nan", "models/lacking", "models/more"].map(|name| bench.path(name));
    let good = ["llama-first", "llama-copy", "llama-hasty", "stablelm-first", "stablelm-wide"].map(fixture);
    let row = |(model, uid): (&PathBuf, u64)| json!({"uid": uid, "model": model, "block": 99 + uid});
    bench.write_submissions(&good[..3].iter().chain(&models).chain(&good[3..]).zip(1..).map(row).collect::<Vec<_>>());
    bench
}

#[test]
fn several_processes_give_the_results_of_one() {
    let bench = mixed();
    let flags = ["--weight-norms=false", "--sequence-length", "60"];
    let one = bench.run_into("one", "one-store", &[&flags[..], &["--load-ahead", "0"]].concat()).succeeded();
    let statuses = bench.table_of("one", "losses").texts("status");
    for status in ["ok", "nan", "error"] {
        assert!(statuses.iter().any(|found| found == status), "{status} is not among {statuses:?}");
    }
    for told in ["lies outside the model's vocabulary", "no place for", "`model.norm.weight` is missing", "are NaN"] {
        assert!(one.warnings().iter().any(|warning| warning.contains(told)), "{told}: {:?}", one.warnings());
    }
    let several = bench.run(&[&flags[..], &["--processes", "3"]].concat()).succeeded();
    assert!(bench.tables("out") == bench.tables("one"));
    assert_eq!((several.stdout(), several.warnings()), (one.stdout(), one.warnings()));
    let warnings = |out: &str| bench.record(out)["warnings"].clone();
    assert_eq!(warnings("out"), warnings("one"));
    for key in ["device", "compute_dtype", "models"] {
        assert_eq!(bench.record("out")[key], bench.record("one")[key], "{key}");
    }
    let timings = bench.table("timings");
    let phases = timings.texts("phase");
    #[cfg(target_os = "linux")]
    for (phase, peak) in phases
        .iter()
        .zip(timings.counts("peak_bytes"))
        .filter(|(phase, _)| ["load", "evaluate"].contains(&phase.as_str()))
    {
        assert!(peak.is_some_and(|bytes| bytes > 1 << 20), "{phase}: {peak:?}");
    }
    assert_eq!(phases, bench.table_of("one", "timings").texts("phase"));
    let again = bench.run(&[&flags[..], &["--processes", "2"]].concat()).succeeded();
    assert!(bench.tables("out") == bench.tables("one"));
    assert!(again.stderr().matches("from the store").count() >= 5, "{}", again.stderr());
}

#[test]
fn models_that_are_loaded_ahead_are_told_and_measured_in_their_turn() {
    let bench = mixed();
    let flags = ["--weight-norms=false", "--sequence-length", "60"];
    let ahead = bench.run(&[&flags[..], &["--load-ahead", "1GiB"]].concat()).succeeded();
    let alone = bench.run_into("alone", "alone-store", &[&flags[..], &["--load-ahead", "0"]].concat()).succeeded();
    assert!(bench.tables("out") == bench.tables("alone"));
    assert_eq!((ahead.stdout(), ahead.warnings()), (alone.stdout(), alone.warnings()));
    let loads = |out: &str| {
        let phases = bench.table_of(out, "timings").texts("phase");
        phases.into_iter().filter(|phase| phase.starts_with("load")).collect::<Vec<_>>()
    };
    let all = loads("alone");
    assert!(all.len() >= 5 && all.iter().all(|phase| phase == "load"), "{all:?}");
    let expected: Vec<&str> = std::iter::once("load").chain(std::iter::repeat_n("load ahead", all.len() - 1)).collect();
    assert_eq!(loads("out"), expected);
    let little = bench.run(&[&flags[..], &["--fresh", "--load-ahead", "1"]].concat()).succeeded();
    assert_eq!((loads("out"), little.warnings()), (all, alone.warnings()));
    let line = bench.run(&["--processes", "2", "--load-ahead", "1GiB"]).refused(2);
    assert!(line.contains("loaded ahead by one process on the CPU only; leave out `--load-ahead`"), "{line}");
}

#[test]
fn a_child_that_dies_is_followed_by_another_and_no_result_changes() {
    let models = ["llama-hasty", "llama-first", "stablelm-hasty", "stablelm-first"].map(fixture);
    let bench = Workbench::with_models(&models.each_ref().map(|model| model.as_path()));
    // A child that is not the first for its model measures all of that one, and dies in the next.
    let flags = [&SINGLE[..], &["--device", "rehearse:killed:8", "--processes", "2"]].concat();
    let run = bench.run(&flags).succeeded();
    let warnings = run.warnings();
    assert!(!warnings.is_empty(), "nobody died");
    for warning in &warnings {
        assert!(warning.contains(": its process ended early (signal: 6 (SIGABRT)"), "{warning}");
        assert!(warning.ends_with("; what is left of it is measured in a new process"), "{warning}");
    }
    assert!(bench.tables("out") == undisturbed(&bench));
    assert_eq!(bench.stored(), 4 * 6);
}

#[test]
fn a_device_that_breaks_in_one_process_is_tried_in_another() {
    let bench = two_models();
    let flags = [&SINGLE[..], &["--device", "rehearse:broken:4", "--processes", "2"]].concat();
    let run = bench.run(&flags).succeeded();
    let told = "rehearse:broken:4 failed: as it was told to; what is left of it is measured in a new process";
    let warnings = run.warnings();
    assert!(warnings.iter().all(|warning| warning.ends_with(told)) && warnings.len() >= 2, "{warnings:?}");
    assert!(bench.tables("out") == undisturbed(&bench));
}

#[test]
fn a_model_whose_children_die_twice_ends_the_run() {
    let bench = two_models();
    let flags = [&SINGLE[..], &["--device", "rehearse:killed:3", "--processes", "2"]].concat();
    let run = bench.run(&flags);
    let told = "in two processes one after the other; what was measured until then is kept, and nothing is ranked";
    ended_without_result(&bench, &run, told);
    assert_eq!(run.stderr().matches("error: ").count(), 1, "{}", run.stderr());
    bench.run(&[&SINGLE[..], &["--processes", "2"]].concat()).succeeded();
    assert!(bench.tables("out") == undisturbed(&bench));
}

#[test]
fn too_little_memory_is_told_as_by_one_process() {
    let bench = two_models();
    let run = bench.run(&["--device", "rehearse:memory:1", "--processes", "2"]).succeeded();
    let beginnings: Vec<String> = run.warnings().iter().map(|warning| warning.chars().take(6).collect()).collect();
    assert_eq!(beginnings, ["uid 1:", "uid 2:"]);
    assert!(bench.tables("out") == undisturbed(&bench));
    let bench = two_models();
    let run = bench.run(&["--device", "rehearse:memory:0", "--processes", "2"]);
    ended_without_result(&bench, &run, "one sample of ");
    let run = bench.run(&["--device", "rehearse:load", "--processes", "2"]);
    ended_without_result(&bench, &run, "rehearse:load ran out of memory: ");
}

#[test]
fn the_child_is_in_no_help_and_tells_who_calls_it_by_hand() {
    let program = env!("CARGO_BIN_EXE_weighhouse");
    let help = Command::new(program).arg("--help").output().unwrap();
    assert!(!String::from_utf8_lossy(&help.stdout).contains("measure-models"));
    let output = Command::new(program).arg("measure-models").stdin(Stdio::null()).output().unwrap();
    let line = Run::new(output).refused(2);
    assert!(line.starts_with("stdin names no place to measure in: "), "{line}");
}
