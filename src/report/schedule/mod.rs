//! The report of `replay schedule`: how a validator's loop fares under each policy, what memory that takes, and how a miner
//! synchronises; beside it what the pull request claimed.

mod claims;
mod grid;
mod plots;
mod tables;
mod words;

use serde_json::json;

use self::claims::Claim;
use self::tables::{PolicyRow, SyncRow};
use super::Report;
use super::calls::call_sheet;
use super::page::Page;
use super::plots::Plot;
use super::story::{Storied, Story, Titled};
use super::table::Sheet;
use super::timing::{Timing, timings};
use super::what_if::{self, WhatIf};
use crate::call::Call;
use crate::judge::schedule::sync::Synced;
use crate::judge::schedule::{DeviceMemory, Simulated};

pub(crate) use grid::{FIGURES as SCHEDULE_FIGURES, results as schedule_results};

/// What replaying a schedule came to.
#[derive(Debug, Default)]
pub struct ScheduleReplay {
    /// Uids of the table of rates, by their places.
    pub uids: Vec<u32>,
    /// Every policy, in the order of the story.
    pub policies: Vec<Told>,
    /// Seconds that were simulated.
    pub horizon: f64,
    /// What calls of the embedder took.
    pub calls: Vec<Call>,
    /// How memory grows with calls at once, or why that is not known.
    pub memory: DeviceMemory,
    /// What other values of one setting would change.
    pub grid: Option<WhatIf>,
    /// How a miner synchronises, by the rule before and by the one after.
    pub syncs: Vec<Synced>,
    /// Where the time went.
    pub timings: Vec<Timing>,
    /// What the pull request claimed, beside what was found.
    pub claims: Vec<Claim>,
}

/// A policy, and its part in the story.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its part.
    pub part: Part,
    /// What it came to.
    pub found: Simulated,
}

/// What a policy is to the pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// As it was.
    Before,
    /// As it is.
    After,
    /// The fix's first version.
    FirstVersion,
    /// Workers of one and sleep of another.
    Mixed,
}

impl ScheduleReplay {
    /// With the claims beside what was found.
    pub fn with_claims(self) -> Self {
        Self { claims: claims::claims(&self), ..self }
    }

    fn policy_rows(&self) -> Vec<PolicyRow<'_>> {
        self.policies.iter().map(|told| PolicyRow { told, memory: &self.memory, horizon: self.horizon }).collect()
    }

    /// The policy with this part.
    fn part(&self, part: Part) -> Option<&Told> {
        self.policies.iter().find(|told| told.part == part)
    }

    fn sync_rows(&self) -> Vec<SyncRow<'_>> {
        self.syncs.iter().map(|synced| SyncRow { synced }).collect()
    }
}

impl Storied for ScheduleReplay {
    fn story(&self) -> Story {
        let grid = self.grid.as_ref().map(|what_if| Titled { title: "What if", grid: what_if.grid() });
        Story {
            headline: words::headline(self),
            sentences: words::sentences(self),
            tables: [
                Titled { title: "Policies", grid: tables::policies().grid(self.policy_rows().into_iter()) },
                Titled {
                    title: "A miner's synchronisations",
                    grid: tables::syncs().grid(self.sync_rows().into_iter()),
                },
                Titled { title: "What the pull request said", grid: claims::table().grid(self.claims.iter()) },
            ]
            .into_iter()
            .chain(grid)
            .collect(),
            reading: words::READING,
        }
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(&json!({
            "policies": tables::policies().objects(self.policy_rows().into_iter()),
            "memory": tables::memory(&self.memory),
            "syncs": tables::syncs().objects(self.sync_rows().into_iter()),
            "claims": claims::table().objects(self.claims.iter()),
            "grid": self.grid.as_ref().map(WhatIf::objects),
        }))
    }
}

impl Report for ScheduleReplay {
    const PLOTS: &'static [&'static str] = plots::NAMES;

    fn sheets(&self) -> Vec<Sheet<'_>> {
        vec![
            tables::policies().sheet("policies", self.policy_rows().into_iter()),
            tables::loads(self),
            tables::loops(self),
            tables::queue(self),
            call_sheet(&self.calls),
            what_if::sheet(&grid::FIGURES, self.grid.as_ref()),
            tables::syncs().sheet("syncs", self.sync_rows().into_iter()),
            claims::table().sheet("claims", self.claims.iter()),
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
