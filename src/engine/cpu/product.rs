//! Single-threaded matrix products for use inside parallel tasks: a safe face on the gemm crate.

use gemm::Parallelism;

/// A matrix in memory: element (i, j) is `data[i · row_stride + j · column_stride]`.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The elements, from (0, 0) on.
    pub data: &'a [f32],
    /// Distance between rows.
    pub row_stride: usize,
    /// Distance between columns.
    pub column_stride: usize,
}

impl<'a> View<'a> {
    /// Rows of contiguous elements, `stride` apart.
    pub fn rows(data: &'a [f32], stride: usize) -> Self {
        Self { data, row_stride: stride, column_stride: 1 }
    }

    /// The transpose of rows of contiguous elements, `stride` apart.
    pub fn transposed(data: &'a [f32], stride: usize) -> Self {
        Self { data, row_stride: 1, column_stride: stride }
    }

    fn holds(&self, rows: usize, columns: usize) -> bool {
        (rows - 1) * self.row_stride + (columns - 1) * self.column_stride < self.data.len()
    }
}

/// Sizes of a product: (m × k) · (k × n).
#[derive(Clone, Copy)]
pub struct Shape {
    /// Rows of the result.
    pub m: usize,
    /// Columns of the result.
    pub n: usize,
    /// Terms of each sum.
    pub k: usize,
}

/// Writes `lhs · rhs` into rows of `target` that are `stride` apart, or adds it to what is there.
pub fn multiply(shape: Shape, target: &mut [f32], stride: usize, lhs: View, rhs: View, add: bool) {
    let Shape { m, n, k } = shape;
    if m == 0 || n == 0 || k == 0 {
        return;
    }
    assert!(lhs.holds(m, k) && rhs.holds(k, n) && (m - 1) * stride + n <= target.len(), "a product out of bounds");
    // SAFETY: the assertion above keeps every element of the three matrices inside its slice; `target` is borrowed
    // mutably and so overlaps neither operand.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            target.as_mut_ptr(),
            1,
            stride as isize,
            add,
            lhs.data.as_ptr(),
            lhs.column_stride as isize,
            lhs.row_stride as isize,
            rhs.data.as_ptr(),
            rhs.column_stride as isize,
            rhs.row_stride as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}
