//! How paired losses are compared: margins, level, looks, and what follows from them.

use super::margin::NARROWEST;
use crate::stats::{BootstrapSpec, StatsError};

/// The fewest resamples at any level.
const FEWEST_RESAMPLES: u64 = 9999;
/// Resamples, and the data's own value among them, that have to lie beyond the farthest end.
const BEYOND_AN_END: f64 = 25.0;
/// Share of the tail that "ok" by either of two margins leaves to each.
pub(super) const EITHER: f64 = 0.5;
/// Larger losses and margins are refused, so that no sum overflows.
pub(crate) const LARGEST: f64 = 1e90;

/// The losses of one sample in two runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedLoss {
    /// Number of its source; samples of one source depend on each other.
    pub source: usize,
    /// Loss in the baseline, nats.
    pub baseline: f64,
    /// Loss in the candidate, nats.
    pub candidate: f64,
}

/// Rises up to the larger of these are let pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Margins {
    /// Nats, at least 0.
    pub absolute: f64,
    /// Share of the baseline's loss, at least 0.
    pub relative: f64,
}

/// How to compare.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedSpec {
    /// Resamples, seed, and 1 less the level α of all looks together, two-sided.
    pub bootstrap: BootstrapSpec,
    /// The margins.
    pub margins: Margins,
    /// The largest rise of a rare sample, nats; without it rises that no sample shows are taken not to be.
    pub tail_loss: Option<f64>,
    /// How often the same question is asked while data come in; each look gets an equal share of α (Bonferroni).
    pub looks: u32,
}

impl PairedSpec {
    /// Checks that the parameters can be used.
    ///
    /// # Errors
    /// As [`BootstrapSpec::validate`]; [`StatsError::Margin`], [`StatsError::Looks`], and
    /// [`StatsError::ResamplesToCompare`] with the number that suffices.
    pub fn validate(&self) -> Result<(), StatsError> {
        self.bootstrap.validate()?;
        let amounts = [self.margins.absolute, self.margins.relative, self.tail_loss.unwrap_or(0.0)];
        if let Some(&amount) = amounts.iter().find(|amount| !(0.0..=LARGEST).contains(*amount)) {
            return Err(StatsError::Margin(amount));
        }
        if self.looks == 0 {
            return Err(StatsError::Looks);
        }
        let (resamples, needed) = (self.bootstrap.resamples, self.fewest());
        if (resamples as u64) < needed {
            return Err(StatsError::ResamplesToCompare { resamples, needed });
        }
        Ok(())
    }

    /// The fewest resamples that the farthest end may rest on: with the data's own value, 25 lie beyond it, and never
    /// fewer than 9999. Proportional to looks / α.
    pub fn fewest(&self) -> u64 {
        let farthest = self.tail() * EITHER * NARROWEST;
        FEWEST_RESAMPLES.max(((BEYOND_AN_END - 1e-9) / farthest).ceil() as u64 - 1)
    }

    /// The level α for all submissions and looks together.
    pub(super) fn level(&self) -> f64 {
        1.0 - self.bootstrap.confidence
    }

    /// The nominal tail of one look, α / 2K.
    pub(super) fn tail(&self) -> f64 {
        self.level() / self.tails_per_level()
    }

    /// Tails that share the level.
    pub(super) fn tails_per_level(&self) -> f64 {
        2.0 * f64::from(self.looks)
    }

    /// The level of one look.
    fn level_of_look(&self) -> f64 {
        self.level() / f64::from(self.looks)
    }

    /// The share of the samples that rises may have and none be met, with as many sources of equal size.
    pub(super) fn unseen(&self, effective_sources: f64) -> f64 {
        let look = BootstrapSpec { confidence: 1.0 - self.level_of_look(), ..self.bootstrap };
        look.unseen(effective_sources as usize)
    }

    /// About how many sources leave unseen rises no more than `room` nats, ln α / ln(1 − room / tail loss).
    pub(super) fn sources_to_see(&self, room: f64) -> u64 {
        let share = room / self.tail_loss.unwrap_or(0.0);
        (self.level_of_look().ln() / (-share).ln_1p()).ceil() as u64
    }
}
