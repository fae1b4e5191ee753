//! How fast records are read and tables written: losses of 64 submissions on 2000 samples as JSON lines and as Parquet,
//! and 10 000 samples as JSON lines.

use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use weighhouse::records::{LossStep, ReadOptions, Reading, SampleFilter, Source, read_losses, read_samples};
use weighhouse::report::ImportedLosses;
use weighhouse::reporter::Silent;
use weighhouse::stats::Draws;

const SUBMISSIONS: usize = 64;
const SAMPLES: usize = 2000;

/// A row per submission and sample.
fn losses() -> String {
    let (mut draws, mut text) = (Draws::new(1, b"benchmrk", 0), String::new());
    for uid in 0..SUBMISSIONS {
        for sample in 0..SAMPLES {
            let loss = 1.5 + draws.below(1 << 20) as f64 / f64::from(1 << 20);
            writeln!(text, "{{\"uid\":{uid},\"block\":{uid},\"sample_id\":\"s{sample}\",\"loss\":{loss}}}")
                .expect("text");
        }
    }
    text
}

fn samples() -> String {
    let mut text = String::new();
    for sample in 0..10_000 {
        let words = "how many of the apples that she sells are left after each hour ".repeat(3);
        writeln!(text, "{{\"prompt\":\"{sample}: {words}\",\"response\":\"{words}{sample}\"}}").expect("text");
    }
    text
}

fn read(path: &Path) -> Vec<LossStep> {
    let (options, mut steps) = (ReadOptions::default(), Vec::new());
    let reading = Reading::new(&options, &Silent);
    let read = read_losses(&Source::from(path), &reading, |step| {
        steps.push(step);
        Ok(())
    });
    read.expect("losses");
    steps
}

fn bench_losses(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let (lines, table) = (folder.path().join("losses.jsonl"), folder.path().join("losses.parquet"));
    std::fs::write(&lines, losses()).expect("writes");
    let imported = ImportedLosses { steps: read(&lines), ..ImportedLosses::default() };
    imported.write(&table).expect("writes");
    let mut group = criterion.benchmark_group("losses of 64 x 2000");
    group.sample_size(10).throughput(Throughput::Elements((SUBMISSIONS * SAMPLES) as u64));
    group.bench_function("read JSON lines", |bencher| bencher.iter(|| read(black_box(&lines))));
    group.bench_function("read Parquet", |bencher| bencher.iter(|| read(black_box(&table))));
    group
        .bench_function("write Parquet", |bencher| bencher.iter(|| imported.write(black_box(&table)).expect("writes")));
    group.finish();
}

fn bench_samples(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("samples.jsonl");
    std::fs::write(&file, samples()).expect("writes");
    let mut group = criterion.benchmark_group("10000 samples");
    group.sample_size(10).throughput(Throughput::Elements(10_000));
    group.bench_function("read JSON lines", |bencher| {
        let options = ReadOptions::default();
        bencher.iter(|| {
            let reading = Reading::new(&options, &Silent);
            read_samples(&Source::from(black_box(file.as_path())), &SampleFilter::default(), &reading).expect("samples")
        });
    });
    group.finish();
}

criterion_group!(benches, bench_losses, bench_samples);
criterion_main!(benches);
