//! What the tiny evaluation reads.

use std::path::Path;

use serde_json::json;

use crate::checkup::bench::{SHAPES, write_shape};
use crate::checkup::error::CheckupError;
use crate::checkup::values::Values;

/// Samples; their models are two.
const SAMPLES: usize = 6;

/// Writes two tiny models of random weights, their tokenizer, and samples of words that it knows, into `folder`.
///
/// # Errors
/// They cannot be written.
pub fn write_inputs(folder: &Path) -> Result<(), CheckupError> {
    let write = |path: &Path, text: String| std::fs::write(path, text).map_err(CheckupError::at(path));
    let shape = SHAPES[0];
    let word = |id: u32| format!("w{id}");
    let mut submissions = String::new();
    for (index, model) in ["first", "second"].iter().enumerate() {
        write_shape(&shape, index as u64 + 1, &folder.join(model), &|| false)?;
        let vocabulary: serde_json::Map<String, serde_json::Value> =
            (0..shape.vocabulary as u32).map(|id| (word(id), json!(id))).collect();
        let tokenizer = json!({
            "version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "WhitespaceSplit"},
            "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": word(0)},
        });
        write(&folder.join(model).join("tokenizer.json"), tokenizer.to_string())?;
        write(&folder.join(model).join("tokenizer_config.json"), json!({"eos_token": word(2)}).to_string())?;
        let (uid, block) = (index + 1, 100 + index);
        submissions += &format!("{}\n", json!({"uid": uid, "model": format!("./{model}"), "block": block}));
    }
    write(&folder.join("submissions.jsonl"), submissions)?;
    let mut values = Values::new(3);
    let mut words =
        |count: usize| values.ids(count, shape.vocabulary).into_iter().map(word).collect::<Vec<_>>().join(" ");
    let samples = (0..SAMPLES).map(|index| format!("{}\n", json!({"prompt": words(5 + index), "response": words(4)})));
    write(&folder.join("samples.jsonl"), samples.collect())
}
