//! The decoder on the CPU, on SmolLM2's shape with random weights: one sequence of 512 tokens through two layers and
//! the head, attention alone, and the head alone, each against its portable twin; and the embedder of the fixtures.
//!
//! `cargo bench --bench engine`

use std::collections::HashMap;
use std::hint::black_box;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::json;
use weighhouse::engine::batch::{Batch, Sequence, Target};
use weighhouse::engine::bert::BertEmbedder;
use weighhouse::engine::cpu::FusedAttention;
use weighhouse::engine::decoder::config::parse_config;
use weighhouse::engine::decoder::{Decoder, Kernels};
use weighhouse::engine::embedder::Embedder;
use weighhouse::engine::head::{Head, LogitRules};
use weighhouse::engine::matrix::Matrix;

const TOKENS: usize = 512;
const HIDDEN: usize = 576;
const VOCABULARY: usize = 49_152;
const LAYERS: usize = 2;

fn random(shape: &[usize]) -> Tensor {
    Tensor::randn(0f32, 0.02, shape, &Device::Cpu).unwrap()
}

/// SmolLM2-135M with two of its thirty layers.
fn weights() -> HashMap<String, Tensor> {
    let mut tensors = HashMap::from([
        ("model.embed_tokens.weight".to_owned(), random(&[VOCABULARY, HIDDEN])),
        ("model.norm.weight".to_owned(), Tensor::ones(HIDDEN, DType::F32, &Device::Cpu).unwrap()),
    ]);
    for layer in 0..LAYERS {
        let mut add = |name: &str, shape: &[usize]| {
            let tensor = if let [_] = shape { random(shape).ones_like().unwrap() } else { random(shape) };
            tensors.insert(format!("model.layers.{layer}.{name}.weight"), tensor);
        };
        add("input_layernorm", &[HIDDEN]);
        add("post_attention_layernorm", &[HIDDEN]);
        add("self_attn.q_proj", &[576, HIDDEN]);
        add("self_attn.k_proj", &[192, HIDDEN]);
        add("self_attn.v_proj", &[192, HIDDEN]);
        add("self_attn.o_proj", &[HIDDEN, 576]);
        add("mlp.gate_proj", &[1536, HIDDEN]);
        add("mlp.up_proj", &[1536, HIDDEN]);
        add("mlp.down_proj", &[HIDDEN, 1536]);
    }
    tensors
}

fn decoder(kernels: Kernels) -> Decoder {
    let config = json!({
        "architectures": ["LlamaForCausalLM"], "hidden_size": HIDDEN, "intermediate_size": 1536,
        "num_attention_heads": 9, "num_key_value_heads": 3, "num_hidden_layers": LAYERS, "vocab_size": VOCABULARY,
        "rope_theta": 100_000.0, "tie_word_embeddings": true
    });
    let config = parse_config("config.json".as_ref(), config.as_object().unwrap()).unwrap();
    Decoder::new(config.description, &weights(), kernels).unwrap()
}

fn ids() -> Vec<u32> {
    (0..=TOKENS as u32).map(|i| i * 7919 % VOCABULARY as u32).collect()
}

fn one_sequence(criterion: &mut Criterion) {
    let ids = ids();
    let sequence = [Sequence { ids: &ids, scored_from: 0 }];
    let mut group = criterion.benchmark_group("one sequence of 512 tokens");
    group.sample_size(10).throughput(Throughput::Elements(TOKENS as u64));
    for kernels in [Kernels::Fused, Kernels::Portable] {
        let decoder = decoder(kernels);
        group.bench_function(format!("{kernels:?}"), |b| b.iter(|| decoder.losses(black_box(&sequence)).unwrap()));
    }
    group.finish();
}

fn attention(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("attention");
    group.sample_size(20);
    for tokens in [512, 1024] {
        let ids = vec![0; tokens + 1];
        let batch = Batch::pack(&[Sequence { ids: &ids, scored_from: 0 }], false);
        let (cos, sin) = (vec![1.0; tokens * 32], vec![0.0; tokens * 32]);
        let op = FusedAttention {
            segments: &batch.segments,
            heads: 9,
            kv_heads: 3,
            rotary: Some((&cos, &sin)),
            scale: 0.125,
            softcap: None,
            window: None,
        };
        let (q, k, v) = (random(&[tokens, 576]), random(&[tokens, 192]), random(&[tokens, 192]));
        group.throughput(Throughput::Elements(tokens as u64));
        group.bench_function(format!("{tokens} tokens"), |b| b.iter(|| q.apply_op3_no_bwd(&k, &v, &op).unwrap()));
    }
    group.finish();
}

fn head(criterion: &mut Criterion) {
    let (hidden, table) = (random(&[TOKENS, HIDDEN]), random(&[VOCABULARY, HIDDEN]));
    let targets: Vec<Target> = (0..TOKENS).map(|row| Target { row, id: row as u32 * 31, sequence: 0 }).collect();
    let mut group = criterion.benchmark_group("head of 512 targets");
    group.sample_size(10).throughput(Throughput::Elements(TOKENS as u64));
    let kinds = [("packed", Matrix::fastest(table.clone()).unwrap()), ("plain", Matrix::Plain(table))];
    let rules = LogitRules { divisor: 1.0, softcap: None };
    for (name, weights) in kinds {
        let head = Head { weights, bias: None, rules, kernels: Kernels::Fused };
        let hidden = || Ok(black_box(&hidden).clone());
        group.bench_function(name, |b| b.iter(|| head.negative_log_likelihoods(hidden, &targets).unwrap()));
    }
    group.finish();
}

/// The embedder of the fixtures on answers of some forty words.
fn embedding(criterion: &mut Criterion) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models/embedder");
    let embedder = BertEmbedder::load(&folder, &Device::Cpu, DType::F32).unwrap();
    let texts: Vec<String> =
        (0..64).map(|text| format!("{text} apples are left after each hour, so ").repeat(5)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut group = criterion.benchmark_group("embedding");
    group.sample_size(10).throughput(Throughput::Elements(64));
    group.bench_function("64 texts", |bencher| bencher.iter(|| embedder.embed(black_box(&texts)).unwrap()));
    group.finish();
}

criterion_group!(benches, one_sequence, attention, head, embedding);
criterion_main!(benches);
