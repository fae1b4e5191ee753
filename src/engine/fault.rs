//! A device that fails. That is never a property of a model or of a text, so it never becomes a loss: whoever meets it
//! asks for less, or ends the run. What candle reports is told apart here.

use candle_core::Error;

/// How a device failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceFault {
    /// It has not enough memory for what was asked; less may fit.
    #[error("{device} ran out of memory: {problem}; free memory there, or give another device with --device")]
    OutOfMemory {
        /// The device.
        device: String,
        /// What it said.
        problem: String,
    },
    /// Anything else: nothing that it computes from now on can be trusted.
    #[error("{device} failed: {problem}; see to the device and run again, or give another with --device")]
    Broken {
        /// The device.
        device: String,
        /// What it said.
        problem: String,
    },
}

impl DeviceFault {
    /// The fault of `device` behind an error of a computation on it; `None` where tensors did not fit each other,
    /// which is found on the host before a device is asked.
    pub(super) fn behind(error: &Error, device: String) -> Option<Self> {
        if is_about_shapes(error) {
            return None;
        }
        let problem = first_line(error);
        Some(match is_out_of_memory(&problem) {
            true => Self::OutOfMemory { device, problem },
            false => Self::Broken { device, problem },
        })
    }
}

/// Whether a device's words mean a lack of memory: those of CUDA's driver and of cuBLAS, and Metal's for a buffer.
fn is_out_of_memory(problem: &str) -> bool {
    const SIGNS: [&str; 4] =
        ["CUDA_ERROR_OUT_OF_MEMORY", "CUBLAS_STATUS_ALLOC_FAILED", "FailedToCreateResource", "out of memory"];
    SIGNS.iter().any(|sign| problem.contains(sign))
}

fn is_about_shapes(error: &Error) -> bool {
    matches!(
        cause(error),
        Error::UnexpectedDType { .. }
            | Error::DTypeMismatchBinaryOp { .. }
            | Error::DimOutOfRange { .. }
            | Error::DuplicateDimIndex { .. }
            | Error::UnexpectedNumberOfDims { .. }
            | Error::UnexpectedShape { .. }
            | Error::ShapeMismatch { .. }
            | Error::ShapeMismatchBinaryOp { .. }
            | Error::ShapeMismatchCat { .. }
            | Error::ShapeMismatchSplit { .. }
            | Error::EmptyTensor { .. }
            | Error::NarrowInvalidArgs { .. }
            | Error::InvalidIndex { .. }
            | Error::BroadcastIncompatibleShapes { .. }
            | Error::MatMulUnexpectedStriding(_)
            | Error::UnsupportedDTypeForOp(..)
            | Error::DeviceMismatchBinaryOp { .. }
            | Error::RequiresContiguous { .. }
            | Error::OpRequiresAtLeastOneTensor { .. }
            | Error::OpRequiresAtLeastTwoTensors { .. }
    )
}

/// What lies under the context that candle puts around an error.
fn cause(error: &Error) -> &Error {
    match error {
        Error::Context { inner, .. } | Error::WithPath { inner, .. } | Error::WithBacktrace { inner, .. } => {
            cause(inner)
        }
        other => other,
    }
}

/// The first line of what candle says.
pub(super) fn first_line(error: &Error) -> String {
    cause(error).to_string().lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behind(error: &Error) -> Option<DeviceFault> {
        DeviceFault::behind(error, "cuda:0".into())
    }

    #[test]
    fn lack_of_memory_is_told_from_a_broken_device() {
        let out = r#"DriverError(CUDA_ERROR_OUT_OF_MEMORY, "out of memory")"#;
        for words in [out, "CublasError(CUBLAS_STATUS_ALLOC_FAILED)"] {
            let fault = behind(&Error::Cuda(words.into()).context("while loading"));
            assert!(matches!(fault, Some(DeviceFault::OutOfMemory { .. })), "{fault:?}");
        }
        let broken = Error::Cuda(r#"DriverError(CUDA_ERROR_ILLEGAL_ADDRESS, "an illegal access")"#.into());
        for error in [broken, Error::Msg("anything".into())] {
            let fault = behind(&error);
            assert!(matches!(fault, Some(DeviceFault::Broken { .. })), "{fault:?}");
        }
    }

    #[test]
    fn shapes_that_do_not_fit_are_no_fault_of_the_device() {
        let shapes = Error::ShapeMismatch { buffer_size: 3, shape: 4.into() };
        assert_eq!(behind(&shapes.context("while loading")), None);
    }
}
