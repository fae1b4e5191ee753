//! The points of a grid: what each set of rules makes of the same steps. Wins depend on the kind of matches and on ε
//! alone, so they are counted once for all points that share these.

use rayon::prelude::*;

use super::critical::tallies_at;
use super::round::Round;
use super::ways::ways;
use crate::judge::wins::arena::{Arena, Standings};
use crate::judge::wins::matches::age;
use crate::judge::wins::{Alternative, Epsilon, Matching, Rules, RunningWeights, Tally, WinsError};

/// How a run ends by the rules of one point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Swept {
    /// Held against how it ends by the run's own rules.
    pub ends: Alternative,
    /// 1 / Σ p² of the weights as shares p: how many equal ones would be as concentrated (Simpson's diversity of order 2);
    /// `None` where nobody has a weight.
    pub effective: Option<f64>,
    /// Share of the weights that the submissions of the earliest block of each competition have; `None` as before.
    pub earliest: Option<f64>,
    /// Submissions that the last steps of their competitions keep.
    pub kept: usize,
}

/// All points on their way through the steps.
pub struct Sweeping<'a> {
    uids: &'a [u32],
    rules: &'a [Rules],
    /// Points whose wins are the same.
    ways: Vec<Vec<usize>>,
    points: Vec<Point>,
    /// Of each competition the earliest block and who has it.
    earliest: Vec<Option<Earliest>>,
}

/// One point between two steps.
#[derive(Clone)]
struct Point {
    weights: RunningWeights,
    /// Of each competition, how many its last step keeps.
    kept: Vec<usize>,
}

/// Who was first.
struct Earliest {
    age: (bool, u64),
    submissions: Vec<usize>,
}

/// What all points of one way share of a step.
struct Reached {
    tallies: Vec<Tally>,
    competing: Vec<bool>,
}

impl<'a> Sweeping<'a> {
    /// Before the first step; `rules` are those of each point, with the same competitions.
    ///
    /// # Errors
    /// [`WinsError`] for rules that do not hold.
    pub fn new(uids: &'a [u32], rules: &'a [Rules]) -> Result<Self, WinsError> {
        rules.iter().try_for_each(Rules::validate)?;
        let competitions = rules.first().map_or(0, |rules| rules.competitions.len());
        let point = |rules| Ok(Point { weights: RunningWeights::new(rules, uids.len())?, kept: vec![0; competitions] });
        Ok(Self {
            uids,
            rules,
            ways: ways(rules),
            points: rules.iter().map(point).collect::<Result<_, WinsError>>()?,
            earliest: (0..competitions).map(|_| None).collect(),
        })
    }

    /// Takes one competition of a step.
    ///
    /// # Errors
    /// [`WinsError::NegativeLoss`].
    pub fn step(&mut self, round: &Round) -> Result<(), WinsError> {
        self.note_the_earliest(round);
        let reached = self.reached(round)?;
        let mut way_of = vec![0; self.rules.len()];
        self.ways.iter().enumerate().for_each(|(way, points)| points.iter().for_each(|&point| way_of[point] = way));
        let Some(any) = self.rules.first() else { return Ok(()) };
        // Mean losses are the same by all rules.
        let scores = round.judged(any, self.uids).read(|cohort| cohort.scores())?;
        let (uids, rules) = (self.uids, self.rules);
        self.points.par_iter_mut().enumerate().for_each(|(place, point)| {
            let Round { plan, entrants, sources } = round;
            let arena = Arena { rules: &rules[place], uids, plan, entrants, sources, before: &point.weights };
            let Reached { tallies, competing } = &reached[way_of[place]];
            let after = arena.outcome(tallies, &point.weights).after;
            let standings = Standings { competing, scores: &scores };
            point.kept[plan.competition] = arena.kept(standings, tallies, &after).len();
            point.weights = after;
        });
        Ok(())
    }

    /// What each way makes of a round: constant ε of the same matches all at once, any other one at a time.
    fn reached(&self, round: &Round) -> Result<Vec<Reached>, WinsError> {
        let mut reached: Vec<Option<Reached>> = self.ways.iter().map(|_| None).collect();
        for matching in [Matching::PerSample, Matching::PerBatch, Matching::PerModel] {
            for (place, found) in self.at_once(round, matching)? {
                reached[place] = Some(found);
            }
        }
        let alone = |(way, reached): (&Vec<usize>, Option<Reached>)| match reached {
            Some(reached) => Ok(reached),
            None => round
                .judged(&self.rules[way[0]], self.uids)
                .read(|cohort| Reached { tallies: cohort.reached(), competing: cohort.competing() }),
        };
        self.ways.par_iter().zip(reached).map(alone).collect()
    }

    /// What the ways with constant ε and matches of one kind make of a round, with their places.
    fn at_once(&self, round: &Round, matching: Matching) -> Result<Vec<(usize, Reached)>, WinsError> {
        let constant = |(place, way): (usize, &Vec<usize>)| match &self.rules[way[0]] {
            rules if rules.matching != matching => None,
            Rules { epsilon: Epsilon::Constant(epsilon), .. } => Some((*epsilon, place)),
            _ => None,
        };
        let mut constants: Vec<(f64, usize)> = self.ways.iter().enumerate().filter_map(constant).collect();
        constants.sort_by(|one, other| one.0.total_cmp(&other.0));
        let Some(&(_, any)) = constants.first() else { return Ok(Vec::new()) };
        let epsilons: Vec<f64> = constants.iter().map(|(epsilon, _)| *epsilon).collect();
        let found = round.judged(&self.rules[self.ways[any][0]], self.uids).read(|cohort| match matching {
            Matching::PerModel => {
                let scores = cohort.scores();
                let contestants = cohort.contestants().iter().zip(&scores);
                let means = contestants.map(|(contestant, score)| contestant.with(std::slice::from_ref(score)));
                tallies_at(&means.collect::<Vec<_>>(), &epsilons)
            }
            _ => tallies_at(cohort.contestants(), &epsilons),
        })?;
        let reached = |tallies: Vec<Tally>| Reached { competing: vec![true; tallies.len()], tallies };
        Ok(constants.into_iter().zip(found).map(|((_, place), tallies)| (place, reached(tallies))).collect())
    }

    fn note_the_earliest(&mut self, round: &Round) {
        let earliest = &mut self.earliest[round.plan.competition];
        for entrant in round.entrants.iter().filter(|entrant| entrant.block.is_some()) {
            let own = age(entrant.block);
            match earliest {
                Some(first) if first.age < own => {}
                Some(first) if first.age == own => {
                    if !first.submissions.contains(&entrant.submission) {
                        first.submissions.push(entrant.submission);
                    }
                }
                _ => *earliest = Some(Earliest { age: own, submissions: vec![entrant.submission] }),
            }
        }
    }

    /// The weights of a point.
    pub fn weights(&self, point: usize) -> Vec<f64> {
        (0..self.uids.len()).map(|submission| self.points[point].weights.reported(submission)).collect()
    }

    /// How each point ends, held against the weights `own`.
    pub fn finish(&self, own: &[f64]) -> Vec<Swept> {
        let swept = |point: usize| {
            let weights = self.weights(point);
            let sum = weights.iter().sum::<f64>();
            let is_paid = sum > 0.0 && sum.is_finite();
            let squares = || weights.iter().map(|weight| (weight / sum).powi(2)).sum::<f64>();
            let first = self.earliest.iter().flatten().flat_map(|first| &first.submissions);
            Swept {
                ends: Alternative::new(own, &weights),
                effective: is_paid.then(|| 1.0 / squares()),
                earliest: is_paid.then(|| first.map(|&place| weights[place] / sum).sum::<f64>() + 0.0),
                kept: self.points[point].kept.iter().sum(),
            }
        };
        (0..self.points.len()).into_par_iter().map(swept).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::wins::fixtures::{plan, rules, rules_of};
    use crate::judge::wins::{Entrant, Season, Sources, Weighting};

    /// Case A of the field's description.
    fn case_a() -> Round {
        let losses = [vec![2.0, 2.0, 2.0, 2.0], vec![1.99, 1.97, 2.0, 1.5], vec![1.9, 2.1, 1.98, 1.97]];
        let entrant = |(submission, losses): (usize, Vec<f64>)| Entrant {
            submission,
            block: Some(100 * (submission as u64 + 1)),
            losses: Some(losses),
        };
        let entrants = losses.into_iter().enumerate().map(entrant).collect();
        Round { plan: plan(0, 0, 1000, &[0, 1, 2, 3]), entrants, sources: Sources::default() }
    }

    fn swept(rounds: &[Round], rules: &[Rules]) -> Vec<Swept> {
        let mut sweeping = Sweeping::new(&[1, 2, 3], rules).expect("valid rules");
        rounds.iter().for_each(|round| sweeping.step(round).expect("no negative loss"));
        let own = sweeping.weights(0);
        sweeping.finish(&own)
    }

    #[test]
    fn the_winner_of_case_a_changes_three_times() {
        let rules: Vec<Rules> = [0.0, 0.005, 0.01, 0.02, 0.05]
            .map(|epsilon| Rules { epsilon: Epsilon::Constant(epsilon), ..rules() })
            .into();
        let found = swept(&[case_a()], &rules);
        assert_eq!(found.iter().map(|point| point.ends.leader).collect::<Vec<_>>(), [1, 2, 1, 0, 0].map(Some));
        assert!(found[0].ends.tau == Some(1.0) && found[4].ends.ranks_changed > 0);
        let earliest = found[2].earliest.expect("weights");
        assert!((earliest - 0.1476945).abs() < 1e-6, "{earliest}");
        let effective = found[2].effective.expect("weights");
        assert!((effective - 1.0 / (2.0 * 0.1476945_f64.powi(2) + 0.7046110_f64.powi(2))).abs() < 1e-5, "{effective}");
    }

    /// Whatever the rules, a point ends as a season by them does.
    #[test]
    fn every_point_is_a_run_by_its_rules() {
        let mut points = Vec::new();
        for preset in crate::judge::wins::presets::NAMES {
            for epsilon in
                [Epsilon::Constant(0.0), Epsilon::Constant(0.02), "linear:0.05:0.001:500".parse().expect("ε")]
            {
                for alpha in [0.5, 0.9] {
                    points.push(Rules { epsilon, alpha, sample_min: 2, ..rules_of(preset) });
                }
            }
        }
        let mut other = case_a();
        other.plan = plan(1, 1, 1500, &[0, 1, 2, 3]);
        other.entrants.remove(1);
        other.entrants[1].losses = None;
        let rounds = [case_a(), other, Round { plan: plan(2, 0, 2000, &[0, 1, 2, 3]), ..case_a() }];
        let uids = [1, 2, 3];
        let mut sweeping = Sweeping::new(&uids, &points).expect("valid rules");
        rounds.iter().for_each(|round| sweeping.step(round).expect("no negative loss"));
        let found = sweeping.finish(&sweeping.weights(0));
        for (place, rules) in points.iter().enumerate() {
            let weights = RunningWeights::new(rules, 3).expect("room");
            let mut season = Season::new(rules, &uids, weights, None, None).expect("valid rules");
            let tables: Vec<_> = rounds
                .iter()
                .map(|round| season.step(&round.plan, &round.entrants, &round.sources).expect("no negative loss"))
                .collect();
            assert_eq!(sweeping.weights(place), tables[2].weights, "point {place}");
            let kept = |table: usize| tables[table].rows.iter().filter(|row| row.kept).count();
            assert_eq!(found[place].kept, kept(1) + kept(2), "point {place}");
        }
    }

    #[test]
    fn where_nobody_is_paid_shares_are_unknown() {
        let weighting = Weighting::Power { skew: 1.0 };
        let same = |entrant: Entrant| Entrant { block: Some(1), losses: Some(vec![1.0; 4]), ..entrant };
        let round = Round { entrants: case_a().entrants.into_iter().map(same).collect(), ..case_a() };
        let found = swept(&[round], &[Rules { weighting, ..rules() }])[0];
        assert_eq!((found.effective, found.earliest, found.ends.leader), (None, None, None));
    }
}
