//! When a miner synchronises with the chain, by the rule that made it do so without end and by the one that mended it.

/// Seconds for which a block number is kept before it is asked for again.
const CACHE_SECONDS: f64 = 12.0;
/// Seconds between two looks of the mended rule.
const POLL_SECONDS: f64 = 30.0;
/// Seconds between two looks of the rule before.
const LOOK_SECONDS: f64 = 1.0;

/// Blocks over time: the number of the block at a second since the miner's start.
pub trait Chain {
    /// The block at this second.
    fn block_at(&self, second: f64) -> u64;
}

/// A chain whose blocks come one after another in equal times.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Regular {
    /// The block at the start, which begins there.
    pub start_block: u64,
    /// Seconds of a block, above 0.
    pub block_seconds: f64,
}

impl Chain for Regular {
    fn block_at(&self, second: f64) -> u64 {
        self.start_block.saturating_add((second / self.block_seconds).floor() as u64)
    }
}

/// A chain as it was recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// Seconds since the first of each block, ascending.
    pub seconds: Vec<f64>,
    /// Their numbers, ascending; one for each second.
    pub blocks: Vec<u64>,
}

impl Chain for Trace {
    fn block_at(&self, second: f64) -> u64 {
        let after = self.seconds.partition_point(|&known| known <= second);
        self.blocks.get(after.saturating_sub(1)).copied().unwrap_or(0)
    }
}

/// What a miner's rule depends on beside the chain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SyncSpec {
    /// The block at which the miner last set weights; a miner never does again.
    pub last_update: u64,
    /// Blocks of an epoch.
    pub epoch_length: u64,
    /// Seconds that a synchronisation takes, above 0; the miner begins with one.
    pub sync_seconds: f64,
    /// Seconds that are looked at.
    pub horizon: f64,
}

/// One synchronisation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sync {
    /// When it began, in seconds since the miner's start.
    pub second: f64,
    /// At which block, as the miner had it.
    pub block: u64,
}

/// A miner's synchronisations by one rule.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Synced {
    /// Whether it is the rule after the fix.
    pub is_after: bool,
    /// They.
    pub syncs: Vec<Sync>,
    /// Seconds that each takes.
    pub seconds: f64,
    /// Seconds that are looked at.
    pub horizon: f64,
}

/// Blocks from one synchronisation to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Apart {
    /// The fewest.
    pub fewest: u64,
    /// The most.
    pub most: u64,
}

impl Synced {
    /// How often a day.
    pub fn per_day(&self) -> f64 {
        self.syncs.len() as f64 * 86400.0 / self.horizon
    }

    /// The share of the time that they take.
    pub fn share_of_time(&self) -> f64 {
        self.syncs.len() as f64 * self.seconds / self.horizon
    }

    /// How far they are apart; nothing of fewer than two.
    pub fn apart(&self) -> Option<Apart> {
        let gaps = || self.syncs.windows(2).map(|two| two[1].block - two[0].block);
        Some(Apart { fewest: gaps().min()?, most: gaps().max()? })
    }
}

/// Synchronisations as they were: whenever block − last update ≥ epoch, which stays true, so that they come back to back.
/// LogicNet before the fix of the miner's synchronisation; block numbers are as old as the cache allows.
pub fn before(chain: &impl Chain, spec: &SyncSpec) -> Vec<Sync> {
    let (mut clock, mut syncs) = (Clock::new(chain, spec), Vec::new());
    while clock.second < spec.horizon {
        let block = clock.block();
        if block >= spec.last_update.saturating_add(spec.epoch_length) {
            syncs.push(Sync { second: clock.second, block });
            clock.second += spec.sync_seconds;
        } else {
            clock.second += LOOK_SECONDS;
        }
    }
    syncs
}

/// Synchronisations as they are: a look every 30 s, and one where more than an epoch of blocks has passed since the last.
pub fn after(chain: &impl Chain, spec: &SyncSpec) -> Vec<Sync> {
    let (mut clock, mut syncs) = (Clock::new(chain, spec), Vec::new());
    let mut last = clock.block();
    while clock.second < spec.horizon {
        let block = clock.block();
        if block > last.saturating_add(spec.epoch_length) {
            syncs.push(Sync { second: clock.second, block });
            clock.second += spec.sync_seconds;
            last = clock.block();
        }
        clock.second += POLL_SECONDS;
    }
    syncs
}

/// The miner's clock, and the block number that it last asked for.
struct Clock<'a, C> {
    chain: &'a C,
    start: f64,
    second: f64,
    asked: Option<(f64, u64)>,
}

impl<'a, C: Chain> Clock<'a, C> {
    fn new(chain: &'a C, spec: &SyncSpec) -> Self {
        Self { chain, start: spec.sync_seconds, second: spec.sync_seconds, asked: None }
    }

    /// The block as the miner knows it: asked for once in each turn of the cache, which begins with the first look.
    fn block(&mut self) -> u64 {
        let turn = ((self.second - self.start) / CACHE_SECONDS).floor();
        match self.asked {
            Some((known, block)) if known == turn => block,
            _ => {
                let block = self.chain.block_at(self.second);
                self.asked = Some((turn, block));
                block
            }
        }
    }
}
