//! The tables of miners and of what rules come to, each column declared once.

use super::HordeReplay;
use crate::excerpt::escaped;
use crate::judge::horde::{
    CheckRow, CopierRow, MinerRow, MinerShare, PassRow, PresetRow, Span, Toggled, TrajectoryStep,
};
use crate::report::grid::Heading::{Number, Text};
use crate::report::numbers::{UNKNOWN, decimal, estimated};
use crate::report::table::{Sheet, Table};

/// A share in percent, with one decimal.
pub(super) fn percent_of(share: Option<f64>) -> String {
    share.map_or_else(|| UNKNOWN.to_owned(), |share| format!("{} %", decimal(Some(100.0 * share), 1)))
}

/// The greatest weight first.
pub(super) fn by_weight(replay: &HordeReplay) -> Vec<&MinerRow> {
    let mut rows: Vec<&MinerRow> = replay.found.miners.iter().collect();
    rows.sort_by_key(|row| (row.rank, replay.hotkey(row.hotkey)));
    rows
}

/// What miners come to.
pub(super) fn miners<'a>(replay: &'a HordeReplay) -> Table<'a, &'a MinerRow> {
    let found = &replay.found;
    let share = |row: &MinerRow| found.bonus_of(row.hotkey).and_then(MinerShare::share);
    let gain = |row: &MinerRow| found.toggled_of(row.hotkey).and_then(Toggled::gain);
    let table = Table::new("What miners come to over all batches. One row per hotkey with a score.")
        .column("rank", "place by weight, from 1; equal ones share the best", |row: &'a MinerRow| row.rank)
        .shown(Number("rank"))
        .column("hotkey", "hotkey of the miner", |row| replay.hotkey(row.hotkey))
        .shown(Text("hotkey"))
        .column("score", "the sum of its scores", |row| row.score)
        .shown_as(Number("score"), |row| decimal(Some(row.score), 2))
        .column("weight", "its share of all scores, from 0 to 1", |row| row.weight.value)
        .interval("weight", "the interval of weight, over batches; null where there is none", |row| row.weight.interval)
        .shown_as(Number("weight"), |row| estimated(Some(row.weight), 4))
        .column("on_chain", "its weight with what is burnt, and no more than --max-weight", |row| row.on_chain)
        .column("integer", "that as it is committed: of 65535 for the greatest; null where none is above 0", |row| {
            row.integer
        })
        .shown(Number("committed"))
        .column("baseline", "its weight by the preset's rules", |row| row.baseline)
        .shown_as(Number("by the preset"), |row| decimal(Some(row.baseline), 4))
        .column("baseline_rank", "its place by that", |row| row.baseline_rank)
        .shown(Number("rank by the preset"));
    table
        .column("jobs", "synthetic jobs", |row| row.jobs.synthetic)
        .shown(Number("jobs"))
        .column("passed", "those that passed", |row| row.jobs.passed)
        .shown(Number("passed"))
        .column("excused", "those that were excused", |row| row.jobs.excused)
        .shown(Number("excused"))
        .column("declined", "those that were declined without an excuse", |row| row.jobs.declined)
        .shown(Number("declined"))
        .column("organic", "organic jobs that count", |row| row.jobs.organic)
        .shown(Number("organic"))
        .column("bonus_share", "what the bonus makes of its score; null of a score of 0", share)
        .shown_as(Number("bonus"), move |row| percent_of(share(row)))
        .column("toggling_gain", "what toggling its size would add to its score at a steady size", gain)
        .shown_as(Number("by toggling"), move |row| percent_of(gain(row)))
}

/// What the bonus makes of totals.
pub(super) fn bonuses<'a>(replay: &'a HordeReplay) -> Table<'a, &'a MinerShare> {
    Table::new("What the bonus of a changed size makes of totals. One row per hotkey.")
        .column("hotkey", "hotkey of the miner", |row: &'a MinerShare| replay.hotkey(row.hotkey))
        .column("with", "its score", |row| row.with)
        .column("without", "its score without anybody's bonus", |row| row.without)
        .column("share", "what the bonus makes of its score; null of a score of 0", |row| row.share())
}

/// What toggling would gain.
pub(super) fn toggling<'a>(replay: &'a HordeReplay) -> Table<'a, &'a Toggled> {
    Table::new(
        "What a miner would gain by merely toggling its size: one ratio-th of its jobs in every second batch, cycle or peak, \
         whichever the rules compare, and the bonus wherever that changes it. One row per hotkey.",
    )
    .column("hotkey", "hotkey of the miner", |row: &'a Toggled| replay.hotkey(row.hotkey))
    .column("recorded", "its score", |row| row.recorded)
    .column("steady", "its score at its size in all batches, without a bonus", |row| row.steady)
    .column("toggling", "its score if it toggled, all others as they were", |row| row.toggling)
    .column("gain", "what toggling adds to the steady score; null where that is 0", |row| row.gain())
}

/// The timeouts that people see.
pub(super) fn told(replay: &HordeReplay) -> Vec<&PassRow> {
    replay.found.pass_rates.iter().filter(|row| row.is_told).collect()
}

/// What passes at which timeout.
pub(super) fn pass_rates<'a>(replay: &'a HordeReplay) -> Table<'a, &'a PassRow> {
    Table::new("How many checks that ended would pass at which timeout. One row per class and timeout.")
        .column("class", "the class", |row: &'a PassRow| replay.class(row.class))
        .shown(Text("class"))
        .column("timeout", "seconds that a job may take", |row| row.timeout)
        .shown_as(Number("timeout (s)"), |row| escaped(&row.timeout.to_string()))
        .column("of_rules", "whether it is the timeout of the rules", |row| row.is_of_rules)
        .shown_as(Text("of the rules"), |row| if row.is_of_rules { "yes" } else { "" }.to_owned())
        .column("passed", "jobs that came right and in time", |row| row.passed)
        .shown(Number("passed"))
        .column("jobs", "jobs that ended with an answer or without, and were not streamed", |row| row.jobs)
        .shown(Number("jobs"))
        .column("rate", "their share", |row| row.rate.map(|rate| rate.value))
        .interval("rate", "the interval of rate, over batches; null of a single batch", |row| row.rate?.interval)
        .shown_as(Number("rate"), |row| estimated(row.rate, 4))
}

/// What sampling prompts tells.
pub(super) fn checks<'a>() -> Table<'a, &'a CheckRow> {
    Table::new("What a check of so many sampled prompts tells. One row per number of prompts.")
        .column("prompts", "prompts that are sampled of a series", |row: &'a CheckRow| row.prompts)
        .shown(Number("prompts"))
        .column(
            "cheat_passes",
            "probability that a cheat passes: its share of right answers to the power of prompts",
            |row| row.cheat_passes,
        )
        .shown_as(Number("a cheat passes"), |row| decimal(Some(row.cheat_passes), 4))
        .column(
            "honest_fails",
            "probability that an honest miner fails: 1 - (1 - its error rate) to that power",
            |row| row.honest_fails,
        )
        .shown_as(Number("an honest miner fails"), |row| decimal(Some(row.honest_fails), 4))
}

/// From when class weights held.
fn from(step: &TrajectoryStep) -> &'static str {
    if step.change.from.is_empty() { "before" } else { step.change.from }
}

/// The class weights of production, and how they move weights.
pub(super) fn steps<'a>(replay: &'a HordeReplay) -> Table<'a, &'a TrajectoryStep> {
    let leader = |step: &TrajectoryStep| step.leader.map(|hotkey| replay.hotkey(hotkey).to_owned());
    let greatest = |step: &TrajectoryStep| step.leader.and_then(|hotkey| step.weights.get(hotkey as usize).copied());
    Table::new("The class weights of production, one after another. One row per change.")
        .column("from", "the day from which they held; before: ahead of all changes", |step: &'a TrajectoryStep| {
            from(step)
        })
        .shown(Text("from"))
        .column("hash_weight", "weight of the class of hash jobs", |step| step.change.hash)
        .shown_as(Number("hash"), |step| decimal(Some(step.change.hash), 0))
        .column("llm_weight", "weight of the class of language model jobs", |step| step.change.llm)
        .shown_as(Number("language model"), |step| decimal(Some(step.change.llm), 0))
        .column("leader", "hotkey with the greatest weight; null where none has one", leader)
        .shown_as(Text("leader"), move |step| leader(step).map_or_else(|| UNKNOWN.to_owned(), |name| escaped(&name)))
        .column("leader_weight", "its weight", greatest)
        .shown_as(Number("its weight"), move |step| decimal(greatest(step), 4))
        .column("distance", "sum of the absolute differences of all weights from those of the step before", |step| {
            step.distance
        })
        .shown_as(Number("moved"), |step| decimal(step.distance, 4))
}

/// A hotkey under the class weights of one time.
#[derive(Clone, Copy)]
struct Stand<'a> {
    step: &'a TrajectoryStep,
    hotkey: u32,
    weight: f64,
}

/// Weights under the class weights of production.
pub(super) fn trajectory(replay: &HordeReplay) -> Sheet<'_> {
    let rows = replay.found.trajectory.iter().flat_map(|step| {
        let miners = replay.found.miners.iter();
        miners.filter_map(move |miner| {
            let weight = *step.weights.get(miner.hotkey as usize)?;
            Some(Stand { step, hotkey: miner.hotkey, weight })
        })
    });
    Table::new("Weights under each of the class weights of production. One row per change and hotkey.")
        .column("from", "the day from which they held; before: ahead of all changes", |row: Stand<'_>| from(row.step))
        .column("hash_weight", "weight of the class of hash jobs", |row| row.step.change.hash)
        .column("llm_weight", "weight of the class of language model jobs", |row| row.step.change.llm)
        .column("hotkey", "hotkey of the miner", |row| replay.hotkey(row.hotkey))
        .column("weight", "its weight", |row| row.weight)
        .sheet("trajectory", rows)
}

/// What every preset comes to.
pub(super) fn presets<'a>() -> Table<'a, &'a PresetRow> {
    Table::new(
        "What the rules of every preset come to, with the class weights of the run. One row per preset; one by which the \
         recording cannot be judged is left out.",
    )
    .column("preset", "name of the preset", |row: &'a PresetRow| row.name)
    .shown(Text("preset"))
    .column("distance", "sum of the absolute differences of all weights from those of the run", |row| row.distance)
    .shown_as(Number("from the run's"), |row| decimal(Some(row.distance), 4))
    .column(
        "kendall_tau",
        "Kendall's tau-b of both orders, among hotkeys with a score in the run; null where one is no order",
        |row| row.tau,
    )
    .shown_as(Number("τ"), |row| decimal(row.tau, 3))
    .column("passed", "synthetic jobs that pass", |row| row.passed.passed)
    .shown(Number("passed"))
    .column("excused", "declined jobs that are excused", |row| row.passed.excused)
    .shown(Number("excused"))
}

/// A hotkey by a preset.
#[derive(Clone, Copy)]
struct ByPreset<'a> {
    row: &'a PresetRow,
    hotkey: u32,
}

/// Weights by every preset.
pub(super) fn preset_weights(replay: &HordeReplay) -> Sheet<'_> {
    let found = &replay.found;
    let rows = found
        .presets
        .iter()
        .flat_map(|row| found.miners.iter().map(move |miner| ByPreset { row, hotkey: miner.hotkey }));
    Table::new(
        "Weights by the rules of every preset, with the class weights of the run. One row per preset and hotkey.",
    )
    .column("preset", "name of the preset", |one: ByPreset<'_>| one.row.name)
    .column("hotkey", "hotkey of the miner", |one| replay.hotkey(one.hotkey))
    .column("weight", "its weight", |one| one.row.weights[one.hotkey as usize])
    .column("rank", "its place by weight, from 1; equal ones share the best", |one| one.row.ranks[one.hotkey as usize])
    .sheet("preset_weights", rows)
}

fn block(block: i64) -> Option<u64> {
    u64::try_from(block).ok()
}

/// What a copier of weights loses.
pub(super) fn copier<'a>() -> Table<'a, &'a CopierRow> {
    let table = Table::new(
        "What a copier loses that sets the weights which were revealed last: those of the interval before. One row per cycle \
         but the first, or per batch without one.",
    )
    .column("block", "first block of the cycle, or block of the batch; null below 0", |row: &'a CopierRow| {
        block(row.block)
    })
    .column("loss", "sum of the absolute differences of all weights from those of the interval before", |row| row.loss)
    .column("without_bonus", "the same without anybody's bonus", |row| row.without_bonus);
    let table = span(
        table,
        "reveal",
        "when weights may be revealed in the chain's interval of 722 blocks that holds that block",
        |row| row.windows.reveal,
    );
    span(table, "commit", "when weights may be committed in it", |row| row.windows.commit)
}

/// Adds the two columns of a range of blocks.
fn span<'a>(
    table: Table<'a, &'a CopierRow>,
    name: &str,
    about: &str,
    read: fn(&CopierRow) -> Span,
) -> Table<'a, &'a CopierRow> {
    table
        .column(&format!("{name}_start"), &format!("first block {about}; null below 0"), move |row| {
            block(read(row).start)
        })
        .column(&format!("{name}_stop"), &format!("first block behind those {about}; null below 0"), move |row| {
            block(read(row).stop)
        })
}
