//! BERT on the CPU's own kernels: the texts of a batch one after another without padding, a batch on one thread. With
//! packed weights the result of a text is the same to the bit in any company.

use candle_core::Tensor;

use super::config::{Activation, BertConfig};
use super::pooling::Pooling;
use super::tensors::Tensors;
use crate::engine::cpu::{
    Element, Heads, SerialLinear, SerialMemory, attend_to_all, gelu, gelu_tanh, layer_norm, relu,
};
use crate::engine::error::Result;

/// A BERT laid out for the CPU.
pub(super) struct FusedEncoder {
    words: Vec<f32>,
    /// Position and segment together, one row per position.
    positions: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
    heads: Heads,
    activation: Activation,
}

struct Layer {
    /// Queries (scaled by 1/√width of a head), keys and values.
    projections: SerialLinear,
    attended: SerialLinear,
    attention_norm: Norm,
    inner: SerialLinear,
    outer: SerialLinear,
    norm: Norm,
}

struct Norm {
    scale: Vec<f32>,
    shift: Vec<f32>,
    epsilon: f32,
}

/// What one batch is computed in.
#[derive(Default)]
struct Memory {
    /// `[tokens × hidden]`: the tokens' states between two blocks.
    states: Vec<f32>,
    /// `[tokens × hidden]`: the next states.
    next: Vec<f32>,
    /// `[tokens × 3·hidden]`, then `[tokens × inner]`.
    wide: Vec<f32>,
    /// `[tokens × hidden]`: what attention gathered.
    context: Vec<f32>,
    scores: Vec<f32>,
    products: SerialMemory,
}

impl FusedEncoder {
    /// The model whose linear maps are products of `element`; all else is f32.
    pub(super) fn new(config: &BertConfig, tensors: &Tensors, element: Element) -> Result<Self> {
        let loader = Loader { config, tensors, element };
        let width = config.hidden_size;
        let table = |name: &str, rows| loader.values(&format!("embeddings.{name}_embeddings.weight"), &[rows, width]);
        let segment = table("token_type", config.segment_kinds)?;
        let mut positions = table("position", config.positions)?;
        for position in positions.chunks_exact_mut(width) {
            position.iter_mut().zip(&segment).for_each(|(value, segment)| *value += segment);
        }
        Ok(Self {
            words: table("word", config.vocab_size)?,
            positions,
            norm: loader.norm("embeddings.LayerNorm")?,
            layers: (0..config.layers).map(|index| loader.layer(index)).collect::<Result<_>>()?,
            heads: Heads { count: config.heads, width: config.head_width() },
            activation: config.activation,
        })
    }

    /// The pooled states of texts, given as ids, each with at least one.
    pub(super) fn pooled(&self, texts: &[&[u32]], pooling: Pooling) -> Vec<Vec<f32>> {
        let mut memory = Memory::default();
        self.embed_tokens(texts, &mut memory.states);
        for layer in &self.layers {
            self.attend(layer, texts, &mut memory);
            self.feed_forward(layer, &mut memory);
        }
        let mut rest = memory.states.as_slice();
        let states = texts.iter().map(|ids| rest.split_off(..ids.len() * self.width()).unwrap_or_default());
        states.map(|states| pooling.pool(states, self.width())).collect()
    }

    fn width(&self) -> usize {
        self.heads.count * self.heads.width
    }

    fn embed_tokens(&self, texts: &[&[u32]], states: &mut Vec<f32>) {
        let width = self.width();
        for ids in texts {
            for (id, position) in ids.iter().zip(self.positions.chunks_exact(width)) {
                let word = &self.words[*id as usize * width..][..width];
                states.extend(word.iter().zip(position).map(|(word, position)| word + position));
            }
        }
        self.norm.apply(states);
    }

    fn attend(&self, layer: &Layer, texts: &[&[u32]], memory: &mut Memory) {
        layer.projections.apply(&memory.states, None, &mut memory.wide, &mut memory.products);
        memory.context.resize(memory.states.len(), 0.0);
        let (mut projected, mut context) = (memory.wide.as_slice(), memory.context.as_mut_slice());
        for length in texts.iter().map(|ids| ids.len() * self.width()) {
            let (mine, others) = std::mem::take(&mut context).split_at_mut(length);
            attend_to_all(&projected[..3 * length], self.heads, mine, &mut memory.scores);
            (projected, context) = (&projected[3 * length..], others);
        }
        layer.attended.apply(&memory.context, Some(&memory.states), &mut memory.next, &mut memory.products);
        layer.attention_norm.apply(&mut memory.next);
        std::mem::swap(&mut memory.states, &mut memory.next);
    }

    fn feed_forward(&self, layer: &Layer, memory: &mut Memory) {
        layer.inner.apply(&memory.states, None, &mut memory.wide, &mut memory.products);
        match self.activation {
            Activation::Gelu => gelu(&mut memory.wide),
            Activation::GeluTanh => gelu_tanh(&mut memory.wide),
            Activation::Relu => relu(&mut memory.wide),
        }
        layer.outer.apply(&memory.wide, Some(&memory.states), &mut memory.next, &mut memory.products);
        layer.norm.apply(&mut memory.next);
        std::mem::swap(&mut memory.states, &mut memory.next);
    }
}

impl Norm {
    fn apply(&self, rows: &mut [f32]) {
        layer_norm(rows, &self.scale, &self.shift, self.epsilon);
    }
}

/// Takes the parts of a model out of its checkpoint.
struct Loader<'a> {
    config: &'a BertConfig,
    tensors: &'a Tensors<'a>,
    element: Element,
}

impl Loader<'_> {
    fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let tensor: Tensor = self.tensors.tensor(name, shape)?;
        Ok(tensor.flatten_all()?.to_vec1()?)
    }

    /// Linear maps of the same inputs as one; each may be scaled.
    fn linear(&self, names: &[(&str, f32)], outputs: usize, inputs: usize) -> Result<SerialLinear> {
        let (mut weights, mut bias) = (Vec::new(), Vec::new());
        for (name, factor) in names {
            let scaled = |values: Vec<f32>| values.into_iter().map(move |value| value * factor);
            weights.extend(scaled(self.values(&format!("{name}.weight"), &[outputs, inputs])?));
            bias.extend(scaled(self.values(&format!("{name}.bias"), &[outputs])?));
        }
        Ok(SerialLinear::new(weights, bias, self.element))
    }

    fn norm(&self, name: &str) -> Result<Norm> {
        let part = |part: &str| self.values(&format!("{name}.{part}"), &[self.config.hidden_size]);
        Ok(Norm { scale: part("weight")?, shift: part("bias")?, epsilon: self.config.norm_epsilon as f32 })
    }

    fn layer(&self, index: usize) -> Result<Layer> {
        let (width, inner) = (self.config.hidden_size, self.config.inner_size);
        let at = |name: &str| format!("encoder.layer.{index}.{name}");
        let (query, key, value) = (at("attention.self.query"), at("attention.self.key"), at("attention.self.value"));
        let scale = 1.0 / (self.config.head_width() as f32).sqrt();
        Ok(Layer {
            projections: self.linear(&[(&query, scale), (&key, 1.0), (&value, 1.0)], width, width)?,
            attended: self.linear(&[(&at("attention.output.dense"), 1.0)], width, width)?,
            attention_norm: self.norm(&at("attention.output.LayerNorm"))?,
            inner: self.linear(&[(&at("intermediate.dense"), 1.0)], inner, width)?,
            outer: self.linear(&[(&at("output.dense"), 1.0)], width, inner)?,
            norm: self.norm(&at("output.LayerNorm"))?,
        })
    }
}
