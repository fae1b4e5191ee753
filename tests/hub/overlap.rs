//! The next models come while one is evaluated, and what is not needed never comes.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::bench::{Bench, root};
use crate::repos::changed;

#[test]
fn the_next_model_is_on_its_way_before_the_first_is_evaluated() {
    let bench = Bench::with(&[("ns/a", "llama-first"), ("ns/b", "llama-nudged")]);
    // Work for the first model, so that the second is surely asked for meanwhile.
    let samples = std::fs::read(root().join("datasets/samples.jsonl")).unwrap();
    bench.write("samples.jsonl", samples);
    let mut child =
        bench.evaluate_command(&["--jobs", "1"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let (mut said, mut asked) = (Vec::new(), None);
    for line in lines {
        if line.starts_with("uid 1 (ns/a)") {
            asked = Some(bench.downloads("ns/b").len());
        }
        said.push(line);
    }
    assert!(child.wait().unwrap().success(), "{said:?}");
    assert_eq!(asked, Some(1), "{said:?}");
}

#[test]
fn the_weights_of_a_copy_never_travel() {
    let bench = Bench::with(&[("ns/first", "llama-first"), ("ns/other", "stablelm-hasty")]);
    bench.publish("ns/copy", changed("llama-first", &[("README.md", b"all my own work")]));
    let local = root().join("fixtures/models/stablelm-hasty").display().to_string();
    bench.submit(&["ns/first", "ns/copy", &local, "ns/other"]);
    let run = bench.evaluate(&[]).succeeded();
    let expected = [
        "uid 2 is skipped: same content as uid 1 of block 100",
        "uid 4 is skipped: same content as uid 3 of block 102",
    ];
    assert_eq!(run.warnings(), expected);
    assert_eq!(["ns/first", "ns/copy", "ns/other"].map(|id| bench.downloads(id).len()), [1, 0, 0]);
}
