//! Fetches a decoder's tensors under the names its description gives and brings them into the decoder's own layout.

use candle_core::{DType, Device, Tensor};

use super::description::{Description, Norm, NormKind, QkNorm, QkvNames};
use super::norm_layer::NormLayer;
use crate::engine::error::Result;
use crate::engine::head::LogitRules;
use crate::engine::matrix::beside;
use crate::engine::weights::WeightSource;

/// A projection as loaded: x · Wᵀ + b.
pub struct Linear {
    /// `[outputs × inputs]`
    pub weight: Tensor,
    /// `[outputs]`
    pub bias: Option<Tensor>,
}

/// Two projections of the same input as one.
pub fn join(a: Linear, b: Linear) -> Result<Linear> {
    let bias = match (a.bias, b.bias) {
        (Some(a), Some(b)) => Some(Tensor::cat(&[a, b], 0)?),
        _ => None,
    };
    Ok(Linear { weight: Tensor::cat(&[a.weight, b.weight], 0)?, bias })
}

/// A source of weights together with the description that says what to look for.
pub struct Loader<'a> {
    source: &'a dyn WeightSource,
    description: &'a Description,
    /// Prefix of everything but the head; empty in a checkpoint of the bare model.
    base: &'static str,
}

impl<'a> Loader<'a> {
    /// Looks whether the checkpoint has the base prefix.
    pub fn new(source: &'a dyn WeightSource, description: &'a Description) -> Self {
        let names = &description.names;
        let bare = format!("{}.weight", names.embedding);
        let base = if source.contains(&bare) { "" } else { names.base };
        Self { source, description, base }
    }

    /// Name of a part of layer `index`.
    pub fn layer(&self, index: usize, part: &str) -> String {
        format!("{}{index}.{part}", self.description.names.layers)
    }

    fn weight(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        self.source.tensor(&format!("{}{name}.weight", self.base), shape)
    }

    fn bias(&self, name: &str, width: usize, present: bool) -> Result<Option<Tensor>> {
        let load = || widened(self.source.tensor(&format!("{}{name}.bias", self.base), &[width])?);
        present.then(load).transpose()
    }

    /// A projection `[output × input]`, turned round where the architecture stores it the other way.
    pub fn linear(&self, name: &str, [output, input]: [usize; 2], bias: bool) -> Result<Linear> {
        let weight = if self.description.names.transposed {
            self.weight(name, &[input, output])?.t()?.contiguous()?
        } else {
            self.weight(name, &[output, input])?
        };
        Ok(Linear { weight, bias: self.bias(name, output, bias)? })
    }

    /// A table of positions, whose rows are added to those of the embedding.
    pub fn positions(&self, name: &str, rows: usize) -> Result<Tensor> {
        widened(self.table(name, rows)?)
    }

    fn table(&self, name: &str, rows: usize) -> Result<Tensor> {
        self.weight(name, &[rows, self.description.hidden_size])
    }

    /// A norm over the residual stream.
    pub fn norm(&self, name: &str) -> Result<NormLayer> {
        let norm = self.description.norm;
        self.any_norm(name, self.description.hidden_size, norm, norm.kind == NormKind::Layer)
    }

    fn any_norm(&self, name: &str, width: usize, norm: Norm, bias: bool) -> Result<NormLayer> {
        let weight = widened(self.weight(name, &[width])?)?;
        let bias = self.bias(name, width, bias)?.map(|bias| bias.to_dtype(DType::F32)).transpose()?;
        Ok(NormLayer { weight: norm_weight(weight, norm.kind)?, bias, norm })
    }

    /// The norm of queries or keys of layer `index`, if the architecture has one.
    pub fn qk_norm(&self, index: usize, name: &str, heads: usize) -> Result<Option<NormLayer>> {
        let name = self.layer(index, name);
        let (width, norm) = (self.description.head_dim, self.description.norm);
        let layer = Norm { kind: NormKind::Layer, eps: norm.eps };
        Ok(match self.description.qk_norm {
            QkNorm::None => None,
            QkNorm::PerHead => Some(self.any_norm(&name, width, norm, false)?),
            QkNorm::Whole => Some(self.any_norm(&name, heads * width, norm, false)?),
            QkNorm::LayerShared => Some(self.any_norm(&name, width, layer, true)?),
            QkNorm::LayerOwn => {
                let own = (0..heads).map(|head| self.weight(&format!("{name}.norms.{head}"), &[width]));
                let weight = Tensor::stack(&own.collect::<Result<Vec<_>>>()?, 0)?;
                Some(NormLayer { weight: norm_weight(weight, layer.kind)?, bias: None, norm: layer })
            }
        })
    }

    /// Queries, keys and values of layer `index` in one projection, in that order.
    pub fn qkv(&self, index: usize) -> Result<Linear> {
        let d = self.description;
        let (q, kv, input) = (d.heads * d.head_dim, d.kv_heads * d.head_dim, d.hidden_size);
        let load = |name: &str, output| self.linear(&self.layer(index, name), [output, input], d.bias.qkv);
        match d.names.qkv {
            QkvNames::Split([q_name, k_name, v_name]) => {
                join(join(load(q_name, q)?, load(k_name, kv)?)?, load(v_name, kv)?)
            }
            QkvNames::Joined(name) => load(name, q + 2 * kv),
            QkvNames::PerHead(name) => self.untangle(load(name, q + 2 * kv)?),
        }
    }

    /// Rows (head, query | key | value, width) → (query | key | value, head, width).
    fn untangle(&self, tangled: Linear) -> Result<Linear> {
        let d = self.description;
        let rows = 3 * d.heads * d.head_dim;
        let weight = tangled.weight.reshape((d.heads, 3, d.head_dim, d.hidden_size))?;
        let weight = weight.transpose(0, 1)?.reshape((rows, d.hidden_size))?;
        let turn = |bias: Tensor| bias.reshape((d.heads, 3, d.head_dim))?.transpose(0, 1)?.reshape(rows);
        Ok(Linear { weight: weight.contiguous()?, bias: tangled.bias.map(turn).transpose()? })
    }

    /// The token embedding; where it is tied to the head and stored under the head's name only, that.
    pub fn embedding(&self) -> Result<Tensor> {
        let d = self.description;
        let stored = self.source.contains(&format!("{}{}.weight", self.base, d.names.embedding));
        if d.tied_head && !stored && self.head_name("weight").is_some() {
            return self.head_tensor("weight", &[d.vocab_size, d.hidden_size]);
        }
        self.table(d.names.embedding, d.vocab_size)
    }

    /// The head's own weights, `None` where they are the embedding's, and its bias. A head that is said to be tied but
    /// stored with other values is not tied, as in transformers.
    pub fn head(&self, embedding: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let d = self.description;
        let bias = d.bias.head.then(|| widened(self.head_tensor("bias", &[d.vocab_size])?)).transpose()?;
        if d.tied_head && self.head_name("weight").is_none() {
            return Ok((None, bias));
        }
        let own = self.head_tensor("weight", &[d.vocab_size, d.hidden_size])?;
        let tied = d.tied_head && equal(&own, embedding)?;
        Ok(((!tied).then_some(own), bias))
    }

    /// The name under which a part of the head is stored.
    fn head_name(&self, part: &str) -> Option<String> {
        let mut named = self.description.names.head.iter().map(|name| format!("{name}.{part}"));
        named.find(|name| self.source.contains(name))
    }

    fn head_tensor(&self, part: &str, shape: &[usize]) -> Result<Tensor> {
        let usual = || format!("{}.{part}", self.description.names.head[0]);
        self.source.tensor(&self.head_name(part).unwrap_or_else(usual), shape)
    }

    /// What happens to logits.
    pub fn logit_rules(&self) -> LogitRules {
        LogitRules { divisor: self.description.logit_divisor, softcap: self.description.logit_softcap }
    }
}

/// A number as the dtype of the computation holds it.
pub fn half_precision(value: f64, dtype: DType) -> f64 {
    let rounded = Tensor::new(value as f32, &Device::Cpu).and_then(|t| t.to_dtype(dtype)?.to_dtype(DType::F64));
    rounded.and_then(|t| t.to_scalar()).unwrap_or(value)
}

/// What is not multiplied as a matrix, in the dtype that goes with matrices of its own.
fn widened(tensor: Tensor) -> Result<Tensor> {
    Ok(tensor.to_dtype(beside(tensor.dtype(), tensor.device()))?)
}

/// Whether two matrices of one shape are the same, compared by blocks of rows so that little memory is needed.
fn equal(a: &Tensor, b: &Tensor) -> Result<bool> {
    const ROWS: usize = 1024;
    for start in (0..a.dim(0)?).step_by(ROWS) {
        let rows = ROWS.min(a.dim(0)? - start);
        let differ = a.narrow(0, start, rows)?.ne(&b.narrow(0, start, rows)?)?;
        if differ.flatten_all()?.max(0)?.to_scalar::<u8>()? != 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A norm's weight as [`NormLayer`] applies it: in f32 where the norm is computed in it, and with the one of
/// x / rms · (1 + w), which half precision would round.
fn norm_weight(weight: Tensor, kind: NormKind) -> Result<Tensor> {
    Ok(match kind {
        NormKind::RmsPlusOne => (weight.to_dtype(DType::F32)? + 1.0)?,
        NormKind::Layer => weight.to_dtype(DType::F32)?,
        NormKind::Rms => weight,
    })
}
