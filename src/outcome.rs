//! What measuring one sample comes to. A loss and its status always agree: only an `ok` sample has a loss of its
//! own, every other status implies what its loss is.

use std::fmt;
use std::str::FromStr;

/// How the measurement of one sample ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SampleStatus {
    /// A finite loss.
    Ok,
    /// The loss is not a number.
    Nan,
    /// The loss is infinite.
    Inf,
    /// No position is scored, because the prompt fills the sequence.
    NoTarget,
    /// Measuring failed; it counts as an infinite loss.
    Error,
}

impl SampleStatus {
    /// All statuses, in the order of the declaration.
    pub const ALL: [Self; 5] = [Self::Ok, Self::Nan, Self::Inf, Self::NoTarget, Self::Error];

    /// The name used in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Nan => "nan",
            Self::Inf => "inf",
            Self::NoTarget => "no-target",
            Self::Error => "error",
        }
    }

    /// The loss that a status other than [`SampleStatus::Ok`] stands for.
    pub fn implied_loss(self) -> Option<f64> {
        match self {
            Self::Ok => None,
            Self::Nan | Self::NoTarget => Some(f64::NAN),
            Self::Inf | Self::Error => Some(f64::INFINITY),
        }
    }
}

impl fmt::Display for SampleStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A status name that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no status; known are ok, nan, inf, no-target and error")]
pub struct UnknownStatus(pub String);

impl FromStr for SampleStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        Self::ALL.into_iter().find(|status| status.name() == text).ok_or_else(|| UnknownStatus(text.to_owned()))
    }
}

/// The measured loss of one sample under one model.
#[derive(Debug, Clone, Copy)]
pub struct SampleOutcome {
    /// Mean loss in nats over the scored positions; NaN or +inf where the status says so.
    pub loss: f64,
    /// Number of scored positions.
    pub scored_tokens: u32,
    /// How it ended.
    pub status: SampleStatus,
}

impl SampleOutcome {
    /// A loss as it was computed, the status read from it. Cross-entropy is never negative; where rounding left a
    /// certain prediction a trifle below zero, it is zero.
    pub fn measured(loss: f64, scored_tokens: u32) -> Self {
        const ROUNDING: f64 = 1e-4;
        let loss = if (-ROUNDING..0.0).contains(&loss) { 0.0 } else { loss };
        let status = match loss {
            loss if loss.is_nan() => SampleStatus::Nan,
            loss if loss.is_infinite() => SampleStatus::Inf,
            _ => SampleStatus::Ok,
        };
        Self { loss: status.implied_loss().unwrap_or(loss), scored_tokens, status }
    }

    /// The loss that the model gave, be it NaN or infinite; `None` where it was not asked.
    pub fn measured_loss(&self) -> Option<f64> {
        match self.status {
            SampleStatus::Ok | SampleStatus::Nan | SampleStatus::Inf => Some(self.loss),
            SampleStatus::NoTarget | SampleStatus::Error => None,
        }
    }

    /// A sample of which nothing is scored.
    pub fn no_target() -> Self {
        Self { loss: f64::NAN, scored_tokens: 0, status: SampleStatus::NoTarget }
    }

    /// A sample that could not be measured.
    pub fn failed(scored_tokens: u32) -> Self {
        Self { loss: f64::INFINITY, scored_tokens, status: SampleStatus::Error }
    }
}

/// Equal when they say the same: two NaN losses are equal here, bit patterns apart.
impl PartialEq for SampleOutcome {
    fn eq(&self, other: &Self) -> bool {
        let same_loss = self.loss == other.loss || (self.loss.is_nan() && other.loss.is_nan());
        same_loss && self.scored_tokens == other.scored_tokens && self.status == other.status
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_follows_the_loss() {
        assert_eq!(SampleOutcome::measured(1.5, 3).status, SampleStatus::Ok);
        assert_eq!(SampleOutcome::measured(f64::NAN, 3).status, SampleStatus::Nan);
        assert_eq!(SampleOutcome::measured(f64::INFINITY, 3).status, SampleStatus::Inf);
    }

    #[test]
    fn a_loss_that_rounding_made_negative_is_zero() {
        assert_eq!(SampleOutcome::measured(-1e-7, 3).loss, 0.0);
        assert_eq!(SampleOutcome::measured(-0.5, 3).loss, -0.5, "a mistake stays visible");
    }

    #[test]
    fn a_status_implies_the_loss_of_its_outcome() {
        for outcome in [SampleOutcome::no_target(), SampleOutcome::failed(2), SampleOutcome::measured(f64::NAN, 1)] {
            let implied = outcome.status.implied_loss().expect("not ok");
            assert_eq!(implied.to_bits(), outcome.loss.to_bits(), "{}", outcome.status);
        }
        assert_eq!(SampleStatus::Ok.implied_loss(), None);
    }

    #[test]
    fn only_what_the_model_gave_is_a_measured_loss() {
        assert_eq!(SampleOutcome::measured(1.5, 3).measured_loss(), Some(1.5));
        assert_eq!(SampleOutcome::measured(f64::INFINITY, 3).measured_loss(), Some(f64::INFINITY));
        assert!(SampleOutcome::measured(f64::NAN, 3).measured_loss().is_some_and(f64::is_nan));
        assert_eq!(SampleOutcome::no_target().measured_loss(), None);
        assert_eq!(SampleOutcome::failed(3).measured_loss(), None);
    }

    #[test]
    fn names_go_round() {
        for status in SampleStatus::ALL {
            assert_eq!(status.name().parse(), Ok(status));
        }
        assert_eq!("OK".parse::<SampleStatus>(), Err(UnknownStatus("OK".to_owned())));
    }
}
