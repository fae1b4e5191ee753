//! The report of `replay horde`: what miners earn and why, and what bonuses, excuses, timeouts, checks, class weights and
//! copied weights come to.

mod answers;
mod components;
mod grid;
mod job_tables;
mod plots;
mod tables;
#[cfg(test)]
mod testing;
mod words;

use serde_json::json;

use super::Report;
use super::page::Page;
use super::plots::Plot;
use super::story::{Storied, Story, Titled};
use super::table::Sheet;
use super::timing::{Timing, timings};
use super::what_if::{self, WhatIf};
use crate::judge::horde::{AnswerCheck, HordeFindings, HordeSpec, Recording};

pub(crate) use grid::{FIGURES as HORDE_FIGURES, results as horde_results};

/// What replaying ComputeHorde's scores came to.
#[derive(Debug, Default)]
pub struct HordeReplay {
    /// What was recorded.
    pub recording: Recording,
    /// What was found.
    pub found: HordeFindings,
    /// What was asked; `None` where nothing was judged.
    pub spec: Option<HordeSpec>,
    /// How equality and similarities check answers; `None` without any.
    pub answers: Option<AnswerCheck>,
    /// Names of the kinds of cheats among them.
    pub cheats: Vec<String>,
    /// What other values of one rule would change.
    pub grid: Option<WhatIf>,
    /// Where the time went.
    pub timings: Vec<Timing>,
}

impl HordeReplay {
    fn hotkey(&self, number: u32) -> &str {
        self.recording.hotkeys.name(number)
    }

    fn class(&self, number: u32) -> &str {
        self.recording.classes.name(number)
    }

    /// The number of the batch at a row.
    fn batch_id(&self, row: usize) -> u64 {
        u64::try_from(self.recording.batches[row].id).unwrap_or_default()
    }
}

impl Storied for HordeReplay {
    fn story(&self) -> Story {
        let grid = self.grid.as_ref().map(|what_if| Titled { title: "What if", grid: what_if.grid() });
        let found = &self.found;
        Story {
            headline: words::headline(self),
            sentences: words::sentences(self),
            tables: [
                Titled { title: "Weights", grid: tables::miners(self).grid(tables::by_weight(self).into_iter()) },
                Titled { title: "Presets", grid: tables::presets().grid(found.presets.iter()) },
                Titled { title: "Timeouts", grid: tables::pass_rates(self).grid(tables::told(self).into_iter()) },
                Titled {
                    title: "Class weights of production",
                    grid: tables::steps(self).grid(found.trajectory.iter()),
                },
                Titled { title: "Sampled prompts", grid: tables::checks().grid(found.checks.iter()) },
                Titled { title: "Checks of answers", grid: answers::table(self).grid(answers::rows(self)) },
                Titled {
                    title: "Excuses that turn with the stake",
                    grid: job_tables::excuses(self).grid(job_tables::flipped(self).into_iter()),
                },
            ]
            .into_iter()
            .chain(grid)
            .collect(),
            reading: words::READING,
        }
    }

    fn json(&self) -> serde_json::Result<String> {
        let found = &self.found;
        serde_json::to_string_pretty(&json!({
            "miners": tables::miners(self).objects(tables::by_weight(self).into_iter()),
            "presets": tables::presets().objects(found.presets.iter()),
            "bonuses": tables::bonuses(self).objects(found.bonuses.miners.iter()),
            "toggling": tables::toggling(self).objects(found.toggled.iter()),
            "excuses": job_tables::excuses(self).objects(found.excuses.iter()),
            "pass_rates": tables::pass_rates(self).objects(found.pass_rates.iter()),
            "checks": tables::checks().objects(found.checks.iter()),
            "answers": answers::table(self).objects(answers::rows(self)),
            "steps": tables::steps(self).objects(found.trajectory.iter()),
            "copier": tables::copier().objects(found.copier.rows.iter()),
            "grid": self.grid.as_ref().map(WhatIf::objects),
        }))
    }
}

impl Report for HordeReplay {
    const PLOTS: &'static [&'static str] = plots::NAMES;

    fn sheets(&self) -> Vec<Sheet<'_>> {
        let found = &self.found;
        vec![
            tables::miners(self).sheet("miners", tables::by_weight(self).into_iter()),
            tables::presets().sheet("presets", found.presets.iter()),
            tables::preset_weights(self),
            job_tables::scores(self),
            job_tables::jobs(self),
            job_tables::excuses(self).sheet("excuses", found.excuses.iter()),
            job_tables::receipts(self),
            tables::bonuses(self).sheet("bonuses", found.bonuses.miners.iter()),
            tables::toggling(self).sheet("toggling", found.toggled.iter()),
            tables::pass_rates(self).sheet("pass_rates", found.pass_rates.iter()),
            tables::checks().sheet("checks", found.checks.iter()),
            answers::table(self).sheet("answers", answers::rows(self)),
            tables::steps(self).sheet("steps", found.trajectory.iter()),
            tables::trajectory(self),
            tables::copier().sheet("copier", found.copier.rows.iter()),
            components::sheet(self),
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
