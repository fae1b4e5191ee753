//! The vectors of the field, and what the original's own code and queries gave.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::metric::{Nodes, own, serving_now};
use super::period::{PeriodCounts, ScoredPeriod, normalised_period, period_score};
use super::policies::{Candidate, Field, LoadBalance, NineteenPr75, Policy, Pool, Softmax, Stats, weighted_pool};
use super::recording::{Contender, Period, Recorded, Recording, Request, Similarity};
use super::rules::{RowsOf, Rules};
use super::scores::{At, Rows, weights};
use crate::stats::Draws;

fn lines(name: &str) -> Vec<Value> {
    let path = format!("{}/tests/data/contenders/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Lines by the case that they belong to.
fn cases(name: &str) -> BTreeMap<String, Vec<Value>> {
    let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    lines(name).into_iter().for_each(|line| found.entry(text(&line, "case")).or_default().push(line));
    found
}

fn text(line: &Value, key: &str) -> String {
    line[key].as_str().unwrap().to_owned()
}

fn number(line: &Value, key: &str) -> f64 {
    line[key].as_f64().unwrap()
}

fn count(line: &Value, key: &str) -> u64 {
    line[key].as_u64().unwrap()
}

fn rules() -> Rules {
    Rules::preset("nineteen").unwrap()
}

#[track_caller]
fn assert_close(found: Option<f64>, expected: &Value, what: &str) {
    let is_close = match (found, expected.as_f64()) {
        (None, None) => true,
        (Some(found), Some(expected)) => (found - expected).abs() <= 1e-12 * expected.abs().max(1e-3),
        _ => false,
    };
    assert!(is_close, "{what}: {found:?} for {expected}");
}

fn counts(line: &Value) -> PeriodCounts {
    PeriodCounts {
        capacity: number(line, "capacity"),
        consumed: number(line, "consumed"),
        requests: count(line, "requests"),
        n429: count(line, "n429"),
        n500: count(line, "n500"),
    }
}

#[test]
fn period_scores_are_the_original_s() {
    for (line, expected) in lines("period-score").iter().zip(lines("period-score.expected")) {
        assert_close(period_score(&counts(line)), &expected["score"], &text(line, "case"));
    }
}

#[test]
fn normalised_periods_are_the_original_s() {
    for (line, expected) in lines("normalised-period").iter().zip(lines("normalised-period.expected")) {
        let of = |one: &Value| {
            Some(ScoredPeriod { score: one["score"].as_f64()?, consumed: number(one, "consumed"), times: 1 })
        };
        let history: Vec<ScoredPeriod> = line["history"].as_array().unwrap().iter().filter_map(of).collect();
        let found = normalised_period(history.iter().copied());
        assert_close(Some(found.value), &expected["normalised_period"], &text(line, "case"));
        assert_close(Some(found.factor), &expected["multiplier"], &text(line, "case"));
    }
}

/// Names by number, in the order of their first use.
#[derive(Default)]
struct Names(Vec<Box<str>>);

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        let place = self.0.iter().position(|known| &**known == name).unwrap_or_else(|| {
            self.0.push(name.into());
            self.0.len() - 1
        });
        place as u32
    }
}

/// The recording of a case: its lines of each kind, by name.
fn recording(periods: &[Value], similarities: &[Value], requests: &[Value], tasks: &[Value]) -> Recording {
    let (mut hotkeys, mut names) = (Names::default(), Names::default());
    let mut contender = |line: &Value| Contender {
        hotkey: hotkeys.number(&text(line, "hotkey")),
        task: names.number(&text(line, "task")),
    };
    let recorded = periods.iter().map(|line| Recorded {
        contender: contender(line),
        node: count(line, "node_id") as u32,
        expired_at: line["expired_at"].as_f64(),
        counts: counts(line),
        score: line["score"].as_f64(),
    });
    let recorded: Vec<Period> = recorded.map(|one| Period::from(&one)).collect();
    let mut requests: Vec<Request> = requests
        .iter()
        .map(|line| Request {
            time: number(line, "time"),
            contender: contender(line),
            node: count(line, "node_id") as u32,
            is_organic: text(line, "kind") == "organic",
            status: line["status"].as_u64().map(|status| status as u32),
            response_time: line["response_time"].as_f64(),
            volume: line["volume"].as_f64(),
            quality: line["quality"].as_f64(),
            propensity: None,
        })
        .collect();
    requests.sort_by(|one, other| one.time.total_cmp(&other.time));
    let similarities: Vec<Similarity> = similarities
        .iter()
        .map(|line| Similarity {
            left: names.number(&text(line, "left_task")),
            right: names.number(&text(line, "right_task")),
            similarity: number(line, "similarity"),
        })
        .collect();
    let weights: Vec<(u32, f64)> =
        tasks.iter().map(|line| (names.number(&text(line, "task")), number(line, "weight"))).collect();
    let mut found = Recording::new(hotkeys.0, names.0, recorded).with_similarities(similarities);
    found.requests = requests;
    weights.into_iter().for_each(|(task, weight)| found.weights[task as usize] = Some(weight));
    found
}

#[test]
fn metrics_and_orders_are_the_original_s() {
    let (periods, similarities) = (cases("select-periods"), cases("select-similarity"));
    let expected = cases("select.expected");
    let mut rows = 0;
    for case in lines("select-cases") {
        let (name, now) = (text(&case, "case"), number(&case, "now"));
        let rules = Rules { interval: number(&case, "interval"), ..rules() };
        let similar = similarities.get(&name).map_or(&[][..], Vec::as_slice);
        let recording = recording(&periods[&name], similar, &[], &[]);
        let serving = serving_now(&recording);
        let owns: Vec<f64> = serving.iter().map(|one| own(recording.periods(one.place), now, &rules)).collect();
        let nodes = Nodes::new(&recording, &serving);
        let ranks = recording.id_ranks();
        for task in 0..recording.tasks.len() as u32 {
            let mut places: Vec<usize> =
                (0..serving.len()).filter(|&one| recording.contenders[serving[one].place].task == task).collect();
            places.sort_by_key(|&one| ranks[serving[one].place]);
            let global = |one: usize| {
                owns[one] + nodes.loans(&recording, &rules, &serving[one], &owns).map(|loan| loan.value).sum::<f64>()
            };
            let eligible: Vec<usize> = places.iter().copied().filter(|&one| serving[one].capacity > 0.0).collect();
            let candidates: Vec<Candidate> = eligible
                .iter()
                .map(|&one| Candidate {
                    hotkey_rank: 0,
                    requests: recording.periods(serving[one].place)[serving[one].period].requests,
                    global: global(one),
                    stats: None,
                })
                .collect();
            let everyone = Rules { top: candidates.len(), ..rules };
            let field = Field { candidates: &candidates, is_organic: true, rules: &everyone };
            let mut draws = Draws::new(0, b"test\0\0\0\0", 0);
            let orders = [NineteenPr75.order(&field, &mut draws), LoadBalance.order(&field, &mut draws)];
            for one in places {
                let contender = recording.contenders[serving[one].place];
                let hotkey = &*recording.hotkeys[contender.hotkey as usize];
                let is_it = |line: &&Value| {
                    line["hotkey"] == hotkey && line["task"] == *recording.tasks[contender.task as usize]
                };
                let expected = expected[&name].iter().find(is_it).unwrap();
                let what = format!("{name} {hotkey}");
                assert_close(Some(owns[one]), &expected["own"], &what);
                assert_close(Some(global(one)), &expected["global"], &what);
                let place = eligible.iter().position(|&eligible| eligible == one);
                assert_close(place.map(|place| candidates[place].rank_value(&rules)), &expected["rank_value"], &what);
                let position = |order: &[usize]| {
                    order.iter().position(|&candidate| Some(candidate) == place).map(|position| position as u64 + 1)
                };
                assert_eq!(position(&orders[0]), expected["position"].as_u64(), "{what}");
                assert_eq!(position(&orders[1]), expected["load_balance_position"].as_u64(), "{what}");
                rows += 1;
            }
        }
    }
    assert_eq!(rows, 380);
}

#[test]
fn weights_and_every_step_to_them_are_the_original_s() {
    let (periods, requests, tasks) = (cases("weights-periods"), cases("weights-requests"), cases("weights-tasks"));
    let (scores, expected_weights) = (cases("task-scores.expected"), cases("weights.expected"));
    let mut rows = 0;
    for case in lines("weights-cases") {
        let name = text(&case, "case");
        let no_lines = Vec::new();
        let requests = requests.get(&name).unwrap_or(&no_lines);
        let recording = recording(periods.get(&name).unwrap_or(&no_lines), &[], requests, &tasks[&name]);
        let mut capacities = vec![None; recording.contenders.len()];
        serving_now(&recording).iter().for_each(|one| capacities[one.place] = Some(one.capacity));
        for (rows_name, rows_of) in [("topped-up", RowsOf::ToppedUp), ("own-task", RowsOf::OwnTask)] {
            let rules = Rules { rows_of, ..rules() };
            let at = At { now: number(&case, "now"), capacities: &capacities, rules: &rules, times: &|_| 1 };
            let found = Rows::new(&recording).scores(&recording, &at);
            let is_of = |line: &&Value| line["rows"] == rows_name;
            let expected: Vec<&Value> = scores.get(&name).into_iter().flatten().filter(is_of).collect();
            assert_eq!(found.len(), expected.len(), "{name} {rows_name}");
            for score in &found {
                let hotkey = &*recording.hotkeys[score.contender.hotkey as usize];
                let task = &*recording.tasks[score.contender.task as usize];
                let line = expected.iter().find(|line| line["hotkey"] == hotkey && line["task"] == task).unwrap();
                let what = format!("{name} {rows_name} {task} {hotkey}");
                assert_eq!(u64::from(score.samples), count(line, "samples"), "{what}");
                let share = score.share;
                let all = [
                    ("speed", Some(score.speed)),
                    ("quality", Some(score.quality)),
                    ("bonus", Some(score.bonus)),
                    ("combined", Some(score.combined)),
                    ("multiplier", share.map(|share| share.period.factor)),
                    ("normalised_period", share.map(|share| share.period.value)),
                    ("effective", share.map(|share| share.effective)),
                    ("share", share.and_then(|share| share.share)),
                    ("net_score", share.and_then(|share| share.net_score)),
                ];
                all.into_iter().for_each(|(key, found)| assert_close(found, &line[key], &format!("{what} {key}")));
                rows += 1;
            }
            let found = weights(&found, &recording.weights);
            let expected = expected_weights.get(&name).into_iter().flatten().filter(is_of);
            for line in expected {
                let hotkey = recording.hotkeys.iter().position(|known| **known == line["hotkey"]).unwrap() as u32;
                let weight = found.iter().find(|one| one.hotkey == hotkey).map_or(0.0, |one| one.weight);
                assert_close(Some(weight), &line["weight"], &format!("{name} {rows_name} {hotkey}"));
                rows += 1;
            }
        }
    }
    assert_eq!(rows, 255 + 144);
}

#[test]
fn draws_of_weighted_top_and_softmax_are_the_original_s() {
    for (line, expected) in lines("organic").iter().zip(lines("organic.expected")) {
        let mut all: Vec<&Value> = line["contenders"].as_array().unwrap().iter().collect();
        all.retain(|one| number(one, "capacity") > 0.0);
        all.sort_by_key(|one| text(one, "hotkey"));
        let stats = |one: &Value| {
            let stats = one["stats"].as_array().unwrap().iter();
            let last = stats.max_by(|one, other| number(one, "time").total_cmp(&number(other, "time")))?;
            Some(Stats { quality: number(last, "quality"), net_score: number(last, "net_score") })
        };
        let candidate = |(rank, one): (u32, &&Value)| Candidate {
            hotkey_rank: rank,
            requests: number(one, "requests"),
            global: 0.0,
            stats: stats(one),
        };
        let candidates: Vec<Candidate> = (0..).zip(&all).map(candidate).collect();
        let what = text(line, "case");
        let names =
            |places: &[usize]| -> Vec<String> { places.iter().map(|&place| text(all[place], "hotkey")).collect() };
        let rules = rules();
        let field = Field { candidates: &candidates, is_organic: true, rules: &rules };
        match weighted_pool(&field) {
            Pool::FewestRequests(places) => {
                assert_eq!(serde_json::json!(names(&places)), expected["fewest_requests"], "{what}")
            }
            Pool::All(places) => assert_eq!(serde_json::json!(names(&places)), expected["all_of"], "{what}"),
            Pool::Front { places, weights, draws } => {
                assert_eq!(draws as u64, count(&expected, "draws"), "{what}");
                let pool = expected["weighted_top"].as_object().unwrap();
                assert_eq!(pool.len(), places.len(), "{what}");
                names(&places)
                    .iter()
                    .zip(weights)
                    .for_each(|(name, weight)| assert_close(Some(weight), &pool[name], &what));
            }
        }
        for (key, is_organic) in [("softmax_organic", true), ("softmax_synthetic", false)] {
            let chances = Softmax.chances(&Field { is_organic, ..field });
            let expected = expected[key].as_object().unwrap();
            assert_eq!(chances.len(), expected.len(), "{what}");
            all.iter().zip(chances).for_each(|(one, chance)| {
                assert_close(Some(chance), &expected[&text(one, "hotkey")], &format!("{what} {key}"));
            });
        }
    }
}
