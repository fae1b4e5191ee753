//! What a change of losses does to win rates and step weights: the same participants on the same samples are judged
//! twice as one step, and whole sources are drawn again for both at once, so that what both have in common cancels.

use rayon::prelude::*;

use super::arena::wider;
use super::cohort::{Cohort, Counted, Rows};
use super::resampling::{ClusterSums, TOGETHER};
use super::{Entrant, Rules, Sources, Tally, WinsError, step_weights};
use crate::stats::bootstrap::{Count, Counts};
use crate::stats::{BootstrapSpec, Interval};

/// A step's participants with the losses that they had and those that they have, each in the same order.
#[derive(Debug, Clone, Copy)]
pub struct Twice<'a> {
    /// Their uids.
    pub uids: &'a [u32],
    /// Before.
    pub before: &'a [Entrant],
    /// After; the same submissions.
    pub after: &'a [Entrant],
    /// Block of the chain before and after.
    pub current_blocks: [u64; 2],
    /// Number of samples, as many as the longest list of losses has.
    pub samples: usize,
}

/// What becomes of one participant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// Its win rate.
    pub win_rate: Shift,
    /// Its weight by this step alone.
    pub step_weight: Shift,
}

/// A number before and after.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// Before.
    pub before: f64,
    /// After.
    pub after: f64,
    /// Interval of after − before, both from the same resamples.
    pub interval: Option<Interval>,
}

/// What the change does to each participant, in their order.
///
/// # Errors
/// [`WinsError`] for rules or bootstrap parameters that do not hold, and for a negative loss.
pub fn changes(
    rules: &Rules,
    twice: Twice<'_>,
    sources: &Sources,
    bootstrap: BootstrapSpec,
) -> Result<Vec<Change>, WinsError> {
    rules.validate()?;
    bootstrap.validate()?;
    let (before, after) = (Counted::new(rules.matching, twice.before), Counted::new(rules.matching, twice.after));
    let before = cohort(rules, &twice, 0, &before)?;
    let after = cohort(rules, &twice, 1, &after)?;
    let pair = Pair { rules, before: &before, after: &after, sources, bootstrap, size: twice.before.len() };
    let (then, now) = (before.tallies(&before.pairs()), after.tallies(&after.pairs()));
    let samples: Vec<usize> = (0..twice.samples).collect();
    let intervals = match (before.rows(), after.rows()) {
        (Rows::Totals(one), Rows::Totals(other)) => {
            let rows = beside(one.rows(), other.rows(), 2 * pair.size);
            pair.intervals(&samples, &rows, |cohort, summed| cohort.of_totals(summed))
        }
        (Rows::Losses(one), Rows::Losses(other)) => {
            let rows = beside(&one, &other, 2 * pair.size);
            pair.intervals(&samples, &rows, |cohort, summed| cohort.of_losses(summed))
        }
        // Which rows there are the rules say, and these are the same.
        _ => Vec::new(),
    };
    let is_same = twice.before.iter().zip(twice.after).all(|(one, other)| has_same_losses(one, other));
    let unseen =
        if rules.matching.is_of_means() || is_same { 0.0 } else { bootstrap.unseen(sources.clusters(&samples)) };
    let (weights_then, weights_now) = (step_weights(&rules.weighting, &then), step_weights(&rules.weighting, &now));
    let change = |place: usize| {
        let interval = |value: usize| intervals.get(value).copied().flatten().filter(|_| !samples.is_empty());
        let rate = interval(place).map(|ends| wider(ends, unseen, -1.0));
        Change {
            win_rate: Shift { before: then[place].win_rate(), after: now[place].win_rate(), interval: rate },
            step_weight: Shift {
                before: weights_then[place],
                after: weights_now[place],
                interval: interval(pair.size + place),
            },
        }
    };
    Ok((0..pair.size).map(change).collect())
}

fn cohort<'c>(rules: &Rules, twice: &Twice<'_>, side: usize, counted: &'c Counted) -> Result<Cohort<'c>, WinsError> {
    let entrants = [twice.before, twice.after][side];
    Cohort::new(rules, twice.current_blocks[side], entrants, counted).map_err(|(place, negative)| {
        WinsError::NegativeLoss { uid: twice.uids[place], sample: negative.sample, loss: negative.loss }
    })
}

/// Rows of two tables of equal width side by side.
fn beside<C: Copy>(one: &[C], other: &[C], width: usize) -> Vec<C> {
    let rows = one.chunks(width.max(1)).zip(other.chunks(width.max(1)));
    rows.flat_map(|(one, other)| one.iter().chain(other)).copied().collect()
}

fn has_same_losses(one: &Entrant, other: &Entrant) -> bool {
    let bits = |entrant: &Entrant| {
        entrant.losses.as_ref().map(|losses| losses.iter().map(|loss| loss.to_bits()).collect::<Vec<_>>())
    };
    bits(one) == bits(other)
}

/// Both cohorts, to be drawn again together.
struct Pair<'a, 'l> {
    rules: &'a Rules,
    before: &'a Cohort<'l>,
    after: &'a Cohort<'l>,
    sources: &'a Sources,
    bootstrap: BootstrapSpec,
    size: usize,
}

impl Pair<'_, '_> {
    /// Of each participant the interval of the change of its win rate, then of each that of its step weight.
    fn intervals<C: Count<Sum: Send + Sync> + Sync>(
        &self,
        samples: &[usize],
        rows: &[C],
        tallies: impl Fn(&Cohort<'_>, &[C::Sum]) -> Vec<Tally> + Sync,
    ) -> Vec<Option<Interval>> {
        let width = 4 * self.size;
        let sums = ClusterSums::of(samples, self.sources, Counts { rows, width });
        let table = sums.table();
        let values = |summed: &[C::Sum]| {
            let (before, after) = summed.split_at(width / 2);
            self.moved(&tallies(self.before, before), &tallies(self.after, after))
        };
        let starts: Vec<usize> = (0..self.bootstrap.resamples).step_by(TOGETHER).collect();
        let some = |&start: &usize| -> Vec<Vec<f64>> {
            let resamples = TOGETHER.min(self.bootstrap.resamples - start);
            let summed = self.bootstrap.totals(start as u64, resamples, &table);
            (0..resamples).map(|index| values(&summed[index * width..][..width])).collect()
        };
        let outcomes: Vec<Vec<f64>> = starts.par_iter().flat_map_iter(some).collect();
        self.bootstrap.intervals(&outcomes)
    }

    fn moved(&self, before: &[Tally], after: &[Tally]) -> Vec<f64> {
        let rates = before.iter().zip(after).map(|(one, other)| other.win_rate() - one.win_rate());
        let weights = |tallies: &[Tally]| step_weights(&self.rules.weighting, tallies);
        let weights = weights(before).into_iter().zip(weights(after)).map(|(one, other)| other - one);
        rates.chain(weights).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::wins::fixtures::rules;
    use crate::stats::Draws;

    const SPEC: BootstrapSpec = BootstrapSpec { resamples: 1000, confidence: 0.95, seed: 3 };

    fn entrants(lists: &[Vec<f64>]) -> Vec<Entrant> {
        let entrant = |(submission, losses): (usize, &Vec<f64>)| Entrant {
            submission,
            block: Some(submission as u64),
            losses: Some(losses.clone()),
        };
        lists.iter().enumerate().map(entrant).collect()
    }

    fn drawn(samples: usize) -> Vec<Vec<f64>> {
        let mut draws = Draws::new(5, b"changing", 0);
        let mut list = || (0..samples).map(|_| 1.0 + draws.below(1000) as f64 / 1000.0).collect();
        (0..3).map(|_| list()).collect()
    }

    fn changed(before: &[Vec<f64>], after: &[Vec<f64>]) -> Vec<Change> {
        let (before, after) = (entrants(before), entrants(after));
        let samples = before[0].losses.as_ref().map_or(0, Vec::len);
        let twice = Twice { uids: &[1, 2, 3], before: &before, after: &after, current_blocks: [9; 2], samples };
        changes(&rules(), twice, &Sources::default(), SPEC).expect("changes")
    }

    #[test]
    fn equal_losses_change_nothing_and_leave_no_doubt() {
        let lists = drawn(50);
        for change in changed(&lists, &lists) {
            for shift in [change.win_rate, change.step_weight] {
                assert_eq!(shift.before, shift.after);
                assert_eq!(shift.interval, Some(Interval { low: 0.0, high: 0.0 }));
            }
        }
    }

    #[test]
    fn who_gets_worse_loses_what_the_others_win() {
        let before = drawn(200);
        let mut after = before.clone();
        after[0].iter_mut().for_each(|loss| *loss += 0.2);
        let found = changed(&before, &after);
        let by = |change: &Change| change.win_rate.after - change.win_rate.before;
        assert!(by(&found[0]) < -0.05 && by(&found[1]) > 0.0 && by(&found[2]) > 0.0, "{found:?}");
        for change in &found {
            let ends = change.win_rate.interval.expect("an interval");
            assert!(ends.low <= by(change) && by(change) <= ends.high && (ends.low > 0.0) == (by(change) > 0.0));
        }
        let total: f64 = found.iter().map(|change| change.step_weight.after).sum();
        assert!((total - 1.0).abs() < 1e-6);
    }

    #[test]
    fn without_samples_there_is_nothing_to_say() {
        let none = vec![Vec::new(); 3];
        assert!(changed(&none, &none).iter().all(|change| change.win_rate.interval.is_none()));
    }
}
