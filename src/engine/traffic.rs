//! What a computation asks of a device: kernels to launch, values to send there, results to wait for. The operators
//! that compute on devices are called through [`operators`], which tells them here; so a computation on the CPU counts
//! what the same computation would ask of a GPU.

pub mod operators;

use std::cell::Cell;
use std::ops::{Add, AddAssign};

use candle_core::Layout;

/// Bytes that the driver takes over at once. Of more, in memory that is not pinned, it may first wait for the kernels before
/// them; see "API synchronization behavior" in the documentation of CUDA's driver.
const STAGED: usize = 64 << 10;

/// What a computation asked of its device, as candle's CUDA backend would ask it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Kernels started and copies within the device.
    pub launches: usize,
    /// Tensors sent to the device.
    pub uploads: usize,
    /// Bytes of these tensors.
    pub bytes: usize,
    /// Shapes and strides sent along with a kernel, some bytes with an allocation of their own each: what candle does
    /// for every operand that is not contiguous, for every reduction and for every look-up of rows.
    pub layouts: usize,
    /// Results that the host waited for, and tensors of more than [`STAGED`] bytes that were sent behind kernels, for which
    /// it may have waited; until then, the device gets nothing new to do.
    pub waits: usize,
}

impl Add for Traffic {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            launches: self.launches + other.launches,
            uploads: self.uploads + other.uploads,
            bytes: self.bytes + other.bytes,
            layouts: self.layouts + other.layouts,
            waits: self.waits + other.waits,
        }
    }
}

impl AddAssign for Traffic {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// What was asked until now, and whether kernels may still be at work.
#[derive(Clone, Copy, Default)]
struct Tally {
    traffic: Traffic,
    is_busy: bool,
}

thread_local! {
    static TALLY: Cell<Option<Tally>> = const { Cell::new(None) };
}

/// Does the work and tells what it asked of its device, as far as it was called from this thread. A tensor that a device
/// would refuse fails meanwhile on the CPU as well.
pub fn counted<T>(work: impl FnOnce() -> T) -> (T, Traffic) {
    /// Puts back what was counted around the work, however that ends.
    struct Outer(Option<Tally>);
    impl Drop for Outer {
        fn drop(&mut self) {
            TALLY.set(self.0);
        }
    }
    let outer = Outer(TALLY.get());
    TALLY.set(Some(Tally { traffic: Traffic::default(), is_busy: is_busy() }));
    let value = work();
    let Tally { traffic, is_busy } = TALLY.get().unwrap_or_default();
    drop(outer);
    TALLY.set(TALLY.get().map(|before| Tally { traffic: before.traffic + traffic, is_busy }));
    (value, traffic)
}

fn is_counting() -> bool {
    TALLY.get().is_some()
}

fn is_busy() -> bool {
    TALLY.get().is_some_and(|tally| tally.is_busy)
}

fn tell(more: Traffic) {
    if let Some(Tally { traffic, is_busy }) = TALLY.get() {
        let is_busy = more.waits == 0 && (is_busy || more.launches > 0);
        TALLY.set(Some(Tally { traffic: traffic + more, is_busy }));
    }
}

/// A tensor of so many bytes, sent to the device.
fn send(bytes: usize) {
    let waits = usize::from(is_busy() && bytes > STAGED);
    tell(Traffic { uploads: 1, bytes, waits, ..Traffic::default() });
}

/// One kernel, which is sent its operands' shapes and strides unless all of them are contiguous.
fn launch(operands: &[&Layout]) {
    let layouts = usize::from(!operands.iter().all(|layout| layout.is_contiguous()));
    tell(Traffic { launches: 1, layouts, ..Traffic::default() });
}

/// One of [our own kernels](super::cuda), which are sent what they need in one argument.
#[cfg(feature = "cuda")]
pub(super) fn own_kernel() {
    launch(&[]);
}

/// Whether cuBLAS takes these operands as candle hands them over: rows or columns must lie next to each other, and the
/// matrices of a batch the same distance apart.
fn multiplies(a: &Layout, b: &Layout) -> bool {
    fits(a) && fits(b)
}

fn fits(layout: &Layout) -> bool {
    let (dims, strides) = (layout.dims(), layout.stride());
    let rank = dims.len();
    let (rows, columns) = (dims[rank - 2], dims[rank - 1]);
    let (down, right) = (strides[rank - 2], strides[rank - 1]);
    let by_rows = (right == 1 || columns == 1) && (down == columns || rows == 1);
    let by_columns = (down == 1 || rows == 1) && (right == rows || columns == 1);
    let batched = match (&dims[..rank - 2], &strides[..rank - 2]) {
        ([], _) | ([_], _) => true,
        ([first, second], [outer, inner]) => *outer == inner * second || *first == 1 || *second == 1,
        _ => false,
    };
    (by_rows || by_columns) && batched
}

#[cfg(test)]
mod tests;
