//! The losses of one submission summed by source, for every margin.

use std::collections::BTreeMap;

use super::margin::{FEWEST_SOURCES, Margin, MarginTest, Reference};
use super::spec::{EITHER, LARGEST};
use super::{Comparison, Doubt, PairedLoss, PairedSpec, PairedVerdict};
use crate::stats::ratio_mean::{RatioMean, SourceSum};
use crate::stats::studentised::Roots;
use crate::stats::{Estimate, Interval, StatsError};

/// A submission before resampling.
pub(super) struct Prepared {
    samples: usize,
    is_identical: bool,
    /// Of each source the sum of candidate − baseline, nats.
    pub(super) differences: Vec<f64>,
    /// The mean above each margin; none without samples.
    above: Vec<Above>,
}

/// The mean above a margin.
struct Above {
    margin: Margin,
    mean: RatioMean,
    /// Share of the tail that "ok" by this margin has, if it can show that.
    below: Option<f64>,
}

/// The samples of a source.
#[derive(Clone, Copy, Default)]
struct Source {
    samples: u32,
    difference: f64,
    baseline: f64,
}

impl Above {
    fn is_testable(&self) -> bool {
        self.mean.varies() && self.mean.effective_sources >= FEWEST_SOURCES
    }
}

impl Prepared {
    /// # Errors
    /// [`StatsError::Loss`].
    pub(super) fn new(spec: &PairedSpec, submission: usize, losses: &[PairedLoss]) -> Result<Self, StatsError> {
        let mut sources: BTreeMap<usize, Source> = BTreeMap::new();
        let (mut largest, mut least_baseline) = (0.0_f64, 0.0_f64);
        for (place, &PairedLoss { source, baseline, candidate }) in losses.iter().enumerate() {
            let is_usable = |value: f64| value.abs() <= LARGEST;
            if let Some(value) = [baseline, candidate].into_iter().find(|&value| !is_usable(value)) {
                return Err(StatsError::Loss { submission, place, value });
            }
            let source = sources.entry(source).or_default();
            source.samples += 1;
            source.difference += candidate - baseline;
            source.baseline += baseline;
            largest = largest.max(baseline.abs()).max(candidate.abs());
            least_baseline = least_baseline.min(baseline);
        }
        let sources: Vec<Source> = sources.into_values().collect();
        Ok(Self {
            samples: losses.len(),
            is_identical: !losses.is_empty() && losses.iter().all(|pair| pair.baseline == pair.candidate),
            differences: sources.iter().map(|source| source.difference).collect(),
            above: above(spec, &sources, largest, least_baseline < 0.0),
        })
    }

    /// The means that ends can be found for.
    pub(super) fn testable(&self) -> impl Iterator<Item = &RatioMean> {
        self.above.iter().filter(|above| above.is_testable()).map(|above| &above.mean)
    }

    /// Tests every margin; takes the roots of the testable means, in their order.
    pub(super) fn tested(
        &self,
        spec: &PairedSpec,
        roots: &mut impl Iterator<Item = Roots>,
    ) -> Result<Vec<MarginTest>, StatsError> {
        let test = |above: &Above| {
            let mut test = MarginTest::new(above.margin, &above.mean);
            if let Some(roots) = above.is_testable().then(|| roots.next()).flatten() {
                test.ends = Some(Reference::new(&above.mean, &roots)?.ends(spec, above.below));
            }
            Ok(test)
        };
        self.above.iter().map(test).collect()
    }

    /// What the tests found, not judged among other submissions yet.
    pub(super) fn found(&self, spec: &PairedSpec, tests: Vec<MarginTest>, sign_flip: Option<f64>) -> Comparison {
        let effective_sources = self.above.first().map_or(0.0, |above| above.mean.effective_sources);
        let unseen = (self.samples > 0).then(|| spec.unseen(effective_sources));
        Comparison {
            samples: self.samples,
            sources: self.differences.len(),
            effective_sources,
            difference: tests.first().map(|absolute| self.difference(spec, absolute)),
            unseen,
            allowance: unseen.zip(spec.tail_loss).map(|(share, loss)| share * loss),
            sign_flip,
            // Runs that do not differ are no question, and so none among those corrected for.
            p_value: p_value(&tests).filter(|_| !self.is_identical),
            adjusted_p_value: None,
            // Until the p-values of all submissions are known.
            verdict: if self.is_identical {
                PairedVerdict::Identical
            } else {
                PairedVerdict::Inconclusive(Doubt::Between)
            },
            tests,
        }
    }

    /// The mean difference: the mean above the absolute margin, and the margin.
    fn difference(&self, spec: &PairedSpec, above: &MarginTest) -> Estimate {
        let margin = spec.margins.absolute;
        let shifted = |ends: Interval| Interval { low: ends.low + margin, high: ends.high + margin };
        let value = self.differences.iter().sum::<f64>() / self.samples as f64;
        Estimate { value, interval: above.ends.map(|ends| shifted(ends.interval)) }
    }
}

/// The means above the margins: c − b − δ_abs, and c − b − δ_rel b if that margin is above 0.
fn above(spec: &PairedSpec, sources: &[Source], largest: f64, any_negative: bool) -> Vec<Above> {
    let (absolute, relative) = (spec.margins.absolute, spec.margins.relative);
    let sum = |excess: &dyn Fn(&Source) -> f64| -> Vec<SourceSum> {
        sources.iter().map(|source| SourceSum { samples: source.samples, sum: excess(source) }).collect()
    };
    let both = absolute > 0.0 || any_negative;
    let of_absolute = match relative > 0.0 {
        true => both.then_some(EITHER),
        false => Some(1.0),
    };
    let of_relative = if both { EITHER } else { 1.0 };
    let above_absolute = sum(&|source| source.difference - absolute * f64::from(source.samples));
    let above_relative = sum(&|source| source.difference - relative * source.baseline);
    let scale = largest * (1.0 + relative) + absolute;
    let absolute = RatioMean::of(&above_absolute, scale).map(|mean| Above {
        margin: Margin::Absolute(absolute),
        mean,
        below: of_absolute,
    });
    let relative = RatioMean::of(&above_relative, scale).filter(|_| relative > 0.0).map(|mean| Above {
        margin: Margin::Relative(relative),
        mean,
        below: Some(of_relative),
    });
    absolute.into_iter().chain(relative).collect()
}

/// The least level at which a submission is called regressed, alone: all margins have to be exceeded.
fn p_value(tests: &[MarginTest]) -> Option<f64> {
    let p_values = tests.iter().map(|test| test.ends.map(|ends| ends.p_value));
    p_values.reduce(|one, other| Some(one?.max(other?))).flatten()
}
