//! The innermost product: a strip of [`STRIP`] rows times a panel of [`PANEL`] columns, all sums in registers. Written
//! for AVX-512, whose 32 registers hold the 24 partial sums, one panel row and one broadcast value.

use std::mem::MaybeUninit;

/// Rows of a strip.
pub const STRIP: usize = 8;
/// Columns of a panel: three registers of 16.
pub const PANEL: usize = 48;

/// Where and how a tile of the result is written.
#[derive(Clone, Copy)]
pub struct Tile {
    /// Rows that are wanted, at most [`STRIP`].
    pub rows: usize,
    /// Columns that are wanted, at most [`PANEL`].
    pub columns: usize,
    /// Distance between rows of the target.
    pub stride: usize,
    /// Whether the product is added to the target, which then holds values, or replaces it.
    pub add: bool,
}

/// Whether this processor runs [`multiply`].
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

/// Multiplies a strip `[depth × STRIP]` with a panel `[depth × PANEL]` into a tile of `target`, whose elements are
/// values afterwards.
///
/// # Safety
/// If the tile adds, its elements of `target` are values already.
///
/// # Panics
/// On a processor for which [`supported`] is false, or if the tile does not fit the target.
pub unsafe fn multiply(strip: &[f32], panel: &[f32], target: &mut [MaybeUninit<f32>], tile: Tile) {
    assert!(tile.rows > 0 && tile.rows <= STRIP && tile.columns <= PANEL, "a tile out of bounds");
    assert!((tile.rows - 1) * tile.stride + tile.columns <= target.len(), "a tile that does not fit");
    #[cfg(target_arch = "x86_64")]
    {
        assert!(supported(), "a product for another processor");
        // SAFETY: the processor has AVX-512, the tile lies inside the target, and the caller vouches for its values.
        unsafe { avx512::multiply(strip, panel, target, tile) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = (strip, panel, target);
        unreachable!("a product for another processor");
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::{
        __m512, __mmask16, _MM_HINT_T0, _mm_prefetch, _mm512_add_ps, _mm512_fmadd_ps, _mm512_loadu_ps,
        _mm512_mask_storeu_ps, _mm512_maskz_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps,
    };

    use std::mem::MaybeUninit;

    use super::{PANEL, STRIP, Tile};

    const WIDTH: usize = 16;
    const REGISTERS: usize = PANEL / WIDTH;
    /// Rows of the panel that are fetched ahead of their use.
    const AHEAD: usize = 8;

    type Sums = [[__m512; REGISTERS]; STRIP];

    /// # Safety
    /// The processor has AVX-512, the tile's rows and columns lie inside `target` and are values if it adds.
    #[target_feature(enable = "avx512f")]
    pub unsafe fn multiply(strip: &[f32], panel: &[f32], target: &mut [MaybeUninit<f32>], tile: Tile) {
        let mut sums: Sums = [[_mm512_setzero_ps(); REGISTERS]; STRIP];
        for (values, weights) in strip.chunks_exact(STRIP).zip(panel.chunks_exact(PANEL)) {
            for line in (0..PANEL).step_by(WIDTH) {
                // A prefetch may name any address; past the panel's end it does nothing of use.
                let ahead = weights.as_ptr().wrapping_add(AHEAD * PANEL + line);
                _mm_prefetch::<_MM_HINT_T0>(ahead.cast());
            }
            let mut loaded = [_mm512_setzero_ps(); REGISTERS];
            for (register, part) in loaded.iter_mut().zip(weights.chunks_exact(WIDTH)) {
                // SAFETY: a part holds WIDTH values.
                *register = unsafe { _mm512_loadu_ps(part.as_ptr()) };
            }
            for (row, value) in sums.iter_mut().zip(values) {
                let value = _mm512_set1_ps(*value);
                for (sum, weights) in row.iter_mut().zip(&loaded) {
                    *sum = _mm512_fmadd_ps(value, *weights, *sum);
                }
            }
        }
        for (index, row) in sums.iter().enumerate().take(tile.rows) {
            // SAFETY: the row's columns lie inside the target, as the caller promises.
            unsafe { store(row, &mut target[index * tile.stride..], tile) };
        }
    }

    /// # Safety
    /// `target` holds the tile's columns, as values if it adds.
    #[target_feature(enable = "avx512f")]
    unsafe fn store(sums: &[__m512; REGISTERS], target: &mut [MaybeUninit<f32>], tile: Tile) {
        for (index, sum) in sums.iter().enumerate() {
            let wanted = tile.columns.saturating_sub(index * WIDTH).min(WIDTH);
            if wanted == 0 {
                return;
            }
            let mask = ((1u32 << wanted) - 1) as __mmask16;
            let place = target[index * WIDTH..].as_mut_ptr().cast::<f32>();
            // SAFETY: the mask keeps loads and stores to the wanted columns.
            unsafe {
                let before = if tile.add { _mm512_maskz_loadu_ps(mask, place) } else { _mm512_setzero_ps() };
                _mm512_mask_storeu_ps(place, mask, _mm512_add_ps(before, *sum));
            }
        }
    }
}
