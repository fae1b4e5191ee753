//! How much memory is in use and was at most: of this process on the CPU, where Linux tells it, and of the whole device
//! with CUDA.
//!
//! On Linux the peak is the kernel's high-water mark of resident memory, set back after the model was loaded, so that it
//! is the peak of the calls alone. Where the kernel refuses to set it back, resident memory is read every
//! [`PAUSE`] instead, which may miss a short peak; [`Peak::sampled`] says so. Some kernels count pages in batches per
//! processor, so that either figure may be off by some hundred KiB for each core.
//!
//! With CUDA nothing here keeps a high-water mark: the used memory of the device is sampled, which may miss a short peak.
//! It is that of all processes, so nothing else may use the device meanwhile, and what the driver keeps in a pool after it
//! was freed counts as used. All calls share one stream: their kernels take turns, their memory does not. None of this
//! has been run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use candle_core::Device;

use crate::engine::device::device_name;
use crate::engine::{EngineError, Result};
use crate::measure::host::status;

/// Time between two samples.
const PAUSE: Duration = Duration::from_micros(500);
/// A mark that was set back is at most this far above what is resident, in bytes.
const SET_BACK: u64 = 1 << 20;

/// Memory in use at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peak {
    /// In bytes.
    pub bytes: u64,
    /// Whether it is the largest of samples and no mark that the system kept.
    pub sampled: bool,
}

/// Something that tells the memory in use.
pub enum Gauge {
    /// This process on Linux.
    Process,
    /// A whole CUDA device.
    #[cfg(feature = "cuda")]
    Cuda(candle_core::CudaDevice),
}

impl Gauge {
    /// The gauge of what computes on `device`.
    ///
    /// # Errors
    /// The device's memory cannot be read here.
    pub fn of(device: &Device) -> Result<Self> {
        match device {
            Device::Cpu if status("VmHWM").is_some() => Ok(Self::Process),
            Device::Cpu => Err(unread(device, "the memory of a process can be measured on Linux only; measure there")),
            #[cfg(feature = "cuda")]
            Device::Cuda(cuda) => Ok(Self::Cuda(cuda.clone())),
            _ => Err(unread(device, "its memory cannot be measured; use `--device cpu` or `--device cuda`")),
        }
    }

    /// Bytes in use now.
    pub fn in_use(&self) -> Result<u64> {
        match self {
            Self::Process => status("VmRSS").ok_or_else(|| unread(&Device::Cpu, "/proc/self/status is gone")),
            #[cfg(feature = "cuda")]
            Self::Cuda(cuda) => {
                use candle_core::cuda_backend::cudarc::driver::result::mem_get_info;
                // The driver tells it of the device whose context this thread has, and a thread begins without one.
                let told = cuda.cuda_stream().context().bind_to_thread().and_then(|()| mem_get_info());
                let device = Device::Cuda(cuda.clone());
                told.map(|(free, total)| (total - free) as u64).map_err(|error| unread(&device, &error.to_string()))
            }
        }
    }

    /// Does `work` and tells the most bytes that were in use meanwhile.
    ///
    /// # Errors
    /// The memory cannot be read any more.
    pub fn peak_of<T>(&self, work: impl FnOnce() -> T) -> Result<Measured<T>> {
        if self.keeps_a_mark() {
            let result = work();
            let bytes = status("VmHWM").ok_or_else(|| unread(&Device::Cpu, "/proc/self/status is gone"))?;
            return Ok(Measured { result, peak: Peak { bytes, sampled: false } });
        }
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            let sampler = scope.spawn(|| self.largest_until(&stop));
            let result = work();
            stop.store(true, Ordering::Relaxed);
            let bytes = sampler.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            Ok(Measured { result, peak: Peak { bytes, sampled: true } })
        })
    }

    fn keeps_a_mark(&self) -> bool {
        match self {
            Self::Process => set_mark_back(),
            #[cfg(feature = "cuda")]
            Self::Cuda(_) => false,
        }
    }

    fn largest_until(&self, stop: &AtomicBool) -> Result<u64> {
        let mut largest = self.in_use()?;
        while !stop.load(Ordering::Relaxed) {
            thread::sleep(PAUSE);
            largest = largest.max(self.in_use()?);
        }
        Ok(largest)
    }
}

/// What some work gave and the memory it took.
pub struct Measured<T> {
    /// What it gave.
    pub result: T,
    /// The most memory in use meanwhile.
    pub peak: Peak,
}

/// Sets the high-water mark of this process back to what is resident now; false where the kernel does not do that.
fn set_mark_back() -> bool {
    let is_written = std::fs::write("/proc/self/clear_refs", "5").is_ok();
    let marks = status("VmHWM").zip(status("VmRSS"));
    is_written && marks.is_some_and(|(mark, resident)| mark <= resident + SET_BACK)
}

fn unread(device: &Device, problem: &str) -> EngineError {
    EngineError::Device { device: device_name(device), problem: problem.to_owned() }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    const LARGE: usize = 64 << 20;

    fn touch() -> usize {
        vec![1_u8; LARGE].iter().map(|&byte| usize::from(byte)).sum()
    }

    #[test]
    fn a_peak_is_known_when_it_is_over() {
        let gauge = Gauge::of(&Device::Cpu).unwrap();
        // Other tests of this process take and free memory meanwhile, but not so much in the moment between these two.
        let measured = gauge.peak_of(|| [gauge.in_use().unwrap(), touch() as u64]).unwrap();
        let [before, touched] = measured.result;
        assert_eq!(touched, LARGE as u64);
        assert!(measured.peak.bytes >= before + LARGE as u64 / 2, "{:?} after {before}", measured.peak);
    }

    #[test]
    fn samples_find_a_peak_that_lasts() {
        let gauge = Gauge::of(&Device::Cpu).unwrap();
        let stop = AtomicBool::new(false);
        // Other tests of this process free memory meanwhile: what is in use is asked for again while it is held.
        let [held, largest] = thread::scope(|scope| {
            let sampler = scope.spawn(|| gauge.largest_until(&stop));
            let memory = vec![1_u8; LARGE];
            let held = gauge.in_use().unwrap();
            thread::sleep(20 * PAUSE);
            stop.store(true, Ordering::Relaxed);
            assert_eq!(memory.iter().map(|&byte| usize::from(byte)).sum::<usize>(), LARGE);
            [held, sampler.join().unwrap().unwrap()]
        });
        assert!(largest >= held - LARGE as u64 / 2, "{largest}, {held} while it was held");
    }
}
