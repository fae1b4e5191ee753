//! What answers of one kind earn by either rescale: the right, the wrong, the cheats, and all as if they were cheats.

use rayon::prelude::*;

use super::answer::Answer;
use super::resampling::Drawn;
use super::rules::Rules;
use crate::stats::{BootstrapSpec, Estimate, percentile_interval};

/// A kind of answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Correctness 1.
    Right,
    /// Between 0 and 1.
    Partly,
    /// From 0 down, above −1.
    Wrong,
    /// Correctness −1: a cheat that was found.
    Cheat,
    /// Every answer, with correctness −1 in place of its own.
    AsCheat,
}

impl Class {
    /// All.
    pub const ALL: [Self; 5] = [Self::Right, Self::Partly, Self::Wrong, Self::Cheat, Self::AsCheat];

    /// As tables name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Partly => "partly right",
            Self::Wrong => "wrong",
            Self::Cheat => "cheat",
            Self::AsCheat => "all as cheats",
        }
    }

    fn of(correctness: f64) -> Self {
        match correctness {
            c if c >= 1.0 => Self::Right,
            c if c > 0.0 => Self::Partly,
            c if c > -1.0 => Self::Wrong,
            _ => Self::Cheat,
        }
    }
}

/// What answers of a class earn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassRow {
    /// The class.
    pub class: Class,
    /// How many there are.
    pub responses: u64,
    /// Mean reward with one rescale.
    pub once: Option<Estimate>,
    /// Mean reward with two.
    pub twice: Option<Estimate>,
}

/// Sums of rewards, by class and rescale, of the recording and of each resample.
pub(super) struct Classes {
    bootstrap: Option<BootstrapSpec>,
    /// (1 + resamples) × classes.
    sums: Vec<OfClasses>,
}

/// Sums of every class.
type OfClasses = [Sums; Class::ALL.len()];

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    count: f64,
    rewards: [f64; 2],
}

impl Classes {
    pub fn new(bootstrap: Option<BootstrapSpec>) -> Self {
        let rows = 1 + bootstrap.map_or(0, |bootstrap| bootstrap.resamples);
        Self { bootstrap, sums: vec![Default::default(); rows] }
    }

    /// Takes the answers of a loop.
    pub fn take(&mut self, rules: &Rules, answers: &[Answer], drawn: Option<&Drawn>) {
        let problems = match drawn {
            Some(drawn) => self.by_problem(rules, answers, drawn),
            None => vec![self.summed(rules, answers.iter())],
        };
        self.sums.par_iter_mut().enumerate().for_each(|(row, sums)| {
            for (problem, own) in problems.iter().enumerate() {
                let times = match (row.checked_sub(1), drawn) {
                    (Some(resample), Some(drawn)) => drawn.times_of(problem, resample),
                    _ => 1.0,
                };
                sums.iter_mut().zip(own).for_each(|(sum, own)| sum.add(own, times));
            }
        });
    }

    /// The sums of every problem, which a resample holds as a whole.
    fn by_problem(&self, rules: &Rules, answers: &[Answer], drawn: &Drawn) -> Vec<OfClasses> {
        let mut problems = vec![OfClasses::default(); drawn.problems()];
        for (place, answer) in answers.iter().enumerate() {
            let own = self.summed(rules, std::iter::once(answer));
            problems[drawn.problem(place)].iter_mut().zip(&own).for_each(|(sum, own)| sum.add(own, 1.0));
        }
        problems
    }

    fn summed<'a>(&self, rules: &Rules, answers: impl Iterator<Item = &'a Answer>) -> OfClasses {
        let mut sums = OfClasses::default();
        for answer in answers.filter(|answer| answer.is_answered) {
            let Some(correctness) = answer.correctness else { continue };
            let as_cheat = Answer { correctness: Some(-1.0), ..*answer };
            if let (Some(rewards), Some(of_cheat)) = (both(rules, answer), both(rules, &as_cheat)) {
                sums[Class::of(correctness) as usize].add(&Sums { count: 1.0, rewards }, 1.0);
                sums[Class::AsCheat as usize].add(&Sums { count: 1.0, rewards: of_cheat }, 1.0);
            }
        }
        sums
    }

    pub fn finish(&self) -> Vec<ClassRow> {
        Class::ALL.into_iter().map(|class| self.row(class)).collect()
    }

    fn row(&self, class: Class) -> ClassRow {
        let of = |row: usize, rescale: usize| self.sums[row][class as usize].mean(rescale);
        let estimate = |rescale: usize| {
            let mut drawn: Vec<f64> = (1..self.sums.len()).filter_map(|row| of(row, rescale)).collect();
            let interval = self.bootstrap.and_then(|spec| percentile_interval(&mut drawn, spec.confidence));
            of(0, rescale).map(|value| Estimate { value, interval })
        };
        let responses = self.sums[0][class as usize].count as u64;
        ClassRow { class, responses, once: estimate(0), twice: estimate(1) }
    }
}

impl Sums {
    fn add(&mut self, other: &Self, times: f64) {
        self.count += times * other.count;
        self.rewards.iter_mut().zip(other.rewards).for_each(|(sum, reward)| *sum += times * reward);
    }

    fn mean(&self, rescale: usize) -> Option<f64> {
        (self.count > 0.0).then(|| self.rewards[rescale] / self.count)
    }
}

/// The reward with one rescale and with two.
fn both(rules: &Rules, answer: &Answer) -> Option<[f64; 2]> {
    let reward = |is_rescaled_twice| {
        let appraisal = Rules { is_rescaled_twice, ..*rules }.appraise(answer)?;
        Some(appraisal.reward(rules.threshold))
    };
    Some([reward(false)?, reward(true)?])
}
