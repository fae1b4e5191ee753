//! What ends the measuring of a model in a child.

use std::io;

/// Why a child did not measure a model.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    /// The program cannot be started as a child.
    #[error(
        "a process to measure in cannot be started: {0}; try again with fewer --processes, and where this program's \
         file was moved or removed, from its new place"
    )]
    Start(#[source] io::Error),
    /// The model cannot be measured; another may.
    #[error("{0}")]
    Model(String),
    /// The child, or the device for it, failed.
    #[error("{0}, in two processes one after the other; what was measured until then is kept, and nothing is ranked")]
    Fell(String),
    /// The device or the machine has not enough of something.
    #[error("{0}")]
    Lack(String),
    /// The store cannot be read or written.
    #[error("{0}")]
    Store(String),
    /// Another has ended the run, or the user asked to stop.
    #[error("interrupted")]
    Interrupted,
}
