//! The fixtures are what their README says: the samples come from the generator, the copy is a copy, the broken one is
//! broken, and no model is large.

#[path = "../examples/make_fixtures/corpus/mod.rs"]
mod corpus;

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use corpus::Corpus;
use safetensors::SafeTensors;
use serde_json::Value;

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
