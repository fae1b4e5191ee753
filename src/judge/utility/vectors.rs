//! The vectors of the field: what follows from its rules on paper.

use super::average::MovingAverage;
use super::clusters::Clusters;
use super::dethroning::{half_life, rounds_to_exceed};
use super::fast_wins::{above, fast_wins};
use super::fields::{Penalties, valid_fields};
use super::fixtures::{issue, made_up, spec};
use super::front::{Completeness, Speed, fronts};
use super::recording::{Answer, Fault, Junk, JunkAnswer, Recording, Status};
use super::responses::responses;
use super::rules::{Averaging, Items, KindPenalty, Nothing, Rules, TimeTerm, VolumeEra, Weights};
use super::run::judge;
use super::spec::Questions;
use super::spot_rates::{detection, false_alarm, sample_size, spot_rates};
use super::terms::{Timed, sizes, times};
use super::volumes::Ledger;

fn assert_close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 5e-6, "{found} for {expected}");
}

fn timed(seconds: &[f64]) -> Vec<Timed> {
    seconds.iter().map(|&seconds| Timed { seconds, timeout: 10.0 }).collect()
}

fn fault(kind: usize, item: Option<usize>) -> Fault {
    Fault { kind, is_null: false, item }
}

#[test]
fn utility_is_that_of_the_table() {
    let table = [(1.0, 1.0, 1.0), (1.0, 0.5, 1.8), (1.0, 2.0, 0.6), (0.5, 1.0, 0.9), (1.0, 10.0, 0.28)];
    for (fields, seconds, expected) in table.into_iter().chain([(1.0, 0.1, 8.2), (0.0, 0.25, 3.2)]) {
        let time = times(&timed(&[seconds]), TimeTerm::Inverse)[0];
        assert_close(issue().weights.utility(fields, time, 0.0), expected);
    }
}

#[test]
fn bounded_terms_lie_from_0_to_1() {
    let answers = timed(&[1.0, 0.5, 10.0, 1.0]);
    assert_eq!(times(&answers, TimeTerm::Timeout), [0.9, 0.95, 0.0, 0.9]);
    assert_eq!(times(&answers, TimeTerm::Fastest), [0.5, 1.0, 0.05, 0.5]);
    assert_eq!(times(&answers, TimeTerm::Logistic), [0.5, 1.0 / 1.5, 1.0 / 11.0, 0.5]);
    assert_eq!(times(&answers, TimeTerm::Rank), [2.0 / 3.0, 1.0, 0.0, 2.0 / 3.0]);
    assert_eq!(times(&answers[..1], TimeTerm::Rank), [1.0]);
    assert!(times(&[], TimeTerm::Fastest).is_empty());
    assert_eq!(sizes(&[Some(50), Some(100), Some(1_000_000), None, Some(0)]), [1.0, 1.0, 1.0, 0.0, 0.0]);
    assert_eq!(sizes(&[Some(50), Some(100), Some(200)]), [0.5, 1.0, 1.0]);
    assert_eq!(sizes(&[Some(0), Some(0), Some(9)]), [0.0, 0.0, 1.0]);
    assert_eq!(sizes(&[None]), [0.0]);
}

#[test]
fn valid_fields_follow_penalties_and_rules() {
    let kinds = ["missing".into(), "int_parsing".into()];
    let of = |answer: &Answer, rules: &Rules| valid_fields(answer, &Penalties::new(rules, &kinds), rules);
    // The issue's example: int_parsing at id, missing at followers.
    let example = Answer { faults: vec![fault(1, None), fault(0, None)], ..Answer::default() };
    assert_close(of(&example, &issue()), 0.8);
    let dear = KindPenalty { kind: "missing".into(), penalty: 0.5 };
    assert_close(of(&example, &Rules { penalties: vec![dear], ..issue() }), 0.4);
    // Ten items, each without one key: 0 as a sum, .9 as a mean.
    let items = (0..10).map(|item| fault(0, Some(item))).collect();
    let list = Answer { faults: items, items: Some(10), ..Answer::default() };
    assert_eq!(of(&list, &issue()), 0.0);
    assert_close(of(&list, &Rules { items: Items::Mean, ..issue() }), 0.9);
    let null = Answer { faults: vec![Fault { is_null: true, ..fault(0, None) }], ..Answer::default() };
    assert_close(of(&null, &Rules { null_penalty: Some(0.3), ..issue() }), 0.7);
    let broken = Answer { is_broken: true, ..null };
    assert_close(of(&broken, &issue()), 0.9);
    assert_eq!(of(&broken, &Rules { broken: Nothing::Zero, ..issue() }), 0.0);
    let empty = Answer { items: Some(0), is_empty: true, ..Answer::default() };
    assert_eq!([of(&empty, &issue()), of(&empty, &Rules { empty: Nothing::Zero, ..issue() })], [1.0, 0.0]);
    let endless = Answer { is_endless: true, ..example };
    assert_eq!(of(&endless, &issue()), 0.0);
}

#[test]
fn volumes_are_those_of_the_table() {
    let of = |volumes: &[f64]| -> Vec<f64> {
        let mut ledger = Ledger::new(6);
        volumes.iter().enumerate().for_each(|(uid, &volume)| ledger.add(1, uid, volume));
        ledger.rewards(VolumeEra::E9b6968, |_| true).iter().map(|one| one.reward.unwrap()).collect()
    };
    let table: [(&[f64], &[f64]); 6] = [
        (&[0.0, 10.0], &[0.158655, 0.841345]),
        (&[10.0, 20.0, 30.0], &[0.110336, 0.5, 0.889664]),
        (&[0.0, 0.0, 0.0, 100.0], &[0.281851, 0.281851, 0.281851, 0.958368]),
        (&[1.0, 2.0, 3.0, 4.0, 5.0], &[0.07865, 0.23975, 0.5, 0.76025, 0.92135]),
        (&[4.0, 4.0], &[0.0, 0.0]),
        (&[0.0], &[1.0]),
    ];
    for (volumes, expected) in table {
        assert_eq!(volumes.len(), expected.len());
        of(volumes).into_iter().zip(expected).for_each(|(found, &expected)| assert_close(found, expected));
    }
}

#[test]
fn the_moving_average_is_that_of_the_table() {
    let mut average = MovingAverage::new(0.1, Averaging::E9b6968, 1);
    for (reward, expected) in [(1.0, 0.1), (1.0, 0.19), (1.0, 0.271), (0.0, 0.2439), (0.0, 0.21951)] {
        average.round(&[(0, reward)]).unwrap();
        assert_close(f64::from(average.scores()[0]), expected);
    }
}

#[test]
fn spot_checks_are_those_of_the_table() {
    for (spurious, batch) in [(0.05, 0.0216), (0.1, 0.0817), (0.2, 0.2807)] {
        let found = false_alarm(spurious, 3);
        assert!((found.batch - batch).abs() < 5e-5, "{found:?}");
        assert_close(found.item, 3.0 * spurious * spurious * (1.0 - spurious) + spurious.powi(3));
    }
    assert_eq!([false_alarm(0.0, 3).attempts, false_alarm(1.0, 3).attempts], [6.0, 3.0]);
    // One item takes 2 attempts, or 3 where one of the first two is lost; of two items the second may be left out.
    assert_close(false_alarm(0.1, 1).attempts, 2.0 + 0.19);
    assert_close(false_alarm(0.1, 2).attempts, 2.19 * (1.0 + 0.972));
    // Two fake ones of ten: 1 − C(8, 3) / C(10, 3) = 1 − 56 / 120.
    let found = detection(10, 2, 3);
    assert_close(found.exact, 1.0 - 56.0 / 120.0);
    assert_close(found.approximate, 1.0 - 0.8_f64.powi(3));
    assert_eq!([detection(10, 2, 99).exact, detection(10, 0, 5).exact], [1.0, 0.0]);
    // Misses of 1 of 10: 1 − s / 10.
    let size = sample_size(10, 1, 0.9);
    assert_eq!([size.exact, size.approximate], [Some(9), Some(22)]);
    assert_eq!([sample_size(10, 0, 0.9).exact, sample_size(10, 10, 0.9).approximate], [None, Some(1)]);
    for one in spot_rates(&Questions::default().spot).detections {
        assert!(one.exact >= one.approximate - 1e-12, "{one:?}");
    }
}

#[test]
fn an_empty_fast_answer_wins_above_a_weight_of_time() {
    // At .25 s against 1 s: 4 − 1 = 3, so w2 = w1 / 3, and 1 / 4 of both.
    let pair = [0.25, 1.0].map(|seconds| Timed { seconds, timeout: 10.0 });
    let [fixed, shared] = above(0.2, 1.0, pair, TimeTerm::Inverse).unwrap();
    assert_close(fixed, 0.2 / 3.0);
    assert_close(shared, 0.25);
    for time in TimeTerm::ALL {
        let [fixed, shared] = above(0.2, 1.0, pair, time).unwrap();
        let terms = times(&pair, time);
        for (fields, edge) in [(0.2, fixed), (1.0 - shared, shared)] {
            let utility = |valid: f64, term: f64, weight: f64| fields * valid + weight * term;
            let wins = |weight: f64| utility(0.0, terms[0], weight) > utility(1.0, terms[1], weight);
            assert_eq!([wins(edge - 1e-9), wins(edge + 1e-9)], [false, true], "{time:?}");
        }
        // Never: as slow or slower, or late.
        assert_eq!(above(0.2, 1.0, [pair[1], pair[1]], time), None);
        assert_eq!(above(0.2, 1.0, [Timed { timeout: 0.2, ..pair[0] }, pair[1]], time), None);
    }
}

/// `{}` lacks two keys, `[]` has no fault; both of one endpoint.
fn junk(endpoint: usize) -> [JunkAnswer; 2] {
    let lacks = Answer { faults: vec![fault(0, None); 2], is_empty: true, ..Answer::default() };
    let list = Answer { items: Some(0), is_empty: true, ..Answer::default() };
    [(Junk::EmptyObject, lacks), (Junk::EmptyList, list)].map(|(junk, answer)| JunkAnswer { endpoint, junk, answer })
}

#[test]
fn what_nothing_is_in_is_worth_what_the_schema_says() {
    let recording = made_up(50, 5, 1);
    let wins =
        |rules: &Rules, junk: &[JunkAnswer]| fast_wins(&recording, &responses(&recording, rules), rules, junk, &[0.25]);
    let found = wins(&issue(), &junk(0));
    assert_eq!(found.len(), 4 * 2 * 5);
    for (junk, valid) in [(Junk::Empty, 0.0), (Junk::EmptyObject, 0.8), (Junk::EmptyList, 1.0), (Junk::Broken, 0.9)] {
        let own: Vec<_> = found.iter().filter(|one| one.junk == junk).collect();
        assert_eq!(own.len(), 2 * 5);
        for one in own {
            assert_close(one.valid_fields, valid);
            // The bound lacks all, and what it has to gain by being fast is the same.
            let bound =
                found.iter().find(|all| (all.junk, all.time, all.seconds) == (Junk::Empty, one.time, one.seconds));
            assert_close(one.above.unwrap(), (1.0 - valid) * bound.unwrap().above.unwrap());
        }
    }
    let zero = Rules { empty: Nothing::Zero, broken: Nothing::Zero, ..issue() };
    assert!(wins(&zero, &junk(0)).iter().all(|one| one.valid_fields == 0.0));
    // Of another endpoint, with a kind that is none, or without anything recorded.
    assert_eq!(wins(&issue(), &junk(1)).len(), 2 * 2 * 5);
    let mut unknown = junk(0);
    unknown[0].answer.faults[0].kind = 99;
    assert_eq!(wins(&issue(), &unknown).len(), 3 * 2 * 5);
    assert!(fast_wins(&Recording::default(), &[], &issue(), &[], &[0.25]).is_empty());
}

#[test]
fn a_complete_answer_is_of_the_same_endpoint() {
    let mut recording = made_up(2, 1, 1);
    recording.endpoints.push("tweets".into());
    recording.requests[1].endpoint = 1;
    for (response, seconds) in recording.responses.iter_mut().zip([2.0, 4.0]) {
        (response.status, response.process_time) = (Status::Ok, Some(seconds));
        response.answer = Some(Answer { fields: 1.0, ..Answer::default() });
    }
    let found = fast_wins(&recording, &responses(&recording, &issue()), &issue(), &[], &[1.0]);
    assert_eq!(found.len(), 2 * 2 * 2 * 5);
    for one in &found {
        assert_eq!(one.complete_seconds, [2.0, 4.0][one.endpoint]);
        assert!(one.seconds == 1.0 || one.seconds == one.complete_seconds);
    }
    // Nobody knows whether an answer without a schema is complete.
    recording.responses[1].answer.as_mut().unwrap().is_unexamined = true;
    let found = fast_wins(&recording, &responses(&recording, &issue()), &issue(), &[], &[1.0]);
    assert!(found.len() == 2 * 2 * 5 && found.iter().all(|one| one.endpoint == 0));
}

#[test]
fn a_leader_is_overtaken_in_closed_form() {
    assert_close(half_life(0.1).unwrap(), 6.578813);
    assert_eq!([half_life(1.0), half_life(0.0)], [Some(0.0), None]);
    // .9ⁿ < 1 − 1 / 1.1: n > 22.76.
    assert_eq!(rounds_to_exceed(0.1, 1.1, 1.0), Some(23));
    assert_eq!([rounds_to_exceed(0.1, 1.0, 1.0), rounds_to_exceed(0.0, 2.0, 1.0)], [None, None]);
    // ½, then ¾ = ¾: only the third exceeds it.
    assert_eq!([rounds_to_exceed(0.5, 1.0, 0.75), rounds_to_exceed(0.5, 1.0, 0.74)], [Some(3), Some(2)]);
    assert_eq!([rounds_to_exceed(1.0, 1.0, 0.5), rounds_to_exceed(0.1, 1.0, 0.0)], [Some(1), Some(1)]);
}

/// A leader that earns .6 in each round, and one that earned 1 in the last 8 of 40: .9ⁿ < .4089 from n = 9 on, and every
/// fifth round counts.
#[test]
fn simulated_successions_take_about_as_long_as_the_closed_form_says() {
    let mut recording = made_up(40, 2, 17);
    recording.responses.retain(|one| one.contender == 0 || one.request >= 32);
    for response in &mut recording.responses {
        response.status = Status::Ok;
        response.process_time = Some(if response.contender == 0 { 2.0 } else { 1.0 });
        response.answer = Some(Answer { fields: 1.0, ..Answer::default() });
    }
    let found = judge(&recording, &spec(issue())).unwrap().dethroning;
    assert_eq!((found.leader, found.challengers.len()), (Some(0), 1));
    let one = found.challengers[0];
    assert_eq!((one.contender, one.rewarded, one.rounds, one.unended), (1, 8, Some(45), Some(0.0)));
    let [soonest, simulated, latest] = [one.soonest, one.simulated, one.latest].map(Option::unwrap);
    assert!(soonest >= 9.0 && soonest < simulated && simulated < latest, "{one:?}");
    // Nine of a fifth: 45 on average, 13 as standard deviation.
    assert!((30.0..=60.0).contains(&simulated), "{one:?}");
}

#[test]
fn the_front_holds_who_is_not_dominated() {
    let recording = made_up(200, 6, 3);
    let bootstrap = spec(issue()).bootstrap;
    let found = fronts(&responses(&recording, &issue()), 6, Clusters::new(200), &bootstrap);
    let one = |row: &&super::FrontRow| row.by == Completeness::Fields && row.speed == Speed::Mean;
    let rows: Vec<_> = found.iter().filter(one).collect();
    assert_eq!(rows.len(), 6);
    for row in &rows {
        let beats = |other: &&&super::FrontRow| {
            other.completeness >= row.completeness
                && other.seconds <= row.seconds
                && (other.completeness, other.seconds) != (row.completeness, row.seconds)
        };
        assert_eq!(rows.iter().filter(beats).count() as u64, row.dominators);
        let by = row.dominated_by.map(|by| rows[by]);
        assert!(by.is_none_or(|by| by.dominators == 0), "{row:?}");
        assert!((0.0..=1.0).contains(&row.on_front));
    }
    assert!(rows.iter().any(|row| row.dominators == 0));
}

#[test]
fn presets_and_constants_are_checked() {
    for name in super::NAMES {
        Rules::preset(name).unwrap().check().unwrap();
    }
    assert_eq!(Rules::preset("other"), None);
    let refused = |rules: Rules| rules.check().unwrap_err().to_string();
    let weights = Weights { time: f64::NAN, ..issue().weights };
    assert_eq!(refused(Rules { weights, ..issue() }), "the weight of time is NaN; give a number from 0 to 1e6");
    assert_eq!(refused(Rules { alpha: 1.5, ..issue() }), "alpha is 1.5; give a share from 0 to 1");
    assert_eq!(refused(Rules { window: 0, ..issue() }).split(';').next(), Some("the window is 0"));
    assert_eq!([Clusters::new(0).count, Clusters::new(1024).requests, Clusters::new(1025).requests], [0, 1, 2]);
}
