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

#[cfg(test)]
mod tests {
    use super::*;

    fn value(i: usize) -> f32 {
        ((i * 37) % 101) as f32 / 50.0 - 1.0
    }

    /// A matrix of small values and, beside it, the same one turned round with gaps between its rows.
    fn both_ways(rows: usize, columns: usize) -> (Vec<f32>, Vec<f32>) {
        let plain: Vec<f32> = (0..rows * columns).map(value).collect();
        let stride = rows + 5;
        let mut turned = vec![f32::NAN; columns * stride];
        for (index, value) in plain.iter().enumerate() {
            turned[index % columns * stride + index / columns] = *value;
        }
        (plain, turned)
    }

    #[test]
    fn products_agree_with_f64_in_either_layout() {
        for (m, n, k) in [(1, 1, 1), (3, 40, 16), (32, 37, 64), (96, 64, 37), (96, 200, 64), (5, 512, 48), (64, 12, 33)]
        {
            let left: Vec<f32> = (0..m * k).map(|i| value(i + 7)).collect();
            let (right, turned) = both_ways(n, k);
            for (add, rhs) in [false, true]
                .into_iter()
                .flat_map(|add| [(add, View::transposed(&right, k)), (add, View::rows(&turned, n + 5))])
            {
                let (stride, mut target) = (n + 3, vec![1.0; m * (n + 3)]);
                multiply(Shape { m, n, k }, &mut target, stride, View::rows(&left, k), rhs, add);
                for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                    let terms = (0..k).map(|t| f64::from(left[i * k + t]) * f64::from(right[j * k + t]));
                    let exact = terms.sum::<f64>() + if add { 1.0 } else { 0.0 };
                    let got = f64::from(target[i * stride + j]);
                    assert!((got - exact).abs() < 1e-4, "{m}×{n}×{k} add {add} at {i},{j}: {got} for {exact}");
                }
                assert!((0..m - 1).all(|i| target[i * stride + n..][..3] == [1.0; 3]), "wrote beside the columns");
            }
        }
    }
}
