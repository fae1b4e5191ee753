//! Thresholds, and rates of flags under them: at every unit, in every part, over a grid of thresholds, and at other
//! minibatch sizes.

use crate::judge::calibration::{
    Calibration, Class, CurveRow, Difference, Part, RateRow, SizeRate, SizeRow, ThresholdKind, ThresholdRow, Unit,
    can_flag,
};
use crate::report::calibration::words::{ends, in_percent, percent, plural, shown_threshold, threshold};
use crate::report::grid::Heading::{Number, Text};
use crate::report::numbers::or_unknown;
use crate::report::table::Table;

/// One row per threshold, the one in use among them.
pub fn thresholds(found: &Calibration) -> Table<'_, &ThresholdRow> {
    Table::new("The thresholds that were looked at, or why there is none. One row per kind and unit.")
        .column("kind", "given, empirical (holds on the choosing part) or guaranteed (Neyman-Pearson)", |row| {
            let row: &ThresholdRow = row;
            row.kind.name()
        })
        .shown_as(Text("threshold from"), |row| {
            let is_preset = row.kind == ThresholdKind::Given && found.spec.threshold.is_none();
            if is_preset { "preset" } else { row.kind.name() }.into()
        })
        .column("unit", "unit of the rate that it was chosen for; null for a given one", |row| row.unit.map(Unit::name))
        .column("target_fpr", "false-positive rate that it was chosen for; null for a given one", |row| row.target_fpr)
        .shown_as(Text("for a rate of"), |row| {
            let target = row.target_fpr.zip(row.unit);
            or_unknown(target.map(|(target, unit)| format!("{} % of {}", percent(target), plural(unit))))
        })
        .column("confidence", "confidence of the guarantee; null without one", |row| row.confidence)
        .column("threshold", "the threshold; null where there are not enough data", |row| row.threshold)
        .shown_as(Number("threshold"), |row| or_unknown(shown_threshold(row)))
        .column("part", "requests that it was chosen on: choosing or all; null for a given one", |row| {
            row.part.map(Part::name)
        })
        .column("scores", "independent scores that it was chosen from", |row| row.scores)
        .shown(Number("chosen from"))
        .column("allowed", "how many of these scores may be above it", |row| row.allowed)
        .shown(Number("may exceed it"))
        .column("above", "how many of them are above it; ties leave fewer than may be", |row| row.above)
        .column("ties", "how many of them are equal to it, and so are not flagged", |row| row.ties)
        .column("needs", "scores that the guarantee needs; null where there are enough", |row| row.needs)
        .column("in_use", "whether strata, windows, sizes and attacks are looked at under this one", |row| row.in_use)
        .shown_as(Text("note"), threshold_note)
}

/// Why there is none, or why it is of no use, or that it is in use.
fn threshold_note(row: &ThresholdRow) -> String {
    let needs = row.needs.map(|needs| format!("not enough data: needs {needs}"));
    let chosen = row.threshold.filter(|at| !can_flag(*at)).zip(row.ties);
    let useless = chosen.map(|(_, ties)| format!("flags nothing: {ties} are as alike as equal answers"));
    needs.or(useless).unwrap_or_else(|| if row.in_use { "in use" } else { "" }.into())
}

/// One row per threshold, unit, class and part.
pub fn rates<'a>() -> Table<'a, &'a RateRow> {
    let table = Table::new(
        "Rates of flags at every threshold: false-positive rates of independent units, true-positive rates of copied \
         ones. One row per part, unit, class and threshold. Ends of intervals are at the level that run.json states.",
    );
    let table = table.column("threshold", "flagged is what is strictly above", |row: &RateRow| row.threshold);
    let table = table
        .column("unit", "what is counted: pair, response or minibatch (flagged if any response is)", |row| {
            row.unit.name()
        })
        .shown(Text("unit"))
        .column("class", "independent or copied", |row| row.class.name())
        .shown(Text("class"))
        .column(
            "part",
            "requests counted: all, choosing (empirical thresholds were chosen on them) or reporting",
            |row| row.part.name(),
        )
        .shown(Text("part"));
    counts(table, |row| row)
}

/// One row per unit and threshold of the grid.
pub fn curve<'a>() -> Table<'a, &'a CurveRow> {
    let table = Table::new(
        "The false-positive rate of all requests over a grid of thresholds. One row per unit and threshold. The \
         bootstrap draws no more resamples than the ends of its intervals need.",
    );
    let table = table
        .column("threshold", "flagged is what is strictly above", |row: &CurveRow| row.rate.threshold)
        .column("unit", "what is counted: pair, response or minibatch", |row| row.rate.unit.name());
    counts(table, |row| &row.rate).interval(
        "band",
        "the band that holds the rates at all thresholds of the unit together; the other intervals are for one each",
        |row| row.band,
    )
}

fn counts<'a, R: Copy + 'a>(table: Table<'a, R>, rate: fn(R) -> &'a RateRow) -> Table<'a, R> {
    table
        .column("requests", "requests that hold such a unit", move |row| rate(row).requests)
        .shown(Number("requests"))
        .column("clusters", "problems of these requests, or the requests where none is named", move |row| {
            rate(row).clusters.clusters
        })
        .column("flagged_clusters", "of these, those with a flag", move |row| rate(row).clusters.with_events)
        .column("flags", "units above the threshold", move |row| rate(row).counts.events())
        .shown(Number("flags"))
        .column("trials", "units", move |row| rate(row).counts.trials())
        .shown(Number("trials"))
        .column("rate", "flags / trials; null without a trial", move |row| rate(row).counts.rate())
        .shown_as(Number("rate in %"), move |row| in_percent(rate(row).counts.rate()))
        .interval("wilson", "Wilson's interval, trials taken as independent", move |row| rate(row).wilson)
        .interval("clopper_pearson", "the exact interval, trials taken as independent", move |row| {
            rate(row).clopper_pearson
        })
        .interval("bootstrap", "the percentile interval from resampling whole clusters", move |row| {
            rate(row).clustered.percentile
        })
        .interval("bca", "the BCa interval from the same resamples; null where it has none", move |row| {
            rate(row).clustered.bca
        })
        .interval(
            "interval",
            "the interval that the report quotes, chosen as it explains; null where the threshold was chosen on these \
             units, of which no interval takes account",
            move |row| rate(row).quoted.map(|quoted| quoted.interval),
        )
        .shown_as(Number("interval"), move |row| ends(rate(row).quoted.map(|quoted| quoted.interval)))
        .column(
            "weak",
            "whether the estimate is weak: fewer than 30 errors, which are flags of independent units and misses of \
             copied ones",
            move |row| rate(row).is_weak(),
        )
        .shown_as(Text("note"), move |row| weakness(rate(row)))
}

/// Whether few errors make an estimate weak.
fn weakness(row: &RateRow) -> String {
    let errors = if row.class == Class::Independent { "flags" } else { "misses" };
    if row.is_weak() { format!("weak: fewer than 30 {errors}") } else { String::new() }
}

/// One row per threshold beside the one in use, unit and class.
pub fn differences<'a>() -> Table<'a, &'a Difference> {
    Table::new(
        "What tells the other thresholds from the one in use, on requests that neither was chosen on. One row per \
         threshold, unit and class.",
    )
    .column("threshold", "the threshold", |row: &Difference| row.threshold)
    .shown_as(Number("threshold"), |row| threshold(row.threshold))
    .column("in_use", "the threshold in use", |row| row.in_use)
    .shown_as(Number("against"), |row| threshold(row.in_use))
    .column("unit", "what is counted: pair, response or minibatch", |row| row.unit.name())
    .shown(Text("unit"))
    .column("class", "independent or copied", |row| row.class.name())
    .shown(Text("class"))
    .column("part", "requests counted: all or reporting", |row| row.part.name())
    .shown(Text("part"))
    .column("between", "units that the lower threshold alone flags", |row| row.between.events())
    .shown(Number("flagged by the lower alone"))
    .column("trials", "units", |row| row.between.trials())
    .shown(Number("trials"))
    .column("difference", "rate at the threshold minus rate at the one in use", |row| row.by().map(|by| by.value))
    .shown_as(Number("difference in points"), |row| or_unknown(row.by().map(|by| points(by.value))))
    .interval("difference", "the interval of difference: it keeps clusters together", |row| row.by()?.interval)
    .shown_as(Number("interval"), |row| {
        let ends = row.by().and_then(|by| by.interval);
        or_unknown(ends.map(|ends| format!("{} to {}", points(ends.low), points(ends.high))))
    })
    .column("clusters", "problems that hold such a unit, or requests where none is named", |row| row.clusters)
}

/// A difference of rates in percentage points.
fn points(share: f64) -> String {
    format!("{:+.2}", 100.0 * share)
}

/// One row per minibatch size and unit.
pub fn sizes<'a>() -> Table<'a, (&'a SizeRow, Unit)> {
    Table::new(
        "False-positive rates at other minibatch sizes, formed from the independent responses of each request: all \
         that there are of up to 24, else 24 drawn ones. One row per size and unit.",
    )
    .column("minibatch_size", "responses of a minibatch", |(row, _): (&SizeRow, Unit)| row.minibatch_size as u64)
    .shown(Number("minibatch size"))
    .column("unit", "what is counted: response or minibatch", |(_, unit)| unit.name())
    .shown(Text("unit"))
    .column("threshold", "flagged is what is strictly above", |(row, _)| row.threshold)
    .column("requests", "requests with that many independent responses", |(row, _)| row.requests)
    .shown(Number("requests"))
    .column("rate", "share that is flagged; null without such a request", |row| size_rate(row).clustered.rate)
    .shown_as(Number("rate in %"), |row| in_percent(size_rate(row).clustered.rate))
    .interval("bootstrap", "the percentile interval from resampling whole clusters", |row| {
        size_rate(row).clustered.percentile
    })
    .interval("bca", "the BCa interval; null where it has none", |row| size_rate(row).clustered.bca)
    .interval(
        "interval",
        "the interval that the report quotes; null where the threshold in use was chosen on these requests",
        |row| size_rate(row).quoted.map(|quoted| quoted.interval),
    )
    .shown_as(Number("interval"), |row| ends(size_rate(row).quoted.map(|quoted| quoted.interval)))
}

/// The rows of [`sizes`].
pub fn size_rows(found: &Calibration) -> Vec<(&SizeRow, Unit)> {
    found.sizes.iter().flat_map(|row| [(row, Unit::Response), (row, Unit::Minibatch)]).collect()
}

/// The rate of a row of [`sizes`].
fn size_rate((row, unit): (&SizeRow, Unit)) -> SizeRate {
    if unit == Unit::Response { row.response } else { row.minibatch }
}
