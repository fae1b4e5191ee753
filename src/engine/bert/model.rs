//! The embedder: texts are cleaned and tokenised, equal ones met once, the rest computed in batches of nearly equal
//! length, and given back in the order they came.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::{DType, Device};
use rayon::prelude::*;

use super::batches::plan;
use super::config::BertConfig;
use super::fingerprint::fingerprint;
use super::folder::SentenceFolder;
use super::fused::FusedEncoder;
use super::json::bad;
use super::pooling::Pooling;
use super::pooling::normalise;
use super::portable::PortableEncoder;
use super::tensors::Tensors;
use crate::engine::cpu::Element;
use crate::engine::device::{blamed, device_kind};
use crate::engine::embedder::{Embedder, Embedding};
use crate::engine::error::{EngineError, Result};
use crate::engine::fault::DeviceFault;
use crate::engine::rehearsal::Rehearsal;
use crate::engine::rehearsed::Stage;
use crate::engine::request::TokenizerRules;
use crate::engine::tokenizer::ModelTokenizer;
use crate::engine::weights::Safetensors;

/// Version of the numerics; it grows with every change that may move an embedding by more than rounding.
pub const VERSION: &str = "2";

/// Tokens of a batch: on a CPU, where each core takes a batch, one that stays near the core; elsewhere one that keeps
/// the device busy.
const CPU_BATCH: usize = 512;
const DEVICE_BATCH: usize = 16_384;

/// The model as it is computed.
enum Encoder {
    Fused(FusedEncoder),
    Portable(Box<PortableEncoder>),
}

impl Encoder {
    fn pooled(&self, texts: &[&[u32]], pooling: Pooling) -> Result<Vec<Vec<f32>>> {
        match self {
            Self::Fused(encoder) => Ok(encoder.pooled(texts, pooling)),
            Self::Portable(encoder) => encoder.pooled(texts, pooling),
        }
    }
}

/// A sentence-transformers BERT.
pub struct BertEmbedder {
    folder: SentenceFolder,
    tokenizer: ModelTokenizer,
    encoder: Encoder,
    fingerprint: String,
    batch_tokens: usize,
    device: Device,
    rehearsal: Option<Stage>,
    /// Tokens of the smallest batch that the device's memory did not hold, padding included.
    too_many: AtomicUsize,
}

impl BertEmbedder {
    /// Loads the model in `folder` to compute in `dtype` on `device`: what [`embedding_dtype`] says that it has.
    ///
    /// [`embedding_dtype`]: crate::engine::device::embedding_dtype
    ///
    /// # Errors
    /// A file is absent or damaged, or asks for something that is not known.
    pub fn load(folder: &Path, device: &Device, dtype: DType) -> Result<Self> {
        let element = if dtype == DType::BF16 { Element::Bf16 } else { Element::F32 };
        Self::load_with(folder, device, device.is_cpu().then_some(element))
    }

    /// Loads it to compute in f32 by candle's own operators, as on other devices than the CPU.
    ///
    /// # Errors
    /// As [`BertEmbedder::load`].
    pub fn load_portable(folder: &Path, device: &Device) -> Result<Self> {
        Self::load_with(folder, device, None)
    }

    fn load_with(folder: &Path, device: &Device, fused: Option<Element>) -> Result<Self> {
        Self::load_on(folder, device, fused).map_err(|error| blamed(error, device))
    }

    fn load_on(folder: &Path, device: &Device, fused: Option<Element>) -> Result<Self> {
        let folder = SentenceFolder::read(folder)?;
        let tokenizer = load_tokenizer(&folder)?;
        let weights = Safetensors::open(&folder.transformer, DType::F32, device)?;
        let tensors = Tensors::new(&weights);
        let encoder = match fused {
            Some(element) => Encoder::Fused(FusedEncoder::new(&folder.config, &tensors, element)?),
            None => Encoder::Portable(Box::new(PortableEncoder::new(&folder.config, &tensors, device)?)),
        };
        let place = match fused {
            Some(Element::Bf16) => format!("{} bf16", device_kind(device)),
            _ => device_kind(device).to_owned(),
        };
        let fingerprint = fingerprint(&folder, &tokenizer, VERSION, &place)?;
        let batch_tokens = if device.is_cpu() { CPU_BATCH } else { DEVICE_BATCH };
        let (device, too_many) = (device.clone(), AtomicUsize::new(usize::MAX));
        Ok(Self { folder, tokenizer, encoder, fingerprint, batch_tokens, device, rehearsal: None, too_many })
    }

    /// The same with batches of at most this many tokens, padding included; a longer text has a batch of its own.
    pub fn with_batch_tokens(self, batch_tokens: usize) -> Self {
        Self { batch_tokens, ..self }
    }

    /// The same on a device that fails on purpose.
    ///
    /// # Errors
    /// Loading it is what is to fail.
    pub fn rehearsing(self, rehearsal: Option<Rehearsal>) -> Result<Self> {
        let rehearsal = rehearsal.map(|rehearsal| Stage::new(rehearsal, &self.device));
        rehearsal.iter().try_for_each(Stage::load)?;
        Ok(Self { rehearsal, ..self })
    }

    /// What the model's folder asks for.
    pub fn folder(&self) -> &SentenceFolder {
        &self.folder
    }

    /// Token ids of `text` as the model reads it: stripped, cut to the longest length, special tokens around it.
    ///
    /// # Errors
    /// The tokenizer has no token for a part of it, or gives what the model has no rows for.
    pub fn tokens(&self, text: &str) -> Result<Vec<u32>> {
        let text = strip(text);
        let lower = self.folder.lower_case.then(|| text.to_lowercase());
        let ids = self.tokenizer.encode(lower.as_deref().unwrap_or(text), true)?;
        let problem = misfit(&ids, &self.folder.config);
        problem.map_or(Ok(ids), |problem| Err(bad(&self.folder.transformer.join("tokenizer.json"), problem)))
    }

    /// Tokens of the smallest batch that the device's memory did not hold; `None` where it held them all.
    pub fn too_many(&self) -> Option<usize> {
        Some(self.too_many.load(Ordering::Relaxed)).filter(|&tokens| tokens < usize::MAX)
    }

    /// Embeddings of one batch, in its order; one that the device's memory does not hold is halved.
    fn embed_fitting(&self, texts: &[&[u32]]) -> Result<Vec<Embedding>> {
        let tokens = texts.len() * texts.iter().map(|ids| ids.len()).max().unwrap_or(0);
        if texts.len() > 1 && self.too_many().is_some_and(|too_many| tokens >= too_many) {
            return self.embed_halves(texts);
        }
        match self.embed_batch(texts).map_err(|error| blamed(error, &self.device)) {
            Err(EngineError::Fault(DeviceFault::OutOfMemory { .. })) if texts.len() > 1 => {
                self.too_many.fetch_min(tokens, Ordering::Relaxed);
                self.embed_halves(texts)
            }
            result => result,
        }
    }

    fn embed_halves(&self, texts: &[&[u32]]) -> Result<Vec<Embedding>> {
        let (first, second) = texts.split_at(texts.len() / 2);
        Ok([self.embed_fitting(first)?, self.embed_fitting(second)?].concat())
    }

    fn embed_batch(&self, texts: &[&[u32]]) -> Result<Vec<Embedding>> {
        self.rehearsal.iter().try_for_each(|stage| stage.batch(texts.len()))?;
        let pooled = self.encoder.pooled(texts, self.folder.pooling)?;
        pooled.into_iter().map(|embedding| self.finish(embedding)).collect()
    }

    fn finish(&self, mut embedding: Vec<f32>) -> Result<Embedding> {
        if self.folder.normalise {
            normalise(&mut embedding);
        }
        if embedding.iter().all(|value| value.is_finite()) {
            return Ok(embedding.into());
        }
        let problem = "an embedding is not finite; the weights are damaged".into();
        Err(EngineError::Weights { path: self.folder.transformer.clone(), problem })
    }

    /// Tokens of a batch: on a CPU no more than give every core its share.
    fn budget(&self, lengths: &[usize]) -> usize {
        let share = lengths.iter().sum::<usize>().div_ceil(rayon::current_num_threads());
        if self.device.is_cpu() { self.batch_tokens.min(share) } else { self.batch_tokens }
    }

    /// Runs all batches: side by side on a CPU, where each keeps one core busy, one after another elsewhere.
    fn run(&self, batches: &[Vec<&[u32]>]) -> Result<Vec<Vec<Embedding>>> {
        if self.device.is_cpu() {
            batches.par_iter().with_max_len(1).map(|batch| self.embed_fitting(batch)).collect()
        } else {
            batches.iter().map(|batch| self.embed_fitting(batch)).collect()
        }
    }
}

impl Embedder for BertEmbedder {
    fn width(&self) -> usize {
        self.folder.config.hidden_size
    }

    fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Embedding>> {
        let tokens: Vec<Vec<u32>> = texts.par_iter().map(|text| self.tokens(text)).collect::<Result<_>>()?;
        let (distinct, places) = distinct(&tokens);
        let lengths: Vec<usize> = distinct.iter().map(|ids| ids.len()).collect();
        let plan = plan(&lengths, self.budget(&lengths));
        let batches: Vec<Vec<&[u32]>> =
            plan.iter().map(|batch| batch.iter().map(|&index| distinct[index]).collect()).collect();
        let embeddings = self.run(&batches)?;
        let mut found = vec![Embedding::default(); distinct.len()];
        for (index, embedding) in plan.iter().flatten().zip(embeddings.into_iter().flatten()) {
            found[*index] = embedding;
        }
        Ok(places.into_iter().map(|place| found[place].clone()).collect())
    }
}

/// Each different text once, and where each text is among those.
fn distinct(tokens: &[Vec<u32>]) -> (Vec<&[u32]>, Vec<usize>) {
    let (mut first, mut distinct) = (HashMap::new(), Vec::new());
    let places = tokens.iter().map(|ids| {
        *first.entry(ids.as_slice()).or_insert_with(|| {
            distinct.push(ids.as_slice());
            distinct.len() - 1
        })
    });
    let places = places.collect();
    (distinct, places)
}

fn load_tokenizer(folder: &SentenceFolder) -> Result<ModelTokenizer> {
    // Encoders' own classes say what their tokenizer.json says.
    let mut tokenizer = ModelTokenizer::load(&folder.transformer, TokenizerRules::File)?;
    tokenizer.truncate(folder.longest)?;
    let path = folder.transformer.join("tokenizer.json");
    let (ids, rows) = (tokenizer.vocabulary_size(), folder.config.vocab_size);
    if ids > rows {
        return Err(bad(&path, format!("it has {ids} tokens, config.json has a `vocab_size` of {rows}")));
    }
    if tokenizer.encode("", true)?.is_empty() {
        return Err(bad(&path, "it puts no special token around a text, so an empty text has no embedding".into()));
    }
    Ok(tokenizer)
}

/// Why the model cannot take these ids. A vocabulary may skip ids and a post-processor name any, so that the number of
/// tokens says nothing of them.
fn misfit(ids: &[u32], config: &BertConfig) -> Option<String> {
    let (largest, rows) = (ids.iter().max().copied(), config.vocab_size);
    match largest {
        None => Some("it makes no token of a text, which so has no embedding".into()),
        Some(id) if id as usize >= rows => Some(format!("it gives id {id}, config.json has a `vocab_size` of {rows}")),
        Some(_) if ids.len() > config.positions => {
            Some(format!("it gives {} tokens, the model has {} positions", ids.len(), config.positions))
        }
        Some(_) => None,
    }
}

/// The text without what Python calls white space at its ends.
fn strip(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\x1c'..='\x1f').contains(&c))
}
