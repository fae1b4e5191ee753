//! What a batch asks of a device, counted on the CPU, and what comes of it there: the path that every device takes
//! against the CPU's own kernels.

use std::path::Path;

use candle_core::{DType, Device, Tensor};
use serde_json::json;
use weighhouse::engine::Result;
use weighhouse::engine::batch::Sequence;
use weighhouse::engine::decoder::config::parse_config;
use weighhouse::engine::decoder::{Decoder, Kernels, read_config};
use weighhouse::engine::traffic::{Traffic, counted};
use weighhouse::engine::weights::{Safetensors, WeightSource};

/// More than two blocks of the head.
const VOCABULARY: usize = 20_000;

/// Any numbers, small enough to keep a deep model in bounds.
struct Weights;

impl WeightSource for Weights {
    fn contains(&self, _name: &str) -> bool {
        false
    }

    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let seed = name.bytes().fold(1usize, |seed, byte| (seed * 31 + usize::from(byte)) % 65_521);
        let value = |i: usize| ((i * 7_919 + seed * 104_729) % 2_003) as f32 / 10_015.0 - 0.1;
        Ok(Tensor::from_iter((0..shape.iter().product()).map(value), &Device::Cpu)?.reshape(shape)?)
    }
}

/// A decoder with the parts of Llama 3, small but for its depth and its vocabulary.
fn decoder(layers: usize, vocabulary: usize, kernels: Kernels) -> Decoder {
    let config = json!({
        "architectures": ["LlamaForCausalLM"], "vocab_size": vocabulary, "hidden_size": 64, "intermediate_size": 128,
        "num_hidden_layers": layers, "num_attention_heads": 4, "num_key_value_heads": 2, "rope_theta": 500_000,
        "max_position_embeddings": 8192,
    });
    let parsed = parse_config(Path::new("config.json"), config.as_object().unwrap()).unwrap();
    Decoder::new(parsed.description, &Weights, kernels).unwrap()
}

/// Texts of the given lengths, all different.
fn texts(lengths: &[usize], vocabulary: usize) -> Vec<Vec<u32>> {
    let id = |text: usize, i: usize| ((text * 5_003 + i * 7_919) % vocabulary) as u32;
    lengths.iter().enumerate().map(|(text, &length)| (0..length).map(|i| id(text, i)).collect()).collect()
}

fn sequences(texts: &[Vec<u32>], scored_from: usize) -> Vec<Sequence<'_>> {
    texts.iter().map(|ids| Sequence { ids, scored_from }).collect()
}

/// Losses, and what the path of every device asked for them.
fn asked(decoder: &Decoder, sequences: &[Sequence]) -> (Vec<f64>, Traffic) {
    let (losses, traffic) = counted(|| decoder.losses(sequences));
    (losses.unwrap(), traffic)
}

fn assert_close(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= 1e-5, "{what}: {found} against {expected}");
    }
}

#[test]
fn thirty_two_layers_with_four_texts_of_two_blocks() {
    let decoder = decoder(32, VOCABULARY, Kernels::Portable);
    let texts = texts(&[601; 4], VOCABULARY);
    let first = Traffic { launches: 1945, uploads: 7, bytes: 108_032, layouts: 809, waits: 1 };
    assert_eq!(asked(&decoder, &sequences(&texts, 0)).1, first);
    // The tables of the rotary embedding are there by now.
    let next = Traffic { uploads: 5, bytes: 42_496, ..first };
    assert_eq!(asked(&decoder, &sequences(&texts, 0)).1, next);
}

#[test]
fn a_batch_waits_once_whatever_its_size() {
    for vocabulary in [8192, VOCABULARY] {
        let [portable, fused] = [Kernels::Portable, Kernels::Fused].map(|kernels| decoder(1, vocabulary, kernels));
        for lengths in [&[2][..], &[1300, 2, 40]] {
            let texts = texts(lengths, vocabulary);
            let sequences = sequences(&texts, 0);
            let (losses, traffic) = asked(&portable, &sequences);
            let what = format!("{vocabulary} entries, {lengths:?} tokens");
            assert_eq!(traffic.waits, 1, "{what}");
            assert_close(&losses, &fused.losses(&sequences).unwrap(), &what);
        }
    }
}

/// A row may have any number of targets, so that few rows are enough for much to be sent.
#[test]
fn what_a_head_needs_is_sent_before_the_layers_compute() {
    let decoder = decoder(1, 100, Kernels::Portable);
    let texts = texts(&[4; 17_000], 100).into_iter().map(|ids| vec![1, 2, 3, ids[3]]).collect::<Vec<_>>();
    let (losses, traffic) = asked(&decoder, &sequences(&texts, 3));
    assert!(losses.iter().all(|loss| loss.is_finite()) && traffic.bytes > 4 * losses.len(), "{traffic:?}");
    assert_eq!(traffic.waits, 1);
}

#[test]
fn a_row_may_have_many_targets_in_any_block_of_the_vocabulary() {
    let [portable, fused] = [Kernels::Portable, Kernels::Fused].map(|kernels| decoder(1, VOCABULARY, kernels));
    let texts: Vec<Vec<u32>> = [0, 8191, 8192, 19_999, 3].map(|last| vec![5, 6, 7, last, 4]).into();
    let sequences = sequences(&texts, 3);
    let (losses, traffic) = asked(&portable, &sequences);
    assert_close(&losses, &fused.losses(&sequences).unwrap(), "shared prompt");
    assert_eq!(traffic.waits, 1);
}

#[test]
fn devices_take_the_layouts_of_every_architecture() {
    for cases in ["conformance", "conformance-options"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(cases);
        for folder in std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()) {
            let config = read_config(&folder.join("config.json")).unwrap();
            let vocabulary = config.description.vocab_size;
            let weights = Safetensors::open(&folder, DType::F32, &Device::Cpu).unwrap();
            let decoder = Decoder::new(config.description, &weights, Kernels::Portable).unwrap();
            let long = texts(&[50], vocabulary).remove(0);
            let texts = [long.clone(), long[..30].to_vec(), vec![1, 2], long[10..].to_vec()];
            for scored_from in [0, 20] {
                let sequences: Vec<Sequence> =
                    texts.iter().map(|ids| Sequence { ids, scored_from: scored_from.min(ids.len() - 1) }).collect();
                let (losses, traffic) = asked(&decoder, &sequences);
                assert!(traffic.waits == 1 && losses.iter().all(|loss| loss.is_finite()), "{}", folder.display());
            }
        }
    }
}
