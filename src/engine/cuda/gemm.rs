//! A product of rows as cuBLAS is asked for it, which counts down columns.

/// What `cublasGemmEx` is told of C = op(A) · op(B), all of them column-major.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gemm {
    /// Whether A, and whether B, is turned first.
    pub transposed: [bool; 2],
    /// Rows of C, columns of C, and the length of its sums.
    pub sizes: [i32; 3],
    /// Numbers from one column to the next of A, of B and of C.
    pub strides: [i32; 3],
}

/// Rows of numbers without gaps, each so many numbers after the one before.
#[derive(Debug, Clone, Copy)]
pub struct Stack {
    /// How many.
    pub rows: usize,
    /// Numbers from one to the next.
    pub stride: usize,
}

impl Gemm {
    /// x · wᵀ of rows `[rows × inputs]` and `[outputs × inputs]`, as rows `[rows × outputs]` without gaps: A is w and B
    /// is x. `None` where a number is beyond cuBLAS's 32 bits, or there is nothing to multiply.
    ///
    /// A matrix by rows is its transpose by columns, a row being a column there. So C, by columns, is the result's
    /// transpose `[outputs × rows]`, which is w · xᵀ. What lies in memory for x reads, by columns, as xᵀ
    /// `[inputs × rows]`, just as it is needed; what lies there for w reads as wᵀ `[inputs × outputs]` and is turned.
    pub fn of_rows(x: Stack, w: Stack, inputs: usize) -> Option<Self> {
        // A lone row has no next, wherever its stride may point.
        let stride = |stack: Stack| if stack.rows == 1 { inputs } else { stack.stride };
        let whole = |numbers: [usize; 3]| {
            let [a, b, c] = numbers.map(|number| i32::try_from(number).ok().filter(|&number| number > 0));
            Some([a?, b?, c?])
        };
        let strides = whole([stride(w), stride(x), w.rows])?;
        let sizes = whole([w.rows, x.rows, inputs])?;
        Some(Self { transposed: [true, false], sizes, strides })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the documentation of `cublasGemmEx` defines it, by its indices alone.
    fn naive(gemm: &Gemm, a: &[f64], b: &[f64]) -> Vec<f64> {
        let [m, n, k] = gemm.sizes.map(|size| size as usize);
        let [lda, ldb, ldc] = gemm.strides.map(|stride| stride as usize);
        let at = |values: &[f64], turned: bool, row: usize, column: usize, stride: usize| {
            let (row, column) = if turned { (column, row) } else { (row, column) };
            assert!(row < stride, "a column is longer than the way to the next");
            values[column * stride + row]
        };
        let mut c = vec![f64::NAN; ldc * n];
        for (row, column) in (0..m).flat_map(|row| (0..n).map(move |column| (row, column))) {
            let term = |l| at(a, gemm.transposed[0], row, l, lda) * at(b, gemm.transposed[1], l, column, ldb);
            c[column * ldc + row] = (0..k).map(term).sum();
        }
        c
    }

    fn ramp(stack: Stack, seed: usize) -> Vec<f64> {
        (0..stack.rows * stack.stride).map(|i| ((i * 7 + seed) % 11) as f64 - 5.0).collect()
    }

    #[test]
    fn rows_times_rows_by_columns_are_rows_times_rows() {
        for (rows, outputs, inputs, gaps) in
            [(1, 1, 1, [0, 0]), (3, 5, 2, [0, 0]), (4, 2, 7, [3, 1]), (1, 6, 3, [9, 0])]
        {
            let x = Stack { rows, stride: inputs + gaps[0] };
            let w = Stack { rows: outputs, stride: inputs + gaps[1] };
            let (x_values, w_values) = (ramp(x, 1), ramp(w, 4));
            let found = naive(&Gemm::of_rows(x, w, inputs).unwrap(), &w_values, &x_values);
            let product = |index: usize| -> f64 {
                let (row, output) = (index / outputs, index % outputs);
                (0..inputs).map(|i| x_values[row * x.stride + i] * w_values[output * w.stride + i]).sum()
            };
            assert_eq!(found, (0..rows * outputs).map(product).collect::<Vec<_>>(), "{rows} × {outputs} × {inputs}");
        }
    }

    #[test]
    fn what_cublas_cannot_count_is_refused() {
        let stack = |rows, stride| Stack { rows, stride };
        assert!(Gemm::of_rows(stack(2, 1 << 31), stack(2, 8), 8).is_none());
        assert!(Gemm::of_rows(stack(1 << 31, 8), stack(2, 8), 8).is_none());
        assert!(Gemm::of_rows(stack(0, 8), stack(2, 8), 8).is_none());
        // A lone row's stride is never walked.
        assert!(Gemm::of_rows(stack(1, 1 << 31), stack(2, 8), 8).is_some());
    }
}
