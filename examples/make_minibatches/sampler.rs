//! Samples answers from a language model: token by token, all requests of the model side by side, until each has come
//! to its end token or the length limit.
//!
//! There is no cache of keys and values: texts are short and models tiny, so every step reads the texts anew.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use candle_core::{DType, Device, Tensor};
use chrono::NaiveDateTime;
use serde_json::json;
use tokenizers::Tokenizer;
use weighhouse::engine::batch::{Batch, Sequence};
use weighhouse::engine::causal_lm;
use weighhouse::engine::chat::ChatTemplate;
use weighhouse::engine::decoder::Decoder;
use weighhouse::engine::request::{TemplateRequest, TokenizerRules};
use weighhouse::engine::tokenizer::ModelTokenizer;
use weighhouse::stats::random::Draws;

/// Most tokens of an answer; the longest solution among the held-out samples has 97.
const LONGEST_ANSWER: usize = 192;

/// One question to a model.
pub struct Ask<'a> {
    pub question: &'a str,
    pub temperature: f64,
    /// Draws the tokens, one each.
    pub draws: Draws,
}

/// A model that answers.
pub struct Sampler {
    decoder: Decoder,
    tokenizer: ModelTokenizer,
    template: ChatTemplate,
    /// Turns ids into text.
    writer: Tokenizer,
    /// The token that ends an answer.
    end: u32,
}

/// An answer under way.
struct Answer<'a> {
    ask: Ask<'a>,
    /// The prompt, what was drawn so far, and a place for the next token.
    ids: Vec<u32>,
    prompt: usize,
    done: bool,
}

impl Sampler {
    /// The model in `folder`, with its own tokenizer and chat template.
    pub fn open(folder: &Path) -> Result<Self> {
        let tokenizer = ModelTokenizer::load(folder, TokenizerRules::default())?;
        let template = ChatTemplate::choose(&TemplateRequest::Auto, &tokenizer, NaiveDateTime::default())?;
        let end = tokenizer.special_tokens().find(|(name, _)| *name == "eos_token").context("it has no end token")?.1;
        Ok(Self {
            decoder: causal_lm::load(folder, DType::F32, &Device::Cpu)?.decoder,
            writer: Tokenizer::from_file(folder.join("tokenizer.json")).map_err(|e| anyhow!("{e}"))?,
            end: *tokenizer.encode(end, false)?.first().context("its end token has no id")?,
            template: template.context("it has no chat template")?,
            tokenizer,
        })
    }

    /// The answers to `asks`, in their order.
    pub fn answer(&self, asks: Vec<Ask>) -> Result<Vec<String>> {
        let mut answers: Vec<Answer> = asks.into_iter().map(|ask| self.begin(ask)).collect::<Result<_>>()?;
        while answers.iter().any(|answer| !answer.done) {
            let mut open: Vec<&mut Answer> = answers.iter_mut().filter(|answer| !answer.done).collect();
            let logits = self.next_logits(&open)?;
            for (answer, logits) in open.iter_mut().zip(logits) {
                answer.extend(&logits, self.end);
            }
        }
        answers.iter().map(|answer| self.write(answer)).collect()
    }

    fn begin<'a>(&self, ask: Ask<'a>) -> Result<Answer<'a>> {
        let turn = json!({"role": "user", "content": ask.question});
        let mut ids = self.tokenizer.encode(&self.template.render(&[turn], true)?, false)?;
        let prompt = ids.len();
        ids.push(self.end);
        Ok(Answer { ask, ids, prompt, done: false })
    }

    /// Logits of the next token of each answer. That token's place is its text's only target.
    fn next_logits(&self, answers: &[&mut Answer]) -> Result<Vec<Vec<f32>>> {
        let sequences: Vec<Sequence> =
            answers.iter().map(|a| Sequence { ids: &a.ids, scored_from: a.ids.len() - 1 }).collect();
        let batch = Batch::pack(&sequences, false);
        let rows: Vec<u32> = batch.targets.iter().map(|target| target.row as u32).collect();
        let hidden = self.decoder.hidden_states(&batch)?.index_select(&Tensor::new(rows, &Device::Cpu)?, 0)?;
        Ok(self.decoder.logits(&hidden)?.to_vec2()?)
    }

    fn write(&self, answer: &Answer) -> Result<String> {
        let ids = &answer.ids[answer.prompt..answer.ids.len() - 1];
        self.writer.decode(ids, true).map_err(|e| anyhow!("an answer cannot be decoded: {e}"))
    }
}

impl Answer<'_> {
    /// Puts the next token in its place and makes room for another, unless the answer ends here.
    fn extend(&mut self, logits: &[f32], end: u32) {
        let next = draw_token(logits, self.ask.temperature, &mut self.ask.draws);
        if next == end {
            self.done = true;
            return;
        }
        let place = self.ids.len() - 1;
        self.ids[place] = next;
        self.ids.push(end);
        self.done = self.ids.len() > self.prompt + LONGEST_ANSWER;
    }
}

/// A token drawn from the softmax of the logits over the temperature.
fn draw_token(logits: &[f32], temperature: f64, draws: &mut Draws) -> u32 {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weights: Vec<f64> = logits.iter().map(|logit| (f64::from(logit - top) / temperature).exp()).collect();
    let mut left = uniform(draws) * weights.iter().sum::<f64>();
    let drawn = weights.iter().position(|weight| {
        left -= weight;
        left < 0.0
    });
    drawn.unwrap_or(weights.len() - 1) as u32
}

/// A uniform number in 0..1.
fn uniform(draws: &mut Draws) -> f64 {
    const STEPS: usize = 1 << 53;
    draws.below(STEPS) as f64 / STEPS as f64
}
