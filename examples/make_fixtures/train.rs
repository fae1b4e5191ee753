//! Training and measuring of the tiny models, through the crate's own decoder.
//!
//! What is lowered is what is judged: the cross-entropy of response tokens. One seed fixes the order of the
//! conversations and the fresh weights.

use std::path::Path;

use anyhow::Result;
use candle_core::{Device, Tensor};
use candle_nn::loss::cross_entropy;
use candle_nn::{AdamW, Optimizer, ParamsAdamW};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use weighhouse::engine::batch::{Batch, Sequence};
use weighhouse::engine::decoder::config::parse_config;
use weighhouse::engine::decoder::{Decoder, Kernels};

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
    decoder(shape, &nursery, Kernels::Portable)?;
    let variables = nursery.variables().into_values().collect();
    let mut optimizer = AdamW::new(variables, ParamsAdamW { beta2: 0.98, ..ParamsAdamW::default() })?;
    let mut order = Order::new(data.len(), recipe.seed);
    for step in 0..recipe.steps {
        let chosen: Vec<&Encoded> = (0..BATCH).map(|_| &data[order.next()]).collect();
        // The decoder joins some projections when it is built, so it is built anew from the weights of each step.
        let loss = response_loss(&decoder(shape, &nursery, Kernels::Portable)?, &chosen)?;
        optimizer.set_learning_rate(recipe.rate_at(step));
        optimizer.backward_step(&loss)?;
    }
    Ok(nursery.weights()?)
}

/// Mean over conversations of the mean loss of a conversation's response tokens.
pub fn measure(shape: &Shape, weights: &Weights, data: &[Encoded]) -> Result<f64> {
    let decoder = decoder(shape, &Nursery::from(weights)?, Kernels::Fused)?;
    let losses: Result<Vec<Vec<f64>>, _> =
        data.chunks(BATCH).map(|some| decoder.losses(&sequences(some.iter()))).collect();
    Ok(losses?.iter().flatten().sum::<f64>() / data.len() as f64)
}

fn decoder(shape: &Shape, source: &Nursery, kernels: Kernels) -> Result<Decoder> {
    let config = parse_config(Path::new("config.json"), &shape.config("float32"))?;
    Ok(Decoder::new(config.description, source, kernels)?)
}

fn sequences<'a>(conversations: impl Iterator<Item = &'a Encoded>) -> Vec<Sequence<'a>> {
    conversations.map(|c| Sequence { ids: &c.ids, scored_from: c.prompt_len }).collect()
}

/// The mean loss of all response tokens of a batch, as a tensor with gradients.
fn response_loss(decoder: &Decoder, conversations: &[&Encoded]) -> Result<Tensor> {
    let batch = Batch::pack(&sequences(conversations.iter().copied()), false);
    let (rows, ids): (Vec<u32>, Vec<u32>) = batch.targets.iter().map(|t| (t.row as u32, t.id)).unzip();
    let read = decoder.hidden_states(&batch)?.index_select(&Tensor::new(rows, &Device::Cpu)?, 0)?;
    Ok(cross_entropy(&decoder.logits(&read)?, &Tensor::new(ids, &Device::Cpu)?)?)
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
