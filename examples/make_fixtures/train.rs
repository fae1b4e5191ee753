//! Training and measuring of the tiny models, through the crate's own decoder.
//!
//! What is lowered is what is judged: the cross-entropy of response tokens. One seed fixes the order of the
//! conversations and the fresh weights.

use anyhow::{Context, Result};
use candle_core::{D, Device, Tensor};
use candle_nn::ops::log_softmax;
use candle_nn::{AdamW, Optimizer, ParamsAdamW};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use weighhouse::engine::{Batch, Decoder, Description, Sequence, WeightSource};

use crate::nursery::{Nursery, Weights};
use crate::shape::Shape;
use crate::tokenizer::Encoded;

/// How long and how fast to train.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recipe {
    /// Optimiser steps, each on [`BATCH`] conversations.
    pub steps: usize,
    /// Highest learning rate; it rises over the first tenth of the steps and falls to 0 over the rest.
    pub rate: f64,
    pub seed: u64,
}

/// Conversations per step.
const BATCH: usize = 16;

/// Trains on from `start`, or from fresh weights, and gives the weights reached.
pub fn train(shape: &Shape, start: Option<&Weights>, data: &[Encoded], recipe: Recipe) -> Result<Weights> {
    let nursery = start.map_or_else(|| Ok(Nursery::new(recipe.seed)), Nursery::from)?;
    let decoder = decoder(shape, &nursery)?;
    let variables = nursery.variables().into_values().collect();
    let mut optimizer = AdamW::new(variables, ParamsAdamW { beta2: 0.98, ..ParamsAdamW::default() })?;
    let mut order = Order::new(data.len(), recipe.seed);
    for step in 0..recipe.steps {
        let chosen: Vec<&Encoded> = (0..BATCH).map(|_| &data[order.next()]).collect();
        let loss = token_losses(&decoder, &chosen)?.mean_all()?;
        optimizer.set_learning_rate(recipe.rate_at(step));
        optimizer.backward_step(&loss)?;
    }
    Ok(nursery.weights()?)
}

/// Mean over conversations of the mean loss of a conversation's response tokens.
pub fn measure(shape: &Shape, weights: &Weights, data: &[Encoded]) -> Result<f64> {
    let decoder = decoder(shape, &Nursery::from(weights)?)?;
    let losses: Result<Vec<f64>> = data.iter().map(|one| mean_loss(&decoder, one)).collect();
    Ok(losses?.iter().sum::<f64>() / data.len() as f64)
}

fn mean_loss(decoder: &Decoder, conversation: &Encoded) -> Result<f64> {
    let losses = token_losses(decoder, &[conversation])?.detach();
    Ok(losses.mean_all()?.to_scalar::<f32>()?.into())
}

fn decoder(shape: &Shape, source: &dyn WeightSource) -> Result<Decoder> {
    let config = shape.config("float32");
    let description = Description::parse(&config).context("the configuration of a fixture is not understood")?;
    Ok(Decoder::new(description, source)?)
}

/// The loss of every response token of a batch, one after another.
fn token_losses(decoder: &Decoder, conversations: &[&Encoded]) -> Result<Tensor> {
    let sequences: Vec<Sequence> =
        conversations.iter().map(|c| Sequence { ids: &c.ids, scored_from: c.prompt_len }).collect();
    let batch = Batch::pack(&sequences, false);
    let (rows, ids): (Vec<u32>, Vec<u32>) = batch.targets.iter().map(|t| (t.row as u32, t.id)).unzip();
    let count = ids.len();
    let read = decoder.hidden(&batch)?.index_select(&Tensor::from_vec(rows, count, &Device::Cpu)?, 0)?;
    let probabilities = log_softmax(&decoder.logits(&read)?, D::Minus1)?;
    Ok(probabilities.gather(&Tensor::from_vec(ids, (count, 1), &Device::Cpu)?, 1)?.neg()?)
}

impl Recipe {
    fn rate_at(&self, step: usize) -> f64 {
        let (now, all) = (step as f64 + 1.0, self.steps as f64);
        self.rate * (10.0 * now / all).min((all - now + 1.0) / all).min(1.0)
    }
}

/// Every index once in random order, then again in another order.
struct Order {
    rng: ChaCha8Rng,
    indices: Vec<usize>,
    position: usize,
}

impl Order {
    fn new(length: usize, seed: u64) -> Self {
        Self { rng: ChaCha8Rng::seed_from_u64(seed), indices: (0..length).collect(), position: 0 }
    }

    fn next(&mut self) -> usize {
        if self.position == 0 {
            self.indices.shuffle(&mut self.rng);
        }
        let index = self.indices[self.position];
        self.position = (self.position + 1) % self.indices.len();
        index
    }
}
