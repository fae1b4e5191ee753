//! The Parquet tables of a calibration. Scores are single-precision numbers, widened: comparing the penalties of a
//! table with a threshold gives the very flags of the report. What is not known is null.

mod attacks;
mod rates;
mod scores;
mod strata;
#[cfg(test)]
mod tests;

use super::CalibrationFindings;
use super::grid::FIGURES;
use crate::report::table::Sheet;
use crate::report::timing::timings;
use crate::report::what_if;

pub use attacks::attacks;
pub(crate) use attacks::{AttackRow, attack_rows, collusion};
pub(crate) use rates::size_rows;
pub use rates::{curve, differences, rates, sizes, thresholds};
use scores::{attack_scores, pairs, responses};
pub(crate) use strata::stratum_rows;
pub use strata::{strata, windows};

/// Every table.
pub fn all(findings: &CalibrationFindings) -> Vec<Sheet<'_>> {
    let found = &findings.calibration;
    vec![
        pairs(findings),
        responses(findings),
        attack_scores(findings),
        thresholds(found).sheet("thresholds", found.thresholds.iter()),
        rates().sheet("rates", found.rates.iter()),
        differences().sheet("differences", found.differences.iter()),
        curve().sheet("curve", found.curve.iter()),
        strata().sheet("strata", stratum_rows(found).into_iter()),
        attacks().sheet("attacks", attack_rows(found).into_iter()),
        sizes().sheet("sizes", size_rows(found).into_iter()),
        collusion().sheet("collusion", found.meetings.iter()),
        what_if::sheet(&FIGURES, findings.grid.as_ref()),
        timings(&findings.timings),
    ]
}
