//! A rate as events of trials, with what is known about it: Wilson and Clopper–Pearson intervals, one-sided bounds, the
//! rule of three. All of them take the trials as independent; for responses of the same request see
//! [`cluster`](super::cluster).

use super::{Confidence, Interval, StatsError, binomial};

/// Fewer events than this make a weak estimate.
pub const FEW_EVENTS: u64 = 30;

/// A number of events (flags, errors) among a number of trials, never more than the trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proportion {
    events: u64,
    trials: u64,
}

impl Proportion {
    /// `events` of `trials`.
    ///
    /// Errors: [`StatsError::MoreEventsThanTrials`].
    pub fn new(events: u64, trials: u64) -> Result<Self, StatsError> {
        if events > trials {
            Err(StatsError::MoreEventsThanTrials { events, trials })
        } else {
            Ok(Self { events, trials })
        }
    }

    /// `events` of `trials` where the former are counted among the latter.
    pub(super) fn of_counts(events: u64, trials: u64) -> Self {
        debug_assert!(events <= trials, "{events} of {trials}");
        Self { events, trials }
    }

    /// Number of events.
    pub fn events(self) -> u64 {
        self.events
    }

    /// Number of trials.
    pub fn trials(self) -> u64 {
        self.trials
    }

    /// Number of trials without an event.
    pub fn misses(self) -> u64 {
        self.trials - self.events
    }

    /// Events / trials, or `None` without trials.
    pub fn rate(self) -> Option<f64> {
        (self.trials > 0).then(|| self.events as f64 / self.trials as f64)
    }

    /// Whether there are fewer than [`FEW_EVENTS`] events, so that the estimate is weak.
    ///
    /// With 30 events the 90 % interval reaches about 30 % to either side (the "rule of 30": Doddington et al. 2000,
    /// "The NIST speaker recognition evaluation", Speech Communication 31).
    pub fn is_weak(self) -> bool {
        self.events < FEW_EVENTS
    }

    /// The Wilson score interval, or `None` without trials.
    ///
    /// With z the normal quantile and p = events / n: (p + z²/2n ∓ z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n).
    /// Wilson 1927, "Probable inference, the law of succession, and statistical inference", JASA 22.
    pub fn wilson(self, confidence: Confidence) -> Option<Interval> {
        let (rate, trials) = (self.rate()?, self.trials as f64);
        let z = confidence.two_sided_z();
        let spread = z * (rate * (1.0 - rate) / trials + z * z / (4.0 * trials * trials)).sqrt();
        let (centre, scale) = (rate + z * z / (2.0 * trials), 1.0 + z * z / trials);
        // At the two extremes one end is 0 or 1 exactly; rounding must not move it.
        let low = if self.events == 0 { 0.0 } else { (centre - spread) / scale };
        let high = if self.events == self.trials { 1.0 } else { (centre + spread) / scale };
        Some(Interval { low: low.max(0.0), high: high.min(1.0) })
    }

    /// The exact central interval, or `None` without trials: each end misses with probability (1 − confidence) / 2 at
    /// most.
    ///
    /// Clopper and Pearson 1934, "The use of confidence or fiducial limits", Biometrika 26.
    pub fn clopper_pearson(self, confidence: Confidence) -> Option<Interval> {
        self.exact_bounds(confidence.tail())
    }

    /// The two exact one-sided bounds, or `None` without trials: the rate is at least `low` with the stated
    /// confidence, and at most `high` with the same confidence, each taken alone.
    ///
    /// `high` is what a limit on the rate is compared with; see [`Verdict::of`].
    pub fn one_sided_bounds(self, confidence: Confidence) -> Option<Interval> {
        self.exact_bounds(confidence.delta())
    }

    /// The rule of three: without any event the rate is below 3 / trials with 95 % confidence (and 1 at most).
    ///
    /// `None` where there are events or no trials. Hanley and Lippman-Hand 1983, "If nothing goes wrong, is everything
    /// all right?", JAMA 249. The exact bound, 1 − 0.05^(1/n), is in [`Proportion::one_sided_bounds`].
    pub fn rule_of_three(self) -> Option<f64> {
        (self.events == 0 && self.trials > 0).then(|| (3.0 / self.trials as f64).min(1.0))
    }

    /// The rates at which this many events or more, and this many or fewer, have probability `tail`.
    fn exact_bounds(self, tail: f64) -> Option<Interval> {
        let rate = self.rate()?;
        let Self { events, trials } = self;
        let low = match events {
            0 => 0.0,
            _ if events == trials => (tail.ln() / trials as f64).exp(),
            _ => first_true(0.0, rate, |p| binomial::at_least(events, trials, p) >= tail),
        };
        let high = match events {
            0 => -(tail.ln() / trials as f64).exp_m1(),
            _ if events == trials => 1.0,
            _ => first_true(rate, 1.0, |p| binomial::at_most(events, trials, p) <= tail),
        };
        Some(Interval { low, high })
    }
}

/// The smallest number between `low` and `high` for which `holds`, given that it holds from there on: bisection down
/// to neighbouring floating-point numbers.
fn first_true(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return high;
        }
        *(if holds(middle) { &mut high } else { &mut low }) = middle;
    }
}

/// What the bounds of a rate say about a limit on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The upper bound is at most the limit.
    Within,
    /// The limit lies between the bounds, or there are none.
    Inconclusive,
    /// The lower bound, too, is above the limit.
    Exceeded,
}

impl Verdict {
    /// Compares the bounds of a rate with the largest rate allowed.
    ///
    /// For a gate at confidence c give the one-sided bounds at c, or the ends of a central interval at 2c − 1. A gate
    /// that demands evidence of compliance lets only [`Verdict::Within`] pass.
    pub fn of(bounds: Option<Interval>, limit: f64) -> Self {
        match bounds {
            Some(bounds) if bounds.high <= limit => Self::Within,
            Some(bounds) if bounds.low > limit => Self::Exceeded,
            _ => Self::Inconclusive,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(events: u64, trials: u64) -> Proportion {
        Proportion::new(events, trials).expect("no more events than trials")
    }

    fn at(level: f64) -> Confidence {
        Confidence::new(level).expect("a proportion")
    }

    fn assert_near(interval: Option<Interval>, low: f64, high: f64, tolerance: f64) {
        let interval = interval.expect("there are trials");
        assert!((interval.low - low).abs() <= tolerance && (interval.high - high).abs() <= tolerance, "{interval:?}");
    }

    /// Numbers for 114 of 4000 that were computed apart from this crate.
    #[test]
    fn the_rate_of_the_pull_request() {
        let rate = of(114, 4000);
        assert_eq!(rate.rate(), Some(0.0285));
        assert_near(rate.wilson(at(0.95)), 0.0238, 0.0341, 5e-5);
        assert_near(rate.clopper_pearson(at(0.95)), 0.0236, 0.0341, 5e-5);
        assert!(!of(30, 4000).is_weak() && of(29, 4000).is_weak());
    }

    /// Newcombe 1998, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17, table I:
    /// 81 of 263, 15 of 148, 0 of 20 and 1 of 29 at 95 %.
    #[test]
    fn newcombe_1998() {
        assert_near(of(81, 263).wilson(at(0.95)), 0.2553, 0.3662, 5e-5);
        assert_near(of(81, 263).clopper_pearson(at(0.95)), 0.2527, 0.3676, 5e-5);
        assert_near(of(15, 148).wilson(at(0.95)), 0.0624, 0.1605, 5e-5);
        assert_near(of(15, 148).clopper_pearson(at(0.95)), 0.0578, 0.1617, 5e-5);
        assert_near(of(0, 20).wilson(at(0.95)), 0.0, 0.1611, 5e-5);
        assert_near(of(0, 20).clopper_pearson(at(0.95)), 0.0, 0.1684, 5e-5);
        assert_near(of(1, 29).wilson(at(0.95)), 0.0061, 0.1718, 5e-5);
        assert_near(of(1, 29).clopper_pearson(at(0.95)), 0.0009, 0.1776, 5e-5);
    }

    /// Expected values: beta quantiles by mpmath 1.3.0 with 40 digits.
    #[test]
    fn exact_bounds_hold_to_the_last_digits() {
        let values = [
            (114, 4000, 0.95, 0.023_565_216_545_571_99, 0.034_138_493_803_621_03),
            (1, 4000, 0.95, 6.329_431_965_133_445e-6, 0.001_392_115_121_966_268),
            (3999, 4000, 0.999, 0.997_503_140_395_621_3, 0.999_999_874_968_747_4),
            (0, 4000, 0.9, 0.0, 0.000_748_652_688_017_780_3),
            (500, 1000, 0.95, 0.468_549_172_971_791_94, 0.531_450_827_028_208),
            (1, 10, 0.95, 0.002_528_578_544_461_784_5, 0.445_016_117_028_195_4),
        ];
        for (events, trials, level, low, high) in values {
            let interval = of(events, trials).clopper_pearson(at(level)).expect("there are trials");
            assert!((interval.low - low).abs() <= 1e-11 * low, "{events} of {trials}: {interval:?}");
            assert!((interval.high - high).abs() <= 1e-11 * high, "{events} of {trials}: {interval:?}");
        }
    }

    #[test]
    fn without_events_the_rule_of_three_is_close_to_the_exact_bound() {
        let none = of(0, 1000);
        let exact = none.one_sided_bounds(at(0.95)).expect("there are trials").high;
        assert!((exact - 0.002_991_245).abs() < 1e-8, "{exact}");
        assert_eq!(none.rule_of_three(), Some(0.003));
        assert_eq!(
            (of(0, 2).rule_of_three(), of(1, 9).rule_of_three(), of(0, 0).rule_of_three()),
            (Some(1.0), None, None)
        );
    }

    #[test]
    fn the_extremes_touch_the_ends() {
        for interval in [of(7, 7).wilson(at(0.9)), of(7, 7).clopper_pearson(at(0.9))] {
            assert_eq!(interval.map(|interval| interval.high), Some(1.0));
        }
        assert_near(of(7, 7).clopper_pearson(at(0.9)), 0.05_f64.powf(1.0 / 7.0), 1.0, 1e-15);
        assert_eq!(of(0, 7).wilson(at(0.9)).map(|interval| interval.low), Some(0.0));
    }

    #[test]
    fn no_trials_say_nothing() {
        let none = of(0, 0);
        assert_eq!((none.rate(), none.wilson(at(0.95)), none.clopper_pearson(at(0.95))), (None, None, None));
        assert_eq!(Verdict::of(none.one_sided_bounds(at(0.95)), 1.0), Verdict::Inconclusive);
        assert_eq!(Proportion::new(3, 2), Err(StatsError::MoreEventsThanTrials { events: 3, trials: 2 }));
    }

    #[test]
    fn a_limit_needs_evidence() {
        let verdict = |events, trials| Verdict::of(of(events, trials).one_sided_bounds(at(0.95)), 0.05);
        assert_eq!((verdict(114, 4000), verdict(0, 59)), (Verdict::Within, Verdict::Within));
        assert_eq!((verdict(0, 58), verdict(5, 100)), (Verdict::Inconclusive, Verdict::Inconclusive));
        assert_eq!(verdict(300, 4000), Verdict::Exceeded);
        let bounds = Some(Interval { low: 0.05, high: 0.1 });
        assert_eq!((Verdict::of(bounds, 0.1), Verdict::of(bounds, 0.05)), (Verdict::Within, Verdict::Inconclusive));
    }

    proptest! {
        /// At each bound the tail, summed directly, is the stated probability.
        #[test]
        fn clopper_pearson_solves_the_binomial_tails(trials in 1_u64..60, share in 0.0..=1.0, level in 0.5..0.999) {
            let events = (share * trials as f64) as u64;
            let Interval { low, high } = of(events, trials).clopper_pearson(at(level)).expect("there are trials");
            let mass = |p: f64, events: u64| {
                let choices = (0..events).fold(1.0, |product, i| product * (trials - i) as f64 / (i + 1) as f64);
                choices * p.powi(events as i32) * (1.0 - p).powi((trials - events) as i32)
            };
            let below: f64 = (0..=events).map(|events| mass(high, events)).sum();
            let above: f64 = (events..=trials).map(|events| mass(low, events)).sum();
            prop_assert!(events == trials || (below - (1.0 - level) / 2.0).abs() < 1e-12);
            prop_assert!(events == 0 || (above - (1.0 - level) / 2.0).abs() < 1e-12);
        }

        #[test]
        fn intervals_hold_the_rate_and_mirror(trials in 1_u64..5000, share in 0.0..=1.0, level in 0.5..0.999) {
            let events = (share * trials as f64) as u64;
            for interval in [Proportion::wilson, Proportion::clopper_pearson, Proportion::one_sided_bounds] {
                let here = interval(of(events, trials), at(level)).expect("there are trials");
                let there = interval(of(trials - events, trials), at(level)).expect("there are trials");
                let rate = events as f64 / trials as f64;
                prop_assert!(0.0 <= here.low && here.low <= rate && rate <= here.high && here.high <= 1.0);
                prop_assert!((here.low + there.high - 1.0).abs() < 1e-11);
            }
        }
    }
}
