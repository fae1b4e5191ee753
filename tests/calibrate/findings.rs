//! What a calibration says of recordings whose answer is known.

use serde_json::json;

use crate::bench::{Bench, embedder, root, row, unlike};

const QUICK: [&str; 4] = ["--attacks", "none", "--threshold", "0.95"];

/// Forty requests of unlike answers, in every fourth of which uid 3 returns the answer of uid 1.
fn with_copies() -> Bench {
    let bench = Bench::new();
    let mut rows = unlike(40, 30);
    for request in (0..40).step_by(4) {
        rows[request * 3 + 2]["reasoning"] = rows[request * 3]["reasoning"].clone();
        rows[request * 3 + 2]["copy_of"] = json!(1);
    }
    bench.record(&rows);
    bench
}

#[test]
fn copies_are_found_and_originals_are_no_false_positives() {
    let bench = with_copies();
    bench.run(&QUICK).succeeded();
    let rates = bench.table("rates");
    let (units, classes, parts) = (rates.texts("unit"), rates.texts("class"), rates.texts("part"));
    let (flags, trials, thresholds) = (rates.counts("flags"), rates.counts("trials"), rates.floats("threshold"));
    let find = |unit: &str, class: &str| {
        let row = (0..rates.rows()).find(|&row| {
            units[row] == unit && classes[row] == class && parts[row] == "all" && thresholds[row] == Some(0.95)
        });
        (flags[row.unwrap()].unwrap(), trials[row.unwrap()].unwrap())
    };
    assert_eq!(find("response", "copied"), (10, 10));
    assert_eq!(find("pair", "copied"), (10, 10));
    assert_eq!(find("minibatch", "copied"), (10, 10));
    assert_eq!(find("response", "independent"), (0, 100));
    assert_eq!(find("pair", "independent"), (0, 110));
    assert_eq!(find("minibatch", "independent"), (0, 30));
}

#[test]
fn an_exact_copy_has_penalty_1() {
    let bench = with_copies();
    bench.run(&QUICK).succeeded();
    let responses = bench.table("responses");
    let (roles, penalties) = (responses.texts("role"), responses.floats("penalty"));
    let copies: Vec<f64> =
        roles.iter().zip(penalties).filter(|(role, _)| *role == "copy").filter_map(|(_, p)| p).collect();
    assert_eq!(copies, vec![1.0; 10]);
    assert_eq!(roles.iter().filter(|role| *role == "original").count(), 10);
}

#[test]
fn the_default_run_needs_no_arguments() {
    let bench = Bench::new();
    let mut command = bench.command(&["--resamples", "1000", "--attack-requests", "5"]);
    command.current_dir(root());
    let store = bench.path("store");
    command.args(["--out".as_ref(), bench.path("out").as_os_str(), "--store".as_ref(), store.as_os_str()]);
    let run = crate::run::Run::new(command.output().unwrap()).succeeded();
    assert!(run.stdout().contains("responses"), "{}", run.stdout());
    for name in ["pairs", "responses", "thresholds", "rates", "strata", "attacks"] {
        assert!(bench.table(name).rows() > 0, "{name}");
    }
    for name in ["scores", "fpr", "roc", "det", "attacks"] {
        assert!(bench.path(&format!("out/{name}.svg")).exists() && bench.path(&format!("out/{name}.png")).exists());
    }
    assert!(bench.path("out/report.html").exists() && bench.path("out/run.json").exists());
}

#[test]
fn stronger_edits_slip_through_more_often() {
    let bench = Bench::new();
    bench.record_unlike(30, 40);
    bench.run(&["--attacks", "exact,words", "--threshold", "0.9"]).succeeded();
    let attacks = bench.table("attacks");
    assert_eq!(attacks.texts("attack")[0], "exact");
    let rates: Vec<f64> = attacks.floats("tpr").into_iter().flatten().collect();
    assert_eq!(rates.len(), 6);
    assert_eq!(rates[0], 1.0);
    assert!(rates.is_sorted_by(|a, b| a >= b) && rates[5] < 0.5, "{rates:?}");
}

#[test]
fn equal_runs_write_equal_tables_whatever_is_in_the_store() {
    let bench = with_copies();
    bench.run_into("first", "store", &["--attacks", "exact,swap:0.5"]).succeeded();
    bench.run_into("again", "store", &["--attacks", "exact,swap:0.5"]).succeeded();
    bench.run_into("anew", "other", &["--attacks", "exact,swap:0.5"]).succeeded();
    for name in ["pairs", "responses", "thresholds", "rates", "strata", "attacks", "attack_scores"] {
        let bytes = |out: &str| std::fs::read(bench.path(&format!("{out}/{name}.parquet"))).unwrap();
        assert!(bytes("first") == bytes("again") && bytes("first") == bytes("anew"), "{name}");
    }
}

#[test]
fn failed_and_unrewarded_responses_are_told_apart() {
    let bench = Bench::new();
    let mut failed = row("a", 3, "");
    failed["status"] = json!(500);
    let mut compared = row("a", 2, "one and two make three");
    compared["rewarded"] = json!(false);
    bench.record(&[row("a", 1, "one and two make three"), compared, failed]);
    let run = bench.run(&QUICK).succeeded();
    assert!(run.stderr().contains("1 response has a status other than 200 and is left out"), "{}", run.stderr());
    let responses = bench.table("responses");
    assert_eq!(responses.numbers("uid"), [1, 2]);
    assert_eq!(responses.floats("penalty")[0], Some(1.0), "the other one is compared with");
    let rates = bench.table("rates");
    let response = rates.texts("unit").iter().position(|unit| unit == "response").unwrap();
    assert_eq!(rates.counts("trials")[response], Some(1));
}

#[test]
fn recorded_penalties_are_compared() {
    let bench = Bench::new();
    let mut rows = vec![row("a", 1, "the same"), row("a", 2, "the same")];
    rows[0]["penalty"] = json!(1.0);
    rows[1]["penalty"] = json!(1.0);
    bench.record(&rows);
    let run = bench.run(&QUICK).succeeded();
    assert!(run.stderr().contains("all 2 recorded penalties agree"), "{}", run.stderr());
    rows[1]["penalty"] = json!(0.75);
    bench.record(&rows);
    let warnings = bench.run(&QUICK).succeeded().warnings();
    let found = warnings.iter().any(|warning| {
        warning.starts_with("1 of 2 recorded penalties differ") && warning.contains("0.250000, in request a, uid 2")
    });
    assert!(found, "{warnings:?}");
}

#[test]
fn nothing_of_an_earlier_run_stays_in_the_folder() {
    let bench = Bench::new();
    bench.record_unlike(5, 10);
    let files = || {
        let entries = std::fs::read_dir(bench.path("out")).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    bench.run(&["--attacks", "exact,words:0.5"]).succeeded();
    assert!(files().contains(&"roc.svg".to_owned()) && bench.table("attack_scores").rows() == 10);
    bench.run(&QUICK).succeeded();
    let after = files();
    let stale = ["attacks.svg", "attacks.png", "roc.svg", "roc.png", "det.svg", "det.png"];
    assert!(stale.iter().all(|name| !after.contains(&(*name).to_owned())), "{after:?}");
    assert_eq!((bench.table("attacks").rows(), bench.table("attack_scores").rows()), (0, 0));
}

#[test]
fn answers_that_stand_alone_are_told_and_left_out() {
    let bench = Bench::new();
    let mut rows = unlike(30, 10);
    rows.extend((0..20).map(|n| row(&format!("alone{n}"), 1, "nobody else answered")));
    bench.record(&rows);
    let run = bench.run(&QUICK).succeeded();
    assert!(run.stdout().contains("none of 30 minibatches of 3 responses is flagged"), "{}", run.stdout());
    assert!(run.stdout().contains("none of 90 responses in minibatches of 3 is flagged"), "{}", run.stdout());
    let note = "20 requests have fewer than two answers: nothing to compare, so no rate counts them";
    assert!(run.stderr().contains(note), "{}", run.stderr());
}

#[test]
fn a_recorded_answer_tells_which_part_it_is_in() {
    let bench = with_copies();
    bench.run(&QUICK).succeeded();
    let (responses, rates) = (bench.table("responses"), bench.table("rates"));
    let (parts, roles) = (responses.texts("part"), responses.texts("role"));
    for part in ["choosing", "reporting"] {
        let counted = parts.iter().zip(&roles).filter(|(of, role)| *of == part && *role == "independent").count();
        let row = (0..rates.rows()).find(|&row| {
            rates.texts("part")[row] == part
                && rates.texts("unit")[row] == "response"
                && rates.texts("class")[row] == "independent"
        });
        assert_eq!(rates.counts("trials")[row.unwrap()], Some(counted as u64), "{part}");
    }
}

#[test]
fn too_few_requests_are_an_answer() {
    let bench = Bench::new();
    bench.record_unlike(40, 10);
    let run = bench.run(&["--attacks", "none"]).succeeded();
    assert!(run.stdout().contains("299"), "{}", run.stdout());
    let thresholds = bench.table("thresholds");
    let guaranteed = thresholds.texts("kind").iter().position(|kind| kind == "guaranteed").unwrap();
    assert_eq!(thresholds.floats("threshold")[guaranteed], None);
    assert_eq!(thresholds.counts("needs")[guaranteed], Some(299));
}

#[test]
fn a_size_that_was_not_recorded_is_named() {
    let bench = Bench::new();
    bench.record_unlike(3, 5);
    let said = bench.run(&[&QUICK[..], &["--minibatch-size", "2,3,8"]].concat()).succeeded().stderr();
    assert!(said.contains("no request has 8 independent responses") && !said.contains("has 3 ind"), "{said}");
    let sizes = bench.table("sizes");
    let known: Vec<bool> = sizes.floats("rate").iter().map(Option::is_some).collect();
    assert_eq!((sizes.counts("minibatch_size").last(), known.last()), (Some(&Some(8)), Some(&false)));
}

#[test]
fn run_json_says_what_was_read() {
    let bench = Bench::new();
    bench.record_unlike(3, 5);
    bench.run(&QUICK).succeeded();
    let record: serde_json::Value =
        serde_json::from_slice(&std::fs::read(bench.path("out/run.json")).unwrap()).unwrap();
    assert_eq!(record["command"], "calibrate");
    assert_eq!(
        (record["inputs"][0]["rows"].as_u64(), record["models"][0]["path"].as_str()),
        (Some(9), Some(&*embedder()))
    );
    assert_eq!(record["inputs"][0]["sha256"].as_str().unwrap().len(), 64);
}

#[test]
fn a_machine_reads_the_same_as_the_tables() {
    let bench = with_copies();
    let run = bench.run(&["--attacks", "none", "--threshold", "0.95", "--format", "json"]).succeeded();
    let summary = Bench::json(&run);
    assert_eq!(summary["rates"].as_array().unwrap().len(), bench.table("rates").rows());
    let responses = bench.table("responses");
    let (flagged, penalties) = (responses.flags("flagged"), responses.floats("penalty"));
    assert!(flagged.iter().zip(penalties).all(|(flag, penalty)| *flag == penalty.map(|penalty| penalty > 0.95)));
    assert_eq!(flagged.iter().filter(|flag| **flag == Some(true)).count(), 20, "ten copies and their originals");
}
