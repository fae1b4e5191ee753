//! What the tests of a submission amount to: regressed, ok, or why neither can be said.

use super::PairedSpec;
use super::margin::{Ends, FEWEST_SOURCES, MarginTest};
use crate::stats::Estimate;
use crate::stats::holm::holm;

/// Levels that differ by less than this share are equal but for rounding.
const ROUNDING: f64 = 1e-9;

/// One submission on the samples that both runs have a loss of.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Number of samples.
    pub samples: usize,
    /// Number of sources.
    pub sources: usize,
    /// Sources of equal size that these amount to, N² / Σ m²; 0 without samples.
    pub effective_sources: f64,
    /// Mean of candidate − baseline, nats, with its interval; `None` without samples.
    pub difference: Option<Estimate>,
    /// The margins: the absolute one, then the relative one if it is above 0. Empty without samples.
    pub tests: Vec<MarginTest>,
    /// Rises in a smaller share of the samples may not have been met, about 3 / n; `None` without samples.
    pub unseen: Option<f64>,
    /// What those may add to the mean, nats: `unseen` times the tail loss, if one is given.
    pub allowance: Option<f64>,
    /// Two-sided p-value of no difference by flipping signs; `None` where no source differs.
    pub sign_flip: Option<f64>,
    /// The least level at which this submission alone would be called regressed; `None` where a margin has no ends, and
    /// where all losses are identical.
    pub p_value: Option<f64>,
    /// The same among all submissions, by Holm's method.
    pub adjusted_p_value: Option<f64>,
    /// What follows.
    pub verdict: PairedVerdict,
}

/// What comparing says of a submission. Not [`Verdict`](crate::stats::Verdict), which holds one pair of bounds against one
/// limit: here one margin suffices for "ok" and all are needed for "regressed".
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PairedVerdict {
    /// Worse by more than both margins.
    Regressed,
    /// Within one of the margins.
    Ok,
    /// Every loss is the same in both runs: nothing to infer.
    Identical,
    /// Neither is shown.
    Inconclusive(Doubt),
}

/// Why nothing is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Doubt {
    /// Fewer than [`FEWEST_SOURCES`] samples, or sources of equal size.
    FewSources(f64),
    /// Each source differs by the same amount, so that nothing tells how others would.
    NoVariance,
    /// Alone it would be called regressed, among so many submissions it may be chance.
    ManySubmissions,
    /// As before, but with so many resamples it could be told.
    FewResamples(u64),
    /// Within the margin but for rises too rare to be among the samples; about so many samples (sources, where they
    /// have several) would show it.
    RareRises(u64),
    /// The differences are too skewed: it takes about so many sources.
    Skewed(u64),
    /// The interval reaches to both sides of a margin.
    Between,
}

/// Adjusts the p-values of all submissions that have one, and says what follows for each.
pub(super) fn judge(spec: &PairedSpec, compared: &mut [Comparison]) {
    let p_values: Vec<f64> = compared.iter().filter_map(|one| one.p_value).collect();
    let mut adjusted = holm(&p_values).into_iter();
    for one in compared {
        one.adjusted_p_value = one.p_value.and_then(|_| adjusted.next());
        if one.verdict != PairedVerdict::Identical {
            one.verdict = one.judged(spec, p_values.len());
        }
    }
}

impl Comparison {
    fn ends(&self) -> impl Iterator<Item = &Ends> {
        self.tests.iter().filter_map(|test| test.ends.as_ref())
    }

    /// Upper ends for "ok", each of one margin.
    fn below(&self) -> impl Iterator<Item = f64> {
        self.ends().filter_map(|ends| ends.below)
    }

    fn exceeds_all(&self) -> bool {
        !self.tests.is_empty() && self.tests.iter().all(|test| test.ends.is_some_and(|ends| ends.interval.low > 0.0))
    }

    /// The verdict, p-values being adjusted among `submissions`.
    fn judged(&self, spec: &PairedSpec, submissions: usize) -> PairedVerdict {
        let rare = self.allowance.unwrap_or(0.0);
        if self.below().any(|end| end + rare < 0.0) {
            return PairedVerdict::Ok;
        }
        if !self.exceeds_all() {
            return PairedVerdict::Inconclusive(self.doubt(spec));
        }
        if self.adjusted_p_value.is_some_and(|p_value| p_value <= spec.level() * (1.0 + ROUNDING)) {
            return PairedVerdict::Regressed;
        }
        PairedVerdict::Inconclusive(self.doubt_among(spec, submissions))
    }

    /// Why a submission that would be regressed alone is not among others.
    fn doubt_among(&self, spec: &PairedSpec, submissions: usize) -> Doubt {
        let least = self.ends().map(|ends| ends.least_p_value).fold(0.0, f64::max);
        // Where the p-value is the least possible one, every resample lies on the other side.
        if self.p_value.is_some_and(|p_value| p_value <= least * (1.0 + ROUNDING)) {
            let all = least * (1 + spec.bootstrap.resamples) as f64 * submissions as f64 / spec.level();
            return Doubt::FewResamples((all * (1.0 - ROUNDING)).ceil() as u64 - 1);
        }
        Doubt::ManySubmissions
    }

    /// Why neither margin is exceeded or kept.
    fn doubt(&self, spec: &PairedSpec) -> Doubt {
        if self.effective_sources < FEWEST_SOURCES {
            return Doubt::FewSources(self.effective_sources);
        }
        if let Some(room) = self.below().map(|end| -end).filter(|&room| room > 0.0).reduce(f64::max) {
            return Doubt::RareRises(spec.sources_to_see(room));
        }
        if self.tests.iter().any(|test| test.ends.is_none()) {
            return Doubt::NoVariance;
        }
        let needed = self.tests.iter().filter_map(|test| test.sources_needed).max();
        needed.map_or(Doubt::Between, Doubt::Skewed)
    }
}
