//! The innermost product: a strip of [`STRIP`] rows times a panel of [`PANEL`] columns, all sums in registers. Written
//! for AVX-512, whose 32 registers hold the 24 partial sums, one panel row and one broadcast value.

use std::mem::MaybeUninit;
use std::ops::Range;

/// Rows of a strip.
pub const STRIP: usize = 8;
/// Columns of a panel: three registers of 16.
pub const PANEL: usize = 48;

/// The sums of one strip and one panel, row by row.
pub type Sums = [f32; STRIP * PANEL];

/// A part of the inputs of one tile.
#[derive(Clone)]
pub struct Part<'a> {
    /// `[depth × STRIP]`
    pub strip: &'a [f32],
    /// `[depth × PANEL]`
    pub panel: &'a [f32],
    /// Whether the sums begin with this part.
    pub first: bool,
    /// Elements behind the panel's end that are worth fetching into the second-level cache meanwhile.
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

/// Whether this processor runs the kernel.
pub fn supported() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        is_x86_feature_detected!("avx512f")
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        false
    }
}

/// Adds a part's products to `sums`, or replaces them if it is the first.
///
/// # Panics
/// On a processor for which [`supported`] is false.
pub fn accumulate(part: Part, sums: &mut Sums) {
    assert!(supported(), "a product for another processor");
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the processor has AVX-512.
    unsafe {
        avx512::accumulate(part, sums);
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (part, sums);
}

/// Adds the last part's products to `sums`, bias and base to the result, and writes the tile to `target`.
///
/// # Panics
/// On a processor for which [`supported`] is false, or if the tile does not fit the target, the bias or the base.
pub fn finish(part: Part, sums: &Sums, target: &mut [MaybeUninit<f32>], tile: Tile) {
    assert!(supported(), "a product for another processor");
    assert!(tile.rows > 0 && tile.rows <= STRIP && tile.columns <= PANEL, "a tile out of bounds");
    let end = (tile.rows - 1) * tile.stride + tile.columns;
    let fits = end <= target.len() && tile.base.is_none_or(|base| end <= base.len());
    assert!(fits && tile.bias.is_none_or(|bias| tile.columns <= bias.len()), "a tile that does not fit");
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the processor has AVX-512, and the tile lies inside the target, the bias and the base.
    unsafe {
        avx512::finish(part, sums, target, tile);
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (part, sums);
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::{
        __m512, __mmask16, _MM_HINT_T0, _MM_HINT_T1, _mm_prefetch, _mm512_add_ps, _mm512_fmadd_ps, _mm512_loadu_ps,
        _mm512_mask_storeu_ps, _mm512_maskz_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_storeu_ps,
    };
    use std::mem::MaybeUninit;

    use super::{PANEL, Part, STRIP, Sums, Tile};

    const WIDTH: usize = 16;
    const REGISTERS: usize = PANEL / WIDTH;

    type Registers = [[__m512; REGISTERS]; STRIP];

    #[target_feature(enable = "avx512f")]
    pub fn accumulate(part: Part, sums: &mut Sums) {
        let registers = multiply(&part, sums);
        for (place, register) in sums.chunks_exact_mut(WIDTH).zip(registers.as_flattened()) {
            // SAFETY: the place holds WIDTH values.
            unsafe { _mm512_storeu_ps(place.as_mut_ptr(), *register) };
        }
    }

    /// # Safety
    /// The tile's rows and columns lie inside `target`, bias and base.
    #[target_feature(enable = "avx512f")]
    pub unsafe fn finish(part: Part, sums: &Sums, target: &mut [MaybeUninit<f32>], tile: Tile) {
        let registers = multiply(&part, sums);
        for (row, registers) in registers.iter().enumerate().take(tile.rows) {
            let base = tile.base.map(|base| &base[row * tile.stride..]);
            // SAFETY: the row's columns lie inside the three slices, as the caller promises.
            unsafe { store(registers, &mut target[row * tile.stride..], tile.columns, [tile.bias, base]) };
        }
    }

    #[target_feature(enable = "avx512f")]
    #[inline]
    fn multiply(part: &Part, sums: &Sums) -> Registers {
        let mut registers: Registers = [[_mm512_setzero_ps(); REGISTERS]; STRIP];
        if !part.first {
            for (register, place) in registers.as_flattened_mut().iter_mut().zip(sums.chunks_exact(WIDTH)) {
                // SAFETY: the place holds WIDTH values.
                *register = unsafe { _mm512_loadu_ps(place.as_ptr()) };
            }
        }
        // A prefetch may name any address; past the end of what there is it does nothing of use.
        let next_strip = part.strip.as_ptr_range().end;
        let upcoming = part.panel.as_ptr_range().end.wrapping_add(part.upcoming.start);
        let rows = part.strip.chunks_exact(STRIP).zip(part.panel.chunks_exact(PANEL));
        for (index, (values, weights)) in rows.enumerate() {
            _mm_prefetch::<_MM_HINT_T0>(next_strip.wrapping_add(index * STRIP).cast());
            if index * WIDTH < part.upcoming.len() {
                _mm_prefetch::<_MM_HINT_T1>(upcoming.wrapping_add(index * WIDTH).cast());
            }
            let mut loaded = [_mm512_setzero_ps(); REGISTERS];
            for (register, part) in loaded.iter_mut().zip(weights.chunks_exact(WIDTH)) {
                // SAFETY: a part holds WIDTH values.
                *register = unsafe { _mm512_loadu_ps(part.as_ptr()) };
            }
            for (row, value) in registers.iter_mut().zip(values) {
                let value = _mm512_set1_ps(*value);
                for (sum, weights) in row.iter_mut().zip(&loaded) {
                    *sum = _mm512_fmadd_ps(value, *weights, *sum);
                }
            }
        }
        registers
    }

    /// # Safety
    /// `target` and what is added hold the columns.
    #[target_feature(enable = "avx512f")]
    #[inline]
    unsafe fn store(
        sums: &[__m512; REGISTERS],
        target: &mut [MaybeUninit<f32>],
        columns: usize,
        added: [Option<&[f32]>; 2],
    ) {
        for (index, sum) in sums.iter().enumerate() {
            let wanted = columns.saturating_sub(index * WIDTH).min(WIDTH);
            if wanted == 0 {
                return;
            }
            let mask = ((1u32 << wanted) - 1) as __mmask16;
            let mut sum = *sum;
            for values in added.into_iter().flatten() {
                // SAFETY: the mask keeps the load to the wanted columns.
                sum = _mm512_add_ps(sum, unsafe { _mm512_maskz_loadu_ps(mask, values[index * WIDTH..].as_ptr()) });
            }
            let place = target[index * WIDTH..].as_mut_ptr().cast::<f32>();
            // SAFETY: the mask keeps the store to the wanted columns.
            unsafe { _mm512_mask_storeu_ps(place, mask, sum) };
        }
    }
}
