//! What one batch asks of a device, counted on the CPU: a decoder of 32 layers of the architecture and proportions of
//! Llama 3, four texts of 600 tokens, every token scored.

use std::path::Path;

use candle_core::{Device, Tensor};
use serde_json::json;
use weighhouse::engine::Result;
use weighhouse::engine::batch::Sequence;
use weighhouse::engine::decoder::config::parse_config;
use weighhouse::engine::decoder::{Decoder, Kernels};
use weighhouse::engine::traffic::{Traffic, counted};
use weighhouse::engine::weights::WeightSource;

const LAYERS: usize = 32;

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

fn decoder(kernels: Kernels) -> Decoder {
    let config = json!({
        "architectures": ["LlamaForCausalLM"], "vocab_size": VOCABULARY, "hidden_size": 64, "intermediate_size": 128,
        "num_hidden_layers": LAYERS, "num_attention_heads": 4, "num_key_value_heads": 2, "rope_theta": 500_000,
        "max_position_embeddings": 8192,
    });
    let parsed = parse_config(Path::new("config.json"), config.as_object().unwrap()).unwrap();
    Decoder::new(parsed.description, &Weights, kernels).unwrap()
}

/// Texts of the given lengths, all different.
fn texts(lengths: &[usize]) -> Vec<Vec<u32>> {
    let id = |text: usize, i: usize| ((text * 5_003 + i * 7_919) % VOCABULARY) as u32;
    lengths.iter().enumerate().map(|(text, &length)| (0..length).map(|i| id(text, i)).collect()).collect()
}

fn asked(decoder: &Decoder, texts: &[Vec<u32>]) -> (Vec<f64>, Traffic) {
    let sequences: Vec<Sequence> = texts.iter().map(|ids| Sequence { ids, scored_from: 0 }).collect();
    let (losses, traffic) = counted(|| decoder.losses(&sequences));
    (losses.unwrap(), traffic)
}

#[test]
fn four_texts_of_two_blocks() {
    let decoder = decoder(Kernels::Portable);
    let (_, traffic) = asked(&decoder, &texts(&[601; 4]));
    let expected = Traffic { launches: 4993, uploads: 271, bytes: 161_433_728, layouts: 2827, waits: 27 };
    assert_eq!(traffic, expected);
}
