//! A response as it is recorded: one line of the file.

use serde::Serialize;

use crate::corpus::Conversation;
use crate::schedule::{Deed, Query};

/// What stands before the answer, in the solutions that the models learned from and in their own.
const MARK: &str = "Answer: ";

/// A line of `minibatches.jsonl`.
#[derive(Serialize)]
pub struct Record<'a> {
    pub request_id: String,
    pub uid: u32,
    pub hotkey: String,
    pub operator: &'static str,
    pub source: String,
    pub question: &'a str,
    pub ground_truth: &'a str,
    pub reasoning: String,
    /// What the text gives as its answer; null where it gives none.
    pub answer: Option<String>,
    /// 1 where the answer is the ground truth to the letter, else 0.
    pub correctness: f64,
    pub status: u32,
    pub rewarded: bool,
    pub recorded_at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_of: Option<u32>,
}

impl<'a> Record<'a> {
    /// The record of `text`, which a miner returned for a problem.
    pub fn new(request: usize, problem: &'a Conversation, query: &Query, text: String) -> Self {
        let ground_truth = answer_of(&problem.response).unwrap_or_default();
        let answer = answer_of(&text);
        Self {
            request_id: format!("minibatch-{:03}", request + 1),
            uid: query.miner.uid,
            hotkey: format!("5Fixture{:0>40}", query.miner.uid),
            operator: query.miner.operator,
            source: source(problem.kind),
            question: &problem.prompt,
            ground_truth,
            correctness: f64::from(u8::from(answer == Some(ground_truth))),
            answer: answer.map(str::to_owned),
            reasoning: text,
            status: if query.deed == Deed::Fails { 500 } else { 200 },
            rewarded: query.rewarded,
            recorded_at: query.recorded_at,
            copy_of: match query.deed {
                Deed::Copies { of, .. } => Some(of),
                _ => None,
            },
        }
    }
}

/// The topic of a kind of problem: `word-problems/shopping` for `shopping/change`.
fn source(kind: &str) -> String {
    format!("word-problems/{}", kind.split('/').next().unwrap_or(kind))
}

/// What follows the last mark, to the end of its line.
fn answer_of(text: &str) -> Option<&str> {
    let (_, after) = text.rsplit_once(MARK)?;
    after.lines().next().map(str::trim).filter(|answer| !answer.is_empty())
}
