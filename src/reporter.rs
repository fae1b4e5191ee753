//! How long work tells its listener what happens. Libraries take a [`Reporter`]; only the command line implements
//! it with progress bars. Nothing here prints.

/// Files that come over the network, for listeners that show them on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer<'a> {
    /// So many bytes more are to come.
    Expected(u64),
    /// A file begins to arrive.
    Began {
        /// Its name for people.
        file: &'a str,
        /// Its size.
        bytes: u64,
    },
    /// A file is here up to this byte.
    At {
        /// Its name for people.
        file: &'a str,
        /// How much of it is here.
        bytes: u64,
    },
    /// A file is whole, or could not be had.
    Ended {
        /// Its name for people.
        file: &'a str,
        /// Its size.
        bytes: u64,
        /// Whether it is whole.
        whole: bool,
    },
}

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
    /// A file comes over the network; nothing to do for who does not show it.
    fn transfer(&self, _transfer: Transfer<'_>) {}
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
