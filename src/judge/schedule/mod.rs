//! The validator's loop over time: how many batches run and wait, what memory that takes, and how often a miner
//! synchronises with the chain.

mod device;
mod memory;
mod meter;
mod pacing;
mod queue;
mod run;
mod simulation;
pub mod sync;
#[cfg(test)]
mod vectors;

pub use device::{DeviceMemory, Taken};
pub use memory::{Growth, MemoryAt, MemoryModel, NoLine, Pool, PoolEnds};
pub use meter::{Figures, Load};
pub use pacing::Pacing;
pub use queue::Queue;
pub use run::{ScheduleSpec, Simulated, run};
pub use simulation::{LoopRun, Policy, Workers};
