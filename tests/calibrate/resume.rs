//! Nothing measured is lost, and memory does not follow the recording.

use std::process::{Child, Stdio};
use std::time::Duration;

use crate::bench::{Bench, embedder, row};
#[cfg(target_os = "linux")]
use crate::peak;

const FLAGS: [&str; 4] = ["--attacks", "none", "--threshold", "0.95"];

fn start(bench: &Bench) -> Child {
    let embedder = embedder();
    let places =
        ["recording.jsonl", "--embedder", &embedder, "--out", "out", "--store", "store", "--resamples", "1000"];
    let mut command = bench.command(&[&places[..], &FLAGS].concat());
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Parts in the store, wherever they lie.
fn parts(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let count = |path: std::path::PathBuf| match path.is_dir() {
        true => parts(&path),
        false => usize::from(path.extension().is_some_and(|extension| extension == "parquet")),
    };
    entries.map(|entry| count(entry.unwrap().path())).sum()
}

/// Starts a run over ever longer recordings until it is caught in the middle, and lets `stop` end it.
fn stopped(bench: &Bench, stop: impl Fn(&mut Child)) -> i32 {
    for requests in [600, 1500, 4000] {
        bench.record_unlike(requests, 40);
        let mut child = start(bench);
        while parts(&bench.path("store")) < 2 && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(2));
        }
        stop(&mut child);
        let status = child.wait().unwrap();
        if !bench.path("out/run.json").exists() {
            return status.code().unwrap_or(-1);
        }
        std::fs::remove_dir_all(bench.path("store")).unwrap();
        std::fs::remove_dir_all(bench.path("out")).unwrap();
    }
    panic!("no run could be stopped in the middle");
}

fn goes_on_as_if_undisturbed(bench: &Bench) {
    let before = parts(&bench.path("store"));
    assert!(before >= 2, "{before} parts were kept");
    bench.run(&FLAGS).succeeded();
    assert!(parts(&bench.path("store")) > before);
    bench.run_into("undisturbed", "other", &FLAGS).succeeded();
    assert_eq!(parts(&bench.path("store")), parts(&bench.path("other")), "nothing was measured twice");
    for name in ["pairs", "responses", "thresholds", "rates", "strata"] {
        let bytes = |out: &str| std::fs::read(bench.path(&format!("{out}/{name}.parquet"))).unwrap();
        assert!(bytes("out") == bytes("undisturbed"), "{name}");
    }
}

#[test]
fn a_killed_run_goes_on_where_it_was() {
    let bench = Bench::new();
    stopped(&bench, |child| child.kill().unwrap());
    goes_on_as_if_undisturbed(&bench);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_says_so_and_goes_on() {
    let bench = Bench::new();
    let code = stopped(&bench, |child| {
        let status = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(status.success());
    });
    assert_eq!(code, 130);
    goes_on_as_if_undisturbed(&bench);
}

/// Ten times the requests, and as many times the text, take hardly more memory: far less than the text itself. One of
/// the two answers is short, so that they are quickly compared.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_follow_the_recording() {
    let bench = Bench::new();
    let record = |requests: usize| {
        let long =
            |request: usize| (0..2000).map(|n| format!("{} ", (n * 37 + request * 11) % 9973)).collect::<String>();
        let rows = (0..requests).flat_map(|request| {
            let id = format!("r{request}");
            [row(&id, 1, &long(request)), row(&id, 2, &format!("the answer is {request}"))]
        });
        bench.record(&rows.collect::<Vec<_>>());
        std::fs::metadata(bench.path("recording.jsonl")).unwrap().len()
    };
    let shorter = record(300);
    let few = peak::of(start(&bench));
    let longer = record(3000);
    let many = peak::of(start(&bench));
    assert!(bench.path("out/run.json").exists(), "the runs came to their end");
    let more = longer - shorter;
    assert!(more > 20_000_000, "{more}");
    assert!(many < few + more / 2, "{few} bytes for 300 requests, {many} for 3000 with {more} more bytes of text");
}
