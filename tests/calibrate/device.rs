//! A device that fails, rehearsed on the CPU: what it could not embed is in no rate. And the number type that it embeds
//! in.

use candle_core::Device;
use serde_json::Value;
use weighhouse::engine::device::embedding_dtype;
use weighhouse::engine::request::DtypeRequest;

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
fn half_precision_is_by_choice_and_on_record() {
    let bench = bench();
    assert!(bench.run(&["--embedder-dtype", "f16"]).refused(2).ends_with("expected f32 or bf16"));
    bench.run_into("wide", "store", &[]).succeeded();
    let narrow = bench.run_into("narrow", "store", &["--device", "cpu", "--embedder-dtype", "bf16"]);
    if embedding_dtype(DtypeRequest::Bf16, &Device::Cpu).is_err() {
        assert!(narrow.refused(2).ends_with("which products of bf16 need; use `--embedder-dtype f32`"));
        return println!("skipped: this processor has no products of bf16");
    }
    narrow.succeeded();
    let [wide, narrow] = ["wide", "narrow"].map(|out| {
        let record: Value = serde_json::from_slice(&std::fs::read(bench.path(out).join("run.json")).unwrap()).unwrap();
        (record["compute_dtype"].as_str().unwrap().to_owned(), bench.table_of(out, "responses").floats("embedding"))
    });
    assert_eq!((wide.0.as_str(), narrow.0.as_str()), ("f32", "bf16"));
    let pairs: Vec<(f64, f64)> = wide.1.into_iter().flatten().zip(narrow.1.into_iter().flatten()).collect();
    assert_eq!(pairs.len(), 60);
    assert!(pairs.iter().any(|(wide, narrow)| wide != narrow), "neither takes the other's embeddings");
    let furthest = pairs.iter().map(|(wide, narrow)| (wide - narrow).abs()).fold(0.0, f64::max);
    assert!(furthest < 2e-3, "{furthest}");
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
