//! How often another submission would lead if other samples of the same kind had been drawn: whole sources are drawn again
//! in each step, and all points with the same wins meet the same draws.

use rayon::prelude::*;

use super::round::Round;
use crate::judge::wins::alternative::leader;
use crate::judge::wins::arena::Arena;
use crate::judge::wins::cohort::Rows;
use crate::judge::wins::resampling::{ClusterSums, TOGETHER};
use crate::judge::wins::{Averaging, Rules, RunningWeights, Tally, Weighting, WinsError};
use crate::stats::BootstrapSpec;
use crate::stats::bootstrap::{Count, Counts};

/// Bytes that are held at a time, at most: the running weights of all resamples of some points.
const MOST_BYTES: usize = 1 << 27;

/// What a list on the heap takes beside its values: the allocator's own, rounded up.
const PER_LIST: usize = 16;

/// Weights that are worked out for all resamples of all points: points × resamples × rounds × submissions, or slots where
/// these are more.
pub(crate) fn work(rules: &[Rules], resamples: usize, rounds: usize, submissions: usize) -> u64 {
    let weights = |rules: &Rules| match rules.weighting {
        Weighting::RunningSoftmax { slots, .. } => submissions.max(slots),
        _ => submissions,
    };
    let all = rules.iter().map(|rules| weights(rules) as u64).fold(0, u64::saturating_add);
    all.saturating_mul(resamples as u64).saturating_mul(rounds as u64)
}

/// Bytes of the running weights of one resample of one point, when every competition has had a step.
fn bytes(rules: &Rules, submissions: usize) -> usize {
    let list = |values: usize| PER_LIST + values * size_of::<f64>();
    let competitions = rules.competitions.len();
    let carried = match (rules.weighting, rules.averaging) {
        (Weighting::RunningSoftmax { slots, .. }, _) => list(slots),
        (_, Averaging::Overall) => 0,
        _ => PER_LIST + competitions * (size_of::<Option<Vec<f64>>>() + list(submissions)),
    };
    size_of::<RunningWeights>() + list(competitions) + list(submissions) + carried
}

/// How many of the points are held at a time.
fn together(rules: &[&Rules], resamples: usize, submissions: usize) -> usize {
    let largest = rules.iter().map(|rules| bytes(rules, submissions)).max().unwrap_or(1);
    (MOST_BYTES / (resamples * largest).max(1)).max(1)
}

/// Of each of these points, which all have the same wins, the share of resamples in which another submission has the
/// highest weight after the last step than in the run, where that is one of `leaders`; `None` where nobody led.
///
/// The samples of each step are drawn for themselves, by their sources. Who takes part stays as it was.
///
/// # Errors
/// [`WinsError`] for rules that do not hold, and a negative loss.
pub fn another_leads(
    uids: &[u32],
    rounds: &[Round],
    rules: &[&Rules],
    leaders: &[Option<usize>],
    bootstrap: BootstrapSpec,
) -> Result<Vec<Option<f64>>, WinsError> {
    bootstrap.validate()?;
    let together = together(rules, bootstrap.resamples, uids.len());
    let chunks = rules.chunks(together).zip(leaders.chunks(together));
    let shares = chunks.map(|(rules, leaders)| Crowd { uids, rules, bootstrap }.another_leads(rounds, leaders));
    Ok(shares.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// Some points, resampled at the same time.
struct Crowd<'a> {
    uids: &'a [u32],
    rules: &'a [&'a Rules],
    bootstrap: BootstrapSpec,
}

impl Crowd<'_> {
    fn another_leads(&self, rounds: &[Round], leaders: &[Option<usize>]) -> Result<Vec<Option<f64>>, WinsError> {
        let start = |rules: &&Rules| RunningWeights::new(rules, self.uids.len());
        let start = self.rules.iter().map(start).collect::<Result<Vec<_>, _>>()?;
        let mut running: Vec<Vec<RunningWeights>> = vec![start; self.bootstrap.resamples];
        for (number, round) in rounds.iter().enumerate().filter(|(_, round)| !round.entrants.is_empty()) {
            self.step(round, (number * self.bootstrap.resamples) as u64, &mut running)?;
        }
        let leads = |weights: &RunningWeights| {
            leader(&(0..self.uids.len()).map(|submission| weights.reported(submission)).collect::<Vec<_>>())
        };
        let share = |(point, own): (usize, &Option<usize>)| {
            let others = running.par_iter().filter(|points| leads(&points[point]) != *own).count();
            own.map(|_| others as f64 / running.len() as f64)
        };
        Ok(leaders.iter().enumerate().map(share).collect())
    }

    /// Takes all resamples of all points through a round; `first` is the stream of the first resample's draws.
    fn step(&self, round: &Round, first: u64, running: &mut [Vec<RunningWeights>]) -> Result<(), WinsError> {
        let Some(any) = self.rules.first() else { return Ok(()) };
        let width = 2 * round.entrants.len();
        round.judged(any, self.uids).read(|cohort| match cohort.rows() {
            Rows::Totals(totals) => {
                let counts = Counts { rows: totals.rows(), width };
                self.drawn(round, first, counts, running, |summed| cohort.of_totals(summed));
            }
            Rows::Losses(rows) => {
                let counts = Counts { rows: &rows, width };
                self.drawn(round, first, counts, running, |summed| cohort.of_losses(summed));
            }
        })
    }

    fn drawn<C: Count<Sum: Send + Sync> + Sync>(
        &self,
        round: &Round,
        first: u64,
        counts: Counts<'_, C>,
        running: &mut [Vec<RunningWeights>],
        tallies: impl Fn(&[C::Sum]) -> Vec<Tally> + Sync,
    ) {
        let width = counts.width;
        let sums = ClusterSums::of(&round.plan.samples, &round.sources, counts);
        let table = sums.table();
        running.par_chunks_mut(TOGETHER).enumerate().for_each(|(number, chunk)| {
            let summed = self.bootstrap.totals(first + (number * TOGETHER) as u64, chunk.len(), &table);
            for (index, points) in chunk.iter_mut().enumerate() {
                let tallies = tallies(&summed[index * width..][..width]);
                for (weights, rules) in points.iter_mut().zip(self.rules) {
                    *weights = self.arena(round, rules, weights).outcome(&tallies, weights).after;
                }
            }
        });
    }

    fn arena<'a>(&'a self, round: &'a Round, rules: &'a Rules, before: &'a RunningWeights) -> Arena<'a> {
        let Round { plan, entrants, sources } = round;
        Arena { rules, uids: self.uids, plan, entrants, sources, before }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::wins::fixtures::{plan, rules};
    use crate::judge::wins::{Entrant, Sources};

    const SPEC: BootstrapSpec = BootstrapSpec { resamples: 1000, confidence: 0.95, seed: 3 };

    /// Two of one block; the first has the lower loss on `better` of 100 samples.
    fn round(better: usize) -> Round {
        let lists =
            [0, 1].map(|place| (0..100).map(|sample| f64::from(u8::from((sample < better) == (place == 1)))).collect());
        let entrant =
            |(submission, losses): (usize, Vec<f64>)| Entrant { submission, block: Some(1), losses: Some(losses) };
        Round {
            plan: plan(0, 0, 10, &(0..100).collect::<Vec<_>>()),
            entrants: lists.into_iter().enumerate().map(entrant).collect(),
            sources: Sources::default(),
        }
    }

    #[test]
    fn how_often_another_leads_is_the_chance_of_the_draws() {
        let rules = rules();
        let share = |better| another_leads(&[7, 8], &[round(better)], &[&rules], &[Some(0)], SPEC).expect("shares")[0];
        // Of 100 draws at .55, fewer than half or half (then the first of equal ones leads): 0.1346 by the binomial.
        let close = share(55).expect("a leader");
        assert!((close - 0.1346).abs() < 0.03, "{close}");
        assert_eq!(share(100), Some(0.0));
        assert_eq!(another_leads(&[7, 8], &[round(9)], &[&rules], &[None], SPEC).expect("shares"), [None]);
    }

    #[test]
    fn what_is_held_and_worked_out_is_counted_with_all_lists() {
        let (overall, slots) =
            (rules(), Rules { weighting: Weighting::RunningSoftmax { temperature: 0.08, slots: 256 }, ..rules() });
        let averaging = Averaging::PerCompetition { minimum: 0.0 };
        let each = Rules { averaging, ..rules() };
        // Two competitions and ten submissions.
        let base = size_of::<RunningWeights>() + 2 * PER_LIST + 8 * (2 + 10);
        assert_eq!(bytes(&overall, 10), base);
        assert_eq!(bytes(&slots, 10), base + PER_LIST + 8 * 256);
        assert_eq!(bytes(&each, 10), base + PER_LIST + 2 * (24 + PER_LIST + 80));
        let found = together(&[&overall, &each], 1000, 10);
        assert!(found * 1000 * bytes(&each, 10) <= MOST_BYTES && (found + 1) * 1000 * bytes(&each, 10) > MOST_BYTES);
        assert_eq!(together(&[&slots], 1_000_000, 10), 1, "one at least");
        assert_eq!(work(&[overall, slots], 1000, 24, 14), 1000 * 24 * (14 + 256));
        assert_eq!(work(&[], 1000, 24, 14), 0);
    }

    #[test]
    fn points_beyond_the_memory_meet_the_same_draws() {
        let temperature = |temperature| Rules { weighting: Weighting::Softmax { temperature }, ..rules() };
        let points = [temperature(0.01), temperature(0.08), temperature(0.5)];
        let (all, leaders) = (points.iter().collect::<Vec<_>>(), [Some(0); 3]);
        let mut second = round(52);
        second.plan.competition = 1;
        let rounds = [round(55), second];
        let found = another_leads(&[7, 8], &rounds, &all, &leaders, SPEC).expect("shares");
        for (place, share) in found.iter().enumerate() {
            assert_eq!(
                another_leads(&[7, 8], &rounds, &all[place..=place], &leaders[..1], SPEC).expect("shares"),
                [*share]
            );
        }
    }
}
