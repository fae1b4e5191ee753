//! What the device changes: the number type by choice, and failures, rehearsed on the CPU, which become no losses: what
//! was measured is kept, and the run can go on where it was.

use crate::run::Run;
use crate::workbench::{Workbench, lacks_bf16, root};

pub const SINGLE: [&str; 2] = ["--batch-tokens", "1"];

/// Six samples, the second model better than the first.
pub fn two_models() -> Workbench {
    let [hasty, first] = ["llama-hasty", "llama-first"].map(|name| root().join("fixtures/models").join(name));
    Workbench::with_models(&[&hasty, &first])
}

fn on_device(bench: &Workbench, device: &str, flags: &[&str]) -> Run {
    bench.run(&[&["--device", device], flags].concat())
}

/// The tables of a run that nothing disturbed, with each sample in a batch of its own.
pub fn undisturbed(bench: &Workbench) -> Vec<Vec<u8>> {
    bench.run_into("whole", "whole-store", &SINGLE).succeeded();
    bench.tables("whole")
}

/// It ended with 75 and nothing is ranked: no table, no page, no record of a run.
#[track_caller]
pub fn ended_without_result(bench: &Workbench, run: &Run, told: &str) {
    assert_eq!(run.code(), 75, "{}", run.stderr());
    assert_eq!(run.stdout(), "");
    assert!(run.stderr().contains(told), "{}", run.stderr());
    let written = std::fs::read_dir(bench.path("out")).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(written.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn too_little_memory_for_a_batch_changes_no_result() {
    let bench = two_models();
    let run = on_device(&bench, "rehearse:memory:1", &[]).succeeded();
    let warnings = run.warnings();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].starts_with("uid 1: the device's memory did not hold "), "{warnings:?}");
    assert_eq!(bench.table("losses").texts("status"), ["ok"; 12]);
    assert!(bench.tables("out") == undisturbed(&bench));
}

#[test]
fn too_little_memory_for_one_sample_ends_the_run() {
    let bench = two_models();
    let run = on_device(&bench, "rehearse:memory:0", &[]);
    ended_without_result(&bench, &run, "error: uid 1: one sample of ");
    assert!(bench.parts("store").is_empty());
}

#[test]
fn a_model_that_does_not_fit_the_device_ends_the_run() {
    let bench = two_models();
    ended_without_result(
        &bench,
        &on_device(&bench, "rehearse:load", &[]),
        "error: uid 1: rehearse:load ran out of memory: ",
    );
}

#[test]
fn a_broken_device_ends_the_run_and_the_next_run_goes_on() {
    let bench = two_models();
    // After the first model and some of the second.
    let run = on_device(&bench, "rehearse:broken:8", &SINGLE);
    ended_without_result(&bench, &run, "rehearse:broken:8 failed: as it was told to; see to the device ");
    assert!(run.stderr().contains("what was measured until then is kept, and nothing is ranked"));
    assert_eq!(bench.stored(), 8);
    bench.run(&SINGLE).succeeded();
    assert!(bench.tables("out") == undisturbed(&bench));
}

#[test]
fn a_processor_with_bf16_computes_in_it_by_choice() {
    if lacks_bf16() {
        return println!("skipped: this processor has no products of bf16");
    }
    let bench = two_models();
    bench.run_into("wide", "store", &["--device", "cpu"]).succeeded();
    bench.run_into("narrow", "store", &["--device", "cpu", "--dtype", "bf16"]).succeeded();
    assert_eq!((bench.stored(), bench.parts("store").len()), (24, 4), "neither takes the other's losses");
    assert_eq!(bench.record("wide")["compute_dtype"], "f32");
    assert_eq!(bench.record("narrow")["compute_dtype"], "bf16");
    let [wide, narrow] = ["wide", "narrow"].map(|out| bench.table_of(out, "losses").floats("loss"));
    let pairs = wide.into_iter().flatten().zip(narrow.into_iter().flatten());
    assert!(pairs.clone().all(|(wide, narrow)| wide != narrow && (wide - narrow).abs() < 0.02));
    assert_eq!(pairs.count(), 12);
}
