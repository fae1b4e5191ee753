//! Epochs, cycles and peak cycles: which blocks belong together.

/// Blocks of an epoch.
pub const EPOCH: i64 = 361;
/// Blocks of a cycle, which is two epochs.
pub const CYCLE: i64 = 2 * EPOCH;
/// Blocks from one peak cycle to the next.
pub const PEAK_PERIOD: i64 = 10 * CYCLE;
/// A block of the first peak cycle.
const FIRST_PEAK: i64 = 1000;

/// A range of blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The first.
    pub start: i64,
    /// The first behind it.
    pub stop: i64,
}

impl Span {
    /// So many blocks from `start` on.
    pub fn of(start: i64, blocks: i64) -> Self {
        Self { start, stop: start + blocks }
    }

    /// Whether a block is one of them.
    pub fn holds(&self, block: i64) -> bool {
        (self.start..self.stop).contains(&block)
    }
}

/// To which epoch the block between two belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Borders {
    /// To the one that ends there: ComputeHorde at 5fed3487.
    Ends,
    /// To the one that begins there: ComputeHorde at 71fb3137.
    Begins,
}

/// The epoch of a block.
pub fn epoch(block: i64, netuid: i64, borders: Borders) -> Span {
    let next = block + EPOCH - 1 - (block + netuid + 1).rem_euclid(EPOCH);
    let begins_here = next == block && borders == Borders::Begins;
    Span::of(if begins_here { block } else { next - EPOCH }, EPOCH)
}

/// The cycle of a block.
pub fn cycle(block: i64, netuid: i64, borders: Borders) -> Span {
    let first = -2 - netuid;
    let epoch = epoch(block, netuid, borders);
    Span::of(epoch.start - (epoch.start - first).rem_euclid(CYCLE), CYCLE)
}

/// The last peak cycle that began at a block or before.
pub fn peak_cycle(block: i64, netuid: i64) -> Span {
    let first = cycle(FIRST_PEAK, netuid, Borders::Begins);
    let now = cycle(block, netuid, Borders::Begins);
    Span::of(now.start - (now.start - first.start).rem_euclid(PEAK_PERIOD), CYCLE)
}
