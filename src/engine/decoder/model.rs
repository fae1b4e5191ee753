//! The decoder: one for all architectures, built from a description and a source of weights. It turns packed token ids
//! into hidden states and targets into losses; from one batch to the next it keeps nothing but tables.

use candle_core::{DType, Device, Tensor};

use super::attention::AttentionInputs;
use super::description::Description;
use super::layers::{Attention, MlpBlock};
use super::loading::{Loader, half_precision};
use super::norm_layer::NormLayer;
use super::rotary::RotaryTables;
use crate::engine::batch::{Batch, Sequence};
use crate::engine::error::Result;
use crate::engine::head::Head;
use crate::engine::kernels::Kernels;
use crate::engine::matrix::Matrix;
use crate::engine::traffic::operators as op;
use crate::engine::weights::WeightSource;

/// A causal language model ready to compute.
pub struct Decoder {
    description: Description,
    embedding: Matrix,
    dtype: DType,
    device: Device,
    positions: Option<Tensor>,
    rotary: RotaryTables,
    layers: Vec<Layer>,
    final_norm: NormLayer,
    head: Head,
    kernels: Kernels,
}

struct Layer {
    attention_in: Option<NormLayer>,
    attention: Attention,
    attention_out: Option<NormLayer>,
    mlp_in: Option<NormLayer>,
    mlp: MlpBlock,
    mlp_out: Option<NormLayer>,
}

impl Layer {
    fn load(loader: &Loader, description: &Description, index: usize, kernels: Kernels) -> Result<Self> {
        let names = &description.names.norms;
        let norm = |name: Option<&str>| name.map(|n| loader.norm(&loader.layer(index, n))).transpose();
        Ok(Self {
            attention_in: norm(names.attention_in)?,
            attention: Attention::load(loader, description, index, kernels)?,
            attention_out: norm(names.attention_out)?,
            mlp_in: norm(names.mlp_in)?,
            mlp: MlpBlock::load(loader, description, index, kernels)?,
            mlp_out: norm(names.mlp_out)?,
        })
    }

    fn forward(&self, x: &Tensor, shared: &AttentionInputs) -> Result<Tensor> {
        let normed = normalise(self.attention_in.as_ref(), x, shared)?;
        let attend = |base: Option<&Tensor>| self.attention.forward(&normed, base, shared);
        let residual = add_block(x, attend, self.attention_out.as_ref(), shared)?;
        let mlp_in = match (shared.description.parallel, &self.mlp_in) {
            (true, None) => normed.clone(),
            (true, Some(norm)) => norm.forward(x, shared.kernels)?,
            (false, norm) => normalise(norm.as_ref(), &residual, shared)?,
        };
        let feed = |base: Option<&Tensor>| self.mlp.forward(&mlp_in, base, shared.kernels);
        add_block(&residual, feed, self.mlp_out.as_ref(), shared)
    }
}

/// The residual plus what a block makes: added by the block's own last product where nothing comes between.
fn add_block(
    residual: &Tensor,
    block: impl Fn(Option<&Tensor>) -> Result<Tensor>,
    norm: Option<&NormLayer>,
    shared: &AttentionInputs,
) -> Result<Tensor> {
    let multiplier = shared.description.residual_multiplier;
    if norm.is_none() && multiplier == 1.0 {
        return block(Some(residual));
    }
    let added = scaled(&normalise(norm, &block(None)?, shared)?, multiplier)?;
    op::add(residual, &added)
}

fn normalise(norm: Option<&NormLayer>, x: &Tensor, shared: &AttentionInputs) -> Result<Tensor> {
    norm.map_or_else(|| Ok(x.clone()), |norm| norm.forward(x, shared.kernels))
}

/// x times a factor, which is not rounded to the dtype of x.
fn scaled(x: &Tensor, factor: f64) -> Result<Tensor> {
    if factor == 1.0 {
        return Ok(x.clone());
    }
    op::cast(&op::scale(&op::cast(x, DType::F32)?, factor)?, x.dtype())
}

impl Decoder {
    /// Builds the decoder; tensors keep the dtype and device that the source gives them in.
    ///
    /// # Errors
    /// A tensor is missing or has another shape than the description implies.
    pub fn new(description: Description, weights: &dyn WeightSource, kernels: Kernels) -> Result<Self> {
        let loader = Loader::new(weights, &description);
        let names = description.names;
        let table = loader.embedding()?;
        let (dtype, device) = (table.dtype(), table.device().clone());
        let (embedding, head) = embedding_and_head(table, &loader, kernels)?;
        Ok(Self {
            rotary: RotaryTables::new(description.ropes.len()),
            positions: description.learned_positions.map(|rows| loader.positions(names.positions, rows)).transpose()?,
            layers: (0..description.layers.len())
                .map(|index| Layer::load(&loader, &description, index, kernels))
                .collect::<Result<_>>()?,
            final_norm: loader.norm(names.final_norm)?,
            head,
            embedding,
            dtype,
            device,
            description,
            kernels,
        })
    }

    /// What the decoder was built from.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Where it computes.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Whether sequences with a common prompt may share its rows: not where a rotary embedding depends on how long
    /// the text gets.
    pub fn shares_prompts(&self) -> bool {
        !self.description.ropes.iter().any(|rope| rope.depends_on_length())
    }

    /// Hidden states after the last norm, `[rows × hidden]`. Ids must be below the vocabulary's size and, for learned
    /// positions, texts no longer than their table.
    pub fn hidden_states(&self, batch: &Batch) -> Result<Tensor> {
        let positions = op::upload(batch.positions.clone(), batch.positions.len(), self.device())?;
        let angles = self.rotary.angles(&self.description.ropes, batch, &positions)?;
        let embedded = self.embed(batch, &positions)?;
        let shared = AttentionInputs::new(&self.description, batch, self.kernels, angles, &embedded)?;
        let last = self.layers.iter().try_fold(embedded, |x, layer| layer.forward(&x, &shared))?;
        self.final_norm.forward(&last, self.kernels)
    }

    /// Logits `[rows × vocabulary]` of hidden states; for training and sampling, not for losses.
    pub fn logits(&self, hidden: &Tensor) -> Result<Tensor> {
        self.head.logits(hidden)
    }

    /// −ln p in nats of each target of the batch, in its order.
    pub fn negative_log_likelihoods(&self, batch: &Batch) -> Result<Vec<f64>> {
        if batch.targets.is_empty() {
            return Ok(Vec::new());
        }
        self.head.negative_log_likelihoods(|| self.hidden_states(batch), &batch.targets)
    }

    /// Mean −ln p in nats over each sequence's targets; NaN for a sequence without target.
    pub fn losses(&self, sequences: &[Sequence]) -> Result<Vec<f64>> {
        let batch = Batch::pack(sequences, self.shares_prompts());
        let mut sums = vec![0.0; sequences.len()];
        for (target, loss) in batch.targets.iter().zip(self.negative_log_likelihoods(&batch)?) {
            sums[target.sequence] += loss;
        }
        Ok(sums.iter().zip(sequences).map(|(sum, sequence)| sum / sequence.targets() as f64).collect())
    }

    fn embed(&self, batch: &Batch, positions: &Tensor) -> Result<Tensor> {
        let tokens = self.embedding.rows(&batch.ids, self.device())?;
        let tokens = scaled(&tokens, self.embedding_multiplier())?;
        let Some(table) = &self.positions else { return Ok(tokens) };
        op::add(&tokens, &op::select(table, positions)?)
    }

    fn embedding_multiplier(&self) -> f64 {
        let exact = self.description.embedding_multiplier;
        match self.dtype {
            DType::BF16 | DType::F16 if self.description.embedding_multiplier_rounded => {
                half_precision(exact, self.dtype)
            }
            _ => exact,
        }
    }
}

/// The embedding and the head, which are one matrix where the head is tied. An embedding of its own is only looked up,
/// so it stays as it is.
fn embedding_and_head(table: Tensor, loader: &Loader, kernels: Kernels) -> Result<(Matrix, Head)> {
    let rules = loader.logit_rules();
    let (own, bias) = loader.head(&table)?;
    let (embedding, weights) = match own {
        Some(own) => (Matrix::Plain(table), Matrix::new(own, kernels)?),
        None => {
            let shared = Matrix::new(table, kernels)?;
            (shared.clone(), shared)
        }
    };
    Ok((embedding, Head { weights, bias, rules, kernels }))
}
