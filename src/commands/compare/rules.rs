//! The rules that a run was judged by, from its record: what becomes of win rates and weights is judged by them.

use super::fields::setting;
use crate::judge::wins::{Rules, Weighting, presets};
use crate::report::RunRecord;

/// The rules of a run; `None` where its record names none.
pub fn rules_of(record: &RunRecord) -> Option<Rules> {
    let rules = presets::preset(&setting(record, "preset"))?.rules;
    let number = |key: &str| setting(record, key).parse::<f64>().ok();
    let weighting = match rules.weighting {
        Weighting::Softmax { temperature } => {
            Weighting::Softmax { temperature: number("temperature").unwrap_or(temperature) }
        }
        Weighting::RunningSoftmax { temperature, slots } => {
            Weighting::RunningSoftmax { temperature: number("temperature").unwrap_or(temperature), slots }
        }
        Weighting::Power { skew } => Weighting::Power { skew: number("skew").unwrap_or(skew) },
        Weighting::WinnerTakesAll => Weighting::WinnerTakesAll,
    };
    let epsilon = setting(record, "epsilon").parse().unwrap_or(rules.epsilon);
    Some(Rules { epsilon, weighting, ..rules })
}
