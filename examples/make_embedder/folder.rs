//! Writes the embedder in the layout of sentence-transformers.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use candle_core::Tensor;
use serde::Serialize;
use serde_json::{Value, json};
use tokenizers::Tokenizer;

use crate::model::{self, POSITIONS};
use crate::tokenizer::SPECIAL;

/// Writes all files; the folder is made anew.
pub fn write(folder: &Path, tokenizer: &Tokenizer, weights: &BTreeMap<String, Tensor>) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("{}: cannot be emptied", folder.display()))?;
    }
    let pooling = folder.join("1_Pooling");
    fs::create_dir_all(&pooling).with_context(|| format!("{}: cannot be made", folder.display()))?;
    write_json(&folder.join("modules.json"), &modules())?;
    write_json(&pooling.join("config.json"), &model::pooling())?;
    write_json(
        &folder.join("sentence_bert_config.json"),
        &json!({"max_seq_length": POSITIONS, "do_lower_case": false}),
    )?;
    write_json(&folder.join("config.json"), &model::config())?;
    write_json(&folder.join("tokenizer.json"), tokenizer)?;
    write_json(&folder.join("tokenizer_config.json"), &tokenizer_config())?;
    let about = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let bytes = safetensors::serialize(weights, Some(about))?;
    let path = folder.join("model.safetensors");
    fs::write(&path, bytes).with_context(|| format!("{}: cannot be written", path.display()))
}

fn modules() -> Value {
    let module = |index: usize, path: &str, kind: &str| {
        let kind = format!("sentence_transformers.models.{kind}");
        json!({"idx": index, "name": index.to_string(), "path": path, "type": kind})
    };
    json!([module(0, "", "Transformer"), module(1, "1_Pooling", "Pooling"), module(2, "2_Normalize", "Normalize")])
}

fn tokenizer_config() -> Value {
    json!({
        "tokenizer_class": "BertTokenizer",
        "do_lower_case": true,
        "strip_accents": null,
        "tokenize_chinese_chars": true,
        "model_max_length": POSITIONS,
        "pad_token": SPECIAL[0],
        "unk_token": SPECIAL[1],
        "cls_token": SPECIAL[2],
        "sep_token": SPECIAL[3],
        "mask_token": SPECIAL[4],
    })
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value)? + "\n";
    fs::write(path, text).with_context(|| format!("{}: cannot be written", path.display()))
}
