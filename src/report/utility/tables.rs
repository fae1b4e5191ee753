//! The tables of miners: what each came to, by which preset, what splitting gains, and how long a leader stays one.

use super::{UtilityReplay, names};
use crate::excerpt::escaped;
use crate::judge::utility::{ChallengerRow, MinerRow, NewcomerRow, PresetRow, SplitRow, VolumeRow};
use crate::report::grid::Heading::{Number, Text};
use crate::report::numbers::{decimal, estimated, or_unknown};
use crate::report::table::{Sheet, Table};

/// The best score first.
pub(super) fn by_score(replay: &UtilityReplay) -> Vec<&MinerRow> {
    let mut rows: Vec<&MinerRow> = replay.judged.miners.iter().collect();
    rows.sort_by_key(|row| (row.rank, replay.uid(row.contender)));
    rows
}

/// Miners.
pub(super) fn miners<'a>(replay: &'a UtilityReplay) -> Table<'a, &'a MinerRow> {
    let table = Table::new("Miners. One row per uid, the best score first.")
        .column("rank", "place by score, from 1; equal ones share the best", |row: &'a MinerRow| row.rank)
        .shown(Number("rank"))
        .column("uid", "slot of the miner", |row| replay.uid(row.contender))
        .shown(Number("uid"))
        .column("hotkey", "its hotkey; null where it is not known", |row| replay.hotkey(row.contender))
        .column("responses", "requests that it was asked", |row| row.responses)
        .shown(Number("asked"))
        .column("in_time", "those with an answer in time", |row| row.in_time)
        .shown(Number("in time"))
        .column("late", "those with an answer after the timeout", |row| row.late)
        .column("timeouts", "those that ended as a timeout", |row| row.timeouts)
        .column("errors", "those that ended with an error", |row| row.errors)
        .column("unanswered", "those with status ok and without an answer all the same", |row| row.unanswered)
        .column("valid_fields", "mean valid fields of its answers; null without one or without a schema", |row| {
            row.valid_fields.map(|one| one.value)
        })
        .interval("valid_fields", "the interval of valid_fields, over requests; null where there is none", |row| {
            row.valid_fields?.interval
        })
        .shown_as(Number("valid fields"), |row| estimated(row.valid_fields, 3))
        .column("seconds", "mean seconds of its answers; null without one", |row| row.seconds.map(|one| one.value))
        .interval("seconds", "the interval of seconds, over requests; null where there is none", |row| {
            row.seconds?.interval
        })
        .shown_as(Number("seconds"), |row| estimated(row.seconds, 2))
        .column("median_seconds", "median seconds of its answers; null without one", |row| row.median_seconds)
        .column("utility", "mean utility of all its responses, 0 for those without an answer in time", |row| {
            row.utility.map(|one| one.value)
        })
        .interval("utility", "the interval of utility, over requests; null where there is none", |row| {
            row.utility?.interval
        })
        .shown_as(Number("utility"), |row| estimated(row.utility, 3));
    table
        .column("score", "its moving average at the end", |row| row.score)
        .shown_as(Number("score"), |row| decimal(Some(row.score), 4))
        .column("weight", "its share of all scores; null where they add up to nothing", |row| row.weight)
        .shown_as(Number("weight"), |row| decimal(row.weight, 4))
        .column("baseline_score", "its score by the preset's rules", |row| row.baseline_score)
        .column("baseline_weight", "its weight by these", |row| row.baseline_weight)
        .column("baseline_rank", "its place by these", |row| row.baseline_rank)
        .shown(Number("rank by the preset"))
        .column("places_won", "places that it is further ahead than by these; negative: behind", |row| {
            row.places_won() as f64
        })
}

/// A miner by a preset.
#[derive(Clone, Copy)]
pub(super) struct OfPreset<'a> {
    row: &'a PresetRow,
    contender: usize,
}

/// Every miner by every preset.
pub(super) fn preset_scores(replay: &UtilityReplay) -> Sheet<'_> {
    let rows = replay.judged.presets.iter();
    let rows = rows.flat_map(|row| (0..row.scores.len()).map(move |contender| OfPreset { row, contender }));
    Table::new("Scores by the rules of every preset. One row per preset and uid.")
        .column("preset", "its name", |one: OfPreset<'_>| one.row.name)
        .column("uid", "slot of the miner", |one| replay.uid(one.contender))
        .column("score", "final score", |one| one.row.scores[one.contender])
        .column("weight", "share of all scores; null where they add up to nothing", |one| {
            one.row.weights[one.contender]
        })
        .column("rank", "place by score, from 1; equal ones share the best", |one| one.row.ranks[one.contender])
        .sheet("preset_scores", rows)
}

/// Presets.
pub(super) fn presets<'a>(replay: &'a UtilityReplay) -> Table<'a, &'a PresetRow> {
    let leader = |row: &PresetRow| {
        let is_first = |&contender: &usize| row.ranks[contender] == 1 && row.scores[contender] > 0.0;
        (0..row.scores.len()).find(is_first)
    };
    Table::new("How the rules of every preset would order miners. One row per preset.")
        .column("preset", "its name", |row: &'a PresetRow| row.name)
        .shown(Text("preset"))
        .column("leader", "uid with the best score; null where nobody has one", move |row| {
            leader(row).map(|one| replay.uid(one))
        })
        .shown(Number("leader"))
        .column("leader_weight", "its weight", move |row| row.weights[leader(row)?])
        .shown_as(Number("its weight"), move |row| decimal(leader(row).and_then(|one| row.weights[one]), 4))
        .column("kendall_tau", "Kendall's tau-b of its order and the run's; null where one is no order", |row| row.tau)
        .shown_as(Number("τ"), |row| decimal(row.tau, 3))
        .column("moved", "sum of the differences of weights from the run's, without their signs", |row| row.moved)
        .shown_as(Number("weights moved"), |row| decimal(row.moved, 4))
}

/// What splitting gains.
pub(super) fn splits<'a>(replay: &'a UtilityReplay) -> Table<'a, &'a SplitRow> {
    Table::new(
        "What a miner gains that answers from several uids alike, or splits its volume over them. One row per kind of reward, \
         miner and number of uids; the first, the middle and the last by score under that reward.",
    )
    .column("by", "what the rewards are", |row: &'a SplitRow| names::split(row.by))
    .shown(Text("rewards"))
    .column("uid", "slot of the miner", |row| replay.uid(row.contender))
    .shown(Number("uid"))
    .column("uids", "over how many uids it is split", |row| row.uids as u64)
    .shown(Number("uids"))
    .column("score", "final score of its one uid", |row| row.score)
    .column("scores", "final scores of all its uids", |row| row.scores)
    .column("weight", "its weight with one uid; null where scores add up to nothing", |row| row.weight)
    .shown_as(Number("weight"), |row| decimal(row.weight, 4))
    .column("weights", "the weight of all its uids", |row| row.weights)
    .shown_as(Number("together"), |row| decimal(row.weights, 4))
    .column("gain", "the second over the first; null where that is 0", |row| row.gain)
    .shown_as(Number("gain"), |row| decimal(row.gain, 2))
    .column("returned", "share of requests to which it is returned, being one; null by volume", |row| row.returned)
    .column("returned_split", "the same, being so many", |row| row.returned_split)
}

/// Splits over the most uids; the table has those over fewer too.
pub(super) fn shown_splits(replay: &UtilityReplay) -> Vec<&SplitRow> {
    let splits = &replay.judged.splits;
    let most = splits.iter().map(|row| row.uids).max();
    splits.iter().filter(|row| Some(row.uids) == most).collect()
}

/// Newcomers of steady rewards.
pub(super) fn newcomers<'a>() -> Table<'a, &'a NewcomerRow> {
    Table::new("How soon a newcomer overtakes a leader whose rewards are steady. One row per reward.")
        .column("lead", "its reward over the leader's", |row: &'a NewcomerRow| row.lead)
        .shown_as(Number("reward over the leader's"), |row| row.lead.to_string())
        .column("rounds", "rounds until its score is greater; null: never", |row| row.rounds)
        .shown_as(Number("rounds"), |row| or_unknown(row.rounds))
}

/// Everyone against the leader.
pub(super) fn challengers<'a>(replay: &'a UtilityReplay) -> Table<'a, &'a ChallengerRow> {
    Table::new("How soon each miner would overtake the leader, beginning with 0. One row per uid but the leader's.")
        .column("uid", "slot of the miner", |row: &'a ChallengerRow| replay.uid(row.contender))
        .shown(Number("uid"))
        .column("rewarded", "rounds with a reward of it", |row| row.rewarded)
        .column("reward", "its mean reward; null without one", |row| row.reward)
        .shown_as(Number("reward"), |row| decimal(row.reward, 3))
        .column("rounds", "rounds if it earns its mean as often as it did and the leader's score stays; null: never", |row| {
            row.rounds
        })
        .shown_as(Number("rounds"), |row| or_unknown(row.rounds))
        .column(
            "simulated",
            "median rounds where both meet what they did in recorded rounds, drawn again; null: half of them did not end",
            |row| row.simulated,
        )
        .shown_as(Number("drawn"), |row| decimal(row.simulated, 0))
        .column("soonest", "rounds that one in twenty stayed below; null: so many did not end", |row| row.soonest)
        .shown_as(Number("soonest"), |row| decimal(row.soonest, 0))
        .column("latest", "rounds that one in twenty exceeded; null: so many did not end", |row| row.latest)
        .shown_as(Number("latest"), |row| decimal(row.latest, 0))
        .column("unended", "share of successions that did not end within --succession-rounds; null without rewards", |row| {
            row.unended
        })
        .shown_as(Number("not within --succession-rounds"), |row| decimal(row.unended, 2))
}

/// Rewards by volume.
pub(super) fn volumes<'a>(replay: &'a UtilityReplay) -> Table<'a, &'a VolumeRow> {
    Table::new(
        "The last rewards by volume, by both eras of the code. One row per era and uid with a volume that counts.",
    )
    .column("era", "commit of the code", |row: &'a VolumeRow| names::era(row.era))
    .shown_as(Text("era"), |row| escaped(names::era(row.era)))
    .column("uid", "slot of the miner", |row| replay.uid(row.volume.contender))
    .shown(Number("uid"))
    .column("volume", "its volume in the tempos that count", |row| row.volume.volume)
    .shown_as(Number("volume"), |row| decimal(Some(row.volume.volume), 0))
    .column("reward", "from 0 to 1; null beyond the table, where those do not count", |row| row.volume.reward)
    .shown_as(Number("reward"), |row| decimal(row.volume.reward, 4))
}
