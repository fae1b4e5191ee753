//! A folder to run the program in, and recordings made for a test.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::run::Run;
use crate::table::Table;

/// Far longer than any run here takes; a run that hangs fails.
const PATIENCE: Duration = Duration::from_secs(300);

const WORDS: [&str; 24] = [
    "apples", "then", "gives", "baker", "seven", "each", "left", "total", "adds", "boxes", "three", "sold", "more",
    "day", "half", "so", "pears", "twice", "buys", "shares", "nine", "cost", "euros", "there",
];

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// An empty folder, removed at the end.
pub struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// Writes `recording.jsonl` with these rows.
    pub fn record(&self, rows: &[Value]) {
        self.write("recording.jsonl", rows.iter().map(|row| format!("{row}\n")).collect::<String>());
    }

    /// Writes `recording.jsonl` with `requests` requests of three unlike answers, `words` words each.
    pub fn record_unlike(&self, requests: usize, words: usize) {
        self.record(&unlike(requests, words));
    }

    /// The program in this folder, without settings from the machine it runs on.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weighhouse"));
        command.env_clear().env("HOME", self.folder.path()).current_dir(self.folder.path());
        command.arg("calibrate").args(arguments);
        command
    }

    pub fn run_plain(&self, arguments: &[&str]) -> Run {
        let mut command = assert_cmd::Command::from_std(self.command(arguments));
        Run::new(command.timeout(PATIENCE).output().unwrap())
    }

    /// Calibrates on `recording.jsonl` into `out`, with the store `store`, the embedder of the fixtures and few
    /// resamples.
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.run_into("out", "store", arguments)
    }

    pub fn run_into(&self, out: &str, store: &str, arguments: &[&str]) -> Run {
        let embedder = embedder();
        let places = ["recording.jsonl", "--embedder", &embedder, "--out", out, "--store", store, "--resamples", "200"];
        self.run_plain(&[&places[..], arguments].concat())
    }

    pub fn table(&self, name: &str) -> Table {
        self.table_of("out", name)
    }

    pub fn table_of(&self, out: &str, name: &str) -> Table {
        Table::read(&self.path(out).join(format!("{name}.parquet")))
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
