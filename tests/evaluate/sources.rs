//! What is said of the sources that the intervals rest on.

use serde_json::json;

use crate::workbench::{Workbench, root};

/// The warnings about sources of an evaluation of samples with these sources.
fn said(sources: &[Option<String>]) -> Vec<String> {
    let bench = Workbench::new();
    let sample = |(number, source): (usize, &Option<String>)| {
        let mut sample = json!({"prompt": format!("Say {number}."), "response": "It is said."});
        source.iter().for_each(|source| sample["source"] = source.as_str().into());
        format!("{sample}\n")
    };
    bench.write("samples.jsonl", sources.iter().enumerate().map(sample).collect::<String>());
    let model = root().join("fixtures/models/llama-hasty");
    bench.write_submissions(&[json!({"uid": 1, "model": model, "block": 1})]);
    let run = bench.run(&[]).succeeded();
    let stderr = run.stderr();
    let warnings = stderr.lines().filter_map(|line| line.strip_prefix("warning: "));
    warnings.filter(|line| line.contains("source")).map(str::to_owned).collect()
}

#[test]
fn few_sources_are_warned_of() {
    let named = |count: usize| (0..40).map(|n| Some(format!("source {}", n % count))).collect::<Vec<_>>();
    let warned = said(&named(19));
    assert_eq!(
        warned,
        [
            "a step draws its samples from 19 sources (a sample without one counts as one); below 20 the intervals are too \
          short: give samples of more sources"
        ]
    );
    assert!(said(&named(20)).is_empty());
    assert!(said(&vec![None; 20]).is_empty(), "each is its own source");
}

#[test]
fn samples_without_a_source_among_others_are_told() {
    let mut mixed: Vec<Option<String>> = (0..30).map(|n| Some(format!("source {n}"))).collect();
    mixed[4] = None;
    mixed[9] = None;
    assert_eq!(said(&mixed), ["2 of 30 samples name no `source`; each of these is taken as independent of all others"]);
}
