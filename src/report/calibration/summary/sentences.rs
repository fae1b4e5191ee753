//! What a calibration found, in sentences that stand alone: each states its unit, its counts and its interval, and
//! says so where the data do not carry a statement.

use serde::Serialize;

use super::copies;
use crate::judge::calibration::{
    Class, Gate, GateVerdict, POWER, Part, RateRow, Responders, Role, ThresholdKind, ThresholdRow, Unit, can_flag,
};
use crate::report::calibration::CalibrationFindings;
use crate::report::calibration::words::{clusters, flagged, measured, percent, plural, quoted_words, sized, threshold};
use crate::report::numbers::counted;
use crate::stats::{Confidence, Proportion};

/// What a sentence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Topic {
    /// False-positive rates at the threshold in use.
    Rates,
    /// What the recording says about copies.
    Labels,
    /// What the rates owe to who answered.
    Responders,
    /// What the empirical thresholds are worth on other requests.
    Optimism,
    /// The threshold with a guarantee, or why there is none.
    Guarantee,
    /// Which copies are found.
    Copies,
    /// Whether the penalties change over time.
    Drift,
    /// Whether colluders meet.
    Collusion,
    /// The gate's verdict.
    Gate,
}

/// A sentence, or a few that belong together, on one line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sentence {
    /// What it is about.
    pub topic: Topic,
    /// The sentence.
    pub text: String,
}

/// Everything there is to say, in the order of [`Topic`].
pub fn sentences(findings: &CalibrationFindings) -> Vec<Sentence> {
    let about = |topic: Topic, texts: Vec<String>| texts.into_iter().map(move |text| Sentence { topic, text });
    let gate = findings.calibration.gate.as_ref().map(|gate| gate_verdict(gate, findings));
    about(Topic::Rates, Unit::ALL.into_iter().rev().map(|unit| rate(findings, unit)).collect())
        .chain(about(Topic::Labels, vec![labels(findings)]))
        .chain(about(Topic::Responders, responders(findings).into_iter().collect()))
        .chain(about(Topic::Optimism, optimism(findings)))
        .chain(about(Topic::Guarantee, guarantee(findings)))
        .chain(about(Topic::Copies, copies::detected(findings)))
        .chain(about(Topic::Drift, copies::drift(findings).into_iter().collect()))
        .chain(about(Topic::Collusion, copies::collusion(findings).into_iter().collect()))
        .chain(about(Topic::Gate, gate.into_iter().collect()))
        .collect()
}

/// The false-positive rate of a unit at the threshold in use, on requests that had no part in choosing it.
fn rate(findings: &CalibrationFindings, unit: Unit) -> String {
    let (found, part) = (&findings.calibration, findings.judged_part());
    let row = found.rate(unit, Class::Independent, part).filter(|row| row.counts.trials() > 0);
    let Some(row) = row else {
        return format!("There is no independent {unit}, and so no false-positive rate of {}.", plural(unit));
    };
    let kind = if found.labelled { "independent " } else { "" };
    let among = match part {
        Part::All if findings.judged_on_its_own() => {
            ", in the very requests that it was chosen on, so this is no estimate for others".into()
        }
        Part::All => String::new(),
        _ => format!(" among the {} that it was not chosen on", counted(row.requests as usize, "request")),
    };
    let flagged = flagged(row.counts, &format!("{kind}{}", sized(unit, &row.sizes)));
    let at = format!("At threshold {} ({}), {flagged}{among}", findings.shown_threshold(), findings.origin());
    match row.counts.rate() {
        // An interval or a bound would take no account of the choice.
        Some(rate) if findings.judged_on_its_own() => format!("{at}: {} %.", measured(rate)),
        _ => format!("{at}: {}", certainty(row, found.spec.bootstrap.confidence)),
    }
}

/// The level that the rule of three is made for.
const RULE_OF_THREE: f64 = 0.95;

/// The rate with its interval, or, without a flag, the exact bound. Then only clusters are known to be independent.
fn certainty(row: &RateRow, confidence: f64) -> String {
    let level = Confidence::new(confidence).ok();
    let bound = level.and_then(|level| Some(row.clusters.one_sided_bounds(level)?.high));
    if let Some(bound) = bound.filter(|_| row.counts.events() == 0) {
        let rule = Proportion::new(0, row.clusters.clusters).ok().and_then(Proportion::rule_of_three);
        let rule = rule.filter(|_| confidence == RULE_OF_THREE && row.clusters.is_equal());
        let rule = rule.map_or_else(String::new, |rule| format!("; rule of three: {} %", measured(rule)));
        let (bound, level) = (measured(bound), percent(confidence));
        let clusters = clusters(row.clusters.clusters, row.requests);
        return format!("the rate is at most {bound} % with {level} % confidence (exact, {clusters}{rule}).");
    }
    let interval = quoted_words(row, confidence).map_or_else(String::new, |interval| format!(" ({interval})"));
    let weak = if row.counts.is_weak() { " Fewer than 30 flags make a weak estimate." } else { "" };
    format!("{} %{interval}.{weak}", measured(row.counts.rate().unwrap_or(0.0)))
}

fn labels(findings: &CalibrationFindings) -> String {
    let all = findings.responses_that(|_| true);
    let copies = findings.responses_that(|role| matches!(role, Role::Copy | Role::Apart));
    if copies == 0 {
        return format!(
            "No response is marked as a copy; all {all} are taken as independent, and copies among them would count \
             as false positives."
        );
    }
    let marked = if copies == 1 { "is marked as a copy" } else { "are marked as copies" };
    let copied = match findings.responses_that(|role| role == Role::Original) {
        0 => "they do not".into(),
        copied => format!("neither they nor the {copied} that they copy"),
    };
    format!("{copies} of {all} responses {marked}; {copied} count as false positives.")
}

/// Whom the intervals hold for, and how far others might be from that.
fn responders(findings: &CalibrationFindings) -> Option<String> {
    let Responders { uids, by_uid, by_cluster, counts } = findings.calibration.responders?;
    let points = |error: f64| format!("{:.2}", 100.0 * error);
    let Some(by_uid) = by_uid.filter(|_| counts.events() > 0) else {
        return Some(format!("All intervals hold for the {uids} responders of these pairs; others may be more alike."));
    };
    Some(format!(
        "All intervals hold for the {uids} responders of these pairs: without any one of them, {} to {} % of pairs are \
         flagged at threshold {}. By the jackknife the standard error of {} % is {} points over responders, and {} over \
         {}.",
        measured(by_uid.lowest),
        measured(by_uid.highest),
        findings.shown_threshold(),
        measured(counts.rate()?),
        points(by_uid.error),
        points(by_cluster.error),
        if findings.requests.iter().any(|request| request.problem.is_some()) { "problems" } else { "requests" },
    ))
}

/// Of each empirical threshold: the rate on the part that it was chosen on against the rate on the other.
fn optimism(findings: &CalibrationFindings) -> Vec<String> {
    let empirical = findings.calibration.thresholds.iter().filter(|row| row.kind == ThresholdKind::Empirical);
    empirical.rev().filter_map(|row| gap(findings, row)).collect()
}

fn gap(findings: &CalibrationFindings, row: &ThresholdRow) -> Option<String> {
    let (unit, at) = (row.unit?, row.threshold?);
    let of = |part| findings.rate_at(at, unit, Class::Independent, part);
    let (chosen, other) = (of(Part::Choosing)?, of(Part::Reporting)?);
    let (target, units) = (percent(row.target_fpr?), sized(unit, &chosen.sizes));
    if !can_flag(at) {
        return Some(format!("The empirical threshold for {target} % of {units} is 1, {}.", flags_nothing(row)?));
    }
    let begin = format!(
        "The empirical threshold for {target} % of {units} is {}: {} % of {} are flagged among the {} that it was \
         chosen on",
        threshold(at),
        measured(chosen.counts.rate()?),
        chosen.counts.trials(),
        counted(chosen.requests as usize, "request"),
    );
    let Some(rate) = other.counts.rate() else {
        return Some(format!("{begin}; there are no others to test it on."));
    };
    let interval = quoted_words(other, findings.calibration.spec.bootstrap.confidence).unwrap_or_default();
    let points = 100.0 * (rate - chosen.counts.rate()?);
    Some(format!(
        "{begin}, {} % of {} among the other {} ({interval}): an optimism gap of {points:+.2} percentage points.",
        measured(rate),
        other.counts.trials(),
        other.requests,
    ))
}

/// What the guaranteed threshold promises, or what it lacks.
fn guarantee(findings: &CalibrationFindings) -> Vec<String> {
    let guaranteed = findings.calibration.thresholds.iter().filter(|row| row.kind == ThresholdKind::Guaranteed);
    guaranteed.filter_map(|row| promise(row, findings)).collect()
}

fn promise(row: &ThresholdRow, findings: &CalibrationFindings) -> Option<String> {
    let (target, confidence) = (percent(row.target_fpr?), percent(row.confidence?));
    let (part, has) = (row.part?, row.scores?);
    let of_problems = findings.requests.iter().any(|request| request.problem.is_some());
    let (on, noun) = if of_problems { ("one request of each of ", "problem") } else { ("", "request") };
    let drawn = if of_problems { " (of a problem drawn at random)" } else { "" };
    let minibatches = sized_in(findings, Unit::Minibatch, part) + drawn;
    Some(match (row.threshold, row.allowed) {
        (Some(at), Some(allowed)) if can_flag(at) => format!(
            "With {confidence} % confidence at most {target} % of {minibatches} are flagged at threshold {}, chosen on \
             {on}{}, of which {allowed} may exceed it.",
            threshold(at),
            counted(has as usize, noun),
        ),
        (Some(_), Some(_)) => format!(
            "Only threshold 1 is guaranteed with {confidence} % confidence to flag at most {target} % of \
             {minibatches}, {}{}.",
            flags_nothing(row)?,
            instead(findings),
        ),
        _ => format!(
            "Not enough data for a threshold that with {confidence} % confidence flags at most {target} % of \
             {minibatches}: needs {} {noun}s to choose on, has {has}.",
            row.needs?
        ),
    })
}

/// Why a chosen threshold is 1, and what that means.
fn flags_nothing(row: &ThresholdRow) -> Option<String> {
    let (equal, scores, allowed) = (row.ties?, row.scores?, row.allowed?);
    let (units, alike) = match row.unit? {
        Unit::Minibatch => ("requests", "with equal answers"),
        unit => (plural(unit), "as alike as equal answers"),
    };
    let may = if allowed == 0 { "none".into() } else { format!("only {allowed}") };
    Some(format!(
        "which flags nothing, not even exact copies: it was chosen on {scores} {units}, {equal} of them {alike} \
         (penalty 1), and {may} may be flagged"
    ))
}

/// Which threshold is in use where the guaranteed one is of no use.
fn instead(findings: &CalibrationFindings) -> String {
    let preset = findings.calibration.spec.threshold.is_none();
    if preset { format!("; the preset {} is used instead", findings.shown_threshold()) } else { String::new() }
}

/// Units that can be false positives, with the size of their minibatches.
fn sized_in(findings: &CalibrationFindings, unit: Unit, part: Part) -> String {
    let row = findings.calibration.rate(unit, Class::Independent, part);
    sized(unit, row.map_or(&[], |row| &row.sizes))
}

fn gate_verdict(gate: &Gate, findings: &CalibrationFindings) -> String {
    let (limit, units) = (percent(gate.max_fpr), sized_in(findings, gate.unit, gate.part));
    let confidence = percent(findings.calibration.spec.bootstrap.confidence);
    let at = findings.shown_threshold();
    let bound = gate.bounds.map_or_else(
        || format!("nothing is known of the share of {units} that is flagged at threshold {at}"),
        |bounds| {
            // Of a plain violation the lower bound says more.
            let violated = bounds.low > gate.max_fpr;
            let bound = if violated { ("least", bounds.low) } else { ("most", bounds.high) };
            let (side, bound) = (bound.0, measured(bound.1));
            format!("with {confidence} % confidence at {side} {bound} % of {units} are flagged at threshold {at}")
        },
    );
    match gate.verdict {
        GateVerdict::Passed => format!("Gate passed: {bound}; the limit is {limit} %."),
        GateVerdict::Failed => format!("Gate failed: {bound}, and the limit is {limit} %."),
        GateVerdict::Inconclusive => format!(
            "Gate inconclusive: {bound}; neither at most the limit of {limit} % nor above it is shown. A true rate of \
             half the limit passes with {} % probability on about {}; there are {}.",
            percent(POWER),
            clusters(gate.needs, if gate.clusters == gate.requests { gate.needs } else { u64::MAX }),
            gate.clusters,
        ),
    }
}
