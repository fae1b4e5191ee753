//! Thresholds for a target false-positive rate, from the scores of answers that are no copies: the empirical one, which
//! meets the target on these very scores, and the guaranteed one, which meets it on all scores to come, with a stated
//! confidence. Too few scores for a guarantee are an answer, never an extrapolation.

use super::{Confidence, Proportion, Scores, StatsError, binomial};

/// How much a computed probability may exceed δ and count as equal: the rounding of the tail and of 1 − confidence.
const ROUNDING: f64 = 1e-9;

/// The smallest threshold that meets a target on given scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EmpiricalThreshold {
    /// The threshold: one of the scores.
    pub threshold: f64,
    /// How many scores may be strictly greater; ties leave fewer.
    pub allowed: u64,
    /// The scores strictly greater than it, among all.
    pub above: Proportion,
}

/// A threshold with a guarantee.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GuaranteedThreshold {
    /// The threshold: one of the scores.
    pub threshold: f64,
    /// Its place k in ascending order, from 1.
    pub rank: u64,
    /// Exceedances allowed: n − k scores lie behind it, fewer than that many are strictly greater where there are ties.
    pub allowed: u64,
    /// The scores strictly greater than it, among all n.
    pub above: Proportion,
    /// Probability that the true false-positive rate exceeds the target all the same, δ at most: the exact one for
    /// scores without ties, an upper bound with ties.
    pub violation: f64,
}

/// The answer to the question for a threshold with a guarantee.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Guarantee {
    /// There is one.
    Threshold(GuaranteedThreshold),
    /// No order statistic of so few scores carries the guarantee.
    NotEnough {
        /// The smallest sufficient number of independent scores.
        needs: u64,
        /// How many there are.
        has: u64,
    },
}

/// The smallest threshold θ with at most the share `target_fpr` of the scores strictly greater than θ.
///
/// With a the largest whole number such that a / n ≤ `target_fpr`, it is the (n − a)-th smallest score: below it, at
/// least a + 1 scores are greater. Ties at θ are not above it, so they can only lower the share.
///
/// Errors: [`StatsError::TargetFpr`] outside 0..1 (0 itself is allowed: the largest score), [`StatsError::NoScores`].
pub fn empirical_threshold(scores: &Scores, target_fpr: f64) -> Result<EmpiricalThreshold, StatsError> {
    if !(0.0..1.0).contains(&target_fpr) {
        return Err(StatsError::TargetFpr(target_fpr));
    }
    let allowed = largest_count(scores.len(), target_fpr);
    let below = scores.sorted().iter().rev().nth(allowed);
    let &threshold = below.ok_or(StatsError::NoScores("negative"))?;
    Ok(EmpiricalThreshold { threshold, allowed: allowed as u64, above: scores.above(threshold) })
}

/// The largest a with a / n ≤ `share`, the division rounded as everywhere else a rate is computed.
fn largest_count(n: usize, share: f64) -> usize {
    let fits = |count: usize| count as f64 / n as f64 <= share;
    let guess = (n as f64 * share) as usize;
    if fits(guess + 1) {
        guess + 1
    } else if fits(guess) {
        guess
    } else {
        guess.saturating_sub(1)
    }
}

/// The smallest order statistic that, used as the threshold, keeps the false-positive rate at `target_fpr` or below
/// with the stated confidence 1 − δ, whatever the distribution of the scores.
///
/// `largest` holds one score per request (the largest of its minibatch): the scores must be independent, and the rate
/// is that of requests with any flag. The threshold is the k-th smallest score with the smallest k for which
/// P(Bin(n, 1 − α) ≥ k) ≤ δ. The rate is above α only if k or more of n scores fell below the (1 − α)-quantile; with
/// ties the rate of the strict `>` rule can only be smaller. An answer needs n ≥ ln δ / ln(1 − α).
///
/// Tong, Feng and Li 2018, "Neyman-Pearson classification algorithms and NP receiver operating characteristics",
/// Science Advances 4, proposition 1; the bound itself is Wilks 1941, "Determination of sample sizes for setting
/// tolerance limits", Annals of Mathematical Statistics 12.
///
/// Errors: [`StatsError::TargetFpr`] for a target that is not above 0 and below 1.
pub fn guaranteed_threshold(
    largest: &Scores,
    target_fpr: f64,
    confidence: Confidence,
) -> Result<Guarantee, StatsError> {
    let has = largest.len() as u64;
    let Some(allowed) = allowed_exceedances(has, target_fpr, confidence)? else {
        return Ok(Guarantee::NotEnough { needs: scores_needed(target_fpr, confidence)?, has });
    };
    let rank = has - allowed;
    let threshold = largest.sorted()[rank as usize - 1];
    let violation = binomial::at_most(allowed, has, target_fpr);
    let above = largest.above(threshold);
    Ok(Guarantee::Threshold(GuaranteedThreshold { threshold, rank, allowed, above, violation }))
}

/// How many of `n` independent scores may exceed the threshold: the largest a with P(Bin(n, α) ≤ a) ≤ δ, or `None`
/// where not even 0 may.
///
/// This is n − k of [`guaranteed_threshold`], seen from above. Errors: [`StatsError::TargetFpr`].
pub fn allowed_exceedances(n: u64, target_fpr: f64, confidence: Confidence) -> Result<Option<u64>, StatsError> {
    check_target(target_fpr)?;
    let holds = |allowed| binomial::at_most(allowed, n, target_fpr) <= confidence.delta() * (1.0 + ROUNDING);
    if !holds(0) {
        return Ok(None);
    }
    // All n exceed with probability 1 at most, which is above δ: the answer lies from `holding` to before `failing`.
    let (mut holding, mut failing) = (0, n);
    while failing - holding > 1 {
        let middle = holding + (failing - holding) / 2;
        *(if holds(middle) { &mut holding } else { &mut failing }) = middle;
    }
    Ok(Some(holding))
}

/// The smallest number of independent scores that carries a guarantee: the smallest n with (1 − α)ⁿ ≤ δ.
///
/// Errors: [`StatsError::TargetFpr`].
pub fn scores_needed(target_fpr: f64, confidence: Confidence) -> Result<u64, StatsError> {
    check_target(target_fpr)?;
    let exact = (confidence.delta() * (1.0 + ROUNDING)).ln() / (-target_fpr).ln_1p();
    let near = (exact as u64).saturating_sub(1).max(1);
    // The very condition that the threshold is chosen by decides between the neighbours.
    let enough = |n: &u64| binomial::at_most(0, *n, target_fpr) <= confidence.delta() * (1.0 + ROUNDING);
    Ok((near..near.saturating_add(3)).find(enough).unwrap_or(exact.ceil() as u64))
}

/// About the smallest number of independent trials of which the exact upper bound of a true rate of half the limit is
/// at most the limit with probability `power`: what a gate needs to be likely to pass what is fine.
///
/// Errors: [`StatsError::TargetFpr`].
pub fn trials_for_power(limit: f64, confidence: Confidence, power: f64) -> Result<u64, StatsError> {
    let mut low = scores_needed(limit, confidence)? - 1;
    let reached = |trials: u64| {
        let allowed = allowed_exceedances(trials, limit, confidence)?;
        Ok::<bool, StatsError>(allowed.is_some_and(|most| binomial::at_most(most, trials, limit / 2.0) >= power))
    };
    let mut high = low + 1;
    while !reached(high)? {
        (low, high) = (high, 2 * high);
    }
    // The power rises with the trials but for the steps of whole events.
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        *(if reached(middle)? { &mut high } else { &mut low }) = middle;
    }
    Ok(high)
}

/// Refuses a target that is not above 0 and below 1.
fn check_target(target_fpr: f64) -> Result<(), StatsError> {
    if target_fpr > 0.0 && target_fpr < 1.0 { Ok(()) } else { Err(StatsError::TargetFpr(target_fpr)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stats::Draws;

    fn scores(values: &[f64]) -> Scores {
        Scores::new(values.to_vec()).expect("finite")
    }

    fn at(level: f64) -> Confidence {
        Confidence::new(level).expect("a proportion")
    }

    /// Whole numbers drawn below `levels`, as scores: ties wherever `levels` is small.
    fn draw(index: u64, count: usize, levels: usize) -> Scores {
        let mut draws = Draws::new(9, b"threshld", index);
        scores(&(0..count).map(|_| draws.below(levels) as f64).collect::<Vec<_>>())
    }

    #[test]
    fn the_target_of_the_pull_request_allows_114_of_4000() {
        let ascending: Vec<f64> = (0..4000).map(f64::from).collect();
        let found = empirical_threshold(&scores(&ascending), 0.0285).expect("scores");
        assert_eq!((found.threshold, found.above.events()), (3885.0, 114));
    }

    #[test]
    fn the_empirical_threshold_counts_ties_as_unflagged() {
        let tied = scores(&[0.1, 0.5, 0.5, 0.5, 0.9]);
        let threshold = |target| empirical_threshold(&tied, target).map(|found| found.threshold);
        assert_eq!((threshold(0.0), threshold(0.19), threshold(0.2)), (Ok(0.9), Ok(0.9), Ok(0.5)));
        assert_eq!((threshold(0.79), threshold(0.8)), (Ok(0.5), Ok(0.1)));
        let found = empirical_threshold(&tied, 0.79).expect("scores");
        assert_eq!((found.allowed, found.above.events()), (3, 1), "three may lie above it, one does");
        assert_eq!(threshold(1.0), Err(StatsError::TargetFpr(1.0)));
        assert_eq!(empirical_threshold(&Scores::default(), 0.1), Err(StatsError::NoScores("negative")));
    }

    /// Numbers of the order statistic that were computed apart from this crate.
    #[test]
    fn needs_and_allowed_exceedances() {
        assert_eq!(scores_needed(0.01, at(0.95)), Ok(299));
        for (target, allowed) in [(0.01, 4), (0.02, 12), (0.0285, 19)] {
            assert_eq!(allowed_exceedances(1000, target, at(0.95)), Ok(Some(allowed)));
        }
    }

    #[test]
    fn too_few_scores_are_an_answer() {
        let answer = |count| guaranteed_threshold(&draw(0, count, 1 << 40), 0.01, at(0.95));
        assert_eq!(answer(120), Ok(Guarantee::NotEnough { needs: 299, has: 120 }));
        assert_eq!(answer(0), Ok(Guarantee::NotEnough { needs: 299, has: 0 }));
        assert_eq!(answer(298), Ok(Guarantee::NotEnough { needs: 299, has: 298 }));
        let Ok(Guarantee::Threshold(found)) = answer(299) else { unreachable!("299 are enough") };
        assert_eq!((found.rank, found.allowed, found.above.events()), (299, 0, 0));
        assert!((found.violation - 0.99_f64.powi(299)).abs() < 1e-12);
    }

    #[test]
    fn power_needs_more_trials_than_a_pass_at_best() {
        let power = |limit, trials| {
            let allowed = allowed_exceedances(trials, limit, at(0.95)).expect("a target").expect("enough");
            binomial::at_most(allowed, trials, limit / 2.0)
        };
        for limit in [0.01, 0.02, 0.05, 0.2] {
            let trials = trials_for_power(limit, at(0.95), 0.8).expect("a target");
            assert!(power(limit, trials) >= 0.8 && power(limit, trials - 1) < 0.8, "{limit}: {trials}");
            assert!(trials > 3 * scores_needed(limit, at(0.95)).expect("a target"));
        }
    }

    #[test]
    fn equality_with_delta_is_enough() {
        // (1 − ½)² = ¼ exactly, and (1 − 0.1)¹ = 0.9.
        assert_eq!(scores_needed(0.5, at(0.75)), Ok(2));
        assert_eq!(scores_needed(0.1, at(0.1)), Ok(1));
        assert_eq!(allowed_exceedances(2, 0.5, at(0.75)), Ok(Some(0)));
        // All but all: 1 − 0.8² = .36.
        assert_eq!(allowed_exceedances(2, 0.8, at(0.6)), Ok(Some(1)));
    }

    #[test]
    fn targets_that_are_no_proportions_are_refused() {
        for target in [0.0, 1.0, -0.1, 2.0] {
            assert_eq!(guaranteed_threshold(&draw(0, 9, 9), target, at(0.9)), Err(StatsError::TargetFpr(target)));
        }
        assert!(guaranteed_threshold(&draw(0, 9, 9), f64::NAN, at(0.9)).is_err());
    }

    /// The share of repetitions in which the true rate of the chosen threshold exceeds the target.
    fn violations(levels: usize, target: f64, confidence: Confidence) -> f64 {
        let violated = |index: &u64| {
            let Ok(Guarantee::Threshold(found)) = guaranteed_threshold(&draw(*index, 200, levels), target, confidence)
            else {
                unreachable!("200 are enough")
            };
            // Of the numbers below `levels`, equally likely, those strictly greater than the threshold.
            (levels as f64 - 1.0 - found.threshold) / levels as f64 > target
        };
        (0..4000).filter(violated).count() as f64 / 4000.0
    }

    #[test]
    fn the_guarantee_holds_and_ties_make_it_safer() {
        let (target, confidence) = (0.05, at(0.9));
        let allowed = allowed_exceedances(200, target, confidence).expect("a target").expect("enough");
        let exact = binomial::at_most(allowed, 200, target);
        let continuous = violations(1 << 40, target, confidence);
        // Standard deviation √(.1 · .9 / 4000) = .0047: four of them.
        assert!(exact <= 0.1 && (continuous - exact).abs() < 0.02, "{continuous} against {exact}");
        for levels in [37, 10, 3] {
            assert!(violations(levels, target, confidence) <= continuous + 0.01, "{levels} levels");
        }
    }

    proptest! {
        #[test]
        fn the_empirical_threshold_is_smallest(values in prop::collection::vec(0_u8..12, 1..40), target in 0.0..1.0) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let share = |threshold: f64| {
                values.iter().filter(|&&value| value > threshold).count() as f64 / values.len() as f64
            };
            let found = empirical_threshold(&scores(&values), target).expect("scores");
            prop_assert_eq!(found.above.rate(), Some(share(found.threshold)));
            prop_assert!(share(found.threshold) <= target && share(found.threshold - 0.25) > target);
        }

        #[test]
        fn whole_shares_are_met_exactly(n in 1_usize..5000, share in 0.0..1.0) {
            let count = (n as f64 * share) as usize;
            prop_assert_eq!(largest_count(n, count as f64 / n as f64), count);
        }

        #[test]
        fn every_rank_below_would_break_the_guarantee(n in 1_u64..400, target in 0.01..0.97, level in 0.5..0.99) {
            let holds = |k: u64| binomial::at_least(k, n, 1.0 - target) <= at(level).delta() * (1.0 + 1e-9);
            let smallest = (1..=n).find(|&k| holds(k));
            let allowed = allowed_exceedances(n, target, at(level)).expect("a target");
            prop_assert_eq!(allowed.map(|allowed| n - allowed), smallest);
            prop_assert_eq!(scores_needed(target, at(level)).expect("a target") <= n, smallest.is_some());
        }
    }
}
