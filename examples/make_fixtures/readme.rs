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
- `../datasets/samples.jsonl`: 300 held-out conversations (`sample_id`, `prompt`, `response`, `source`). None of their
  problems is in the training split, in these or other words.
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

All of it is the output of this project's own programs and comes under the project's licence (MIT OR Apache-2.0).
";
