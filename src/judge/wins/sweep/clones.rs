//! What clones do to the one that they copy: exact copies of its losses are added to a competition, and all are judged
//! again.

use std::collections::HashSet;

use super::super::{Entrant, Rules};
use super::round::{Judged, Outcome, last_rounds};
use super::{Round, SweepError};

/// Which clones are added.
#[derive(Debug, Clone, Copy)]
pub struct CloneSpec<'a> {
    /// Who is cloned, a place in the run's uids; `None` for the leader of each competition by the rules.
    pub of: Option<usize>,
    /// Numbers of clones.
    pub clones: &'a [usize],
    /// Their blocks; none for the one after the original's and the one of the recorded step.
    pub blocks: &'a [u64],
}

/// A competition with some clones of one block in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Cloned {
    /// The competition.
    pub competition: usize,
    /// Who is cloned.
    pub original: usize,
    /// Block of the clones; `None` where the original's is not known.
    pub block: Option<u64>,
    /// Number of clones.
    pub clones: usize,
    /// The original's win rate.
    pub win_rate: f64,
    /// Its step weight.
    pub weight: f64,
    /// The win rate of each clone, if there is any.
    pub clone_win_rate: Option<f64>,
    /// The step weight of all clones together.
    pub clones_weight: f64,
    /// The step weight of the original and its clones together.
    pub together: f64,
    /// The best of the others, if there is any.
    pub other: Option<Other>,
    /// Who has the highest win rate, of equal ones the first of the entrants, the clones last.
    pub winner: Winner,
}

/// A submission that is neither the original nor a clone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Other {
    /// The submission.
    pub submission: usize,
    /// Its win rate.
    pub win_rate: f64,
    /// Its step weight.
    pub weight: f64,
}

/// Who has the highest win rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Winner {
    /// A recorded submission.
    Submission(usize),
    /// A clone.
    Clone,
}

/// The last round of each competition, or that of the one who is cloned, with clones in it: by block, then by their number,
/// without any first.
///
/// Clones have hashes of their own, so no rule about duplicates meets them. The round is judged at the later of its block and
/// the clones', the row without clones too.
///
/// # Errors
/// [`SweepError`] for an original without losses in a last round, and for rules or losses that do not hold.
pub fn cloned(rules: &Rules, uids: &[u32], rounds: &[Round], spec: CloneSpec<'_>) -> Result<Vec<Cloned>, SweepError> {
    rules.validate()?;
    let uid = |submission: usize| uids.get(submission).copied().unwrap_or_default();
    let mut rows = Vec::new();
    let mut is_found = false;
    for round in last_rounds(rounds) {
        let place = match spec.of {
            Some(submission) => round.place(submission),
            None => round.judged(rules, uids).outcome()?.leader(),
        };
        let Some(place) = place else { continue };
        let original = &round.entrants[place];
        is_found = true;
        match (&original.losses, spec.of) {
            (None, Some(submission)) => return Err(SweepError::Skipped(uid(submission))),
            (None, None) => continue,
            (Some(_), _) => {}
        }
        for block in blocks(original, round, &spec) {
            for clones in [0].into_iter().chain(spec.clones.iter().copied().filter(|&clones| clones > 0)) {
                rows.push(row(rules, uids, round, place, block, clones)?);
            }
        }
    }
    match spec.of.filter(|_| !is_found) {
        Some(submission) => Err(SweepError::Absent(uid(submission))),
        None => Ok(rows),
    }
}

/// The clones' blocks, each once.
fn blocks(original: &Entrant, round: &Round, spec: &CloneSpec<'_>) -> Vec<Option<u64>> {
    let next = original.block.map(|block| block.saturating_add(1));
    let mut blocks = match spec.blocks {
        [] => vec![next, Some(round.plan.current_block)],
        given => given.iter().copied().map(Some).collect(),
    };
    let mut seen = HashSet::new();
    blocks.retain(|block| seen.insert(*block));
    blocks
}

fn row(
    rules: &Rules,
    uids: &[u32],
    round: &Round,
    place: usize,
    block: Option<u64>,
    clones: usize,
) -> Result<Cloned, SweepError> {
    let recorded = round.entrants.len();
    let original = &round.entrants[place];
    let mut entrants = round.entrants.clone();
    entrants.resize(recorded + clones, Entrant { block, ..original.clone() });
    let current_block = round.current_block(block);
    let outcome = Judged { rules, uids, plan: &round.plan, current_block, entrants: &entrants }.outcome()?;
    let Outcome { tallies, weights } = &outcome;
    let clones_weight: f64 = weights[recorded..].iter().sum();
    let other = |other: usize| Other {
        submission: entrants[other].submission,
        win_rate: tallies[other].win_rate(),
        weight: weights[other],
    };
    let winner = match outcome.leader() {
        Some(leader) if leader >= recorded => Winner::Clone,
        leader => Winner::Submission(entrants[leader.unwrap_or(place)].submission),
    };
    Ok(Cloned {
        competition: round.plan.competition,
        original: original.submission,
        block,
        clones,
        win_rate: tallies[place].win_rate(),
        weight: weights[place],
        clone_win_rate: tallies.get(recorded).map(|clone| clone.win_rate()),
        clones_weight,
        together: weights[place] + clones_weight,
        other: outcome.best(|place_of_other| place_of_other < recorded && place_of_other != place).map(other),
        winner,
    })
}

#[cfg(test)]
mod tests;
