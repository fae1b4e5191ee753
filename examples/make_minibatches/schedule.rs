//! Which miners get a request and what each of them does: answer, fail, or return an answer from the operator's cache.
//!
//! Every request draws from a stream of its own; the clock, which runs over all of them, has another.

use weighhouse::stats::random::Draws;

use crate::edit::Edit;
use crate::miners::{CACHING, MINERS, Miner};

/// Miners that get the same problem.
const MINIBATCH: usize = 4;

/// When the first response is recorded, in seconds since 1970.
const START: u64 = 1_750_000_000;

/// Percent of responses that fail.
const FAILING: usize = 2;

/// Percent of responses that are not up for a reward.
const UNREWARDED: usize = 4;

/// Percent of chances to answer from the cache that a caching operator takes.
const CACHED: usize = 50;

/// What a miner does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Samples an answer of its own.
    Answers,
    /// Returns status 500 and no text.
    Fails,
    /// Returns the answer of another uid of its operator.
    Copies { of: u32, edit: Edit },
}

/// One miner's part in a request.
#[derive(Debug)]
pub struct Query {
    pub miner: &'static Miner,
    pub deed: Deed,
    pub rewarded: bool,
    /// Seconds since 1970.
    pub recorded_at: u64,
}

/// Draws the minibatches of `requests` requests.
pub fn draw(seed: u64, requests: usize) -> Vec<Vec<Query>> {
    let mut clock = Clock { now: START, draws: Draws::new(seed, b"clock___", 0) };
    (0..requests).map(|request| minibatch(Draws::new(seed, b"minibtch", request as u64), &mut clock)).collect()
}

fn minibatch(mut draws: Draws, clock: &mut Clock) -> Vec<Query> {
    let miners: Vec<&Miner> = draws.distinct(MINERS.len(), MINIBATCH).into_iter().map(|i| &MINERS[i]).collect();
    clock.wait(10, 40);
    let mut queries: Vec<Query> = miners
        .into_iter()
        .map(|miner| Query {
            miner,
            deed: if percent(&mut draws, FAILING) { Deed::Fails } else { Deed::Answers },
            rewarded: !percent(&mut draws, UNREWARDED),
            recorded_at: clock.wait(1, 3),
        })
        .collect();
    for operator in CACHING {
        if percent(&mut draws, CACHED) {
            answer_once(operator, &mut queries, &mut draws);
        }
    }
    queries
}

/// Of an operator's responses, the first stays its answer and the others become copies of it.
fn answer_once(operator: &str, queries: &mut [Query], draws: &mut Draws) {
    let mut answers = queries.iter_mut().filter(|q| q.miner.operator == operator && q.deed == Deed::Answers);
    let Some(first) = answers.next() else { return };
    for query in answers {
        query.deed = Deed::Copies { of: first.miner.uid, edit: Edit::draw(draws) };
    }
}

fn percent(draws: &mut Draws, share: usize) -> bool {
    draws.below(100) < share
}

struct Clock {
    now: u64,
    draws: Draws,
}

impl Clock {
    /// Lets `low` to `high` seconds pass; the time then.
    fn wait(&mut self, low: u64, high: u64) -> u64 {
        self.now += low + self.draws.below((high - low + 1) as usize) as u64;
        self.now
    }
}
