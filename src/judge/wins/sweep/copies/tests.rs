//! Copies held against trying every ε, and against the field's vectors. For tests only.

use proptest::prelude::*;

use super::copied::Copied;
use super::*;
use crate::judge::wins::fixtures::{rules, rules_of};
use crate::judge::wins::sweep::fixtures::{case_a, loss, round, rounds};
use crate::judge::wins::sweep::round::Judged;
use crate::judge::wins::sweep::{Round, SweepError};
use crate::judge::wins::{Entrant, Epsilon, Matching, Rules};
use crate::stats::BootstrapSpec;

const SPEC: BootstrapSpec = BootstrapSpec { resamples: 500, confidence: 0.9, seed: 3 };

#[test]
fn case_a_is_likest_to_its_first() {
    let found = likenesses(&[case_a()], SPEC).expect("likenesses");
    assert_eq!(
        found.iter().map(|one| (one.later, one.earlier, one.samples)).collect::<Vec<_>>(),
        [(1, 0, 4), (2, 0, 4)]
    );
    let [second, third] = &found[..] else { unreachable!("two are later") };
    assert_eq!(second.largest_lead, Some(0.25));
    let close = |value: Option<f64>, expected: f64| (value.expect("a value") - expected).abs() < 1e-12;
    // The second number below 0.25 suffices, since 1 minus it is rounded to 0.75.
    assert_eq!(second.beats_up_to, Some(0.25_f64.next_down().next_down()));
    assert!(close(second.half, 0.005) && close(third.half, 0.01), "{found:?}");
    assert!((third.mean_difference - 0.0625).abs() < 1e-12 && close(third.beats_up_to, 0.05), "{found:?}");
    let ends = second.half_interval.expect("four sources");
    assert!(ends.low <= 0.005 && ends.high >= 0.015, "{ends:?}");
}

#[test]
fn a_copy_wins_nothing_and_the_likest_earlier_one_counts() {
    let (a, b) = ([1.0, 2.0, 0.5], [1.0, 2.0, 0.4]);
    let found = likenesses(&[round(&[(1, &a), (2, &b), (2, &a), (3, &b)])], SPEC).expect("likenesses");
    assert_eq!(found.iter().map(|one| (one.later, one.earlier)).collect::<Vec<_>>(), [(1, 0), (2, 0), (3, 1)]);
    for copy in [&found[1], &found[2]] {
        assert_eq!((copy.mean_difference, copy.beats_up_to, copy.half), (0.0, Some(0.0), Some(0.0)));
    }
}

#[test]
fn a_loss_of_zero_wins_whatever_epsilon_is() {
    let found = likenesses(&[round(&[(1, &[1.0, 1.0]), (2, &[0.0, 2.0])])], SPEC).expect("likenesses");
    assert_eq!((found[0].beats_up_to, found[0].half, found[0].largest_lead), (None, Some(0.0), Some(1.0)));
}

proptest! {
    #[test]
    fn enough_is_the_smallest_epsilon(later in loss(), earlier in loss()) {
        let epsilon = enough(later, earlier);
        let wins = |epsilon: f64| later < earlier * (1.0 - epsilon);
        prop_assert!(epsilon == 1.0 || !wins(epsilon));
        prop_assert!(epsilon == 0.0 || wins(epsilon.next_down()));
    }

    #[test]
    fn half_equals_trying_every_epsilon(pairs in prop::collection::vec((loss(), loss()), 1..9)) {
        let (earlier, later): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        let found = likenesses(&[round(&[(1, &earlier), (2, &later)])], SPEC).expect("likenesses");
        let wins = |epsilon: f64| pairs.iter().filter(|(one, other)| *other < one * (1.0 - epsilon)).count();
        for one in found {
            let (half, all) = (one.half.unwrap_or(1.0), one.beats_up_to.unwrap_or(1.0));
            prop_assert!(half == 1.0 || 2 * wins(half) <= pairs.len());
            prop_assert!(half == 0.0 || 2 * wins(half.next_down()) > pairs.len());
            prop_assert!(all == 1.0 || wins(all) == 0);
            prop_assert!(all == 0.0 || wins(all.next_down()) > 0);
        }
    }
}

fn noisy(rules: &Rules, round: Round, noises: &[f64]) -> Vec<Perturbed> {
    perturbed(rules, &[1, 2, 3], &[round], CopySpec { noises, draws: 4, seed: 9 }).expect("copies")
}

#[test]
fn a_copy_without_noise_gains_nothing() {
    for preset in ["finetuning-subnet", "finetuning-successor", "coldint"] {
        let found = noisy(&rules_of(preset), case_a(), &[0.0]).remove(0);
        let nothing = Spread { mean: Some(0.0), low: Some(0.0), high: Some(0.0), beyond: 0 };
        let at_once = Threshold { value: Some(0.0), low: Some(0.0), high: Some(0.0) };
        assert_eq!((found.no_gain_from, found.no_win_from), (at_once, nothing), "{preset}");
        assert_eq!(found.gain_left, Some(0.0));
        let is_constant = matches!(rules_of(preset).epsilon, Epsilon::Constant(_));
        assert_eq!(found.own.map(|own| own.gain), is_constant.then_some(0.0), "{preset}");
    }
}

/// Without third submissions there is no luck against them. By a softmax of temperature .08 a copy has more than .01 of the
/// weight where it wins more than .316 of the samples: up to an epsilon of about half of the noise.
#[test]
fn against_the_original_alone_the_gain_ends_before_the_last_win() {
    let losses: Vec<f64> = (0..50).map(|sample| 1.0 + 0.01 * f64::from(sample)).collect();
    let found = noisy(&rules(), round(&[(1, &losses)]), &[0.003, 0.01]);
    for one in &found {
        let (gain, win) = (one.no_gain_from.value.expect("an end"), one.no_win_from.high.expect("an end"));
        assert!(one.no_win_from.beyond == 0 && (0.2 * one.noise..one.noise).contains(&gain), "{one:?}");
        let (low, high) = (one.no_gain_from.low.expect("an end"), one.no_gain_from.high.expect("an end"));
        assert!(low <= gain && gain <= high && low < high && high < win, "{one:?}");
        assert!(one.noise < win && win < 5.0 * one.noise && one.gain_left.is_some_and(|left| left <= 0.0), "{one:?}");
        // An exact copy has e^(−1 / .08) of what the original has.
        let own = one.own.expect("a constant epsilon");
        assert!((own.exact - 3.726_639e-6).abs() < 1e-9 && own.gain >= 0.0, "{one:?}");
    }
    assert!(found[0].no_gain_from.value < found[1].no_gain_from.value);
    // At an own epsilon of .01 the greater noise still wins.
    let gains = [0, 1].map(|place: usize| found[place].own.map_or(0.0, |own| own.gain));
    assert!(gains[0] < gains[1], "{gains:?}");
}

/// At epsilon 0 an exact copy has half of the weight, so there is little to gain; just above, noise wins it back.
#[test]
fn the_gain_jumps_just_above_epsilon_zero() {
    let losses: Vec<f64> = (0..50).map(|sample| 1.0 + 0.01 * f64::from(sample)).collect();
    let (rules, round) = (rules(), round(&[(1, &losses)]));
    let copied = Copied::new(&rules, &[1], &round, &round.entrants[0], &losses);
    let lists: Vec<Vec<f64>> =
        [losses.clone()].into_iter().chain((0..20).map(|draw| copied.noisy(0.03, 9, draw))).collect();
    let mean = |epsilon: f64| copied.gains(epsilon, &lists).expect("no negative loss").iter().sum::<f64>() / 20.0;
    assert!(mean(0.0) < 0.2 && mean(1e-6) > 0.3, "{} {}", mean(0.0), mean(1e-6));
}

#[test]
fn a_noise_below_zero_is_refused() {
    let spec = CopySpec { noises: &[-0.1], draws: 1, seed: 0 };
    assert_eq!(perturbed(&rules(), &[1, 2, 3], &[case_a()], spec), Err(SweepError::Noise(-0.1)));
}

#[test]
fn a_loss_that_is_no_number_stays_so_in_a_copy() {
    let losses = [f64::NAN, f64::INFINITY, 1.0];
    let round = round(&[(1, &losses)]);
    let rules = rules();
    let copied = Copied::new(&rules, &[1], &round, &round.entrants[0], &losses);
    let noisy = copied.noisy(0.5, 1, 0);
    assert!(noisy[0].is_nan() && noisy[1] == f64::INFINITY && noisy[2].is_finite() && noisy[2] != 1.0, "{noisy:?}");
}

proptest! {
    /// The others' matches, counted once, and the copy's own make what judging all together makes.
    #[test]
    fn weights_equal_judging_with_the_copy(
        round in rounds(5, false),
        original in 0..5_usize,
        list in prop::collection::vec(loss(), 7),
        epsilon in prop::sample::select(vec![0.0, 0.01, 0.25]),
    ) {
        let original = &round.entrants[original % round.entrants.len()];
        prop_assume!(original.losses.is_some());
        let list = list[..original.losses.as_ref().map_or(0, Vec::len)].to_vec();
        for matching in [Matching::PerSample, Matching::PerBatch] {
            let rules = Rules { matching, epsilon: Epsilon::Constant(epsilon), ..rules() };
            let losses = original.losses.as_deref().unwrap_or_default();
            let copied = Copied::new(&rules, &[], &round, original, losses);
            let mut entrants = round.entrants.clone();
            let block = original.block.map(|block| block + 1);
            entrants.push(Entrant { submission: original.submission, block, losses: Some(losses.to_vec()) });
            let mut weight = |losses: &[f64]| {
                let last = entrants.len() - 1;
                entrants[last].losses = Some(losses.to_vec());
                let judged = Judged { rules: &rules, uids: &[], plan: &round.plan, current_block: 7, entrants: &entrants };
                judged.outcome().expect("no negative loss").weights[last]
            };
            let expected = weight(&list) - weight(losses);
            let gains = copied.gains(epsilon, &[losses.to_vec(), list.clone()]).expect("no negative loss");
            prop_assert_eq!(gains, [expected]);
        }
    }
}
