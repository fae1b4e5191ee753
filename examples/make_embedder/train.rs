//! Training: of two edited copies of each solution in a batch, every one must find the other among all copies (the
//! contrastive loss of SimCLR and InfoNCE, with the rest of the batch as strangers).

use std::collections::BTreeMap;

use anyhow::Result;
use candle_core::{Device, Tensor};
use candle_nn::loss::cross_entropy;
use candle_nn::{AdamW, Optimizer, ParamsAdamW};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use tokenizers::Tokenizer;

use crate::corpus::Conversation;
use crate::edits::edited;
use crate::model::embed;
use crate::tokenizer::ids;
use crate::variables::Variables;

/// How long and how fast to train.
#[derive(Debug, Clone, Copy)]
pub struct Recipe {
    /// Optimiser steps, each on [`BATCH`] solutions.
    pub steps: usize,
    /// Highest learning rate; it rises over the first tenth of the steps and falls to 0 over the rest.
    pub rate: f64,
    pub seed: u64,
}

/// Solutions per step.
const BATCH: usize = 32;

/// Cosines are divided by this before the softmax.
const TEMPERATURE: f64 = 0.05;

/// Trains from fresh weights and gives those reached.
pub fn train(tokenizer: &Tokenizer, data: &[Conversation], recipe: Recipe) -> Result<BTreeMap<String, Tensor>> {
    let variables = Variables::new(recipe.seed);
    // The model says which tensors it has when it is first run.
    embed(&variables, &[vec![0]])?;
    let mut optimizer = AdamW::new(variables.all(), ParamsAdamW::default())?;
    let mut rng = ChaCha8Rng::seed_from_u64(recipe.seed);
    let mut solutions: Vec<&str> = data.iter().map(|conversation| conversation.response.as_str()).collect();
    for step in 0..recipe.steps {
        solutions.partial_shuffle(&mut rng, BATCH);
        // `partial_shuffle` leaves what it drew at the end.
        let chosen = &solutions[solutions.len() - BATCH..];
        let loss = loss(&variables, &copies(tokenizer, chosen, &mut rng)?, &copies(tokenizer, chosen, &mut rng)?)?;
        optimizer.set_learning_rate(recipe.rate_at(step));
        optimizer.backward_step(&loss)?;
        if step % 50 == 49 {
            println!("step {}: loss {:.4}", step + 1, loss.to_scalar::<f32>()?);
        }
    }
    Ok(variables.weights()?)
}

fn copies(tokenizer: &Tokenizer, texts: &[&str], rng: &mut ChaCha8Rng) -> Result<Vec<Vec<u32>>> {
    texts.iter().map(|text| ids(tokenizer, &edited(text, rng))).collect()
}

/// Mean of the cross-entropies of finding the second copy by the first and the first by the second.
fn loss(variables: &Variables, first: &[Vec<u32>], second: &[Vec<u32>]) -> candle_core::Result<Tensor> {
    let (first, second) = (embed(variables, first)?, embed(variables, second)?);
    let cosines = (first.matmul(&second.t()?)? / TEMPERATURE)?;
    let own = Tensor::arange(0, BATCH as u32, &Device::Cpu)?;
    (cross_entropy(&cosines, &own)? + cross_entropy(&cosines.t()?.contiguous()?, &own)?)? / 2.0
}

impl Recipe {
    fn rate_at(&self, step: usize) -> f64 {
        let (now, all) = (step as f64 + 1.0, self.steps as f64);
        self.rate * (10.0 * now / all).min((all - now + 1.0) / all).min(1.0)
    }
}
