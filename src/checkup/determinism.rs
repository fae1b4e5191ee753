//! The same batch twice: equal bit for bit, or what is measured here cannot be had again.

use candle_core::DType;

use super::bench::Shape;
use super::error::CheckupError;
use super::examination::{Examination, Finding, Question, halved};
use super::values::Values;
use crate::check::Section;
use crate::engine::Result;
use crate::engine::batch::{Batch, Sequence};
use crate::engine::decoder::{Decoder, Kernels};

/// Lengths of the texts: ragged, and together more rows than a block of any kernel.
const LENGTHS: [usize; 4] = [257, 33, 2, 130];

/// Computes a batch twice in each dtype and counts the losses that differ.
///
/// # Errors
/// The device failed, or the user asked to stop.
pub fn check(examination: &mut Examination) -> Result<(), CheckupError> {
    for dtype in examination.dtypes() {
        let what = format!("losses of a batch that differ when it is computed again, {}", dtype.as_str());
        let question = Question { section: Section::Determinism, what, case: None, limit: Some(0.0), unit: "losses" };
        examination.record(question, twice(examination, dtype))?;
    }
    Ok(())
}

fn twice(examination: &Examination, dtype: DType) -> Result<Finding> {
    let shape = Shape::wide();
    let decoder = examination
        .load(|device| Decoder::new(shape.description()?, &shape.weights(1, dtype, device)?, Kernels::Fused))?;
    let mut values = Values::new(2);
    let texts = LENGTHS.map(|length| values.ids(length, shape.vocabulary));
    let sequences = texts.each_ref().map(|ids| Sequence { ids, scored_from: 0 });
    let parts = examination.compute_by_halves(&sequences, &mut |sequences| {
        let batch = Batch::pack(sequences, true);
        let [first, second] = [decoder.negative_log_likelihoods(&batch)?, decoder.negative_log_likelihoods(&batch)?];
        Ok(differing(&first, &second))
    })?;
    Ok(Finding { number: parts.iter().sum(), note: halved(1, parts.len()) })
}

/// How many losses differ in a bit, those of one run only included.
fn differing(first: &[f64], second: &[f64]) -> f64 {
    let changed = first.iter().zip(second).filter(|(a, b)| a.to_bits() != b.to_bits()).count();
    (changed + first.len().abs_diff(second.len())) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_differ_in_one_bit_differ() {
        let first = [1.5, f64::NAN, 0.0];
        let bit = f64::from_bits(1.5_f64.to_bits() + 1);
        assert_eq!(differing(&first, &first), 0.0);
        assert_eq!(differing(&first, &[bit, f64::NAN, 0.0]), 1.0);
        assert_eq!(differing(&first, &[1.5, f64::NAN, -0.0]), 1.0);
        assert_eq!(differing(&first, &[1.5]), 2.0);
    }
}
