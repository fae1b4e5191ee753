//! Downloads that break: what is tried again, from where, and how long the hub is waited for.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::bench::{Bench, wait_for};
use crate::repos::{WEIGHTS, blob_name, fixture};
use crate::serve_hub::{Action, Seen};

/// Downloads of weights from their first byte on.
const WHOLE: &str = "GET /cdn/*model.safetensors -";
/// And from a later one.
const REST: &str = "GET /cdn/*model.safetensors bytes=1000-";

/// Puts the beginning of a file where a broken download leaves it.
fn begin(bench: &Bench, id: &str, bytes: &[u8], listed: &[u8]) {
    let blobs = bench.cached(id).join("blobs");
    std::fs::create_dir_all(&blobs).unwrap();
    std::fs::write(blobs.join(format!("{}.incomplete", blob_name(WEIGHTS, listed))), bytes).unwrap();
}

/// The weights of `ns/a` are here, they are those of the fixture, and nothing is left over.
fn is_whole(bench: &Bench) {
    let files = fixture("llama-first");
    let blob = bench.cached("ns/a").join("blobs").join(blob_name(WEIGHTS, &files[WEIGHTS]));
    assert!(std::fs::read(blob).unwrap() == files[WEIGHTS]);
    assert_eq!(bench.blobs("ns/a").len(), files.len());
}

fn ranges(seen: &[Seen]) -> Vec<Option<&str>> {
    seen.iter().map(|seen| seen.range.as_deref()).collect()
}

#[test]
fn a_connection_that_is_cut_is_resumed_where_it_broke() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    bench.fault_once(WHOLE, Action::Cut(100_000));
    bench.fault_once("GET /cdn/*bytes=1", Action::Cut(80_000));
    bench.pull(&[]).succeeded();
    is_whole(&bench);
    let (size, seen) = (fixture("llama-first")[WEIGHTS].len() as u64, bench.downloads("ns/a"));
    let from = |seen: &Seen| seen.range.as_deref().map_or(0, |range| range[6..range.len() - 1].parse::<u64>().unwrap());
    let last = seen.last().unwrap();
    assert!(seen.len() >= 2 && (1..=180_000).contains(&from(last)), "{seen:?}");
    assert_eq!(last.sent, size - from(last));
    let sent: u64 = seen.iter().map(|seen| seen.sent).sum();
    assert!((size..size + 180_000).contains(&sent), "{sent} bytes of {size}");
}

#[test]
fn what_a_run_left_behind_is_gone_on_with() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    let weights = &fixture("llama-first")[WEIGHTS];
    begin(&bench, "ns/a", &weights[..1000], weights);
    bench.pull(&[]).succeeded();
    is_whole(&bench);
    assert_eq!(ranges(&bench.downloads("ns/a")), [Some("bytes=1000-")]);
}

#[test]
fn a_damaged_beginning_is_fetched_once_more_from_the_start() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    begin(&bench, "ns/a", &[7; 1000], &fixture("llama-first")[WEIGHTS]);
    bench.pull(&[]).succeeded();
    is_whole(&bench);
    assert_eq!(ranges(&bench.downloads("ns/a")), [Some("bytes=1000-"), None]);
}

#[test]
fn a_beginning_that_is_too_long_is_dropped() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    begin(&bench, "ns/a", &[7; 400_000], &fixture("llama-first")[WEIGHTS]);
    bench.pull(&[]).succeeded();
    is_whole(&bench);
    assert_eq!(ranges(&bench.downloads("ns/a")), [None]);
}

#[test]
fn a_hub_that_ignores_the_range_is_read_from_the_start() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    let weights = &fixture("llama-first")[WEIGHTS];
    begin(&bench, "ns/a", &weights[..1000], weights);
    bench.fault("GET /cdn/", Action::IgnoreRange);
    bench.pull(&[]).succeeded();
    is_whole(&bench);
    let seen = bench.downloads("ns/a");
    assert_eq!((ranges(&seen), seen[0].status), (vec![Some("bytes=1000-")], 200));
}

#[test]
fn a_part_from_another_place_is_refused_and_dropped() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    let weights = &fixture("llama-first")[WEIGHTS];
    begin(&bench, "ns/a", &weights[..1000], weights);
    bench.fault(REST, Action::WrongRange);
    let rows = bench.pull_rows(&[], 4);
    let note = rows[0]["note"].as_str().unwrap();
    assert!(note.ends_with("refused, model.safetensors is sent from another byte than was asked for"), "{note}");
    assert_eq!(bench.blobs("ns/a").len(), 3, "the texts are kept, the part is not");
    bench.mend();
    bench.pull(&[]).succeeded();
    is_whole(&bench);
}

#[test]
fn the_hub_is_waited_for_as_long_as_it_asks() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    bench.fault_once(WHOLE, Action::Status(429, Some(2)));
    let start = Instant::now();
    bench.pull(&[]).succeeded();
    assert!(start.elapsed() >= Duration::from_secs(2));
    is_whole(&bench);
    assert_eq!(bench.downloads("ns/a").iter().map(|seen| seen.status).collect::<Vec<_>>(), [429, 200]);
}

#[test]
fn a_hub_that_asks_for_an_hour_is_not_waited_for() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    bench.fault(WHOLE, Action::Status(429, Some(3600)));
    let rows = bench.pull_rows(&[], 75);
    let note = rows[0]["note"].as_str().unwrap();
    assert!(note.ends_with("the hub answers 429, and asks to wait 3600 s; try again later"), "{note}");
}

#[test]
fn failures_that_pass_are_overcome() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    bench.fault_once("/revision/main", Action::Close);
    bench.fault_once("/tree/", Action::Status(502, None));
    bench.fault_once("tokenizer.json", Action::Cut(5000));
    bench.fault_once("GET /cdn/*bytes=0-65535", Action::Cut(100));
    bench.fault_once(WHOLE, Action::Status(500, None));
    bench.pull(&[]).succeeded();
    is_whole(&bench);
    let tokenizer: Vec<Seen> =
        bench.server.requests().into_iter().filter(|seen| seen.path.ends_with("tokenizer.json")).collect();
    assert_eq!(ranges(&tokenizer), [None, Some("bytes=5000-")], "small files are resumed too");
}

/// Whether at some time two downloads were under way at once.
fn at_once(jobs: &str) -> bool {
    let bench = Bench::with(&[("ns/a", "llama-first"), ("ns/b", "llama-nudged")]);
    bench.fault("GET /cdn/*-", Action::Throttle(200_000));
    let mut command = bench.pull_command(&["--jobs", jobs]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let is_under_way = |seen: &Seen| (1..300_000).contains(&seen.sent);
    let mut met = false;
    wait_for("the pull", || {
        met |= ["ns/a", "ns/b"].iter().all(|id| bench.downloads(id).iter().any(is_under_way));
        child.try_wait().unwrap().is_some()
    });
    assert!(child.wait().unwrap().success());
    met
}

#[test]
fn files_are_fetched_side_by_side_up_to_the_number_of_jobs() {
    assert!(at_once("2"));
    assert!(!at_once("1"));
}

#[test]
fn each_file_is_a_plain_line_and_the_table_says_what_came() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    let run = bench.pull(&[]).succeeded();
    let line = run.stderr().lines().find(|line| line.starts_with("pulled ns/a@")).map(str::to_owned);
    assert!(line.is_some_and(|line| line.contains(" model.safetensors: 297.0 KiB in ")), "{}", run.stderr());
    assert!(!run.stderr().contains('\u{1b}'), "no bars where stderr is no terminal");
    assert_eq!(bench.pull_rows(&[], 0)[0]["status"], json!("cached"));
}
