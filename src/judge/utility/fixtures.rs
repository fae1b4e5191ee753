//! Recordings for tests: the original's rows, and made-up ones from a seed.

use std::fs;

use serde_json::Value;

use super::recording::{Answer, Fault, Recording, Request, Response, Status, Volume};
use super::rules::Rules;
use super::spec::{Questions, UtilitySpec};
use crate::stats::{BootstrapSpec, Draws};

/// The lines of a file of the original's.
pub fn lines(name: &str) -> Vec<Value> {
    let path = format!("{}/tests/data/utility/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The text under a key.
pub fn text<'a>(line: &'a Value, key: &str) -> &'a str {
    line[key].as_str().unwrap_or_else(|| panic!("{key}: {line}"))
}

/// The whole number under a key.
pub fn count(line: &Value, key: &str) -> usize {
    line[key].as_u64().unwrap_or_else(|| panic!("{key}: {line}")) as usize
}

/// A number, of which some are written as a text.
pub fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

/// The place of a name, which is added where it is new.
pub fn place(names: &mut Vec<Box<str>>, name: &str) -> usize {
    names.iter().position(|known| &**known == name).unwrap_or_else(|| {
        names.push(name.into());
        names.len() - 1
    })
}

/// The original's responses with the faults that it found; contenders are uids.
pub fn recorded() -> Recording {
    let mut found = Recording::default();
    let expected: Vec<Value> =
        lines("responses.expected").into_iter().filter(|line| line.get("uid").is_some()).collect();
    let mut ids: Vec<Box<str>> = Vec::new();
    for (line, expected) in lines("responses").iter().zip(&expected) {
        assert_eq!([&line["request_id"], &line["uid"]], [&expected["request_id"], &expected["uid"]]);
        let request = place(&mut ids, text(line, "request_id"));
        let endpoint = place(&mut found.endpoints, text(line, "endpoint"));
        if request == found.requests.len() {
            let (time, block) = (line["time"].as_f64(), line["block"].as_u64());
            let (id, query) = (ids[request].clone(), line["query"].as_str().map(Into::into));
            found.requests.push(Request { id, time, block, endpoint, query });
        }
        let uid = count(line, "uid");
        while found.uids.len() <= uid {
            found.hotkeys.push(format!("h{}", found.uids.len()).into());
            found.uids.push(found.uids.len() as u32);
        }
        found.responses.push(Response {
            request,
            contender: uid,
            status: match text(line, "status") {
                "ok" => Status::Ok,
                "timeout" => Status::Timeout,
                "error" => Status::Error,
                other => panic!("{other}"),
            },
            process_time: line["process_time_s"].as_f64(),
            timeout: line["timeout_s"].as_f64(),
            size: line["size_bytes"].as_u64(),
            answer: line["payload"].as_str().map(|payload| answer(payload, expected, &mut found.kinds)),
        });
    }
    found
}

/// An answer as its original was found to be.
fn answer(payload: &str, expected: &Value, kinds: &mut Vec<Box<str>>) -> Answer {
    let parsed: Option<Value> = serde_json::from_str(payload).ok();
    let fault = |error: &Value| Fault {
        kind: place(kinds, text(error, "type")),
        is_null: error["null"].as_bool().unwrap_or(false),
        item: error["loc"][0].as_u64().map(|item| item as usize),
    };
    let faults: Vec<Fault> = expected["errors"].as_array().unwrap().iter().map(fault).collect();
    // Python reads numbers that serde does not; such a list is known by the mean that the original took of it.
    let items = parsed.as_ref().and_then(|parsed| parsed.as_array()).map(Vec::len);
    Answer {
        items: items.filter(|_| expected.get("vf_mean").is_some()),
        missing_fields: expected["missing_fields"].as_f64(),
        difference: expected["difference"].as_f64(),
        fields: 1.0 - (faults.len() as f64 / 20.0).min(1.0),
        is_empty: items == Some(0),
        is_broken: expected.get("unparsed").is_some() || faults.iter().any(|fault| &*kinds[fault.kind] == "model_type"),
        is_null: payload == "null",
        is_unexamined: false,
        is_endless: false,
        faults,
    }
}

/// Rules of the issue.
pub fn issue() -> Rules {
    Rules::preset("issue").unwrap()
}

/// All questions, with as few resamples as will do.
pub fn spec(rules: Rules) -> UtilitySpec {
    UtilitySpec {
        rules,
        baseline: issue(),
        questions: Questions { successions: 40, rounds: 300, ..Questions::default() },
        bootstrap: BootstrapSpec { resamples: 500, confidence: 0.9, seed: 7 },
    }
}

/// So many requests, each to all of so many contenders: the higher its number, the slower and the more complete one is.
pub fn made_up(requests: usize, contenders: usize, seed: u64) -> Recording {
    let mut draws = Draws::new(seed, b"utility\0", 0);
    let mut responses = Vec::with_capacity(requests * contenders);
    for request in 0..requests {
        for contender in 0..contenders {
            responses.push(made_up_response(request, contender, contenders, &mut draws));
        }
    }
    let volume = |place: usize| Volume {
        tempo: (place / contenders) as u64,
        contender: place % contenders,
        volume: (1 + place % contenders * 7 % 5) as f64,
    };
    Recording {
        requests: (0..requests).map(|one| Request { id: format!("r{one}").into(), ..Request::default() }).collect(),
        responses,
        uids: (0..contenders as u32).collect(),
        hotkeys: (0..contenders).map(|one| format!("h{one}").into()).collect(),
        endpoints: vec!["profile".into()],
        kinds: vec!["missing".into(), "int_parsing".into(), "json_invalid".into()],
        volumes: (0..contenders * 9).map(volume).collect(),
        junk: Vec::new(),
    }
}

fn made_up_response(request: usize, contender: usize, contenders: usize, draws: &mut Draws) -> Response {
    let skill = (contender + 1) as f64 / contenders as f64;
    let missing = (0..8).filter(|_| draws.chance(0.4 * (1.0 - skill))).count();
    let fault = |item: usize| Fault { kind: item % 2, is_null: item % 4 == 1, item: Some(item % 3) };
    let fields = 1.0 - missing as f64 / 10.0;
    let answer = Answer {
        faults: (0..missing).map(fault).collect(),
        items: Some(3),
        missing_fields: Some(fields),
        difference: Some(fields * (0.9 + 0.1 * draws.unit())),
        fields,
        ..Answer::default()
    };
    let status = match draws.unit() {
        unit if unit < 0.03 => Status::Timeout,
        unit if unit < 0.04 => Status::Error,
        _ => Status::Ok,
    };
    Response {
        request,
        contender,
        status,
        process_time: Some(0.2 + 9.0 * skill * draws.unit() + 2.0 * draws.unit()),
        timeout: Some(10.0),
        size: Some(100 + draws.below(400) as u64),
        answer: (status == Status::Ok).then_some(answer),
    }
}
