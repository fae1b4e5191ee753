//! The tables of the summary and of the page, as texts for people: each with a title and units in its headings.

use super::words::{estimate, interval, measured, percent, plural, shown_threshold, threshold};
use crate::excerpt::escaped;
use crate::judge::calibration::{
    Calibration, Class, Difference, Meeting, Part, Quoted, RateRow, SizeRow, StratumRow, ThresholdKind, ThresholdRow,
    Unit, WindowRow, can_flag,
};
use crate::report::calibration::CalibrationFindings;
use crate::report::calibration::findings::kind;
use crate::report::calibration::tables::{AttackRow, attack_rows, size_rate, size_rows};
use crate::report::grid::{Grid, Heading};
use crate::report::numbers::{UNKNOWN, decimal, or_unknown};
use crate::stats::Interval;

use Heading::{Number, Text};

/// A grid and what it shows.
pub type Titled = (String, Grid);

/// Rates at the threshold in use.
pub fn rates(findings: &CalibrationFindings) -> Titled {
    let title = format!("Rates at threshold {} ({})", findings.shown_threshold(), findings.origin());
    let level = findings.calibration.spec.bootstrap.confidence;
    let columns = vec![
        Text("unit"),
        Text("class"),
        Text("part"),
        Number("requests"),
        Number("flags"),
        Number("trials"),
        Number("rate in %"),
        Number("interval"),
        Text("note"),
    ];
    let found = &findings.calibration;
    // Thresholds are chosen on independent answers only, so only their rates differ between the parts by design.
    let units = || Unit::ALL.into_iter().rev();
    let independent = units().flat_map(|unit| Part::ALL.map(|part| (unit, Class::Independent, part)));
    let keys = independent.chain(units().map(|unit| (unit, Class::Copied, Part::All)));
    let rows = keys.filter_map(|(unit, class, part)| found.rate(unit, class, part));
    let rows = rows.filter(|row| row.counts.trials() > 0).map(rate_cells).collect();
    (format!("{title}, {} % intervals", percent(level)), Grid { columns, rows })
}

fn rate_cells(row: &RateRow) -> Vec<String> {
    vec![
        row.unit.name().into(),
        row.class.name().into(),
        row.part.name().into(),
        row.requests.to_string(),
        row.counts.events().to_string(),
        row.counts.trials().to_string(),
        rate(row.counts.rate()),
        quoted_ends(row.quoted),
        note(row),
    ]
}

/// Whether few errors make an estimate weak.
fn note(row: &RateRow) -> String {
    let errors = if row.class == Class::Independent { "flags" } else { "misses" };
    if row.is_weak() { format!("weak: fewer than 30 {errors}") } else { String::new() }
}

fn rate(rate: Option<f64>) -> String {
    rate.map_or_else(|| UNKNOWN.into(), measured)
}

fn quoted_ends(quoted: Option<Quoted>) -> String {
    ends(quoted.map(|quoted| quoted.interval))
}

fn ends(interval_of: Option<Interval>) -> String {
    interval_of.map_or_else(|| UNKNOWN.into(), interval)
}

/// All thresholds.
pub fn thresholds(found: &Calibration) -> Titled {
    let columns = vec![
        Text("threshold from"),
        Text("for a rate of"),
        Number("threshold"),
        Number("chosen from"),
        Number("may exceed it"),
        Text("note"),
    ];
    let rows = found.thresholds.iter().map(|row| threshold_cells(row, found)).collect();
    ("Thresholds".into(), Grid { columns, rows })
}

fn threshold_cells(row: &ThresholdRow, found: &Calibration) -> Vec<String> {
    let is_preset = row.kind == ThresholdKind::Given && found.spec.threshold.is_none();
    let target = row.target_fpr.zip(row.unit);
    let target = target.map(|(target, unit)| format!("{} % of {}", percent(target), plural(unit)));
    let in_use = if row.in_use { "in use" } else { "" };
    let needs = row.needs.map(|needs| format!("not enough data: needs {needs}"));
    let chosen = row.threshold.filter(|at| !can_flag(*at)).zip(row.ties);
    let useless = chosen.map(|(_, ties)| format!("flags nothing: {ties} are as alike as equal answers"));
    vec![
        if is_preset { "preset" } else { row.kind.name() }.into(),
        or_unknown(target),
        or_unknown(shown_threshold(row)),
        or_unknown(row.scores),
        or_unknown(row.allowed),
        needs.or(useless).unwrap_or_else(|| in_use.into()),
    ]
}

/// The other thresholds against the one in use.
pub fn differences(found: &Calibration) -> Titled {
    let columns = vec![
        Number("threshold"),
        Number("against"),
        Text("unit"),
        Text("class"),
        Text("part"),
        Number("flagged by the lower alone"),
        Number("trials"),
        Number("difference in points"),
        Number("interval"),
    ];
    let points = |share: f64| format!("{:+.2}", 100.0 * share);
    let cells = |row: &Difference| {
        let by = row.by();
        let ends = by.and_then(|by| by.interval);
        vec![
            threshold(row.threshold),
            threshold(row.in_use),
            row.unit.name().into(),
            row.class.name().into(),
            row.part.name().into(),
            row.between.events().to_string(),
            row.between.trials().to_string(),
            or_unknown(by.map(|by| points(by.value))),
            or_unknown(ends.map(|ends| format!("{} to {}", points(ends.low), points(ends.high)))),
        ]
    };
    let rows = found.differences.iter().map(cells).collect();
    ("Thresholds against the one in use, on requests that neither was chosen on".into(), Grid { columns, rows })
}

/// Detection of every kind of copies.
pub fn attacks(findings: &CalibrationFindings) -> Titled {
    let columns = vec![
        Text("copies by"),
        Number("strength in %"),
        Number("copies"),
        Number("flagged"),
        Number("flagged in %"),
        Number("interval"),
        Number("median penalty"),
        Number("AUC"),
        Number("EER in %"),
        Number("found in % at FPR 1 %"),
        Number("interval"),
    ];
    let limit = findings.shown_threshold();
    let rows = attack_rows(&findings.calibration).into_iter().map(attack_cells).collect();
    (format!("Copies found at threshold {limit} ({})", findings.origin()), Grid { columns, rows })
}

fn attack_cells((row, separation): AttackRow<'_>) -> Vec<String> {
    let found = separation.and_then(|row| row.tpr_at[1]);
    vec![
        escaped(kind(&row.attack)),
        row.strength.map_or_else(|| UNKNOWN.into(), percent),
        row.counts.trials().to_string(),
        row.counts.events().to_string(),
        rate(row.counts.rate()),
        quoted_ends(row.quoted),
        decimal(row.median, 4),
        or_unknown(separation.map(|row| estimate(row.auc))),
        rate(separation.map(|row| row.equal_error.value)),
        rate(found.map(|rate| rate.value)),
        ends(found.and_then(|rate| rate.interval)),
    ]
}

/// Rates at other minibatch sizes.
pub fn sizes(found: &Calibration) -> Titled {
    let columns =
        vec![Number("minibatch size"), Text("unit"), Number("requests"), Number("rate in %"), Number("interval")];
    let cells = |(row, unit): (&SizeRow, Unit)| {
        let found = size_rate((row, unit));
        let (rate, interval) = (rate(found.clustered.rate), quoted_ends(found.quoted));
        vec![row.minibatch_size.to_string(), unit.name().into(), row.requests.to_string(), rate, interval]
    };
    ("Other minibatch sizes".into(), Grid { columns, rows: size_rows(found).into_iter().map(cells).collect() })
}

/// Rates by stratum.
pub fn strata(found: &Calibration) -> Titled {
    let columns = vec![
        Text("stratum"),
        Text("value"),
        Text("unit"),
        Number("flags"),
        Number("trials"),
        Number("rate in %"),
        Number("interval"),
    ];
    let cells = |row: &StratumRow| {
        let (flags, trials) = (row.counts.events().to_string(), row.counts.trials().to_string());
        let names = [row.stratum.into(), escaped(&row.value), row.unit.name().into()];
        [&names[..], &[flags, trials, rate(row.counts.rate()), quoted_ends(row.quoted)]].concat()
    };
    ("Strata".into(), Grid { columns, rows: found.strata.iter().map(cells).collect() })
}

/// Rates and drift over time.
pub fn windows(found: &Calibration) -> Titled {
    let columns = vec![
        Number("window"),
        Number("requests"),
        Number("flags"),
        Number("responses"),
        Number("rate in %"),
        Number("interval"),
        Number("KS distance"),
        Number("p"),
        Number("PSI"),
        Number("PSI by chance up to"),
    ];
    let cells = |row: &WindowRow| {
        let drift = row.drift;
        let chance = drift.and_then(|drift| drift.chance);
        vec![
            row.window.to_string(),
            row.requests.to_string(),
            row.counts.events().to_string(),
            row.counts.trials().to_string(),
            rate(row.counts.rate()),
            quoted_ends(row.quoted),
            decimal(drift.map(|drift| drift.distance), 3),
            decimal(chance.map(|chance| chance.p_value), 3),
            decimal(drift.map(|drift| drift.psi), 3),
            decimal(chance.map(|chance| chance.psi), 3),
        ]
    };
    let rows = found.windows.iter().map(cells).collect();
    ("Windows of time, each against all the others".into(), Grid { columns, rows })
}

/// The chance that colluders meet.
pub fn collusion(found: &Calibration) -> Titled {
    let columns = vec![
        Number("minibatch size"),
        Number("colluders"),
        Number("uids"),
        Number("minibatches with two or more, in %"),
        Number("a colluder meets another, in %"),
    ];
    let cells = |row: &Meeting| {
        let counts = [row.minibatch_size, row.colluders, row.uids].map(|count| count.to_string());
        [&counts[..], &[measured(row.minibatch), measured(row.member)]].concat()
    };
    ("Whether colluders meet".into(), Grid { columns, rows: found.meetings.iter().map(cells).collect() })
}
