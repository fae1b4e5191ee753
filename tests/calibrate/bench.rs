//! A folder to run the program in, and recordings made for a test.

use std::fmt::Write;
use std::ops::Deref;

use serde_json::{Value, json};

pub use crate::folder::root;

use crate::folder::Folder;
use crate::run::Run;

const WORDS: [&str; 24] = [
    "apples", "then", "gives", "baker", "seven", "each", "left", "total", "adds", "boxes", "three", "sold", "more",
    "day", "half", "so", "pears", "twice", "buys", "shares", "nine", "cost", "euros", "there",
];

/// An empty folder to calibrate in.
pub struct Bench(Folder);

impl Deref for Bench {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.0
    }
}

impl Bench {
    pub fn new() -> Self {
        Self(Folder::new("calibrate"))
    }

    /// Writes `recording.jsonl` with these rows.
    pub fn record(&self, rows: &[Value]) {
        self.write("recording.jsonl", rows.iter().map(|row| format!("{row}\n")).collect::<String>());
    }

    /// Writes `recording.jsonl` with `requests` requests of three unlike answers, `words` words each.
    pub fn record_unlike(&self, requests: usize, words: usize) {
        self.record(&unlike(requests, words));
    }

    /// Calibrates on `recording.jsonl` into `out`, with the store `store`, the embedder of the fixtures and few
    /// resamples.
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.run_into("out", "store", arguments)
    }

    pub fn run_into(&self, out: &str, store: &str, arguments: &[&str]) -> Run {
        let embedder = embedder();
        let places =
            ["recording.jsonl", "--embedder", &embedder, "--out", out, "--store", store, "--resamples", "1000"];
        self.run_plain(&[&places[..], arguments].concat())
    }

    /// What the summary says to a machine, of a run with `--format json`.
    pub fn json(run: &Run) -> Value {
        serde_json::from_str(&run.stdout()).unwrap()
    }
}

/// The embedding model that comes with the program.
pub fn embedder() -> String {
    root().join("fixtures/models/embedder").display().to_string()
}

/// One row of a recording.
pub fn row(request: &str, uid: u32, reasoning: &str) -> Value {
    json!({"request_id": request, "uid": uid, "reasoning": reasoning})
}

/// Rows of requests with three unlike answers each.
pub fn unlike(requests: usize, words: usize) -> Vec<Value> {
    let text = |seed: usize| {
        let mut state = seed as u64 + 1;
        let mut text = String::new();
        for _ in 0..words {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let number = (state >> 33) as usize;
            write!(text, "{} {} ", WORDS[number % WORDS.len()], number % 997).unwrap();
        }
        text
    };
    let of_request =
        |request: usize| (0..3).map(move |uid| row(&format!("r{request}"), uid as u32 + 1, &text(request * 3 + uid)));
    (0..requests).flat_map(of_request).collect()
}
