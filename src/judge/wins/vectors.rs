//! The field's published vectors, each as a test: cases, ladder, a real log, an epsilon sweep, convergence of the
//! moving average, the documentation's formula. For tests only.

use super::fixtures::{plan, rules, rules_of, skipped, submitted};
use super::{
    Contestant, Epsilon, Judgement, Rules, RunningWeights, Step, StepPlan, StepRow, StepTable, Submitted, Tally,
    Weighting, count_wins, judge, softmax,
};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// A step of one competition over the samples from 0.
fn whole(step: usize, competition: usize, samples: usize) -> StepPlan {
    plan(step, competition, 1000, &(0..samples).collect::<Vec<_>>())
}

fn case_a() -> Vec<Submitted> {
    vec![
        submitted(1, 100, 0, &[2.0, 2.0, 2.0, 2.0]),
        submitted(2, 200, 0, &[1.99, 1.97, 2.0, 1.5]),
        submitted(3, 300, 0, &[1.9, 2.1, 1.98, 1.97]),
    ]
}

/// One step of the first competition over all samples.
fn one_step(rules: &Rules, submissions: &[Submitted]) -> StepTable {
    let samples = submissions.iter().filter_map(|submission| submission.losses.as_ref()).map(Vec::len).max();
    let plans = [whole(0, 0, samples.unwrap_or(0))];
    let Judgement { mut steps } = judge(rules, submissions, &plans, None).expect("judged");
    steps.remove(0)
}

fn column<T>(table: &StepTable, value: impl Fn(&StepRow) -> T) -> Vec<T> {
    table.rows.iter().map(value).collect()
}

/// Equal within the digits that the vectors are printed with.
fn assert_close(actual: &[f64], expected: &[f64], relative: f64) {
    assert_eq!(actual.len(), expected.len(), "{actual:?} against {expected:?}");
    for (value, target) in actual.iter().zip(expected) {
        assert!((value - target).abs() <= relative * target.abs(), "{actual:?} against {expected:?}");
    }
}

#[test]
fn case_a_wins_rates_and_step_weights() {
    let table = one_step(&rules(), &case_a());
    assert_eq!(column(&table, |row| row.wins), [3, 4, 3]);
    assert_eq!(column(&table, |row| row.matches), [8, 8, 8]);
    assert_eq!(column(&table, |row| row.win_rate), [0.375, 0.5, 0.375]);
    assert_close(&column(&table, |row| row.step_weight), &[0.1476945, 0.7046110, 0.1476945], 1e-6);
}

#[test]
fn case_a_moving_average_over_two_competitions() {
    let mut submissions = case_a();
    submissions.push(submitted(4, 150, 1, &[1.0; 4]));
    let steps = judge(&rules(), &submissions, &[whole(0, 0, 4), whole(1, 1, 4)], None).expect("judged").steps;
    assert_close(&steps[0].weights, &[0.01772334, 0.08455333, 0.01772334, 0.0], 1e-6);
    assert_close(&steps[1].weights, &[0.01595101, 0.07609800, 0.01595101, 0.08], 1e-6);
}

#[test]
fn case_a_trimmed_to_two_keeps_the_first_of_a_tie() {
    let table = one_step(&Rules { sample_min: 2, ..rules() }, &case_a());
    assert_eq!(column(&table, |row| row.kept), [true, true, false]);
}

#[test]
fn case_a_changes_its_winner_with_epsilon() {
    let sweep = [
        (0.0, [0.125, 0.625, 0.625]),
        (0.005, [0.25, 0.5, 0.625]),
        (0.01, [0.375, 0.5, 0.375]),
        (0.02, [0.75, 0.5, 0.25]),
        (0.05, [0.75, 0.625, 0.0]),
    ];
    for (epsilon, rates) in sweep {
        let table = one_step(&Rules { epsilon: Epsilon::Constant(epsilon), ..rules() }, &case_a());
        assert_eq!(column(&table, |row| row.win_rate), rates, "epsilon {epsilon}");
    }
}

#[test]
fn case_a_by_the_documentation() {
    let table = one_step(&rules_of("finetuning-doc"), &case_a());
    assert_close(&column(&table, |row| row.step_weight), &[0.182138, 0.635724, 0.182138], 3e-6);
    assert_close(&table.weights, &[0.08741006, 0.30509102, 0.08741006], 1e-6);
    let mut submissions = case_a();
    submissions.push(skipped(4, 1));
    let idle = one_step(&rules_of("finetuning-doc"), &submissions).weights[3];
    assert_close(&[idle], &[0.002055687], 1e-6);
}

/// A row of the case table; an empty list is a skipped submission.
struct Case {
    name: &'static str,
    members: &'static [(Option<u64>, &'static [f64])],
    wins: &'static [u64],
    rates: &'static [f64],
    weights: &'static [f64],
}

const CASES: [Case; 7] = [
    Case {
        name: "copy",
        members: &[(Some(100), &[1.0, 2.0, 0.5]), (Some(200), &[1.0, 2.0, 0.5])],
        wins: &[3, 0],
        rates: &[1.0, 0.0],
        weights: &[0.9999963, 3.726639e-6],
    },
    Case {
        name: "same block copy",
        members: &[(Some(100), &[1.0, 2.0, 0.5]), (Some(100), &[1.0, 2.0, 0.5])],
        wins: &[0, 0],
        rates: &[0.0, 0.0],
        weights: &[0.5, 0.5],
    },
    Case {
        name: "failed",
        members: &[(Some(100), &[1.0, 1.0]), (Some(200), &[1.2, 0.5]), (None, &[])],
        wins: &[1, 1, 0],
        rates: &[0.5, 0.5, 0.0],
        weights: &[0.4995179, 0.4995179, 0.0009642963],
    },
    Case {
        name: "inf samples",
        members: &[(Some(100), &[1.0, INF]), (Some(200), &[INF, INF]), (Some(300), &[1.2, 0.5])],
        wins: &[2, 0, 3],
        rates: &[0.5, 0.0, 0.75],
        weights: &[0.04208431, 8.124183e-5, 0.9578345],
    },
    Case {
        name: "NaN",
        members: &[(Some(100), &[NAN, 1.0]), (Some(200), &[1.0, 2.0])],
        wins: &[1, 0],
        rates: &[0.5, 0.0],
        weights: &[0.9980732, 0.001926735],
    },
    Case {
        name: "zero",
        members: &[(Some(100), &[0.0, 0.0]), (Some(200), &[0.0, 1e-9])],
        wins: &[1, 0],
        rates: &[0.5, 0.0],
        weights: &[0.9980732, 0.001926735],
    },
    Case { name: "single", members: &[(Some(5), &[1.0])], wins: &[0], rates: &[0.0], weights: &[1.0] },
];

#[test]
fn the_case_table() {
    let enter = |(uid, &(block, losses)): (u32, &(Option<u64>, &[f64]))| match losses {
        [] => skipped(uid, 0),
        losses => submitted(uid, block, 0, losses),
    };
    for case in CASES {
        let submissions: Vec<Submitted> = (0..).zip(case.members).map(enter).collect();
        let table = one_step(&rules(), &submissions);
        assert_eq!(column(&table, |row| row.wins), case.wins, "{}", case.name);
        assert_eq!(column(&table, |row| row.win_rate), case.rates, "{}", case.name);
        assert_close(&column(&table, |row| row.step_weight), case.weights, 1e-6);
    }
}

#[test]
fn a_ladder_of_five() {
    let ladder: Vec<_> = (0..5).map(|uid| submitted(uid, 7, 0, &[1.0 + f64::from(uid)])).collect();
    let table = one_step(&rules(), &ladder);
    assert_eq!(column(&table, |row| row.win_rate), [1.0, 0.75, 0.5, 0.25, 0.0]);
    let weights = [0.956063, 0.0420065, 0.00184564, 8.10916e-5, 3.56292e-6];
    assert_close(&column(&table, |row| row.step_weight), &weights, 3e-6);
}

#[test]
fn a_real_log_of_2500_matches() {
    let rates = [1379.0, 1758.0, 1211.0, 562.0, 1711.0, 879.0].map(|wins| wins / 2500.0);
    let rounded = |temperature| -> Vec<f64> {
        softmax(&rates, temperature).into_iter().map(|weight| (weight * 1e4).round() / 1e4).collect()
    };
    assert_eq!(rounded(0.01), [0.0, 0.8676, 0.0, 0.0, 0.1324, 0.0]);
    assert_eq!(rounded(0.08), [0.0744, 0.4949, 0.0321, 0.0013, 0.3912, 0.0061]);
}

#[test]
fn alternating_sole_winners_converge() {
    let tallies = [Tally { wins: 0, matches: 0, unopposed: false }];
    let mut weights = RunningWeights::new(&rules(), 2).expect("room");
    let mut reported = Vec::new();
    for step in 0..1000 {
        let competition = step % 2;
        weights = weights.after(&Step { competition, members: &[competition], tallies: &tallies, concludes: true });
        reported.push([weights.reported(0), weights.reported(1)]);
    }
    assert_close(&reported[998], &[0.63157895, 0.37894737], 1e-8);
    assert_close(&reported[999], &[0.56842105, 0.42105263], 1e-8);
}

#[test]
fn linear_decay() {
    let decay: Epsilon = "linear:0.005:0.001:50400".parse().expect("an epsilon");
    let at = |current_block| decay.at(Some(7200), current_block);
    assert_eq!(at(0), 0.005);
    assert_close(&[at(7200), at(7200 + 25_200)], &[0.005, 0.003], 1e-14);
    assert_close(&[at(7200 + 50_400), at(1_000_000)], &[0.001, 0.001], 1e-14);
}

#[test]
fn perplexity_is_the_mean_of_the_exponentials() {
    let table = one_step(&rules(), &[submitted(1, 5, 0, &[1.0, 2.0, 3.0])]);
    assert_close(&[table.rows[0].perplexity], &[10.0642920], 1e-7);
    assert_eq!(table.rows[0].average_loss, 2.0);
}

#[test]
fn an_equal_positive_loss_goes_to_the_earlier() {
    let contestant = |block| Contestant::new(Some(block), 0.01, &[1.5]).expect("no negative loss");
    let table = count_wins(&[contestant(2), contestant(1)]);
    assert_eq!((table.wins, table.matches), (vec![0, 0, 1, 0], vec![0, 1, 1, 0]));
}

#[test]
fn the_pretraining_constants() {
    assert_eq!(rules_of("pretraining").weighting, Weighting::Softmax { temperature: 0.01 });
    assert_eq!(rules_of("pretraining").epsilon, Epsilon::Linear { start: 0.005, end: 0.0001, blocks: 14_400 });
    assert_eq!(rules_of("pretraining").alpha, 0.5);
}
