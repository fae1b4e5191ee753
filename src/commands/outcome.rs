//! What a command that came to its end hands back to the command line.

/// How a command ended, when nothing went wrong on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It did what was asked.
    Done,
    /// It came to its end, but there was nothing that could be measured or compared.
    NothingMeasured,
}

/// What a command says at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The text for stdout.
    pub summary: String,
    /// How it ended.
    pub ending: Ending,
}
