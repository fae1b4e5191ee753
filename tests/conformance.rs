//! The decoder against transformers: each conformance case holds a tiny random model, four sequences and the float64
//! −ln p of every target. Runs over `fixtures/conformance` and every folder named in WEIGHHOUSE_CONFORMANCE
//! (separated as in PATH), each a case or a folder of cases.

use std::path::{Path, PathBuf};

use candle_core::{DType, Device};
use serde::Deserialize;
use weighhouse::engine::batch::{Batch, Sequence};
use weighhouse::engine::decoder::{Decoder, Kernels, read_config};
use weighhouse::engine::weights::Safetensors;

/// Largest difference allowed between a target's −ln p and the float64 reference.
const TOLERANCE: f64 = 2e-5;

#[derive(Deserialize)]
struct Expected {
    input_ids: Vec<Vec<u32>>,
    nll: Vec<Vec<f64>>,
}

struct Case {
    name: String,
    folder: PathBuf,
    expected: Expected,
}

fn cases() -> Vec<Case> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/conformance");
    let named = std::env::var_os("WEIGHHOUSE_CONFORMANCE").unwrap_or_default();
    let roots = std::iter::once(own).chain(std::env::split_paths(&named).filter(|p| !p.as_os_str().is_empty()));
    let mut cases: Vec<Case> = roots.flat_map(|root| cases_under(&root)).collect();
    cases.sort_by(|a, b| a.folder.cmp(&b.folder));
    cases
}

fn cases_under(root: &Path) -> Vec<Case> {
    let inside = std::fs::read_dir(root).unwrap_or_else(|e| panic!("{}: {e}", root.display()));
    let folders = inside.map(|entry| entry.unwrap().path()).chain([root.to_path_buf()]);
    folders.filter(|f| f.join("expected.json").is_file()).map(case_at).collect()
}

fn case_at(folder: PathBuf) -> Case {
    let text = std::fs::read(folder.join("expected.json")).unwrap();
    let expected = serde_json::from_slice(&text).unwrap();
    Case { name: folder.file_name().unwrap().to_string_lossy().into_owned(), folder, expected }
}

impl Case {
    fn decoder(&self, kernels: Kernels) -> Decoder {
        let config = read_config(&self.folder.join("config.json")).unwrap();
        assert!(config.unread.is_empty(), "{}: keys not understood: {:?}", self.name, config.unread);
        let weights = Safetensors::open(&self.folder, DType::F32, &Device::Cpu).unwrap();
        let decoder = Decoder::new(config.description, &weights, kernels).unwrap();
        assert!(weights.left_over().is_empty(), "{}: left over {:?}", self.name, weights.left_over());
        decoder
    }

    fn sequences(&self, scored_from: usize) -> Vec<Sequence<'_>> {
        self.expected.input_ids.iter().map(|ids| Sequence { ids, scored_from }).collect()
    }

    /// Compares the targets of `sequences` (indices into the case's sequences) in one batch.
    fn check(&self, decoder: &Decoder, sequences: &[usize], what: &str) {
        let all = self.sequences(0);
        let chosen: Vec<Sequence> = sequences.iter().map(|&i| all[i]).collect();
        let batch = Batch::pack(&chosen, decoder.shares_prompts());
        let losses = decoder.negative_log_likelihoods(&batch).unwrap();
        let expected: Vec<f64> = sequences.iter().flat_map(|&i| self.expected.nll[i].iter().copied()).collect();
        assert_eq!(losses.len(), expected.len(), "{} {what}", self.name);
        let worst = losses.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(worst <= TOLERANCE, "{} {what}: off by {worst:e}", self.name);
    }
}

#[test]
fn every_case_is_there() {
    let names: Vec<String> = cases().into_iter().map(|c| c.name).collect();
    for name in [
        "gemma",
        "gemma2",
        "gemma3",
        "gpt-neox",
        "gpt2",
        "granite",
        "llama",
        "llama-rope-scaled",
        "mistral-sliding",
        "olmo2",
        "phi",
        "phi3",
        "qwen2",
        "qwen3",
        "smollm3",
        "stablelm",
        "starcoder2",
    ] {
        assert!(names.iter().any(|n| n == name), "case {name} is missing");
    }
}

#[test]
fn each_sequence_alone_agrees_with_float64() {
    for case in cases() {
        for kernels in [Kernels::Fused, Kernels::Portable] {
            let decoder = case.decoder(kernels);
            for i in 0..case.expected.input_ids.len() {
                case.check(&decoder, &[i], &format!("{kernels:?}, sequence {i} alone"));
            }
        }
    }
}

#[test]
fn sequences_in_any_company_agree_with_float64() {
    for case in cases() {
        for kernels in [Kernels::Fused, Kernels::Portable] {
            let decoder = case.decoder(kernels);
            let all: Vec<usize> = (0..case.expected.input_ids.len()).collect();
            let backwards: Vec<usize> = all.iter().rev().copied().collect();
            case.check(&decoder, &all, "all");
            case.check(&decoder, &backwards, "all backwards");
            case.check(&decoder, &[all.as_slice(), &all, &backwards].concat(), "all three times");
        }
    }
}

#[test]
fn a_shared_prompt_changes_nothing() {
    for case in cases() {
        let decoder = case.decoder(Kernels::Fused);
        let ids = &case.expected.input_ids[2];
        for split in [1, 5, 20, ids.len() - 1] {
            let sequences = [ids.as_slice(), &ids[..ids.len() - 1], ids, &ids[..split + 1]];
            let sequences = sequences.map(|ids| Sequence { ids, scored_from: split });
            let batch = Batch::pack(&sequences, true);
            let alone: usize = sequences.iter().map(|s| s.ids.len() - 1).sum();
            assert!(batch.ids.len() < alone, "nothing was shared");
            let losses = decoder.negative_log_likelihoods(&batch).unwrap();
            let expected = sequences.iter().flat_map(|s| &case.expected.nll[2][split - 1..s.ids.len() - 1]);
            let worst = losses.iter().zip(expected.clone()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert_eq!(losses.len(), expected.count());
            assert!(worst <= TOLERANCE, "{} with {split} shared tokens: off by {worst:e}", case.name);
        }
    }
}
