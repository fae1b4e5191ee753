//! The tables of questions about the rules: who wins by which weights, when nothing wins, who is on the front, what is
//! returned, and what spot checks find.

use super::{UtilityReplay, names};
use crate::judge::utility::{
    Completeness, Detection, FalseAlarm, FastWin, FrontRow, GridRow, Quality, ReturnedRow, SampleSize, Speed,
};
use crate::report::grid::Heading::{Number, Text};
use crate::report::numbers::{decimal, estimated, or_unknown};
use crate::report::table::Table;

/// Probability of detection from which on people see the sizes of samples.
const SURE: f64 = 0.95;

/// Who wins by which weights.
pub(super) fn utility_grid<'a>(replay: &'a UtilityReplay) -> Table<'a, &'a GridRow> {
    Table::new("Who has the highest mean utility at other weights and time terms. One row per point.")
        .column("fields_weight", "weight of the valid fields", |row: &'a GridRow| row.weights.fields)
        .column("speed_weight", "weight of the time term", |row| row.weights.time)
        .column("size_weight", "weight of the size", |row| row.weights.size)
        .shown_as(Text("w1/w2/w3"), |row| names::weights(row.weights))
        .column("time_term", "the time term", |row| row.time.name())
        .shown(Text("time term"))
        .column(
            "winner",
            "uid with the highest mean utility, the first of equal ones; null where nobody has any",
            |row| row.winner.map(|one| replay.uid(one)),
        )
        .shown(Number("winner"))
        .column("utility", "that mean", |row| row.utility)
        .shown_as(Number("utility"), |row| decimal(row.utility, 3))
        .column("share", "its share of all miners' means; null where they add up to nothing", |row| row.share)
        .shown_as(Number("share"), |row| decimal(row.share, 3))
        .column("kendall_tau", "Kendall's tau-b of this order and that by the run's own rules", |row| row.tau)
        .shown_as(Number("τ"), |row| decimal(row.tau, 3))
        .column("flips", "pairs of miners that stand the other way round than by these", |row| row.flips)
        .shown(Number("flips"))
        .column("change", "share of resamples of requests in which another one has as much or more", |row| row.change)
        .shown_as(Number("another wins"), |row| decimal(row.change, 3))
}

/// When fast answers that nothing is in win.
pub(super) fn fast_wins<'a>(replay: &'a UtilityReplay) -> Table<'a, &'a FastWin> {
    Table::new(
        "The weight of speed above which a fast answer that nothing is in beats a complete one of the median time. One row per \
         endpoint, such answer, its time and time term.",
    )
    .column("endpoint", "what both answer", |row: &'a FastWin| &*replay.recording.endpoints[row.endpoint])
    .shown(Text("endpoint"))
    .column(
        "junk",
        "no valid field: as little as there can be; empty object: {}; empty list: []; broken JSON",
        |row| names::junk(row.junk),
    )
    .shown(Text("answer"))
    .column("valid_fields", "its valid fields by the rules and the endpoint's schema", |row| row.valid_fields)
    .shown_as(Number("valid fields"), |row| decimal(Some(row.valid_fields), 2))
    .column("seconds", "its seconds: the fastest recorded answer's, or as asked", |row| row.seconds)
    .shown_as(Number("seconds"), |row| decimal(Some(row.seconds), 3))
    .column("complete_seconds", "seconds of the complete answer: the median", |row| row.complete_seconds)
    .shown_as(Number("against"), |row| decimal(Some(row.complete_seconds), 2))
    .column("time_term", "the time term", |row| row.time.name())
    .shown(Text("time term"))
    .column("above", "it wins at weights of speed above this, that of fields as in the rules; null: never", |row| row.above)
    .shown_as(Number("w2 above"), |row| decimal(row.above, 4))
    .column("above_of_one", "the same where both weights add up to 1; null: never", |row| row.above_of_one)
    .shown_as(Number("of w1 + w2 = 1"), |row| decimal(row.above_of_one, 4))
}

/// Fast answers by the run's time term, which people see; the table has all.
pub(super) fn shown_fast_wins(replay: &UtilityReplay) -> Vec<&FastWin> {
    let time = replay.spec.as_ref().map(|spec| spec.rules.time);
    replay.judged.fast_wins.iter().filter(|row| Some(row.time) == time).collect()
}

/// The fronts of completeness against speed.
pub(super) fn front<'a>(replay: &'a UtilityReplay) -> Table<'a, &'a FrontRow> {
    Table::new("Completeness against speed. One row per miner with an answer, completeness and speed.")
        .column(
            "completeness_of",
            "fields: share of the schema's keys; valid fields: by the rules",
            |row: &'a FrontRow| names::completeness(row.by),
        )
        .column("speed", "mean or median seconds", |row| names::speed(row.speed))
        .column("uid", "slot of the miner", |row| replay.uid(row.contender))
        .shown(Number("uid"))
        .column("completeness", "mean over all its responses to endpoints with a schema, 0 without an answer", |row| {
            row.completeness
        })
        .shown_as(Number("completeness"), |row| decimal(Some(row.completeness), 3))
        .column("seconds", "over all its answers to these", |row| row.seconds)
        .shown_as(Number("seconds"), |row| decimal(Some(row.seconds), 3))
        .column("dominators", "miners as complete and as fast, and better in one of both; 0 on the front", |row| {
            row.dominators
        })
        .shown(Number("dominated by"))
        .column("dominated_by", "uid of the most complete of them; null on the front", |row| {
            row.dominated_by.map(|one| replay.uid(one))
        })
        .shown(Number("most complete of them"))
        .column("on_front", "share of resamples of requests in which it is on the front", |row| row.on_front)
        .shown_as(Number("on the front in"), |row| decimal(Some(row.on_front), 3))
}

/// The front that people see, and that is drawn: fields against mean seconds, the fastest first.
pub(super) fn drawn_front(replay: &UtilityReplay) -> Vec<&FrontRow> {
    let is_drawn = |row: &&FrontRow| row.by == Completeness::Fields && row.speed == Speed::Mean;
    let mut rows: Vec<&FrontRow> = replay.judged.front.iter().filter(is_drawn).collect();
    rows.sort_by(|one, other| one.seconds.total_cmp(&other.seconds));
    rows
}

/// What is returned under each rule.
pub(super) fn returned<'a>() -> Table<'a, &'a ReturnedRow> {
    let value = |row: &'a ReturnedRow| row.returned.map(|one| one.value);
    Table::new("How good the response is that the caller gets where responses are ordered by each score. One row per order and quality.")
        .column("by", "what responses are ordered by, equal ones by latency", |row: &'a ReturnedRow| names::order(row.by))
        .shown(Text("ordered by"))
        .column("quality", "difference: score against the truth; valid fields; fields: share of the schema's keys", |row| {
            names::quality(row.quality)
        })
        .shown(Text("quality"))
        .column("requests", "requests with a response that is returned, and any of known quality", |row| row.requests)
        .shown(Number("requests"))
        .column("returned", "mean quality of what is returned, 0 where only its own is not known, as of broken JSON; null without any", value)
        .interval("returned", "the interval of returned, over requests; null where there is none", |row| row.returned?.interval)
        .shown_as(Number("returned"), |row| estimated(row.returned, 3))
        .column("best", "mean of the best that any response had", |row| row.best.map(|one| one.value))
        .interval("best", "the interval of best, over requests; null where there is none", |row| row.best?.interval)
        .shown_as(Number("best"), |row| estimated(row.best, 3))
        .column("regret", "mean of what lies between them", |row| row.regret.map(|one| one.value))
        .interval("regret", "the interval of regret, over requests; null where there is none", |row| row.regret?.interval)
        .shown_as(Number("regret"), |row| estimated(row.regret, 3))
}

/// The quality that people see, and that is drawn: against the truth where there is one, else the fields.
pub(super) fn shown_returned(replay: &UtilityReplay) -> Vec<&ReturnedRow> {
    let quality = if replay.has_truth { Quality::Difference } else { Quality::Fields };
    replay.judged.returned.iter().filter(|row| row.quality == quality && row.requests > 0).collect()
}

/// Sizes of samples for one probability of detection, of several the least that is nearly sure; the table has all.
pub(super) fn shown_samples(replay: &UtilityReplay) -> Vec<&SampleSize> {
    let samples = &replay.judged.spot_rates.samples;
    let levels = samples.iter().map(|row| row.detection);
    let sure = levels.clone().filter(|level| *level >= SURE).reduce(f64::min).or_else(|| levels.reduce(f64::max));
    samples.iter().filter(|row| Some(row.detection) == sure).collect()
}

/// How often real items fail.
pub(super) fn false_alarms<'a>() -> Table<'a, &'a FalseAlarm> {
    Table::new("How often spot checks fail real items, by exact computation. One row per rate of failures and number of items.")
        .column("failures", "probability that an attempt at a real item is a 404", |row: &'a FalseAlarm| row.spurious)
        .shown_as(Number("failures"), |row| row.spurious.to_string())
        .column("items", "items that are fetched again", |row| row.items as u64)
        .shown(Number("items"))
        .column("item", "probability that an item fails: two of three attempts", |row| row.item)
        .shown_as(Number("item fails"), |row| decimal(Some(row.item), 4))
        .column("batch", "probability that any of them does", |row| row.batch)
        .shown_as(Number("answer fails"), |row| decimal(Some(row.batch), 4))
        .column("attempts", "mean attempts, which the first failure ends", |row| row.attempts)
        .shown_as(Number("attempts"), |row| decimal(Some(row.attempts), 2))
}

/// How often fake items are found.
pub(super) fn detections<'a>() -> Table<'a, &'a Detection> {
    Table::new("How often spot checks find made-up items, by exact computation. One row per answer and sample.")
        .column("items", "items of the answer", |row: &'a Detection| row.items as u64)
        .shown(Number("items"))
        .column("fakes", "made-up ones among them", |row| row.fakes as u64)
        .shown(Number("made up"))
        .column("sample", "items that are fetched again", |row| row.sample as u64)
        .shown(Number("fetched"))
        .column("exact", "probability that a made-up one is among these, drawn without replacement", |row| row.exact)
        .shown_as(Number("found"), |row| decimal(Some(row.exact), 4))
        .column("approximate", "1 - (1 - share)^sample, as if they were drawn with replacement", |row| row.approximate)
        .shown_as(Number("(1 - f)^s"), |row| decimal(Some(row.approximate), 4))
}

/// How many items have to be fetched.
pub(super) fn sample_sizes<'a>() -> Table<'a, &'a SampleSize> {
    Table::new("How many items a spot check has to fetch, by exact computation. One row per answer and probability.")
        .column("items", "items of the answer", |row: &'a SampleSize| row.items as u64)
        .shown(Number("items"))
        .column("fakes", "made-up ones among them", |row| row.fakes as u64)
        .shown(Number("made up"))
        .column("detection", "probability of finding one", |row| row.detection)
        .shown_as(Number("probability"), |row| row.detection.to_string())
        .column("exact", "the fewest items; null without a made-up one", |row| row.exact.map(|count| count as u64))
        .shown_as(Number("fetch"), |row| or_unknown(row.exact))
        .column("approximate", "the fewest by the approximation, perhaps more than there are", |row| {
            row.approximate.map(|count| count as u64)
        })
        .shown_as(Number("by (1 - f)^s"), |row| or_unknown(row.approximate))
}
