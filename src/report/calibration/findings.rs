//! All that a run of `calibrate` found, as one plain value: what every table, plot, page and sentence of its report
//! reads.

use super::words::{percent, shown_threshold, threshold};
use crate::excerpt::escaped;
use crate::judge::calibration::{
    Attacked, Calibration, Class, Part, RECORDED, RateRow, RequestScores, Role, ThresholdKind, ThresholdRow, Unit,
    judged_part,
};
use crate::report::{Timing, WhatIf};

/// The outcome of one calibration.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CalibrationFindings {
    /// What judging made of the scores.
    pub calibration: Calibration,
    /// Every measured request, in the order of the recording.
    pub requests: Vec<RequestScores>,
    /// What other settings would make of the scores, if that was asked for.
    pub grid: Option<WhatIf>,
    /// Where the time went; the only part that differs between two equal runs.
    pub timings: Vec<Timing>,
}

impl CalibrationFindings {
    /// Penalties of one class of rewarded responses.
    pub fn penalties(&self, class: Class) -> Vec<f64> {
        let profile = self.calibration.spec.profile;
        self.requests.iter().flat_map(|request| request.scores(profile, Unit::Response, class)).collect()
    }

    /// Penalties of every kind of copies that there are: the recording's own before those made by construction.
    pub fn copies(&self) -> impl Iterator<Item = &Attacked> {
        self.calibration.copies.iter().filter(|attacked| !attacked.copies.is_empty())
    }

    /// The threshold that strata, windows, sizes and attacks are looked at under.
    pub fn in_use(&self) -> Option<&ThresholdRow> {
        self.calibration.thresholds.iter().find(|row| row.in_use)
    }

    /// The threshold in use in words, as it was typed if it was.
    pub fn shown_threshold(&self) -> String {
        self.in_use().and_then(shown_threshold).unwrap_or_else(|| threshold(self.calibration.threshold()))
    }

    /// Where the threshold in use comes from, in a word.
    pub fn origin(&self) -> &'static str {
        match self.in_use().map(|row| row.kind) {
            None | Some(ThresholdKind::Given) if self.calibration.spec.threshold.is_none() => "preset",
            None | Some(ThresholdKind::Given) => "given",
            Some(kind) => kind.name(),
        }
    }

    /// The requests that tell what the threshold in use is worth.
    pub fn judged_part(&self) -> Part {
        judged_part(&self.calibration.thresholds)
    }

    /// Whether the threshold in use was chosen on the very requests that are judged.
    pub fn judged_on_its_own(&self) -> bool {
        self.in_use().is_some_and(|row| row.part == Some(Part::All))
    }

    /// The rate of `unit` in `part` at any of the thresholds.
    pub fn rate_at(&self, threshold: f64, unit: Unit, class: Class, part: Part) -> Option<&RateRow> {
        let wanted = (threshold, unit, class, part);
        self.calibration.rates.iter().find(|row| (row.threshold, row.unit, row.class, row.part) == wanted)
    }

    /// How many responses have a role that `is` picks.
    pub fn responses_that(&self, is: impl Fn(Role) -> bool) -> usize {
        self.requests.iter().flat_map(|request| &request.responses).filter(|response| is(response.role)).count()
    }
}

/// A role as tables name it.
pub(super) fn role_name(role: Role) -> &'static str {
    match role {
        Role::Independent => "independent",
        Role::Copy => "copy",
        Role::Original => "original",
        Role::Apart => "apart",
    }
}

/// An attack without its strength: what the attacks of one curve have in common.
pub(super) fn kind(attack: &str) -> &str {
    attack.split(':').next().unwrap_or(attack)
}

/// An attack with its strength, on one line: `words 20 %`.
pub(super) fn attack_label(attack: &str, strength: Option<f64>) -> String {
    let name = escaped(kind(attack));
    match strength {
        Some(strength) => format!("{name} {} %", percent(strength)),
        None if name == RECORDED => "recorded copies".into(),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::calibration::{CalibrationSpec, attacked};
    use crate::report::calibration::testing;

    #[test]
    fn recorded_copies_come_before_made_ones_and_empty_kinds_are_left_out() {
        let mut findings = testing::labelled();
        findings.calibration.copies.push(attacked("none", None, &[]));
        let names: Vec<String> =
            findings.copies().map(|copies| attack_label(&copies.attack, copies.strength)).collect();
        assert_eq!(names[..3], ["recorded copies", "exact", "words 10 %"]);
        assert!(!names.contains(&"none".into()));
    }

    #[test]
    fn a_chosen_threshold_is_judged_on_the_other_part() {
        let given = testing::findings(1000, 0, Some(0.9));
        assert_eq!((given.origin(), given.judged_part()), ("given", Part::All));
        let chosen = testing::findings(1000, 0, None);
        assert_eq!(
            (chosen.origin(), chosen.judged_part(), chosen.judged_on_its_own()),
            ("guaranteed", Part::All, true)
        );
        let spec = CalibrationSpec { gate: Some((0.05, Unit::Response)), ..testing::spec(None) };
        let gated = testing::judged(testing::independent(1000, 0), vec![], &spec);
        assert_eq!((gated.origin(), gated.judged_part()), ("guaranteed", Part::Reporting));
        let preset = testing::findings(100, 0, None);
        assert_eq!((preset.origin(), preset.judged_part()), ("preset", Part::All));
    }

    #[test]
    fn labels_hold_the_strength_once() {
        assert_eq!(attack_label("words:0.07", Some(0.07)), "words 7 %");
        assert_eq!(attack_label("a\nb", None), "a\\nb");
    }
}
