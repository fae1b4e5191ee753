use proptest::prelude::*;

use super::*;
use crate::stats::{BootstrapSpec, Draws, StatsError};

mod figures;

const SPEC: PairedSpec = PairedSpec {
    bootstrap: BootstrapSpec { resamples: 9999, confidence: 0.95, seed: 3 },
    margins: Margins { absolute: 0.05, relative: 0.02 },
    tail_loss: None,
    looks: 1,
};

fn with_margins(absolute: f64, relative: f64) -> PairedSpec {
    PairedSpec { margins: Margins { absolute, relative }, ..SPEC }
}

/// Baselines between 2 and 3 nats, each a source of its own, risen by what `rise` says.
fn losses(count: usize, rise: impl Fn(usize) -> f64) -> Vec<PairedLoss> {
    let pair = |place: usize| {
        let baseline = 2.0 + (place * 7 % 11) as f64 / 10.0;
        PairedLoss { source: place, baseline, candidate: baseline + rise(place) }
    };
    (0..count).map(pair).collect()
}

fn hundredths(place: usize) -> f64 {
    (place * 13 % 17) as f64
}

fn slight(place: usize) -> f64 {
    0.2 + (hundredths(place) - 8.0) / 40.0
}

fn moderate(place: usize) -> f64 {
    hundredths(place).powi(2) / 1000.0
}

fn strong(place: usize) -> f64 {
    0.01 * hundredths(place) + if place % 10 == 3 { 0.9 } else { 0.0 }
}

/// Sources of one, two and three samples.
fn clustered() -> Vec<PairedLoss> {
    let sources = (0..26).flat_map(|source| std::iter::repeat_n(source, 1 + source % 3));
    let mut pairs = losses(52, |place| (place * 5 % 7) as f64 / 50.0 - 0.06);
    pairs.truncate(sources.clone().count());
    for (pair, source) in pairs.iter_mut().zip(sources) {
        pair.source = source;
        pair.candidate += (hundredths(source) - 6.0) / 40.0;
    }
    pairs
}

fn one(spec: &PairedSpec, pairs: Vec<PairedLoss>) -> Comparison {
    spec.compare(&[pairs]).unwrap().remove(0)
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-9 * expected.abs().max(1.0)
}

#[test]
fn what_stays_below_one_margin_is_ok() {
    let found = one(&with_margins(0.3, 0.0), losses(24, slight));
    assert_eq!((found.verdict, found.tests.len()), (PairedVerdict::Ok, 1));
    let ends = found.tests[0].ends.unwrap();
    assert_eq!(ends.below, Some(ends.interval.high), "one margin has the whole tail");
    let difference = found.difference.unwrap();
    assert!(close(difference.value, 0.195_833_333_333_333));
    assert!(close(difference.interval.unwrap().high, ends.interval.high + 0.3));
    // The relative margin is about .75 nats, the absolute one none.
    assert_eq!(one(&with_margins(0.0, 0.3), losses(24, slight)).verdict, PairedVerdict::Ok);
    assert_eq!(one(&with_margins(0.01, 0.3), losses(24, slight)).verdict, PairedVerdict::Ok);
}

#[test]
fn a_negative_baseline_keeps_both_margins() {
    let mut pairs = losses(24, slight);
    pairs[0].baseline = -0.1;
    let found = one(&with_margins(0.0, 0.3), pairs);
    assert!(found.tests.iter().all(|test| test.ends.unwrap().below.is_some()));
}

#[test]
fn rare_rises_are_allowed_for() {
    let spec = with_margins(0.3, 0.0);
    let found = one(&spec, losses(24, slight));
    assert!(close(found.unseen.unwrap(), 1.0 - 0.05_f64.powf(1.0 / 24.0)));
    assert_eq!(found.allowance, None);
    let high = found.tests[0].ends.unwrap().interval.high;
    let heavy = one(&PairedSpec { tail_loss: Some(3.0), ..spec }, losses(24, slight));
    assert!(close(heavy.allowance.unwrap(), 3.0 * found.unseen.unwrap()));
    // 1 − .05^(1/n) = −high / 3.
    let needed = (0.05_f64.ln() / (1.0 + high / 3.0).ln()).ceil() as u64;
    assert_eq!(heavy.verdict, PairedVerdict::Inconclusive(Doubt::RareRises(needed)));
    let light = one(&PairedSpec { tail_loss: Some(0.1), ..spec }, losses(24, slight));
    assert_eq!(light.verdict, PairedVerdict::Ok);
}

#[test]
fn too_little_is_inconclusive() {
    let few = one(&SPEC, losses(19, slight));
    assert_eq!(few.verdict, PairedVerdict::Inconclusive(Doubt::FewSources(19.0)));
    assert_eq!((few.p_value, few.tests[0].ends), (None, None));
    let mut two = losses(40, slight);
    two.iter_mut().for_each(|pair| pair.source %= 2);
    assert_eq!(one(&SPEC, two).verdict, PairedVerdict::Inconclusive(Doubt::FewSources(2.0)));
    let mut together = losses(40, slight);
    together.iter_mut().for_each(|pair| pair.source = 7);
    assert_eq!(one(&SPEC, together).verdict, PairedVerdict::Inconclusive(Doubt::FewSources(1.0)));
    // One source of 2000 samples among 30 of one.
    let mut most = losses(2030, slight);
    most[30..].iter_mut().for_each(|pair| pair.source = 30);
    let found = one(&SPEC, most);
    assert!(matches!(found.verdict, PairedVerdict::Inconclusive(Doubt::FewSources(effective)) if effective < 1.04));
    let none = one(&SPEC, Vec::new());
    assert_eq!(none.verdict, PairedVerdict::Inconclusive(Doubt::FewSources(0.0)));
    assert_eq!((none.difference, none.unseen, none.sign_flip, none.tests.len()), (None, None, None, 0));
    assert!(SPEC.compare(&[]).unwrap().is_empty());
}

#[test]
fn equal_differences_tell_nothing_of_others() {
    let found = one(&with_margins(0.05, 0.0), losses(40, |_| 0.1));
    assert_eq!(found.verdict, PairedVerdict::Inconclusive(Doubt::NoVariance));
    assert_eq!((found.tests[0].standard_error, found.p_value), (0.0, None));
    // The relative margin varies with the baseline.
    assert_eq!(one(&with_margins(0.05, 0.5), losses(40, |_| 0.1)).verdict, PairedVerdict::Ok);
    assert_eq!(
        one(&with_margins(0.05, 0.01), losses(40, |_| 0.1)).verdict,
        PairedVerdict::Inconclusive(Doubt::NoVariance)
    );
    let identical = one(&SPEC, losses(40, |_| 0.0));
    assert_eq!((identical.verdict, identical.sign_flip), (PairedVerdict::Identical, None));
    assert!(identical.tests[1].ends.is_some() && identical.p_value.is_none(), "the relative margin varies alone");
    assert_eq!(one(&SPEC, losses(3, |_| 0.0)).verdict, PairedVerdict::Identical);
}

#[test]
fn what_one_sample_shows_may_be_chance() {
    // A resample without the one that rose has no variance.
    let found = one(&with_margins(0.5, 0.0), losses(40, |place| if place == 5 { 1.0 } else { 0.0 }));
    assert_eq!(found.tests[0].ends.unwrap().interval.high, f64::INFINITY);
    assert_eq!(found.verdict, PairedVerdict::Inconclusive(Doubt::Skewed(926)));
}

#[test]
fn many_submissions_need_more_evidence() {
    let risen = losses(40, |place| 0.055 + (hundredths(place) - 8.0) / 400.0);
    let alone = one(&with_margins(0.05, 0.0), risen.clone());
    let p_value = alone.p_value.unwrap();
    assert!(alone.verdict == PairedVerdict::Regressed && p_value > 0.0002, "{alone:?}");
    let mut many = vec![losses(40, |place| slight(place) - 0.2); 249];
    many.push(risen);
    let among = with_margins(0.05, 0.0).compare(&many).unwrap();
    assert_eq!(among[249].adjusted_p_value, Some((250.0 * p_value).min(1.0)));
    assert_eq!(among[249].tests, alone.tests);
    assert_eq!(among[249].verdict, PairedVerdict::Inconclusive(Doubt::ManySubmissions));
    assert!(among[..249].iter().all(|one| one.verdict == PairedVerdict::Ok));
}

#[test]
fn the_least_p_value_may_be_too_large_for_many_submissions() {
    let mut many = vec![losses(24, |place| slight(place) - 0.2); 299];
    many.push(losses(24, |place| slight(place) + 1.0));
    let among = with_margins(0.1, 0.0).compare(&many).unwrap();
    // 300 · 2 / (B + 1) ≤ .05.
    assert_eq!(among[299].verdict, PairedVerdict::Inconclusive(Doubt::FewResamples(11_999)));
    let bootstrap = BootstrapSpec { resamples: 11_999, ..SPEC.bootstrap };
    let among = PairedSpec { bootstrap, ..with_margins(0.1, 0.0) }.compare(&many).unwrap();
    assert_eq!(among[299].verdict, PairedVerdict::Regressed);
}

#[test]
fn parameters_out_of_range_are_refused() {
    let refused = |spec: PairedSpec| spec.compare(&[]).unwrap_err();
    for margin in [-0.1, f64::NAN, f64::INFINITY] {
        for spec in [with_margins(margin, 0.0), with_margins(0.0, margin)] {
            assert!(matches!(refused(spec), StatsError::Margin(_)));
        }
        assert!(matches!(refused(PairedSpec { tail_loss: Some(margin), ..SPEC }), StatsError::Margin(_)));
    }
    assert_eq!(refused(PairedSpec { looks: 0, ..SPEC }), StatsError::Looks);
    let with = |resamples, confidence| BootstrapSpec { resamples, confidence, seed: 0 };
    let few = |resamples, needed| StatsError::ResamplesToCompare { resamples, needed };
    assert_eq!(refused(PairedSpec { bootstrap: with(9998, 0.95), ..SPEC }), few(9998, 9999));
    assert_eq!(refused(PairedSpec { bootstrap: with(9998, 0.5), ..SPEC }), few(9998, 9999));
    assert_eq!(refused(PairedSpec { bootstrap: with(10_000, 0.99), ..SPEC }), few(10_000, 49_999));
    assert_eq!(refused(PairedSpec { bootstrap: with(10_000, 0.95), looks: 2, ..SPEC }), few(10_000, 19_999));
    assert_eq!(refused(PairedSpec { bootstrap: with(10_000, 1.0), ..SPEC }), StatsError::Confidence(1.0));
}

#[test]
fn losses_that_are_no_numbers_are_refused() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e91] {
        let mut pairs = losses(30, slight);
        pairs[4].candidate = value;
        let error = SPEC.compare(&[losses(30, slight), pairs]).unwrap_err();
        assert!(matches!(error, StatsError::Loss { submission: 1, place: 4, .. }), "{error}");
    }
    let mut pairs = losses(30, slight);
    pairs[4].candidate = 1e90;
    assert!(matches!(one(&SPEC, pairs).verdict, PairedVerdict::Inconclusive(_)));
}

#[test]
fn the_result_does_not_depend_on_others_or_on_threads() {
    let many = [losses(24, slight), clustered(), losses(40, moderate), losses(24, strong)];
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| SPEC.compare(&many).unwrap())
    };
    let together = run(1);
    assert_eq!(together, run(3));
    for (pairs, among) in many.iter().zip(&together) {
        let alone = one(&SPEC, pairs.clone());
        assert_eq!((&alone.tests, alone.sign_flip), (&among.tests, among.sign_flip));
    }
    let seeded = PairedSpec { bootstrap: BootstrapSpec { seed: 4, ..SPEC.bootstrap }, ..SPEC };
    assert_ne!(seeded.compare(&many).unwrap()[0].tests, together[0].tests);
}

/// Paired losses with rises of up to 1 nat, of sources with one sample or more.
fn some_losses(seed: u64, per_source: usize) -> Vec<PairedLoss> {
    let mut draws = Draws::new(seed, b"testpair", 0);
    let mut uniform = || draws.below(1 << 20) as f64 / f64::from(1 << 20);
    let pair = |place| {
        let baseline = 1.0 + uniform();
        PairedLoss { source: place / per_source, baseline, candidate: baseline + uniform() - 0.4 }
    };
    (0..30 * per_source).map(pair).collect()
}

fn ends(found: &Comparison, place: usize) -> Ends {
    found.tests[place].ends.unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn ends_move_with_the_candidate(seed: u64, per_source in 1_usize..3, shift in -0.5_f64..0.5) {
        let pairs = some_losses(seed, per_source);
        let shifted = pairs.iter().map(|pair| PairedLoss { candidate: pair.candidate + shift, ..*pair }).collect();
        let (here, there) = (one(&SPEC, pairs), one(&SPEC, shifted));
        for place in 0..2 {
            let (here, there) = (ends(&here, place), ends(&there, place));
            prop_assert!((here.interval.low + shift - there.interval.low).abs() < 1e-9);
            prop_assert!((here.below.unwrap() + shift - there.below.unwrap()).abs() < 1e-9);
            prop_assert!((shift > 0.0 || here.p_value <= there.p_value) && (shift < 0.0 || here.p_value >= there.p_value));
        }
    }

    /// A larger margin lets pass what a smaller one does, and finds no more regressed; the p-value is the least level.
    #[test]
    fn verdicts_are_monotone_and_p_values_their_levels(seed: u64, margin in 0.0..0.3, more in 0.0..0.2) {
        let pairs = some_losses(seed, 1);
        let (tight, loose) = (one(&with_margins(margin, 0.0), pairs.clone()), one(&with_margins(margin + more, 0.0), pairs));
        prop_assert!(tight.verdict != PairedVerdict::Ok || loose.verdict == PairedVerdict::Ok);
        prop_assert!(loose.verdict != PairedVerdict::Regressed || tight.verdict == PairedVerdict::Regressed);
        for found in [tight, loose] {
            prop_assert_eq!(found.p_value.unwrap() <= 0.05, found.verdict == PairedVerdict::Regressed);
        }
    }

    #[test]
    fn looks_and_several_samples_widen(seed: u64) {
        let bootstrap = BootstrapSpec { resamples: 49_999, ..SPEC.bootstrap };
        let of = |looks| one(&PairedSpec { bootstrap, looks, ..SPEC }, some_losses(seed, 1));
        let (once, often) = (ends(&of(1), 0), ends(&of(5), 0));
        prop_assert!(often.interval.low < once.interval.low && often.interval.high > once.interval.high);
        prop_assert!(often.detectable > once.detectable && often.p_value >= once.p_value);
        // The same samples twice tell as much as once, with narrower tails since they come in sources.
        let twice: Vec<PairedLoss> = some_losses(seed, 1).into_iter().flat_map(|pair| [pair; 2]).collect();
        let doubled = one(&PairedSpec { bootstrap, ..SPEC }, twice);
        prop_assert!((doubled.tests[0].standard_error - of(1).tests[0].standard_error).abs() < 1e-12);
        prop_assert!(ends(&doubled, 0).interval.low < once.interval.low);
    }
}
