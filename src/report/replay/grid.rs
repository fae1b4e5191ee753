//! What other values of one rule would do to the weights of a replay.

use super::some_of;
use crate::judge::wins::Alternative;
use crate::report::what_if::{FigureSpec, WhatIf};
use crate::stats::Estimate;

/// The figures by each value, in the order of [`results`].
pub(crate) const FIGURES: [FigureSpec; 7] = [
    FigureSpec::whole("leader", "uid with the highest weight after the last step, of equal ones the first recorded"),
    FigureSpec::number("leader's weight", "the weight of that uid", 4).drawn(),
    FigureSpec::number("own leader's weight", "the weight of the uid that leads by the rules of this run", 4).drawn(),
    FigureSpec::number("tau", "Kendall's τ-b of the weights and those of this run", 3),
    FigureSpec::whole("ranks changed", "submissions with another rank by weight than in this run"),
    FigureSpec::whole("paid", "submissions with a weight above 0"),
    FigureSpec::whole("kept", "submissions that the last steps of their competitions keep"),
];

/// What [`FIGURES`] come to by other rules, which keep so many of the submissions with these uids.
pub(crate) fn results(uids: &[u32], alternative: &Alternative, kept: usize) -> Vec<Option<Estimate>> {
    let leader = alternative.leader.and_then(|place| uids.get(place)).map(|&uid| f64::from(uid));
    let figures: [Option<f64>; FIGURES.len()] = [
        leader,
        alternative.leader_weight,
        alternative.own_leader_weight,
        alternative.tau,
        Some(alternative.ranks_changed as f64),
        Some(alternative.paid as f64),
        Some(kept as f64),
    ];
    figures.map(|figure| figure.map(|value| Estimate { value, interval: None })).into()
}

/// Who leads at a value.
struct Lead {
    value: String,
    uid: f64,
}

/// Where the leader changes, in one sentence; who leads at all, where values have no order.
pub(in crate::report) fn sentence(what_if: &WhatIf) -> Option<String> {
    let points = what_if.ordered().into_iter();
    let leads = points.filter_map(|point| Some(Lead { value: point.label(), uid: point.result(0)?.value }));
    let mut leads: Vec<Lead> = leads.collect();
    leads.dedup_by_key(|lead| lead.uid);
    let said = match leads[..] {
        [] => return None,
        [ref only] => format!("uid {} leads throughout", only.uid),
        _ if what_if.is_ordered() => format!("the leader changes at {}", changes(&leads)),
        _ => format!("the leader is {}", different(&leads)),
    };
    Some(format!("Over {} {said}.", what_if.range()))
}

/// `0.1 (uid 5 instead of 7), 0.2 (uid 9 instead of 5)`.
fn changes(leads: &[Lead]) -> String {
    let change = |pair: &[Lead]| format!("{} (uid {} instead of {})", pair[1].value, pair[1].uid, pair[0].uid);
    some_of(&leads.windows(2).map(change).collect::<Vec<_>>())
}

/// `uid 5 (first at a), uid 7 (first at b)`, each with the first value at which it leads.
fn different(leads: &[Lead]) -> String {
    let is_first = |&place: &usize| leads[..place].iter().all(|lead| lead.uid != leads[place].uid);
    let lead = |place: usize| format!("uid {} (first at {})", leads[place].uid, leads[place].value);
    some_of(&(0..leads.len()).filter(is_first).map(lead).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::what_if::{GridValue, WhatIfPoint};

    fn sentence_of(leaders: &[(&str, Option<f64>)]) -> Option<String> {
        let point = |(value, leader): &(&str, Option<f64>)| WhatIfPoint {
            values: vec![GridValue::new(value)],
            results: vec![leader.map(|value| Estimate { value, interval: None })],
        };
        let points = leaders.iter().map(point).collect();
        sentence(&WhatIf { keys: vec!["epsilon"], figures: &FIGURES, points })
    }

    #[test]
    fn the_sentence_says_where_the_leader_changes() {
        let leaders = [("0.2", Some(5.0)), ("0", Some(7.0)), ("0.1", None), ("0.15", Some(7.0))];
        let expected = "Over epsilon from 0 to 0.2 the leader changes at 0.2 (uid 5 instead of 7).";
        assert_eq!(sentence_of(&leaders).as_deref(), Some(expected));
        let expected = "Over 2 values of epsilon uid 7 leads throughout.";
        assert_eq!(sentence_of(&[("a", Some(7.0)), ("b", Some(7.0))]).as_deref(), Some(expected));
        let presets = [("a", Some(7.0)), ("b", Some(5.0)), ("c", Some(7.0)), ("0.5", Some(7.0))];
        let expected = "Over 4 values of epsilon the leader is uid 7 (first at a), uid 5 (first at b).";
        assert_eq!(sentence_of(&presets).as_deref(), Some(expected));
        assert_eq!(sentence_of(&[("0", None)]), None);
    }
}
