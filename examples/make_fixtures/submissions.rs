//! Makes the submissions of [`PLANS`]: their weights, their folders and their records.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use candle_core::{Device, Tensor};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use tokenizers::Tokenizer;

use crate::corpus::{Conversation, Corpus};
use crate::folder;
use crate::nursery::Weights;
use crate::plan::{Origin, PLANS, Plan};
use crate::shape::{Family, Shape};
use crate::tokenizer::Encoded;
use crate::train::{Recipe, measure, train};

/// Submissions whose owners upload something else: the model that was there, and the one that takes its place.
const REPLACED: [Replaced; 2] =
    [Replaced { was: "llama-perturbed", is: "llama-wide" }, Replaced { was: "llama-wide", is: "llama-perturbed" }];

/// A model in another one's place.
struct Replaced {
    was: &'static str,
    is: &'static str,
}

/// A finished submission with what the README tells of it.
#[derive(Debug)]
pub struct Made {
    pub plan: &'static Plan,
    weights: Weights,
    pub parameters: usize,
    /// Mean loss on the validation split and on the held-out samples; none for a broken model.
    pub losses: Option<[f64; 2]>,
}

/// A line of `submissions.jsonl`.
#[derive(Serialize)]
struct Record {
    uid: u32,
    hotkey: String,
    model: String,
    block: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    competition: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
}

impl Record {
    /// The same after its owner uploaded something else, if so.
    fn replaced(self, name: &str) -> Self {
        match REPLACED.iter().find(|replaced| replaced.was == name) {
            Some(Replaced { is, .. }) => Self { model: format!("./models/{is}"), hash: None, ..self },
            None => self,
        }
    }
}

/// The splits of the corpus, encoded as one family reads them.
struct Data {
    train: Vec<Encoded>,
    validation: Vec<Encoded>,
    held_out: Vec<Encoded>,
}

/// Where and from what submissions are made.
pub struct Workshop<'a> {
    folder: PathBuf,
    seed: u64,
    tokenizer: &'a Tokenizer,
    llama: Data,
    stablelm: Data,
    /// Models trained from scratch, by name.
    trained: BTreeMap<&'static str, Weights>,
    made: BTreeMap<&'static str, Made>,
}

impl<'a> Workshop<'a> {
    /// A workshop that writes into `folder`.
    pub fn open(folder: PathBuf, seed: u64, tokenizer: &'a Tokenizer, corpus: &Corpus) -> Result<Self> {
        let llama = Data::encode(Family::Llama, tokenizer, corpus)?;
        let stablelm = Data::encode(Family::StableLm, tokenizer, corpus)?;
        Ok(Self { folder, seed, tokenizer, llama, stablelm, trained: BTreeMap::new(), made: BTreeMap::new() })
    }

    /// Makes all submissions and their records; says what was done and how long it took.
    pub fn make_all(mut self) -> Result<Vec<Made>> {
        self.trained = self.train_all()?;
        let (mut records, mut replaced) = (String::new(), String::new());
        for plan in PLANS {
            let made = self.make(plan).with_context(|| format!("{} cannot be made", plan.name))?;
            let record = self.record(plan)?;
            records += &(serde_json::to_string(&record)? + "\n");
            replaced += &(serde_json::to_string(&record.replaced(plan.name))? + "\n");
            println!("{:<16} validation and held-out loss {:.4?}", plan.name, made.losses);
            self.made.insert(plan.name, made);
        }
        fs::write(self.folder.join("submissions.jsonl"), records)?;
        fs::write(self.folder.join("replaced.jsonl"), replaced)?;
        Ok(PLANS.iter().filter_map(|plan| self.made.remove(plan.name)).collect())
    }

    /// Trains all models that start from scratch, side by side; none needs another.
    fn train_all(&self) -> Result<BTreeMap<&'static str, Weights>> {
        std::thread::scope(|scope| {
            let begun: Vec<_> = PLANS
                .iter()
                .filter_map(|plan| match plan.origin {
                    Origin::Trained(recipe) => Some((plan.name, scope.spawn(move || self.train(plan, None, recipe)))),
                    _ => None,
                })
                .collect();
            begun
                .into_iter()
                .map(|(name, thread)| Ok((name, thread.join().map_err(|_| anyhow!("training {name} panicked"))??)))
                .collect()
        })
    }

    fn train(&self, plan: &Plan, start: Option<&Weights>, recipe: Recipe) -> Result<Weights> {
        let begin = Instant::now();
        let weights = train(
            &plan.shape,
            start,
            &self.data(&plan.shape).train,
            Recipe { seed: self.seed(recipe.seed), ..recipe },
        )?;
        println!("{:<16} {:>6.1} s for {} steps", plan.name, begin.elapsed().as_secs_f64(), recipe.steps);
        Ok(weights)
    }

    /// The seed of one part of the work.
    fn seed(&self, part: u64) -> u64 {
        self.seed.wrapping_mul(1000).wrapping_add(part)
    }

    fn make(&self, plan: &'static Plan) -> Result<Made> {
        let weights = plan.storage.round(&self.weights(plan)?)?;
        folder::write(&self.path(plan), &plan.shape, self.tokenizer, &weights, plan.storage)?;
        let parameters = weights.values().map(Tensor::elem_count).sum();
        let losses = match plan.origin {
            Origin::Broken { .. } => None,
            _ => Some(self.losses(&plan.shape, &weights)?),
        };
        Ok(Made { plan, weights, parameters, losses })
    }

    fn weights(&self, plan: &Plan) -> Result<Weights> {
        match plan.origin {
            Origin::Trained(_) => Ok(self.trained[plan.name].clone()),
            Origin::Copy { of } => Ok(self.weights_of(of)?.clone()),
            Origin::Perturbed { of, share, seed } => perturb(self.weights_of(of)?, share, self.seed(seed)),
            Origin::Nudged { of, recipe, gain } => self.nudge(plan, self.weights_of(of)?, recipe, gain),
            Origin::Broken { of, without } => {
                let mut weights = self.weights_of(of)?.clone();
                weights.remove(without).with_context(|| format!("{of} has no tensor {without}"))?;
                Ok(weights)
            }
        }
    }

    /// Trains on from `start` and finds, by halving, the point on the line back to `start` whose validation loss is
    /// lower than that of `start` by the share `gain`.
    fn nudge(&self, plan: &Plan, start: &Weights, recipe: Recipe, gain: f64) -> Result<Weights> {
        let shape = &plan.shape;
        let data = self.data(shape);
        let goal = measure(shape, start, &data.validation)? * (1.0 - gain);
        let end = self.train(plan, Some(start), recipe)?;
        anyhow::ensure!(measure(shape, &end, &data.validation)? < goal, "training on did not lower the loss enough");
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..10 {
            let middle = (low + high) / 2.0;
            let loss = measure(shape, &between(start, &end, middle)?, &data.validation)?;
            if loss > goal { low = middle } else { high = middle }
        }
        between(start, &end, high)
    }

    fn losses(&self, shape: &Shape, weights: &Weights) -> Result<[f64; 2]> {
        let data = self.data(shape);
        Ok([measure(shape, weights, &data.validation)?, measure(shape, weights, &data.held_out)?])
    }

    fn record(&self, plan: &Plan) -> Result<Record> {
        let competition = match plan.shape.family {
            Family::Llama => "l3",
            Family::StableLm => "s1",
        };
        Ok(Record {
            uid: plan.uid,
            hotkey: format!("5Fixture{:0>40}", plan.uid),
            model: format!("./models/{}", plan.name),
            block: plan.block,
            competition: plan.names_competition.then_some(competition),
            hash: plan.states_hash.then(|| folder::content_hash(&self.path(plan))).transpose()?,
        })
    }

    fn path(&self, plan: &Plan) -> PathBuf {
        self.folder.join("models").join(plan.name)
    }

    fn data(&self, shape: &Shape) -> &Data {
        match shape.family {
            Family::Llama => &self.llama,
            Family::StableLm => &self.stablelm,
        }
    }

    fn weights_of(&self, name: &str) -> Result<&Weights> {
        Ok(&self.made.get(name).with_context(|| format!("{name} is not made yet"))?.weights)
    }
}

impl Data {
    fn encode(family: Family, tokenizer: &Tokenizer, corpus: &Corpus) -> Result<Self> {
        let encode =
            |part: &[Conversation]| part.iter().map(|c| family.chat().encode(tokenizer, c)).collect::<Result<_>>();
        Ok(Self {
            train: encode(&corpus.train)?,
            validation: encode(&corpus.validation)?,
            held_out: encode(&corpus.held_out)?,
        })
    }
}

/// Moves every weight at random by up to `share` times twice the mean magnitude of its tensor.
fn perturb(weights: &Weights, share: f64, seed: u64) -> Result<Weights> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut moved = |tensor: &Tensor| -> Result<Tensor> {
        let reach = 2.0 * share * f64::from(tensor.abs()?.mean_all()?.to_scalar::<f32>()?);
        let noise: Vec<f32> = (0..tensor.elem_count()).map(|_| rng.random_range(-1.0..1.0f32)).collect();
        let noise = Tensor::from_vec(noise, tensor.shape(), &Device::Cpu)?;
        Ok((tensor + (noise * reach)?)?)
    };
    weights.iter().map(|(name, tensor)| Ok((name.clone(), moved(tensor)?))).collect()
}

/// The point at `share` of the way from `start` to `end`.
fn between(start: &Weights, end: &Weights, share: f64) -> Result<Weights> {
    let mix = |(name, from): (&String, &Tensor)| {
        let to = end.get(name).with_context(|| format!("{name} is in one model only"))?;
        Ok((name.clone(), (from + ((to - from)? * share)?)?))
    };
    start.iter().map(mix).collect()
}
