//! Chances held against judging each step directly, and against the field's vectors. For tests only.

use proptest::prelude::*;

use super::*;
use crate::judge::wins::fixtures::{rules, rules_of};
use crate::judge::wins::sweep::fixtures::{case_a, round, rounds};
use crate::judge::wins::sweep::round::Outcome;
use crate::judge::wins::{Entrant, Matching, StepPlan, WinsError};
use crate::stats::Draws;

const SPEC: BootstrapSpec = BootstrapSpec { resamples: 400, confidence: 0.9, seed: 5 };

fn asked(rules: &Rules, round: &Round, submission: usize, at_block: Option<u64>) -> Vec<Chance> {
    let spec = CandidateSpec { submission, at_block, epsilons: &[rules.epsilon], samples: &[4, 40], bootstrap: SPEC };
    let mut found = Vec::new();
    chances(rules, &[1, 2, 3], std::slice::from_ref(round), spec, |chance| {
        found.push(chance);
        Ok::<_, SweepError>(())
    })
    .expect("a candidate");
    found
}

/// Whether the first of the entrants' win rates above all others is that of a place.
fn leads(outcome: &Outcome, place: usize) -> bool {
    let rate = |place: usize| outcome.tallies[place].win_rate();
    (0..outcome.tallies.len()).all(|other| other == place || rate(place) > rate(other))
}

/// A step of these samples, in order, with the candidate's losses at a level, judged directly.
fn judged_directly(rules: &Rules, round: &Round, candidate: usize, remains: f64, samples: &[usize]) -> bool {
    let mut entrants = round.entrants.clone();
    let drawn = |losses: &Vec<f64>| samples.iter().filter_map(|&sample| losses.get(sample).copied()).collect();
    entrants.iter_mut().for_each(|entrant| entrant.losses = entrant.losses.as_ref().map(drawn));
    if let Some(losses) = &mut entrants[candidate].losses {
        losses.iter_mut().for_each(|loss| *loss *= remains);
    }
    if rules.matching.is_of_means() {
        // The reduction is of the mean; who has no loss in a step has an infinite one, as has who was skipped.
        let scores = entrants.iter().enumerate().map(|(place, entrant)| {
            let all = round.entrants[place].losses.as_ref().map(&drawn).unwrap_or_else(|| vec![f64::INFINITY]);
            let mean = all.iter().sum::<f64>() / all.len() as f64;
            let score = if all.is_empty() { f64::INFINITY } else { mean };
            Entrant { losses: Some(vec![if place == candidate { score * remains } else { score }]), ..entrant.clone() }
        });
        entrants = scores.collect();
    }
    let plan = StepPlan { samples: samples.to_vec(), ..round.plan.clone() };
    let judged = Judged { rules, uids: &[], plan: &plan, current_block: plan.current_block, entrants: &entrants };
    leads(&judged.outcome().expect("no negative loss"), candidate)
}

/// Of some steps of a round, whether the candidate leads at each level, by both ways.
fn agrees(rules: &Rules, round: &Round, candidate: usize, seed: u64) -> Result<(), TestCaseError> {
    // Who was skipped is not asked about.
    prop_assume!(round.entrants[candidate].losses.is_some());
    let judged = Judged { rules, uids: &[], plan: &round.plan, current_block: 7, entrants: &round.entrants };
    let counted = judged.counted();
    let cohort = judged.cohort(&counted).expect("no negative loss");
    let places = round.sources.places(&round.plan.samples);
    let clusters = places.iter().max().map_or(0, |&last| last + 1);
    let field = Field {
        matching: rules.matching,
        keep_at_end: 1.0 - rules.epsilon.end(),
        contestants: cohort.contestants().to_vec(),
        candidate,
        places: places.clone(),
        clusters,
        fewest: 3,
        levels: Levels::new(),
    };
    let race = Race::new(&field);
    let mut draws = Draws::new(seed, b"agreeing", 0);
    for _ in 0..3 {
        let mut drawn: Vec<u32> = (0..3).map(|_| draws.below(clusters) as u32).collect();
        drawn.sort_unstable();
        let of = |cluster: usize| places.iter().enumerate().filter(move |(_, place)| **place == cluster);
        let mut samples: Vec<usize> =
            drawn.iter().flat_map(|&cluster| of(cluster as usize).map(|(sample, _)| sample)).collect();
        samples.sort_unstable();
        let directly = |level: usize| judged_directly(rules, round, candidate, field.levels.remains(level), &samples);
        let finish = race.finishes(&[step::Step::of_each(&drawn)], field.levels.zero())[0];
        prop_assert_eq!(finish.leads, directly(field.levels.zero()));
        if matches!(rules.matching, Matching::PerContender | Matching::OneWinner) {
            continue;
        }
        for level in (0..field.levels.count()).step_by(17).chain([finish.first.saturating_sub(1), finish.first]) {
            prop_assert_eq!(
                level >= finish.first && finish.first < field.levels.count(),
                level < field.levels.count() && directly(level),
                "level {} of {:?}",
                level,
                finish
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn samples_won_one_by_one_equal_direct_judging(round in rounds(5, false), candidate in 0..5_usize, seed in 0..9_u64) {
        let rules = Rules { epsilon: Epsilon::Constant(0.25), ..rules() };
        let candidate = candidate % round.entrants.len();
        for matching in [Matching::PerSample, Matching::PerBatch] {
            agrees(&Rules { matching, ..rules.clone() }, &round, candidate, seed)?;
        }
    }

    #[test]
    fn one_winner_and_means_equal_direct_judging(round in rounds(6, true), candidate in 0..6_usize, seed in 0..9_u64) {
        let candidate = candidate % round.entrants.len();
        for preset in ["coldint", "finetuning-successor", "pretraining"] {
            let rules = Rules { epsilon: Epsilon::Linear { start: 0.25, end: 0.125, blocks: 4 }, ..rules_of(preset) };
            agrees(&rules, &round, candidate, seed)?;
        }
    }

    /// Among many rivals some are left out, which must change nothing.
    #[test]
    fn who_is_left_out_changes_nothing(
        skills in prop::collection::vec(0.6..1.6_f64, 18..24),
        candidate in 0..18_usize,
        seed in 0..1000_u64,
    ) {
        let mut draws = Draws::new(seed, b"leftout\0", 0);
        let list = |skill: &f64| (0..40).map(|_| skill + 0.1 * draws.unit()).collect::<Vec<f64>>();
        let lists: Vec<Vec<f64>> = skills.iter().map(list).collect();
        let entrants: Vec<(u64, &[f64])> =
            lists.iter().enumerate().map(|(place, list)| (place as u64 % 5, &list[..])).collect();
        let mut round = round(&entrants);
        round.plan.current_block = 7;
        for preset in ["finetuning-subnet", "coldint", "finetuning-successor", "pretraining"] {
            agrees(&rules_of(preset), &round, candidate, seed)?;
        }
    }
}

#[test]
fn case_a_has_its_leader_rates_and_ranks() {
    let found = [0, 1, 2].map(|submission| asked(&rules(), &case_a(), submission, None).remove(0));
    assert_eq!(found.clone().map(|chance| (chance.win_rate, chance.rank)), [(0.375, 2), (0.5, 1), (0.375, 2)]);
    assert!(found.iter().all(|chance| chance.leader == 1 && chance.sources == 4 && chance.drawn == 4));
    let sum: f64 = found.iter().map(|chance| chance.probability.value).sum();
    assert!((0.5..=1.0).contains(&sum), "only one leads, and ties lose: {sum}");
    assert!(found[1].probability.value > found[0].probability.value);
}

/// A copy has to be better by the boost, or by anything at the same block.
#[test]
fn a_copy_has_to_overcome_the_boost() {
    let losses = [1.0, 2.0, 0.5];
    for (block, at_block, least) in [(200, None, 0.01025), (100, None, 0.00025), (200, Some(100), 0.00025)] {
        for chance in asked(&rules(), &round(&[(100, &losses), (block, &losses)]), 1, at_block) {
            assert_eq!(chance.probability.value, 0.0);
            for improvement in chance.improvements {
                assert_eq!(improvement.reduction, Some(least), "{chance:?}");
                assert_eq!(improvement.interval, Some(Reach { low: least, high: Some(least) }));
            }
        }
    }
    let earlier = asked(&rules(), &round(&[(100, &losses), (200, &losses)]), 0, None).remove(0);
    assert_eq!((earlier.probability.value, earlier.improvements[2].reduction), (1.0, Some(-0.01)));
}

#[test]
fn figures_lie_in_their_intervals_and_improvements_rise_with_the_target() {
    for chance in asked(&rules(), &case_a(), 1, None) {
        let ends = chance.probability.interval.expect("four sources");
        assert!(ends.low <= chance.probability.value && chance.probability.value <= ends.high, "{chance:?}");
        let reductions = chance.improvements.map(|improvement| improvement.reduction.unwrap_or(1.0));
        assert!(reductions[0] <= reductions[1] && reductions[1] <= reductions[2], "{chance:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_on_any_number_of_threads() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| asked(&rules_of("coldint"), &case_a(), 1, None))
    };
    assert_eq!(run(1), run(4));
}

#[test]
fn one_source_has_no_interval_and_who_is_alone_leads() {
    let chance = asked(&rules(), &round(&[(1, &[1.0]), (2, &[0.5])]), 1, None).remove(0);
    assert_eq!(chance.probability, Estimate { value: 1.0, interval: None });
    assert!(chance.improvements.iter().all(|improvement| improvement.interval.is_none()));
    let alone = asked(&rules(), &round(&[(1, &[1.0, 2.0])]), 0, None).remove(0);
    assert_eq!((alone.probability.value, alone.improvements[0].reduction, alone.rivals), (1.0, Some(-0.5), 0));
}

#[test]
fn who_cannot_be_asked_about_is_refused() {
    let mut round = case_a();
    round.entrants[2].losses = None;
    let refused = |submission: usize, samples: usize| {
        let epsilons = [rules().epsilon];
        let spec =
            CandidateSpec { submission, at_block: None, epsilons: &epsilons, samples: &[samples], bootstrap: SPEC };
        chances(&rules(), &[7, 8, 9, 10], &[round.clone()], spec, |_| Ok::<_, SweepError>(())).expect_err("refused")
    };
    let part = |submission: usize| take_part(&[7, 8, 9, 10], &[round.clone()], submission);
    assert_eq!([0, 2, 3].map(part), [Ok(()), Err(SweepError::Skipped(9)), Err(SweepError::Absent(10))]);
    assert_eq!(refused(3, 4), SweepError::Absent(10));
    assert_eq!(refused(2, 4), SweepError::Skipped(9));
    assert_eq!(refused(0, 0), SweepError::Samples(0));
    round.entrants[1].losses = Some(vec![-1.0; 4]);
    let negative = {
        let spec = CandidateSpec {
            submission: 0,
            at_block: None,
            epsilons: &[rules().epsilon],
            samples: &[4],
            bootstrap: SPEC,
        };
        chances(&rules(), &[7, 8, 9], &[round.clone()], spec, |_| Ok::<_, SweepError>(())).expect_err("refused")
    };
    assert_eq!(negative, SweepError::Wins(WinsError::NegativeLoss { uid: 8, sample: 0, loss: -1.0 }));
}
