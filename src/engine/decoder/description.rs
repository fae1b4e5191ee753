//! A causal language model as data: everything that distinguishes one architecture from another. The decoder in
//! [`Decoder`](super::Decoder) is built from this alone; it knows no architecture by name.

use super::rope::RopeSpec;

/// A decoder-only transformer.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// Class name as in `architectures[0]`, for example `LlamaForCausalLM`.
    pub architecture: &'static str,
    /// Rows of the embedding and of the head.
    pub vocab_size: usize,
    /// Width of the residual stream.
    pub hidden_size: usize,
    /// Width inside the feed-forward block.
    pub intermediate_size: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; `heads` is a multiple of it.
    pub kv_heads: usize,
    /// Width of one head.
    pub head_dim: usize,
    /// Attention of each layer, in order.
    pub layers: Vec<LayerAttention>,
    /// Rotary embeddings that layers refer to by index.
    pub ropes: Vec<RopeSpec>,
    /// Rows of a learned position table, for models that have one; no position may lie beyond it.
    pub learned_positions: Option<usize>,
    /// Kind and ε of all norms over the residual stream.
    pub norm: Norm,
    /// Normalisation of queries and keys.
    pub qk_norm: QkNorm,
    /// Feed-forward block.
    pub mlp: Mlp,
    /// Which projections carry a bias.
    pub bias: Biases,
    /// Attention and feed-forward read the same residual and are added together.
    pub parallel: bool,
    /// Soft cap c of attention scores: c·tanh(score / c).
    pub attention_softcap: Option<f64>,
    /// Soft cap of the logits.
    pub logit_softcap: Option<f64>,
    /// Embeddings are multiplied by this.
    pub embedding_multiplier: f64,
    /// Whether that factor is itself a number of the compute dtype, and so is rounded in bf16 and f16.
    pub embedding_multiplier_rounded: bool,
    /// What each block adds to the residual is multiplied by this.
    pub residual_multiplier: f64,
    /// Logits are divided by this.
    pub logit_divisor: f64,
    /// The head is the embedding.
    pub tied_head: bool,
    /// Where the tensors are.
    pub names: Names,
}

/// Attention of one layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerAttention {
    /// Keys seen by a query, itself included; `None` is all of the past.
    pub window: Option<usize>,
    /// Index into [`Description::ropes`]; `None` is a layer without rotary embedding.
    pub rope: Option<usize>,
    /// Scores are multiplied by this before the softmax.
    pub scale: f64,
}

/// Kind of a norm over the last dimension.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Norm {
    /// Which formula.
    pub kind: NormKind,
    /// Added to the mean square or the variance.
    pub eps: f64,
}

/// Formula of a norm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NormKind {
    /// x / rms(x) · w
    Rms,
    /// x / rms(x) · (1 + w)
    RmsPlusOne,
    /// (x − mean) / std · w + b
    Layer,
}

/// Normalisation of queries and keys before the rotary embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QkNorm {
    /// None.
    None,
    /// The model's RMS norm over each head; one weight of the head's width.
    PerHead,
    /// The model's RMS norm over the whole projection, before the heads are split.
    Whole,
    /// A layer norm with bias over each head, one weight shared by the heads.
    LayerShared,
    /// A layer norm without bias over each head, with a weight of its own for each head.
    LayerOwn,
}

/// Feed-forward block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mlp {
    /// down(act(gate(x)) · up(x)) if true, else down(act(up(x))).
    pub gated: bool,
    /// The non-linearity.
    pub activation: Activation,
}

/// Non-linearity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// x · sigmoid(x)
    Silu,
    /// x · Φ(x), with the error function.
    Gelu,
    /// The tanh approximation of gelu.
    GeluTanh,
    /// max(x, 0)
    Relu,
}

/// Which projections carry a bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Biases {
    /// Queries, keys and values.
    pub qkv: bool,
    /// Attention output.
    pub out: bool,
    /// Every projection of the feed-forward block.
    pub mlp: bool,
    /// Head.
    pub head: bool,
}

/// Names of a model's tensors. Weights are `<name>.weight`, biases `<name>.bias`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names {
    /// Prefix of everything but the head; a checkpoint of the bare model lacks it.
    pub base: &'static str,
    /// Token embedding.
    pub embedding: &'static str,
    /// Learned positions, where there are any.
    pub positions: &'static str,
    /// Norm before the head.
    pub final_norm: &'static str,
    /// Accepted names of the head.
    pub head: &'static [&'static str],
    /// Prefix of the layers; the layer's number follows.
    pub layers: &'static str,
    /// Norms around the two blocks.
    pub norms: NormNames,
    /// Queries, keys and values.
    pub qkv: QkvNames,
    /// Norms of queries and keys.
    pub qk_norms: [&'static str; 2],
    /// Attention output.
    pub out: &'static str,
    /// Feed-forward projections.
    pub mlp: MlpNames,
    /// Projections are stored input × output.
    pub transposed: bool,
}

/// Norms of a layer; an absent one is the identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NormNames {
    /// Before attention.
    pub attention_in: Option<&'static str>,
    /// On what attention adds.
    pub attention_out: Option<&'static str>,
    /// Before the feed-forward block; where a parallel layer has none it shares `attention_in`.
    pub mlp_in: Option<&'static str>,
    /// On what the feed-forward block adds.
    pub mlp_out: Option<&'static str>,
}

/// How queries, keys and values are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QkvNames {
    /// Three projections.
    Split([&'static str; 3]),
    /// One projection: all queries, then all keys, then all values.
    Joined(&'static str),
    /// One projection: query, key and value of the first head, then of the second, and so on.
    PerHead(&'static str),
}

/// How the feed-forward projections are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MlpNames {
    /// Gate, up, down.
    Gated {
        /// Name of the gate.
        gate: &'static str,
        /// Name of the projection up.
        up: &'static str,
        /// Name of the projection down.
        down: &'static str,
    },
    /// Gate and up in one projection, then down.
    Joined {
        /// Name of gate and projection up, one above the other.
        gate_up: &'static str,
        /// Name of the projection down.
        down: &'static str,
    },
    /// Up, down.
    Plain {
        /// Name of the projection up.
        up: &'static str,
        /// Name of the projection down.
        down: &'static str,
    },
}
