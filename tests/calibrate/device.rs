//! A device that fails, rehearsed on the CPU: what it could not embed is in no rate.

use crate::bench::Bench;

/// Twenty requests of three answers, none of which is like another.
fn bench() -> Bench {
    let bench = Bench::new();
    bench.record_unlike(20, 12);
    bench
}

#[test]
fn too_little_memory_for_a_batch_changes_no_result() {
    let bench = bench();
    let run = bench.run_into("out", "store", &["--device", "rehearse:memory:1"]).succeeded();
    let told = |warning: &&String| warning.starts_with("the device's memory did not hold ");
    assert_eq!(run.warnings().iter().filter(told).count(), 1, "{}", run.stderr());
    bench.run_into("whole", "whole-store", &[]).succeeded();
    let penalties = |out: &str| bench.table_of(out, "responses").floats("penalty");
    let (halved, whole) = (penalties("out"), penalties("whole"));
    assert_eq!(halved.len(), 60);
    for (halved, whole) in halved.iter().zip(&whole) {
        assert!((halved.unwrap() - whole.unwrap()).abs() < 1e-6, "{halved:?} and {whole:?}");
    }
}

#[test]
fn a_device_that_fails_ends_the_run_without_a_result() {
    for device in ["rehearse:memory:0", "rehearse:broken:1", "rehearse:load"] {
        let bench = bench();
        let run = bench.run(&["--device", device]);
        assert_eq!((run.code(), run.stdout().as_str()), (75, ""), "{}", run.stderr());
        assert!(run.stderr().contains(&format!("error: {device} ")), "{}", run.stderr());
        assert!(!bench.path("out/run.json").exists());
        bench.run(&[]).succeeded();
    }
}
