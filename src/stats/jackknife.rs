//! The standard error of a rate from leaving out one part of its trials at a time. Parts may overlap: a pair is part of
//! both of its members.

use super::Proportion;

/// What leaving out each part does to a rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Jackknife {
    /// Standard error √((n − 1) / n · Σ (θ₍ᵢ₎ − mean)²), in units of the rate.
    pub error: f64,
    /// The smallest rate without a part.
    pub lowest: f64,
    /// The largest.
    pub highest: f64,
}

/// Leaves out each of `parts`, given as its events and trials among those of `whole`; `None` of fewer than two parts,
/// or where one of them holds all trials.
///
/// Tukey 1958; Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter 11.
pub fn jackknife(whole: Proportion, parts: impl Iterator<Item = (u64, u64)>) -> Option<Jackknife> {
    let without =
        |(events, trials): (u64, u64)| Proportion::of_counts(whole.events() - events, whole.trials() - trials).rate();
    let rates: Vec<f64> = parts.map(without).collect::<Option<_>>()?;
    let (lowest, highest) = (rates.iter().copied().reduce(f64::min)?, rates.iter().copied().reduce(f64::max)?);
    let count = rates.len() as f64;
    let mean = rates.iter().sum::<f64>() / count;
    let squares: f64 = rates.iter().map(|rate| (rate - mean).powi(2)).sum();
    (rates.len() > 1).then(|| Jackknife { error: ((count - 1.0) / count * squares).sqrt(), lowest, highest })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(parts: &[(u64, u64)]) -> Option<Jackknife> {
        let (events, trials) = parts.iter().fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        jackknife(Proportion::of_counts(events, trials), parts.iter().copied())
    }

    #[test]
    fn of_single_trials_it_is_the_error_of_a_mean() {
        // 3 of 10: √(.3 · .7 / 9).
        let found = of(&[(1, 1), (1, 1), (1, 1), (0, 1), (0, 1), (0, 1), (0, 1), (0, 1), (0, 1), (0, 1)]).unwrap();
        assert!((found.error - (0.21_f64 / 9.0).sqrt()).abs() < 1e-12);
        assert_eq!((found.lowest, found.highest), (2.0 / 9.0, 3.0 / 9.0));
    }

    #[test]
    fn what_leaves_nothing_tells_nothing() {
        assert_eq!((of(&[]), of(&[(1, 4)]), of(&[(0, 0), (1, 4)])), (None, None, None));
        assert_eq!(of(&[(1, 4), (1, 4)]).unwrap().error, 0.0);
    }
}
