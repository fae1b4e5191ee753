//! The tables of replayed rewards, each column declared once.

use super::RewardsReplay;
use crate::judge::rewards::{ClassRow, MinerRow, Rate, Rules, ScoreRow, ThresholdRow};
use crate::report::components::{self, Component};
use crate::report::grid::Heading::{Number, Text};
use crate::report::numbers::{decimal, or_unknown, percent, with_interval};
use crate::report::table::{Sheet, Table};
use crate::stats::Estimate;

/// What a validator may ask of a miner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateRow {
    /// The miner.
    pub uid: u32,
    /// The validator.
    pub validator: u32,
    /// Requests per epoch that the miner says it takes.
    pub epoch_volume: f64,
    /// What the validator may send of them.
    pub rate: Rate,
    /// What the validator itself recorded.
    pub recorded: Option<u32>,
}

/// A miner and its uid.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub uid: u32,
    pub row: &'a MinerRow,
}

/// Every miner, the highest emission first.
pub(super) fn by_rank(replay: &RewardsReplay) -> Vec<Known<'_>> {
    let rows = replay.judged.miners.iter();
    let mut rows: Vec<Known<'_>> = rows.map(|row| Known { uid: replay.uids[row.miner], row }).collect();
    rows.sort_by_key(|known| (known.row.rank, known.uid));
    rows
}

/// A figure with its interval, as people read it.
fn shown(estimate: Estimate, places: usize) -> String {
    with_interval(Some(estimate.value), estimate.interval, places)
}

/// Every uid over all loops.
pub(super) fn miners<'a>(replay: &'a RewardsReplay) -> Table<'a, Known<'a>> {
    let copies = replay.judged.miners.iter().any(|row| row.is_copier);
    let table = Table::new("What every miner got over all loops, with the penalty and without. One row per uid.")
        .column("rank", "place by emission, from 1; equal ones share the best", |one: Known<'a>| one.row.rank)
        .shown(Number("rank"))
        .column("uid", "uid of the miner", |one| one.uid)
        .shown(Number("uid"))
        .column("copies", "whether any response of it is a copy", |one| one.row.is_copier);
    let table = if copies {
        table.shown_as(Text("copies"), |one| if one.row.is_copier { "yes".into() } else { String::new() })
    } else {
        table
    };
    table
        .column("responses", "responses that were up for a reward", |one| one.row.responses)
        .shown(Number("responses"))
        .column("failed", "those of them that failed", |one| one.row.failed)
        .column("unknown", "those whose reward is not known", |one| one.row.unknown)
        .column("flagged", "those whose penalty was above the threshold", |one| one.row.flagged)
        .shown(Number("flagged"))
        .column("reward", "mean of the rewards that are known; null where none is", |one| one.row.reward)
        .shown_as(Number("reward"), |one| decimal(one.row.reward, 4))
        .column("weight", "weight after the last loop", |one| one.row.weight)
        .shown_as(Number("weight"), |one| decimal(Some(one.row.weight), 4))
        .column("emission", "mean of the weights after each loop", |one| one.row.emission)
        .shown_as(Number("emission"), |one| decimal(Some(one.row.emission), 4))
        .column("emission_without", "the same without a penalty", |one| one.row.emission_without)
        .column("lost", "emission_without - emission: what penalties take from it; negative where it gains", |one| {
            one.row.lost.value
        })
        .interval("lost", "the interval of lost; null where there is none", |one| one.row.lost.interval)
        .shown_as(Number("lost"), |one| shown(one.row.lost, 4))
        .column("rank_without", "place by emission without a penalty", |one| one.row.rank_without)
        .shown(Number("rank without"))
}

/// Every threshold.
pub(super) fn thresholds<'a>() -> Table<'a, &'a ThresholdRow> {
    let copiers = |row: &ThresholdRow| row.copiers;
    Table::new("What penalties at a threshold do. One row per threshold; the last one flags nothing.")
        .column("threshold", "a penalty above it is taken; null for none", |row: &ThresholdRow| {
            row.threshold.is_finite().then_some(row.threshold)
        })
        .shown_as(Number("threshold"), |row| {
            if row.threshold.is_finite() { row.threshold.to_string() } else { "none".into() }
        })
        .column("answers", "answers with a known reward, failed ones not among them", |row| row.answers)
        .column("flagged", "those of them above the threshold", |row| row.flagged)
        .shown_as(Number("flagged"), |row| {
            let share = row.flagged as f64 / row.answers.max(1) as f64;
            format!("{} ({} %)", row.flagged, percent((share * 1e4).round() / 1e4))
        })
        .column("lost", "emission that independent miners lose, summed over those that lose any", |row| row.lost.value)
        .interval("lost", "the interval of lost; null where there is none", |row| row.lost.interval)
        .shown_as(Number("lost by independent"), |row| shown(row.lost, 4))
        .column("copiers", "emission left to miners that copy; null where none does", move |row| {
            copiers(row).map(|copiers| copiers.value)
        })
        .interval("copiers", "the interval of copiers; null where there is none", move |row| copiers(row)?.interval)
        .shown_as(Number("left to copiers"), move |row| {
            copiers(row).map_or_else(|| or_unknown(None::<u32>), |one| shown(one, 4))
        })
        .column("kendall_tau", "Kendall's tau-b of the emissions with and without; null where one is no order", |row| {
            row.tau
        })
        .shown_as(Number("τ"), |row| decimal(row.tau, 3))
        .column("overlap", "share of those at the top without a penalty that are there with it", |row| row.overlap)
        .shown_as(Number("top kept"), |row| decimal(row.overlap, 2))
}

/// What answers of each kind earn.
pub(super) fn classes<'a>() -> Table<'a, &'a ClassRow> {
    let once = |row: &ClassRow| row.once;
    let twice = |row: &ClassRow| row.twice;
    let word = |one: Option<Estimate>| one.map_or_else(|| or_unknown(None::<u32>), |one| shown(one, 4));
    Table::new("What answers earn on average, by their correctness, with one rescale and with two. One row per kind.")
        .column(
            "answers",
            "kind of answer; \"all as cheats\" is every answer with correctness -1 in place of its own",
            |row: &ClassRow| row.class.name(),
        )
        .shown(Text("answers"))
        .column("responses", "how many there are with a known reward", |row| row.responses)
        .shown(Number("responses"))
        .column("once", "mean reward with one rescale; null where there is none", move |row| {
            once(row).map(|one| one.value)
        })
        .interval("once", "the interval of once; null where there is none", move |row| once(row)?.interval)
        .shown_as(Number("one rescale"), move |row| word(once(row)))
        .column("twice", "mean reward with two rescales; null where there is none", move |row| {
            twice(row).map(|one| one.value)
        })
        .interval("twice", "the interval of twice; null where there is none", move |row| twice(row)?.interval)
        .shown_as(Number("two rescales"), move |row| word(twice(row)))
}

/// Scores, loop by loop.
pub(super) fn scores(replay: &RewardsReplay) -> Sheet<'_> {
    Table::new("Scores by loop. One row per loop and uid.")
        .column("loop", "loop of the validator", |row: &ScoreRow| row.round)
        .column("uid", "uid of the miner", |row| replay.uids[row.miner])
        .column("mean", "mean reward in the loop, from 0 on; null where it had none", |row| {
            row.standing.map(|one| one.mean)
        })
        .column("rank", "place by the mean, from 1; equal means share the best; null where it had none", |row| {
            row.standing.map(|one| one.rank)
        })
        .column("incentive", "what the place is worth, 0 where the mean is 0; null where it had none", |row| {
            row.standing.map(|one| one.incentive)
        })
        .column("score", "sum of its last scores over their fixed number, from 0 to 1", |row| row.score)
        .column("weight", "its share of all scores; 0 where all are 0", |row| row.weight)
        .sheet("scores", replay.judged.scores.iter())
}

/// Why a mean is what it is.
pub(super) fn components(replay: &RewardsReplay) -> Sheet<'_> {
    let rows = replay.judged.scores.iter().flat_map(move |row| {
        let raw = row.raw.unwrap_or(0.0);
        let all = [
            ("similarity", row.parts.similarity),
            ("correctness", row.parts.correctness),
            ("time", row.parts.time),
            ("rescale", row.parts.rescale),
            ("penalty", row.parts.penalty),
            ("volume", row.parts.volume),
            ("clip", raw.max(0.0) - raw),
        ];
        let component = move |(component, value)| Component {
            step: row.round,
            uid: replay.uids[row.miner],
            score: "mean",
            component,
            value,
        };
        all.into_iter().filter(move |_| row.standing.is_some()).map(component)
    });
    components::sheet(
        "similarity, correctness and time: what they add; rescale: what everybody has; penalty and volume: what they take; \
         clip: what a mean below 0 is lifted by",
        rows,
    )
}

/// Who loses what at each threshold.
#[derive(Clone, Copy)]
struct Lost {
    threshold: f64,
    uid: u32,
    emission: f64,
    lost: f64,
}

/// A curve for each uid.
pub(super) fn lost(replay: &RewardsReplay) -> Sheet<'_> {
    let judged = &replay.judged;
    let rows = judged.thresholds.iter().zip(&judged.emissions).flat_map(move |(row, emissions)| {
        let without = judged.emissions.last();
        let lost = move |(place, &emission): (usize, &f64)| Lost {
            threshold: row.threshold,
            uid: replay.uids[place],
            emission,
            lost: without.map_or(0.0, |without| without[place] - emission),
        };
        emissions.iter().enumerate().map(lost)
    });
    Table::new("Who loses what at each threshold. One row per threshold and uid.")
        .column("threshold", "a penalty above it is taken; null for none", |row: Lost| {
            row.threshold.is_finite().then_some(row.threshold)
        })
        .column("uid", "uid of the miner", |row| row.uid)
        .column("emission", "mean of the weights after each loop", |row| row.emission)
        .column("lost", "what penalties take from it; negative where it gains", |row| row.lost)
        .sheet("lost", rows)
}

/// What validators may ask of miners.
pub(super) fn rates<'a>() -> Table<'a, &'a RateRow> {
    Table::new(
        "How many requests a validator may send a miner per epoch, by its stake. One row per miner and validator.",
    )
    .column("uid", "uid of the miner", |row: &RateRow| row.uid)
    .shown(Number("uid"))
    .column("validator", "uid of the validator", |row| row.validator)
    .shown(Number("validator"))
    .column("epoch_volume", "requests per epoch that the miner says it takes", |row| row.epoch_volume)
    .shown(Number("volume"))
    .column("rate_limit", "requests that the validator may send", |row| row.rate.limit)
    .shown(Number("rate limit"))
    .column("synthetic", "those of them that are its own", |row| row.rate.synthetic)
    .shown(Number("synthetic"))
    .column("proxy", "those that it passes on", |row| row.rate.proxy)
    .shown(Number("passed on"))
    .column("recorded", "what the validator itself recorded; null where it did not", |row| row.recorded)
    .shown(Number("recorded"))
}

/// By which rules, in a few words.
pub(super) fn rules(rules: &Rules) -> String {
    let rescales = if rules.is_rescaled_twice { "two rescales" } else { "one rescale" };
    format!("threshold {}, {rescales}", rules.threshold)
}
