//! Models by their shape: the sizes of real ones, weights at random.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use serde_json::{Map, Value, json};

use crate::checkup::values::Values;
use crate::engine::Result;
use crate::engine::decoder::config::parse_config;
use crate::engine::decoder::description::Description;

/// Largest weight: with it activations neither vanish nor grow from layer to layer.
pub const SPREAD: f32 = 0.035;

/// The family that a shape belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// RMS norms, rotated whole.
    Llama,
    /// Layer norms, a quarter rotated, biases on queries, keys and values.
    StableLm,
}

/// Sizes of a decoder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// As it is asked for.
    pub name: &'static str,
    /// What its layers are.
    pub family: Family,
    /// Width of the residual stream.
    pub hidden: usize,
    /// Width inside the feed-forward block.
    pub inner: usize,
    /// Number of layers.
    pub layers: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads.
    pub kv_heads: usize,
    /// Width of a head.
    pub width: usize,
    /// Token ids.
    pub vocabulary: usize,
    /// The head is the embedding.
    pub is_tied: bool,
    /// Base of the rotary embedding's wavelengths.
    pub theta: f64,
}

/// The shapes that can be asked for, small ones first.
pub const SHAPES: [Shape; 4] = [
    Shape {
        name: "tiny",
        family: Family::Llama,
        hidden: 32,
        inner: 80,
        layers: 2,
        heads: 4,
        kv_heads: 2,
        width: 8,
        vocabulary: 256,
        is_tied: true,
        theta: 1e4,
    },
    Shape {
        name: "smollm2-135m",
        family: Family::Llama,
        hidden: 576,
        inner: 1536,
        layers: 30,
        heads: 9,
        kv_heads: 3,
        width: 64,
        vocabulary: 49_152,
        is_tied: true,
        theta: 1e5,
    },
    Shape {
        name: "stablelm-1.6b",
        family: Family::StableLm,
        hidden: 2048,
        inner: 5632,
        layers: 24,
        heads: 32,
        kv_heads: 32,
        width: 64,
        vocabulary: 100_352,
        is_tied: false,
        theta: 1e4,
    },
    Shape {
        name: "llama-3-8b",
        family: Family::Llama,
        hidden: 4096,
        inner: 14_336,
        layers: 32,
        heads: 32,
        kv_heads: 8,
        width: 128,
        vocabulary: 128_256,
        is_tied: false,
        theta: 5e5,
    },
];

impl Shape {
    /// As wide as a small real model, but shallow.
    pub fn wide() -> Self {
        Self { layers: 2, vocabulary: 4096, ..SHAPES[1] }
    }

    /// What its `config.json` says.
    pub fn config(&self) -> Value {
        let common = json!({
            "vocab_size": self.vocabulary, "hidden_size": self.hidden, "intermediate_size": self.inner,
            "num_hidden_layers": self.layers, "num_attention_heads": self.heads, "num_key_value_heads": self.kv_heads,
            "hidden_act": "silu", "max_position_embeddings": 16_384, "rope_theta": self.theta,
            "tie_word_embeddings": self.is_tied, "torch_dtype": "bfloat16", "bos_token_id": 1, "eos_token_id": 2,
        });
        let own = match self.family {
            Family::Llama => json!({
                "architectures": ["LlamaForCausalLM"], "model_type": "llama", "head_dim": self.width,
                "rms_norm_eps": 1e-5, "attention_bias": false, "mlp_bias": false,
            }),
            Family::StableLm => json!({
                "architectures": ["StableLmForCausalLM"], "model_type": "stablelm", "layer_norm_eps": 1e-5,
                "partial_rotary_factor": 0.25, "use_qkv_bias": true, "qk_layernorm": false,
                "use_parallel_residual": false,
            }),
        };
        let objects = [own, common].into_iter().filter_map(|value| value.as_object().cloned());
        Value::Object(objects.flatten().collect::<Map<String, Value>>())
    }

    /// What the decoder is built from.
    ///
    /// # Errors
    /// The engine does not know such a model any more.
    pub fn description(&self) -> Result<Description> {
        let map = self.config().as_object().cloned().unwrap_or_default();
        Ok(parse_config(Path::new(self.name), &map)?.description)
    }

    /// Names and shapes of its tensors, in the order of a file.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let (q, kv) = (self.heads * self.width, self.kv_heads * self.width);
        let is_stable = self.family == Family::StableLm;
        let mut tensors = vec![("model.embed_tokens.weight".to_owned(), vec![self.vocabulary, self.hidden])];
        let norm = |tensors: &mut Vec<(String, Vec<usize>)>, name: String| {
            tensors.push((format!("{name}.weight"), vec![self.hidden]));
            if is_stable {
                tensors.push((format!("{name}.bias"), vec![self.hidden]));
            }
        };
        for layer in 0..self.layers {
            let name = |part: &str| format!("model.layers.{layer}.{part}");
            norm(&mut tensors, name("input_layernorm"));
            for (part, outputs) in [("q_proj", q), ("k_proj", kv), ("v_proj", kv)] {
                tensors.push((name(&format!("self_attn.{part}.weight")), vec![outputs, self.hidden]));
                if is_stable {
                    tensors.push((name(&format!("self_attn.{part}.bias")), vec![outputs]));
                }
            }
            tensors.push((name("self_attn.o_proj.weight"), vec![self.hidden, q]));
            norm(&mut tensors, name("post_attention_layernorm"));
            tensors.push((name("mlp.gate_proj.weight"), vec![self.inner, self.hidden]));
            tensors.push((name("mlp.up_proj.weight"), vec![self.inner, self.hidden]));
            tensors.push((name("mlp.down_proj.weight"), vec![self.hidden, self.inner]));
        }
        norm(&mut tensors, "model.norm".to_owned());
        if !self.is_tied {
            tensors.push(("lm_head.weight".to_owned(), vec![self.vocabulary, self.hidden]));
        }
        tensors
    }

    /// Its weights in memory.
    ///
    /// # Errors
    /// The device failed.
    pub fn weights(&self, seed: u64, dtype: DType, device: &Device) -> Result<HashMap<String, Tensor>> {
        let drawn = self.tensors().into_iter().enumerate().map(|(index, (name, shape))| {
            let mut values = Values::new(seed.wrapping_mul(1 << 20).wrapping_add(index as u64));
            let tensor = values.operand(&shape, range(&name), dtype, device)?.tensor;
            Ok((name, tensor))
        });
        drawn.collect()
    }
}

/// Centre and spread of a tensor's numbers: a norm's weight is about 1.
pub fn range(name: &str) -> [f32; 2] {
    if name.contains("norm") && name.ends_with("weight") { [1.0, 0.1] } else { [0.0, SPREAD] }
}
