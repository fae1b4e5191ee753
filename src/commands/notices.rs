//! Passes messages on and remembers the warnings, which `run.json` keeps.

use std::sync::{Mutex, PoisonError};

use crate::reporter::{Reporter, Transfer};

/// A reporter that remembers.
pub struct Notices<'a> {
    listener: &'a dyn Reporter,
    warnings: Mutex<Vec<String>>,
}

impl<'a> Notices<'a> {
    /// Passes everything on to `listener`.
    pub fn new(listener: &'a dyn Reporter) -> Self {
        Self { listener, warnings: Mutex::default() }
    }

    /// Every warning so far, in order.
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Reporter for Notices<'_> {
    fn info(&self, message: &str) {
        self.listener.info(message);
    }

    fn warn(&self, warning: &str) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(warning.to_owned());
        self.listener.warn(warning);
    }

    fn start(&self, task: &str, total: u64) {
        self.listener.start(task, total);
    }

    fn advance(&self, amount: u64) {
        self.listener.advance(amount);
    }

    fn finish(&self) {
        self.listener.finish();
    }

    fn transfer(&self, transfer: Transfer<'_>) {
        self.listener.transfer(transfer);
    }

    fn interrupted(&self) -> bool {
        self.listener.interrupted()
    }
}
