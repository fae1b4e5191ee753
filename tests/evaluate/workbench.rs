//! A folder to run the program in, with the few samples and submissions that a test needs.

use std::ops::Deref;
use std::path::{Path, PathBuf};

use candle_core::Device;
use serde_json::{Value, json};
use weighhouse::engine::device::compute_dtype;
use weighhouse::engine::kernels::Kernels;
use weighhouse::engine::request::DtypeRequest;

pub use crate::folder::root;

use crate::folder::Folder;
use crate::model::Model;
use crate::run::Run;
use crate::table::Table;

/// The submissions that come with the program.
pub fn fixtures() -> String {
    root().join("fixtures/submissions.jsonl").display().to_string()
}

/// An empty folder to evaluate in.
pub struct Workbench(Folder);

impl Deref for Workbench {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.0
    }
}

impl Workbench {
    pub fn new() -> Self {
        Self(Folder::new("evaluate"))
    }

    /// Writes `samples.jsonl` with the first `count` samples of the repository, then the same with a number behind
    /// each prompt, and so on.
    pub fn write_samples(&self, count: usize) {
        let text = std::fs::read_to_string(root().join("datasets/samples.jsonl")).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let sample = |index: usize| {
            let mut sample = lines[index % lines.len()].clone();
            let round = index / lines.len();
            if round > 0 {
                sample["sample_id"] = format!("{}-{round}", sample["sample_id"].as_str().unwrap()).into();
                sample["prompt"] = format!("{} ({round})", sample["prompt"].as_str().unwrap()).into();
            }
            format!("{sample}\n")
        };
        self.write("samples.jsonl", (0..count).map(sample).collect::<String>());
    }

    /// Writes `submissions.jsonl`.
    pub fn write_submissions(&self, rows: &[Value]) {
        self.write("submissions.jsonl", rows.iter().map(|row| format!("{row}\n")).collect::<String>());
    }

    /// Six samples, and one submission of each of the models, from uid 1 and block 100 on.
    pub fn with_models(models: &[&Path]) -> Self {
        let bench = Self::new();
        bench.write_samples(6);
        let row = |(model, uid): (&&Path, u64)| json!({"uid": uid, "model": model, "block": 99 + uid});
        bench.write_submissions(&models.iter().zip(1..).map(row).collect::<Vec<_>>());
        bench
    }

    /// A copy of a fixture to be damaged; it lies in `models/<name>`.
    pub fn copy_model(&self, fixture: &str, name: &str) -> Model {
        Model::copy(&root().join("fixtures/models").join(fixture), self.path("models").join(name))
    }

    /// Evaluates `submissions.jsonl` on `samples.jsonl` into `out`, with the store `store`.
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.run_plain(&[&["submissions.jsonl"], &Self::PLACES[..], arguments].concat())
    }

    /// As [`Workbench::run`], but into the folder `out` and with the store `store`.
    pub fn run_into(&self, out: &str, store: &str, arguments: &[&str]) -> Run {
        let places = ["submissions.jsonl", "--samples", "samples.jsonl", "--out", out, "--store", store];
        self.run_plain(&[&places[..], &["--resamples", "1000"], arguments].concat())
    }

    /// Where a run reads samples and writes; few resamples, for quick tests.
    pub const PLACES: [&str; 8] =
        ["--samples", "samples.jsonl", "--out", "out", "--store", "store", "--resamples", "1000"];

    /// The bytes of the tables that equal runs write alike.
    pub fn tables(&self, out: &str) -> Vec<Vec<u8>> {
        let names = ["losses", "wins", "weights", "steps"];
        names.map(|name| std::fs::read(self.path(out).join(format!("{name}.parquet"))).unwrap()).into()
    }

    /// `run.json` of the run into `out`.
    pub fn record(&self, out: &str) -> Value {
        serde_json::from_slice(&std::fs::read(self.path(out).join("run.json")).unwrap()).unwrap()
    }

    /// The stored parts, by path from the store, in order.
    pub fn parts(&self, store: &str) -> Vec<PathBuf> {
        let mut parts = Vec::new();
        for model in entries(&self.path(store).join("losses")) {
            let files = entries(&model).into_iter();
            parts.extend(files.filter(|file| file.extension().is_some_and(|extension| extension == "parquet")));
        }
        parts
    }

    /// Number of losses in the store `store`.
    pub fn stored(&self) -> usize {
        self.parts("store").iter().map(|part| Table::read(part).rows()).sum()
    }
}

/// Whether this processor multiplies no bf16.
pub fn lacks_bf16() -> bool {
    compute_dtype(DtypeRequest::Bf16, Kernels::Fused, &Device::Cpu).is_err()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}
