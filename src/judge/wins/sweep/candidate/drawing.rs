//! Steps drawn from a recording, and recordings drawn from it anew: the double bootstrap (Efron and Tibshirani 1993, "An
//! Introduction to the Bootstrap", chapter 14). The inner draws are places in a recording, the same for each.

use rayon::prelude::*;

use super::finish::Finish;
use super::race::Race;
use super::step::Step;
use super::{Improvement, Reach, TARGETS};
use crate::stats::{BootstrapSpec, Draws, Estimate, Interval, percentile_interval, quantile};

/// The purpose that names the streams of steps.
const STEPS: &[u8; 8] = b"chances\0";

/// The purpose that names the streams of recordings.
const RECORDINGS: &[u8; 8] = b"recorded";

/// Steps drawn of each recording that is drawn anew; so many are looked at together.
const INNER: usize = 200;

/// What is drawn of which race.
pub(super) struct Drawing<'d, 'f, 'l> {
    pub race: &'d Race<'f, 'l>,
    /// Clusters of the recording.
    pub clusters: usize,
    /// Clusters of a step.
    pub drawn: usize,
    pub bootstrap: BootstrapSpec,
}

/// What steps come to: the share that the candidate leads as it is, then of each target the reduction that reaches it,
/// +∞ where none does.
type Figures = [f64; 1 + TARGETS.len()];

impl Drawing<'_, '_, '_> {
    /// The probability of leading and the improvements, with intervals.
    pub fn chances(&self) -> (Estimate, [Improvement; 3]) {
        let levels = &self.race.field().levels;
        let whole: Vec<u32> = (0..self.clusters as u32).collect();
        let start = self.start(&whole, levels.zero());
        let firsts: Vec<usize> = (0..self.bootstrap.resamples).step_by(INNER).collect();
        let some = |&first: &usize| {
            let last = (first + INNER).min(self.bootstrap.resamples);
            self.race.finishes(&(first..last).map(|step| self.step(step)).collect::<Vec<_>>(), start)
        };
        let figures = self.figures(firsts.par_iter().flat_map_iter(some).collect());
        let resampled = self.resampled(start);
        let interval = |value: usize| {
            let mut column: Vec<f64> = resampled.iter().map(|figures| figures[value]).collect();
            centred(&mut column, figures[value], self.bootstrap.confidence)
        };
        let lowest = levels.reduction(0).unwrap_or_default();
        let finite = |value: f64| Some(value).filter(|value| value.is_finite());
        let improvement = |target: usize| Improvement {
            target: TARGETS[target],
            reduction: finite(figures[1 + target]),
            interval: interval(1 + target).filter(|ends| ends.low.is_finite()).map(|ends| Reach {
                low: ends.low.max(lowest),
                high: finite(ends.high).filter(|&high| high <= -lowest),
            }),
        };
        let share = |ends: Interval| Interval { low: ends.low.max(0.0), high: ends.high.min(1.0) };
        (Estimate { value: figures[0], interval: interval(0).map(share) }, std::array::from_fn(improvement))
    }

    /// The clusters of a step, by their places in the recording.
    fn step(&self, number: usize) -> Step {
        Step::drawn(&mut self.draws(STEPS, number), self.drawn, self.clusters)
    }

    /// The clusters of a recording that is drawn anew, in ascending order.
    fn recorded(&self, number: usize) -> Vec<u32> {
        let mut draws = self.draws(RECORDINGS, number);
        let mut drawn: Vec<u32> = (0..self.clusters).map(|_| draws.below(self.clusters) as u32).collect();
        drawn.sort_unstable();
        drawn
    }

    fn draws(&self, purpose: &[u8; 8], number: usize) -> Draws {
        Draws::new(self.bootstrap.seed, purpose, number as u64)
    }

    /// What the steps of each recording that is drawn anew come to; nothing where there is no other to draw.
    fn resampled(&self, start: usize) -> Vec<Figures> {
        if self.clusters < 2 {
            return Vec::new();
        }
        let steps: Vec<Step> = (0..INNER).map(|step| self.step(step)).collect();
        let recording = |number: usize| {
            let recorded = self.recorded(number);
            let drawn: Vec<Step> = steps.iter().map(|step| step.through(&recorded)).collect();
            self.figures(self.race.finishes(&drawn, self.start(&recorded, start)))
        };
        (0..self.bootstrap.sparing().resamples).into_par_iter().map(recording).collect()
    }

    /// The level to look about, from that of a recording as a whole.
    fn start(&self, recorded: &[u32], from: usize) -> usize {
        self.race.finishes(&[Step::of_each(recorded)], from).first().map_or(from, |finish| finish.first)
    }

    fn figures(&self, mut finishes: Vec<Finish>) -> Figures {
        let count = finishes.len();
        let leading = finishes.iter().filter(|finish| finish.leads).count();
        finishes.sort_unstable_by_key(|finish| finish.first);
        let reduction = |target: f64| {
            // A hair less, so that rounding asks for no step more than a target has.
            let enough = (target * count as f64 - 1e-9).ceil() as usize;
            let first = finishes.get(enough.saturating_sub(1)).map_or(usize::MAX, |finish| finish.first);
            self.race.field().levels.reduction(first).unwrap_or(f64::INFINITY)
        };
        let mut figures = [leading as f64 / count.max(1) as f64; 1 + TARGETS.len()];
        figures[1..].iter_mut().zip(TARGETS).for_each(|(figure, target)| *figure = reduction(target));
        figures
    }
}

/// The hull of the percentile interval and the same moved so that its median is the figure: the best of several rivals is
/// overestimated in a recording, and once more in those drawn from it. Both hold the figure. Sorts the values.
fn centred(values: &mut [f64], figure: f64, confidence: f64) -> Option<Interval> {
    let ends = percentile_interval(values, confidence)?;
    let by = figure - quantile(values, 0.5)?;
    let moved = if by.is_finite() { ends.moved(by) } else { ends };
    Some(ends.hull(moved).hull(Interval { low: figure, high: figure }))
}
