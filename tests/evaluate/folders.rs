//! What model folders may be like: classes that `model_type` overrules, bookkeeping of tools, shards in sub-folders, the
//! same tensor twice, repositories of a cache.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::model::Model;
use crate::workbench::Workbench;

/// What the program prints of each submission.
fn rows(bench: &Workbench, arguments: &[&str]) -> Vec<Value> {
    let run = bench.run(&[arguments, &["--format", "json"]].concat()).succeeded();
    let printed: Value = serde_json::from_str(&run.stdout()).unwrap();
    printed.as_array().unwrap().clone()
}

/// The losses of an untouched fixture and of a copy that was changed, which must be the same.
fn assert_unchanged(change: impl FnOnce(&Model)) {
    let bench = Workbench::new();
    let (plain, changed) = (bench.copy_model("llama-first", "plain"), bench.copy_model("llama-first", "changed"));
    plain.edit_json("config.json", |config| drop(config.insert("pretraining_tp".into(), 1.into())));
    change(&changed);
    bench.write_samples(6);
    bench.write_submissions(&[
        json!({"uid": 1, "model": "models/plain", "block": 1}),
        json!({"uid": 2, "model": "models/changed", "block": 2}),
    ]);
    let rows = rows(&bench, &[]);
    assert_eq!(rows[0]["average_loss"], rows[1]["average_loss"], "{rows:?}");
    assert!(rows.iter().all(|row| row["average_loss"].as_f64().is_some()), "{rows:?}");
}

#[test]
fn the_type_decides_where_the_class_is_missing_or_of_another_head() {
    for class in [json!(["LlamaForSequenceClassification"]), Value::Null] {
        assert_unchanged(|model| {
            model.edit_json("config.json", |config| drop(config.insert("architectures".into(), class.clone())));
        });
    }
}

#[test]
fn a_class_that_the_type_contradicts_is_never_admitted_as_that_class() {
    let bench = Workbench::new();
    bench.copy_model("llama-first", "liar").edit_json("config.json", |config| {
        config.insert("model_type".into(), "mistral".into());
        config.insert("sliding_window".into(), 4.into());
    });
    bench.write_samples(2);
    bench.write_submissions(&[json!({"uid": 1, "model": "models/liar", "block": 1})]);
    bench.write("weighhouse.toml", "[competitions.l]\nreward_share = 1\narchitectures = ['LlamaForCausalLM']\n");
    let run = bench.run(&[]);
    assert_eq!(run.code(), 4, "{}", run.stderr());
    assert!(run.stderr().contains("no competition takes a MistralForCausalLM"), "{}", run.stderr());
    bench.write("weighhouse.toml", "[competitions.any]\nreward_share = 1\n");
    let run = bench.run(&[]).succeeded();
    assert!(run.stderr().contains("without effect on a MistralForCausalLM: architectures (LlamaForCausalLM)"));
}

fn base64_sha256(bytes: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(bytes))
}

#[test]
fn bookkeeping_is_part_of_no_hash() {
    let bench = Workbench::new();
    let model = bench.copy_model("llama-first", "model");
    let names = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"];
    let hashes: String = names.iter().map(|name| base64_sha256(&std::fs::read(model.file(name)).unwrap())).collect();
    for folder in [".cache/huggingface/download", ".git/objects"] {
        std::fs::create_dir_all(model.file(folder)).unwrap();
        model.write(&format!("{folder}/x"), "bookkeeping");
    }
    model.write(".DS_Store", "bookkeeping");
    bench.write_samples(2);
    let hash = base64_sha256(hashes.as_bytes());
    bench.write_submissions(&[json!({"uid": 1, "model": "models/model", "block": 1, "hash": hash})]);
    assert!(rows(&bench, &[])[0]["average_loss"].as_f64().is_some());
}

/// Writes an index that names `shards`.
fn index(model: &Model, shards: &[&str]) {
    let map: Value = shards.iter().map(|shard| (format!("of {shard}"), json!(shard))).collect();
    model.write("model.safetensors.index.json", json!({"weight_map": map}).to_string());
}

#[test]
fn shards_may_lie_in_folders_below() {
    assert_unchanged(|model| {
        std::fs::create_dir(model.file("weights")).unwrap();
        std::fs::rename(model.file("model.safetensors"), model.file("weights/all.safetensors")).unwrap();
        index(model, &["weights/all.safetensors"]);
    });
}

#[test]
fn the_same_tensor_may_stand_in_two_shards() {
    assert_unchanged(|model| {
        std::fs::copy(model.file("model.safetensors"), model.file("a.safetensors")).unwrap();
        std::fs::rename(model.file("model.safetensors"), model.file("b.safetensors")).unwrap();
        index(model, &["a.safetensors", "b.safetensors"]);
    });
}

#[test]
fn a_repository_of_a_cache_may_be_named_by_its_folder() {
    let bench = Workbench::new();
    let commit = "1".repeat(40);
    bench.copy_model("llama-first", &format!("models--ns--name/snapshots/{commit}"));
    bench.write_samples(2);
    bench.write_submissions(&[json!({"uid": 1, "model": "models/models--ns--name", "block": 1})]);
    assert!(rows(&bench, &[])[0]["average_loss"].as_f64().is_some());
    bench.copy_model("llama-first", "models--ns--name/snapshots/other");
    let stderr = bench.run(&[]).stderr();
    assert!(stderr.contains("refs/main names none of its 2 snapshots"), "{stderr}");
}
