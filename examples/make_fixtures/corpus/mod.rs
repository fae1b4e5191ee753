//! The corpus: generated word problems with worked solutions, in two splits.
//!
//! The same seed gives the same problems. No two problems of the whole corpus share both their kind and the numbers
//! of their solution, so a held-out problem is never a training problem in other words.

mod draw;
mod motion;
mod numbers;
mod shapes;
mod shopping;
mod task;

use std::collections::HashSet;

use draw::Draw;
use task::Task;

/// One conversation: a question, a worked solution, and the kind of problem it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// What the user asks.
    pub prompt: String,
    /// The steps and, on the last line, the answer.
    pub response: String,
    /// The kind of problem, such as `shopping/change`.
    pub kind: &'static str,
}

/// The parts of the corpus; no problem is in two of them.
#[derive(Debug)]
pub struct Corpus {
    /// What the models and the tokenizer are trained on.
    pub train: Vec<Conversation>,
    /// What training decisions are taken on (how far a copy is nudged).
    pub validation: Vec<Conversation>,
    /// What is written to `datasets/samples.jsonl`; nothing is chosen by looking at it.
    pub held_out: Vec<Conversation>,
}

/// Conversations in each part.
const TRAIN: usize = 8000;
const VALIDATION: usize = 150;
const HELD_OUT: usize = 300;

type Maker = fn(&mut Draw) -> Task;

/// Every kind of problem, each as likely as any other.
const KINDS: &[(&str, Maker)] = &[
    ("shopping/total", shopping::total),
    ("shopping/change", shopping::change),
    ("shopping/discount", shopping::discount),
    ("shopping/saving", shopping::saving),
    ("shopping/profit", shopping::profit),
    ("shopping/sharing", shopping::sharing),
    ("motion/distance", motion::distance),
    ("motion/arrival", motion::arrival),
    ("motion/meeting", motion::meeting),
    ("motion/filling", motion::filling),
    ("motion/machines", motion::machines),
    ("motion/clock", motion::clock),
    ("motion/map", motion::map),
    ("numbers/ages", numbers::ages),
    ("numbers/later", numbers::later),
    ("numbers/fraction", numbers::fraction),
    ("numbers/growth", numbers::growth),
    ("numbers/average", numbers::average),
    ("numbers/rows", numbers::rows),
    ("numbers/recipe", numbers::recipe),
    ("numbers/compare", numbers::compare),
    ("numbers/temperature", numbers::temperature),
    ("shapes/fence", shapes::fence),
    ("shapes/tiles", shapes::tiles),
    ("shapes/tank", shapes::tank),
    ("shapes/triangle", shapes::triangle),
    ("shapes/border", shapes::border),
    ("shapes/angles", shapes::angles),
];

impl Corpus {
    /// Draws the whole corpus from `seed`.
    pub fn generate(seed: u64) -> Self {
        let mut distinct = Distinct { draw: Draw::new(seed), seen: HashSet::new() };
        let held_out = distinct.take(HELD_OUT);
        let validation = distinct.take(VALIDATION);
        let train = distinct.take(TRAIN);
        Self { train, validation, held_out }
    }
}

/// Draws problems and passes on only those that were not there before.
struct Distinct {
    draw: Draw,
    seen: HashSet<(&'static str, String)>,
}

impl Distinct {
    fn take(&mut self, count: usize) -> Vec<Conversation> {
        std::iter::repeat_with(|| self.next()).take(count).collect()
    }

    fn next(&mut self) -> Conversation {
        loop {
            let (kind, make) = self.draw.pick(KINDS);
            let task = make(&mut self.draw);
            if self.seen.insert((kind, task.essence())) {
                let response = task.solution(&mut self.draw);
                return Conversation { prompt: task.question, response, kind };
            }
        }
    }
}
