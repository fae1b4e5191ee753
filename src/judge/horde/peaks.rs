//! Peak cycles: the one in ten in which miners show all that they have, and what it costs to show too little between.

use super::epochs::{CYCLE, PEAK_PERIOD, Span, peak_cycle};
use super::index::{Index, Miner};
use super::rules::Dancing;

/// The peak cycle ahead of one.
pub(super) fn period_before(peak: Span) -> Span {
    Span::of(peak.start - PEAK_PERIOD, CYCLE)
}

/// The batch of the last peak against which a batch is held; `None` in the peak cycle itself, where there is no peak batch,
/// and where the rules know no peaks.
pub(super) fn held_against(index: &Index<'_>, row: u32) -> Option<u32> {
    if index.rules.dancing != Dancing::Peaks {
        return None;
    }
    let block = index.batch(row).block;
    let peak = peak_cycle(block, index.rules.netuid);
    if peak.holds(block) { None } else { index.first_scored_of_cycle(peak.start) }
}

/// What a miner's score in a batch is multiplied with: the penalty where it has less than the least share of what it had at
/// the peak, in any class.
pub(super) fn penalty(index: &Index<'_>, peak: u32, row: u32, hotkey: u32) -> f64 {
    let Some(then) = index.offers(Miner { batch: peak, hotkey }) else { return 1.0 };
    let now = Miner { batch: row, hotkey };
    let share = |class: u32, count: u64| {
        let online = index.offer(now, class).map_or(0, |offer| offer.online);
        online as f64 / count as f64
    };
    let is_gone = index.offers(now).is_none();
    let is_less = |class, count| count > 0 && share(class, count) < index.rules.least_share;
    let is_too_small = is_gone || then.iter().any(|offer| is_less(offer.class, offer.online));
    if is_too_small { index.rules.penalty } else { 1.0 }
}

/// Executors of a class that a validator uses outside of peak cycles, of those `reported`.
///
/// `at_peak` is what the miner had of the class at the last peak, 0 where its manifest there lacks the class; `None` of a
/// miner without a manifest there, for which `default` is the limit.
pub fn off_peak_executors(reported: u64, at_peak: Option<u64>, default: u64, ratio: f64) -> u64 {
    let limit = at_peak.map_or(default, |count| ((count as f64 * ratio).ceil() as u64).max(1));
    reported.min(limit)
}
