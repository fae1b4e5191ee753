//! Where the time went, the only table that differs between equal runs.

use super::table::{Sheet, Table};

/// Seconds spent on one phase of the work.
#[derive(Debug, Clone, PartialEq)]
pub struct Timing {
    /// The submission it was spent on; `None` for work shared by all.
    pub uid: Option<u32>,
    /// What was done, for example `load` or `evaluate`.
    pub phase: String,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Tokens that went through the model, where the phase has any.
    pub tokens: Option<u64>,
    /// The most memory that the process held until then, in bytes, where the system tells it.
    pub peak_bytes: Option<u64>,
}

impl Timing {
    /// Seconds of a phase that is shared by all submissions.
    pub fn of_all(phase: &str, seconds: f64) -> Self {
        Self { uid: None, phase: phase.to_owned(), seconds, tokens: None, peak_bytes: None }
    }

    /// Throughput, where tokens are known and time has passed.
    pub fn tokens_per_second(&self) -> Option<f64> {
        let tokens = self.tokens? as f64;
        (self.seconds > 0.0).then(|| tokens / self.seconds)
    }
}

/// One row per phase of the work and submission it was done for.
pub fn timings(timings: &[Timing]) -> Sheet<'_> {
    Table::new("Where the time went. One row per submission and phase; the only table that differs between equal runs.")
        .column("uid", "uid of the submission; null for work shared by all", |row: &Timing| row.uid)
        .column("phase", "what was done", |row| row.phase.as_str())
        .column("seconds", "wall-clock seconds", |row| row.seconds)
        .column("tokens", "tokens that went through the model; null where none did", |row| row.tokens)
        .column("tokens_per_second", "tokens / seconds", |row| row.tokens_per_second())
        .column("peak_bytes", "the most memory that the process held until then; null where that is not known", |row| {
            row.peak_bytes
        })
        .sheet("timings", timings.iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throughput_needs_tokens_and_time() {
        let timing = |seconds, tokens| Timing { tokens, ..Timing::of_all("evaluate", seconds) };
        assert_eq!(timing(2.0, Some(10)).tokens_per_second(), Some(5.0));
        assert_eq!(timing(0.0, Some(10)).tokens_per_second(), None);
        assert_eq!(timing(2.0, None).tokens_per_second(), None);
    }
}
