//! Recordings of others: every format that is imported, and the record of losses that they become.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use weighhouse::imports::{ImportFormat, ModelFile, join, read};
use weighhouse::records::{Reading, Source, read_losses};

use crate::case::Case;
use crate::harness::Target;

pub const STEP_LOG: Target = Target {
    name: "step_log",
    run: |case, folder| import(ImportFormat::StepLog, put(case, folder, "log.json")),
    dictionary: &[
        "original_format_json",
        "uid_data",
        "uids",
        "losses",
        "epsilon_adv",
        "norm_weight",
        "average_loss",
        "block",
        "timestamp",
        "n_inf",
        "sample_len",
        "NaN",
        "-Infinity",
        "2147483648",
    ],
    also: || recorded(&["coldint-step.json", "pretraining-steps.jsonl", "successor-wandb-history.jsonl"]),
    inputs: 1500,
};

pub const EVALSTATE: Target = Target {
    name: "evalstate",
    run: |case, folder| {
        let state = folder.join("evalstate");
        case.write(&state);
        let answer = import(ImportFormat::Evalstate, state.clone());
        fs::remove_dir_all(state).unwrap();
        answer
    },
    dictionary: &["'shape': ", "(1, 1)", "999999999", "'<f8'", "losses.npy", "fortran_order", "first_seen", "hotkey"],
    also: || vec![Case::read(&root().join("coldint-vali-state/evalstate"))],
    inputs: 1000,
};

pub const LM_EVAL: Target = Target {
    name: "lm_eval",
    run: |case, folder| import(ImportFormat::LmEval, put(case, folder, "samples_task_date.jsonl")),
    dictionary: &["resps", "target", "filter", "doc_id", "doc_hash", "choices", "byte_perplexity", "-Infinity", "nan"],
    also: || {
        let file =
            |task: &str| format!("lm-eval/org-a__model-one/samples_made_up_{task}_2025-01-01T00-00-00.000000.jsonl");
        recorded(&["choice", "rolling", "target"].map(file).each_ref().map(String::as_str))
    },
    inputs: 1500,
};

pub const LLAMA_PERPLEXITY: Target = Target {
    name: "llama_perplexity",
    run: |case, folder| import(ImportFormat::LlamaPerplexity, put(case, folder, "out.bin")),
    dictionary: &["_logits_", "[1]", "n_ctx=", "inf", "nan", "\u{7f}\u{7f}\u{7f}\u{7f}"],
    also: || {
        recorded(&[
            "llama-perplexity/all-logits.bin",
            "llama-perplexity/output-type-0.txt",
            "llama-perplexity/output-type-1.txt",
        ])
    },
    inputs: 2000,
};

pub const RECORDED_LOSSES: Target = Target {
    name: "recorded_losses",
    run: |case, folder| {
        let path = put(case, folder, "l.jsonl");
        told(read_losses(&Source::from(path.as_path()), &Reading::strict(), |step| {
            assert!(!step.participants.is_empty());
            Ok(())
        }))
    },
    dictionary: &["step", "uid", "losses", "loss", "status", "skipped", "sample_id", "source", "current_block", "NaN"],
    also: || vec![Case::single(fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/losses.jsonl")).unwrap())],
    inputs: 1500,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/imports")
}

fn recorded(names: &[&str]) -> Vec<Case> {
    names.iter().map(|name| Case::read(&root().join(name))).collect()
}

fn put(case: &Case, folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, case.bytes()).unwrap();
    path
}

/// Imports a file as the only one of its model; no loss is negative, and all of a step are on its samples.
fn import(format: ImportFormat, path: PathBuf) -> String {
    let names_its_models = matches!(format, ImportFormat::StepLog | ImportFormat::Evalstate);
    let model = (!names_its_models).then(|| "a/b".to_owned());
    let imported = match read(format, &[ModelFile { model, path }]) {
        Ok(imported) => imported,
        Err(error) => return checked(&error),
    };
    for step in imported.steps {
        for losses in step.entries.iter().filter_map(|entry| entry.losses.as_ref()) {
            assert!(losses.iter().all(|loss| loss.is_nan() || *loss >= 0.0), "{losses:?}");
            assert!(losses.len() <= step.samples.len());
        }
        if let Err(error) = join(step, None) {
            return checked(&error);
        }
    }
    "read".into()
}

fn told<T, E: Display>(result: Result<T, E>) -> String {
    result.map_or_else(|error| checked(&error), |_| "read".into())
}

fn checked(error: &dyn Display) -> String {
    let message = error.to_string();
    assert!(!message.is_empty() && !message.contains('\n') && message.len() < 2000, "{message}");
    message
}
