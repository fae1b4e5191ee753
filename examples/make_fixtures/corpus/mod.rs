//! The corpus: generated word problems with worked solutions, in three parts, and an endless rest in no part.
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

/// Conversations held out, for validation and for training, in the order they are drawn. All that is drawn later is
/// in no part of the corpus.
pub const PARTS: [usize; 3] = [300, 150, 8000];

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
        let mut problems = problems(seed);
        let [held_out, validation, train] = PARTS.map(|count| problems.by_ref().take(count).collect());
        Self { train, validation, held_out }
    }
}

/// All problems of `seed`, without end, no two of them alike; the first are the corpus.
pub fn problems(seed: u64) -> impl Iterator<Item = Conversation> {
    let mut draw = Draw::new(seed);
    let mut seen = HashSet::new();
    std::iter::repeat_with(move || new_problem(&mut draw, &mut seen))
}

/// Draws until a problem comes that was not there before.
fn new_problem(draw: &mut Draw, seen: &mut HashSet<(&'static str, String)>) -> Conversation {
    loop {
        let (kind, make) = draw.pick(KINDS);
        let task = make(draw);
        if seen.insert((kind, task.essence())) {
            let response = task.solution(draw);
            return Conversation { prompt: task.question, response, kind };
        }
    }
}
