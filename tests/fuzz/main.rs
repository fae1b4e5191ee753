//! Every parser that meets strangers' bytes, on inputs that are made from a corpus by seeded chance. An input may be
//! refused; it may not panic, fill the memory or take for ever. `cargo test` runs some thousands of inputs for each target;
//! with WEIGHHOUSE_FUZZ_INPUTS and WEIGHHOUSE_FUZZ_SEED in the environment the same test runs as many others as are wanted.

mod case;
mod found;
mod harness;
mod json;
mod memory;
mod mutate;
mod seeds;
mod targets;

use targets::{children, encoding, engine, hub, imports, records, runs, settings, store};

/// One test for each target, under its name.
macro_rules! targets {
    ($($name:ident: $target:expr,)*) => {$(
        #[test]
        fn $name() {
            assert_eq!($target.name, stringify!($name));
            harness::run(&$target);
        }
    )*};
}

targets! {
    samples: records::SAMPLES,
    submissions: records::SUBMISSIONS,
    responses: records::RESPONSES,
    calls: records::CALLS,
    lists: records::LISTS,
    phrases: records::PHRASES,
    texts: records::TEXTS,
    parquet: records::PARQUET,
    references: hub::REFERENCES,
    listings: hub::LISTINGS,
    headers: hub::HEADERS,
    ledger: hub::LEDGER,
    config: engine::CONFIG,
    safetensors: engine::SAFETENSORS,
    model: engine::MODEL,
    tokenizer: encoding::TOKENIZER,
    template: encoding::TEMPLATE,
    embedder: engine::EMBEDDER,
    orders: children::ORDERS,
    losses: store::LOSSES,
    embeddings: store::EMBEDDINGS,
    norms: store::NORMS,
    settings: settings::SETTINGS,
    step_log: imports::STEP_LOG,
    evalstate: imports::EVALSTATE,
    lm_eval: imports::LM_EVAL,
    llama_perplexity: imports::LLAMA_PERPLEXITY,
    recorded_losses: imports::RECORDED_LOSSES,
    baseline: runs::BASELINE,
    run_record: runs::RUN_RECORD,
}
