//! The kernel for AVX-512: compiled once for every element, each time with the instructions that it needs.

use std::arch::x86_64::{
    __m512, __m512bh, __m512i, __mmask16, _MM_HINT_T0, _MM_HINT_T1, _mm_prefetch, _mm256_storeu_si256, _mm512_add_ps,
    _mm512_castps_si512, _mm512_castsi512_si256, _mm512_cvtne2ps_pbh, _mm512_dpbf16_ps, _mm512_extracti64x4_epi64,
    _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_mask_storeu_ps, _mm512_maskz_loadu_ps, _mm512_permutex2var_epi64,
    _mm512_set1_ps, _mm512_setr_epi64, _mm512_setzero_ps, _mm512_setzero_si512, _mm512_storeu_ps,
    _mm512_unpackhi_epi32, _mm512_unpackhi_epi64, _mm512_unpacklo_epi32, _mm512_unpacklo_epi64,
};
use std::mem::{MaybeUninit, transmute};

use super::{PANEL, Part, STRIP, Source, Sums, Tile};

const WIDTH: usize = 16;
const REGISTERS: usize = PANEL / WIDTH;

type Registers = [[__m512; REGISTERS]; STRIP];

/// What differs between elements; for use in functions that are compiled with its instructions.
trait Arithmetic {
    /// Inputs of a cell.
    const INPUTS: usize;

    /// The first 16 cells of a row, zero behind its end.
    ///
    /// # Safety
    /// The processor has the instructions.
    unsafe fn cells(row: &[f32]) -> __m512i;

    /// sum + value · weights, cell by cell.
    ///
    /// # Safety
    /// The processor has the instructions.
    unsafe fn multiply_add(value: __m512, weights: __m512, sum: __m512) -> __m512;
}

struct F32;

impl Arithmetic for F32 {
    const INPUTS: usize = 1;

    #[inline(always)]
    unsafe fn cells(row: &[f32]) -> __m512i {
        // SAFETY: the caller's.
        unsafe { _mm512_castps_si512(load(row)) }
    }

    #[inline(always)]
    unsafe fn multiply_add(value: __m512, weights: __m512, sum: __m512) -> __m512 {
        // SAFETY: the caller's.
        unsafe { _mm512_fmadd_ps(value, weights, sum) }
    }
}

struct Bf16;

impl Arithmetic for Bf16 {
    const INPUTS: usize = 2;

    #[inline(always)]
    unsafe fn cells(row: &[f32]) -> __m512i {
        // SAFETY: the caller's; the types are 512 bits of anything.
        unsafe {
            let rounded = _mm512_cvtne2ps_pbh(load(row.get(WIDTH..).unwrap_or_default()), load(row));
            transmute::<__m512bh, __m512i>(rounded)
        }
    }

    #[inline(always)]
    unsafe fn multiply_add(value: __m512, weights: __m512, sum: __m512) -> __m512 {
        // SAFETY: the caller's; the types are 512 bits of anything.
        unsafe {
            let [value, weights] = [value, weights].map(|cells| transmute::<__m512, __m512bh>(cells));
            _mm512_dpbf16_ps(sum, value, weights)
        }
    }
}

/// Compiles the kernel for an element with the instructions it needs.
macro_rules! compile {
    ($element:ident, $features:literal, $pack:ident, $accumulate:ident, $finish:ident) => {
        #[target_feature(enable = $features)]
        pub fn $pack(source: Source, strip: &mut [u32]) {
            // SAFETY: this function has the instructions.
            unsafe { pack::<$element>(source, strip) }
        }

        #[target_feature(enable = $features)]
        pub fn $accumulate(part: &Part, sums: &mut Sums) {
            // SAFETY: this function has the instructions.
            unsafe { keep(&multiply::<$element>(part, sums), sums) }
        }

        /// # Safety
        /// The tile's rows and columns lie inside `target`, bias and base.
        #[target_feature(enable = $features)]
        pub unsafe fn $finish(part: &Part, sums: &Sums, target: &mut [MaybeUninit<f32>], tile: &Tile) {
            // SAFETY: this function has the instructions; the tile is the caller's.
            unsafe { write(&multiply::<$element>(part, sums), target, tile) }
        }
    };
}

compile!(F32, "avx512f", pack_f32, accumulate_f32, finish_f32);
compile!(Bf16, "avx512f,avx512bf16", pack_bf16, accumulate_bf16, finish_bf16);

/// # Safety
/// The calling function has the instructions of the arithmetic.
#[inline(always)]
unsafe fn pack<A: Arithmetic>(source: Source, strip: &mut [u32]) {
    for (index, block) in strip.chunks_mut(STRIP * WIDTH).enumerate() {
        let first = (source.start + index * WIDTH) * A::INPUTS;
        // SAFETY: the caller's.
        unsafe {
            let mut rows = [_mm512_setzero_si512(); STRIP];
            for (cells, row) in rows.iter_mut().zip(source.rows.chunks_exact(source.inputs)) {
                *cells = A::cells(&row[first..]);
            }
            transpose(&rows, block);
        }
    }
}

/// Up to 16 values, zero behind the last.
#[target_feature(enable = "avx512f")]
#[inline]
fn load(values: &[f32]) -> __m512 {
    // SAFETY: the mask keeps the load to the values.
    unsafe { _mm512_maskz_loadu_ps(mask(values.len().min(WIDTH)), values.as_ptr()) }
}

/// The first `count` of 16 lanes.
fn mask(count: usize) -> __mmask16 {
    ((1u32 << count) - 1) as __mmask16
}

/// Writes rows of 16 cells as up to 16 columns of [`STRIP`].
#[target_feature(enable = "avx512f")]
#[inline]
fn transpose(rows: &[__m512i; STRIP], block: &mut [u32]) {
    let [upper, lower] = [turn_fours(&rows[..4]), turn_fours(&rows[4..])];
    let (first, second) = (_mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11), _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15));
    for (index, (upper, lower)) in upper.into_iter().zip(lower).enumerate() {
        let (near, far) =
            (_mm512_permutex2var_epi64(upper, first, lower), _mm512_permutex2var_epi64(upper, second, lower));
        let columns = [
            _mm512_castsi512_si256(near),
            _mm512_extracti64x4_epi64::<1>(near),
            _mm512_castsi512_si256(far),
            _mm512_extracti64x4_epi64::<1>(far),
        ];
        for (place, column) in block.chunks_exact_mut(STRIP).skip(index).step_by(4).zip(columns) {
            // SAFETY: the place holds STRIP cells.
            unsafe { _mm256_storeu_si256(place.as_mut_ptr().cast(), column) };
        }
    }
}

/// Four rows of 16 as four registers: register k holds the columns k, 4 + k, 8 + k and 12 + k.
#[target_feature(enable = "avx512f")]
#[inline]
fn turn_fours(rows: &[__m512i]) -> [__m512i; 4] {
    let (a, b) = (_mm512_unpacklo_epi32(rows[0], rows[1]), _mm512_unpackhi_epi32(rows[0], rows[1]));
    let (c, d) = (_mm512_unpacklo_epi32(rows[2], rows[3]), _mm512_unpackhi_epi32(rows[2], rows[3]));
    [_mm512_unpacklo_epi64(a, c), _mm512_unpackhi_epi64(a, c), _mm512_unpacklo_epi64(b, d), _mm512_unpackhi_epi64(b, d)]
}

/// # Safety
/// The calling function has the instructions of the arithmetic.
#[inline(always)]
unsafe fn multiply<A: Arithmetic>(part: &Part, sums: &Sums) -> Registers {
    // SAFETY: the caller's.
    let mut registers = unsafe { begin(part.first, sums) };
    // A prefetch may name any address; past the end of what there is it does nothing of use.
    let next_strip = part.strip.as_ptr_range().end;
    let upcoming = part.panel.as_ptr_range().end.wrapping_add(part.upcoming.start);
    let rows = part.strip.chunks_exact(STRIP).zip(part.panel.chunks_exact(PANEL));
    for (index, (values, weights)) in rows.enumerate() {
        // SAFETY: the caller's; a part of a panel's row holds WIDTH cells.
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(next_strip.wrapping_add(index * STRIP).cast());
            if index * WIDTH < part.upcoming.len() {
                _mm_prefetch::<_MM_HINT_T1>(upcoming.wrapping_add(index * WIDTH).cast());
            }
            let mut loaded = [_mm512_setzero_ps(); REGISTERS];
            for (register, part) in loaded.iter_mut().zip(weights.chunks_exact(WIDTH)) {
                *register = _mm512_loadu_ps(part.as_ptr().cast());
            }
            for (row, value) in registers.iter_mut().zip(values) {
                let value = _mm512_set1_ps(f32::from_bits(*value));
                for (sum, weights) in row.iter_mut().zip(&loaded) {
                    *sum = A::multiply_add(value, *weights, *sum);
                }
            }
        }
    }
    registers
}

/// The sums so far.
///
/// # Safety
/// The calling function has the instructions.
#[inline(always)]
unsafe fn begin(first: bool, sums: &Sums) -> Registers {
    // SAFETY: the caller's; a place holds WIDTH values.
    unsafe {
        let mut registers: Registers = [[_mm512_setzero_ps(); REGISTERS]; STRIP];
        if !first {
            for (register, place) in registers.as_flattened_mut().iter_mut().zip(sums.chunks_exact(WIDTH)) {
                *register = _mm512_loadu_ps(place.as_ptr());
            }
        }
        registers
    }
}

/// # Safety
/// The calling function has the instructions.
#[inline(always)]
unsafe fn keep(registers: &Registers, sums: &mut Sums) {
    for (place, register) in sums.chunks_exact_mut(WIDTH).zip(registers.as_flattened()) {
        // SAFETY: the place holds WIDTH values.
        unsafe { _mm512_storeu_ps(place.as_mut_ptr(), *register) };
    }
}

/// # Safety
/// The calling function has the instructions, and the tile's rows and columns lie inside `target`, bias and base.
#[inline(always)]
unsafe fn write(registers: &Registers, target: &mut [MaybeUninit<f32>], tile: &Tile) {
    for (row, registers) in registers.iter().enumerate().take(tile.rows) {
        let base = tile.base.map(|base| &base[row * tile.stride..]);
        // SAFETY: the row's columns lie inside the three slices, as the caller promises.
        unsafe { store(registers, &mut target[row * tile.stride..], tile.columns, [tile.bias, base]) };
    }
}

/// # Safety
/// The calling function has the instructions, and `target` and what is added hold the columns.
#[inline(always)]
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
        let mask = mask(wanted);
        let mut sum = *sum;
        for values in added.into_iter().flatten() {
            // SAFETY: the mask keeps the load to the wanted columns.
            sum = unsafe { _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, values[index * WIDTH..].as_ptr())) };
        }
        let place = target[index * WIDTH..].as_mut_ptr().cast::<f32>();
        // SAFETY: the mask keeps the store to the wanted columns.
        unsafe { _mm512_mask_storeu_ps(place, mask, sum) };
    }
}
