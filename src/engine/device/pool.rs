//! How memory of a CUDA device is handed out: from a pool that keeps what was freed for what is asked for next, without
//! events that nobody waits for.

use candle_core::CudaDevice;
use candle_core::cuda_backend::cudarc::driver::{DriverError, result, sys};

/// Makes the device keep freed memory until [`trim`], and record no events.
pub fn prepare(cuda: &CudaDevice) -> Result<(), DriverError> {
    // SAFETY: events order what several streams do with one tensor. The device was opened with a stream of its own,
    // whatever the thread, and nothing here makes another; a stream does everything in the order it was told.
    unsafe { cuda.disable_event_tracking() };
    let Some(pool) = pool(cuda)? else { return Ok(()) };
    let mut all = u64::MAX;
    let threshold = sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD;
    // SAFETY: the pool is the device's, and the driver reads a 64-bit number for this attribute.
    unsafe { result::mem_pool::set_attribute(pool, threshold, (&raw mut all).cast()) }
}

/// Gives back what is kept and not in use.
pub fn trim(cuda: &CudaDevice) -> Result<(), DriverError> {
    // What was freed is the pool's once the stream has got there.
    cuda.cuda_stream().synchronize()?;
    match pool(cuda)? {
        // SAFETY: the pool is the device's.
        Some(pool) => unsafe { result::mem_pool::trim_to(pool, 0) },
        None => Ok(()),
    }
}

/// The device's pool; `None` where it has none.
fn pool(cuda: &CudaDevice) -> Result<Option<sys::CUmemoryPool>, DriverError> {
    let stream = cuda.cuda_stream();
    let context = stream.context();
    context.bind_to_thread()?;
    if !context.has_async_alloc() {
        return Ok(None);
    }
    // SAFETY: the context holds the device that the driver named.
    unsafe { result::device::get_mem_pool(context.cu_device()) }.map(Some)
}
