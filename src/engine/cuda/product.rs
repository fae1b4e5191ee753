//! Products of bf16 or f16 whose results stay f32, by cuBLAS: candle's own round them to the operands' kind.

use std::ptr::from_ref;

use candle_core::backend::BackendStorage;
use candle_core::cuda_backend::cudarc::cublas::{result, sys};
use candle_core::cuda_backend::{CudaStorageSlice, WrapErr};
use candle_core::{CpuStorage, CudaDevice, CudaStorage, CustomOp2, Layout, Result, Shape};

use super::gemm::{Gemm, Stack};
use super::launch::{self, Place, Rows};
use crate::engine::traffic;

/// x · wᵀ of `[rows × inputs]` and `[outputs × inputs]`, as `[rows × outputs]` f32.
pub struct WideProduct;

impl CustomOp2 for WideProduct {
    fn name(&self) -> &'static str {
        "device-wide-product"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        candle_core::bail!("this product runs on CUDA devices only")
    }

    fn cuda_fwd(
        &self,
        x: &CudaStorage,
        x_layout: &Layout,
        w: &CudaStorage,
        w_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        let (device, stream) = (x.device(), x.device().cuda_stream());
        let (rows, outputs) = (Rows::of(x, x_layout, &stream)?, Rows::of(w, w_layout, &stream)?);
        let kind = match [launch::format_of(x)?, launch::format_of(w)?] {
            ["bf16", "bf16"] => sys::cudaDataType_t::CUDA_R_16BF,
            ["f16", "f16"] => sys::cudaDataType_t::CUDA_R_16F,
            [one, other] => candle_core::bail!("a product of {one} and {other} is not widened"),
        };
        let stack = |rows: &Rows| Stack { rows: rows.count, stride: rows.stride as usize };
        let gemm = Gemm::of_rows(stack(&rows), stack(&outputs), rows.width).filter(|_| rows.width == outputs.width);
        let Some(gemm) = gemm else { candle_core::bail!("{x_layout:?} and {w_layout:?} cannot be multiplied") };
        let shape = Shape::from((rows.count, outputs.count));
        // SAFETY: the product writes all of it.
        let slice = CudaStorageSlice::F32(unsafe { device.alloc::<f32>(shape.elem_count())? });
        let storage = CudaStorage { slice, device: device.clone() };
        {
            let output = Place::of(&storage, &Layout::contiguous(&shape), &stream)?;
            let places = [outputs.place.address, rows.place.address, output.address];
            // SAFETY: each address was taken from a tensor of the size that the numbers say.
            unsafe { multiply(device, &gemm, kind, places)? };
        }
        Ok((storage, shape))
    }
}

/// C = op(A) · op(B) of numbers of a kind, summed and written in f32, given the addresses of A, B and C.
///
/// # Safety
/// At each address is a matrix of the size that `gemm` says.
unsafe fn multiply(device: &CudaDevice, gemm: &Gemm, kind: sys::cudaDataType, places: [u64; 3]) -> Result<()> {
    let Gemm { transposed, sizes: [m, n, k], strides: [lda, ldb, ldc] } = *gemm;
    let [turn_a, turn_b] = transposed.map(|turned| match turned {
        true => sys::cublasOperation_t::CUBLAS_OP_T,
        false => sys::cublasOperation_t::CUBLAS_OP_N,
    });
    let (one, zero) = (1f32, 0f32);
    let [one, zero] = [from_ref(&one).cast(), from_ref(&zero).cast()];
    let [a, b, c] = places;
    let (a, b, c) = (a as *const _, b as *const _, c as *mut _);
    let wide = sys::cudaDataType_t::CUDA_R_32F;
    let (compute, algorithm) =
        (sys::cublasComputeType_t::CUBLAS_COMPUTE_32F, sys::cublasGemmAlgo_t::CUBLAS_GEMM_DEFAULT_TENSOR_OP);
    let handle = *device.cublas_handle().handle();
    traffic::own_kernel();
    // SAFETY: the caller vouches for the addresses; the device keeps the handle, and the factors are read before the call
    // returns.
    unsafe {
        result::gemm_ex(
            handle, turn_a, turn_b, m, n, k, one, a, kind, lda, b, kind, ldb, zero, c, wide, ldc, compute, algorithm,
        )
    }
    .w()
}
