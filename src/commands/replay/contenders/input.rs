//! What a replay of contenders reads: up to four files, whose hotkeys and tasks are the same ones.

use anyhow::Result;

use crate::commands::record::{input, input_of};
use crate::commands::settings::ReplayContendersSettings;
use crate::judge::contenders::{Contender, Period, PeriodCounts, Recorded, Recording, Request, Similarity, windows};
use crate::records::periods::{Owners, PeriodRow, read_periods};
use crate::records::served::{ServedRequest, read_served};
use crate::records::similarities::{TaskSimilarity, read_similarities};
use crate::records::tasks::{TaskWeight, read_tasks};
use crate::records::{List, Reading, Source, shown_time};
use crate::report::{InputRecord, counted};
use crate::reporter::Reporter;

/// What flags ask of a recording that it cannot give.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum MomentError {
    /// A moment that lies before something recorded.
    #[error(
        "--now {} lies before the last time that is recorded, {}; give a time from then on",
        shown_time(*now),
        shown_time(*last)
    )]
    AfterNow {
        /// The moment, in seconds since 1970.
        now: f64,
        /// The last one that is recorded.
        last: f64,
    },
    /// Periods so short that there are too many.
    #[error(
        "--period-seconds {seconds} makes {windows} periods of what is recorded, more than the {MOST_PERIODS} that are looked at; \
         give more"
    )]
    TooManyPeriods {
        /// Seconds of a period.
        seconds: f64,
        /// How many there would be.
        windows: usize,
    },
}

/// Periods of what is recorded that are looked at, at most.
const MOST_PERIODS: usize = 100_000;

/// A recording, and where it is from.
pub struct Input {
    /// The recording.
    pub recording: Recording,
    /// The moment at which contenders are ranked.
    pub now: f64,
    /// The files.
    pub records: Vec<InputRecord>,
}

impl Input {
    /// Reads what `settings` name.
    ///
    /// # Errors
    /// A file that cannot be read, or a moment that lies before something recorded.
    pub fn read(settings: &ReplayContendersSettings, reporter: &dyn Reporter) -> Result<Self> {
        let reading = || Reading::new(&settings.reading, reporter);
        let mut owners = Owners::default();
        let mut rows = Vec::new();
        let periods =
            read_periods(&settings.periods, &reading(), &mut owners, |row| rows.push(Period::from(&recorded(&row))))?;
        let of_periods = owners.tasks.texts().len();
        let requests =
            settings.requests.as_ref().map(|source| read_served(source, &reading(), &mut owners)).transpose()?;
        let similarities =
            settings.similarity.as_ref().map(|source| read_similarities(source, &reading())).transpose()?;
        let tasks = settings.tasks.as_ref().map(|source| read_tasks(source, &reading())).transpose()?;
        let records: Vec<InputRecord> =
            std::iter::once(input_of(&settings.periods, &periods.sha256, periods.rows, periods.skipped))
                .chain(record(&settings.similarity, similarities.as_ref()))
                .chain(record(&settings.requests, requests.as_ref()))
                .chain(record(&settings.tasks, tasks.as_ref()))
                .collect();
        let similar = similarities.map_or_else(Vec::new, |list| similarities_of(&list.rows, &mut owners));
        let weights = tasks.map_or_else(Vec::new, |list| weights_of(&list.rows, &mut owners));
        say_what_nobody_serves(&owners, of_periods, reporter);
        let Owners { hotkeys, tasks } = owners;
        let mut recording =
            Recording::new(hotkeys.texts().to_vec(), tasks.texts().to_vec(), rows).with_similarities(similar);
        weights.iter().for_each(|weight| recording.weights[weight.task] = Some(weight.weight));
        recording.requests = requests.map_or_else(Vec::new, |list| list.rows.iter().map(request).collect());
        let now = now(settings, &recording)?;
        check_periods(settings, &recording)?;
        say_what_is_read(settings, &recording, reporter);
        Ok(Self { recording, now, records })
    }
}

/// The weight of a task by number.
struct NumberedWeight {
    task: usize,
    weight: f64,
}

fn record<T>(source: &Option<Source>, list: Option<&List<T>>) -> Option<InputRecord> {
    Some(input(source.as_ref()?, list?))
}

fn similarities_of(rows: &[TaskSimilarity], owners: &mut Owners) -> Vec<Similarity> {
    let of = |row: &TaskSimilarity| Similarity {
        left: owners.tasks.number(&row.left),
        right: owners.tasks.number(&row.right),
        similarity: row.similarity,
    };
    rows.iter().map(of).collect()
}

fn weights_of(rows: &[TaskWeight], owners: &mut Owners) -> Vec<NumberedWeight> {
    let of = |row: &TaskWeight| NumberedWeight { task: owners.tasks.number(&row.task) as usize, weight: row.weight };
    rows.iter().map(of).collect()
}

fn recorded(row: &PeriodRow) -> Recorded {
    Recorded {
        contender: Contender { hotkey: row.hotkey, task: row.task },
        node: row.node,
        expired_at: row.expired_at,
        counts: PeriodCounts {
            capacity: row.capacity,
            consumed: row.consumed,
            requests: row.requests,
            n429: row.n429,
            n500: row.n500,
        },
        score: row.score,
    }
}

fn request(row: &ServedRequest) -> Request {
    Request {
        time: row.time,
        contender: Contender { hotkey: row.hotkey, task: row.task },
        node: row.node,
        is_organic: row.is_organic,
        status: row.status,
        response_time: row.response_time,
        volume: row.volume,
        quality: row.quality,
        propensity: row.propensity,
    }
}

/// The moment at which contenders are ranked: not before anything that is recorded, which was not known then.
fn now(settings: &ReplayContendersSettings, recording: &Recording) -> Result<f64> {
    let last = recording.last_moment();
    match (settings.now, last) {
        (Some(now), Some(last)) if now < last => {
            anyhow::bail!(MomentError::AfterNow { now, last })
        }
        (Some(now), _) | (None, Some(now)) => Ok(now),
        // Nothing has ended yet, so that nothing decays.
        (None, None) => Ok(0.0),
    }
}

/// Windows of time are held, so that there must not be any number of them.
fn check_periods(settings: &ReplayContendersSettings, recording: &Recording) -> Result<()> {
    let grid = settings.grid.iter().flat_map(|grid| &grid.points).map(|point| &point.rules);
    for picking in std::iter::once(&settings.picking).chain(grid) {
        let seconds = picking.period_seconds;
        let windows = windows(recording, seconds);
        if windows > MOST_PERIODS {
            anyhow::bail!(MomentError::TooManyPeriods { seconds, windows });
        }
    }
    Ok(())
}

fn say_what_is_read(settings: &ReplayContendersSettings, recording: &Recording, reporter: &dyn Reporter) {
    let periods = counted(recording.all_periods().len(), "period");
    let contenders = counted(recording.contenders.len(), "contender");
    reporter.info(&format!("{}: {periods} of {contenders}", settings.periods));
    if let Some(requests) = &settings.requests {
        reporter.info(&format!("{requests}: {}", counted(recording.requests.len(), "request")));
    }
}

/// A name that no period has is most likely misspelled.
fn say_what_nobody_serves(owners: &Owners, of_periods: usize, reporter: &dyn Reporter) {
    let unknown: Vec<&str> = owners.tasks.texts()[of_periods..].iter().map(|task| &**task).collect();
    if let Some(first) = unknown.first() {
        let others = if unknown.len() > 1 { format!(" and {} more", unknown.len() - 1) } else { String::new() };
        reporter.warn(&format!(
            "no period is of the task {}{others}, which other files name",
            crate::excerpt::value(first)
        ));
    }
}
