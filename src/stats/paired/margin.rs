//! One margin tested: how far above it the mean of paired differences is, with ends that hold for skewed differences.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::PairedSpec;
use crate::stats::ratio_mean::RatioMean;
use crate::stats::studentised::Roots;
use crate::stats::{Interval, StatsError};

/// Fewer sources of equal size than this tell nothing.
pub const FEWEST_SOURCES: f64 = 20.0;
/// The power that the smallest detectable difference is stated for.
const POWER: f64 = 0.8;
/// Skewness over √sources up to which the nominal tails hold, and up to which narrower ones do.
const SLIGHT: f64 = 0.1;
const MODERATE: f64 = 0.2;
/// Share of the nominal tails that is used: as it is, and where skewness or sources of several samples ask for more.
const WHOLE: f64 = 1.0;
const NARROW: f64 = 0.4;
pub(super) const NARROWEST: f64 = 0.2;

/// What a rise is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Margin {
    /// So many nats.
    Absolute(f64),
    /// This share of the baseline's loss.
    Relative(f64),
}

/// How skewed the sources' deviations are beside what their number evens out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skew {
    /// Skewness at most .1 √sources.
    Slight,
    /// At most .2 √sources.
    Moderate,
    /// Beyond: neither t nor resampling holds, and the ends reach as far as Cantelli's inequality asks.
    Strong,
}

/// A margin and what is known of the mean above it. In nats: losses of the candidate less the margin and the baseline's.
#[derive(Debug, Clone, PartialEq)]
pub struct MarginTest {
    /// The margin.
    pub margin: Margin,
    /// Mean of c − b − δ for an absolute margin δ, of c − (1 + δ) b for a relative one; regressed if it is above 0.
    pub mean: f64,
    /// Its standard error; 0 where no source differs from another.
    pub standard_error: f64,
    /// Skewness of the sources' deviations.
    pub skewness: f64,
    /// How strong that is.
    pub skew: Skew,
    /// About how many sources it takes for the skewness to count no more, 25 g²; where it is strong.
    pub sources_needed: Option<u64>,
    /// The ends of the mean; `None` without variance or with fewer than [`FEWEST_SOURCES`].
    pub ends: Option<Ends>,
}

/// Ends of the mean above a margin, and what follows from them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ends {
    /// The two-sided interval. An end is infinite where resamples without variance are too many.
    pub interval: Interval,
    /// The upper end that must lie below 0 for "ok", before rare rises: its tail is half as large where either of two
    /// margins may show that. `None` where this margin cannot, being 0 beside one that allows more.
    pub below: Option<f64>,
    /// The least two-sided level, over all looks, at which the lower end is above 0; 1 if there is none.
    pub p_value: f64,
    /// The least p-value that so many resamples can give here.
    pub least_p_value: f64,
    /// The smallest rise above the margin that is found with a probability of .8, nats: se · (t + t.8).
    pub detectable: f64,
}

impl Skew {
    fn of(mean: &RatioMean) -> Self {
        match mean.skewness.abs() / (mean.sources() as f64).sqrt() {
            skewness if skewness <= SLIGHT => Self::Slight,
            skewness if skewness <= MODERATE => Self::Moderate,
            _ => Self::Strong,
        }
    }

    fn share_of_tails(self, is_clustered: bool) -> f64 {
        match (self, is_clustered) {
            (Self::Slight, false) => WHOLE,
            (Self::Slight, true) | (_, false) => NARROW,
            (_, true) => NARROWEST,
        }
    }
}

impl MarginTest {
    /// A margin whose ends are not known yet.
    pub(super) fn new(margin: Margin, mean: &RatioMean) -> Self {
        let skew = Skew::of(mean);
        Self {
            margin,
            mean: mean.mean,
            standard_error: mean.standard_error,
            skewness: mean.skewness,
            skew,
            sources_needed: (skew == Skew::Strong).then(|| (mean.skewness / MODERATE).powi(2).ceil() as u64),
            ends: None,
        }
    }
}

/// What the deviation of a mean is compared with.
pub(super) struct Reference<'a> {
    mean: &'a RatioMean,
    roots: &'a Roots,
    student: StudentsT,
    skew: Skew,
    share_of_tails: f64,
}

impl<'a> Reference<'a> {
    /// # Errors
    /// [`StatsError::FewSources`] of one source or less.
    pub(super) fn new(mean: &'a RatioMean, roots: &'a Roots) -> Result<Self, StatsError> {
        let student = StudentsT::new(0.0, 1.0, mean.effective_sources - 1.0);
        let skew = Skew::of(mean);
        Ok(Self {
            mean,
            roots,
            student: student.map_err(|_| StatsError::FewSources(mean.effective_sources))?,
            skew,
            share_of_tails: skew.share_of_tails(mean.is_clustered()),
        })
    }

    /// The ends at `spec`; `below` says of the tail for "ok" which share of the nominal one it is, if there is one.
    pub(super) fn ends(&self, spec: &PairedSpec, below: Option<f64>) -> Ends {
        let (tail, RatioMean { mean, standard_error, .. }) = (spec.tail(), self.mean);
        let low = mean - self.upper(tail) * standard_error;
        let high = |tail: f64| mean + self.lower(tail) * standard_error;
        let in_levels = |p_value: f64| (p_value * spec.tails_per_level()).min(1.0);
        Ends {
            interval: Interval { low, high: high(tail) },
            below: below.map(|share| high(share * tail)),
            p_value: in_levels(self.p_value(mean / standard_error)),
            least_p_value: in_levels(self.roots.least_p_value() / self.share_of_tails),
            detectable: standard_error * (self.without_resampling(tail) + self.student_quantile(1.0 - POWER)),
        }
    }

    /// Standard errors from the mean down to the lower end.
    fn upper(&self, tail: f64) -> f64 {
        self.without_resampling(tail).max(self.roots.upper(self.share_of_tails * tail))
    }

    /// Standard errors from the mean up to the upper end.
    fn lower(&self, tail: f64) -> f64 {
        self.without_resampling(tail).max(-self.roots.lower(self.share_of_tails * tail))
    }

    fn without_resampling(&self, tail: f64) -> f64 {
        let student = self.student_quantile(self.share_of_tails * tail);
        if self.skew == Skew::Strong { student.max(cantelli(tail)) } else { student }
    }

    /// What a t variable exceeds with probability `tail`.
    fn student_quantile(&self, tail: f64) -> f64 {
        -self.student.inverse_cdf(tail)
    }

    /// The least tail at which the lower end is above 0, `statistic` being the mean in standard errors.
    fn p_value(&self, statistic: f64) -> f64 {
        let hull = self.student.sf(statistic).max(self.roots.p_value(statistic)) / self.share_of_tails;
        match self.skew {
            Skew::Strong if statistic > 0.0 => hull.max(1.0 / (1.0 + statistic * statistic)),
            Skew::Strong => 1.0,
            _ => hull,
        }
    }
}

/// Standard deviations that no distribution exceeds upwards with a probability above `tail`: √(1 / tail − 1), 6.245 at
/// 2.5 %. Cantelli 1928, "Sui confini della probabilità".
fn cantelli(tail: f64) -> f64 {
    (1.0 / tail - 1.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SciPy 1.17: t.isf.
    #[test]
    fn quantiles_of_t_match_the_tables() {
        let expected = [
            (19.0, 0.025, 2.093_024_054_408_31),
            (22.7, 0.01, 2.502_320_457_214_993),
            (99.0, 0.0025, 2.871_307_661_214_766_3),
            (9999.0, 0.8, -0.841_657_182_736_716_9),
            (9999.0, 1e-5, 4.266_937_870_560_943),
        ];
        for (freedom, tail, value) in expected {
            let found = -StudentsT::new(0.0, 1.0, freedom).unwrap().inverse_cdf(tail);
            assert!((found - value).abs() < 1e-9, "{freedom} {tail}: {found}");
        }
        assert!((cantelli(0.025) - 6.245).abs() < 1e-4);
    }
}
