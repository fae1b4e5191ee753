//! Weights laid out once for the matrix products of a whole run: panels of [`PANEL`] outputs side by side, so that the
//! inner loop reads memory in a straight line. Rows, sums and results are f32; rows are rounded to the weights' element
//! while they are packed. A row's result does not depend on the other rows of the call. For processors with AVX-512;
//! others use candle's products.

use std::mem::MaybeUninit;
use std::ops::Range;

use rayon::prelude::*;

use super::element::{Element, Number};
use super::kernel::{self, PANEL, Part, STRIP, Source, Sums, Tile};

/// Cells of a row that are multiplied before the next part of the inputs is looked at: enough that sums are rarely put
/// away in between, few enough that a panel's part stays near the core until every strip has met it.
const DEPTH: usize = 288;

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

/// A weight matrix `[outputs × inputs]` in cells of its element, panel by panel: cell (o, c) is at `(o / PANEL · cells +
/// c) · PANEL + o % PANEL`; the last panel is filled up with zeros.
pub struct PackedWeights {
    panels: Vec<u32>,
    element: Element,
    outputs: usize,
    inputs: usize,
}

impl PackedWeights {
    /// Lays out `weights`, row-major `[outputs × inputs]`, to be multiplied in their own kind of number.
    pub fn new<N: Number>(weights: &[N], inputs: usize) -> Self {
        let outputs = weights.len() / inputs;
        let cells = N::ELEMENT.cells(inputs);
        let mut panels = vec![0; outputs.div_ceil(PANEL) * PANEL * cells];
        panels.par_chunks_mut(PANEL * cells).zip(weights.par_chunks(PANEL * inputs)).for_each(|(panel, rows)| {
            for (column, row) in rows.chunks_exact(inputs).enumerate() {
                panel[column..].iter_mut().step_by(PANEL).zip(N::cells(row)).for_each(|(target, cell)| *target = cell);
            }
        });
        Self { panels, element: N::ELEMENT, outputs, inputs }
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
        let panel = &self.panels[output / PANEL * PANEL * self.cells() + output % PANEL..];
        self.element.unpack(panel.iter().step_by(PANEL), &mut target[..self.inputs]);
    }

    /// Lays out rows `[count × inputs]` to be multiplied with these weights, replacing what was in `packed`.
    pub fn pack_rows(&self, rows: &[f32], packed: &mut PackedRows) {
        packed.pack(rows, self.inputs, self.element);
    }

    /// Cells of an output.
    fn cells(&self) -> usize {
        self.element.cells(self.inputs)
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
                self.pack_rows(rows, packed);
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
            self.pack_rows(rows, &mut memory.rows);
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
        assert!(rows.element == Some(self.element) && rows.cells == self.cells(), "rows for other weights");
        debug_assert!(range.start.is_multiple_of(PANEL));
        let strips = rows.count.div_ceil(STRIP);
        if strips == 0 {
            return;
        }
        scratch.resize(strips, [0.0; STRIP * PANEL]);
        for column in range.clone().step_by(PANEL) {
            let columns = column..range.end.min(column + PANEL);
            for start in (0..rows.cells).step_by(DEPTH) {
                let depth = DEPTH.min(rows.cells - start);
                let panel = &self.panels[(column / PANEL * rows.cells + start) * PANEL..][..depth * PANEL];
                // What lies behind this part of the panel comes next; each strip fetches its share of it.
                let share = panel.len().div_ceil(strips);
                for (index, sums) in scratch.iter_mut().enumerate() {
                    let strip = rows.strip(index, start, depth);
                    let upcoming = index * share..(index + 1) * share;
                    let part = Part { element: self.element, strip, panel, first: start == 0, upcoming };
                    if start + depth < rows.cells {
                        kernel::accumulate(&part, sums);
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
                    kernel::finish(&part, sums, &mut target[first..], &tile);
                }
            }
        }
    }
}

/// Rows in strips of [`STRIP`], for each part of [`DEPTH`] cells: cell (r, c) of a part that starts at `s` and is `d`
/// deep is at `strips · STRIP · s + (r / STRIP · d + c − s) · STRIP + r % STRIP`.
#[derive(Default)]
pub struct PackedRows {
    data: Vec<u32>,
    /// None before the first packing.
    element: Option<Element>,
    count: usize,
    cells: usize,
}

impl PackedRows {
    fn pack(&mut self, rows: &[f32], inputs: usize, element: Element) {
        (self.count, self.cells, self.element) = (rows.len() / inputs, element.cells(inputs), Some(element));
        let padded = self.count.next_multiple_of(STRIP);
        self.data.resize(padded * self.cells, 0);
        for start in (0..self.cells).step_by(DEPTH) {
            let depth = DEPTH.min(self.cells - start);
            let part = &mut self.data[padded * start..][..padded * depth];
            for (strip, rows) in part.chunks_exact_mut(STRIP * depth).zip(rows.chunks(STRIP * inputs)) {
                kernel::pack(element, Source { rows, inputs, start }, strip);
            }
        }
    }

    fn strip(&self, index: usize, start: usize, depth: usize) -> &[u32] {
        let padded = self.count.next_multiple_of(STRIP);
        &self.data[padded * start + index * STRIP * depth..][..depth * STRIP]
    }
}

#[cfg(test)]
mod tests;
