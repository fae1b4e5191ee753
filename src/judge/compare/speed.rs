//! The gate of speed and memory, with limits of their own: how much slower the candidate may be, and how much more memory
//! it may take.

use super::Ruling;

/// What a run took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Pace {
    /// Tokens a second, over all that went through models; `None` where nothing was measured anew.
    pub tokens_per_second: Option<f64>,
    /// The most memory that it held, in bytes, if known.
    pub peak_bytes: Option<u64>,
}

/// What both runs took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Paces {
    /// The baseline.
    pub baseline: Pace,
    /// The candidate.
    pub candidate: Pace,
}

/// What is let pass, as ratios of the candidate to the baseline; `None` where nothing is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SpeedLimits {
    /// How many times the time of the baseline each token may take.
    pub slowdown: Option<f64>,
    /// How many times the memory of the baseline it may take.
    pub memory: Option<f64>,
}

impl Paces {
    /// How many times the time of the baseline the candidate takes for a token.
    pub fn slowdown(&self) -> Option<f64> {
        Some(self.baseline.tokens_per_second? / self.candidate.tokens_per_second?)
    }

    /// How many times the memory of the baseline the candidate takes.
    pub fn memory(&self) -> Option<f64> {
        Some(self.candidate.peak_bytes? as f64 / self.baseline.peak_bytes? as f64)
    }

    /// What the limits say; inconclusive where a figure is not known that one is set for.
    pub fn ruling(&self, limits: SpeedLimits) -> Ruling {
        let of = |limit: Option<f64>, ratio: Option<f64>| match (limit, ratio) {
            (None, _) => Ruling::Passed,
            (Some(limit), Some(ratio)) if ratio <= limit => Ruling::Passed,
            (Some(_), Some(_)) => Ruling::Regressed,
            (Some(_), None) => Ruling::Inconclusive,
        };
        of(limits.slowdown, self.slowdown()).max(of(limits.memory, self.memory()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(tokens_per_second: f64, peak_bytes: u64) -> Pace {
        Pace { tokens_per_second: Some(tokens_per_second), peak_bytes: Some(peak_bytes) }
    }

    #[test]
    fn each_limit_holds_for_itself() {
        let paces = Paces { baseline: pace(100.0, 1000), candidate: pace(80.0, 1100) };
        let ruling = |slowdown, memory| paces.ruling(SpeedLimits { slowdown, memory });
        assert_eq!((paces.slowdown(), paces.memory()), (Some(1.25), Some(1.1)));
        assert_eq!(ruling(None, None), Ruling::Passed);
        assert_eq!(ruling(Some(1.3), Some(1.2)), Ruling::Passed);
        assert_eq!(ruling(Some(1.2), None), Ruling::Regressed);
        assert_eq!(ruling(None, Some(1.05)), Ruling::Regressed);
    }

    #[test]
    fn what_is_not_known_decides_nothing() {
        let paces = Paces { baseline: pace(100.0, 1000), candidate: Pace::default() };
        assert_eq!(paces.ruling(SpeedLimits { slowdown: Some(2.0), memory: None }), Ruling::Inconclusive);
        assert_eq!(paces.ruling(SpeedLimits::default()), Ruling::Passed);
    }
}
