//! Whether the numbers of a recording are finite, so that no score can be infinite or none for want of a look.

use super::error::{HordeError, Row, Table};
use super::recording::{Job, Receipt, Recording};

/// Looks at receipts and validators; jobs are looked at as they are judged.
pub(super) fn check(recording: &Recording) -> Result<(), HordeError> {
    for (place, receipt) in recording.receipts.iter().enumerate() {
        check_receipt(receipt, Row::of(Table::Receipts, place))?;
    }
    for (place, validator) in recording.validators.iter().enumerate() {
        finite(validator.stake, "stake", Row::of(Table::Validators, place))?;
    }
    Ok(())
}

fn check_receipt(receipt: &Receipt, row: Row) -> Result<(), HordeError> {
    finite(receipt.timestamp, "timestamp", row)?;
    finite(receipt.ttl, "ttl", row)
}

/// Looks at a job.
pub(super) fn check_job(job: &Job, row: Row) -> Result<(), HordeError> {
    let columns = [
        ("seconds", job.seconds),
        ("timeout", job.timeout),
        ("time", job.time),
        ("processing_seconds", job.processing_seconds),
        ("score", job.score),
    ];
    for (column, value) in columns {
        finite(value.unwrap_or_default(), column, row)?;
    }
    Ok(())
}

fn finite(value: f64, column: &'static str, row: Row) -> Result<(), HordeError> {
    if value.is_finite() { Ok(()) } else { Err(HordeError::NotFinite { row, column, value }) }
}
