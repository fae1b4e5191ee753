//! What an examination asks of the kernels of a build: that a device takes each of them, and a device that breaks.

use candle_core::{CudaDevice, Result};

use super::catalogue::{File, Kernel, OwnKernel};
use super::launch::{self, Grid, Source};
use super::target::{remedy, target};
use crate::engine::fault::first_line;

/// Loads a kernel: tells for which GPUs its PTX is, or what the driver said and the remedy.
pub fn loaded(device: &CudaDevice, own: &OwnKernel) -> std::result::Result<String, String> {
    let source = source(own.file);
    match launch::load(device, source, own.kernel, own.shared_bytes) {
        Ok(()) => Ok(target(source.ptx).to_owned()),
        Err(error) => {
            let problem = first_line(&error);
            let capability = device.cuda_stream().context().compute_capability();
            let remedy = match capability {
                _ if problem.contains("UNSUPPORTED_PTX_VERSION") => {
                    "update the driver, which is older than the CUDA of this build, or use `--device cpu`".into()
                }
                Ok(capability) => remedy(capability),
                Err(_) => "see to the device, or use `--device cpu`".into(),
            };
            Err(format!("{problem}; {remedy}"))
        }
    }
}

fn source(file: File) -> Source {
    match file {
        File::Attention => launch::ATTENTION,
        File::AttentionF32 => launch::ATTENTION_F32,
        File::Gate => launch::GATE,
        File::LogSumExp => launch::LOG_SUM_EXP,
        File::Rotary => launch::ROTARY,
    }
}

/// Breaks the device for this process, and for no other, as soon as it gets there. Whoever waits for it learns of that.
///
/// # Errors
/// The kernel cannot be launched.
pub fn break_device(device: &CudaDevice) -> Result<()> {
    let (grid, nowhere) = (Grid { blocks: (1, 1), threads: 1, shared_bytes: 0 }, 0_u64);
    // SAFETY: the argument is the address that the kernel declares. That nothing lies there is what it is for: the
    // device refuses the store, and with it all that this process asks of it from then on.
    unsafe { launch::launch(device, launch::BREAKAGE, Kernel::STORE_NOWHERE, &grid, &nowhere) }
}
