//! What replayed rewards say, in sentences.

use super::{Copies, RewardsReplay, tables};
use crate::judge::rewards::{Class, ThresholdRow};
use crate::report::numbers::{counted, decimal, with_interval};
use crate::report::story::Term;

/// What the words of the tables mean.
pub(super) const READING: &[Term] = &[
    Term {
        word: "emission",
        meaning: "The mean of a miner's weights after each loop: the share of what the network paid over the recording.",
    },
    Term {
        word: "lost",
        meaning: "Emission without a penalty minus emission with it. Emission is shared out, so what some lose others gain. \
                  In brackets: the interval, over the problems that were asked, at the confidence level among the settings \
                  below. Where no independent answer is flagged it is 0 to 0, which says nothing of answers that were not recorded.",
    },
    Term {
        word: "independent, copiers",
        meaning: "A miner with a response that is marked as a copy is a copier; all others are independent.",
    },
    Term {
        word: "top kept",
        meaning: "Of the miners with the highest emission without a penalty, the share that is still among as many with it.",
    },
    Term {
        word: "τ",
        meaning: "Kendall's τ-b of the orders by emission with and without a penalty: 1 where nothing changes.",
    },
];

/// What it came to, in one line.
pub(super) fn headline(replay: &RewardsReplay) -> String {
    let rules = replay.rules.as_ref().map_or_else(String::new, tables::rules);
    format!(
        "{} of {} rewarded: {rules}.",
        counted(replay.judged.rounds as usize, "loop"),
        counted(replay.uids.len(), "miner")
    )
}

/// What is worth saying beside the tables.
pub(super) fn sentences(replay: &RewardsReplay) -> Vec<String> {
    let miners = &replay.judged.miners;
    if miners.iter().all(|row| row.responses == row.unknown) {
        return vec!["No reward is known, so nothing is said of anybody.".into()];
    }
    if miners.iter().all(|row| row.emission == 0.0) {
        return vec!["Every mean reward is 0, so nobody is paid.".into()];
    }
    [penalty(replay), copiers(replay), order(replay), cheats(replay)].into_iter().flatten().collect()
}

/// The row of the threshold that rules.
pub(super) fn chosen(replay: &RewardsReplay) -> Option<&ThresholdRow> {
    let threshold = replay.rules?.threshold;
    replay.judged.thresholds.iter().find(|row| row.threshold == threshold)
}

fn penalty(replay: &RewardsReplay) -> Option<String> {
    let row = chosen(replay)?;
    let lost = with_interval(Some(100.0 * row.lost.value), row.lost.interval.map(|ends| ends.scaled(100.0)), 2);
    Some(format!(
        "Above the threshold of {} are {} of {} with a known reward; independent miners that lose by it lose {lost} % of the emission.",
        row.threshold,
        row.flagged,
        counted(row.answers as usize, "answer"),
    ))
}

fn copiers(replay: &RewardsReplay) -> Option<String> {
    let row = chosen(replay)?;
    let without = replay.judged.thresholds.last()?.copiers;
    let share = |estimate: crate::stats::Estimate| {
        with_interval(Some(100.0 * estimate.value), estimate.interval.map(|ends| ends.scaled(100.0)), 2)
    };
    let whose = match &replay.copies {
        Copies::None => {
            return Some("The recording marks nobody as a copier, so all miners count as independent.".into());
        }
        Copies::Recorded => "Miners that copy, as the recording says,".to_owned(),
        Copies::Made { attack, made, recorded } => {
            let others = if *recorded > 0 { format!(", and {recorded} as the recording says") } else { String::new() };
            format!("Miners that copy, {made} of them made to (attack {attack}){others},")
        }
    };
    Some(format!("{whose} keep {} % of the emission, {} % without a penalty.", share(row.copiers?), share(without?)))
}

fn order(replay: &RewardsReplay) -> Option<String> {
    let order = replay.judged.order?;
    let tau = order.tau.map_or_else(|| "undefined".to_owned(), |tau| format!("{tau:.3}"));
    Some(format!(
        "Against no penalty {} of {} lose emission and {} gain it, {} of the {} at the top stay there, and Kendall's τ-b is \
         {tau}.",
        order.losers,
        counted(replay.uids.len(), "miner"),
        order.winners,
        order.stay,
        order.top,
    ))
}

/// What a cheat still earns.
fn cheats(replay: &RewardsReplay) -> Option<String> {
    let row = replay.judged.classes.iter().find(|row| row.class == Class::AsCheat)?;
    let (once, twice) = (row.once?, row.twice?);
    Some(format!(
        "If every answer were a cheat (correctness -1), it would earn {} on average with one rescale and {} with two.",
        decimal(Some(once.value), 4),
        decimal(Some(twice.value), 4),
    ))
}
