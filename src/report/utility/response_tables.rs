//! The tables of single responses: what each came to, what is wrong with it, and why its utility is what it is.

use super::{UtilityReplay, names};
use crate::judge::utility::{Component, Fault, KindRow, ResponseRow, TimeTerm};
use crate::report::grid::Heading::{Number, Text};
use crate::report::numbers::estimated;
use crate::report::table::{Sheet, Table};

/// A response at its place.
#[derive(Clone, Copy)]
struct Reply<'a> {
    row: &'a ResponseRow,
    /// How many faults its answer has.
    faults: Option<u64>,
}

/// Every response.
pub(super) fn replies(replay: &UtilityReplay) -> Sheet<'_> {
    let recorded = replay.judged.responses.iter().zip(&replay.recording.responses);
    let rows = recorded.map(|(row, response)| {
        let answer = response.answer.as_ref().filter(|_| row.seconds.is_some());
        Reply { row, faults: answer.map(|answer| answer.faults.len() as u64) }
    });
    let table = Table::new("What each response came to. One row per request and miner, in the order of requests.")
        .column("request_id", "id of the request", |one: Reply<'_>| replay.request_id(one.row.request))
        .column("endpoint", "what was asked for", |one| replay.endpoint(one.row.request))
        .column("uid", "slot of the miner", |one| replay.uid(one.row.contender))
        .column("status", "ok, timeout or error", |one| names::status(one.row.status))
        .column("in_time", "whether there is an answer, and in time", |one| one.row.is_in_time)
        .column("seconds", "seconds that the answer took; null without one", |one| one.row.seconds)
        .column("timeout", "seconds that it might take", |one| one.row.timeout)
        .column("bytes", "bytes of the answer; null where they are not known", |one| one.row.size)
        .column("faults", "faults of the answer; null without one", |one| one.faults)
        .column("valid_fields", "Vf, from 0 to 1; null without an answer or a schema", |one| one.row.valid_fields)
        .column(
            "missing_fields",
            "score by missing fields, 0 without an answer; null where the original has none",
            |one| one.row.missing_fields,
        )
        .column(
            "difference",
            "score by differences from the truth, 0 without an answer; null where it is not known",
            |one| one.row.difference,
        )
        .column("fields", "share of the schema's keys that have a value; null without an answer or a schema", |one| {
            one.row.fields
        });
    let table = TimeTerm::ALL.into_iter().fold(table, |table, term| {
        let about = format!("the time term `{}`; 0 unless in time", term.name());
        table.column(&format!("time_{}", term.name()), &about, move |one: Reply<'_>| one.row.times[term as usize])
    });
    table
        .column("size_term", "the size term; 0 unless in time", |one| one.row.size_term)
        .column("utility", "utility by the rules; 0 unless in time", |one| one.row.utility)
        .column("reward", "what goes into the moving average; null where it leaves the score as it is", |one| {
            one.row.reward
        })
        .sheet("replies", rows)
}

/// A fault and where it is.
#[derive(Clone, Copy)]
struct Place<'a> {
    row: &'a ResponseRow,
    fault: &'a Fault,
    path: u32,
}

/// Everything that is wrong with answers.
pub(super) fn faults(replay: &UtilityReplay) -> Sheet<'_> {
    let recorded = replay.judged.responses.iter().zip(&replay.recording.responses);
    let all = recorded.flat_map(|(row, response)| {
        response.answer.iter().flat_map(move |answer| answer.faults.iter().map(move |fault| (row, fault)))
    });
    let rows = all.zip(&replay.paths.places).map(|((row, fault), &path)| Place { row, fault, path });
    Table::new("What is wrong with answers. One row per fault, those of an answer in pydantic's order.")
        .column("request_id", "id of the request", |one: Place<'_>| replay.request_id(one.row.request))
        .column("uid", "slot of the miner", |one| replay.uid(one.row.contender))
        .column("kind", "what is wrong, by pydantic's name where it has one", |one| replay.kind(one.fault.kind))
        .column("path", "where, like [3].user.name; empty: the whole. At most 200 characters", |one| {
            replay.paths.texts.name(one.path)
        })
        .column("item", "in which item of a list, from 0; null where it is of the whole", |one| {
            one.fault.item.map(|item| item as u64)
        })
        .column("is_null", "whether a null was given there", |one| one.fault.is_null)
        .sheet("faults", rows)
}

/// Why utilities are what they are.
pub(super) fn components(replay: &UtilityReplay) -> Sheet<'_> {
    let row = |one: &Component| &replay.judged.responses[one.response];
    Table::new("Why the utility of an answer in time is what it is: components that add up to it. One row per answer and part.")
        .column("request_id", "id of the request", move |one: &Component| replay.request_id(row(one).request))
        .column("uid", "slot of the miner", move |one| replay.uid(row(one).contender))
        .column("score", "name of the score, a column of `replies`", |_| "utility")
        .column(
            "component",
            "all fields: their weight, as if all were valid; kinds of faults, and null; floor: what penalties beyond 1 did \
             not take; nothing in it: what the rules take from a broken or an empty answer; time; size",
            |one| replay.part(one.part),
        )
        .column("value", "what it adds to the utility; negative where it takes from it", |one| one.value)
        .sheet("components", replay.judged.components.iter())
}

/// Kinds of faults.
pub(super) fn kinds<'a>(replay: &'a UtilityReplay) -> Table<'a, &'a KindRow> {
    Table::new("What each kind of faults costs. One row per kind, for all miners and for each.")
        .column(
            "kind",
            "what is wrong; null: wherever a null was given, counted by its kind too",
            |row: &'a KindRow| replay.fault_kind(row.kind),
        )
        .shown(Text("kind"))
        .column("uid", "slot of the miner; null for all of them", |row| row.contender.map(|one| replay.uid(one)))
        .column("answers", "answers that were held against a schema", |row| row.answers)
        .shown(Number("answers"))
        .column("with", "answers that have it", |row| row.with)
        .shown(Number("with it"))
        .column("faults", "faults of the kind", |row| row.faults)
        .shown(Number("faults"))
        .column("share", "share of answers that have it", |row| row.share.map(|one| one.value))
        .interval("share", "the interval of share, over requests; null for one miner", |row| row.share?.interval)
        .shown_as(Number("share"), |row| estimated(row.share, 3))
        .column("cost", "mean valid fields that answers would have more if it cost nothing", |row| {
            row.cost.map(|one| one.value)
        })
        .interval("cost", "the interval of cost, over requests; null for one miner", |row| row.cost?.interval)
        .shown_as(Number("costs"), |row| estimated(row.cost, 4))
}

/// Those over all miners, which people see, and which are drawn.
pub(super) fn of_all(replay: &UtilityReplay) -> Vec<&KindRow> {
    let mut rows: Vec<&KindRow> = replay.judged.kinds.iter().filter(|row| row.contender.is_none()).collect();
    rows.sort_by(|one, other| {
        let cost = |row: &KindRow| row.cost.map_or(0.0, |one| one.value);
        cost(other).total_cmp(&cost(one)).then(other.faults.cmp(&one.faults))
    });
    rows
}
