//! The comparison: from paired losses to verdicts.

use super::PairedSpec;
use super::margin::MarginTest;
use super::prepared::Prepared;
use super::spec::PairedLoss;
use super::verdict::{Comparison, judge};
use crate::stats::StatsError;
use crate::stats::ratio_mean::RatioMean;
use crate::stats::sign_flip::sign_flip;
use crate::stats::studentised::studentised;

impl PairedSpec {
    /// Compares the paired losses of each submission.
    ///
    /// With b of the baseline, c of the candidate and margins δ: c − b − δ_abs and c − (1 + δ_rel) b are tested alike, as
    /// ratio means over sources ([`RatioMean`]). An end is as far from the mean as t with N² / Σ m² − 1 degrees of freedom
    /// or the studentised bootstrap over sources has it, whichever is farther. Tails are α / 2 per look where skewness is
    /// slight and each source has one sample; .4 of that where it is moderate, or where sources have several; .2 where
    /// both. Where it is strong, the ends are besides at least as far as Cantelli's inequality at α / 2 asks.
    ///
    /// Regressed: both lower ends are above 0, and the p-value is at most α after Holm's correction for the submissions
    /// that have one. Ok: an upper end whose tail is half as large is below 0, what rare rises may add to it included; that
    /// all are ok needs no correction, since each is shown to be. A margin of 0 beside one above 0 lets nothing pass that
    /// the other does not (no loss being negative), so the other then keeps its whole tail.
    ///
    /// A submission's ends depend on the seed, not on the other submissions or on threads; only its adjusted p-value
    /// depends on the others.
    ///
    /// # Errors
    /// As [`PairedSpec::validate`], and [`StatsError::Loss`] for a loss that is not finite.
    pub fn compare(&self, submissions: &[Vec<PairedLoss>]) -> Result<Vec<Comparison>, StatsError> {
        self.validate()?;
        let prepared = submissions.iter().enumerate().map(|(place, losses)| Prepared::new(self, place, losses));
        let prepared = prepared.collect::<Result<Vec<Prepared>, StatsError>>()?;
        let means: Vec<&RatioMean> = prepared.iter().flat_map(Prepared::testable).collect();
        let mut roots = studentised(&means, &self.bootstrap).into_iter();
        let tests = prepared.iter().map(|one| one.tested(self, &mut roots));
        let tests = tests.collect::<Result<Vec<Vec<MarginTest>>, StatsError>>()?;
        let differences: Vec<&[f64]> = prepared.iter().map(|one| one.differences.as_slice()).collect();
        let flips = sign_flip(&differences, &self.bootstrap);
        let each = prepared.iter().zip(tests).zip(flips);
        let mut compared: Vec<Comparison> = each.map(|((one, tests), flip)| one.found(self, tests, flip)).collect();
        judge(self, &mut compared);
        Ok(compared)
    }
}
