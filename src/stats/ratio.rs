//! Ratios of two sums over clusters, with the interval of the studentised bootstrap over clusters, cut where the ratio
//! can be.

use super::ratio_mean::RatioMean;
use super::studentised::{Roots, studentised};
use super::{BootstrapSpec, Estimate, Interval};

/// The two sums of a cluster.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sums {
    /// What is divided.
    pub above: f64,
    /// What it is divided by; 0 or more.
    pub below: f64,
}

impl Sums {
    /// Adds another cluster's, or another part of this one's.
    pub fn add(&mut self, other: Self) {
        self.above += other.above;
        self.below += other.below;
    }
}

/// Each ratio, Σ above / Σ below over its clusters, with an interval between the ends of `bounds`; `None` where there is
/// nothing to divide by. Clusters without anything below count for nothing. No interval stands where fewer than two are
/// left or all have the same ratio: the resamples cannot tell then. Ratios of equally many clusters share the draws.
pub fn ratios(of: &[Vec<Sums>], bounds: Interval, spec: &BootstrapSpec) -> Vec<Option<Estimate>> {
    let mean = |clusters: &Vec<Sums>| {
        let clusters: Vec<&Sums> = clusters.iter().filter(|one| one.below > 0.0).collect();
        let largest = clusters.iter().map(|one| (one.above / one.below).abs()).fold(0.0, f64::max);
        let above: Vec<f64> = clusters.iter().map(|one| one.above).collect();
        RatioMean::of_sizes(clusters.iter().map(|one| one.below).collect(), &above, largest)
    };
    let means: Vec<Option<RatioMean>> = of.iter().map(mean).collect();
    let has_interval = |mean: &&RatioMean| mean.sources() > 1 && mean.varies();
    let resampled: Vec<&RatioMean> = means.iter().flatten().filter(has_interval).collect();
    let mut roots = studentised(&resampled, spec).into_iter();
    let mut estimate = |mean: &RatioMean| {
        let roots = has_interval(&mean).then(|| roots.next()).flatten();
        Estimate { value: mean.mean, interval: roots.map(|roots| interval(mean, &roots, bounds, spec)) }
    };
    means.iter().map(|mean| mean.as_ref().map(&mut estimate)).collect()
}

fn interval(mean: &RatioMean, roots: &Roots, bounds: Interval, spec: &BootstrapSpec) -> Interval {
    let tail = (1.0 - spec.confidence) / 2.0;
    let end = |root: f64| (mean.mean - root * mean.standard_error).clamp(bounds.low, bounds.high);
    Interval { low: end(roots.upper(tail)), high: end(roots.lower(tail)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: BootstrapSpec = BootstrapSpec { resamples: 1000, confidence: 0.95, seed: 3 };
    const SHARES: Interval = Interval { low: 0.0, high: 1.0 };

    fn of(clusters: &[[f64; 2]]) -> Option<Estimate> {
        let sums = clusters.iter().map(|&[above, below]| Sums { above, below }).collect();
        ratios(&[sums], SHARES, &SPEC)[0]
    }

    #[test]
    fn a_ratio_is_that_of_the_sums_and_its_interval_stays_in_bounds() {
        let found = of(&[[9.0, 10.0], [3.0, 4.0], [0.0, 0.0], [20.0, 20.0], [6.0, 7.0]]).unwrap();
        assert!((found.value - 38.0 / 41.0).abs() < 1e-15);
        let ends = found.interval.unwrap();
        assert!(ends.low > 0.0 && ends.low < found.value && ends.high == 1.0, "{ends:?}");
    }

    #[test]
    fn where_resamples_cannot_tell_there_is_no_interval() {
        assert_eq!(of(&[[3.0, 4.0]]), Some(Estimate { value: 0.75, interval: None }));
        assert_eq!(of(&[[3.0, 4.0], [6.0, 8.0]]), Some(Estimate { value: 0.75, interval: None }));
        assert_eq!(of(&[[0.0, 0.0]]), None);
        assert_eq!(of(&[]), None);
    }

    /// Fractional sums, as of draws that only happen with a probability: about as often as it is meant to, the interval
    /// holds the truth.
    #[test]
    fn intervals_hold_the_truth_about_as_often_as_stated() {
        use crate::stats::Draws;
        let mut held = 0;
        for world in 0..300 {
            let mut draws = Draws::new(world, b"ratios\0\0", 0);
            let cluster = |draws: &mut Draws| {
                let rate = if draws.chance(0.5) { 0.6 } else { 0.9 };
                let below: f64 = (0..20).map(|_| draws.unit()).sum();
                Sums { above: below * (rate + 0.05 * (draws.unit() - 0.5)), below }
            };
            let clusters: Vec<Sums> = (0..24).map(|_| cluster(&mut draws)).collect();
            let found = ratios(&[clusters], SHARES, &BootstrapSpec { seed: world, ..SPEC })[0].unwrap();
            held += i32::from(found.interval.is_some_and(|ends| ends.low <= 0.75 && 0.75 <= ends.high));
        }
        // 285 of 300 are meant to; three standard errors are 11.
        assert!((270..=298).contains(&held), "{held}");
    }
}
