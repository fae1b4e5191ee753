//! Nothing measured is lost: a run that is killed, interrupted or damaged goes on where it was, and its tables are those
//! of a run that nothing happened to.

use std::path::Path;
use std::process::{Child, Command};

use serde_json::json;

use crate::long_run::{LongRun, tokens, undisturbed};
use crate::workbench::{Workbench, root};

#[test]
fn a_killed_run_goes_on_where_it_was() {
    let mut run = LongRun::new(&[]);
    run.stopped(|child| child.kill().unwrap());
    run.continues();
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_says_so_and_goes_on_where_it_was() {
    let mut run = LongRun::new(&[]);
    let interrupt = |child: &mut Child| {
        let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    };
    let ended = run.stopped(interrupt);
    assert_eq!((ended.code(), ended.stdout().as_str()), (130, ""));
    let line = "interrupted: what was measured is kept in store; the same command, without --fresh, continues from \
                there\n";
    assert!(ended.stderr().ends_with(line), "{}", ended.stderr());
    assert_eq!(ended.stderr().matches("interrupted").count(), 1);
    run.continues();
}

/// A bench with two models, evaluated once.
fn evaluated() -> Workbench {
    let models = ["llama-hasty", "stablelm-hasty"].map(|name| root().join("fixtures/models").join(name));
    let bench = Workbench::with_models(&[&models[0], &models[1]]);
    bench.run(&[]).succeeded();
    bench
}

#[test]
fn what_the_store_holds_is_not_measured_again() {
    let bench = evaluated();
    let first = bench.tables("out");
    let run = bench.run(&[]).succeeded();
    assert!(bench.tables("out") == first);
    assert_eq!(tokens(&bench.table("timings")), 0);
    assert_eq!(run.stderr().matches("from the store").count(), 2, "{}", run.stderr());
    bench.run(&["--epsilon", "0.2", "--seed", "5"]).succeeded();
    assert_eq!(tokens(&bench.table("timings")), 0, "another judgement measures nothing");
    bench.write_samples(8);
    bench.run(&[]).succeeded();
    undisturbed(&bench, &[]);
    let (new, all) = (tokens(&bench.table("timings")), tokens(&bench.table_of("undisturbed", "timings")));
    assert!(0 < new && new < all, "only the two new samples are measured: {new} of {all} tokens");
    assert!(bench.tables("out") == bench.tables("undisturbed"));
}

#[test]
fn fresh_measures_all_again() {
    let bench = evaluated();
    let (tables, all) = (bench.tables("out"), tokens(&bench.table("timings")));
    bench.run(&["--fresh"]).succeeded();
    assert_eq!(tokens(&bench.table("timings")), all);
    assert!(bench.tables("out") == tables);
    assert_eq!(bench.parts("store").len(), 2, "nothing is kept twice");
}

/// Evaluates, damages the first part, and evaluates again: one warning that names the part, and the same tables.
fn survives(damage: impl Fn(&Path)) {
    let bench = evaluated();
    let tables = bench.tables("out");
    let part = bench.parts("store").remove(0);
    damage(&part);
    let run = bench.run(&[]).succeeded();
    let warnings = run.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let name = part.file_name().unwrap().to_str().unwrap();
    assert!(warnings[0].contains(name) && warnings[0].contains("its samples are measured again"), "{warnings:?}");
    assert!(tokens(&bench.table("timings")) > 0);
    assert!(bench.tables("out") == tables);
    let run = bench.run(&[]).succeeded();
    assert_eq!((run.warnings().len(), tokens(&bench.table("timings"))), (0, 0), "the part is mended");
}

#[test]
fn a_damaged_part_is_told_and_measured_again() {
    survives(|part| std::fs::write(part, &std::fs::read(part).unwrap()[..100]).unwrap());
    survives(|part| std::fs::write(part, "").unwrap());
    survives(|part| {
        let mut bytes = std::fs::read(part).unwrap();
        bytes[50] ^= 1;
        std::fs::write(part, bytes).unwrap();
    });
}

#[test]
fn another_template_or_model_is_another_measurement() {
    let bench = evaluated();
    let tables = bench.tables("out");
    let all = tokens(&bench.table("timings"));
    bench.run(&["--template", "none"]).succeeded();
    assert!(tokens(&bench.table("timings")) > 0);
    assert!(bench.tables("out") != tables);
    let model = bench.copy_model("llama-hasty", "changed");
    model.edit("model.safetensors", |bytes| *bytes.last_mut().unwrap() ^= 1);
    bench.write_submissions(&[json!({"uid": 1, "model": "models/changed", "block": 1})]);
    bench.run(&[]).succeeded();
    let changed = tokens(&bench.table("timings"));
    assert!(0 < changed && changed < all);
}

#[test]
fn a_readme_does_not_make_another_model() {
    let bench = evaluated();
    let model = bench.copy_model("llama-hasty", "described");
    model.write("README.md", "Trained in haste.");
    bench.write_submissions(&[json!({"uid": 9, "model": "models/described", "block": 1})]);
    bench.run(&[]).succeeded();
    assert_eq!(tokens(&bench.table("timings")), 0);
}
