//! What `sweep` resolves to, and what it refuses. For tests only.

use std::path::Path;

use serde_json::json;

use super::*;
use crate::cli::config::ConfigFile;
use crate::cli::testing::{assert_all_resolved, parsed};
use crate::judge::wins::{Rules, Weighting};
use crate::report::RunRecord;
use crate::report::schema::{Schema, schemas};

fn resolved(flags: &[&str]) -> Result<SweepSettings, SettingsError> {
    let file = ConfigFile::default();
    let flags = parsed("sweep", flags);
    resolve(Layers::new(&flags, &|_| None, &file))
}

#[test]
fn every_key_of_the_command_line_is_resolved() {
    assert_all_resolved(&DECLARED, &resolved(&[]).expect("resolves").sources);
}

#[test]
fn epsilon_varies_where_nothing_else_does() {
    let settings = resolved(&[]).expect("resolves");
    assert_eq!((settings.grid.keys.as_slice(), settings.grid.points.len()), (&["preset", "epsilon"][..], 51));
    assert_eq!(Some(&settings.baseline.rules), presets::preset("finetuning-subnet").map(|it| it.rules).as_ref());
    assert_eq!(resolved(&["--epsilon", "0.02"]).expect("resolves").grid.points.len(), 1);
    assert_eq!(resolved(&["--alpha", "0.5,0.9"]).expect("resolves").grid.points.len(), 2);
}

#[test]
fn every_combination_of_values_is_a_point() {
    let flags = ["--epsilon", "0,0.01,linear:0.1:0:9", "--temperature", "0.01:0.03:0.01", "--alpha", "0.5"];
    let SweepSettings { grid, baseline, .. } = resolved(&flags).expect("resolves");
    assert_eq!((grid.keys.len(), grid.points.len()), (4, 9));
    let last = &grid.points[8].rules;
    assert_eq!(last.rules.weighting, Weighting::Softmax { temperature: 0.03 });
    assert_eq!((last.rules.alpha, last.rules.epsilon), (0.5, "linear:0.1:0:9".parse().expect("an epsilon")));
    assert_eq!((baseline.rules.alpha, baseline.rules.epsilon), (0.5, Epsilon::Constant(0.01)));
    let presets = resolved(&["--preset", "coldint,pretraining", "--epsilon", "0,0.1"]).expect("resolves").grid;
    let names: Vec<&str> = presets.points.iter().map(|point| point.rules.preset).collect();
    assert_eq!(names, ["coldint", "coldint", "pretraining", "pretraining"]);
}

#[test]
fn what_does_not_fit_is_refused() {
    for flag in ["--epsilon=0.02:0.01:0.001", "--alpha=0.1,,0.2", "--preset=a,a", "--clones=0", "--noise=2"] {
        let (name, _) = flag.split_once('=').expect("a value");
        let refusal = resolved(&[flag]).expect_err("refused").to_string();
        assert!(refusal.contains(&format!("` for {name}: ")), "{refusal}");
    }
    let refusal = |flags: &[&str]| resolved(flags).expect_err("refused").to_string();
    let many = ["--epsilon", "0:0.5:0.001", "--temperature", "0.01:10:0.01"];
    assert!(refusal(&many).starts_with("1 x 501 x 1000 values make more than 100000 points"));
    assert!(
        refusal(&["--alpha=2"])
            .starts_with("--preset finetuning-subnet --alpha 2 --epsilon 0: invalid value `2` for --alpha")
    );
    assert!(refusal(&["--preset=finetuning-successor", "--temperature=1"]).contains("has no meaning"));
    assert!(refusal(&["--at-block=7"]).contains("--candidate UID"));
    let networks = refusal(&["--preset=coldint,pretraining", "--candidate=7"]);
    assert!(networks.contains("--preset has 2; sweep them one by one"), "{networks}");
    assert!(refusal(&["--resamples=10"]).contains("at least 1000"));
}

#[test]
fn values_that_read_the_same_are_refused() {
    for (flag, value) in [
        ("--epsilon=0.01,0.010", "0.01"),
        ("--epsilon=linear:0.1:0:9,linear:0.10:0:9", "linear:0.1:0:9"),
        ("--sample-min=5,7,05", "5"),
        ("--alpha=0,-0", "0"),
        ("--noise=0.1,0.2,0.10", "0.1"),
        ("--clone-blocks=1,5000000,1", "1"),
        ("--clones=1,2,01", "1"),
    ] {
        let refusal = resolved(&[flag]).expect_err("refused").to_string();
        assert!(refusal.ends_with(&format!(": has the value {value} twice")), "{refusal}");
    }
    assert_eq!(resolved(&["--clones=5,1"]).expect("resolves").clones, [1, 5], "in ascending order");
}

#[test]
fn a_rule_with_one_value_is_part_of_what_all_is_held_against() {
    let flags = ["--preset", "coldint,pretraining", "--epsilon", "0.03", "--sample-min", "5,6"];
    let SweepSettings { baseline, .. } = resolved(&flags).expect("resolves");
    let coldint = presets::preset("coldint").expect("a preset").rules;
    assert_eq!((baseline.preset, baseline.rules.epsilon), ("coldint", Epsilon::Constant(0.03)));
    assert_eq!(baseline.rules, Rules { epsilon: Epsilon::Constant(0.03), ..coldint });
    let alone = resolved(&["--epsilon", "0.02"]).expect("resolves");
    assert_eq!(alone.baseline.rules, alone.grid.points[0].rules.rules);
}

#[test]
fn the_epsilon_that_is_swept_is_recorded() {
    let epsilon = |flags: &[&str]| {
        let sources = resolved(flags).expect("resolves").sources;
        let found: Vec<String> =
            sources.iter().filter(|setting| setting.key == "epsilon").map(|setting| setting.value.clone()).collect();
        found
    };
    assert_eq!(epsilon(&[]), ["0:0.05:0.001"]);
    assert_eq!(epsilon(&["--alpha", "0.5,0.9"]), ["(the preset's)"]);
    assert_eq!(epsilon(&["--epsilon", "0.01,0.02"]), ["0.01,0.02"]);
}

/// A run of `evaluate` by other shares than its preset's.
fn run_in(folder: &Path) -> String {
    let told = |key: &str, value: &str| json!({ "key": key, "value": value, "source": "flag" });
    let record = json!({
        "schema_version": RunRecord::SCHEMA_VERSION,
        "command": "evaluate",
        "settings": [told("preset", "coldint"), told("epsilon", "0.03")],
        "reward_shares": [{ "competition": "big", "share": 0.2 }, { "competition": "small", "share": 0.8 }],
        "seed": 1,
        "inputs": [],
        "models": [],
        "device": "cpu",
        "compute_dtype": "f32",
        "loss_dtype": "f32",
        "crate_version": "0",
        "git_commit": null,
        "warnings": [],
    });
    std::fs::write(folder.join("run.json"), record.to_string()).expect("writes");
    for schema in schemas() {
        if let Schema::Table { report: "evaluate", schema } = schema {
            std::fs::write(folder.join(format!("{}.parquet", schema.name)), "").expect("writes");
        }
    }
    folder.display().to_string()
}

#[test]
fn the_sweep_of_a_run_begins_from_its_rules_and_shares() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = run_in(folder.path());
    let shares = |settings: &SweepSettings| -> Vec<(String, f64)> {
        let competitions = settings.baseline.rules.competitions.iter();
        competitions.map(|competition| (competition.id.clone(), competition.reward_share)).collect()
    };
    let settings = resolved(&[&run]).expect("resolves");
    assert_eq!((settings.baseline.preset, settings.baseline.rules.epsilon), ("coldint", Epsilon::Constant(0.03)));
    assert_eq!(shares(&settings), [("big".to_owned(), 0.2), ("small".to_owned(), 0.8)]);
    let recorded = settings.sources.iter().find(|setting| setting.key == "competitions.big").expect("recorded");
    assert_eq!((recorded.value.as_str(), &recorded.source), ("reward 0.2", &Origin::Preset(run.clone())));
    let given = resolved(&[&run, "--shares", "big=0.5,small=0.5"]).expect("resolves");
    assert_eq!(shares(&given)[0].1, 0.5);
    let other = resolved(&[&run, "--preset", "pretraining"]).expect("resolves");
    assert_eq!((other.baseline.preset, shares(&other)), ("pretraining", shares(&settings)), "the losses are of these");
}
