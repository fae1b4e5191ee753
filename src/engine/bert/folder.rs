//! What a sentence-transformers folder asks for: modules.json and the files it points to. Whatever is not known is
//! refused by name; a folder without modules.json is mean-pooled and normalised.

use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::config::BertConfig;
use super::json::{bad, read_json, read_optional};
use super::pooling::Pooling;
use crate::engine::error::Result;

/// A folder that makes embeddings, described.
#[derive(Debug, Clone, PartialEq)]
pub struct SentenceFolder {
    /// Where config.json, tokenizer.json and the weights lie.
    pub transformer: PathBuf,
    /// The model's sizes.
    pub config: BertConfig,
    /// How the states of a text's tokens become one embedding.
    pub pooling: Pooling,
    /// Whether embeddings are brought to length 1.
    pub normalise: bool,
    /// Tokens of a text that are read at most, special ones included.
    pub longest: usize,
    /// Whether texts are brought to lower case before they are tokenised.
    pub lower_case: bool,
}

/// One entry of modules.json.
#[derive(Deserialize)]
struct Module {
    path: String,
    #[serde(rename = "type")]
    kind: String,
}

/// `sentence_bert_config.json`.
#[derive(Deserialize, Default)]
struct Reading {
    max_seq_length: Option<usize>,
    #[serde(default)]
    do_lower_case: bool,
}

const MODULES: &str = "modules.json";

impl SentenceFolder {
    /// Reads the description of `folder`. Without modules.json the tokens' mean is taken, as sentence-transformers
    /// does, and normalised, which changes no cosine.
    ///
    /// # Errors
    /// A file is absent or damaged, or asks for something that is not known.
    pub fn read(folder: &Path) -> Result<Self> {
        refuse_prompt(&folder.join("config_sentence_transformers.json"))?;
        let path = folder.join(MODULES);
        if !path.exists() {
            return Self::with(folder.into(), Pooling::Mean, true);
        }
        let modules: Vec<Module> = read_json(&path, MODULES)?;
        let inside = |module: &Module| inside(folder, &module.path).map_err(|problem| bad(&path, problem));
        let kinds: Result<Vec<&str>> = modules.iter().map(|module| known_kind(&path, &module.kind)).collect();
        let normalise = match kinds?.as_slice() {
            ["Transformer", "Pooling"] => false,
            ["Transformer", "Pooling", "Normalize"] => true,
            other => {
                let problem = format!("modules {}; known is Transformer, Pooling, perhaps Normalize", other.join(", "));
                return Err(bad(&path, problem));
            }
        };
        let pooling = Pooling::read(&inside(&modules[1])?.join("config.json"))?;
        Self::with(inside(&modules[0])?, pooling, normalise)
    }

    fn with(transformer: PathBuf, pooling: Pooling, normalise: bool) -> Result<Self> {
        let config = BertConfig::read(&transformer.join("config.json"))?;
        let path = transformer.join("sentence_bert_config.json");
        let reading: Reading = read_optional(&path)?.unwrap_or_default();
        let longest = match reading.max_seq_length {
            Some(length) => length,
            None => config.positions.min(tokenizer_limit(&transformer)?),
        };
        if longest == 0 || longest > config.positions {
            let problem = format!("`max_seq_length` is {longest}, the model has {} positions", config.positions);
            return Err(bad(&path, problem));
        }
        Ok(Self { transformer, config, pooling, normalise, longest, lower_case: reading.do_lower_case })
    }
}

/// The last part of a module's class name, if it is one of ours.
fn known_kind<'k>(path: &Path, kind: &'k str) -> Result<&'k str> {
    let name = kind.strip_prefix("sentence_transformers.").and_then(|rest| rest.rsplit('.').next());
    name.filter(|name| ["Transformer", "Pooling", "Normalize"].contains(name))
        .ok_or_else(|| bad(path, format!("module `{kind}` is not known; known are Transformer, Pooling and Normalize")))
}

/// A path that modules.json gives, which must not lead out of the folder.
fn inside(folder: &Path, path: &str) -> Result<PathBuf, String> {
    let plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if plain { Ok(folder.join(path)) } else { Err(format!("path `{path}` leads out of the folder")) }
}

/// Texts embedded without a prompt that the model was trained with would be other embeddings.
fn refuse_prompt(path: &Path) -> Result<()> {
    let settings: Map<String, Value> = read_optional(path)?.unwrap_or_default();
    match settings.get("default_prompt_name").and_then(Value::as_str) {
        Some(name) => Err(bad(path, format!("default prompt `{name}`: prompts are not known; use a model without"))),
        None => Ok(()),
    }
}

/// `model_max_length` of tokenizer_config.json; "no limit" is written as a huge number.
fn tokenizer_limit(folder: &Path) -> Result<usize> {
    let settings: Map<String, Value> = read_optional(&folder.join("tokenizer_config.json"))?.unwrap_or_default();
    let limit = settings.get("model_max_length").and_then(Value::as_u64);
    Ok(limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX))
}
