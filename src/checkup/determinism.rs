//! The same batch twice: equal bit for bit, or what is measured here cannot be had again.

use super::bench::Shape;
use super::error::CheckupError;
use super::examination::{Examination, Question};
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
        examination.find(question, |device| {
            let shape = Shape::wide();
            let decoder = Decoder::new(shape.description()?, &shape.weights(1, dtype, device)?, Kernels::Fused)?;
            let mut values = Values::new(2);
            let texts = LENGTHS.map(|length| values.ids(length, shape.vocabulary));
            let sequences: Vec<Sequence> = texts.iter().map(|ids| Sequence { ids, scored_from: 0 }).collect();
            let batch = Batch::pack(&sequences, true);
            let [first, second] =
                [decoder.negative_log_likelihoods(&batch)?, decoder.negative_log_likelihoods(&batch)?];
            Ok(first.iter().zip(&second).filter(|(a, b)| a.to_bits() != b.to_bits()).count() as f64)
        })?;
    }
    Ok(())
}
