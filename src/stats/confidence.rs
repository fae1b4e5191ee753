//! A confidence level that has been checked once, so that no interval needs to check it again.

use super::{StatsError, normal};

/// A confidence level: a proportion above 0 and below 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Confidence(f64);

impl Confidence {
    /// The level itself, for example 0.95.
    ///
    /// Errors: [`StatsError::Confidence`] for anything that is not above 0 and below 1, NaN included.
    pub fn new(level: f64) -> Result<Self, StatsError> {
        if level > 0.0 && level < 1.0 { Ok(Self(level)) } else { Err(StatsError::Confidence(level)) }
    }

    /// The level, above 0 and below 1.
    pub fn level(self) -> f64 {
        self.0
    }

    /// The probability δ = 1 − level that a one-sided bound misses.
    pub fn delta(self) -> f64 {
        1.0 - self.0
    }

    /// The probability (1 − level) / 2 that a central interval misses on one side.
    pub fn tail(self) -> f64 {
        self.delta() / 2.0
    }

    /// The z of a central interval: standard deviations of a normal distribution, 1.95996 for 0.95.
    pub fn two_sided_z(self) -> f64 {
        -normal::probit(self.tail())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_proportions_are_levels() {
        let level = Confidence::new(0.9).expect("a proportion");
        assert!((level.tail() - 0.05).abs() < 1e-15 && (level.two_sided_z() - 1.644_853_626_951_472_6).abs() < 1e-12);
        for refused in [0.0, 1.0, -0.5, 95.0, f64::INFINITY] {
            assert_eq!(Confidence::new(refused), Err(StatsError::Confidence(refused)));
        }
        assert!(Confidence::new(f64::NAN).is_err());
    }
}
