//! A step's numbers against the definition, and its intervals against resamples that are judged as runs of their own.

use std::sync::LazyLock;

use super::*;
use crate::judge::wins::fixtures::{plan, rules, skipped, submitted};
use crate::judge::wins::{Epsilon, Judgement, Resampling, Schedule, Sources, Submitted, judge};
use crate::stats::{BootstrapSpec, Draws, bootstrap, percentile_interval};

/// Four submissions that differ on 40 samples; the last is skipped.
fn field() -> Vec<Submitted> {
    let mut draws = Draws::new(1, b"testdata", 0);
    let mut losses = |shift: f64| (0..40).map(|_| shift + draws.below(1000) as f64 / 1000.0).collect::<Vec<_>>();
    let mut field: Vec<_> = [(1, 10, 1.0), (2, 20, 0.9), (3, 30, 0.8)]
        .map(|(uid, block, shift)| submitted(uid, block, 0, &losses(shift)))
        .into();
    field.push(skipped(4, 0));
    field
}

#[test]
fn only_the_drawn_samples_count_and_may_be_judged_again() {
    let submissions =
        [submitted(1, 5, 0, &[f64::NAN, 1.0, -9.0, 3.0]), submitted(2, 6, 0, &[f64::NAN, 2.0, -9.0, 1.0])];
    let judgement = judge(&rules(), &submissions, &[plan(0, 0, 9, &[3, 1])], None).expect("judged");
    let rows = &judgement.steps[0].rows;
    assert_eq!((rows[0].wins, rows[1].wins, rows[0].matches), (1, 1, 2));
    assert_eq!((rows[0].average_loss, rows[1].average_loss), (2.0, 1.5));
    assert_eq!(rows[0].perplexity, (1.0_f64.exp() + 3.0_f64.exp()) / 2.0);
}

#[test]
fn skipped_submissions_have_infinite_loss_and_a_share() {
    let submissions = [submitted(1, 5, 0, &[1.0]), submitted(2, 6, 0, &[2.0]), skipped(3, 0)];
    let table = judge(&rules(), &submissions, &[plan(0, 0, 9, &[0])], None).expect("judged").steps.remove(0);
    let row = &table.rows[2];
    assert_eq!((row.average_loss, row.perplexity), (f64::INFINITY, f64::INFINITY));
    assert_eq!((row.wins, row.matches, row.win_rate), (0, 0, 0.0));
    assert!(row.step_weight > 0.0 && table.weights[2] > 0.0);
}

#[test]
fn epsilon_decays_with_the_age_of_the_earlier_submission() {
    let epsilon = Epsilon::Linear { start: 0.5, end: 0.0, blocks: 100 };
    let submissions = [submitted(1, 100, 0, &[1.0]), submitted(2, 150, 0, &[0.7])];
    let plans = [plan(0, 0, 150, &[0]), plan(1, 0, 100 + 50, &[0]), plan(2, 0, 190, &[0])];
    let steps = judge(&Rules { epsilon, ..rules() }, &submissions, &plans, None).expect("judged").steps;
    // 1 · (1 − .25) is not below .7; nor is .7 boosted. At age 90 the boost is .05, and still .7 wins.
    assert_eq!(steps[0].rows[0].epsilon, 0.25);
    assert_eq!((steps[0].rows[0].wins, steps[0].rows[1].wins), (0, 1));
    assert!((steps[2].rows[0].epsilon - 0.05).abs() < 1e-12);
    assert_eq!(steps[2].rows[1].epsilon, 0.3);
}

const SPEC: BootstrapSpec = BootstrapSpec { resamples: 60, confidence: 0.9, seed: 3 };

fn alone(bootstrap: BootstrapSpec) -> Option<Resampling<'static>> {
    static ALONE: LazyLock<Sources> = LazyLock::new(Sources::default);
    Some(Resampling { bootstrap, sources: &ALONE })
}

/// Clusters of the samples in the order of drawing, by a name for each sample.
fn clusters_of(plans: &[StepPlan], name: fn(usize) -> usize) -> Vec<usize> {
    let mut clusters: Vec<usize> = Vec::new();
    for name in plans.iter().flat_map(|plan| &plan.samples).map(|&sample| name(sample)) {
        if !clusters.contains(&name) {
            clusters.push(name);
        }
    }
    clusters
}

/// The judgement of each resample, drawn and judged as a run of its own.
fn by_hand(plans: &[StepPlan], name: fn(usize) -> usize) -> Vec<Judgement> {
    let clusters = clusters_of(plans, name);
    let resample = |resample: u64| {
        let mut draws = Draws::new(SPEC.seed, bootstrap::PURPOSE, resample);
        let drawn: Vec<usize> = clusters.iter().map(|_| clusters[draws.below(clusters.len())]).collect();
        let samples = |plan: &StepPlan| {
            let of = |cluster: usize| plan.samples.iter().copied().filter(move |&sample| name(sample) == cluster);
            drawn.iter().flat_map(|&cluster| of(cluster)).collect()
        };
        let plans: Vec<_> = plans.iter().map(|plan| StepPlan { samples: samples(plan), ..plan.clone() }).collect();
        judge(&rules(), &field(), &plans, None).expect("judged")
    };
    (0..SPEC.resamples as u64).map(resample).collect()
}

fn interval(judgements: &[Judgement], value: impl Fn(&[StepTable]) -> f64) -> Option<Interval> {
    let mut values: Vec<f64> = judgements.iter().map(|judgement| value(&judgement.steps)).collect();
    percentile_interval(&mut values, SPEC.confidence)
}

/// Every interval of a run against resamples that were judged as runs of their own.
fn assert_equals_hand(plans: &[StepPlan], sources: &Sources, name: fn(usize) -> usize) {
    let resampling = Some(Resampling { bootstrap: SPEC, sources });
    let steps = judge(&rules(), &field(), plans, resampling).expect("judged").steps;
    let judgements = by_hand(plans, name);
    for (number, table) in steps.iter().enumerate() {
        for (place, row) in table.rows.iter().enumerate() {
            let rate = |steps: &[StepTable], place: usize| steps[number].rows[place].win_rate;
            let found = interval(&judgements, |steps| rate(steps, place)).filter(|_| place < 3);
            assert_eq!(row.win_rate_interval, found, "a skipped one has no rate to be unsure of");
            let found = interval(&judgements, |steps| steps[number].rows[place].step_weight);
            assert_eq!(row.step_weight_interval, found);
            let lead = row.lead.map(|lead| interval(&judgements, |steps| rate(steps, place) - rate(steps, lead.over)));
            assert_eq!(row.lead.map(|lead| lead.interval), lead);
            assert_eq!(table.weight_intervals[place], interval(&judgements, |steps| steps[number].weights[place]));
            assert!(table.weight_intervals[place].is_some_and(|interval| interval.low < interval.high));
        }
    }
}

#[test]
fn intervals_equal_judging_every_resample_of_the_whole_run() {
    assert_equals_hand(
        &Schedule {
            pool: 40,
            competitions: 1,
            steps: 3,
            samples_per_step: 25,
            first_block: 1000,
            ..Schedule::default()
        }
        .plan(),
        &Sources::default(),
        |sample| sample,
    );
}

#[test]
fn whole_sources_are_resampled_and_a_sample_without_one_is_its_own() {
    let names: Vec<Option<String>> = (0..40).map(|sample| (sample < 30).then(|| (sample % 10).to_string())).collect();
    let sources = Sources::new(names.iter().map(Option::as_deref));
    let all: Vec<usize> = (0..40).collect();
    assert_eq!((sources.named(&all), sources.clusters(&all)), (30, 20));
    let name = |sample| if sample < 30 { sample % 10 } else { sample };
    assert_equals_hand(
        &Schedule {
            pool: 40,
            competitions: 1,
            steps: 2,
            samples_per_step: 30,
            first_block: 1000,
            ..Schedule::default()
        }
        .plan(),
        &sources,
        name,
    );
    assert_eq!(Sources::new([Some(" "), None]).clusters(&[0, 1]), 2, "a blank name is none");
}

#[test]
fn a_source_of_many_samples_is_no_surer_than_one_sample() {
    // Uid 1 wins on the whole of four sources, and loses on the whole of four.
    let losses: Vec<f64> = (0..80).map(|sample| if sample % 8 < 4 { 0.5 } else { 1.5 }).collect();
    let submissions = [submitted(1, 5, 0, &losses), submitted(2, 5, 0, &[1.0; 80])];
    let names: Vec<String> = (0..80).map(|sample| (sample % 8).to_string()).collect();
    let sources = Sources::new(names.iter().map(|name| Some(name.as_str())));
    let plans = [plan(0, 0, 99, &(0..80).collect::<Vec<_>>())];
    let bootstrap = BootstrapSpec { resamples: 4000, confidence: 0.95, seed: 3 };
    let width = |sources: &Sources| {
        let resampling = Some(Resampling { bootstrap, sources });
        let table = judge(&rules(), &submissions, &plans, resampling).expect("judged").steps.remove(0);
        table.rows[0].win_rate_interval.map_or(0.0, |ends| ends.high - ends.low)
    };
    // Standard errors √(.25 / 8) and √(.25 / 80).
    assert!((width(&sources) - 0.69).abs() < 0.07, "{}", width(&sources));
    assert!((width(&Sources::default()) - 0.22).abs() < 0.02);
}

#[test]
fn resampling_leaves_the_numbers_alone_and_goes_on_where_a_submission_rests() {
    let spec = BootstrapSpec { resamples: 50, confidence: 0.95, seed: 3 };
    let plans = Schedule {
        pool: 40,
        competitions: 2,
        steps: 3,
        samples_per_step: 25,
        first_block: 1000,
        ..Schedule::default()
    }
    .plan();
    let with = judge(&rules(), &field(), &plans, alone(spec)).expect("judged");
    let without = judge(&rules(), &field(), &plans, None).expect("judged");
    for (with, without) in with.steps.iter().zip(&without.steps) {
        assert_eq!(with.weights, without.weights);
    }
    // The second step is the other competition's: nothing changes, intervals included.
    assert_eq!(with.steps[1].weight_intervals, with.steps[0].weight_intervals);
    assert!(with.steps[0].weight_intervals.iter().all(Option::is_some));
}

#[test]
fn the_weight_after_many_steps_is_as_unsure_as_all_of_them() {
    // The same samples in each step: the interval keeps its width relative to the weight, as nothing new is seen.
    let samples: Vec<usize> = (0..40).collect();
    let plans: Vec<_> = (0..20).map(|step| plan(step, 0, 99, &samples)).collect();
    let spec = BootstrapSpec { resamples: 400, confidence: 0.95, seed: 3 };
    let steps = judge(&rules(), &field(), &plans, alone(spec)).expect("judged").steps;
    let relative = |table: &StepTable| {
        table.weight_intervals[2].map(|ends| (ends.high - ends.low) / table.weights[2]).expect("an interval")
    };
    assert!((relative(&steps[19]) - relative(&steps[0])).abs() < 1e-6 * relative(&steps[0]));
}

#[test]
fn a_lead_is_over_the_best_of_the_others() {
    let submissions =
        [submitted(1, 5, 0, &[1.0, 1.0, 1.0, 5.0]), submitted(2, 5, 0, &[2.0, 2.0, 2.0, 2.0]), skipped(3, 0)];
    let plans = [plan(0, 0, 9, &[0, 1, 2, 3])];
    let rows = judge(&rules(), &submissions, &plans, None).expect("judged").steps.remove(0).rows;
    let leads: Vec<_> = rows.iter().map(|row| row.lead.map(|lead| (lead.over, lead.by))).collect();
    assert_eq!(leads, [Some((1, 0.5)), Some((0, -0.5)), None]);
}

#[test]
fn winning_every_match_is_no_certainty() {
    let submissions = [submitted(1, 5, 0, &[1.0; 60]), submitted(2, 5, 0, &[2.0; 60])];
    let plans = [plan(0, 0, 9, &(0..60).collect::<Vec<_>>())];
    let spec = BootstrapSpec { resamples: 50, confidence: 0.95, seed: 3 };
    let rows = judge(&rules(), &submissions, &plans, alone(spec)).expect("judged").steps.remove(0).rows;
    let three_in_60 = spec.unseen(60);
    assert!((three_in_60 - 0.0487).abs() < 1e-4);
    assert_eq!(rows[0].win_rate_interval, Some(Interval { low: 1.0 - three_in_60, high: 1.0 }));
    assert_eq!(rows[1].win_rate_interval, Some(Interval { low: 0.0, high: three_in_60 }));
    let lead = rows[0].lead.and_then(|lead| lead.interval).expect("a lead");
    assert!((lead.low - (1.0 - 2.0 * three_in_60)).abs() < 1e-12 && (lead.high - 1.0).abs() < 1e-12);
}

#[test]
fn a_step_that_no_resample_meets_stays_as_it_was() {
    let plans = [plan(0, 0, 99, &(0..39).collect::<Vec<_>>()), plan(1, 0, 99, &[39])];
    let steps = judge(&rules(), &field(), &plans, alone(SPEC)).expect("judged").steps;
    let row = &steps[1].rows[0];
    assert_eq!(row.step_weight_interval, Some(Interval { low: row.step_weight, high: row.step_weight }));
}

#[test]
fn no_samples_mean_no_matches_and_no_intervals() {
    let table = judge(&rules(), &field(), &[plan(0, 0, 99, &[])], alone(SPEC)).expect("judged").steps.remove(0);
    assert!(table.rows.iter().all(|row| row.matches == 0 && row.step_weight_interval.is_none()));
}
