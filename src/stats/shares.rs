//! Shares of weighted trials that come in clusters, with an interval that stands for few events too.

use statrs::distribution::{Beta, ContinuousCDF, StudentsT};

use super::ratio::Sums;
use super::ratio_mean::RatioMean;
use super::{Confidence, Estimate, Interval};

/// The weighted trials of a cluster.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Trials {
    /// Weights of the trials with the event, over those of all.
    pub sums: Sums,
    /// The squares of all weights.
    pub squares: f64,
}

impl Trials {
    /// Adds a trial of this weight; `share` of it has the event.
    pub fn add(&mut self, weight: f64, share: f64) {
        self.sums.add(Sums { above: share * weight, below: weight });
        self.squares += weight * weight;
    }
}

/// The share of the trials with the event, with the interval of Korn and Graubard; `None` without trials, no interval
/// of a single cluster.
///
/// The variance is that between clusters, and trials count as many independent ones as would give it: p (1 − p) / variance,
/// times (t of n − 1 / t of clusters − 1)² for what is not known of it, at most (Σ w)² / Σ w². Where all clusters agree,
/// whole clusters count. So many trials have the interval of Clopper and Pearson. Korn and Graubard 1998, "Confidence
/// intervals for proportions with small expected number of positive counts estimated from survey data", Survey
/// Methodology 24.
pub fn share(clusters: &[Trials], confidence: Confidence) -> Option<Estimate> {
    let there: Vec<&Trials> = clusters.iter().filter(|one| one.sums.below > 0.0).collect();
    let above: Vec<f64> = there.iter().map(|one| one.sums.above).collect();
    let mean = RatioMean::of_sizes(there.iter().map(|one| one.sums.below).collect(), &above, 1.0)?;
    let count = there.len() as f64;
    let squares: f64 = there.iter().map(|one| one.squares).sum();
    let most = mean.samples * mean.samples / squares;
    let independent = if mean.varies() {
        let variance = mean.standard_error * mean.standard_error;
        let known = student(most - 1.0, confidence) / student(count - 1.0, confidence);
        (mean.mean * (1.0 - mean.mean) / variance * known * known).min(most)
    } else {
        count.min(most)
    };
    let interval = (there.len() > 1).then(|| exact(mean.mean, independent, confidence));
    Some(Estimate { value: mean.mean, interval: interval.flatten() })
}

/// The quantile of Student's distribution that a central interval reaches to.
fn student(freedom: f64, confidence: Confidence) -> f64 {
    let tail = 1.0 - confidence.tail();
    StudentsT::new(0.0, 1.0, freedom.max(1.0)).map_or(f64::NAN, |student| student.inverse_cdf(tail))
}

/// The exact central interval of a share of so many trials, whole or not; less than one event is as good as none.
fn exact(share: f64, trials: f64, confidence: Confidence) -> Option<Interval> {
    let events = if trials.is_finite() { (share * trials).clamp(0.0, trials) } else { return None };
    let quantile = |one: f64, other: f64, at: f64| Beta::new(one, other).ok().map(|beta| beta.inverse_cdf(at));
    let (low, high) = (confidence.tail(), 1.0 - confidence.tail());
    Some(Interval {
        low: if events >= 1.0 { quantile(events, trials - events + 1.0, low)? } else { 0.0 },
        high: if trials - events >= 1.0 { quantile(events + 1.0, trials - events, high)? } else { 1.0 },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Draws, Proportion};

    fn confidence() -> Confidence {
        Confidence::new(0.95).unwrap()
    }

    /// A cluster of so many trials of weight 1.
    fn trials(events: u32, count: u32) -> Trials {
        let mut found = Trials::default();
        (0..count).for_each(|trial| found.add(1.0, f64::from(u8::from(trial < events))));
        found
    }

    #[test]
    fn without_a_difference_whole_clusters_count() {
        let found = share(&vec![trials(0, 50); 20], confidence()).unwrap();
        let exact = Proportion::new(0, 20).unwrap().clopper_pearson(confidence()).unwrap();
        let ends = found.interval.unwrap();
        assert!(found.value == 0.0 && ends.low == 0.0 && (ends.high - exact.high).abs() < 1e-9, "{ends:?} {exact:?}");
        assert_eq!(share(&[trials(3, 4)], confidence()), Some(Estimate { value: 0.75, interval: None }));
        assert_eq!(share(&[trials(0, 0)], confidence()), None);
    }

    #[test]
    fn independent_trials_have_about_the_exact_interval() {
        let single: Vec<Trials> = (0..200).map(|trial| trials(u32::from(trial % 10 == 0), 1)).collect();
        let ends = share(&single, confidence()).unwrap().interval.unwrap();
        let exact = Proportion::new(20, 200).unwrap().clopper_pearson(confidence()).unwrap();
        assert!((ends.low - exact.low).abs() < 2e-3 && (ends.high - exact.high).abs() < 2e-3, "{ends:?} {exact:?}");
    }

    /// Rare events, clusters with rates of their own, and weights: the interval holds the truth at least as often as stated.
    #[test]
    fn intervals_hold_the_truth_at_least_as_often_as_stated() {
        for (truth, spread) in [(0.02, 0.0), (0.02, 0.02), (0.3, 0.2), (0.9, 0.1)] {
            let mut held = 0;
            for world in 0..300 {
                let mut draws = Draws::new(world, b"shares\0\0", 0);
                let clusters: Vec<Trials> = (0..40)
                    .map(|_| {
                        let rate = truth + if draws.chance(0.5) { spread } else { -spread };
                        let mut cluster = Trials::default();
                        for _ in 0..1 + draws.below(20) {
                            let weight = 1.0 / (0.1 + 0.9 * draws.unit());
                            cluster.add(weight, f64::from(u8::from(draws.chance(rate))));
                        }
                        cluster
                    })
                    .collect();
                let ends = share(&clusters, confidence()).unwrap().interval.unwrap();
                held += i32::from(ends.low <= truth && truth <= ends.high);
            }
            // 285 of 300; two standard errors are 8.
            assert!(held >= 278, "{truth} {spread}: {held}");
        }
    }
}
