//! Dancing: the bonus of a miner whose size changed, meant for those who move executors between uids.

use super::epochs::peak_cycle;
use super::index::{Index, Miner};
use super::peaks::period_before;
use super::rules::Dancing;
use super::tally::{Cell, Tally};

/// Whether a size changed by a ratio, up or down: also where the previous one is missing, or the smaller one is 0.
pub fn is_size_changed(current: f64, previous: Option<f64>, ratio: f64) -> bool {
    let Some(previous) = previous else { return true };
    let (low, high) = (current.min(previous), current.max(previous));
    low == 0.0 || high / low >= ratio
}

/// The batches whose sizes are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Compared {
    pub current: Option<u32>,
    pub previous: Option<u32>,
}

impl Compared {
    /// For the bonus of a batch; `None` where each job has its own.
    pub fn of(index: &Index<'_>, row: u32) -> Option<Self> {
        match index.rules.dancing {
            Dancing::PerJob => None,
            Dancing::LatestBatch => Some(Self { current: Some(row), previous: index.latest_other(row) }),
            Dancing::PreviousCycle => Some(Self { current: Some(row), previous: index.first_of_cycle_before(row) }),
            Dancing::Peaks => {
                let peak = peak_cycle(index.batch(row).block, index.rules.netuid);
                Some(Self {
                    current: index.first_scored_of_cycle(peak.start),
                    previous: index.first_scored_of_cycle(period_before(peak).start),
                })
            }
        }
    }

    /// What a miner's score is multiplied with.
    pub fn bonus(&self, index: &Index<'_>, hotkey: u32) -> f64 {
        let size = |batch: Option<u32>| size(index, Miner { batch: batch?, hotkey });
        let is_changed = is_size_changed(size(self.current).unwrap_or(0.0), size(self.previous), index.rules.ratio);
        if is_changed { index.rules.bonus } else { 1.0 }
    }
}

/// The size of a miner in a batch: executors online, each with the weight of its class.
pub(super) fn size(index: &Index<'_>, miner: Miner) -> Option<f64> {
    let offers = index.offers(miner)?;
    Some(offers.iter().map(|offer| index.classes.get(offer.class).weight * offer.online as f64).sum())
}

/// Whether the jobs that passed or were excused are so many more or fewer than were online in the batch before.
pub(super) fn has_job_bonus(index: &Index<'_>, cell: &Cell, tally: &Tally) -> bool {
    let before = index.batch_before(cell.batch).map(|batch| Miner { batch, hotkey: cell.hotkey });
    let previous = before.and_then(|miner| index.offer(miner, cell.class)).map(|offer| offer.online as f64);
    is_size_changed(f64::from(tally.passed + tally.excused), previous, index.rules.ratio)
}
