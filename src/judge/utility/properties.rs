//! What holds of any recording.

use super::clusters::Clusters;
use super::error::UtilityError;
use super::fixtures::{issue, made_up, recorded, spec};
use super::front::FrontRow;
use super::recording::{Answer, Fault, Recording, Response, Status};
use super::responses::responses;
use super::returned::{OrderBy, Quality};
use super::rules::{Items, NAMES, Nothing, Rules, Source, TimeTerm, Unanswered, VolumeEra, Weights};
use super::run::{Judged, judge, suppose};
use super::splitting::SplitBy;
use crate::stats::Estimate;

fn judged(recording: &Recording, rules: Rules) -> Judged {
    judge(recording, &spec(rules)).unwrap()
}

#[track_caller]
fn assert_holds(estimate: Option<Estimate>) {
    if let Some(Estimate { value, interval: Some(ends) }) = estimate {
        assert!(ends.low <= value + 1e-12 && value <= ends.high + 1e-12, "{value} {ends:?}");
    }
}

#[test]
fn parts_add_up_to_utility_under_every_rule() {
    let weights = Weights { fields: 0.4, time: 0.5, size: 0.1 };
    let mean = Rules { items: Items::Mean, null_penalty: Some(0.35), weights, time: TimeTerm::Rank, ..issue() };
    let zero = Rules { broken: Nothing::Zero, empty: Nothing::Zero, ..mean.clone() };
    for rules in [issue(), mean, zero] {
        for recording in [recorded(), made_up(40, 6, 2)] {
            let found = judged(&recording, rules.clone());
            let mut sums = vec![0.0; recording.responses.len()];
            found.components.iter().for_each(|one| sums[one.response] += one.value);
            for (row, sum) in found.responses.iter().zip(sums) {
                assert!((row.utility - sum).abs() < 1e-9 * row.utility.max(1.0), "{row:?} {sum}");
            }
        }
    }
}

#[test]
fn every_interval_holds_its_figure_and_the_recorded_data_are_judged_by_every_preset() {
    for name in NAMES {
        let found = judged(&recorded(), Rules::preset(name).unwrap());
        assert_eq!(found.miners.len(), 6);
        for one in &found.miners {
            [one.utility, one.valid_fields, one.seconds].into_iter().for_each(assert_holds);
        }
        for one in &found.returned {
            [one.returned, one.best, one.regret].into_iter().for_each(assert_holds);
        }
        found.kinds.iter().for_each(|one| [one.share, one.cost].into_iter().for_each(assert_holds));
        assert!(found.grid.iter().all(|one| one.winner.is_some() && one.change.is_some()));
        assert_eq!([found.grid.len(), found.presets.len()], [55, NAMES.len()]);
    }
}

#[test]
fn presets_are_what_a_run_by_them_finds() {
    for recording in [recorded(), made_up(40, 5, 16)] {
        let found = judged(&recording, issue());
        for (name, row) in NAMES.into_iter().zip(&found.presets) {
            let miners = judged(&recording, Rules::preset(name).unwrap()).miners;
            assert_eq!(row.scores, miners.iter().map(|one| one.score).collect::<Vec<f64>>(), "{name}");
            assert_eq!(row.ranks, miners.iter().map(|one| one.rank).collect::<Vec<u64>>(), "{name}");
        }
        assert_eq!([found.presets[0].tau, found.presets[0].moved], [Some(1.0), Some(0.0)]);
    }
}

#[test]
fn what_is_returned_by_a_quality_has_no_regret_in_it() {
    let found = judged(&made_up(60, 6, 4), issue());
    for one in &found.returned {
        let regret = one.regret.unwrap().value;
        assert!((one.best.unwrap().value - one.returned.unwrap().value - regret).abs() < 1e-9);
        let is_own = [(OrderBy::Difference, Quality::Difference), (OrderBy::ValidFields, Quality::ValidFields)];
        assert!(regret >= 0.0 && (!is_own.contains(&(one.by, one.quality)) || regret == 0.0), "{one:?}");
    }
}

#[test]
fn copies_earn_what_the_one_does_unless_others_are_ranked_by_them() {
    let recording = made_up(80, 5, 5);
    let found = judged(&recording, issue());
    assert_eq!(found.splits.len(), 9 * 3 * 3);
    for one in &found.splits {
        let copies = one.uids as f64;
        match one.by {
            SplitBy::Response(OrderBy::Utility(TimeTerm::Rank)) | SplitBy::Volume(_) => {
                assert!(one.weights.unwrap() <= 1.0 + 1e-12 && one.scores > 0.0, "{one:?}");
            }
            SplitBy::Response(_) => {
                assert!((one.scores - copies * one.score).abs() < 1e-9 * one.scores, "{one:?}");
                let alone = one.weight.unwrap();
                let together = copies * alone / (1.0 + (copies - 1.0) * alone);
                assert!((one.weights.unwrap() - together).abs() < 1e-9, "{one:?}");
                assert_eq!(one.returned, one.returned_split);
            }
        }
    }
}

#[test]
fn who_is_split_is_chosen_by_the_very_reward() {
    let found = judged(&made_up(80, 5, 5), issue());
    for rows in found.splits.chunk_by(|one, other| one.by == other.by) {
        assert!(rows.is_sorted_by(|one, other| one.weight.unwrap() >= other.weight.unwrap()), "{rows:?}");
    }
    let first = |by| found.splits.iter().find(|row| row.by == by).map(|row| row.contender);
    // The third delivers most, and the first answers soonest.
    assert_eq!(first(SplitBy::Volume(VolumeEra::E9b6968)), Some(2));
    assert_eq!(first(SplitBy::Response(OrderBy::Utility(TimeTerm::Rank))), Some(0));
}

#[test]
fn every_response_is_counted_in_one_way() {
    let mut recording = made_up(50, 4, 23);
    let silent = &mut recording.responses[3];
    (silent.status, silent.answer) = (Status::Ok, None);
    let found = judged(&recording, issue()).miners;
    assert_eq!(found.iter().map(|one| one.unanswered).collect::<Vec<u64>>(), [0, 0, 0, 1]);
    for one in found {
        assert_eq!(one.in_time + one.late + one.timeouts + one.errors + one.unanswered, one.responses);
    }
}

/// A contender that is copied in the recording itself is what the replay says of it.
#[test]
fn splitting_is_that_of_a_recording_with_copies() {
    let recording = made_up(50, 4, 6);
    let rules = Rules { time: TimeTerm::Rank, ..issue() };
    let found = judged(&recording, rules.clone());
    let by = SplitBy::Response(OrderBy::Utility(TimeTerm::Rank));
    for split in found.splits.iter().filter(|one| one.by == by && one.uids == 4) {
        let mut copied = recording.clone();
        (0..3).for_each(|copy| {
            copied.uids.push(100 + copy);
            copied.hotkeys.push("copy".into());
        });
        copied.responses = Vec::new();
        for request in recording.responses.chunk_by(|one, other| one.request == other.request) {
            copied.responses.extend_from_slice(request);
            let own = request.iter().find(|one| one.contender == split.contender).unwrap();
            copied.responses.extend((4..7).map(|contender| Response { contender, ..own.clone() }));
        }
        let miners = judged(&copied, rules.clone()).miners;
        let own = miners.iter().filter(|one| one.contender == split.contender || one.contender >= 4);
        let score: f64 = own.map(|one| one.score).sum();
        assert!((score - split.scores).abs() < 1e-6, "{score} {split:?}");
    }
}

#[test]
fn a_better_answer_never_earns_less() {
    let recording = made_up(30, 4, 8);
    for time in TimeTerm::ALL {
        let rules = Rules { time, ..issue() };
        let before = responses(&recording, &rules);
        for place in (0..recording.responses.len()).step_by(7) {
            let (mut faster, mut fuller) = (recording.clone(), recording.clone());
            let seconds = faster.responses[place].process_time.as_mut().unwrap();
            *seconds *= 0.7;
            fuller.responses[place].answer.iter_mut().for_each(|answer| answer.faults.truncate(1));
            for changed in [faster, fuller] {
                let after = responses(&changed, &rules)[place];
                assert!(after.utility >= before[place].utility - 1e-12, "{after:?}");
            }
        }
    }
}

#[test]
fn a_grid_point_of_the_own_rules_has_their_order() {
    let mut asked = spec(Rules { time: TimeTerm::Logistic, ..issue() });
    asked.questions.weights.push(asked.rules.weights);
    let found = judge(&made_up(60, 6, 9), &asked).unwrap();
    let own = |row: &&super::GridRow| row.weights == asked.rules.weights && row.time == TimeTerm::Logistic;
    let point = found.grid.iter().find(own).unwrap();
    assert_eq!((point.tau, point.flips), (Some(1.0), 0));
    let best =
        found.miners.iter().max_by(|one, other| one.utility.unwrap().value.total_cmp(&other.utility.unwrap().value));
    assert_eq!(best.map(|one| one.contender), point.winner);
    // Without a weight of time whoever has the most valid fields in time wins, and without that of fields the fastest.
    let mut fields = [0.0; 6];
    for row in found.responses.iter().filter(|row| row.is_in_time) {
        fields[row.contender] += row.valid_fields.unwrap();
    }
    let most = (0..6).max_by(|&one, &other| fields[one].total_cmp(&fields[other]));
    let of = |time: f64| found.grid.iter().find(|row| row.weights.time == time && row.time == TimeTerm::Logistic);
    assert_eq!([of(0.0).unwrap().winner, of(1.0).unwrap().winner], [most, Some(0)]);
}

#[test]
fn who_is_alike_wins_nowhere_for_sure_and_who_has_nothing_wins_nowhere() {
    let mut recording = made_up(60, 2, 18);
    for pair in recording.responses.as_chunks_mut::<2>().0 {
        pair[1] = Response { contender: 1, ..pair[0].clone() };
    }
    let alike = judged(&recording, issue());
    assert!(alike.grid.iter().all(|one| (one.winner, one.change) == (Some(0), Some(1.0))));
    assert!(alike.front.iter().all(|one| one.dominators == 0 && one.on_front == 1.0));
    // Where one alone is asked nobody else can win.
    recording.responses.retain(|one| one.contender == 0);
    assert!(judged(&recording, issue()).grid.iter().all(|one| one.change == Some(0.0)));
    // Late, nobody has any utility.
    recording.responses.iter_mut().for_each(|one| one.timeout = Some(1e-3));
    let late = judged(&recording, issue()).grid;
    assert!(late.iter().all(|one| (one.winner, one.utility, one.change) == (None, None, None)));
}

/// Answers without a schema count for utility, and for nothing that is said of fields.
#[test]
fn what_no_schema_is_for_is_left_out_of_what_is_said_of_fields() {
    let mut recording = made_up(60, 3, 19);
    recording.endpoints.push("other".into());
    let before = judged(&recording, issue());
    let (requests, responses) = (recording.requests.clone(), recording.responses.clone());
    recording.requests.extend(requests.into_iter().map(|one| super::Request { endpoint: 1, ..one }));
    recording.responses.extend(responses.into_iter().map(|one| Response {
        request: one.request + 60,
        answer: one.answer.map(|answer| Answer { faults: Vec::new(), is_unexamined: true, fields: 1.0, ..answer }),
        ..one
    }));
    let after = judged(&recording, issue());
    for (one, other) in before.miners.iter().zip(&after.miners) {
        let [one, other] = [one, other].map(|miner| miner.valid_fields.unwrap().value);
        assert!((one - other).abs() < 1e-12, "{one} {other}");
    }
    for (one, other) in before.front.iter().zip(&after.front) {
        assert!((one.completeness - other.completeness).abs() < 1e-12 && (one.seconds - other.seconds).abs() < 1e-12);
    }
    assert!(
        before
            .kinds
            .iter()
            .zip(&after.kinds)
            .all(|(one, other)| (one.answers, one.with) == (other.answers, other.with))
    );
    let of = |found: &Judged| -> Vec<u64> {
        let rows = found.returned.iter().filter(|one| one.quality != Quality::Difference);
        rows.map(|one| one.requests).collect()
    };
    assert_eq!(of(&before), of(&after));
    assert_eq!(before.fast_wins.len(), after.fast_wins.len());
    let unknown = after.responses.iter().filter(|row| row.request >= 60);
    assert!(unknown.clone().all(|row| row.valid_fields.is_none() && row.fields.is_none()));
    assert!(unknown.filter(|row| row.is_in_time).all(|row| row.counted_fields == 1.0 && row.utility > 0.2));
}

#[test]
fn unanswered_requests_count_by_the_policy() {
    let recording = made_up(100, 3, 10);
    let scores = |unanswered| -> f64 {
        let found = judged(&recording, Rules { unanswered, ..issue() });
        found.miners.iter().map(|one| one.score).sum()
    };
    assert!(scores(Unanswered::Zero) < scores(Unanswered::Unchanged));
}

#[test]
fn nothing_is_judged_without_a_panic() {
    let empty = judged(&Recording::default(), issue());
    assert!(empty.miners.is_empty() && empty.splits.is_empty() && empty.front.is_empty());
    assert!(empty.grid.iter().all(|row| row.winner.is_none() && row.change.is_none() && row.share.is_none()));
    assert!(empty.returned.iter().all(|row| row.requests == 0 && row.returned.is_none()));
    let silent = Recording { responses: Vec::new(), volumes: Vec::new(), ..made_up(1, 3, 0) };
    let found = judged(&silent, Rules { source: Source::Volume(VolumeEra::C0d6955), ..issue() });
    assert!(found.miners.iter().all(|one| one.score == 0.0 && one.score.is_sign_positive() && one.weight.is_none()));
    assert_eq!(suppose(&silent, &issue(), &found.miners).unwrap().leader, None);
}

#[test]
fn huge_values_stay_numbers_or_are_left_out() {
    let mut recording = made_up(20, 3, 11);
    for (place, response) in recording.responses.iter_mut().enumerate() {
        response.process_time = Some([1e-100, 1e100, 1.0][place % 3]);
        response.timeout = Some(1e100);
        response.size = Some(u64::MAX);
    }
    let found = judged(&recording, Rules { weights: Weights { fields: 1e6, time: 1e6, size: 1e6 }, ..issue() });
    for one in &found.miners {
        let utility = one.utility.unwrap();
        assert!(utility.value.is_finite() && utility.interval.is_none_or(|ends| ends.high.is_finite()), "{one:?}");
        // Beyond single precision no share is known.
        assert_eq!(one.weight, None);
    }
    assert!(found.front.iter().all(|row: &FrontRow| row.seconds.is_finite()));
}

#[test]
fn what_cannot_be_judged_is_refused_with_its_row() {
    let recording = made_up(4, 3, 12);
    let refused = |change: fn(&mut Recording)| {
        let mut recording = recording.clone();
        recording.responses[5].status = Status::Ok;
        change(&mut recording);
        let error = judge(&recording, &spec(issue())).unwrap_err();
        (error.row().map(|row| row.index), error)
    };
    for seconds in [Some(0.0), Some(-1.0), Some(f64::NAN), None] {
        let mut recording = recording.clone();
        (recording.responses[5].status, recording.responses[5].process_time) = (Status::Ok, seconds);
        assert_eq!(recording.check(false).unwrap_err().row().map(|row| row.index), Some(5));
    }
    assert!(matches!(refused(|one| one.responses[5].request = 0), (Some(5), UtilityError::Unsorted { .. })));
    assert!(matches!(refused(|one| one.responses[5].contender = 1), (Some(5), UtilityError::Duplicate { .. })));
    assert!(matches!(refused(|one| one.responses[5].contender = 9), (Some(5), UtilityError::NoSuch { .. })));
    let bad = Answer { faults: vec![Fault { kind: 9, is_null: false, item: None }], ..Answer::default() };
    let mut other = recording.clone();
    (other.responses[5].status, other.responses[5].answer) = (Status::Ok, Some(bad));
    assert!(matches!(other.check(false), Err(UtilityError::NoSuch { column: "kind", .. })));
    assert!(matches!(refused(|one| one.volumes[2].volume = f64::NAN), (Some(2), UtilityError::OutOfRange { .. })));
    assert!(matches!(refused(|one| one.uids = vec![0; 5000]), (None, UtilityError::TooMany { .. })));
    let mut other = recording.clone();
    (other.responses[5].status, other.responses[5].size) = (Status::Ok, None);
    assert!(matches!(other.check(true), Err(UtilityError::NoSize { .. })));
}

#[test]
fn the_same_seed_gives_the_same_on_any_number_of_threads() {
    let recording = made_up(40, 5, 13);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| judged(&recording, issue()))
    };
    assert_eq!(run(1), run(4));
}

#[test]
fn many_requests_are_resampled_in_blocks() {
    let found = judged(&made_up(3000, 2, 14), issue());
    assert_eq!(found.clusters, Clusters { requests: 3, count: 1000 });
    found.miners.iter().for_each(|one| assert_holds(one.utility));
}
