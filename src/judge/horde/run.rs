//! Judging a recording by rules.

use super::books::Books;
use super::error::HordeError;
use super::index::Index;
use super::judged::Judged;
use super::recording::Recording;
use super::rules::Rules;
use super::scores::score_batches;

/// Judges all batches of a recording that are to be scored.
///
/// Fails where the original does, and where rows do not fit together; the error names the row.
pub fn judge(recording: &Recording, rules: &Rules) -> Result<Judged, HordeError> {
    let index = Index::new(recording, rules)?;
    let books = Books::open(&index)?;
    let batches = score_batches(&index, &books)?;
    let Books { jobs, excuses, receipts, .. } = books;
    let mut judged = Judged { batches, totals: Vec::new(), jobs, excuses, receipts };
    judged.sum_up();
    Ok(judged)
}
