//! The listener that people see: messages and a progress bar on stderr. The bar shows only at a terminal; elsewhere
//! messages are plain lines. Nothing here fails: a stderr that is gone is no reason to stop measuring.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::reporter::Reporter;

/// Task, bar, units done, rate and the estimate of what is left.
const TEMPLATE: &str = "{msg} {wide_bar} {human_pos}/{human_len} {per_sec} ETA {eta}";

/// Reports to stderr.
#[derive(Debug)]
pub struct Progress {
    quiet: bool,
    bar: Mutex<Option<ProgressBar>>,
    interrupted: AtomicBool,
}

impl Progress {
    /// A listener that says warnings only when `quiet`.
    pub fn new(quiet: bool) -> Self {
        Self { quiet, bar: Mutex::new(None), interrupted: AtomicBool::new(false) }
    }

    /// Tells whoever works that the user wants it to stop.
    pub fn interrupt(&self) {
        self.interrupted.store(true, Ordering::Relaxed);
    }

    /// Takes the bar away and writes a last line, whatever else is going on.
    pub fn end_with(&self, line: &str) {
        self.finish();
        write_line(line);
    }

    /// Writes a line above the bar.
    fn say(&self, line: &str) {
        match self.bar().as_ref() {
            Some(bar) => bar.suspend(|| write_line(line)),
            None => write_line(line),
        }
    }

    fn bar(&self) -> MutexGuard<'_, Option<ProgressBar>> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reporter for Progress {
    fn info(&self, message: &str) {
        if !self.quiet {
            self.say(message);
        }
    }

    fn warn(&self, warning: &str) {
        self.say(&format!("warning: {warning}"));
    }

    fn start(&self, task: &str, total: u64) {
        self.finish();
        if !self.quiet {
            *self.bar() = Some(new_bar(task, total));
        }
    }

    fn advance(&self, amount: u64) {
        if let Some(bar) = self.bar().as_ref() {
            bar.inc(amount);
        }
    }

    fn finish(&self) {
        if let Some(bar) = self.bar().take() {
            bar.finish_and_clear();
        }
    }

    fn interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

/// A bar on stderr; it draws nothing where stderr is no terminal.
fn new_bar(task: &str, total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = bar.with_style(style).with_message(task.to_owned());
    if !bar.is_hidden() {
        bar.enable_steady_tick(Duration::from_millis(200));
    }
    bar
}

/// Writes one line to stderr, and lets a failure pass.
pub fn write_line(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_replaces_the_open_one() {
        let progress = Progress::new(false);
        progress.start("first", 2);
        progress.advance(1);
        progress.start("second", 3);
        progress.advance(2);
        assert_eq!(progress.bar().as_ref().map(ProgressBar::position), Some(2));
        progress.finish();
        assert!(progress.bar().is_none());
        progress.advance(1);
    }

    #[test]
    fn quiet_draws_nothing() {
        let progress = Progress::new(true);
        progress.start("task", 1);
        assert!(progress.bar().is_none());
    }

    #[test]
    fn the_template_is_understood() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
    }
}
