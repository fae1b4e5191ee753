//! The plots of a calibration: penalties as histograms, rates as lines over the threshold, ROC and DET, and the copies
//! found by attack as dots. ROC, DET and attacks are drawn only where there are copies.

mod curves;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use plotters::style::RGBColor;

use self::curves::NamedCurve;
use super::CalibrationFindings;
use super::findings::{attack_label, kind};
use super::words::{measured, percent, shown_threshold};
use crate::excerpt::keep_start;
use crate::judge::calibration::{Class, CurveRow, Detection, Part, ThresholdKind, ThresholdRow, Unit};
use crate::report::numbers::{UNKNOWN, counted, decimal};
use crate::report::plots::axis::{Axis, Numbers, Scale};
use crate::report::plots::dots::{Dot, Dots};
use crate::report::plots::frame::Mark;
use crate::report::plots::histograms::{Histograms, Panel};
use crate::report::plots::lines::{Key, Lines, Look, Series, Spot};
use crate::report::plots::palette::{ALERT, BACKGROUND_LINE, FAINT_INK, INK, category};
use crate::report::plots::{Kind, Plot};
use crate::report::what_if::{self, WhatIf};
use crate::stats::curve::CurvePoint;

/// Every name that a plot may have; which ones are drawn depends on what was found.
pub const NAMES: &[&str] = &["scores", "fpr", "roc", "det", "attacks", what_if::PLOT];

/// Width of a bin, of which tenths are multiples, so that no bin stretches over a threshold of two decimals.
const BIN: f64 = 0.005;

/// Height of the pictures other than histograms.
const HEIGHT: i32 = 1160;

/// Longest name of an attack, in characters.
const NAME_WIDTH: usize = 22;

/// Describes every plot that what was found has data for.
pub fn plots(findings: &CalibrationFindings) -> Vec<Plot> {
    let curves = curves::curves(findings);
    let mut plots = vec![scores(findings, &curves), fpr(findings)];
    if !curves.is_empty() {
        plots.extend([roc(findings, &curves), det(findings, &curves)]);
    }
    if !findings.calibration.detections.is_empty() {
        plots.push(attacks(findings));
    }
    plots.extend(findings.grid.as_ref().map(WhatIf::plot));
    plots
}

fn scores(findings: &CalibrationFindings, curves: &[NamedCurve]) -> Plot {
    let limit = findings.calibration.threshold();
    let panel = |label: &str, values: &[f64], ink: RGBColor| {
        let flagged = values.iter().filter(|penalty| **penalty > limit).count();
        let share = measured(flagged as f64 / values.len() as f64);
        let label = format!("{label}: {}, {share} % above the threshold", counted(values.len(), "response"));
        Panel { label, values: values.to_vec(), ink }
    };
    let mut panels = vec![panel("independent", &findings.penalties(Class::Independent), category(0))];
    panels.extend(curves.iter().map(|named| panel(&named.label, &named.penalties, category(1))));
    panels.retain(|panel| !panel.values.is_empty());
    let penalties = panels.iter().flat_map(|panel| panel.values.iter().copied());
    let lowest = penalties.fold(limit.clamp(0.0, 1.0), f64::min);
    let low = ((lowest * 10.0 + 1e-6).floor() / 10.0).clamp(0.0, 0.9);
    let label = format!("threshold {} ({})", findings.shown_threshold(), findings.origin());
    Plot {
        name: "scores",
        caption: "How penalties are distributed: of independent answers, and of copies where there are any. What lies to \
         the right of the threshold is flagged.",
        title: "Penalties of responses",
        subtitle: "Share of the responses of each kind in bins of equal width".into(),
        kind: match panels.is_empty() {
            true => Kind::Nothing("no response has a penalty"),
            false => Kind::Histograms(Histograms {
                across: Axis { ticks: 10, ..Axis::linear("penalty", low, 1.0) },
                upwards: "share of its kind",
                bin: BIN,
                panels,
                mark: Mark::new(limit, label, INK),
            }),
        },
    }
}

fn fpr(findings: &CalibrationFindings) -> Plot {
    Plot {
        name: "fpr",
        caption: "The false-positive rate at every threshold, in each unit, with its bootstrap band. Where a line leaves \
         the picture at the bottom no flag was seen, which does not make the rate zero.",
        title: "False-positive rate at every threshold",
        subtitle: format!(
            "Band: {} % confidence for a whole line, {}. A line that leaves at the bottom: no flag was seen",
            percent(findings.calibration.spec.bootstrap.confidence),
            counted(findings.requests.len(), "request"),
        ),
        kind: match findings.calibration.curve.iter().all(|row| row.rate.counts.trials() == 0) {
            true => Kind::Nothing("there is no independent response"),
            false => Kind::Lines(rates_over_thresholds(findings)),
        },
    }
}

/// A line with its band for each unit; the target and the thresholds are marked.
fn rates_over_thresholds(findings: &CalibrationFindings) -> Lines {
    let target = findings.calibration.spec.target_fpr;
    let rates = findings.calibration.curve.iter().filter_map(|row| row.rate.counts.rate()).filter(|rate| *rate > 0.0);
    let smallest = rates.fold(0.1, f64::min).min(target).max(1e-6);
    let low = 10f64.powf((smallest.log10() - 0.05).floor());
    let across = Axis::linear("threshold (flagged: penalty above it)", first_threshold(findings), 1.0);
    // Where lines or bands coincide, the wider ones of larger units stay visible behind the others.
    let units = || Unit::ALL.into_iter().rev();
    let series = |(unit, width)| rates_of(findings, unit, across.low, width);
    let key = |unit| {
        let row = findings.rate_at(findings.calibration.threshold(), unit, Class::Independent, Part::All);
        let rate = row.and_then(|row| row.counts.rate());
        let rate = rate.map_or_else(|| UNKNOWN.into(), |rate| format!("{} %", measured(rate)));
        Key { look: look(unit, 4), label: format!("{unit}: {rate}") }
    };
    Lines {
        height: HEIGHT,
        upwards: Axis {
            scale: Scale::Log10,
            numbers: Numbers::Percent,
            ..Axis::linear("false-positive rate", low, 1.0)
        },
        series: units().zip([8, 6, 3]).map(series).collect(),
        levels: vec![Mark::new(target, format!("target {} %", percent(target)), ALERT)],
        marks: marks(findings),
        header: format!("rate at {}", findings.shown_threshold()),
        keys: units().map(key).collect(),
        across: Axis { ticks: 10, ..across },
        ..Lines::default()
    }
}

/// The rates of a unit at thresholds from `first` on.
fn rates_of(findings: &CalibrationFindings, unit: Unit, first: f64, width: u32) -> Series {
    let rows = findings.calibration.curve.iter().filter(|row| row.rate.unit == unit);
    let rows = rows.filter(|row| row.rate.threshold >= first - 1e-9 && row.rate.counts.trials() > 0);
    let spot =
        |row: &CurveRow| Spot { x: row.rate.threshold, y: row.rate.counts.rate().unwrap_or(f64::NAN), band: row.band };
    Series { look: look(unit, width), spots: rows.map(spot).collect() }
}

fn look(unit: Unit, width: u32) -> Look {
    Look { has_band: true, ..Look::plain(colour(unit), width) }
}

/// Where the axis begins: the last tenth at which at least half of the minibatches are flagged and that no threshold
/// lies below.
fn first_threshold(findings: &CalibrationFindings) -> f64 {
    let found = &findings.calibration;
    let lowest = found.thresholds.iter().filter_map(|row| row.threshold).fold(1.0, f64::min);
    let is_high = |at: f64| {
        let mut rates = found.curve.iter().map(|row| &row.rate);
        let here = rates.find(|row| row.unit == Unit::Minibatch && (row.threshold - at).abs() < 1e-9);
        here.and_then(|row| row.counts.rate()).is_some_and(|rate| rate >= 0.5)
    };
    [0.9, 0.8, 0.7, 0.6].into_iter().find(|&at| at + 0.02 <= lowest && is_high(at)).unwrap_or(0.5)
}

/// Each unit has its colour, in the marks of thresholds as well.
fn colour(unit: Unit) -> RGBColor {
    match unit {
        Unit::Pair => category(2),
        Unit::Response => category(0),
        Unit::Minibatch => category(1),
    }
}

/// The thresholds, ascending.
fn marks(findings: &CalibrationFindings) -> Vec<Mark> {
    let mark = |row: &ThresholdRow| {
        let at = row.threshold?;
        let kind = if row.kind == ThresholdKind::Given && findings.calibration.spec.threshold.is_none() {
            "preset".into()
        } else {
            row.unit.map_or_else(|| row.kind.name().into(), |unit| format!("{} ({unit})", row.kind.name()))
        };
        let label = format!("{} {kind}{}", shown_threshold(row)?, if row.in_use { ", in use" } else { "" });
        let ink = if row.in_use { INK } else { row.unit.map_or(FAINT_INK, colour) };
        Some(Mark { at, label, ink, bold: row.in_use })
    };
    let mut marks: Vec<Mark> = findings.calibration.thresholds.iter().filter_map(mark).collect();
    marks.sort_by(|a, b| a.at.total_cmp(&b.at));
    marks
}

fn roc(findings: &CalibrationFindings, curves: &[NamedCurve]) -> Plot {
    let rates = Axis { numbers: Numbers::Percent, ticks: 5, ..Axis::linear("true-positive rate (copies)", 0.0, 1.0) };
    let mut lines = rates_square(findings, curves, rates, CurvePoint::tpr);
    lines.header = "copies: area under the line (AUC)".into();
    lines.keys = keys(curves, "chance: 0.5", |_, named| decimal(Some(named.curve.auc()), 4));
    Plot {
        name: "roc",
        caption: "Copies found against independent answers flagged, at every threshold (ROC). Markers stand at the \
         threshold in use.",
        title: "ROC: copies found and independent answers flagged",
        subtitle: rates_subtitle(findings),
        kind: Kind::Lines(lines),
    }
}

fn det(findings: &CalibrationFindings, curves: &[NamedCurve]) -> Plot {
    let rates = Axis::linear("false-negative rate (copies)", 0.0005, 0.7);
    let rates = Axis { scale: Scale::Probit, numbers: Numbers::Percent, ..rates };
    let mut lines = rates_square(findings, curves, rates, CurvePoint::fnr);
    lines.header = "copies: equal error rate (EER)".into();
    // Without an overlap there is no line to see, and the reader should not look for it.
    let is_seen = |index: usize| lines.shows(&lines.series[index + 1]);
    lines.keys = keys(curves, "equal errors", |index, named| {
        let absent = if is_seen(index) { "" } else { ", no line" };
        format!("{} %{absent}", measured(named.curve.equal_error().rate))
    });
    Plot {
        name: "det",
        caption: "Copies missed against independent answers flagged, on axes on which normal scores give straight lines \
         (DET).",
        title: "DET: copies missed and independent answers flagged",
        subtitle: rates_subtitle(findings),
        kind: Kind::Lines(lines),
    }
}

fn rates_subtitle(findings: &CalibrationFindings) -> String {
    format!("Rates of responses at every threshold; markers: threshold {} in use", findings.shown_threshold())
}

/// The legend of a square of rates, which ends with its diagonal.
fn keys(curves: &[NamedCurve], diagonal: &str, value: impl Fn(usize, &NamedCurve) -> String) -> Vec<Key> {
    let key = |(index, named): (usize, &NamedCurve)| Key {
        look: Look::category(index),
        label: format!("{}: {}", named.label, value(index, named)),
    };
    let diagonal = Key { look: Look::plain(BACKGROUND_LINE, 2), label: diagonal.into() };
    curves.iter().enumerate().map(key).chain([diagonal]).collect()
}

/// A diagonal, then a rate over the false-positive rate for each kind of copies, and the points of the threshold in
/// use. The hardest kinds come last, hence on top of those that run along the edge.
fn rates_square(
    findings: &CalibrationFindings,
    curves: &[NamedCurve],
    upwards: Axis,
    rate: fn(&CurvePoint) -> f64,
) -> Lines {
    let limit = findings.calibration.threshold();
    let spot = |point: &CurvePoint| Spot::new(point.fpr(), rate(point));
    let diagonal = [upwards.low, upwards.high].map(|end| Spot::new(end, end)).into();
    let line = |(index, named): (usize, &NamedCurve)| Series {
        look: Look::plain(category(index), 4),
        spots: named.curve.corners().iter().map(spot).collect(),
    };
    let point = |(index, named): (usize, &NamedCurve)| Series {
        look: Look::category(index),
        spots: vec![spot(&named.curve.at(limit))],
    };
    let mut series = vec![Series { look: Look::plain(BACKGROUND_LINE, 2), spots: diagonal }];
    series.extend(curves.iter().enumerate().map(line));
    series.extend(curves.iter().enumerate().map(point));
    let across = Axis { title: "false-positive rate (independent responses)".into(), ..upwards.clone() };
    Lines { height: HEIGHT, is_square: true, across, upwards, series, ..Lines::default() }
}

/// Every attack at every strength: kinds without one first, then each kind with its own colour.
fn attacks(findings: &CalibrationFindings) -> Plot {
    let shown = findings.calibration.detections.iter().filter(|row| row.counts.trials() > 0);
    let mut rows: Vec<&Detection> = shown.collect();
    let mut kinds: Vec<&str> = rows.iter().map(|row| kind(&row.attack)).collect();
    kinds.dedup();
    let place = |row: &Detection| kinds.iter().position(|known| *known == kind(&row.attack)).unwrap_or(0);
    rows.sort_by(|a, b| {
        let places = |row: &Detection| (row.strength.is_some(), place(row));
        places(a).cmp(&places(b)).then(a.strength.partial_cmp(&b.strength).unwrap_or(Ordering::Equal))
    });
    let dot = |row: &&Detection| Dot {
        label: attack_label(&keep_start(kind(&row.attack), NAME_WIDTH), row.strength),
        value: row.counts.rate().unwrap_or(f64::NAN),
        interval: row.quoted.map(|quoted| quoted.interval),
        ink: if row.strength.is_some() { category(place(row)) } else { FAINT_INK },
    };
    let rates = Axis::linear("share of copies that is flagged", 0.0, 1.0);
    Plot {
        name: "attacks",
        caption: "The share of copies that is flagged at the threshold in use, by what was done to the copy, with \
         intervals that count whole requests, exact where each holds one copy.",
        title: "Copies found by attack",
        subtitle: format!("At threshold {}; vertical lines: intervals, exact by request", findings.shown_threshold()),
        kind: match rows.is_empty() {
            true => Kind::Nothing("no copy was judged"),
            false => Kind::Dots(Dots {
                height: HEIGHT,
                upwards: Axis { numbers: Numbers::Percent, ticks: 5, ..rates },
                slots: "attack, with the share of the text that it changes",
                dots: rows.iter().map(dot).collect(),
                levels: vec![],
            }),
        },
    }
}
