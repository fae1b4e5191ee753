//! The report of `replay contenders`: who is tried first by which policy, how each would have fared, what contenders weigh,
//! and how well one task's history tells another's.

mod components;
mod grid;
mod plots;
mod tables;
mod tables_over_time;
mod words;

use serde_json::json;

use super::Report;
use super::page::Page;
use super::plots::Plot;
use super::story::{Storied, Story, Titled};
use super::table::Sheet;
use super::timing::{Timing, timings};
use super::what_if::{self, WhatIf};
use crate::judge::contenders::{Contender, Judged, Recording, Rules};

pub(crate) use grid::{FIGURES as CONTENDERS_FIGURES, results as contenders_results};

/// What replaying contenders came to.
#[derive(Debug, Default)]
pub struct ContendersReplay {
    /// What was recorded.
    pub recording: Recording,
    /// What was judged.
    pub judged: Judged,
    /// The policy that the report is about, as a place among all.
    pub policy: usize,
    /// By which rules; `None` where nothing was judged.
    pub rules: Option<Rules>,
    /// Whether there are requests to replay.
    pub has_requests: bool,
    /// Whether it is known what tasks count.
    pub has_tasks: bool,
    /// What other values of one rule would change.
    pub grid: Option<WhatIf>,
    /// Where the time went.
    pub timings: Vec<Timing>,
}

impl ContendersReplay {
    fn hotkey(&self, number: u32) -> &str {
        &self.recording.hotkeys[number as usize]
    }

    fn task(&self, number: u32) -> &str {
        &self.recording.tasks[number as usize]
    }

    /// The contender at a place of the recording.
    fn contender(&self, place: usize) -> Contender {
        self.recording.contenders[place]
    }
}

impl Storied for ContendersReplay {
    fn story(&self) -> Story {
        let grid = self.grid.as_ref().map(|what_if| Titled { title: "What if", grid: what_if.grid() });
        let judged = &self.judged;
        Story {
            headline: words::headline(self),
            sentences: words::sentences(self),
            tables: [
                Titled { title: "First in line", grid: tables::contenders(self).grid(tables::first(self).into_iter()) },
                Titled {
                    title: "Policies",
                    grid: tables_over_time::policies(self.has_requests).grid(judged.policies.iter()),
                },
                Titled { title: "Tasks", grid: tables::tasks(self).grid(judged.tasks.iter()) },
                Titled { title: "Weights", grid: tables::weights(self).grid(tables::by_weight(self).into_iter()) },
                Titled { title: "Cold start", grid: tables::cold_starts(self).grid(judged.cold_starts.iter()) },
                Titled {
                    title: "Similarities by the history",
                    grid: tables::similarities(self).grid(words::telling(self).into_iter()),
                },
                Titled { title: "The pull request's scenario", grid: tables::scenario().grid(judged.scenario.iter()) },
            ]
            .into_iter()
            .chain(grid)
            .collect(),
            reading: words::READING,
        }
    }

    fn json(&self) -> serde_json::Result<String> {
        let judged = &self.judged;
        serde_json::to_string_pretty(&json!({
            "contenders": tables::contenders(self).objects(judged.contenders.iter()),
            "policies": tables_over_time::policies(self.has_requests).objects(judged.policies.iter()),
            "tasks": tables::tasks(self).objects(judged.tasks.iter()),
            "weights": tables::weights(self).objects(tables::by_weight(self).into_iter()),
            "cold_starts": tables::cold_starts(self).objects(judged.cold_starts.iter()),
            "similarities": tables::similarities(self).objects(judged.similarities.iter()),
            "scenario": tables::scenario().objects(judged.scenario.iter()),
            "grid": self.grid.as_ref().map(WhatIf::objects),
        }))
    }
}

impl Report for ContendersReplay {
    const PLOTS: &'static [&'static str] = plots::NAMES;

    fn sheets(&self) -> Vec<Sheet<'_>> {
        let judged = &self.judged;
        vec![
            tables::contenders(self).sheet("contenders", judged.contenders.iter()),
            tables_over_time::policies(self.has_requests).sheet("policies", judged.policies.iter()),
            tables::places(self),
            tables::orders(self),
            tables_over_time::picks(self),
            tables_over_time::loads(self),
            tables::tasks(self).sheet("tasks", judged.tasks.iter()),
            tables::scores(self),
            tables::weights(self).sheet("weights", tables::by_weight(self).into_iter()),
            components::sheet(self),
            tables::cold_starts(self).sheet("cold_starts", judged.cold_starts.iter()),
            tables::similarities(self).sheet("similarities", judged.similarities.iter()),
            tables::scenario().sheet("scenario", judged.scenario.iter()),
            what_if::sheet(&grid::FIGURES, self.grid.as_ref()),
            timings(&self.timings),
        ]
    }

    fn plots(&self) -> Vec<Plot> {
        plots::plots(self).into_iter().chain(self.grid.as_ref().map(WhatIf::plot)).collect()
    }

    fn page(&self) -> Page {
        self.story().page()
    }
}
