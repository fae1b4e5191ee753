//! Drift: whether the scores of one time window come from the distribution of another. The Kolmogorov–Smirnov test
//! asks whether there is any difference, the population stability index (PSI) how large it is.

use std::f64::consts::PI;

use super::{Scores, quantile};

/// PSI bins: as many as the reference's deciles cut out.
const BINS: usize = 10;

/// The comparison of two samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drift {
    /// Two-sample Kolmogorov–Smirnov test.
    pub smirnov: Smirnov,
    /// Population stability index, 0 or more.
    pub stability: Stability,
}

/// A two-sample Kolmogorov–Smirnov test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Smirnov {
    /// The largest distance D between the two empirical distribution functions, 0..=1.
    pub statistic: f64,
    /// Probability of such a distance or a larger one where both samples come from one distribution. Asymptotic; with
    /// ties it is too large (the test is then cautious).
    pub p_value: f64,
}

/// A population stability index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stability {
    /// The index; customary reading: below 0.1 stable, above 0.25 shifted.
    pub psi: f64,
    /// Bins it is summed over: 10, fewer where deciles of the reference coincide.
    pub bins: usize,
    /// What to expect without any drift: (bins − 1) · (1/n + 1/m). An index of this size says nothing.
    pub noise: f64,
}

impl Drift {
    /// Compares `current` with `reference`; `None` where either has no scores.
    ///
    /// Both take the scores as independent: give one score per request (the largest of its minibatch).
    pub fn between(reference: &Scores, current: &Scores) -> Option<Self> {
        Some(Self { smirnov: smirnov(reference, current)?, stability: stability(reference, current)? })
    }
}

/// The two-sample Kolmogorov–Smirnov test, or `None` where either sample is empty.
///
/// With e = √(n m / (n + m)) the p-value is Q((e + 0.12 + 0.11 / e) D), Q the tail of the Kolmogorov distribution.
/// Smirnov 1939; the small-sample correction is Stephens 1970, "Use of the Kolmogorov–Smirnov, Cramér–von Mises and
/// related statistics without extensive tables", JRSS B 32.
pub fn smirnov(one: &Scores, other: &Scores) -> Option<Smirnov> {
    if one.is_empty() || other.is_empty() {
        return None;
    }
    let (n, m) = (one.len() as f64, other.len() as f64);
    let statistic = largest_distance(one, other);
    let e = (n * m / (n + m)).sqrt();
    Some(Smirnov { statistic, p_value: kolmogorov_tail((e + 0.12 + 0.11 / e) * statistic) })
}

/// The largest distance between two empirical distribution functions: both rise at every score, ties together.
fn largest_distance(one: &Scores, other: &Scores) -> f64 {
    let (n, m) = (one.len() as u128, other.len() as u128);
    let (mut i, mut j, mut largest) = (0, 0, 0);
    while let (Some(&left), Some(&right)) = (one.sorted().get(i), other.sorted().get(j)) {
        let here = left.min(right);
        i += run(&one.sorted()[i..], here);
        j += run(&other.sorted()[j..], here);
        largest = largest.max((i as u128 * m).abs_diff(j as u128 * n));
    }
    largest as f64 / (n * m) as f64
}

/// How many of the first sorted scores equal `value`.
fn run(sorted: &[f64], value: f64) -> usize {
    sorted.iter().take_while(|&&score| score == value).count()
}

/// Q(λ) = P(K > λ) of the Kolmogorov distribution: 2 Σ (−1)ʲ⁻¹ exp(−2 j² λ²), or for small λ the same by
/// 1 − √(2π)/λ · Σ exp(−(2j − 1)² π² / (8 λ²)), each with the terms that matter in double precision.
fn kolmogorov_tail(lambda: f64) -> f64 {
    if lambda < 0.04 {
        return 1.0;
    }
    if lambda < 1.0 {
        let term = |j: i32| (-f64::from(2 * j - 1).powi(2) * PI * PI / (8.0 * lambda * lambda)).exp();
        return 1.0 - (2.0 * PI).sqrt() / lambda * (1..=4).map(term).sum::<f64>();
    }
    let term = |j: i32| (-1.0_f64).powi(j - 1) * (-2.0 * f64::from(j * j) * lambda * lambda).exp();
    2.0 * (1..=6).map(term).sum::<f64>()
}

/// The population stability index Σ (qᵢ − pᵢ) ln(qᵢ / pᵢ) over bins cut at the reference's deciles, or `None` where
/// either sample is empty.
///
/// A bin holds the scores above its lower decile and at or below its upper one, the first and the last without end;
/// equal deciles cut once. Each count is smoothed by one half, pᵢ = (countᵢ + ½) / (n + bins / 2), so that an empty bin
/// gives no infinity. Siddiqi 2006, "Credit risk scorecards"; the smoothing is Krichevsky and Trofimov 1981; the noise
/// is the mean of the chi-squared distribution that the index has without drift (Yurdakul 2018, "Statistical
/// properties of population stability index").
pub fn stability(reference: &Scores, current: &Scores) -> Option<Stability> {
    if current.is_empty() {
        return None;
    }
    let decile = |tenth: usize| quantile(reference.sorted(), tenth as f64 / BINS as f64);
    let mut edges = (1..BINS).map(decile).collect::<Option<Vec<f64>>>()?;
    edges.dedup();
    let (expected, found) = (smoothed_shares(reference, &edges), smoothed_shares(current, &edges));
    let psi = expected.iter().zip(&found).map(|(p, q)| (q - p) * (q / p).ln()).sum();
    let noise = edges.len() as f64 * (1.0 / reference.len() as f64 + 1.0 / current.len() as f64);
    Some(Stability { psi, bins: edges.len() + 1, noise })
}

/// The smoothed share of the scores in each bin, in ascending order.
fn smoothed_shares(scores: &Scores, edges: &[f64]) -> Vec<f64> {
    let bins = edges.len() + 1;
    // How many lie above each lower end, and none above the last bin.
    let mut above: Vec<u64> = edges.iter().map(|&edge| scores.count_above(edge)).collect();
    above.insert(0, scores.len() as u64);
    above.push(0);
    let whole = scores.len() as f64 + bins as f64 / 2.0;
    above.windows(2).map(|ends| ((ends[0] - ends[1]) as f64 + 0.5) / whole).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stats::Draws;

    fn scores(values: &[f64]) -> Scores {
        Scores::new(values.to_vec()).expect("finite")
    }

    fn uniform(index: u64, count: usize, shift: f64) -> Scores {
        let mut draws = Draws::new(5, b"driftest", index);
        scores(&(0..count).map(|_| draws.below(1 << 30) as f64 / (1 << 30) as f64 + shift).collect::<Vec<_>>())
    }

    /// Expected values: mpmath 1.3.0 with 40 digits. 1.3581 is the tabled 5 % point.
    #[test]
    fn the_kolmogorov_tail_matches_the_tables() {
        let values = [
            (0.2, 0.999_999_999_999_495),
            (0.5, 0.963_945_243_664_875_1),
            (0.99, 0.280_873_839_225_548_9),
            (1.0, 0.269_999_671_677_354_5),
            (1.3581, 0.049_999_630_431_667_436),
            (2.5, 7.453_306_344_157_342e-6),
        ];
        for (lambda, expected) in values {
            assert!((kolmogorov_tail(lambda) / expected - 1.0).abs() < 1e-9, "{lambda}: {}", kolmogorov_tail(lambda));
        }
        assert_eq!((kolmogorov_tail(0.0), kolmogorov_tail(0.039)), (1.0, 1.0));
    }

    #[test]
    fn distances_are_of_the_distribution_functions() {
        let distance = |one: &[f64], other: &[f64]| smirnov(&scores(one), &scores(other)).map(|test| test.statistic);
        assert_eq!(distance(&[1.0, 2.0], &[3.0, 4.0]), Some(1.0));
        assert_eq!(distance(&[1.0, 2.0, 3.0, 4.0], &[3.0, 4.0, 5.0, 6.0]), Some(0.5));
        assert_eq!(distance(&[1.0, 1.0, 2.0], &[1.0, 2.0, 2.0]), Some(1.0 / 3.0));
        assert_eq!((distance(&[1.0], &[1.0]), distance(&[], &[1.0])), (Some(0.0), None));
    }

    /// Expected value: the formula with e = √2, D = ½, by mpmath 1.3.0.
    #[test]
    fn the_p_value_is_corrected_for_small_samples() {
        let test = smirnov(&scores(&[1.0, 2.0, 3.0, 4.0]), &scores(&[3.0, 4.0, 5.0, 6.0])).expect("scores");
        assert!((test.p_value - 0.534_415_719_216_507).abs() < 1e-12, "{test:?}");
    }

    #[test]
    fn a_shift_is_found_and_its_absence_is_not() {
        let windows = [uniform(0, 500, 0.0), uniform(1, 500, 0.0), uniform(2, 400, 0.2), Scores::default()];
        let compared = [1, 2, 3].map(|window| Drift::between(&windows[window - 1], &windows[window]));
        let [Some(same), Some(shifted), None] = compared else { unreachable!("two comparisons") };
        assert!(same.smirnov.p_value > 0.05 && same.stability.psi < 3.0 * same.stability.noise, "{same:?}");
        assert!(shifted.smirnov.p_value < 1e-6 && shifted.stability.psi > 0.25, "{shifted:?}");
    }

    /// Under one distribution 5 % of the tests are below .05, and the index is near its noise on average.
    #[test]
    fn p_values_and_noise_are_what_they_say() {
        let tests: Vec<Drift> = (0..1000)
            .filter_map(|i| Drift::between(&uniform(2 * i, 150, 0.0), &uniform(2 * i + 1, 100, 0.0)))
            .collect();
        let small = tests.iter().filter(|test| test.smirnov.p_value < 0.05).count();
        let psi = tests.iter().map(|test| test.stability.psi).sum::<f64>() / 1000.0;
        // Standard deviation √(1000 · .05 · .95) = 6.9.
        assert!((25..=75).contains(&small), "{small}");
        assert!((psi / tests[0].stability.noise - 1.0).abs() < 0.1, "{psi} against {}", tests[0].stability.noise);
    }

    #[test]
    fn the_index_is_summed_over_deciles() {
        // Reference 1..=20: deciles 2.9, 4.8, …: two scores per bin, (2 + ½) / 25 = .1 each. All of the current
        // scores in the last bin: (20 + ½) / 25 = .82, the others ½ / 25 = .02.
        let reference: Vec<f64> = (1..=20).map(f64::from).collect();
        let found = stability(&scores(&reference), &scores(&[30.0; 20])).expect("scores");
        let expected = 0.72 * 8.2_f64.ln() + 9.0 * -0.08 * 0.2_f64.ln();
        assert!((found.psi - expected).abs() < 1e-12 && found.bins == 10, "{found:?} against {expected}");
        assert!((found.noise - 0.9).abs() < 1e-12);
    }

    #[test]
    fn coinciding_deciles_make_fewer_bins() {
        let found = stability(&scores(&[0.5; 30]), &scores(&[0.5, 0.9])).expect("scores");
        assert_eq!(found.bins, 2);
        assert!(found.psi.is_finite() && found.psi > 0.0);
        assert_eq!(stability(&Scores::default(), &scores(&[0.5])), None);
    }

    proptest! {
        #[test]
        fn the_distance_equals_a_scan(
            one in prop::collection::vec(0_u8..9, 1..20),
            other in prop::collection::vec(0_u8..9, 1..20),
        ) {
            let [one, other] =
                [one, other].map(|values| scores(&values.into_iter().map(f64::from).collect::<Vec<_>>()));
            let distance = |at: u8| {
                let below = |scores: &Scores| 1.0 - scores.above(f64::from(at)).rate().expect("scores");
                (below(&one) - below(&other)).abs()
            };
            let largest = (0..9).map(distance).fold(0.0, f64::max);
            let found = smirnov(&one, &other).expect("scores");
            prop_assert!((found.statistic - largest).abs() < 1e-12 && (0.0..=1.0).contains(&found.p_value));
            prop_assert!(stability(&one, &other).expect("scores").psi >= 0.0);
        }
    }
}
