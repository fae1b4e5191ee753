//! The original's own functions, held against ours: horde scores, class weights, blocks, limits, burning, committing
//! (ComputeHorde at 5fed3487 and 71fb3137; bittensor 9.3.0, in single precision there).

use std::collections::HashMap;

use serde_json::{Value, json};

use super::fixtures::{lines, text};
use super::{
    Borders, Burn, ChainError, ClassWeights, CommitReveal, HordeFault, KNOWN_CLASSES, Shape, Span, UidWeight,
    WeightLimits, burn, cap, commit_integers, cycle, epoch, horde, normalise, off_peak_executors, peak_cycle,
    process_weights,
};

/// What a function gives, or the name of the error that the original raises.
type Found = Result<Value, &'static str>;

fn number(args: &Value, name: &str) -> f64 {
    args[name].as_f64().unwrap()
}

fn whole(args: &Value, name: &str) -> i64 {
    args[name].as_i64().unwrap()
}

fn numbers(args: &Value, name: &str) -> Vec<f64> {
    args[name].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

/// Whole numbers and texts must be equal, other numbers close.
fn is_like(found: &Value, expected: &Value, tolerance: f64) -> bool {
    match (found, expected) {
        (Value::Array(found), Value::Array(expected)) => {
            let mut both = found.iter().zip(expected);
            found.len() == expected.len() && both.all(|(found, expected)| is_like(found, expected, tolerance))
        }
        (Value::Object(found), Value::Object(expected)) => {
            let has_like = |(name, value): (&String, &Value)| {
                expected.get(name).is_some_and(|expected| is_like(value, expected, tolerance))
            };
            found.len() == expected.len() && found.iter().all(has_like)
        }
        (Value::Number(found), Value::Number(expected)) if found.is_f64() && expected.is_f64() => {
            let (found, expected) = (found.as_f64().unwrap(), expected.as_f64().unwrap());
            (found - expected).abs() <= tolerance * expected.abs()
        }
        _ => found == expected,
    }
}

fn span(span: Span) -> Value {
    json!([span.start, span.stop])
}

fn horde_of(args: &Value) -> Found {
    let shape = Shape { alpha: number(args, "alpha"), beta: number(args, "beta"), delta: number(args, "delta") };
    horde(&numbers(args, "scores"), &shape).map(Value::from).map_err(|fault| match fault {
        HordeFault::NoJobs | HordeFault::ZeroMean => "ZeroDivisionError",
        HordeFault::NegativeMean => "TypeError",
        HordeFault::TooGreat => "OverflowError",
    })
}

fn normalised(args: &Value) -> Found {
    let scores = args["scores"].as_object().unwrap();
    let mut values: Vec<f64> = scores.values().filter_map(Value::as_f64).collect();
    normalise(&mut values, number(args, "weight"));
    Ok(scores.keys().cloned().zip(values.into_iter().map(Value::from)).collect())
}

fn class_weights(args: &Value) -> Found {
    let known = KNOWN_CLASSES.map(str::to_owned);
    let shown = |weight: f64| if weight.is_finite() { json!(weight) } else { json!(weight.to_string().to_lowercase()) };
    let weights = ClassWeights::parse(text(args, "text"), &known).0;
    Ok(weights.iter().map(|own| json!([own.class, shown(own.weight)])).collect())
}

fn spans(args: &Value, borders: Borders) -> Found {
    let (block, netuid) = (whole(args, "block"), whole(args, "netuid"));
    let mut spans = json!({"epoch": span(epoch(block, netuid, borders)), "cycle": span(cycle(block, netuid, borders))});
    if borders == Borders::Begins {
        spans["peak"] = span(peak_cycle(block, netuid));
    }
    Ok(spans)
}

fn off_peak_limits(args: &Value) -> Found {
    let mut limits = args["reported"].clone();
    if peak_cycle(whole(args, "block"), whole(args, "netuid")).holds(whole(args, "block")) {
        return Ok(limits);
    }
    for (hotkey, classes) in limits.as_object_mut().unwrap() {
        let at_peak = args["peak"].get(hotkey);
        for (class, executors) in classes.as_object_mut().unwrap() {
            let count = at_peak.map(|counts| counts[class].as_u64().unwrap_or(0));
            let default = args["defaults"][class].as_u64().unwrap_or(1);
            let reported = executors.as_u64().unwrap();
            *executors = json!(off_peak_executors(reported, count, default, number(args, "ratio")));
        }
    }
    Ok(limits)
}

fn integers(weights: &[f64], most: f64) -> Found {
    commit_integers(weights, most).map(|integers| json!(integers)).map_err(|error| match error {
        ChainError::NoWeights => "ValueError",
        ChainError::ZeroWeights => "ZeroDivisionError",
        ChainError::NotFinite => "another",
    })
}

fn pairs(weights: &[UidWeight]) -> Value {
    weights.iter().map(|own| json!([own.uid, own.weight])).collect()
}

fn processed(args: &Value) -> Found {
    let weights = numbers(args, "weights").into_iter().zip(0..);
    let weights: Vec<UidWeight> = weights.map(|(weight, uid)| UidWeight { uid, weight }).collect();
    let limits = WeightLimits {
        neurons: whole(args, "neurons") as u32,
        min_allowed: whole(args, "min_allowed") as u32,
        most: number(args, "limit"),
        exclude_quantile: number(args, "exclude_quantile"),
    };
    Ok(pairs(&process_weights(&weights, &limits)))
}

fn burnt(args: &Value) -> Found {
    let neurons = args["neurons"].as_array().unwrap();
    let uids: HashMap<&str, u32> =
        neurons.iter().map(|neuron| (neuron[0].as_str().unwrap(), neuron[1].as_u64().unwrap() as u32)).collect();
    let uid = |hotkey: &str| uids.get(hotkey).copied();
    let scores = args["scores"].as_object().unwrap().iter();
    let scores = scores.filter_map(|(hotkey, score)| Some(UidWeight { uid: uid(hotkey)?, weight: score.as_f64()? }));
    let mut burners: Vec<&str> = args["burners"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    burners.sort_unstable();
    let rule = Burn {
        rate: number(args, "rate"),
        partition: number(args, "partition"),
        burners: burners.into_iter().filter_map(uid).collect(),
        main: args["main_burner"].as_str().and_then(uid),
    };
    let limits = WeightLimits {
        neurons: neurons.len() as u32,
        min_allowed: whole(args, "min_allowed") as u32,
        most: number(args, "limit") / 65_535.0,
        exclude_quantile: 0.0,
    };
    let weights = burn(&scores.collect::<Vec<_>>(), &rule, &limits);
    let ints = integers(&weights.iter().map(|own| own.weight).collect::<Vec<_>>(), 65_535.0)?;
    Ok(json!({"weights": pairs(&weights), "ints": ints}))
}

fn commit_reveal(args: &Value) -> Found {
    let rule = CommitReveal {
        length: whole(args, "length"),
        commit_offset: whole(args, "commit_offset"),
        commit_buffer: whole(args, "commit_buffer"),
        reveal_buffer: whole(args, "reveal_buffer"),
    };
    assert_eq!(rule, CommitReveal::default());
    let (block, interval) = (whole(args, "block"), rule.interval(whole(args, "block")));
    Ok(json!({
        "reveal": span(interval.reveal),
        "commit": span(interval.commit),
        "may_commit": interval.commit.holds(block),
        "may_reveal": interval.reveal.holds(block),
    }))
}

#[test]
fn functions_are_the_original_s() {
    let mut compared = 0;
    for (row, expected) in lines("functions").iter().zip(lines("functions.expected")) {
        assert_eq!(row["case"], expected["case"]);
        let args = &row["args"];
        let mut tolerance = 1e-12;
        let mut single = |found: Found| {
            tolerance = 1e-6;
            found
        };
        let found = match text(row, "fn") {
            "horde" => horde_of(args),
            "normalize" => normalised(args),
            "class_weights" => class_weights(args),
            "spans" => spans(args, Borders::Begins),
            "spans-2024-12" => spans(args, Borders::Ends),
            "off_peak_limits" => off_peak_limits(args),
            "commit_ints" => integers(&numbers(args, "weights"), number(args, "max")),
            "cap" => single(Ok(json!(cap(&numbers(args, "weights"), number(args, "limit"))))),
            "process_weights" => single(processed(args)),
            "burn" => single(burnt(args)),
            "commit_reveal" => commit_reveal(args),
            other => panic!("{other}"),
        };
        match found {
            Ok(value) => assert!(is_like(&value, &expected["value"], tolerance), "{row} {value} {expected}"),
            Err(name) => assert_eq!(expected["error"], name, "{row}"),
        }
        compared += 1;
    }
    assert_eq!(compared, 255);
}
