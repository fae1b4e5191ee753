//! What replayed utility says, in sentences.

use super::question_tables::{drawn_front, shown_fast_wins, shown_returned};
use super::{UtilityReplay, names};
use crate::excerpt::value;
use crate::judge::utility::{FastWin, GridRow, Junk, Quality, ReturnedRow, SplitRow};
use crate::report::numbers::{counted, decimal, estimated};
use crate::report::story::Term;

/// Uids that a sentence names at most.
const NAMED: usize = 8;
/// A ratio less below 1 than this is 1 but for rounding.
const ROUNDING: f64 = 1e-6;

/// What the words of the tables mean.
pub(super) const READING: &[Term] = &[
    Term {
        word: "valid fields, utility",
        meaning: "1 less a penalty for each fault, 0 at least; and w1 · valid fields + w2 · time term + w3 · size term of an answer \
                  in time, 0 of any other. In brackets: intervals over requests.",
    },
    Term {
        word: "score, weight",
        meaning: "The moving average of rewards at the end, and its share of all scores. It hangs on the order of rounds, which \
                  resampling undoes, and so has no interval.",
    },
    Term {
        word: "another wins, flips",
        meaning: "The share of resamples of requests in which another miner has as high a mean utility or a higher one; and pairs of miners that \
                  stand the other way round than by the run's own rules.",
    },
    Term {
        word: "w2 above",
        meaning: "The fast answer beats a complete one at every weight of speed above this, by the run's weight of fields; beside it \
                  where the two weights add up to 1. – where it never does.",
    },
    Term {
        word: "on the front in",
        meaning: "The share of resamples of requests in which a miner is on the front of completeness against speed.",
    },
    Term {
        word: "regret",
        meaning: "What the best response to a request had more than the one that is returned, mean over requests.",
    },
    Term {
        word: "together, gain",
        meaning: "The weight of a miner's uids where it answers from several alike, or splits its volume over them, and that over \
                  its weight with one.",
    },
    Term {
        word: "drawn, soonest, latest, not within --succession-rounds",
        meaning: "Rounds in which a miner that begins with 0 overtakes the leader, both meeting what they did in recorded rounds, drawn \
                  again: the median and the middle nine tenths of successions, and the share that did not end in so many.",
    },
];

/// What it came to, in one line.
pub(super) fn headline(replay: &UtilityReplay) -> String {
    let responses = counted(replay.recording.responses.len(), "response");
    let whole = format!("{responses} to {} weighed", counted(replay.recording.requests.len(), "request"));
    match replay.judged.dethroning.leader {
        Some(leader) => {
            let weight = decimal(replay.judged.miners[leader].weight, 4);
            format!("{whole}; uid {} leads with a weight of {weight}.", replay.uid(leader))
        }
        None => format!("{whole}; nobody has a score."),
    }
}

/// What is worth saying beside the tables.
pub(super) fn sentences(replay: &UtilityReplay) -> Vec<String> {
    [
        winners(replay),
        empty(replay),
        junk(replay),
        front(replay),
        returned(replay),
        splits(replay),
        soon(replay),
        empty_rounds(replay),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn winners(replay: &UtilityReplay) -> Option<String> {
    let rows = &replay.judged.grid;
    // Without a weight of speed the time term says nothing: such a point counts once.
    let is_same = |one: &GridRow, other: &GridRow| one.weights == other.weights && one.weights.time == 0.0;
    let is_first = |place: usize| !rows[..place].iter().any(|other| is_same(&rows[place], other));
    let rows: Vec<&GridRow> = (0..rows.len()).filter(|&place| is_first(place)).map(|place| &rows[place]).collect();
    let mut winners: Vec<usize> = rows.iter().filter_map(|row| row.winner).collect();
    winners.sort_unstable();
    winners.dedup();
    let unsure = rows.iter().filter(|row| row.change.is_some_and(|change| change > 0.05)).count();
    (!winners.is_empty()).then(|| {
        let points = counted(rows.len(), "point");
        format!(
            "Over {points} of weights and time terms {}; at {unsure} of them another one has as much in more than one of twenty resamples.",
            match &winners[..] {
                [only] => format!("uid {} always has the highest utility", replay.uid(*only)),
                several => format!("{} have the highest utility somewhere", counted(several.len(), "miner")),
            }
        )
    })
}

/// What wins at the least weight of speed of all that is asked about, by the run's time term; else the first.
fn soonest(replay: &UtilityReplay, is_asked: impl Fn(Junk) -> bool) -> Option<&FastWin> {
    let above = |row: &FastWin| row.above.unwrap_or(f64::INFINITY);
    let rows = shown_fast_wins(replay).into_iter().filter(|row| is_asked(row.junk));
    rows.min_by(|one, other| above(one).total_cmp(&above(other)))
}

fn wins(replay: &UtilityReplay, row: &FastWin) -> String {
    let (complete, endpoint) =
        (decimal(Some(row.complete_seconds), 2), value(&replay.recording.endpoints[row.endpoint]));
    let against = format!("a complete one to {endpoint} in {complete} s");
    match (row.above, row.above_of_one) {
        (Some(above), Some(of_one)) => format!(
            "beats {against} at every w2 above {}, or {} where w1 = 1 − w2",
            decimal(Some(above), 4),
            decimal(Some(of_one), 4)
        ),
        _ => format!("never beats {against}"),
    }
}

fn empty(replay: &UtilityReplay) -> Option<String> {
    let row = soonest(replay, |junk| junk == Junk::Empty)?;
    let (seconds, term) = (decimal(Some(row.seconds), 3), row.time.name());
    Some(format!("By the time term {term} an answer without a valid field in {seconds} s {}.", wins(replay, row)))
}

/// What pays soonest of what nothing is in.
fn junk(replay: &UtilityReplay) -> Option<String> {
    let row = soonest(replay, |junk| junk != Junk::Empty)?;
    let (seconds, fields) = (decimal(Some(row.seconds), 3), decimal(Some(row.valid_fields), 2));
    let what = match row.junk {
        Junk::EmptyObject => "`{}`",
        Junk::EmptyList => "`[]`",
        Junk::Empty | Junk::Broken => names::junk(row.junk),
    };
    Some(format!("Of what nothing is in, {what} in {seconds} s, {fields} of it valid, {}.", wins(replay, row)))
}

fn front(replay: &UtilityReplay) -> Option<String> {
    let rows = drawn_front(replay);
    let on: Vec<String> =
        rows.iter().filter(|row| row.dominators == 0).map(|row| replay.uid(row.contender).to_string()).collect();
    let named = on.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    let more = if on.len() > NAMED { format!(" and {} more", on.len() - NAMED) } else { String::new() };
    (!on.is_empty()).then(|| {
        let (all, are) = (counted(rows.len(), "miner"), if on.len() == 1 { "is" } else { "are" });
        format!("{} of {all} {are} on the front of completeness against speed: uid {named}{more}.", on.len())
    })
}

fn returned(replay: &UtilityReplay) -> Option<String> {
    let rows = shown_returned(replay);
    let mean = |row: &&&ReturnedRow| row.returned.map_or(f64::NEG_INFINITY, |one| one.value);
    let by_value = |one: &&&ReturnedRow, other: &&&ReturnedRow| mean(one).total_cmp(&mean(other));
    // Of equal ones the first, as the table has them.
    let best = rows.iter().rev().max_by(by_value)?;
    let worst = rows.iter().min_by(by_value)?;
    let what = match best.quality {
        Quality::Difference => "a score against the truth",
        Quality::ValidFields => "valid fields",
        Quality::Fields => "a share of the schema's keys",
    };
    Some(format!(
        "What is returned has {what} of {} where responses are ordered by {}, and of {} by {}.",
        estimated(best.returned, 3),
        names::order(best.by),
        estimated(worst.returned, 3),
        names::order(worst.by)
    ))
}

fn splits(replay: &UtilityReplay) -> Option<String> {
    let gained = |row: &SplitRow| Some((row.weights? - row.weight?, row.gain?));
    let known = || replay.judged.splits.iter().filter_map(|row| Some((gained(row)?, row)));
    let most = known().max_by(|one, other| one.0.0.total_cmp(&other.0.0)).filter(|one| one.0.0 > 0.0);
    let least = known().min_by(|one, other| one.0.1.total_cmp(&other.0.1)).filter(|one| one.0.1 < 1.0 - ROUNDING);
    let told = |(_, row): (_, &SplitRow)| {
        let [uid, uids] = [replay.uid(row.contender) as usize, row.uids];
        let [from, to] = [row.weight, row.weights].map(|weight| decimal(weight, 4));
        format!("most by {}: uid {uid} over {uids} uids has a weight of {to} in place of {from}", names::split(row.by))
    };
    match (most.map(told), least.map(told)) {
        (Some(gains), Some(loses)) => Some(format!("Splitting gains {gains}; it loses {loses}.")),
        (Some(gains), None) => Some(format!("Splitting gains {gains}; it loses nowhere.")),
        (None, Some(loses)) => Some(format!("Splitting gains nowhere; it loses {loses}.")),
        (None, None) => None,
    }
}

/// Rounds in which nobody was rewarded.
fn empty_rounds(replay: &UtilityReplay) -> Option<String> {
    let count = usize::try_from(replay.judged.empty_rounds).unwrap_or(usize::MAX);
    let has = if count == 1 { "has" } else { "have" };
    let rounds = counted(count, "round");
    (count > 0).then(|| {
        format!("{rounds} {has} no reward for anybody, which changes no score; the original ends with an error there.")
    })
}

fn soon(replay: &UtilityReplay) -> Option<String> {
    let newcomer = replay.judged.dethroning.newcomers.iter().find_map(|row| Some((row.lead, row.rounds?)));
    let (lead, rounds) = newcomer?;
    Some(format!(
        "{} with a reward of 0; a newcomer with {lead} times the leader's rewards overtakes in {}.",
        halving(replay.judged.dethroning.half_life?),
        counted(usize::try_from(rounds).unwrap_or(usize::MAX), "round")
    ))
}

/// How soon a score halves.
fn halving(half_life: f64) -> String {
    match half_life {
        within if within <= 1.0 => "A score loses half or more in 1 round".into(),
        rounds => format!("A score halves in {} rounds", decimal(Some(rounds), 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::judge::utility::{Judged, OrderBy, Recording, SplitBy, TimeTerm, Weights};

    fn replay(judged: Judged) -> UtilityReplay {
        let recording = Recording { uids: vec![7, 8], ..Recording::default() };
        UtilityReplay { judged, recording, ..UtilityReplay::default() }
    }

    fn split(contender: usize, weight: f64, weights: f64) -> SplitRow {
        let by = SplitBy::Response(OrderBy::Utility(TimeTerm::Rank));
        SplitRow {
            by,
            contender,
            uids: 8,
            score: weight,
            scores: weights,
            weight: Some(weight),
            weights: Some(weights),
            gain: Some(weights / weight),
            returned: None,
            returned_split: None,
        }
    }

    #[test]
    fn what_splitting_gains_is_told_by_weights_and_where_it_loses() {
        let said = |rows: &[SplitRow]| splits(&replay(Judged { splits: rows.to_vec(), ..Judged::default() }));
        // The greater gain in weight, not the greater ratio.
        let gains = [split(0, 0.3, 0.6), split(1, 0.01, 0.05)];
        let most = "Splitting gains most by utility, rank: uid 7 over 8 uids has a weight of 0.6000 in place of 0.3000";
        assert_eq!(said(&gains), Some(format!("{most}; it loses nowhere.")));
        let loses = "it loses most by utility, rank: uid 8 over 8 uids has a weight of 0.1000 in place of 0.2000.";
        assert_eq!(said(&[gains[0], split(1, 0.2, 0.1)]), Some(format!("{most}; {loses}")));
        assert_eq!(said(&[split(1, 0.2, 0.1)]), Some(format!("Splitting gains nowhere; {loses}")));
        assert_eq!(said(&[]), None);
    }

    #[test]
    fn points_without_a_weight_of_speed_count_once() {
        let row = |time: f64, term| GridRow {
            weights: Weights { fields: 1.0, time, size: 0.0 },
            time: term,
            winner: Some(0),
            utility: Some(1.0),
            share: Some(1.0),
            tau: None,
            flips: 0,
            change: Some(0.5),
        };
        let terms = [TimeTerm::Rank, TimeTerm::Inverse];
        let grid = [0.0, 0.5].into_iter().flat_map(|time| terms.map(|term| row(time, term))).collect();
        let said = winners(&replay(Judged { grid, ..Judged::default() })).unwrap();
        assert!(said.starts_with("Over 3 points") && said.contains("at 3 of them"), "{said}");
    }

    #[test]
    fn rounds_without_any_reward_are_said() {
        let said = |count| empty_rounds(&replay(Judged { empty_rounds: count, ..Judged::default() }));
        assert_eq!(said(0), None);
        assert!(said(1).unwrap().starts_with("1 round has no reward"));
        assert!(said(2).unwrap().starts_with("2 rounds have no reward"));
    }

    #[test]
    fn rounds_are_counted_as_people_do() {
        assert_eq!(halving(0.0), "A score loses half or more in 1 round");
        assert_eq!(halving(1.0), halving(0.2));
        assert_eq!(halving(6.578813), "A score halves in 6.6 rounds");
    }
}
