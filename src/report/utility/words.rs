//! What replayed utility says, in sentences.

use super::question_tables::{drawn_front, shown_returned};
use super::{UtilityReplay, names};
use crate::judge::utility::{FastWin, Junk, ReturnedRow};
use crate::report::numbers::{counted, decimal, estimated};
use crate::report::story::Term;

/// Uids that a sentence names at most.
const NAMED: usize = 8;

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
        meaning: "The share of resamples of requests in which another miner has the highest mean utility; and pairs of miners that \
                  stand the other way round than by the run's own rules.",
    },
    Term {
        word: "w2 above",
        meaning: "The fast answer beats a complete one at every weight of speed above this, by the run's weight of fields; beside it \
                  where the two weights add up to 1. – where it never does.",
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
        word: "drawn, soonest, latest, never",
        meaning: "Rounds in which a miner that begins with 0 overtakes the leader, both drawing from their own recorded rewards: the \
                  median and the middle nine tenths of successions, and the share that did not end.",
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
    [winners(replay), empty(replay), broken(replay), front(replay), returned(replay), splits(replay), soon(replay)]
        .into_iter()
        .flatten()
        .collect()
}

fn winners(replay: &UtilityReplay) -> Option<String> {
    let rows = &replay.judged.grid;
    let mut winners: Vec<usize> = rows.iter().filter_map(|row| row.winner).collect();
    winners.sort_unstable();
    winners.dedup();
    let unsure = rows.iter().filter(|row| row.change.is_some_and(|change| change > 0.05)).count();
    (!winners.is_empty()).then(|| {
        let points = counted(rows.len(), "point");
        format!(
            "Over {points} of weights and time terms {}; at {unsure} of them another one wins in more than one of twenty resamples.",
            match &winners[..] {
                [only] => format!("uid {} always has the highest utility", replay.uid(*only)),
                several => format!("{} have the highest utility somewhere", counted(several.len(), "miner")),
            }
        )
    })
}

/// The rows of a junk by the run's time term, that at the fastest recorded time first.
fn of_junk(replay: &UtilityReplay, junk: Junk) -> Option<&FastWin> {
    let time = replay.spec.as_ref()?.rules.time;
    replay.judged.fast_wins.iter().find(|row| row.junk == junk && row.time == time)
}

fn wins(row: &FastWin) -> String {
    match (row.above, row.above_of_one) {
        (Some(above), Some(of_one)) => format!(
            "beats a complete one in {} s at every w2 above {}, or {} where w1 = 1 − w2",
            decimal(Some(row.complete_seconds), 2),
            decimal(Some(above), 4),
            decimal(Some(of_one), 4)
        ),
        _ => format!("never beats a complete one in {} s", decimal(Some(row.complete_seconds), 2)),
    }
}

fn empty(replay: &UtilityReplay) -> Option<String> {
    let row = of_junk(replay, Junk::Empty)?;
    let (seconds, term) = (decimal(Some(row.seconds), 3), row.time.name());
    Some(format!("By the time term {term} an answer without a valid field in {seconds} s {}.", wins(row)))
}

fn broken(replay: &UtilityReplay) -> Option<String> {
    let row = of_junk(replay, Junk::Broken)?;
    let fields = decimal(Some(row.valid_fields), 2);
    Some(format!("As fast, broken JSON, of which the rules leave {fields} valid, {}.", wins(row)))
}

fn front(replay: &UtilityReplay) -> Option<String> {
    let rows = drawn_front(replay);
    let on: Vec<String> =
        rows.iter().filter(|row| row.dominators == 0).map(|row| replay.uid(row.contender).to_string()).collect();
    let named = on.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    let more = if on.len() > NAMED { format!(" and {} more", on.len() - NAMED) } else { String::new() };
    (!on.is_empty()).then(|| {
        format!("Of {} on the front of completeness against speed: uid {named}{more}.", counted(rows.len(), "miner"))
    })
}

fn returned(replay: &UtilityReplay) -> Option<String> {
    let rows = shown_returned(replay);
    let value = |row: &&&ReturnedRow| row.returned.map_or(f64::NEG_INFINITY, |one| one.value);
    let by_value = |one: &&&ReturnedRow, other: &&&ReturnedRow| value(one).total_cmp(&value(other));
    // Of equal ones the first, as the table has them.
    let best = rows.iter().rev().max_by(by_value)?;
    let worst = rows.iter().min_by(by_value)?;
    Some(format!(
        "What is returned has a {} of {} where responses are ordered by {}, and of {} by {}.",
        names::quality(best.quality),
        estimated(best.returned, 3),
        names::order(best.by),
        estimated(worst.returned, 3),
        names::order(worst.by)
    ))
}

fn splits(replay: &UtilityReplay) -> Option<String> {
    let gain = |row: &&crate::judge::utility::SplitRow| row.gain.unwrap_or(f64::NEG_INFINITY);
    let most = replay.judged.splits.iter().max_by(|one, other| gain(one).total_cmp(&gain(other)))?;
    Some(format!(
        "Splitting gains most by {}: uid {} over {} uids has {} times its weight.",
        names::split(most.by),
        replay.uid(most.contender),
        most.uids,
        decimal(most.gain, 2)
    ))
}

fn soon(replay: &UtilityReplay) -> Option<String> {
    let half_life = replay.judged.dethroning.half_life?;
    let newcomer = replay.judged.dethroning.newcomers.iter().find(|row| row.rounds.is_some())?;
    Some(format!(
        "A score halves in {} rounds without rewards; a newcomer with {} times the leader's rewards overtakes in {} rounds.",
        decimal(Some(half_life), 1),
        newcomer.lead,
        newcomer.rounds.unwrap_or_default()
    ))
}
