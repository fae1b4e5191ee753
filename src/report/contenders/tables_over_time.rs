//! The tables of contenders replayed over time: what each policy would have done, and what became of it.

use super::ContendersReplay;
use crate::judge::contenders::policies::POLICIES;
use crate::judge::contenders::{Fared, Pick, PolicyRow, Rates};
use crate::report::grid::Heading::{Number, Text};
use crate::report::numbers::{decimal, estimated, or_unknown};
use crate::report::table::{Sheet, Table};
use crate::stats::Estimate;

/// A rate, declared once for both ways of counting it.
struct RateColumn {
    name: &'static str,
    weighted: &'static str,
    about: &'static str,
    heading: &'static str,
    places: usize,
    read: fn(&Rates) -> Option<Estimate>,
}

const RATES: [RateColumn; 4] = [
    RateColumn {
        name: "success",
        weighted: "weighted_success",
        about: "share with status 200",
        heading: "success",
        places: 4,
        read: |rates| rates.success,
    },
    RateColumn {
        name: "n429",
        weighted: "weighted_n429",
        about: "share with status 429",
        heading: "429",
        places: 4,
        read: |rates| rates.n429,
    },
    RateColumn {
        name: "n500",
        weighted: "weighted_n500",
        about: "share with status 500",
        heading: "500",
        places: 4,
        read: |rates| rates.n500,
    },
    RateColumn {
        name: "seconds",
        weighted: "weighted_seconds",
        about: "mean seconds to the end of an answer with status 200",
        heading: "seconds",
        places: 2,
        read: |rates| rates.seconds,
    },
];

/// Every policy.
pub(super) fn policies<'a>(has_requests: bool) -> Table<'a, &'a PolicyRow> {
    let fared = |row: &'a PolicyRow| &row.fared;
    let table = Table::new(
        "How policies order contenders now, and would have fared over the recorded requests. One row per policy.",
    )
    .column("policy", "the policy", |row: &'a PolicyRow| POLICIES[row.policy].name())
    .shown(Text("policy"))
    .column("kendall_tau", "Kendall's tau-b of its order and that by requests alone, mean over tasks", |row| row.tau)
    .shown_as(Number("τ"), |row| decimal(row.tau, 3))
    .column("overlap", "share of those tried that would be tried by requests alone, mean over tasks", |row| row.overlap)
    .shown_as(Number("overlap"), |row| decimal(row.overlap, 2))
    .column("requests", "requests that were replayed", move |row| fared(row).requests)
    .column("coverage", "share of them whose outcome is known: sent to whom the policy tries first", move |row| {
        fared(row).coverage.map(|one| one.value)
    })
    .interval("coverage", "the interval of coverage; null where there is none", move |row| {
        fared(row).coverage?.interval
    });
    let table = if has_requests {
        table.shown_as(Number("coverage"), move |row| estimated(fared(row).coverage, 3))
    } else {
        table
    };
    let table = RATES.iter().fold(table, |table, rate| add_rate(table, rate, has_requests));
    let table = table
        .column(
            "gini",
            "Gini coefficient of the requests among the contenders of a task, mean over tasks",
            move |row| fared(row).gini,
        )
        .column("contenders", "contenders that took anything", move |row| fared(row).present as u64)
        .column("starved", "those of them that would have got less than one request", move |row| {
            fared(row).starved as u64
        });
    if has_requests {
        table
            .shown_as(Number("gini"), move |row| decimal(fared(row).gini, 3))
            .shown_as(Number("starved"), move |row| or_unknown(Some(fared(row).starved)))
    } else {
        table
    }
}

/// A rate by what is known, and the same by the probabilities with which requests were sent; people see the latter where
/// there is one.
fn add_rate<'a>(table: Table<'a, &'a PolicyRow>, rate: &RateColumn, has_requests: bool) -> Table<'a, &'a PolicyRow> {
    let (read, places) = (rate.read, rate.places);
    let observed = move |row: &'a PolicyRow| read(&row.fared.observed);
    let weighted = move |row: &'a PolicyRow| row.fared.weighted.as_ref().and_then(read);
    let about = rate.about;
    let table = table
        .column(rate.name, &format!("{about}, of the requests whose outcome is known"), move |row| {
            observed(row).map(|one| one.value)
        })
        .interval(
            rate.name,
            &format!("the interval of {}, over windows of time; null where there is none", rate.name),
            move |row| observed(row)?.interval,
        )
        .column(
            rate.weighted,
            &format!("{about}, each request over the probability with which it was sent; null unless all are known"),
            move |row| weighted(row).map(|one| one.value),
        )
        .interval(rate.weighted, &format!("the interval of {}; null where there is none", rate.weighted), move |row| {
            weighted(row)?.interval
        });
    match has_requests {
        true => table.shown_as(Number(rate.heading), move |row| estimated(read(row.fared.rates()), places)),
        false => table,
    }
}

/// Every request under every policy.
pub(super) fn picks(replay: &ContendersReplay) -> Sheet<'_> {
    let request = |pick: &Pick| &replay.recording.requests[pick.request as usize];
    let hotkey = |place: u32| replay.hotkey(replay.contender(place as usize).hotkey);
    Table::new("What each policy would have done with each recorded request. One row per request and policy.")
        .column("request", "number of the request in its file, from 1", |pick: &Pick| u64::from(pick.request) + 1)
        .column("time", "when it was sent, in seconds since 1970", move |pick| request(pick).time)
        .column("task", "task that was asked for", move |pick| replay.task(request(pick).contender.task))
        .column("sent_to", "hotkey that it was sent to", move |pick| replay.hotkey(request(pick).contender.hotkey))
        .column("status", "HTTP status; null where it is not known", move |pick| request(pick).status)
        .column("policy", "the policy", |pick| POLICIES[pick.policy as usize].name())
        .column("candidates", "contenders of the task that took anything then", |pick| pick.candidates)
        .column(
            "tried",
            "hotkeys that it would have been tried with, the first first, with blanks between",
            move |pick| pick.tried.iter().map(|&place| hotkey(place)).collect::<Vec<_>>().join(" "),
        )
        .column("chance", "probability that the one that it was sent to would have been tried first", |pick| {
            pick.chance
        })
        .sheet("picks", replay.judged.picks.iter())
}

/// The load of a contender under a policy.
#[derive(Clone, Copy)]
struct Load<'a> {
    fared: &'a Fared,
    place: usize,
    requests: f64,
}

/// How each policy would have shared requests out.
pub(super) fn loads(replay: &ContendersReplay) -> Sheet<'_> {
    let rows = replay.judged.policies.iter().flat_map(|row| {
        let loads = row.fared.loads.iter().enumerate();
        loads.filter_map(|(place, load)| Some(Load { fared: &row.fared, place, requests: (*load)? }))
    });
    Table::new("How each policy would have shared the recorded requests out. One row per policy and contender that took anything.")
        .column("policy", "the policy", |one: Load<'_>| POLICIES[one.fared.policy].name())
        .column("task", "task that it serves", |one| replay.task(replay.contender(one.place).task))
        .column("hotkey", "hotkey of the node", |one| replay.hotkey(replay.contender(one.place).hotkey))
        .column("requests", "requests that would have been tried with it first; of a drawn policy, as many as are expected", |one| {
            one.requests
        })
        .sheet("loads", rows)
}
