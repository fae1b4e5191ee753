//! What the store's tests share.

use std::sync::Mutex;

use crate::reporter::Reporter;

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
