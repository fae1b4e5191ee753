//! What a schedule of calls needs: memory at a concurrency, and the largest pool of workers that fits.

mod memory;

pub use memory::{Growth, MemoryAt, MemoryModel, NoLine, Pool, PoolEnds};
