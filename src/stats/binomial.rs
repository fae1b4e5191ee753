//! Exact tails of the binomial distribution, summed term by term from the largest term outwards. Every interval and
//! every guarantee of a rate rests on them.
//!
//! Cost: about 10 · √(n p (1 − p)) terms. Relative error: about 1e-12 for thousands of trials and 1e-8 for ten
//! millions, from the logarithm of n!.

use statrs::function::gamma::ln_gamma;

/// P(Bin(trials, p) ≤ events), for p in 0..=1.
pub fn at_most(events: u64, trials: u64, p: f64) -> f64 {
    cumulative(events, trials, p, 1.0 - p)
}

/// P(Bin(trials, p) ≥ events), for p in 0..=1.
pub fn at_least(events: u64, trials: u64, p: f64) -> f64 {
    match events {
        0 => 1.0,
        _ if events > trials => 0.0,
        // As many or more events are as many or fewer non-events.
        _ => cumulative(trials - events, trials, 1.0 - p, p),
    }
}

/// P(Bin(n, p) ≤ k) with q = 1 − p: the smaller of the two tails is the one that is summed.
fn cumulative(k: u64, n: u64, p: f64, q: f64) -> f64 {
    if k >= n || p <= 0.0 {
        1.0
    } else if q <= 0.0 {
        0.0
    } else if k as f64 <= (n + 1) as f64 * p {
        sum_downwards(k, n, p, q)
    } else {
        1.0 - sum_downwards(n - k - 1, n, q, p)
    }
}

/// The sum of the probabilities of k, k − 1, …, 0 events, for k at or below the mode, so that each is smaller than the
/// one before.
fn sum_downwards(k: u64, n: u64, p: f64, q: f64) -> f64 {
    let mut term = probability(k, n, p, q);
    let mut sum = term;
    for events in (1..=k).rev() {
        term *= events as f64 / (n - events + 1) as f64 * (q / p);
        sum += term;
        if term <= sum * 1e-18 {
            break;
        }
    }
    sum.min(1.0)
}

/// P(Bin(n, p) = k) = n! / (k! (n − k)!) · pᵏ qⁿ⁻ᵏ, for p and q = 1 − p above 0.
fn probability(k: u64, n: u64, p: f64, q: f64) -> f64 {
    // The logarithm of a number near 1 comes from its small complement.
    let ln = |x: f64, complement: f64| if x > 0.5 { (-complement).ln_1p() } else { x.ln() };
    let choices = match k {
        0 => 0.0,
        _ if k == n => 0.0,
        _ => ln_gamma((n + 1) as f64) - ln_gamma((k + 1) as f64) - ln_gamma((n - k + 1) as f64),
    };
    (choices + k as f64 * ln(p, q) + (n - k) as f64 * ln(q, p)).exp()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Pascal's rule, one trial after the other: no logarithm, no factorial.
    fn distribution(trials: usize, p: f64) -> Vec<f64> {
        let mut row = vec![1.0];
        for _ in 0..trials {
            let mut next = vec![0.0; row.len() + 1];
            for (events, mass) in row.iter().enumerate() {
                next[events] += mass * (1.0 - p);
                next[events + 1] += mass * p;
            }
            row = next;
        }
        row
    }

    proptest! {
        #[test]
        fn tails_equal_the_direct_sum(trials in 1_usize..200, share in 0.0..=1.0, p in 0.0..=1.0) {
            let events = (share * trials as f64) as usize;
            let masses = distribution(trials, p);
            let below: f64 = masses[..=events].iter().sum();
            let above: f64 = masses[events..].iter().sum();
            prop_assert!((at_most(events as u64, trials as u64, p) - below).abs() < 1e-12);
            prop_assert!((at_least(events as u64, trials as u64, p) - above).abs() < 1e-12);
        }
    }

    /// Expected values: mpmath 1.3.0, `betainc` with 40 digits.
    #[test]
    fn tails_of_many_trials_are_exact() {
        let values = [
            (114, 4000, 0.03, 0.308_898_492_711_647_1),
            (19, 1000, 0.0285, 0.037_546_965_533_405_26),
            (285_000, 10_000_000, 0.02855, 0.171_453_487_667_780_75),
            (4_999_000, 10_000_000, 0.5, 0.263_647_928_103_321_9),
        ];
        for (events, trials, p, expected) in values {
            let tail = at_most(events, trials, p);
            assert!((tail / expected - 1.0).abs() < 1e-7, "{events} of {trials} at {p}: {tail:e}");
        }
    }

    #[test]
    fn certain_and_impossible_events() {
        assert_eq!((at_most(0, 5, 0.0), at_most(4, 5, 1.0), at_most(5, 5, 1.0)), (1.0, 0.0, 1.0));
        assert_eq!((at_least(0, 5, 0.0), at_least(1, 5, 0.0), at_least(5, 5, 1.0)), (1.0, 0.0, 1.0));
        assert_eq!((at_least(6, 5, 0.5), at_most(0, 0, 0.5)), (0.0, 1.0));
    }
}
