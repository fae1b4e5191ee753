//! The points of a sweep as a what-if: over the settings that vary, and no others.

use super::{Sweep, SweptPoint};
use crate::report::what_if::{FigureSpec, WhatIf, WhatIfPoint};
use crate::stats::Estimate;

/// The figures at each point, in the order of [`Sweep::results`].
pub(super) const FIGURES: [FigureSpec; 10] = [
    FigureSpec::whole("leader", "uid with the highest weight after the last step, of equal ones the first recorded"),
    FigureSpec::number("weight", "the weight of that uid", 4).drawn(),
    FigureSpec::number("own leader", "the weight of the uid that leads by the rules that all is held against", 4)
        .drawn(),
    FigureSpec::number("another leads", "share of resamples in which another uid leads", 3).drawn(),
    FigureSpec::number("effective", "effective number of winners, 1 / Σ share²", 2),
    FigureSpec::number("earliest", "share of the weights at the earliest block of each competition", 3).drawn(),
    FigureSpec::number("tau", "Kendall's τ-b of the weights and those that all is held against", 3),
    FigureSpec::whole("ranks changed", "submissions with another rank by weight than there"),
    FigureSpec::whole("paid", "submissions with a weight above 0"),
    FigureSpec::whole("kept", "submissions that the last steps of their competitions keep"),
];

impl Sweep {
    /// The places of the settings that vary; the last one, where none does.
    pub(super) fn varied(&self) -> Vec<usize> {
        let varies = |side: &usize| {
            let mut values = self.points.iter().filter_map(|point| point.values.get(*side));
            values.next().is_some_and(|first| values.any(|value| value.text != first.text))
        };
        let varied: Vec<usize> = (0..self.keys.len()).filter(varies).collect();
        if varied.is_empty() { self.keys.len().checked_sub(1).into_iter().collect() } else { varied }
    }

    /// All points.
    pub(super) fn what_if(&self) -> WhatIf {
        self.what_if_of(&self.varied(), |_| true)
    }

    /// The points at which all but the first two settings that vary have their first values, over these two.
    pub(super) fn what_if_of_two(&self) -> WhatIf {
        let varied = self.varied();
        let (shown, fixed) = varied.split_at(varied.len().min(2));
        let Some(first) = self.points.first() else { return self.what_if() };
        let is_there = |point: &SweptPoint| fixed.iter().all(|&side| point.values[side] == first.values[side]);
        self.what_if_of(shown, is_there)
    }

    /// The settings that are not shown of [`Self::what_if_of_two`], with their values.
    pub(super) fn fixed(&self) -> Option<String> {
        let (varied, first) = (self.varied(), self.points.first()?);
        let fixed = varied.iter().skip(2).map(|&side| format!("{} {}", self.keys[side], first.values[side].text));
        let fixed: Vec<String> = fixed.collect();
        (!fixed.is_empty()).then(|| fixed.join(", "))
    }

    fn what_if_of(&self, sides: &[usize], is_there: impl Fn(&SweptPoint) -> bool) -> WhatIf {
        let point = |point: &SweptPoint| WhatIfPoint {
            values: sides.iter().map(|&side| point.values[side].clone()).collect(),
            results: self.results(point),
        };
        WhatIf {
            keys: sides.iter().map(|&side| self.keys[side]).collect(),
            figures: &FIGURES,
            points: self.points.iter().filter(|one| is_there(one)).map(point).collect(),
        }
    }

    fn results(&self, point: &SweptPoint) -> Vec<Option<Estimate>> {
        let SweptPoint { swept, another, .. } = point;
        let figures: [Option<f64>; FIGURES.len()] = [
            self.leader(point).map(f64::from),
            swept.ends.leader_weight,
            swept.ends.own_leader_weight,
            *another,
            swept.effective,
            swept.earliest,
            swept.ends.tau,
            Some(swept.ends.ranks_changed as f64),
            Some(swept.ends.paid as f64),
            Some(swept.kept as f64),
        ];
        figures.map(|figure| figure.map(|value| Estimate { value, interval: None })).into()
    }

    /// The values of a point as people read them.
    pub(super) fn label(&self, point: &SweptPoint) -> String {
        let value = |side: usize| format!("{} {}", self.keys[side], point.values[side].text);
        self.varied().into_iter().map(value).collect::<Vec<_>>().join(", ")
    }
}
