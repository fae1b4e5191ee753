//! Wins at every ε at once. As ε grows, the earlier of two wins a sample from some ε on and the later up to some ε; where
//! these lie among the values of a grid is found once for each pair and sample, whatever the number of values.

use std::cmp::Ordering;

use rayon::prelude::*;

use crate::judge::wins::{Contestant, Tally};

/// Samples that one task takes at a time.
const SAMPLES_PER_TASK: usize = 64;

/// What each contestant reaches at each of these ε, ascending and constant: one list for each ε. Their own boosts do not
/// count. Equal to counting [`crate::judge::wins::iswin`] at each.
pub(super) fn tallies_at(contestants: &[Contestant<'_>], epsilons: &[f64]) -> Vec<Vec<Tally>> {
    let samples = contestants.iter().map(|contestant| contestant.losses().len()).max().unwrap_or(0);
    let keeps: Vec<f64> = epsilons.iter().map(|epsilon| 1.0 - epsilon).collect();
    let starts: Vec<usize> = (0..samples).step_by(SAMPLES_PER_TASK).collect();
    let empty = || Changes::new(contestants.len(), keeps.len());
    let counted = starts
        .into_par_iter()
        .fold(empty, |mut changes, start| {
            (start..samples.min(start + SAMPLES_PER_TASK)).for_each(|sample| changes.add(contestants, sample, &keeps));
            changes
        })
        .reduce(empty, Changes::and)
        .summed();
    let matches = matches(contestants, samples);
    let at = |place: usize| {
        let reached = |(contestant, &matches): (usize, &u64)| Tally {
            wins: u64::try_from(counted.by[contestant * counted.width + place]).unwrap_or_default(),
            matches,
            unopposed: false,
        };
        matches.iter().enumerate().map(reached).collect()
    };
    (0..keeps.len()).into_par_iter().map(at).collect()
}

/// By how much the wins of each contestant change from one ε to the next.
struct Changes {
    /// Values of ε.
    width: usize,
    /// Contestants × (ε + 1), row-major: at place k what changes from the ε before to that of place k.
    by: Vec<i64>,
}

impl Changes {
    fn new(contestants: usize, epsilons: usize) -> Self {
        Self { width: epsilons + 1, by: vec![0; contestants * (epsilons + 1)] }
    }

    fn and(mut self, other: Self) -> Self {
        self.by.iter_mut().zip(other.by).for_each(|(sum, by)| *sum += by);
        self
    }

    /// Adds all matches of a sample.
    fn add(&mut self, contestants: &[Contestant<'_>], sample: usize, keeps: &[f64]) {
        for (a, one) in contestants.iter().enumerate() {
            let Some(&loss) = one.losses().get(sample) else { continue };
            for (b, other) in contestants.iter().enumerate().skip(a + 1) {
                let Some(&rival) = other.losses().get(sample) else { continue };
                match one.age().cmp(&other.age()) {
                    Ordering::Less => self.between((a, loss), (b, rival), keeps),
                    Ordering::Greater => self.between((b, rival), (a, loss), keeps),
                    Ordering::Equal => {
                        self.by[a * self.width] += i64::from(loss < rival);
                        self.by[b * self.width] += i64::from(rival < loss);
                    }
                }
            }
        }
    }

    /// Adds the match of an earlier contestant with a later one, each with its loss.
    fn between(&mut self, (earlier, loss): (usize, f64), (later, rival): (usize, f64), keeps: &[f64]) {
        let lasts = first(keeps, |keep| rival.partial_cmp(&(loss * keep)) != Some(Ordering::Less));
        let begins = first(keeps, |keep| loss * keep < rival);
        self.by[later * self.width] += 1;
        self.by[later * self.width + lasts] -= 1;
        self.by[earlier * self.width + begins] += 1;
    }

    /// The wins themselves instead of their changes.
    fn summed(mut self) -> Self {
        for row in self.by.chunks_mut(self.width) {
            (1..row.len()).for_each(|place| row[place] += row[place - 1]);
        }
        self
    }
}

/// The first place at which a condition holds that holds from there on, or the number of places; both ends are looked at
/// first, since most pairs are far apart.
fn first(keeps: &[f64], holds: impl Fn(f64) -> bool) -> usize {
    match keeps {
        [] => 0,
        [start, ..] if holds(*start) => 0,
        [.., end] if !holds(*end) => keeps.len(),
        _ => keeps.partition_point(|&keep| !holds(keep)),
    }
}

/// Of each contestant how many it meets over all samples that it has.
fn matches(contestants: &[Contestant<'_>], samples: usize) -> Vec<u64> {
    let mut met = vec![0_u64; samples + 1];
    for sample in 0..samples {
        let present = contestants.iter().filter(|contestant| sample < contestant.losses().len()).count() as u64;
        met[sample + 1] = met[sample] + present.saturating_sub(1);
    }
    contestants.iter().map(|contestant| met[contestant.losses().len()]).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::judge::wins::naive;
    use crate::judge::wins::sample_totals;

    proptest! {
        #[test]
        fn wins_at_every_epsilon_equal_the_definition(
            cohort in naive::cohort(),
            mut epsilons in prop::collection::vec(0.0..0.9_f64, 1..12)
        ) {
            epsilons.extend([0.0, 0.25, 0.5]);
            epsilons.sort_by(f64::total_cmp);
            let found = tallies_at(&cohort.contestants(), &epsilons);
            for (tallies, &epsilon) in found.iter().zip(&epsilons) {
                let members = cohort.members.iter().map(|member| (member.0, member.1.clone())).collect();
                let constant = naive::Cohort::constant(epsilon, members);
                let totals = sample_totals(&constant.contestants());
                for (place, tally) in tallies.iter().enumerate() {
                    prop_assert_eq!((tally.wins, tally.matches), totals.total(place), "at {}", epsilon);
                }
            }
        }
    }

    #[test]
    fn nobody_reaches_nothing() {
        assert_eq!(tallies_at(&[], &[0.1]), [vec![]]);
    }
}
