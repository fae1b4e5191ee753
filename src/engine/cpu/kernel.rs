//! The innermost product: a strip of [`STRIP`] rows times a panel of [`PANEL`] columns, all sums in registers. Written
//! for AVX-512, whose 32 registers hold the 24 partial sums, one panel row and one broadcast cell; the same for every
//! [`Element`] but for the one instruction that multiplies and adds.

#[cfg(target_arch = "x86_64")]
mod avx512;

use std::mem::MaybeUninit;
use std::ops::Range;

use super::element::Element;

/// Rows of a strip.
pub const STRIP: usize = 8;
/// Columns of a panel: three registers of 16.
pub const PANEL: usize = 48;

/// The sums of one strip and one panel, row by row.
pub type Sums = [f32; STRIP * PANEL];

/// A part of the inputs of one tile.
#[derive(Clone)]
pub struct Part<'a> {
    /// What the cells hold.
    pub element: Element,
    /// `[depth × STRIP]` cells.
    pub strip: &'a [u32],
    /// `[depth × PANEL]` cells.
    pub panel: &'a [u32],
    /// Whether the sums begin with this part.
    pub first: bool,
    /// Cells behind the panel's end that are worth fetching into the second-level cache meanwhile.
    pub upcoming: Range<usize>,
}

/// Where and how finished sums are written.
#[derive(Clone, Copy)]
pub struct Tile<'a> {
    /// Rows that are wanted, at most [`STRIP`].
    pub rows: usize,
    /// Columns that are wanted, at most [`PANEL`].
    pub columns: usize,
    /// Distance between rows of the target, and of `base`.
    pub stride: usize,
    /// Added to each row.
    pub bias: Option<&'a [f32]>,
    /// Added to each element.
    pub base: Option<&'a [f32]>,
}

/// Rows that a strip is packed from, each with `inputs` values.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// Up to [`STRIP`] rows, `[rows × inputs]`.
    pub rows: &'a [f32],
    /// Length of a row.
    pub inputs: usize,
    /// First cell of a row that is wanted.
    pub start: usize,
}

/// Writes cells of up to [`STRIP`] rows side by side, `[depth × STRIP]`; those of absent rows are zero. Numbers are
/// rounded to the nearest, ties to even, those below the normal range to zero where they have to be rounded.
///
/// # Panics
/// On a processor that does not multiply `element`.
pub fn pack(element: Element, source: Source, strip: &mut [u32]) {
    assert!(element.supported(), "a product for another processor");
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the processor has the instructions.
    unsafe {
        match element {
            Element::F32 => avx512::pack_f32(source, strip),
            Element::Bf16 => avx512::pack_bf16(source, strip),
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (source, strip);
}

/// Adds a part's products to `sums`, or replaces them if it is the first.
///
/// # Panics
/// On a processor that does not multiply the part's element.
pub fn accumulate(part: &Part, sums: &mut Sums) {
    assert!(part.element.supported(), "a product for another processor");
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the processor has the instructions.
    unsafe {
        match part.element {
            Element::F32 => avx512::accumulate_f32(part, sums),
            Element::Bf16 => avx512::accumulate_bf16(part, sums),
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (part, sums);
}

/// Adds the last part's products to `sums`, bias and base to the result, and writes the tile to `target`.
///
/// # Panics
/// On a processor that does not multiply the part's element, or if the tile does not fit the target, the bias or the
/// base.
pub fn finish(part: &Part, sums: &Sums, target: &mut [MaybeUninit<f32>], tile: &Tile) {
    assert!(part.element.supported(), "a product for another processor");
    assert!(tile.rows > 0 && tile.rows <= STRIP && tile.columns <= PANEL, "a tile out of bounds");
    let end = (tile.rows - 1) * tile.stride + tile.columns;
    let fits = end <= target.len() && tile.base.is_none_or(|base| end <= base.len());
    assert!(fits && tile.bias.is_none_or(|bias| tile.columns <= bias.len()), "a tile that does not fit");
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the processor has the instructions, and the tile lies inside the target, the bias and the base.
    unsafe {
        match part.element {
            Element::F32 => avx512::finish_f32(part, sums, target, tile),
            Element::Bf16 => avx512::finish_bf16(part, sums, target, tile),
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (part, sums);
}
