//! Sentences about what gets past a threshold: which copies are found, from which strength on an attack slips through,
//! whether penalties drift, and whether colluders meet at all.

use super::words::{estimate, flagged, interval, measured, percent, threshold};
use crate::judge::calibration::{Basis, Detection, Meeting, RECORDED, Separation};
use crate::report::calibration::CalibrationFindings;
use crate::report::calibration::findings::kind;
use crate::report::calibration::tables::{AttackRow, attack_rows};
use crate::report::numbers::{counted, decimal, one_line};
use crate::stats::BootstrapSpec;
use crate::stats::drift::Chance;

/// One sentence per kind of copies, the recording's own first.
pub fn detected(findings: &CalibrationFindings) -> Vec<String> {
    let mut kinds: Vec<Vec<AttackRow<'_>>> = Vec::new();
    for row in attack_rows(&findings.calibration).into_iter().filter(|row| row.0.counts.trials() > 0) {
        match kinds.iter_mut().find(|rows| kind(&rows[0].0.attack) == kind(&row.0.attack)) {
            Some(rows) => rows.push(row),
            None => kinds.push(vec![row]),
        }
    }
    kinds.into_iter().flat_map(|rows| of_kind(rows, findings)).collect()
}

fn of_kind(mut rows: Vec<AttackRow<'_>>, findings: &CalibrationFindings) -> Vec<String> {
    if rows.iter().any(|row| row.0.strength.is_none()) {
        return rows.into_iter().map(|row| plain(row, findings)).collect();
    }
    rows.sort_by(|a, b| strength(a.0).total_cmp(&strength(b.0)));
    vec![graded(&rows.into_iter().map(|row| row.0).collect::<Vec<_>>(), findings)]
}

fn strength(row: &Detection) -> f64 {
    row.strength.unwrap_or(0.0)
}

fn rate(row: &Detection) -> f64 {
    row.counts.rate().unwrap_or(0.0)
}

/// A kind without a strength: how many are found, and how well they can be told apart.
fn plain((row, separation): AttackRow<'_>, findings: &CalibrationFindings) -> String {
    let things = if row.attack == RECORDED {
        "recorded copies".into()
    } else {
        format!("copies made by attack {}", one_line(kind(&row.attack)))
    };
    let found = format!("{}, {}: {} %", at(findings), flagged(row.counts, &things), measured(rate(row)));
    format!("{found}{}{}.", ends(row, findings), separation.map_or_else(String::new, apart))
}

fn at(findings: &CalibrationFindings) -> String {
    format!("At threshold {} ({})", findings.shown_threshold(), findings.origin())
}

fn ends(row: &Detection, findings: &CalibrationFindings) -> String {
    let confidence = percent(findings.calibration.spec.bootstrap.confidence);
    let basis = match row.quoted.map(|quoted| quoted.basis) {
        Some(Basis::Exact) | None => "exact".into(),
        Some(_) => format!("keeping {} whole", counted(row.clusters as usize, "cluster")),
    };
    let interval = row.quoted.map(|quoted| interval(quoted.interval));
    interval.map_or_else(String::new, |interval| format!(" ({confidence} % interval {interval}, {basis})"))
}

fn apart(separation: &Separation) -> String {
    let (auc, equal) = (separation.auc, separation.equal_error);
    let of_equal = equal.interval.map_or_else(String::new, |ends| format!(" ({})", interval(ends)));
    let near = threshold(separation.near);
    format!("; AUC {}, equal error rate {} %{of_equal} near threshold {near}", estimate(auc), measured(equal.value))
}

/// A kind with strengths, ascending: from where on fewer than half are found.
fn graded(rows: &[&Detection], findings: &CalibrationFindings) -> String {
    let attack = format!("{}, attack {}", at(findings), one_line(kind(&rows[0].attack)));
    let caught = |row: &Detection| {
        format!("{} % of {} copies are flagged{}", measured(rate(row)), row.counts.trials(), ends(row, findings))
    };
    let slips = |row: &&Detection| rate(row) < 0.5;
    let strength = |row: &Detection| percent(strength(row));
    let Some(first) = rows.iter().position(slips) else {
        let worst = rows.iter().copied().reduce(|worst, row| if rate(row) < rate(worst) { row } else { worst });
        let (last, worst) = (rows[rows.len() - 1], worst.unwrap_or(rows[0]));
        return format!(
            "{attack} is mostly found up to a strength of {} %: at worst, at {} %, {}.",
            strength(last),
            strength(worst),
            caught(worst)
        );
    };
    let (from, on) = if rows[first..].iter().all(slips) { ("from", " on") } else { ("at", "") };
    let before = rows[..first]
        .last()
        .map_or_else(String::new, |row| format!(", against {} % at {} %", measured(rate(row)), strength(row)));
    // Weaker edits than were tried may slip through as well.
    let smallest = if first == 0 { ", the smallest that was tried" } else { "" };
    format!(
        "{attack} mostly slips through {from} a strength of {} %{on}{smallest}: there {}{before}.",
        strength(rows[first]),
        caught(rows[first])
    )
}

/// Whether any window of time differs from all the others by more than chance, and how large that is.
pub fn drift(findings: &CalibrationFindings) -> Option<String> {
    let found = &findings.calibration;
    let windows = counted(found.windows.len(), "window");
    let drifts = || found.windows.iter().filter_map(|window| window.drift);
    let psi = drifts().map(|drift| drift.psi).reduce(f64::max)?;
    let chances: Option<Vec<Chance>> = drifts().map(|drift| drift.chance).collect();
    let Some(chances) = chances else {
        return Some(format!(
            "Whether the largest penalties of independent minibatches drift cannot be told: {windows} of so few \
             requests, or problems, differ by chance however they are dealt."
        ));
    };
    let smallest = chances.iter().map(|chance| chance.p_value).reduce(f64::min)?;
    let BootstrapSpec { confidence, resamples, .. } = found.spec.bootstrap;
    let verdict = if smallest < 1.0 - confidence { "a sign of drift" } else { "no sign of drift" };
    Some(format!(
        "Over {windows} the largest penalties of independent minibatches show {verdict}: p {} for the most different \
         window (Kolmogorov–Smirnov distance from all the others, against the largest of all windows in {resamples} \
         permutations); largest PSI {}, where chance stays below {} with {} %.",
        decimal(Some(smallest), 3),
        decimal(Some(psi), 3),
        decimal(chances.first().map(|chance| chance.psi), 3),
        percent(confidence),
    ))
}

/// The chance that colluders meet, at the recording's usual size where that was looked at, else at the largest.
pub fn collusion(findings: &CalibrationFindings) -> Option<String> {
    let meetings = &findings.calibration.meetings;
    let usual = findings.calibration.recorded_sizes.first().map(|(size, _)| *size as u64);
    let has = |size: u64| meetings.iter().any(|meeting| meeting.minibatch_size == size);
    let largest = meetings.iter().map(|meeting| meeting.minibatch_size).max()?;
    let size = usual.filter(|size| has(*size)).unwrap_or(largest);
    let of_size: Vec<&Meeting> = meetings.iter().filter(|meeting| meeting.minibatch_size == size).collect();
    let fewest = of_size.iter().min_by_key(|meeting| meeting.colluders)?;
    let most = of_size.iter().max_by_key(|meeting| meeting.colluders)?;
    let chance = |meeting: &Meeting| format!("one of {}: {} %", meeting.colluders, measured(meeting.member));
    let more = if most.colluders > fewest.colluders { format!(", {}", chance(most)) } else { String::new() };
    Some(format!(
        "Copies are seen only where colluders meet: the chance that a colluding uid of {} meets another in its \
         minibatch of {size} is, for {}{more}.",
        most.uids,
        chance(fewest)
    ))
}
