//! The fixtures are what their README says: the samples come from the generator, the copy is a copy, the broken one is
//! broken, no model is large, and the recorded minibatches hold new problems, independent answers and true copies.

#[path = "../examples/make_fixtures/corpus/mod.rs"]
mod corpus;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use corpus::{Conversation, Corpus, PARTS};
use safetensors::SafeTensors;
use serde_json::Value;
use weighhouse::records::{Order, Reading, Request, Response, Source, read_requests};

/// The seed of the fixtures in the repository.
const SEED: u64 = 1;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn model(name: &str) -> PathBuf {
    root().join("fixtures/models").join(name)
}

fn json_lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The bytes of every file of a folder, by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

fn tensor_names(folder: &Path) -> HashSet<String> {
    let bytes = fs::read(folder.join("model.safetensors")).unwrap();
    SafeTensors::deserialize(&bytes).unwrap().names().into_iter().map(str::to_owned).collect()
}

/// The recorded minibatches as `calibrate` reads them.
fn minibatches() -> Vec<Request> {
    let mut requests = Vec::new();
    let source = Source::from(root().join("datasets/minibatches.jsonl"));
    read_requests(&source, Order::Minibatches, &Reading::strict(), |request| {
        requests.push(request);
        Ok(())
    })
    .unwrap();
    requests
}

/// Each copy with the response that it copies.
fn copies(requests: &[Request]) -> Vec<(&Response, &Response)> {
    let pairs = requests.iter().flat_map(|request| request.responses.iter().map(move |response| (request, response)));
    pairs
        .filter_map(|(request, copy)| {
            let original = request.responses.iter().find(|other| Some(other.uid) == copy.copy_of)?;
            Some((copy, original))
        })
        .collect()
}

#[test]
fn samples_are_what_the_generator_holds_out() {
    let samples = json_lines(&root().join("datasets/samples.jsonl"));
    let corpus = Corpus::generate(SEED);
    assert_eq!(samples.len(), corpus.held_out.len());
    for (sample, held_out) in samples.iter().zip(&corpus.held_out) {
        assert_eq!(sample["prompt"], held_out.prompt);
        assert_eq!(sample["response"], held_out.response);
        assert_eq!(sample["source"], format!("word-problems/{}", held_out.kind));
    }
}

#[test]
fn no_problem_is_in_two_parts() {
    let Corpus { train, validation, held_out } = Corpus::generate(SEED);
    let all: Vec<_> = train.iter().chain(&validation).chain(&held_out).collect();
    let distinct: HashSet<_> = all.iter().map(|conversation| &conversation.prompt).collect();
    assert_eq!(distinct.len(), all.len());
}

#[test]
fn another_seed_gives_other_problems() {
    assert_ne!(Corpus::generate(SEED).held_out, Corpus::generate(SEED + 1).held_out);
}

#[test]
fn every_solution_ends_with_its_answer() {
    for conversation in Corpus::generate(SEED).train {
        let last = conversation.response.lines().last().unwrap();
        assert!(last.starts_with("Answer: "), "{last}");
    }
}

#[test]
fn submissions_have_their_own_uid_and_a_small_folder() {
    let submissions = json_lines(&root().join("fixtures/submissions.jsonl"));
    let uids: HashSet<_> = submissions.iter().map(|s| s["uid"].as_u64().unwrap()).collect();
    assert_eq!(uids.len(), submissions.len());
    for submission in &submissions {
        let folder = root().join("fixtures").join(submission["model"].as_str().unwrap());
        let bytes: usize = files(&folder).values().map(Vec::len).sum();
        assert!((1..1_000_000).contains(&bytes), "{}: {bytes} bytes", folder.display());
    }
}

#[test]
fn the_copy_is_the_same_to_the_byte_and_the_perturbed_one_is_not() {
    let first = files(&model("llama-first"));
    assert_eq!(first, files(&model("llama-copy")));
    assert_ne!(first, files(&model("llama-perturbed")));
    assert_ne!(first, files(&model("llama-nudged")));
}

#[test]
fn the_broken_one_lacks_one_tensor() {
    let (whole, broken) = (tensor_names(&model("llama-first")), tensor_names(&model("llama-broken")));
    let missing: Vec<_> = whole.difference(&broken).collect();
    assert_eq!(missing, ["model.layers.1.mlp.down_proj.weight"]);
}

#[test]
fn minibatches_ask_what_no_model_has_seen() {
    let rows = json_lines(&root().join("datasets/minibatches.jsonl"));
    let problems: Vec<Conversation> =
        corpus::problems(SEED).take(PARTS.iter().sum::<usize>() + rows.len() / 4).collect();
    let (seen, new) = problems.split_at(PARTS.iter().sum());
    let seen: HashSet<_> = seen.iter().map(|problem| problem.prompt.as_str()).collect();
    for (rows, problem) in rows.chunks(4).zip(new) {
        assert!(rows.iter().all(|row| row["question"] == problem.prompt && row["request_id"] == rows[0]["request_id"]));
        assert!(problem.response.ends_with(&format!("\nAnswer: {}", rows[0]["ground_truth"].as_str().unwrap())));
        assert!(!seen.contains(problem.prompt.as_str()), "{}", problem.prompt);
    }
}

/// The operator of every uid, of which each has one.
fn operators() -> HashMap<u32, String> {
    let mut operators = HashMap::new();
    for row in json_lines(&root().join("datasets/minibatches.jsonl")) {
        let (uid, name) = (row["uid"].as_u64().unwrap() as u32, row["operator"].as_str().unwrap().to_owned());
        let known = operators.entry(uid).or_insert_with(|| name.clone());
        assert_eq!(*known, name, "uid {uid}");
    }
    operators
}

#[test]
fn a_minibatch_is_four_of_fourteen_miners_and_time_goes_on() {
    let requests = minibatches();
    assert_eq!(requests.len(), 300);
    assert!(requests.iter().all(|request| request.responses.len() == 4));
    let responses: Vec<_> = requests.iter().flat_map(|request| &request.responses).collect();
    assert_eq!(responses.iter().map(|response| response.uid).collect::<HashSet<_>>().len(), 14);
    assert!(responses.is_sorted_by(|a, b| a.recorded_at.unwrap() < b.recorded_at.unwrap()));
    assert_eq!(operators().len(), 14);
}

#[test]
fn responses_are_of_every_kind() {
    let requests = minibatches();
    let responses: Vec<_> = requests.iter().flat_map(|request| &request.responses).collect();
    let count = |is: fn(&Response) -> bool| responses.iter().filter(|response| is(response)).count();
    assert!(count(|r| r.correctness == Some(1.0)) > 0 && count(|r| r.correctness == Some(0.0)) > 0);
    assert!((1..60).contains(&count(|r| !r.answered())) && (1..120).contains(&count(|r| !r.rewarded)));
    assert!(responses.iter().all(|r| r.answered() != r.reasoning.is_empty()));
}

#[test]
fn copies_stay_with_their_operator_and_are_mostly_the_same_to_the_byte() {
    let requests = minibatches();
    let (copies, operators) = (copies(&requests), operators());
    let same = |copy: &Response, original: &Response| operators[&copy.uid] == operators[&original.uid];
    assert!(copies.iter().all(|(copy, original)| same(copy, original) && original.copy_of.is_none()));
    let with_copy = requests.iter().filter(|request| request.responses.iter().any(|r| r.copy_of.is_some())).count();
    assert!((30..=45).contains(&with_copy), "10 to 15 % of the requests, not {with_copy}");
    let edited: Vec<_> = copies.iter().filter(|(copy, original)| copy.reasoning != original.reasoning).collect();
    assert!((1..copies.len() / 2).contains(&edited.len()), "{} of {}", edited.len(), copies.len());
    for (copy, original) in edited {
        let words = copy.reasoning.split_whitespace().zip(original.reasoning.split_whitespace());
        assert!(words.filter(|(a, b)| a != b).count() <= 1, "{} {}", copy.reasoning, original.reasoning);
    }
}

#[test]
fn independent_answers_to_a_problem_differ() {
    let (mut pairs, mut equal) = (0, 0);
    for request in minibatches() {
        let own: Vec<_> = request.responses.iter().filter(|r| r.answered() && r.copy_of.is_none()).collect();
        let distinct: HashSet<_> = own.iter().map(|response| &response.reasoning).collect();
        pairs += own.len() * (own.len() - 1) / 2;
        equal += own.len() - distinct.len();
    }
    assert!(pairs > 1500 && equal * 100 < pairs, "{equal} of {pairs} independent pairs are equal");
}
