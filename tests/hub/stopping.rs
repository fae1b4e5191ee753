//! A pull that is stopped leaves a state from which the same command goes on.

use std::process::{Child, Command, Stdio};

use crate::bench::{Bench, wait_for};
use crate::repos::{WEIGHTS, blob_name, fixture};
use crate::run::Run;
use crate::serve_hub::Action;

/// Runs until a part of the weights has arrived, and lets `stop` end it.
fn stopped(bench: &Bench, mut command: Command, stop: impl Fn(&mut Child)) -> Run {
    bench.fault("/cdn/ns/a/* -", Action::Throttle(50_000));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let partial = format!("{}.incomplete", blob_name(WEIGHTS, &fixture("llama-first")[WEIGHTS]));
    let partial = bench.cached("ns/a").join("blobs").join(partial);
    wait_for("a part of the weights", || std::fs::metadata(&partial).is_ok_and(|found| found.len() > 0));
    stop(&mut child);
    let run = Run::new(child.wait_with_output().unwrap());
    assert!(std::fs::metadata(&partial).unwrap().len() < 304_080, "it was stopped in the middle");
    bench.mend();
    run
}

#[cfg(unix)]
fn interrupt(child: &mut Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// The last download went on where the one before had stopped.
fn went_on(bench: &Bench) {
    let seen = bench.downloads("ns/a");
    let range = seen.last().unwrap().range.clone().unwrap();
    let from: u64 = range.strip_prefix("bytes=").unwrap().trim_end_matches('-').parse().unwrap();
    assert!((seen.len(), from > 0) == (2, true), "{seen:?}");
}

#[cfg(unix)]
#[test]
fn an_interrupted_pull_says_so_in_one_line_and_goes_on() {
    let bench = Bench::with(&[("ns/a", "llama-first"), ("ns/b", "llama-hasty")]);
    let run = stopped(&bench, bench.pull_command(&["--jobs", "1"]), interrupt);
    assert_eq!((run.code(), run.stdout().as_str()), (130, ""), "{}", run.stderr());
    let cache = bench.hub_home().join("hub").display().to_string();
    let said = run.stderr();
    assert_eq!(said.matches("interrupted").count(), 1, "{said}");
    assert!(
        said.lines().last().unwrap().starts_with(&format!("interrupted: what arrived is kept in {cache}; ")),
        "{said}"
    );
    bench.pull(&[]).succeeded();
    went_on(&bench);
}

#[cfg(unix)]
#[test]
fn an_interrupted_evaluation_goes_on_to_the_same_tables() {
    let bench = Bench::with(&[("ns/a", "llama-first"), ("ns/b", "llama-hasty")]);
    let run = stopped(&bench, bench.evaluate_command(&[]), interrupt);
    assert_eq!((run.code(), run.stderr().matches("interrupted").count()), (130, 1), "{}", run.stderr());
    bench.evaluate(&[]).succeeded();
    went_on(&bench);
    bench.run_command(bench.evaluate_into("undisturbed", "another", &[])).succeeded();
    assert!(bench.tables("out") == bench.tables("undisturbed"));
}

#[test]
fn a_killed_pull_goes_on() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    stopped(&bench, bench.pull_command(&[]), |child| child.kill().unwrap());
    bench.pull(&[]).succeeded();
    went_on(&bench);
    let files = fixture("llama-first");
    assert_eq!(bench.blobs("ns/a").len(), files.len());
}

#[test]
fn what_was_begun_is_this_program_s_to_remove() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    stopped(&bench, bench.pull_command(&[]), |child| child.kill().unwrap());
    let clean = ["store", "clean", "--older-than", "0s", "--store", "store"];
    bench.run_command(bench.command(&clean)).succeeded();
    assert!(!bench.cached("ns/a").exists());
}
