//! From hidden states to −ln p of the targets, by chunks: a log-sum-exp that runs over blocks of the vocabulary. The
//! full logits never exist, and rows without a target never reach the head.

#[cfg(feature = "cuda")]
mod on_cuda;
mod on_device;

use candle_core::{DType, Tensor};

use super::batch::Target;
use super::cpu::{self, HeadWeights};
use super::error::Result;
use super::kernels::{Kernels, Way};
use super::matrix::{Matrix, with_values};
use super::traffic::operators as op;
use on_device::Chunk;

/// Rows of hidden states that the head looks at together: enough that packing its weights costs little.
const ROWS: usize = 1024;

/// What happens to logits before the softmax.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogitRules {
    /// They are divided by this,
    pub divisor: f64,
    /// then capped at ±c by c·tanh(logit / c).
    pub softcap: Option<f64>,
}

impl LogitRules {
    /// Applies the rules to a tensor of logits; differentiable.
    pub fn apply(&self, logits: &Tensor) -> Result<Tensor> {
        let scaled = if self.divisor == 1.0 { logits.clone() } else { op::shrink(logits, self.divisor)? };
        match self.softcap {
            Some(cap) => op::scale(&op::tanh(&op::shrink(&scaled, cap)?)?, cap),
            None => Ok(scaled),
        }
    }
}

/// ln Σ exp(x) of values seen so far, as the largest of them and Σ exp(x − largest).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RunningLogSumExp {
    /// Largest value so far.
    pub largest: f64,
    /// Σ exp(x − largest).
    pub sum: f64,
}

impl Default for RunningLogSumExp {
    fn default() -> Self {
        Self { largest: f64::NEG_INFINITY, sum: 0.0 }
    }
}

impl RunningLogSumExp {
    /// Adds the values that `other` has seen.
    pub fn merge(&mut self, other: Self) {
        if other.largest > self.largest || other.largest.is_nan() {
            self.sum = self.sum * (self.largest - other.largest).exp() + other.sum;
            self.largest = other.largest;
        } else {
            self.sum += other.sum * (other.largest - self.largest).exp();
        }
    }

    /// ln Σ exp(x).
    pub fn value(&self) -> f64 {
        self.largest + self.sum.ln()
    }
}

/// The head of a language model.
pub struct Head {
    /// `[vocabulary × hidden]`
    pub weights: Matrix,
    /// `[vocabulary]`
    pub bias: Option<Tensor>,
    /// What happens to its logits.
    pub rules: LogitRules,
    /// Which kernels to use.
    pub kernels: Kernels,
}

impl Head {
    /// Logits `[rows × vocabulary]` f32 of hidden states `[rows × hidden]`; differentiable with plain weights. For few
    /// rows only: a loss never needs them.
    pub fn logits(&self, hidden: &Tensor) -> Result<Tensor> {
        let logits = self.weights.product(hidden, None)?;
        self.finish_logits(&logits, self.bias.as_ref())
    }

    fn finish_logits(&self, logits: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
        let logits = op::cast(logits, DType::F32)?;
        self.rules.apply(&match bias {
            Some(bias) => op::add(&logits, &op::cast(bias, DType::F32)?)?,
            None => logits,
        })
    }

    /// −ln p in nats of each target, in the order of `targets`, given what computes hidden states `[rows × hidden]`, which
    /// is called once the device has all that the head sends: behind the layers' kernels the host might wait for it.
    /// Targets must be ids of the vocabulary.
    pub fn negative_log_likelihoods(
        &self,
        hidden: impl FnOnce() -> Result<Tensor>,
        targets: &[Target],
    ) -> Result<Vec<f64>> {
        let mut order: Vec<usize> = (0..targets.len()).collect();
        order.sort_by_key(|&i| targets[i].row);
        let indices = chunks_by_row(&order, targets);
        let chunks: Vec<Chunk> = indices.iter().map(|chunk| scored_rows(chunk, targets)).collect();
        let mut losses = vec![f64::NAN; targets.len()];
        for (indices, found) in indices.into_iter().zip(self.losses_by_chunk(hidden, &chunks)?) {
            indices.iter().zip(found).for_each(|(&i, loss)| losses[i] = loss);
        }
        Ok(losses)
    }

    fn losses_by_chunk(&self, hidden: impl FnOnce() -> Result<Tensor>, chunks: &[Chunk]) -> Result<Vec<Vec<f64>>> {
        match &self.weights {
            Matrix::Packed(weights) => self.losses_on_cpu(&HeadWeights::Packed(weights), &hidden()?, chunks),
            Matrix::Plain(weights) => match Way::of(self.kernels, weights.device()) {
                Way::Cpu => {
                    let (width, hidden) = (weights.dim(1)?, hidden()?);
                    with_values(weights, |weights| {
                        self.losses_on_cpu(&HeadWeights::Rows { weights, width }, &hidden, chunks)
                    })?
                }
                #[cfg(feature = "cuda")]
                Way::Cuda => on_cuda::losses(self, weights, hidden, chunks),
                Way::Portable => on_device::losses(self, weights, hidden, chunks),
            },
        }
    }

    fn losses_on_cpu(&self, head: &HeadWeights, hidden: &Tensor, chunks: &[Chunk]) -> Result<Vec<Vec<f64>>> {
        let bias = self.bias.as_ref().map(|bias| with_values(bias, <[f32]>::to_vec)).transpose()?;
        let mut losses = Vec::with_capacity(chunks.len());
        for chunk in chunks {
            let rows = op::upload(chunk.rows.clone(), chunk.rows.len(), hidden.device())?;
            losses.push(with_values(&op::select(hidden, &rows)?, |hidden| {
                cpu::negative_log_likelihoods(head, bias.as_deref(), hidden, &chunk.targets, self.rules)
            })?);
        }
        Ok(losses)
    }
}

/// Cuts indices of targets, sorted by row, where a chunk would hold more than [`ROWS`] rows.
fn chunks_by_row<'a>(order: &'a [usize], targets: &[Target]) -> Vec<&'a [usize]> {
    let mut chunks = Vec::new();
    let mut rest = order;
    while !rest.is_empty() {
        let mut rows = 0;
        let mut last = None;
        let fits = rest.iter().take_while(|&&i| {
            rows += usize::from(last.replace(targets[i].row) != Some(targets[i].row));
            rows <= ROWS
        });
        let (chunk, after) = rest.split_at(fits.count());
        chunks.push(chunk);
        rest = after;
    }
    chunks
}

/// The distinct rows of a chunk of targets, and where these stand among them.
fn scored_rows(chunk: &[usize], targets: &[Target]) -> Chunk {
    let mut rows: Vec<u32> = Vec::new();
    let local = chunk.iter().map(|&i| {
        let row = targets[i].row as u32;
        if rows.last() != Some(&row) {
            rows.push(row);
        }
        (rows.len() - 1, targets[i].id)
    });
    let targets = local.collect();
    Chunk { rows, targets }
}
