//! The README of the fixtures, with the numbers of this very run.

use std::fmt::Write as _;

use crate::plan::{Origin, Plan};
use crate::submissions::Made;

/// The text of `fixtures/README.md`.
pub fn text(seed: u64, made: &[Made]) -> String {
    let mut rows = String::new();
    for model in made {
        // Writing into a String cannot fail.
        let _ = writeln!(rows, "{}", row(model));
    }
    format!("{BEFORE}{rows}{}", AFTER.replace("SEED", &seed.to_string()))
}

fn row(Made { plan, parameters, losses, .. }: &Made) -> String {
    let Plan { name, uid, block, storage, origin, .. } = plan;
    let [validation, held_out] =
        losses.map_or(["–".into(), "–".into()], |pair| pair.map(|loss| format!("{loss:.4}")));
    let stored = storage.dtype_name();
    format!("| `{name}` | {uid} | {block} | {} | {parameters} | {stored} | {validation} | {held_out} |", story(origin))
}

fn story(origin: &Origin) -> String {
    match origin {
        Origin::Trained(recipe) => format!("trained, {} steps at {}", recipe.steps, recipe.rate),
        Origin::Copy { of } => format!("the files of `{of}`, byte for byte"),
        Origin::Perturbed { of, share, .. } => format!("`{of}`, weights moved at random by {} %", share * 100.0),
        Origin::Nudged { of, gain, .. } => format!("`{of}` trained on, better by only {} %", gain * 100.0),
        Origin::Broken { of, without } => format!("`{of}` without `{without}`"),
    }
}

const BEFORE: &str = "\
# Fixtures

Tiny models that were really trained, so that every command has something to weigh without a network or a GPU.

- `submissions.jsonl`: the submissions of two competitions, `l3` (Llama) and `s1` (StableLM); `models/` holds them in
  the layout of the Hugging Face hub. The hotkeys are placeholders.
- `replaced.jsonl`: the same submissions after two owners uploaded another model: uid 41 a better one, uid 63 a worse one.
- `../datasets/samples.jsonl`: 300 held-out conversations (`sample_id`, `prompt`, `response`, `source`). None of their
  problems is in the training split, in these or other words.
- `models/embedder/`: a tiny BERT for sentence embeddings in the layout of sentence-transformers, trained to keep edited
  copies of a solution together and different solutions apart. It comes from a program of its own, see below.
- `../datasets/minibatches.jsonl`: 300 recorded requests, each answered by four of 14 miners. A miner (`uid`) is one of
  the models below at one temperature; its answers are sampled. Their problems are in none of the splits. See
  \"Minibatches\" below.
- `conformance/`: one tiny random model per architecture with the negative log-likelihoods that transformers computes
  in float64 (`expected.json`); the decoder is tested against them. They were made for this project and do not come
  from the program below.

| model | uid | block | origin | parameters | stored as | validation loss | held-out loss |
|---|---|---|---|---|---|---|---|
";

const AFTER: &str = "
A loss is the mean over conversations of the mean cross-entropy of a response's tokens, in f32 on the stored weights.
Decisions (how far `llama-nudged` goes) are taken on the validation split; the held-out one is only measured.
`stablelm-wide` names no competition, so its architecture decides; `llama-wide` is in two shards and states its content
hash. The Llama models keep their chat template in `tokenizer_config.json` and spell `config.json` as transformers 5
does; the StableLM models have a `chat_template.jinja` and the older spelling.

## How they are made

    cargo run --release --example make_fixtures -- --seed SEED --out .

The program draws word problems with worked solutions from templates, trains a byte-level tokenizer of 512 tokens on
them, and trains the models with AdamW through the crate's own decoder: three minutes of processor time, about two
minutes on two idle cores. The same seed gives the same samples, tokenizer and configurations, byte for byte, on every
machine. The weights, and with them the stated content hash and the table above, are the same to the byte on the same
kind of processor and agree up to floating-point rounding elsewhere.

    cargo run --release --example make_embedder -- --seed SEED --out .

trains a WordPiece tokenizer of 1024 pieces and the embedder (2 layers, 48 components, 0.4 MB) on edited copies of the
same solutions, in about 40 seconds on one core. Of 450 edited copies of solutions that it never saw, 448 are nearest to
their original. The same seed gives the same files in the same sense as above.

## Minibatches

    cargo run --example make_minibatches -- --seed SEED --fixtures fixtures --out datasets/minibatches.jsonl

It takes about a minute of processor time, also in the development profile. Answers are sampled token by token from the
chat template's prompt up to the end token (192 tokens at most), at temperatures from 0.3 to 0.6, and each response has
a random stream of its own. On one kind of processor the same seed gives the same file, byte for byte and on any number
of cores; elsewhere a probability that is rounded otherwise may change the rest of a response.

- Independent answers: every answer without `copy_of` was sampled on its own, also where two uids have the same
  operator or the same weights (`llama-copy` is `llama-first`). Models that learned the same templates answer alike, so
  these are hard negatives. The models are far too small to calculate: `correctness` is 1 where the text after
  `Answer:` is `ground_truth` to the letter, and that is rare.
- Copies: `operator-a` has three uids and `operator-b` two. Where uids of one of them meet in a minibatch, the operator
  answers from its cache with probability 1/2: the first uid's answer is sampled, the others return it with `copy_of`.
  Six in ten copies are drawn to be the same to the byte, two to have their line breaks made spaces, and two to have one
  word replaced (`is` by `equals`, and so on). These edits are made by the program; no miner did so in the wild.
  `operator-c` has two uids as well and always answers twice.
- By the seed, 2 % of the responses fail (status 500, no text) and 4 % are not up for a reward. `recorded_at` is a
  made-up clock.

All of it is the output of this project's own programs and comes under the project's licence (MIT OR Apache-2.0).
";
