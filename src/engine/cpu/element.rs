//! What a matrix is multiplied in, and how its numbers lie side by side in cells of 32 bits.

use half::bf16;

/// The numbers of a product's operands; its sums are f32 throughout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// 32-bit floats: a cell holds one input.
    F32,
    /// bfloat16: a cell holds two consecutive inputs, the first in its lower half.
    Bf16,
}

impl Element {
    /// Whether this processor multiplies them.
    pub fn supported(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        {
            is_x86_feature_detected!("avx512f") && (self == Self::F32 || is_x86_feature_detected!("avx512bf16"))
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            false
        }
    }

    /// Inputs of one cell.
    const fn per_cell(self) -> usize {
        match self {
            Self::F32 => 1,
            Self::Bf16 => 2,
        }
    }

    /// Cells that hold so many inputs; the last one is filled up with zero.
    pub const fn cells(self, inputs: usize) -> usize {
        inputs.div_ceil(self.per_cell())
    }

    /// Writes the inputs of consecutive cells.
    pub fn unpack<'c>(self, cells: impl Iterator<Item = &'c u32>, inputs: &mut [f32]) {
        for (cell, inputs) in cells.zip(inputs.chunks_mut(self.per_cell())) {
            let values = match self {
                Self::F32 => [*cell, 0],
                Self::Bf16 => [*cell << 16, *cell & 0xffff_0000],
            };
            inputs.iter_mut().zip(values).for_each(|(input, bits)| *input = f32::from_bits(bits));
        }
    }
}

/// A number that weights are packed from.
pub trait Number: Copy + Sync {
    /// What they are multiplied in.
    const ELEMENT: Element;

    /// The cell of [`Element::per_cell`] inputs or, at the end of a row, fewer.
    fn cell(inputs: &[Self]) -> u32;

    /// The cells of a row.
    fn cells(row: &[Self]) -> impl Iterator<Item = u32> {
        row.chunks(Self::ELEMENT.per_cell()).map(Self::cell)
    }
}

impl Number for f32 {
    const ELEMENT: Element = Element::F32;

    fn cell(inputs: &[Self]) -> u32 {
        inputs[0].to_bits()
    }
}

impl Number for bf16 {
    const ELEMENT: Element = Element::Bf16;

    fn cell(inputs: &[Self]) -> u32 {
        inputs.iter().rev().fold(0, |cell, input| cell << 16 | u32::from(input.to_bits()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_give_their_inputs_back() {
        let row = [1.5f32, -0.25, 3.0, f32::INFINITY, -7.0];
        let rounded = row.map(bf16::from_f32);
        let (mut wide, mut narrow) = ([0.0; 5], [0.0; 5]);
        let cells: Vec<u32> = f32::cells(&row).collect();
        Element::F32.unpack(cells.iter(), &mut wide);
        let pairs: Vec<u32> = bf16::cells(&rounded).collect();
        Element::Bf16.unpack(pairs.iter(), &mut narrow);
        assert_eq!((wide, narrow), (row, row));
        assert_eq!((cells.len(), pairs.len()), (Element::F32.cells(5), Element::Bf16.cells(5)));
        assert_eq!(pairs[2] >> 16, 0, "an odd number of inputs is filled up with zero");
    }
}
