//! BERT with gradients, in plain candle operators under the names that checkpoints have: the layer norm of
//! candle-transformers' BERT has no backward pass.

use candle_core::{D, DType, Device, Result, Tensor};
use candle_nn::ops::{layer_norm_slow, softmax};
use serde_json::{Value, json};

use crate::tokenizer::VOCABULARY;
use crate::variables::Variables;

/// Longest text in tokens.
pub const POSITIONS: usize = 256;

const WIDTH: usize = 48;
const INNER: usize = 128;
const LAYERS: usize = 2;
const HEADS: usize = 4;
const EPSILON: f64 = 1e-12;

/// What `config.json` says.
pub fn config() -> Value {
    json!({
        "architectures": ["BertModel"],
        "model_type": "bert",
        "vocab_size": VOCABULARY,
        "hidden_size": WIDTH,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "intermediate_size": INNER,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
        "max_position_embeddings": POSITIONS,
        "type_vocab_size": 1,
        "initializer_range": 0.02,
        "layer_norm_eps": EPSILON,
        "pad_token_id": 0,
        "position_embedding_type": "absolute",
        "torch_dtype": "float32",
    })
}

/// What `1_Pooling/config.json` says.
pub fn pooling() -> Value {
    json!({
        "word_embedding_dimension": WIDTH,
        "pooling_mode_cls_token": false,
        "pooling_mode_mean_tokens": true,
        "pooling_mode_max_tokens": false,
        "pooling_mode_mean_sqrt_len_tokens": false,
    })
}

/// Texts of one batch as ids and mask, `[texts × longest]`.
struct Padded {
    ids: Tensor,
    mask: Tensor,
    shape: (usize, usize),
}

impl Padded {
    fn new(texts: &[Vec<u32>]) -> Result<Self> {
        let longest = texts.iter().map(Vec::len).max().unwrap_or(0);
        let ids = texts.iter().flat_map(|ids| ids.iter().copied().chain(std::iter::repeat(0)).take(longest));
        let mask = texts.iter().flat_map(|ids| (0..longest).map(|at| if at < ids.len() { 1f32 } else { 0.0 }));
        let shape = (texts.len(), longest);
        Ok(Self {
            ids: Tensor::from_vec(ids.collect::<Vec<_>>(), texts.len() * longest, &Device::Cpu)?,
            mask: Tensor::from_vec(mask.collect::<Vec<_>>(), shape, &Device::Cpu)?,
            shape,
        })
    }
}

/// The embeddings of `texts`, each of length 1, with gradients: `[texts × width]`.
pub fn embed(variables: &Variables, texts: &[Vec<u32>]) -> Result<Tensor> {
    let batch = Padded::new(texts)?;
    let mut states = embed_tokens(variables, &batch)?;
    // 0 where a key may be seen, far below every score elsewhere.
    let unseen = ((&batch.mask - 1.0)? * 1e9)?.reshape((batch.shape.0, 1, 1, batch.shape.1))?;
    for index in 0..LAYERS {
        let at = format!("encoder.layer.{index}");
        let attended = attend(variables, &format!("{at}.attention"), &states, &unseen)?;
        states = norm(variables, &format!("{at}.attention.output.LayerNorm"), &(states + attended)?)?;
        let inner = linear(variables, &format!("{at}.intermediate.dense"), &states, INNER)?.gelu_erf()?;
        let outer = linear(variables, &format!("{at}.output.dense"), &inner, WIDTH)?;
        states = norm(variables, &format!("{at}.output.LayerNorm"), &(states + outer)?)?;
    }
    pool(&states, &batch.mask)
}

fn embed_tokens(variables: &Variables, batch: &Padded) -> Result<Tensor> {
    let table = |name: &str, rows| variables.get(&format!("embeddings.{name}_embeddings.weight"), &[rows, WIDTH]);
    let words = table("word", VOCABULARY)?.index_select(&batch.ids, 0)?;
    let words = words.reshape((batch.shape.0, batch.shape.1, WIDTH))?;
    let positions = table("position", POSITIONS)?.narrow(0, 0, batch.shape.1)?;
    let sum = words.broadcast_add(&positions)?.broadcast_add(&table("token_type", 1)?)?;
    norm(variables, "embeddings.LayerNorm", &sum)
}

fn attend(variables: &Variables, at: &str, states: &Tensor, unseen: &Tensor) -> Result<Tensor> {
    let (texts, tokens, _) = states.dims3()?;
    let heads = |name: &str| {
        let rows = linear(variables, &format!("{at}.self.{name}"), states, WIDTH)?;
        rows.reshape((texts, tokens, HEADS, WIDTH / HEADS))?.transpose(1, 2)?.contiguous()
    };
    let scores = (heads("query")?.matmul(&heads("key")?.t()?)? / ((WIDTH / HEADS) as f64).sqrt())?;
    let weights = softmax(&scores.broadcast_add(unseen)?, D::Minus1)?;
    let context = weights.matmul(&heads("value")?)?.transpose(1, 2)?.reshape((texts, tokens, WIDTH))?;
    linear(variables, &format!("{at}.output.dense"), &context, WIDTH)
}

fn linear(variables: &Variables, name: &str, rows: &Tensor, outputs: usize) -> Result<Tensor> {
    let (texts, tokens, inputs) = rows.dims3()?;
    let weight = variables.get(&format!("{name}.weight"), &[outputs, inputs])?;
    let bias = variables.get(&format!("{name}.bias"), &[outputs])?;
    let flat = rows.reshape((texts * tokens, inputs))?;
    flat.matmul(&weight.t()?)?.broadcast_add(&bias)?.reshape((texts, tokens, outputs))
}

fn norm(variables: &Variables, name: &str, rows: &Tensor) -> Result<Tensor> {
    let part = |part: &str| variables.get(&format!("{name}.{part}"), &[WIDTH]);
    layer_norm_slow(rows, &part("weight")?, &part("bias")?, EPSILON as f32)
}

/// The mean over each text's own tokens, brought to length 1.
fn pool(states: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let mask = mask.to_dtype(DType::F32)?.unsqueeze(2)?;
    let mean = states.broadcast_mul(&mask)?.sum(1)?.broadcast_div(&mask.sum(1)?)?;
    mean.broadcast_div(&mean.sqr()?.sum_keepdim(1)?.sqrt()?)
}
