//! The listener that people see: messages and a progress bar on stderr. The bar shows only at a terminal; elsewhere
//! messages are plain lines. Nothing here fails: a stderr that is gone is no reason to stop measuring.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::transfers::Transfers;
use crate::reporter::{Reporter, Transfer};

/// Task, bar, units done, rate and the estimate of what is left.
const TEMPLATE: &str = "{msg} {wide_bar} {human_pos}/{human_len} {per_sec} ETA {eta}";

/// Reports to stderr.
#[derive(Debug)]
pub struct Progress {
    quiet: bool,
    /// All bars, so that lines are written above them.
    bars: MultiProgress,
    transfers: Mutex<Transfers>,
    bar: Mutex<Option<ProgressBar>>,
    interrupted: AtomicBool,
}

impl Progress {
    /// A listener that says warnings only when `quiet`.
    pub fn new(quiet: bool) -> Self {
        Self {
            quiet,
            bars: MultiProgress::with_draw_target(ProgressDrawTarget::stderr()),
            transfers: Mutex::default(),
            bar: Mutex::new(None),
            interrupted: AtomicBool::new(false),
        }
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
        self.bars.suspend(|| write_line(line));
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
            let bar = self.bars.insert(0, new_bar(task, total));
            if !bar.is_hidden() {
                bar.enable_steady_tick(Duration::from_millis(200));
            }
            *self.bar() = Some(bar);
        }
    }

    fn advance(&self, amount: u64) {
        if let Some(bar) = self.bar().as_ref() {
            bar.inc(amount);
        }
    }

    fn finish(&self) {
        self.transfers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        if let Some(bar) = self.bar().take() {
            bar.finish_and_clear();
        }
    }

    fn transfer(&self, transfer: Transfer<'_>) {
        if self.quiet {
            return;
        }
        let line = self.transfers.lock().unwrap_or_else(PoisonError::into_inner).note(&self.bars, transfer);
        // At a terminal the bar has told it.
        if let Some(line) = line.filter(|_| self.bars.is_hidden()) {
            self.say(&line);
        }
    }

    fn interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

/// A bar that is not shown yet.
fn new_bar(task: &str, total: u64) -> ProgressBar {
    let bar = ProgressBar::new(total);
    let style = ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style).with_message(task.to_owned())
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
