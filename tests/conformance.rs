//! The decoder against transformers: each conformance case holds a tiny random model, four sequences and the float64
//! −ln p of every target. Runs over `fixtures/conformance` (one case per architecture), `fixtures/conformance-options`
//! (one per option) and every folder named in WEIGHHOUSE_CONFORMANCE (separated as in PATH), each a case or a folder of
//! cases.

use std::path::{Path, PathBuf};

use candle_core::{DType, Device};
use serde::Deserialize;
use weighhouse::engine::batch::{Batch, Sequence};
use weighhouse::engine::causal_lm::LossEngine;
use weighhouse::engine::decoder::{Decoder, Kernels, read_config};
use weighhouse::engine::device::compute_dtype;
use weighhouse::engine::request::DtypeRequest;
use weighhouse::engine::weights::Safetensors;

/// Largest difference allowed between a target's −ln p and the float64 reference.
const TOLERANCE: f64 = 2e-5;

/// Largest difference allowed between the mean of a sequence's −ln p in bf16 and that of the float64 reference.
const BF16_TOLERANCE: f64 = 2e-2;
/// The same where a sequence has a single target, whose rounding no mean evens out.
const BF16_TOLERANCE_OF_ONE: f64 = 4e-2;
/// Largest scatter of all targets, as a share of transformers' own. Where no two roundings of one number follow each
/// other, as on the CPU, it is less; `doctor` allows more.
const BF16_SCATTER: f64 = 1.0;

#[derive(Deserialize)]
struct Expected {
    input_ids: Vec<Vec<u32>>,
    nll: Vec<Vec<f64>>,
    /// Root mean square, over all targets, of the differences of transformers' own −ln p in bf16.
    bf16_scatter: Option<f64>,
    /// Tensors that the decoder has no use for, such as buffers of old checkpoints.
    #[serde(default)]
    left_over: Vec<String>,
    /// Keys of config.json that transformers does not read for this architecture either.
    #[serde(default)]
    unread: Vec<String>,
}

struct Case {
    name: String,
    folder: PathBuf,
    expected: Expected,
}

fn cases() -> Vec<Case> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let own = ["conformance", "conformance-options"].map(|name| fixtures.join(name));
    let named = std::env::var_os("WEIGHHOUSE_CONFORMANCE").unwrap_or_default();
    let roots = own.into_iter().chain(std::env::split_paths(&named).filter(|p| !p.as_os_str().is_empty()));
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
    fn decoder(&self, kernels: Kernels) -> Result<Decoder, String> {
        self.decoder_in(DType::F32, kernels)
    }

    fn decoder_in(&self, dtype: DType, kernels: Kernels) -> Result<Decoder, String> {
        let config = read_config(&self.folder.join("config.json")).map_err(|e| e.to_string())?;
        same("keys not understood", &config.unread, &self.expected.unread)?;
        let weights = Safetensors::open(&self.folder, dtype, &Device::Cpu).map_err(|e| e.to_string())?;
        let decoder = Decoder::new(config.description, &weights, kernels).map_err(|e| e.to_string())?;
        same("tensors left over", &weights.left_over(), &self.expected.left_over)?;
        Ok(decoder)
    }

    fn sequences(&self, scored_from: usize) -> Vec<Sequence<'_>> {
        self.expected.input_ids.iter().map(|ids| Sequence { ids, scored_from }).collect()
    }

    /// Compares the targets of `sequences` (indices into the case's sequences) in one batch.
    fn check(&self, decoder: &Decoder, sequences: &[usize], what: &str) -> Result<(), String> {
        let all = self.sequences(0);
        let chosen: Vec<Sequence> = sequences.iter().map(|&i| all[i]).collect();
        let batch = Batch::pack(&chosen, decoder.shares_prompts());
        let expected: Vec<f64> = sequences.iter().flat_map(|&i| self.expected.nll[i].iter().copied()).collect();
        self.compare(decoder, &batch, &expected, what)
    }

    fn compare(&self, decoder: &Decoder, batch: &Batch, expected: &[f64], what: &str) -> Result<(), String> {
        let losses = decoder.negative_log_likelihoods(batch).unwrap();
        assert_eq!(losses.len(), expected.len(), "{} {what}", self.name);
        let worst = losses.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        if worst <= TOLERANCE { Ok(()) } else { Err(format!("{what}: off by {worst:e}")) }
    }
}

fn same(what: &str, found: &[String], expected: &[String]) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what}: {found:?}, expected {expected:?}")) }
}

/// Runs a check on every case and tells all that fail.
fn for_every_case(check: impl Fn(&Case) -> Result<(), String>) {
    let tell = |case: Case| check(&case).err().map(|e| format!("{}: {e}", case.name));
    let failed: Vec<String> = cases().into_iter().filter_map(tell).collect();
    assert!(failed.is_empty(), "{} cases\n{}", failed.len(), failed.join("\n"));
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
fn a_text_may_fill_the_learned_positions_but_not_pass_them() {
    let gpt2 = case_at(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/conformance-options/gpt2-scales"));
    assert_eq!(gpt2.decoder(Kernels::Fused).unwrap().longest(), Some(64));
}

#[test]
fn each_sequence_alone_agrees_with_float64() {
    for_every_case(|case| {
        for kernels in [Kernels::Fused, Kernels::Portable] {
            let decoder = case.decoder(kernels)?;
            for i in 0..case.expected.input_ids.len() {
                case.check(&decoder, &[i], &format!("{kernels:?}, sequence {i} alone"))?;
            }
        }
        Ok(())
    });
}

#[test]
fn sequences_in_any_company_agree_with_float64() {
    for_every_case(|case| {
        for kernels in [Kernels::Fused, Kernels::Portable] {
            let decoder = case.decoder(kernels)?;
            let all: Vec<usize> = (0..case.expected.input_ids.len()).collect();
            let backwards: Vec<usize> = all.iter().rev().copied().collect();
            case.check(&decoder, &all, "all")?;
            case.check(&decoder, &backwards, "all backwards")?;
            case.check(&decoder, &[all.as_slice(), &all, &backwards].concat(), "all three times")?;
        }
        Ok(())
    });
}

#[test]
fn a_shared_prompt_changes_nothing() {
    for_every_case(|case| {
        let decoder = case.decoder(Kernels::Fused)?;
        if !decoder.shares_prompts() {
            return Ok(()); // How its beginning is rotated depends on how long a text gets.
        }
        let ids = &case.expected.input_ids[2];
        for split in [1, 5, 20, ids.len() - 1] {
            let sequences = [ids.as_slice(), &ids[..ids.len() - 1], ids, &ids[..split + 1]];
            let sequences = sequences.map(|ids| Sequence { ids, scored_from: split });
            let batch = Batch::pack(&sequences, true);
            let alone: usize = sequences.iter().map(|s| s.ids.len() - 1).sum();
            assert!(batch.ids.len() < alone, "nothing was shared");
            let expected = sequences.iter().flat_map(|s| &case.expected.nll[2][split - 1..s.ids.len() - 1]);
            let expected: Vec<f64> = expected.copied().collect();
            case.compare(&decoder, &batch, &expected, &format!("{split} shared tokens"))?;
        }
        Ok(())
    });
}

#[test]
fn means_in_bf16_agree_with_float64() {
    let Ok(dtype) = compute_dtype(DtypeRequest::Bf16, Kernels::Fused, &Device::Cpu) else {
        return println!("skipped: this processor has no products of bf16");
    };
    for_every_case(|case| {
        let decoder = case.decoder_in(dtype, Kernels::Fused)?;
        let sequences = case.sequences(0);
        let together = decoder.losses(&sequences).map_err(|e| e.to_string())?;
        let scatter = case.expected.bf16_scatter.ok_or("expected.json has no `bf16_scatter`")?;
        for (i, (sequence, together)) in sequences.iter().zip(together).enumerate() {
            let expected = &case.expected.nll[i];
            let mean = expected.iter().sum::<f64>() / expected.len() as f64;
            let alone = decoder.losses(&[*sequence]).map_err(|e| e.to_string())?[0];
            let worst = f64::max((alone - mean).abs(), (together - mean).abs());
            let tolerance = if expected.len() == 1 { BF16_TOLERANCE_OF_ONE } else { BF16_TOLERANCE };
            if worst.is_nan() || worst > tolerance {
                return Err(format!("sequence {i}: off by {worst:e}"));
            }
            if (alone - together).abs() > TOLERANCE {
                return Err(format!("sequence {i}: {alone} alone, {together} in company"));
            }
        }
        let found = decoder.negative_log_likelihoods(&Batch::pack(&sequences, false)).map_err(|e| e.to_string())?;
        let squares = found.iter().zip(case.expected.nll.iter().flatten()).map(|(a, b)| (a - b).powi(2));
        let share = (squares.sum::<f64>() / found.len() as f64).sqrt() / scatter;
        if share <= BF16_SCATTER { Ok(()) } else { Err(format!("scatters {share:.2} times as much as transformers")) }
    });
}

#[test]
fn bf16_is_another_number_type_than_f32() {
    let Ok(dtype) = compute_dtype(DtypeRequest::Bf16, Kernels::Fused, &Device::Cpu) else {
        return println!("skipped: this processor has no products of bf16");
    };
    let case = case_at(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/conformance/llama"));
    let losses = |dtype| case.decoder_in(dtype, Kernels::Fused).unwrap().losses(&case.sequences(0)).unwrap();
    let (wide, narrow) = (losses(DType::F32), losses(dtype));
    assert!(wide.iter().zip(&narrow).all(|(wide, narrow)| wide != narrow), "{wide:?} {narrow:?}");
}
