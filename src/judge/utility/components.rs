//! Why a response's utility is what it is: parts that add up to it.

use super::fields::{Penalties, by_faults, is_nothing};
use super::recording::{Answer, Recording};
use super::responses::ResponseRow;
use super::rules::{Items, Rules};

/// Parts below this are what rounding leaves.
const ROUNDING: f64 = 1e-12;

/// What adds to the utility of an answer in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The weight of fields, as if all were valid.
    AllFields,
    /// Faults of a kind, by number, nulls with a penalty of their own apart.
    Fault(usize),
    /// Nulls that have a penalty of their own.
    Null,
    /// What penalties beyond 1 did not take.
    Floor,
    /// What is taken from an answer that is broken, empty or endless.
    Nothing,
    /// The time.
    Time,
    /// The size, where it counts.
    Size,
}

/// A part of the utility of a response.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Component {
    /// Place of the response.
    pub response: usize,
    /// What it is.
    pub part: Part,
    /// What it adds; negative where it takes.
    pub value: f64,
}

/// The parts of the utility of every response in time, in their order. The others have none: their utility is 0.
pub(super) fn components(recording: &Recording, rows: &[ResponseRow], rules: &Rules) -> Vec<Component> {
    let penalties = Penalties::new(rules, &recording.kinds);
    let mut found = Vec::with_capacity(3 * rows.len());
    let mut lost = vec![0.0; recording.kinds.len() + 1];
    for (response, row) in rows.iter().enumerate().filter(|(_, row)| row.is_in_time) {
        let Some(answer) = &recording.responses[response].answer else { continue };
        let mut push = |part: Part, value: f64| found.push(Component { response, part, value: value + 0.0 });
        push(Part::AllFields, rules.weights.fields);
        of_fields(answer, rules, &penalties, &mut lost, &mut push);
        push(Part::Time, rules.weights.time * row.times[rules.time as usize]);
        if rules.weights.size > 0.0 {
            push(Part::Size, rules.weights.size * row.size_term);
        }
    }
    found
}

/// The parts of valid fields below 1; `lost` is room for what each kind takes, all 0, nulls last.
fn of_fields(answer: &Answer, rules: &Rules, penalties: &Penalties, lost: &mut [f64], push: &mut dyn FnMut(Part, f64)) {
    let nulls = lost.len() - 1;
    let items = answer.items.filter(|&items| rules.items == Items::Mean && items > 0).unwrap_or(1) as f64;
    for fault in &answer.faults {
        let place = if fault.is_null && rules.null_penalty.is_some() { nulls } else { fault.kind };
        lost[place] += penalties.of(fault) / fault.item.map_or(1.0, |_| items);
    }
    let total: f64 = lost.iter().sum();
    let weight = rules.weights.fields;
    for (kind, lost) in lost.iter_mut().enumerate().filter(|(_, lost)| **lost > 0.0) {
        push(if kind == nulls { Part::Null } else { Part::Fault(kind) }, -weight * *lost);
        *lost = 0.0;
    }
    let left = by_faults(answer, rules.items, |fault| penalties.of(fault));
    if left - (1.0 - total) > ROUNDING {
        push(Part::Floor, weight * (left - (1.0 - total)));
    }
    if is_nothing(answer, rules) && left > 0.0 {
        push(Part::Nothing, -weight * left);
    }
}
