//! Cosines and sines of each row of a batch. Tables that hold for texts of any length stay on the device from batch to
//! batch, and rows are looked up there; others are made for each batch.

use std::sync::{Mutex, PoisonError};

use candle_core::{Device, Tensor};

use super::rope::RopeSpec;
use crate::engine::batch::Batch;
use crate::engine::error::Result;
use crate::engine::traffic::operators as op;

/// Tables grow by so many positions at a time,
const STEP: usize = 1024;

/// and beyond so many none is kept: 32 MiB for heads of 128.
const MOST: usize = 1 << 16;

/// Cosines and sines, `[rows × pairs]` f32 each.
pub type Angles = (Tensor, Tensor);

/// The tables of a model's rotary embeddings, as far as they were needed until now.
pub struct RotaryTables {
    /// By rotary embedding, those for positions from 0 on.
    kept: Mutex<Vec<Option<Angles>>>,
}

impl RotaryTables {
    /// No table yet of any of so many rotary embeddings.
    pub fn new(ropes: usize) -> Self {
        Self { kept: Mutex::new(vec![None; ropes]) }
    }

    /// The angles of each row, by rotary embedding; `positions` are those of the rows, on the device.
    ///
    /// # Errors
    /// The device failed.
    pub fn angles(&self, ropes: &[RopeSpec], batch: &Batch, positions: &Tensor) -> Result<Vec<Angles>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let longest = batch.longest();
        let of_rope = |(rope, kept): (&RopeSpec, &mut Option<Angles>)| {
            if rope.depends_on_length() || longest > MOST {
                return angles_of_rows(rope, batch, positions.device());
            }
            let fits = |(cos, _): &&Angles| cos.dims()[0] >= longest;
            let (cos, sin) = match kept.as_ref().filter(fits) {
                Some(table) => table.clone(),
                None => kept.insert(table(rope, longest.next_multiple_of(STEP), positions.device())?).clone(),
            };
            Ok((op::select(&cos, positions)?, op::select(&sin, positions)?))
        };
        ropes.iter().zip(kept.iter_mut()).map(of_rope).collect()
    }
}

fn table(rope: &RopeSpec, positions: usize, device: &Device) -> Result<Angles> {
    let (cos, sin) = rope.table(positions, positions);
    let shape = (positions, rope.pairs());
    Ok((op::upload(cos, shape, device)?, op::upload(sin, shape, device)?))
}

/// Angles that depend on how long a row's text is.
fn angles_of_rows(rope: &RopeSpec, batch: &Batch, device: &Device) -> Result<Angles> {
    let (positions, half) = (batch.longest(), rope.pairs());
    let (mut cos, mut sin) = (Vec::new(), Vec::new());
    let mut table = (0, Vec::new(), Vec::new());
    for segment in &batch.segments {
        let length = if rope.depends_on_length() { segment.length } else { positions };
        if table.0 != length {
            let (cos, sin) = rope.table(positions, length);
            table = (length, cos, sin);
        }
        for row in segment.rows.clone() {
            let start = batch.positions[row] as usize * half;
            cos.extend_from_slice(&table.1[start..start + half]);
            sin.extend_from_slice(&table.2[start..start + half]);
        }
    }
    let shape = (batch.ids.len(), half);
    Ok((op::upload(cos, shape, device)?, op::upload(sin, shape, device)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::batch::Sequence;
    use crate::engine::decoder::rope::RopeScaling;
    use crate::engine::traffic::counted;

    fn rows(angles: &[Angles]) -> Vec<Vec<Vec<f32>>> {
        angles.iter().flat_map(|(cos, sin)| [cos, sin]).map(|side| side.to_vec2().unwrap()).collect()
    }

    #[test]
    fn kept_tables_hold_what_is_made_for_a_batch() {
        let rope = RopeSpec::plain(10_000.0, 1.0, 8).unwrap();
        let tables = RotaryTables::new(1);
        for (longest, uploads) in [(5, 2), (900, 0), (1500, 2), (3, 0)] {
            let (long, short) = (vec![1; longest], vec![1; 2]);
            let texts = [&long, &short].map(|ids| Sequence { ids, scored_from: 0 });
            let batch = Batch::pack(&texts, false);
            let positions = Tensor::new(batch.positions.as_slice(), &Device::Cpu).unwrap();
            let (found, traffic) = counted(|| tables.angles(std::slice::from_ref(&rope), &batch, &positions).unwrap());
            assert_eq!(rows(&found), rows(&[angles_of_rows(&rope, &batch, &Device::Cpu).unwrap()]));
            assert_eq!(traffic.uploads, uploads, "{longest}");
        }
    }

    #[test]
    fn angles_that_depend_on_the_length_are_never_kept() {
        let scaling = RopeScaling::Dynamic { factor: 2.0, trained: 4.0 };
        let rope = RopeSpec { scaling, ..RopeSpec::plain(10_000.0, 1.0, 8).unwrap() };
        let tables = RotaryTables::new(1);
        let of_length = |length: usize| {
            let batch = Batch::pack(&[Sequence { ids: &vec![1; length], scored_from: 0 }], false);
            let positions = Tensor::new(batch.positions.as_slice(), &Device::Cpu).unwrap();
            rows(&tables.angles(std::slice::from_ref(&rope), &batch, &positions).unwrap())[0][1].clone()
        };
        assert_ne!(of_length(9), of_length(40));
    }
}
