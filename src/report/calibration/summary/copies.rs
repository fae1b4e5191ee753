//! Sentences about what gets past a threshold: which copies are found, from which strength on an attack slips through,
//! whether penalties drift, and whether colluders meet at all.

use crate::excerpt::escaped;
use crate::judge::calibration::{Basis, Detection, Meeting, RECORDED, Separation};
use crate::report::calibration::CalibrationFindings;
use crate::report::calibration::findings::kind;
use crate::report::calibration::tables::{AttackRow, attack_rows};
use crate::report::calibration::words::{estimate, flagged, interval, measured, percent, threshold};
use crate::report::numbers::{counted, decimal};
use crate::stats::BootstrapSpec;
use crate::stats::drift::Chance;

/// One sentence per kind of copies, the recording's own first.
pub fn detected(findings: &CalibrationFindings) -> Vec<String> {
    let mut kinds: Vec<Vec<AttackRow<'_>>> = Vec::new();
    for row in attack_rows(&findings.calibration).into_iter().filter(|row| row.detection.counts.trials() > 0) {
        match kinds.iter_mut().find(|rows| kind(&rows[0].detection.attack) == kind(&row.detection.attack)) {
            Some(rows) => rows.push(row),
            None => kinds.push(vec![row]),
        }
    }
    kinds.into_iter().flat_map(|rows| of_kind(rows, findings)).collect()
}

fn of_kind(mut rows: Vec<AttackRow<'_>>, findings: &CalibrationFindings) -> Vec<String> {
    if rows.iter().any(|row| row.detection.strength.is_none()) {
        return rows.into_iter().map(|row| plain(row, findings)).collect();
    }
    rows.sort_by(|a, b| strength(a.detection).total_cmp(&strength(b.detection)));
    vec![graded(&rows.into_iter().map(|row| row.detection).collect::<Vec<_>>(), findings)]
}

fn strength(row: &Detection) -> f64 {
    row.strength.unwrap_or(0.0)
}

fn rate(row: &Detection) -> f64 {
    row.counts.rate().unwrap_or(0.0)
}

/// A kind without a strength: how many are found, and how well they can be told apart.
fn plain(AttackRow { detection: row, separation }: AttackRow<'_>, findings: &CalibrationFindings) -> String {
    let things = if row.attack == RECORDED {
        "recorded copies".into()
    } else {
        format!("copies made by attack {}", escaped(kind(&row.attack)))
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
    let attack = format!("{}, attack {}", at(findings), escaped(kind(&rows[0].attack)));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::calibration::attacked;
    use crate::report::calibration::testing;

    #[test]
    fn copies_are_told_by_kind_and_strength() {
        let said = detected(&testing::labelled());
        assert_eq!(
            said[..3],
            [
                "At threshold 0.95 (given), 26 of 40 recorded copies are flagged: 65.0 % (95 % interval 48.3–79.4 %, \
                 exact); AUC 0.9742 [0.9544–0.9893], equal error rate 2.87 % (0.063–13.2 %) near threshold 0.9259.",
                "At threshold 0.95 (given), 200 of 200 copies made by attack exact are flagged: 100 % (95 % interval \
                 98.2–100 %, exact); AUC 1.0000 [0.9817–1.0000], equal error rate 0 % (0–2.2 %) near threshold 0.9926.",
                "At threshold 0.95 (given), attack words mostly slips through from a strength of 30 % on: there 35.0 % \
                 of 200 copies are flagged (95 % interval 28.4–42.0 %, exact), against 63.5 % at 20 %.",
            ]
        );
        assert!(detected(&testing::findings(10, 0, None)).is_empty());
    }

    /// Copies of one kind: strength, and how many of ten are above .95.
    fn caught(rows: &[(f64, usize)]) -> String {
        let of_strength = |(strength, found): &(f64, usize)| {
            let penalties: Vec<f64> = (0..10).map(|n| if n < *found { 1.0 } else { 0.5 }).collect();
            attacked("words", Some(*strength), &penalties)
        };
        let attacks = rows.iter().map(of_strength).collect();
        let findings = testing::judged(testing::independent(10, 0), attacks, &testing::spec(Some(0.95)));
        detected(&findings).remove(0)
    }

    #[test]
    fn an_attack_slips_through_from_where_on_fewer_than_half_are_found() {
        assert!(
            caught(&[(0.3, 5), (0.1, 9)])
                .contains("is mostly found up to a strength of 30 %: at worst, at 30 %, 50.0 % of 10")
        );
        assert!(caught(&[(0.1, 4), (0.3, 0)]).contains(
            "slips through from a strength of 10 % on, the smallest that was tried: there 40.0 % of 10 copies"
        ));
        assert!(caught(&[(0.1, 9), (0.3, 2)]).contains("slips through from a strength of 30 % on: there 20.0 %"));
        assert!(
            caught(&[(0.1, 4), (0.3, 9)])
                .contains("slips through at a strength of 10 %, the smallest that was tried: "),
            "not from there on"
        );
    }

    #[test]
    fn colluders_and_drift_have_their_sentences() {
        let findings = testing::findings(100, 0, None);
        assert_eq!(
            [collusion(&findings).unwrap()],
            [concat!(
                "Copies are seen only where colluders meet: the chance that a colluding uid of 256 meets another in its ",
                "minibatch of 4 is, for one of 2: 1.18 %, one of 16: 16.7 %."
            )]
        );
        assert!(
            drift(&findings)
                .unwrap()
                .starts_with("Over 10 windows the largest penalties of independent minibatches show no sign of drift")
        );
        let drifts: Vec<_> = findings.calibration.windows.iter().map(|window| window.drift.unwrap()).collect();
        let largest = drifts.iter().map(|drift| drift.psi).reduce(f64::max).unwrap();
        let beside = format!(
            "; largest PSI {largest:.3}, where chance stays below {:.3} with 95 %.",
            drifts[0].chance.unwrap().psi
        );
        assert!(drift(&findings).unwrap().ends_with(&beside), "the largest beside the largest by chance");
        // The first half of the recording is alike, the second is not.
        let drifting = testing::findings(100, 50, Some(0.95));
        assert!(drift(&drifting).unwrap().contains("show a sign of drift: p 0.005 for the most different window"));
        let few = testing::findings(20, 0, Some(0.95));
        assert!(drift(&few).unwrap().contains("cannot be told: 10 windows of so few requests"));
    }
}
