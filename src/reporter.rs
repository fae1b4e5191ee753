//! How long work tells its listener what happens. Libraries take a [`Reporter`]; only the command line implements
//! it with progress bars. Nothing here prints.

/// A listener to messages, warnings and progress. Every method may be called from any thread.
pub trait Reporter: Sync {
    /// Something worth knowing that needs no action.
    fn info(&self, message: &str);
    /// Something the user may want to act on; the text carries the remedy.
    fn warn(&self, warning: &str);
    /// A task of `total` units begins; it replaces a task still open.
    fn start(&self, task: &str, total: u64);
    /// `amount` more units of the open task are done.
    fn advance(&self, amount: u64);
    /// The open task has ended.
    fn finish(&self);
    /// Whether the user has asked to stop. Long work looks between two units of it, keeps what it has and ends.
    fn interrupted(&self) -> bool {
        false
    }
}

/// A listener that hears nothing, for tests and library use.
#[derive(Debug, Default, Clone, Copy)]
pub struct Silent;

impl Reporter for Silent {
    fn info(&self, _message: &str) {}
    fn warn(&self, _warning: &str) {}
    fn start(&self, _task: &str, _total: u64) {}
    fn advance(&self, _amount: u64) {}
    fn finish(&self) {}
}
