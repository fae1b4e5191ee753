//! The kinds of copies that ROC, DET and histograms show: each attack at its middle strength, the recording's own
//! copies first, and of many only the hardest to tell from independent answers.

use crate::excerpt::keep_start;
use crate::judge::calibration::{Attacked, Class, RECORDED};
use crate::report::calibration::CalibrationFindings;
use crate::report::calibration::findings::{attack_label, kind};
use crate::stats::{Curve, Scores};

/// Kinds that can be told apart in one picture.
const SHOWN: usize = 6;

/// Longest name of a kind, in characters.
const NAME_WIDTH: usize = 26;

/// One kind of copies and its error curve.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedCurve {
    pub label: String,
    pub penalties: Vec<f64>,
    pub curve: Curve,
}

/// The curves to show; none without independent answers to compare with.
pub fn curves(findings: &CalibrationFindings) -> Vec<NamedCurve> {
    let Ok(independent) = Scores::new(findings.penalties(Class::Independent)) else { return vec![] };
    let named = |copies: Attacked| {
        let penalties = copies.penalties();
        let curve = Curve::new(&independent, &Scores::new(penalties.clone()).ok()?).ok()?;
        let label = keep_start(&attack_label(&copies.attack, copies.strength), NAME_WIDTH);
        Some(NamedCurve { label, penalties, curve })
    };
    let (recorded, made): (Vec<_>, Vec<_>) = middle_strengths(findings.copies().cloned().collect())
        .into_iter()
        .partition(|copies| copies.attack == RECORDED);
    let mut curves: Vec<NamedCurve> = made.into_iter().filter_map(named).collect();
    curves.sort_by(|a, b| a.curve.auc().total_cmp(&b.curve.auc()));
    let mut shown: Vec<NamedCurve> = recorded.into_iter().filter_map(named).chain(curves).take(SHOWN).collect();
    shown.sort_by(|a, b| b.curve.auc().total_cmp(&a.curve.auc()));
    shown
}

/// Each attack once, in the order of judging; of an even number of strengths the smaller middle one.
fn middle_strengths(copies: Vec<Attacked>) -> Vec<Attacked> {
    let mut kinds: Vec<Vec<Attacked>> = Vec::new();
    for one in copies {
        match kinds.iter_mut().find(|others| kind(&others[0].attack) == kind(&one.attack)) {
            Some(others) => others.push(one),
            None => kinds.push(vec![one]),
        }
    }
    let middle = |mut strengths: Vec<Attacked>| {
        strengths.sort_by(|a, b| a.strength.unwrap_or(0.0).total_cmp(&b.strength.unwrap_or(0.0)));
        strengths.swap_remove((strengths.len() - 1) / 2)
    };
    kinds.into_iter().map(middle).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::calibration::Role;
    use crate::report::calibration::testing;

    fn labels(findings: &CalibrationFindings) -> Vec<String> {
        curves(findings).into_iter().map(|curve| curve.label).collect()
    }

    #[test]
    fn each_attack_is_shown_once_at_its_middle_strength() {
        let mut found = labels(&testing::labelled());
        assert_eq!(found[0], "exact", "the easiest comes first");
        found.sort();
        assert_eq!(found, ["exact", "prefix 30 %", "recorded copies", "truncated 30 %", "words 30 %"]);
    }

    #[test]
    fn of_many_attacks_the_hardest_stay() {
        let names = ["exact", "a", "b", "c", "d", "e", "f", "g"];
        let findings = testing::judged(testing::independent(200, 2), testing::attacks(&names), &testing::spec(None));
        assert_eq!(labels(&findings), ["b 30 %", "c 30 %", "d 30 %", "e 30 %", "f 30 %", "g 30 %"]);
    }

    #[test]
    fn without_copies_or_without_independent_answers_there_is_no_curve() {
        assert!(curves(&testing::findings(20, 1, None)).is_empty());
        let alone = (0..200).map(|number| testing::request(number, &[Role::Independent], |_| 0.5)).collect();
        let findings = testing::judged(alone, testing::attacks(&["exact"]), &testing::spec(None));
        assert!(curves(&findings).is_empty());
    }
}
