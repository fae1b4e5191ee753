//! What `replay schedule` needs to know.

use std::path::PathBuf;

use super::grid::Grid;
use super::{EmbeddingSettings, Format, ResolvedSetting};
use crate::judge::schedule::ScheduleSpec;
use crate::records;

/// All that `replay schedule` needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayScheduleSettings {
    /// How long batches took, in any format.
    pub batches: records::Source,
    /// What miners take, in any format.
    pub rates: records::Source,
    /// How records are read.
    pub reading: records::ReadOptions,
    /// How the validator works.
    pub working: Working,
    /// What other values of one of its settings would change.
    pub grid: Option<Grid<Working>>,
    /// How it is simulated.
    pub spec: ScheduleSpec,
    /// What calls of the embedder take.
    pub memory: MemorySettings,
    /// How a miner synchronises.
    pub sync: SyncSettings,
    /// Settings that name the program's own sample data beside batches that are the user's.
    pub sample_data: Vec<&'static str>,
    /// Folder that the run is written to.
    pub out: PathBuf,
    /// Form of the table on stdout.
    pub format: Format,
    /// Every setting as text with its source, in the order they were resolved.
    pub sources: Vec<ResolvedSetting>,
}

/// How a validator works, whoever runs its batches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Working {
    /// Workers of the pool.
    pub pool: usize,
    /// Queries of a batch.
    pub batch: usize,
    /// Queries of a minibatch, which are embedded in one call.
    pub minibatch: usize,
    /// Seconds meant for a loop.
    pub loop_seconds: f64,
    /// The probability that a query behind the first two of its uid is rewarded.
    pub rewarded: f64,
}

/// What calls of the embedder take.
#[derive(Debug, Clone, PartialEq)]
pub struct MemorySettings {
    /// Measured calls, in any format.
    pub calls: records::Source,
    /// How calls are measured anew; `None` where they are taken as recorded.
    pub measure: Option<MeasureSettings>,
    /// Memory of the device, in bytes.
    pub bytes: u64,
}

/// How calls are measured.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasureSettings {
    /// The embedder.
    pub embedding: EmbeddingSettings,
    /// Numbers of calls at once.
    pub concurrency: Vec<usize>,
    /// How often each is measured.
    pub repetitions: usize,
}

/// How a miner synchronises with the chain.
#[derive(Debug, Clone, PartialEq)]
pub struct SyncSettings {
    /// When blocks came, in any format; `None` for equal times.
    pub blocks: Option<records::Source>,
    /// Seconds of a block, where they come in equal times.
    pub block_seconds: f64,
    /// Blocks of an epoch.
    pub epoch_length: u64,
    /// Seconds that a synchronisation takes.
    pub sync_seconds: f64,
    /// Blocks since the miner last set weights, at its start.
    pub blocks_since_update: u64,
}
