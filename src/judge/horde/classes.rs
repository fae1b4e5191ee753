//! What the rules say of each class of a recording, by its number.

use super::class_weights::{HASH_CLASS, LLM_CLASS};
use super::recording::Recording;
use super::rules::Rules;

/// One class.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Class {
    /// Its weight; 0 where it has none.
    pub weight: f64,
    /// Whether its scores are horde scores.
    pub is_horde: bool,
    /// Whether its jobs are those of language models; all others are hash jobs.
    pub is_llm: bool,
    /// Whether a manifest may name it.
    pub is_known: bool,
}

/// All classes of a recording.
#[derive(Debug, Clone, Default)]
pub(super) struct Classes {
    all: Vec<Class>,
    /// Those with a weight, in the order of the weights.
    pub weighted: Vec<u32>,
}

impl Classes {
    pub fn new(recording: &Recording, rules: &Rules) -> Self {
        let class = |name: &str| Class {
            weight: rules.class_weights.get(name).unwrap_or(0.0),
            is_horde: name == HASH_CLASS,
            is_llm: name == LLM_CLASS,
            is_known: rules.known_classes.iter().any(|known| known == name),
        };
        let names = &recording.classes;
        Self {
            all: names.texts().iter().map(|name| class(name)).collect(),
            weighted: rules.class_weights.0.iter().filter_map(|own| names.find(&own.class)).collect(),
        }
    }

    pub fn get(&self, number: u32) -> Class {
        self.all.get(number as usize).copied().unwrap_or_default()
    }
}
