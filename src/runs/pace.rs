//! How fast two runs were and how much memory they took, from their tables of timings.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, UInt32Type, UInt64Type};
use arrow_array::{Array, RecordBatch};

use super::{Run, RunsError, TIMINGS};
use crate::judge::compare::{Pace, Paces};

/// What two runs took; a figure that their timings lack is not known. Speed is over those submissions that models were
/// really run for in both: what comes from the store takes no time, and models differ.
///
/// # Errors
/// A table of timings cannot be read.
pub fn paces(baseline: &Run, candidate: &Run) -> Result<Paces, RunsError> {
    let (one, other) = (Timed::of(baseline)?, Timed::of(candidate)?);
    Ok(Paces { baseline: one.pace(&other), candidate: other.pace(&one) })
}

/// The timings of a run.
#[derive(Default)]
struct Timed {
    peak_bytes: Option<u64>,
    /// What went through the model of each submission.
    measured: BTreeMap<u32, Measured>,
}

#[derive(Clone, Copy, Default)]
struct Measured {
    tokens: u64,
    seconds: f64,
}

impl Timed {
    fn of(run: &Run) -> Result<Self, RunsError> {
        let mut timed = Self::default();
        if let Some(table) = run.table(TIMINGS) {
            let mut rows = table.rows()?;
            while let Some(batch) = rows.next()? {
                timed.add(&batch);
            }
        }
        Ok(timed)
    }

    /// Takes rows; columns that are not there, or of another type, say nothing.
    fn add(&mut self, batch: &RecordBatch) {
        let column = |name: &str| batch.column_by_name(name);
        let (Some(uid), Some(seconds), Some(tokens)) = (
            column("uid").and_then(|column| column.as_primitive_opt::<UInt32Type>()),
            column("seconds").and_then(|column| column.as_primitive_opt::<Float64Type>()),
            column("tokens").and_then(|column| column.as_primitive_opt::<UInt64Type>()),
        ) else {
            return;
        };
        let peaks = column("peak_bytes").and_then(|column| column.as_primitive_opt::<UInt64Type>());
        for row in 0..batch.num_rows() {
            if tokens.is_valid(row) && uid.is_valid(row) && tokens.value(row) > 0 {
                let measured = self.measured.entry(uid.value(row)).or_default();
                measured.tokens += tokens.value(row);
                measured.seconds += seconds.value(row);
            }
            let peak = peaks.filter(|peaks| peaks.is_valid(row)).map(|peaks| peaks.value(row));
            self.peak_bytes = self.peak_bytes.max(peak);
        }
    }

    fn pace(&self, beside: &Self) -> Pace {
        let both = self.measured.iter().filter(|(uid, _)| beside.measured.contains_key(uid));
        let (tokens, seconds) =
            both.fold((0, 0.0), |(tokens, seconds), (_, one)| (tokens + one.tokens, seconds + one.seconds));
        let tokens_per_second = (seconds > 0.0).then(|| tokens as f64 / seconds);
        Pace { tokens_per_second, peak_bytes: self.peak_bytes }
    }
}
