//! Recordings of losses to compare, and runs of the program over them.

use std::fmt::Write;

use crate::folder::Folder;
use crate::run::Run;

/// A smooth but irregular value in −1..1, the same on every machine.
pub fn wave(place: usize) -> f64 {
    let mixed = (place as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    mixed as f64 / f64::from(1 << 23) - 1.0
}

/// A recording of three submissions on so many samples; `loss` gives that of a uid on a sample.
pub fn recording(samples: usize, loss: impl Fn(u32, usize) -> f64) -> String {
    let mut text = String::new();
    for uid in [3, 5, 8] {
        for sample in 0..samples {
            let loss = loss(uid, sample);
            let loss = if loss.is_nan() { "\"nan\"".to_owned() } else { loss.to_string() };
            writeln!(
                text,
                "{{\"uid\": {uid}, \"block\": {}, \"sample_id\": \"s{sample}\", \"loss\": {loss}}}",
                100 + uid
            )
            .unwrap();
        }
    }
    text
}

/// Losses around 2 nats.
pub fn usual(uid: u32, sample: usize) -> f64 {
    2.0 + f64::from(uid) * 0.01 + 0.3 * wave(sample) + 0.05 * wave(1000 * uid as usize + sample)
}

/// The same a little moved, sample by sample.
pub fn moved(uid: u32, sample: usize, by: f64, noise: f64) -> f64 {
    usual(uid, sample) + by + noise * wave(500_000 + 1000 * uid as usize + sample)
}

/// Compares two recordings in a folder of their own.
pub fn compared(baseline: &str, candidate: &str, more: &[&str]) -> (Folder, Run) {
    let folder = Folder::new("compare");
    folder.write("a.jsonl", baseline);
    folder.write("b.jsonl", candidate);
    let run = folder.run_plain(&[&["a.jsonl", "b.jsonl", "--out", "out"], more].concat());
    (folder, run)
}

/// What `verdict.json` says.
pub fn verdict(folder: &Folder) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(folder.path("out/verdict.json")).unwrap()).unwrap()
}
