//! What the store's tests share.

use std::sync::Mutex;

use super::key::ModelIdentity;
use crate::reporter::Reporter;

/// A model of the tests.
pub(crate) fn identity() -> ModelIdentity {
    ModelIdentity {
        engine_version: "1".into(),
        content_hash: "abc".into(),
        device_kind: "cpu".into(),
        compute_dtype: "f32".into(),
        weight_dtype: "bf16".into(),
        tokenizer_rules: "transformers-5".into(),
    }
}

/// Remembers its warnings.
#[derive(Default)]
pub(crate) struct Warnings(Mutex<Vec<String>>);

impl Warnings {
    /// The warnings so far.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("unpoisoned"))
    }
}

impl Reporter for Warnings {
    fn info(&self, _message: &str) {}
    fn warn(&self, warning: &str) {
        self.0.lock().expect("unpoisoned").push(warning.to_owned());
    }
    fn start(&self, _task: &str, _total: u64) {}
    fn advance(&self, _amount: u64) {}
    fn finish(&self) {}
}
