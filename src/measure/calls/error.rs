//! What ends the measuring of calls. A process that dies while the calls run is no such thing: its peak stays unknown,
//! and the rest go on.

use std::io;

/// Why not every call was measured.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The program cannot be started as a child.
    #[error("a process to measure calls in cannot be started: {0}; try again with fewer programs running")]
    Start(#[source] io::Error),
    /// The child ended before any call was made: the model or the device is not as it must be, for every cell alike.
    #[error("{line}")]
    Refused {
        /// What it said, one line.
        line: String,
        /// Its exit code, which is this program's too.
        code: u8,
    },
    /// A measured row cannot be kept.
    #[error("a measured call cannot be kept: {0}")]
    Keep(#[source] io::Error),
    /// The user asked to stop; what was measured until then was handed over.
    #[error("interrupted")]
    Interrupted,
}
