//! Several processes of which some are killed, stopped or interrupted, as Linux lets one see it: none outlives its run, and
//! what is stored costs nothing again.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::device::two_models;
use crate::long_run::LongRun;
use crate::run::Run;
use crate::workbench::Workbench;

/// The processes that a process has started, as Linux tells it.
fn children_of(parent: u32) -> Vec<u32> {
    let processes =
        std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().into_string().ok());
    let is_child = |process: &u32| {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        status.lines().any(|line| line.strip_prefix("PPid:").is_some_and(|of| of.trim() == parent.to_string()))
    };
    processes.filter_map(|name| name.parse().ok()).filter(is_child).collect()
}

fn send(signal: &str, to: &str) {
    assert!(Command::new("kill").args([signal, "--", to]).status().unwrap().success());
}

/// None of them lives on for long; what nobody waits for yet is dead all the same.
fn all_end(processes: &[u32]) {
    let lives = |process: &u32| {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        status.lines().any(|line| line.starts_with("State:") && !line.contains('Z'))
    };
    let start = Instant::now();
    while processes.iter().any(lives) {
        assert!(start.elapsed() < Duration::from_secs(30), "{processes:?} live on");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Sends a signal to a process that may be gone by now; then the run is made longer.
fn try_send(signal: &str, to: u32) {
    Command::new("kill").args([signal, &to.to_string()]).output().unwrap();
}

/// A process that `parent` has started beside those known, unless it has started none for long.
fn follower(parent: u32, known: &[u32]) -> Option<u32> {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(20) {
        if let Some(child) = children_of(parent).into_iter().find(|child| !known.contains(child)) {
            return Some(child);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    None
}

const TWO: [&str; 2] = ["--processes", "2"];

#[test]
fn a_killed_child_costs_nothing_that_is_stored() {
    let mut run = LongRun::new(&TWO);
    let kill = |parent: &mut Child| {
        if let Some(child) = children_of(parent.id()).first() {
            try_send("-KILL", *child);
        }
    };
    let was_told = |run: &LongRun| {
        let record = run.bench.path("out/run.json");
        record.exists() && std::fs::read_to_string(record).unwrap().contains("its process ended early")
    };
    let ended = run.caught(kill, was_told).succeeded();
    let [warning] = &ended.warnings()[..] else { panic!("{}", ended.stderr()) };
    assert!(warning.contains(": its process ended early (signal: 9 (SIGKILL)); what is left of it "), "{warning}");
    assert_eq!(run.bench.stored(), 2 * run.samples, "each sample is kept once");
    let timings = run.bench.table("timings");
    let lost = timings.texts("phase").iter().position(|phase| phase == "first attempt").unwrap();
    assert!(timings.floats("seconds")[lost].unwrap() > 0.0 && timings.counts("tokens")[lost].is_none());
    run.bench.run_into("one", "one-store", &LongRun::FLAGS).succeeded();
    assert!(run.bench.tables("out") == run.bench.tables("one"));
}

#[test]
fn a_killed_parent_takes_its_children_along_and_the_run_goes_on() {
    let mut run = LongRun::new(&TWO);
    let mut children = Vec::new();
    run.stopped(|parent| {
        children = children_of(parent.id());
        parent.kill().unwrap();
        all_end(&children);
    });
    assert!(!children.is_empty(), "it had no children");
    run.continues();
}

#[test]
fn an_interrupted_run_ends_its_children_and_goes_on() {
    let mut run = LongRun::new(&TWO);
    let ended = run.stopped(|parent| {
        let children = children_of(parent.id());
        // As a terminal does: to all of them at once.
        send("-INT", &format!("-{}", parent.id()));
        all_end(&children);
    });
    assert_eq!((ended.code(), ended.stdout().as_str()), (130, ""));
    let line = "the same command, without --fresh, continues from there\n";
    assert!(ended.stderr().ends_with(line), "{}", ended.stderr());
    assert_eq!(ended.stderr().matches("interrupted").count(), 1, "{}", ended.stderr());
    assert_eq!(ended.warnings(), [""; 0]);
    run.continues();
}

#[test]
fn a_stopped_child_does_not_outlive_an_interrupted_run() {
    let mut run = LongRun::new(&TWO);
    let mut children = Vec::new();
    let ended = run.stopped(|parent| {
        children = children_of(parent.id());
        children.first().into_iter().for_each(|child| try_send("-STOP", *child));
        send("-INT", &parent.id().to_string());
        all_end(&children);
    });
    assert!(!children.is_empty(), "it had no children");
    assert_eq!((ended.code(), ended.stdout().as_str()), (130, ""));
    run.continues();
}

#[test]
fn a_stopped_child_does_not_outlive_a_run_that_another_ends() {
    let mut run = LongRun::new(&TWO);
    let disturb = |parent: &mut Child| {
        let children = children_of(parent.id());
        let [stopped, falls] = children[..] else { return };
        try_send("-STOP", stopped);
        try_send("-KILL", falls);
        match follower(parent.id(), &children) {
            Some(follower) => {
                try_send("-KILL", follower);
                all_end(&[stopped, falls, follower]);
            }
            // That one was done with its model.
            None => try_send("-CONT", stopped),
        }
    };
    let ended = run.caught(disturb, |run| !run.bench.path("out/run.json").exists());
    assert_eq!(ended.code(), 75, "{}", ended.stderr());
    assert!(ended.stderr().contains(", in two processes one after the other; "), "{}", ended.stderr());
}

#[test]
fn a_program_whose_file_is_gone_starts_its_processes_all_the_same() {
    let bench = two_models();
    let command = bench.command(&[&["submissions.jsonl"], &Workbench::PLACES[..], &TWO].concat());
    let program = Path::new(command.get_program());
    let link = program.with_file_name(format!("gone-{}", std::process::id()));
    std::fs::hard_link(program, &link).unwrap();
    let mut linked = Command::new(&link);
    linked.args(command.get_args()).env_clear().env("HOME", bench.path("")).current_dir(bench.path(""));
    let child = linked.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    std::fs::remove_file(&link).unwrap();
    Run::new(child.unwrap().wait_with_output().unwrap()).succeeded();
    assert_eq!(bench.table("losses").texts("status"), ["ok"; 12]);
}
