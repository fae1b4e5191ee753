//! The Parquet tables of a calibration. Scores are single-precision numbers, widened: comparing the penalties of a
//! table with a threshold gives the very flags of the report. What is not known is null.

mod attacks;
mod rates;
mod scores;
mod strata;
#[cfg(test)]
mod tests;

use std::path::Path;

use super::CalibrationFindings;
use crate::report::error::ReportError;
use crate::report::timing::write_timings;

pub use attacks::{AttackRow, attack_rows, attacks, collusion};
pub use rates::{curve, differences, rates, size_rows, sizes, thresholds};
pub use scores::{write_attack_scores, write_pairs, write_responses};
pub use strata::{strata, stratum_rows, windows};

/// Writes every table into `folder`.
pub fn write_all(folder: &Path, findings: &CalibrationFindings) -> Result<(), ReportError> {
    let found = &findings.calibration;
    let stratum_rows = stratum_rows(found);
    write_pairs(&folder.join("pairs.parquet"), findings)?;
    write_responses(&folder.join("responses.parquet"), findings)?;
    write_attack_scores(&folder.join("attack_scores.parquet"), findings)?;
    thresholds(found).write(&folder.join("thresholds.parquet"), found.thresholds.iter())?;
    rates().write(&folder.join("rates.parquet"), found.rates.iter())?;
    differences().write(&folder.join("differences.parquet"), found.differences.iter())?;
    curve().write(&folder.join("curve.parquet"), found.curve.iter())?;
    strata().write(&folder.join("strata.parquet"), stratum_rows.iter())?;
    attacks().write(&folder.join("attacks.parquet"), attack_rows(found).into_iter())?;
    sizes().write(&folder.join("sizes.parquet"), size_rows(found).into_iter())?;
    collusion().write(&folder.join("collusion.parquet"), found.meetings.iter())?;
    write_timings(&folder.join("timings.parquet"), &findings.timings)
}
