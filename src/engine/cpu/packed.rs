//! Weights laid out once for the matrix products of a whole run: panels of [`PANEL`] outputs side by side, so that the
//! inner loop reads memory in a straight line. Products are f32 throughout, and a row's result does not depend on the
//! other rows of the call. For processors with AVX-512; others use candle's products.

use std::mem::MaybeUninit;
use std::ops::Range;

use rayon::prelude::*;

use super::kernel::{self, PANEL, Part, STRIP, Sums, Tile};

/// Terms of a sum that are added up before the next part of the inputs is looked at: a panel's part fits the
/// first-level cache.
const DEPTH: usize = 144;

/// Rows that are multiplied together at most: enough that a panel is read rarely, few enough that they stay in the
/// second-level cache and that threads end together.
pub const ROW_BLOCK: usize = 128;

/// What is added to a product.
#[derive(Clone, Copy, Default)]
pub struct Addends<'a> {
    /// One value per output of the matrix.
    pub bias: Option<&'a [f32]>,
    /// One value per element of the product.
    pub base: Option<&'a [f32]>,
}

/// Unfinished sums of the strips, which one thread reuses from product to product.
pub type Scratch = Vec<Sums>;

/// What a thread reuses from product to product.
#[derive(Default)]
pub struct SerialMemory {
    rows: PackedRows,
    scratch: Scratch,
}

/// A weight matrix `[outputs × inputs]`, panel by panel: element (o, i) is at `(o / PANEL · inputs + i) · PANEL + o %
/// PANEL`; the last panel is filled up with zeros.
pub struct PackedWeights {
    panels: Vec<f32>,
    outputs: usize,
    inputs: usize,
}

impl PackedWeights {
    /// Whether this processor runs the kernel.
    pub fn supported() -> bool {
        kernel::supported()
    }

    /// Lays out `weights`, row-major `[outputs × inputs]`.
    pub fn new(weights: &[f32], inputs: usize) -> Self {
        let outputs = weights.len() / inputs;
        let mut panels = vec![0.0; outputs.div_ceil(PANEL) * PANEL * inputs];
        panels.par_chunks_mut(PANEL * inputs).zip(weights.par_chunks(PANEL * inputs)).for_each(|(panel, rows)| {
            for (column, row) in rows.chunks_exact(inputs).enumerate() {
                panel[column..].iter_mut().step_by(PANEL).zip(row).for_each(|(target, weight)| *target = *weight);
            }
        });
        Self { panels, outputs, inputs }
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Number of inputs.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Writes the weights of one output into `target`, which holds the number of inputs.
    pub fn copy_row(&self, output: usize, target: &mut [f32]) {
        let panel = &self.panels[output / PANEL * PANEL * self.inputs + output % PANEL..];
        target.iter_mut().zip(panel.iter().step_by(PANEL)).for_each(|(t, weight)| *t = *weight);
    }

    /// x · Wᵀ + b of rows `[rows × inputs]`, as `[rows × outputs]`; added to `base` of that shape, if there is one.
    pub fn multiply(&self, rows: &[f32], bias: Option<&[f32]>, base: Option<&[f32]>) -> Vec<f32> {
        let count = rows.len() / self.inputs;
        let length = count * self.outputs;
        let mut output = Vec::with_capacity(length);
        let target = &mut output.spare_capacity_mut()[..length];
        let per_task = count.div_ceil(rayon::current_num_threads()).next_multiple_of(STRIP).clamp(STRIP, ROW_BLOCK);
        let tasks = target.par_chunks_mut(per_task * self.outputs).zip(rows.par_chunks(per_task * self.inputs));
        tasks.enumerate().for_each_init(
            <(PackedRows, Scratch)>::default,
            |(packed, scratch), (index, (target, rows))| {
                packed.pack(rows, self.inputs);
                let base = base.map(|base| &base[index * per_task * self.outputs..][..target.len()]);
                self.multiply_panels(packed, 0..self.outputs, target, Addends { bias, base }, scratch);
            },
        );
        // SAFETY: the tasks cover the target, and `multiply_panels` writes every element.
        unsafe { output.set_len(length) };
        output
    }

    /// On the calling thread, x · Wᵀ of rows `[rows × inputs]` plus `addends`, as `[rows × outputs]` in place of what was
    /// in `target`.
    pub fn multiply_serially(&self, rows: &[f32], addends: Addends, target: &mut Vec<f32>, memory: &mut SerialMemory) {
        let length = rows.len() / self.inputs * self.outputs;
        target.clear();
        target.reserve(length);
        let blocks = target.spare_capacity_mut()[..length].chunks_mut(ROW_BLOCK * self.outputs);
        for (index, (block, rows)) in blocks.zip(rows.chunks(ROW_BLOCK * self.inputs)).enumerate() {
            memory.rows.pack(rows, self.inputs);
            let base = addends.base.map(|base| &base[index * ROW_BLOCK * self.outputs..][..block.len()]);
            let addends = Addends { base, ..addends };
            self.multiply_panels(&memory.rows, 0..self.outputs, block, addends, &mut memory.scratch);
        }
        // SAFETY: the blocks cover the length, and `multiply_panels` writes every element.
        unsafe { target.set_len(length) };
    }

    /// On the calling thread, the outputs `range` of packed rows plus `addends`, as `[rows × range.len()]`, of which
    /// every element is written. The range starts at a multiple of `PANEL`. Best for up to `ROW_BLOCK` rows.
    pub fn multiply_panels(
        &self,
        rows: &PackedRows,
        range: Range<usize>,
        target: &mut [MaybeUninit<f32>],
        addends: Addends,
        scratch: &mut Scratch,
    ) {
        assert!(rows.count * range.len() == target.len() && range.end <= self.outputs);
        debug_assert!(range.start.is_multiple_of(PANEL) && rows.inputs == self.inputs);
        let strips = rows.count.div_ceil(STRIP);
        scratch.resize(strips, [0.0; STRIP * PANEL]);
        for column in range.clone().step_by(PANEL) {
            let columns = column..range.end.min(column + PANEL);
            for start in (0..self.inputs).step_by(DEPTH) {
                let depth = DEPTH.min(self.inputs - start);
                let panel = &self.panels[(column / PANEL * self.inputs + start) * PANEL..][..depth * PANEL];
                // What lies behind this part of the panel comes next; each strip fetches its share of it.
                let share = panel.len().div_ceil(strips);
                for (index, sums) in scratch.iter_mut().enumerate() {
                    let strip = rows.strip(index, start, depth);
                    let part = Part { strip, panel, first: start == 0, upcoming: index * share..(index + 1) * share };
                    if start + depth < self.inputs {
                        kernel::accumulate(part, sums);
                        continue;
                    }
                    let first = index * STRIP * range.len() + column - range.start;
                    let tile = Tile {
                        rows: STRIP.min(rows.count - index * STRIP),
                        columns: columns.len(),
                        stride: range.len(),
                        bias: addends.bias.map(|bias| &bias[columns.clone()]),
                        base: addends.base.map(|base| &base[first..]),
                    };
                    kernel::finish(part, sums, &mut target[first..], tile);
                }
            }
        }
    }
}

/// Rows in strips of [`STRIP`], for each part of [`DEPTH`] inputs: element (r, i) of a part that starts at `s` and is
/// `d` deep is at `strips · STRIP · s + (r / STRIP · d + i − s) · STRIP + r % STRIP`.
#[derive(Default)]
pub struct PackedRows {
    data: Vec<f32>,
    count: usize,
    inputs: usize,
}

impl PackedRows {
    /// Lays out rows `[count × inputs]`, replacing what was there.
    pub fn pack(&mut self, rows: &[f32], inputs: usize) {
        (self.count, self.inputs) = (rows.len() / inputs, inputs);
        let padded = self.count.next_multiple_of(STRIP);
        self.data.clear();
        self.data.resize(padded * inputs, 0.0);
        for start in (0..inputs).step_by(DEPTH) {
            let depth = DEPTH.min(inputs - start);
            let part = &mut self.data[padded * start..][..padded * depth];
            for (strip, rows) in part.chunks_exact_mut(STRIP * depth).zip(rows.chunks(STRIP * inputs)) {
                pack_strip(strip, rows, inputs, start);
            }
        }
    }

    /// Number of rows.
    pub fn count(&self) -> usize {
        self.count
    }

    fn strip(&self, index: usize, start: usize, depth: usize) -> &[f32] {
        let padded = self.count.next_multiple_of(STRIP);
        &self.data[padded * start + index * STRIP * depth..][..depth * STRIP]
    }
}

/// Writes up to [`STRIP`] rows from input `start` on side by side.
fn pack_strip(strip: &mut [f32], rows: &[f32], inputs: usize, start: usize) {
    if rows.len() == STRIP * inputs {
        let rows: [&[f32]; STRIP] = std::array::from_fn(|row| &rows[row * inputs + start..][..strip.len() / STRIP]);
        for (input, targets) in strip.chunks_exact_mut(STRIP).enumerate() {
            targets.iter_mut().zip(&rows).for_each(|(target, row)| *target = row[input]);
        }
        return;
    }
    for (index, row) in rows.chunks_exact(inputs).enumerate() {
        let targets = strip.chunks_exact_mut(STRIP);
        targets.zip(&row[start..]).for_each(|(target, value)| target[index] = *value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn products_agree_with_f64_for_all_kinds_of_sizes() {
        if !PackedWeights::supported() {
            return;
        }
        for (rows, inputs, outputs) in
            [(1, 1, 1), (7, 48, 96), (8, 192, 48), (9, 193, 47), (37, 576, 49), (130, 400, 100), (513, 64, 33)]
        {
            let (x, w, b) = (values(rows * inputs, 1), values(outputs * inputs, 2), values(outputs, 3));
            let packed = PackedWeights::new(&w, inputs);
            let product = packed.multiply(&x, Some(&b), None);
            assert_eq!(product.len(), rows * outputs);
            for (index, value) in product.iter().enumerate() {
                let (row, column) = (index / outputs, index % outputs);
                let terms = x[row * inputs..].iter().zip(&w[column * inputs..][..inputs]);
                let exact: f64 = terms.map(|(x, w)| f64::from(*x) * f64::from(*w)).sum::<f64>() + f64::from(b[column]);
                let error = (f64::from(*value) - exact).abs();
                assert!(error < 2e-6 * inputs as f64, "{rows}×{inputs}×{outputs} at {row},{column}: {error:e}");
            }
        }
    }

    #[test]
    fn a_row_does_not_depend_on_its_company() {
        if !PackedWeights::supported() {
            return;
        }
        let (x, w) = (values(200 * 300, 4), values(70 * 300, 5));
        let packed = PackedWeights::new(&w, 300);
        let together = packed.multiply(&x, None, None);
        for (index, row) in x.chunks_exact(300).enumerate() {
            assert_eq!(packed.multiply(row, None, None), together[index * 70..][..70], "row {index}");
        }
    }

    #[test]
    fn a_product_is_added_to_its_base() {
        if !PackedWeights::supported() {
            return;
        }
        let (x, w, base) = (values(20 * 400, 7), values(50 * 400, 8), values(20 * 50, 9));
        let packed = PackedWeights::new(&w, 400);
        let (alone, onto) = (packed.multiply(&x, None, None), packed.multiply(&x, None, Some(&base)));
        let worst = alone.iter().zip(&base).zip(&onto).map(|((a, b), sum)| (a + b - sum).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-5, "{worst:e}");
    }

    #[test]
    fn a_serial_product_is_the_parallel_one() {
        if !PackedWeights::supported() {
            return;
        }
        let (mut target, mut memory) = (vec![f32::NAN; 7], SerialMemory::default());
        for (rows, inputs, outputs) in [(300, 70, 100), (3, 300, 50), (128, 48, 48)] {
            let (x, w, b) = (values(rows * inputs, 1), values(outputs * inputs, 2), values(outputs, 3));
            let (packed, base) = (PackedWeights::new(&w, inputs), values(rows * outputs, 4));
            let addends = Addends { bias: Some(&b), base: Some(&base) };
            packed.multiply_serially(&x, addends, &mut target, &mut memory);
            assert_eq!(target, packed.multiply(&x, Some(&b), Some(&base)));
        }
    }

    #[test]
    fn rows_come_back_from_their_panels() {
        let weights = values(100 * 5, 6);
        let packed = PackedWeights::new(&weights, 5);
        let mut row = [0.0; 5];
        for output in 0..100 {
            packed.copy_row(output, &mut row);
            assert_eq!(row, weights[output * 5..][..5]);
        }
    }
}
