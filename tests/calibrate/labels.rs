//! What the recording says of copies decides what is a false positive: whoever copies at whatever remove is none.

use serde_json::{Value, json};

use crate::bench::{Bench, unlike};

/// Forty requests of three answers, changed by `change`.
fn recorded(change: impl Fn(&mut [Value])) -> Bench {
    let bench = Bench::new();
    let mut rows = unlike(40, 30);
    rows.chunks_mut(3).for_each(change);
    bench.record(&rows);
    let run = bench.run(&["--attacks", "none", "--threshold", "0.95"]);
    assert!([0, 4].contains(&run.code()), "4 where nothing is independent: {}", run.stderr());
    bench
}

/// Flags and units of each kind: pairs, responses and minibatches.
fn counts(bench: &Bench, class: &str) -> Vec<(u64, u64)> {
    let rates = bench.table("rates");
    let (units, classes, parts) = (rates.texts("unit"), rates.texts("class"), rates.texts("part"));
    let (flags, trials, thresholds) = (rates.counts("flags"), rates.counts("trials"), rates.floats("threshold"));
    let find = |unit: &str| {
        let is = |row: &usize| {
            units[*row] == unit && classes[*row] == class && parts[*row] == "all" && thresholds[*row] == Some(0.95)
        };
        let row = (0..rates.rows()).find(is).unwrap();
        (flags[row].unwrap(), trials[row].unwrap())
    };
    ["pair", "response", "minibatch"].map(find).into()
}

fn same_text(rows: &mut [Value], from: usize, to: usize) {
    rows[to]["reasoning"] = rows[from]["reasoning"].clone();
}

#[test]
fn a_copy_of_a_copy_is_a_copy_of_the_original() {
    let bench = recorded(|rows| {
        same_text(rows, 0, 1);
        same_text(rows, 0, 2);
        rows[1]["copy_of"] = rows[0]["uid"].clone();
        rows[2]["copy_of"] = rows[1]["uid"].clone();
    });
    assert_eq!(counts(&bench, "independent"), [(0, 0), (0, 0), (0, 0)]);
    assert_eq!(counts(&bench, "copied"), [(120, 120), (80, 80), (40, 40)]);
    assert_eq!(bench.table("responses").texts("role")[..3], ["original", "copy", "copy"]);
}

#[test]
fn two_copies_of_a_failed_answer_are_copies_of_each_other() {
    let bench = recorded(|rows| {
        same_text(rows, 1, 2);
        rows[0]["status"] = json!(500);
        rows[1]["copy_of"] = rows[0]["uid"].clone();
        rows[2]["copy_of"] = rows[0]["uid"].clone();
    });
    assert_eq!(counts(&bench, "independent")[0], (0, 0));
    assert_eq!(counts(&bench, "copied"), [(40, 40), (80, 80), (40, 40)]);
}

#[test]
fn a_copy_of_a_failed_answer_alone_makes_no_minibatch_to_detect() {
    let bench = recorded(|rows| {
        rows[0]["status"] = json!(500);
        rows[1]["copy_of"] = rows[0]["uid"].clone();
    });
    assert_eq!(counts(&bench, "copied"), [(0, 0), (0, 0), (0, 0)]);
    assert_eq!(counts(&bench, "independent"), [(0, 40), (0, 40), (0, 0)]);
}

#[test]
fn a_pair_that_no_validator_flags_is_no_false_positive() {
    let bench = recorded(|rows| {
        same_text(rows, 0, 1);
        rows[0]["rewarded"] = json!(false);
        rows[1]["rewarded"] = json!(false);
    });
    assert_eq!(counts(&bench, "independent"), [(0, 80), (0, 40), (0, 40)]);
    let pairs = bench.table("pairs");
    assert_eq!(pairs.floats("score")[0], None);
    let strata = bench.table("strata");
    assert!(
        !strata.texts("value").contains(&"1 and 2".to_owned()) && strata.texts("value").contains(&"1 and 3".to_owned())
    );
}
