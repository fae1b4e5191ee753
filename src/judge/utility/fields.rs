//! Valid fields: 1 less the penalties of an answer's faults, 0 at least.

use super::recording::{Answer, Fault};
use super::rules::{Items, Nothing, Rules};

/// What rounding leaves of 1 where penalties take all of it.
const ROUNDING: f64 = 1e-12;

/// What each fault costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Penalties {
    by_kind: Vec<f64>,
    null: Option<f64>,
}

impl Penalties {
    /// The penalties of kinds with these names.
    pub fn new(rules: &Rules, kinds: &[Box<str>]) -> Self {
        let of = |kind: &str| {
            let own = rules.penalties.iter().rfind(|one| &*one.kind == kind);
            own.map_or(rules.penalty, |own| own.penalty)
        };
        Self { by_kind: kinds.iter().map(|kind| of(kind)).collect(), null: rules.null_penalty }
    }

    /// What a fault costs.
    pub fn of(&self, fault: &Fault) -> f64 {
        self.null.filter(|_| fault.is_null).unwrap_or(self.by_kind[fault.kind])
    }
}

/// Whether an answer's valid fields are 0, whatever its faults: by the rules, or since nobody found them.
pub fn is_nothing(answer: &Answer, rules: &Rules) -> bool {
    answer.is_endless
        || (answer.is_broken && rules.broken == Nothing::Zero)
        || (answer.is_empty && rules.empty == Nothing::Zero)
}

/// The valid fields of an answer, from 0 to 1.
pub fn valid_fields(answer: &Answer, penalties: &Penalties, rules: &Rules) -> f64 {
    if is_nothing(answer, rules) { 0.0 } else { by_faults(answer, rules.items, |fault| penalties.of(fault)) }
}

/// The valid fields by what each fault costs.
pub fn by_faults(answer: &Answer, items: Items, cost: impl Fn(&Fault) -> f64) -> f64 {
    let mean = (items == Items::Mean).then(|| mean_of_items(answer, &cost)).flatten();
    mean.unwrap_or_else(|| left(1.0 - answer.faults.iter().map(&cost).sum::<f64>()))
}

/// The mean of the valid fields of a list's items, less what faults of the whole cost; nothing of what has no items.
pub fn mean_of_items(answer: &Answer, cost: impl Fn(&Fault) -> f64) -> Option<f64> {
    let count = answer.items.filter(|&count| count > 0)? as f64;
    let (mut of_items, mut of_whole) = (Vec::new(), 0.0);
    for fault in &answer.faults {
        match fault.item {
            Some(item) => of_items.push((item, cost(fault))),
            None => of_whole += cost(fault),
        }
    }
    of_items.sort_by_key(|&(item, _)| item);
    let items = of_items.chunk_by(|one, other| one.0 == other.0);
    let lost: f64 = items.map(|item| 1.0 - left(1.0 - item.iter().map(|&(_, cost)| cost).sum::<f64>())).sum();
    Some(left(1.0 - lost / count - of_whole))
}

/// What penalties leave; 0 where they take more than there is, or all but rounding.
fn left(value: f64) -> f64 {
    if value < ROUNDING { 0.0 } else { value }
}
