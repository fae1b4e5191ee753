//! "Will my model win?": how likely a submission is to have the highest win rate of its competition in a step of fresh
//! samples, and by how much its losses have to fall, or may rise, until it is.

use super::super::{Epsilon, Rules};
use super::round::{Judged, last_rounds};
use super::{Round, SweepError};
use crate::stats::{BootstrapSpec, Estimate};

mod drawing;
mod field;
mod finish;
mod levels;
mod means;
mod race;
mod step;
mod tallied;

#[cfg(test)]
mod tests;

use drawing::Drawing;
use field::Field;
use levels::Levels;
use race::Race;

/// The probabilities that an improvement is asked for.
pub const TARGETS: [f64; 3] = [0.5, 0.9, 0.99];

/// Fewer sources than this make intervals that hold the truth too seldom.
pub const FEW_SOURCES: usize = 50;

/// The most samples of a step, so that sums of wins stay within their type.
const MOST_SAMPLES: usize = 1_000_000;

/// Who asks, and about which steps.
#[derive(Debug, Clone, Copy)]
pub struct CandidateSpec<'a> {
    /// The submission, a place in the run's uids; it took part in the last round of its competition.
    pub submission: usize,
    /// The block at which it would be submitted; `None` for its own.
    pub at_block: Option<u64>,
    /// Each replaces that of the rules.
    pub epsilons: &'a [Epsilon],
    /// Numbers of samples per step.
    pub samples: &'a [usize],
    /// How the intervals are made.
    pub bootstrap: BootstrapSpec,
}

/// A candidate's chances by one ε and at one number of samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Chance {
    /// The ε.
    pub epsilon: Epsilon,
    /// Samples per step.
    pub samples: usize,
    /// Sources among the recorded samples; one without a source counts as its own.
    pub sources: usize,
    /// Sources that a step draws: as many as have this many samples on average.
    pub drawn: usize,
    /// Rivals that can lead, or decide who does.
    pub rivals: usize,
    /// The submission with the highest win rate on the recorded samples, the candidate among them; of equal ones the first.
    pub leader: usize,
    /// The candidate's win rate on the recorded samples.
    pub win_rate: f64,
    /// Its rank by win rate there: 1 and as many as have a higher one.
    pub rank: usize,
    /// The probability that its win rate is above that of every other in a step of fresh samples.
    pub probability: Estimate,
    /// The improvements with which that probability reaches [`TARGETS`].
    pub improvements: [Improvement; 3],
}

/// By how much all losses of a candidate have to fall.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Improvement {
    /// The probability of leading that is to be reached.
    pub target: f64,
    /// The smallest relative reduction that reaches it, below 0 where losses may rise; −0.5 says that or less. `None` where
    /// even 0.5 does not.
    pub reduction: Option<f64>,
    /// Its interval.
    pub interval: Option<Reach>,
}

/// An interval of reductions that may go beyond those tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reach {
    /// Lower end.
    pub low: f64,
    /// Upper end; `None` above 0.5.
    pub high: Option<f64>,
}

/// Hands over the candidate's chances by each ε and at each number of samples, in that order.
///
/// A step of n samples draws whole sources with replacement, as many as have n samples on average. The candidate, at its
/// block, leads where its win rate is strictly above that of every other; the step is judged at the later of the recorded
/// block and the candidate's. All probabilities of one step size come from the same draws, at all levels of improvement.
/// The others' matches do not depend on the candidate, so only its own are judged again.
///
/// Intervals say that the recorded samples are a sample too: their sources are drawn again, and of each such recording
/// steps are drawn; see [`Chance`]. Without two sources there are none.
///
/// # Errors
/// [`SweepError`] for a candidate without losses in a last round, for a number of samples, and for rules, bootstrap or
/// losses that do not hold; and what `each` gives.
pub fn chances<E: From<SweepError>>(
    rules: &Rules,
    uids: &[u32],
    rounds: &[Round],
    spec: CandidateSpec<'_>,
    mut each: impl FnMut(Chance) -> Result<(), E>,
) -> Result<(), E> {
    let (round, place) = found(uids, rounds, spec.submission)?;
    spec.bootstrap.validate().map_err(SweepError::from)?;
    if let Some(&samples) = spec.samples.iter().find(|&&samples| samples == 0 || samples > MOST_SAMPLES) {
        return Err(SweepError::Samples(samples).into());
    }
    let mut entrants = round.entrants.clone();
    entrants[place].block = spec.at_block.or(entrants[place].block);
    let current_block = round.current_block(entrants[place].block);
    let places = round.sources.places(&round.plan.samples);
    let clusters = places.iter().max().map_or(0, |&last| last + 1);
    let drawn = |samples: usize| drawn(samples, places.len(), clusters);
    for &epsilon in spec.epsilons {
        let rules = Rules { epsilon, ..rules.clone() };
        rules.validate().map_err(SweepError::from)?;
        let judged = Judged { rules: &rules, uids, plan: &round.plan, current_block, entrants: &entrants };
        let counted = judged.counted();
        let cohort = judged.cohort(&counted).map_err(SweepError::from)?;
        let field = Field {
            matching: rules.matching,
            keep_at_end: 1.0 - epsilon.end(),
            contestants: cohort.contestants().to_vec(),
            candidate: place,
            places: places.clone(),
            clusters,
            fewest: spec.samples.iter().map(|&samples| drawn(samples)).min().unwrap_or(1),
            levels: Levels::new(),
        };
        let outcome = judged.outcome().map_err(SweepError::from)?;
        let race = Race::new(&field);
        for &samples in spec.samples {
            let drawing = Drawing { race: &race, clusters, drawn: drawn(samples), bootstrap: spec.bootstrap };
            let (probability, improvements) = drawing.chances();
            each(Chance {
                epsilon,
                samples,
                sources: clusters,
                drawn: drawn(samples),
                rivals: race.rivals(),
                leader: outcome.leader().map_or(spec.submission, |leader| entrants[leader].submission),
                win_rate: outcome.tallies[place].win_rate(),
                rank: outcome.rank(place),
                probability,
                improvements,
            })?;
        }
    }
    Ok(())
}

/// Checks that a candidate has losses in the last round of a competition.
///
/// # Errors
/// [`SweepError`] where it has not.
pub(crate) fn take_part(uids: &[u32], rounds: &[Round], submission: usize) -> Result<(), SweepError> {
    found(uids, rounds, submission).map(|_| ())
}

/// The round and the place of a candidate with losses.
fn found<'r>(uids: &[u32], rounds: &'r [Round], submission: usize) -> Result<(&'r Round, usize), SweepError> {
    let uid = uids.get(submission).copied().unwrap_or_default();
    let mut places = last_rounds(rounds).into_iter().filter_map(|round| Some((round, round.place(submission)?)));
    let (round, place) = places.next().ok_or(SweepError::Absent(uid))?;
    match &round.entrants[place].losses {
        Some(losses) if !losses.is_empty() => Ok((round, place)),
        _ => Err(SweepError::Skipped(uid)),
    }
}

/// Clusters of which so many have this many samples on average, one at least.
fn drawn(samples: usize, recorded: usize, clusters: usize) -> usize {
    let share = samples as f64 / recorded.max(1) as f64;
    ((share * clusters as f64).round() as usize).max(1)
}
