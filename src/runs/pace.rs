//! How fast a run was and how much memory it took, from its table of timings.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, UInt64Type};
use arrow_array::{Array, RecordBatch};

use super::{Run, RunsError, TIMINGS};
use crate::judge::compare::Pace;

/// The phase that is the whole run.
const WHOLE: &str = "run";

/// What a run took; a figure that its timings lack is not known.
///
/// # Errors
/// The table of timings cannot be read.
pub fn pace(run: &Run) -> Result<Pace, RunsError> {
    let Some(table) = run.table(TIMINGS) else { return Ok(Pace::default()) };
    let (mut rows, mut sums) = (table.rows()?, Sums::default());
    while let Some(batch) = rows.next()? {
        sums.add(&batch);
    }
    let tokens_per_second = (sums.tokens > 0 && sums.seconds > 0.0).then(|| sums.tokens as f64 / sums.seconds);
    Ok(Pace { tokens_per_second, ..sums.pace })
}

/// What was counted so far.
#[derive(Default)]
struct Sums {
    tokens: u64,
    /// Seconds of the phases that tokens went through.
    seconds: f64,
    pace: Pace,
}

impl Sums {
    /// Takes rows; columns that are not there, or of another type, say nothing.
    fn add(&mut self, batch: &RecordBatch) {
        let column = |name: &str| batch.column_by_name(name);
        let (Some(phase), Some(seconds), Some(tokens)) = (
            column("phase").and_then(|column| column.as_string_opt::<i32>()),
            column("seconds").and_then(|column| column.as_primitive_opt::<Float64Type>()),
            column("tokens").and_then(|column| column.as_primitive_opt::<UInt64Type>()),
        ) else {
            return;
        };
        let peaks = column("peak_bytes").and_then(|column| column.as_primitive_opt::<UInt64Type>());
        for row in 0..batch.num_rows() {
            if tokens.is_valid(row) {
                self.tokens += tokens.value(row);
                self.seconds += seconds.value(row);
            }
            if phase.value(row) == WHOLE {
                self.pace.seconds = Some(seconds.value(row));
            }
            let peak = peaks.filter(|peaks| peaks.is_valid(row)).map(|peaks| peaks.value(row));
            self.pace.peak_bytes = self.pace.peak_bytes.max(peak);
        }
    }
}
