//! The report of `replay utility`: what answers and miners come to, what is wrong with answers, who wins by which rules, when
//! nothing wins, what users get, and what splitting, waiting and spot checks come to.

mod grid;
mod names;
mod plots;
mod question_tables;
mod response_tables;
mod tables;
mod words;

use serde_json::json;

use super::Report;
use super::page::Page;
use super::plots::Plot;
use super::story::{Storied, Story, Titled};
use super::table::Sheet;
use super::timing::{Timing, timings};
use super::what_if::{self, WhatIf};
use crate::judge::utility::{Judged, Recording, UtilitySpec};
use crate::labels::Labels;

pub(crate) use grid::{FIGURES as UTILITY_FIGURES, results as utility_results};

/// What replaying utility came to.
#[derive(Debug, Default)]
pub struct UtilityReplay {
    /// What was recorded.
    pub recording: Recording,
    /// What was judged.
    pub judged: Judged,
    /// Where faults are.
    pub paths: FaultPaths,
    /// Whether there is a truth.
    pub has_truth: bool,
    /// What was asked; `None` where nothing was judged.
    pub spec: Option<UtilitySpec>,
    /// What other values of one or two rules would change.
    pub grid: Option<WhatIf>,
    /// Where the time went.
    pub timings: Vec<Timing>,
}

/// Where faults are, in the order of responses and of their faults.
#[derive(Debug, Default)]
pub struct FaultPaths {
    /// Every place once.
    pub texts: Labels,
    /// The number of each fault's.
    pub places: Vec<u32>,
}

impl Storied for UtilityReplay {
    fn story(&self) -> Story {
        let grid = self.grid.as_ref().map(|what_if| Titled { title: "What if", grid: what_if.grid() });
        let judged = &self.judged;
        let dethroning = &judged.dethroning;
        let returned = question_tables::shown_returned(self);
        Story {
            headline: words::headline(self),
            sentences: words::sentences(self),
            tables: [
                Titled { title: "Miners", grid: tables::miners(self).grid(tables::by_score(self).into_iter()) },
                Titled { title: "Presets", grid: tables::presets(self).grid(judged.presets.iter()) },
                Titled {
                    title: "Who wins by which weights",
                    grid: question_tables::utility_grid(self).grid(judged.grid.iter()),
                },
                Titled {
                    title: "When fast nothing wins",
                    grid: question_tables::fast_wins(self).grid(question_tables::shown_fast_wins(self).into_iter()),
                },
                Titled {
                    title: "Completeness against speed",
                    grid: question_tables::front(self).grid(question_tables::drawn_front(self).into_iter()),
                },
                Titled { title: "What is returned", grid: question_tables::returned().grid(returned.into_iter()) },
                Titled {
                    title: "Kinds of faults",
                    grid: response_tables::kinds(self).grid(response_tables::of_all(self).into_iter()),
                },
                Titled { title: "Splitting", grid: tables::splits(self).grid(tables::shown_splits(self).into_iter()) },
                Titled { title: "Newcomers", grid: tables::newcomers().grid(dethroning.newcomers.iter()) },
                Titled {
                    title: "Rounds to overtake the leader",
                    grid: tables::challengers(self).grid(dethroning.challengers.iter()),
                },
                Titled { title: "Volumes", grid: tables::volumes(self).grid(judged.volumes.iter()) },
                Titled {
                    title: "False alarms of spot checks",
                    grid: question_tables::false_alarms().grid(judged.spot_rates.false_alarms.iter()),
                },
                Titled {
                    title: "Items to fetch again",
                    grid: question_tables::sample_sizes().grid(question_tables::shown_samples(self).into_iter()),
                },
            ]
            .into_iter()
            .chain(grid)
            .collect(),
            reading: words::READING,
        }
    }

    fn json(&self) -> serde_json::Result<String> {
        let judged = &self.judged;
        let (dethroning, spot) = (&judged.dethroning, &judged.spot_rates);
        serde_json::to_string_pretty(&json!({
            "miners": tables::miners(self).objects(tables::by_score(self).into_iter()),
            "empty_rounds": judged.empty_rounds,
            "presets": tables::presets(self).objects(judged.presets.iter()),
            "utility_grid": question_tables::utility_grid(self).objects(judged.grid.iter()),
            "fast_wins": question_tables::fast_wins(self).objects(judged.fast_wins.iter()),
            "front": question_tables::front(self).objects(judged.front.iter()),
            "returned": question_tables::returned().objects(judged.returned.iter()),
            "kinds": response_tables::kinds(self).objects(judged.kinds.iter()),
            "splits": tables::splits(self).objects(judged.splits.iter()),
            "half_life": dethroning.half_life,
            "newcomers": tables::newcomers().objects(dethroning.newcomers.iter()),
            "challengers": tables::challengers(self).objects(dethroning.challengers.iter()),
            "volumes": tables::volumes(self).objects(judged.volumes.iter()),
            "false_alarms": question_tables::false_alarms().objects(spot.false_alarms.iter()),
            "detections": question_tables::detections().objects(spot.detections.iter()),
            "sample_sizes": question_tables::sample_sizes().objects(spot.samples.iter()),
            "grid": self.grid.as_ref().map(WhatIf::objects),
        }))
    }
}

impl Report for UtilityReplay {
    const PLOTS: &'static [&'static str] = plots::NAMES;

    fn sheets(&self) -> Vec<Sheet<'_>> {
        let judged = &self.judged;
        let (dethroning, spot) = (&judged.dethroning, &judged.spot_rates);
        vec![
            response_tables::replies(self),
            response_tables::faults(self),
            response_tables::components(self),
            tables::miners(self).sheet("miners", tables::by_score(self).into_iter()),
            tables::presets(self).sheet("presets", judged.presets.iter()),
            tables::preset_scores(self),
            question_tables::utility_grid(self).sheet("utility_grid", judged.grid.iter()),
            question_tables::fast_wins(self).sheet("fast_wins", judged.fast_wins.iter()),
            question_tables::front(self).sheet("front", judged.front.iter()),
            question_tables::returned().sheet("returned", judged.returned.iter()),
            response_tables::kinds(self).sheet("kinds", judged.kinds.iter()),
            tables::splits(self).sheet("splits", judged.splits.iter()),
            tables::newcomers().sheet("newcomers", dethroning.newcomers.iter()),
            tables::challengers(self).sheet("challengers", dethroning.challengers.iter()),
            tables::volumes(self).sheet("volumes", judged.volumes.iter()),
            question_tables::false_alarms().sheet("false_alarms", spot.false_alarms.iter()),
            question_tables::detections().sheet("detections", spot.detections.iter()),
            question_tables::sample_sizes().sheet("sample_sizes", spot.samples.iter()),
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
