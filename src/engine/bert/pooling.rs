//! How the states of a text's tokens become one embedding.

use std::path::Path;

use serde_json::{Map, Value};

use super::json::{bad, read_json};
use crate::engine::error::Result;

/// A way of pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// The mean of all tokens' states, special tokens included.
    Mean,
    /// The state of the first token.
    Cls,
}

const PREFIX: &str = "pooling_mode_";

impl Pooling {
    /// Reads the configuration of a pooling module.
    ///
    /// # Errors
    /// It is absent or damaged, or names another way, or several at once.
    pub fn read(path: &Path) -> Result<Self> {
        let settings: Map<String, Value> = read_json(path, "the pooling's config.json")?;
        let flags = settings.iter().filter(|(_, value)| **value == Value::Bool(true));
        let flagged = flags.filter_map(|(key, _)| key.strip_prefix(PREFIX));
        let named = settings.get("pooling_mode").and_then(Value::as_str);
        match named.into_iter().chain(flagged).collect::<Vec<_>>().as_slice() {
            ["mean" | "mean_tokens"] => Ok(Self::Mean),
            ["cls" | "cls_token"] => Ok(Self::Cls),
            [] => Err(bad(path, "no pooling mode is switched on; known are mean_tokens and cls_token".into())),
            modes => {
                let problem = format!("pooling by {}; known are mean_tokens and cls_token", modes.join(" and "));
                Err(bad(path, problem))
            }
        }
    }

    /// Pools the states of one text, rows of `width`, of which there is at least one.
    pub(super) fn pool(self, states: &[f32], width: usize) -> Vec<f32> {
        let mut pooled = states[..width].to_vec();
        if self == Self::Mean {
            for row in states.chunks_exact(width).skip(1) {
                pooled.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
            }
            let share = 1.0 / (states.len() / width) as f32;
            pooled.iter_mut().for_each(|value| *value *= share);
        }
        pooled
    }

    /// The name that fingerprints are made with.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Cls => "cls",
        }
    }
}

/// Brings an embedding to length 1; one of zeros stays as it is.
pub(super) fn normalise(embedding: &mut [f32]) {
    let length = embedding.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt().max(1e-12);
    embedding.iter_mut().for_each(|value| *value = (f64::from(*value) / length) as f32);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(json: Value) -> Result<Pooling, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        std::fs::write(&path, json.to_string()).unwrap();
        Pooling::read(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn both_spellings_are_read() {
        let flags = json!({"pooling_mode_mean_tokens": true, "pooling_mode_max_tokens": false, "include_prompt": true});
        assert_eq!(read(flags), Ok(Pooling::Mean));
        assert_eq!(read(json!({"pooling_mode_cls_token": true})), Ok(Pooling::Cls));
        assert_eq!(read(json!({"pooling_mode": "cls", "embedding_dimension": 8})), Ok(Pooling::Cls));
    }

    #[test]
    fn other_ways_are_refused_by_name() {
        let both = json!({"pooling_mode_mean_tokens": true, "pooling_mode_max_tokens": true});
        assert!(read(both).unwrap_err().contains("mean_tokens and max_tokens"));
        assert!(read(json!({"pooling_mode": "lasttoken"})).unwrap_err().contains("lasttoken"));
        assert!(read(json!({})).unwrap_err().contains("no pooling mode"));
    }

    #[test]
    fn pooling_and_normalising_follow_their_formulas() {
        let states = [1.0, 2.0, 3.0, 6.0, 5.0, 1.0];
        assert_eq!(Pooling::Mean.pool(&states, 2), [3.0, 3.0]);
        assert_eq!(Pooling::Cls.pool(&states, 2), [1.0, 2.0]);
        let mut embedding = [3.0, -4.0];
        normalise(&mut embedding);
        assert_eq!(embedding, [0.6, -0.8]);
        let mut nothing = [0.0; 2];
        normalise(&mut nothing);
        assert_eq!(nothing, [0.0; 2]);
    }
}
