//! The report of `replay rewards`: what every response earned, who loses what at which threshold, and what a cheat still
//! earns.

mod grid;
mod plots;
mod responses;
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
use crate::judge::rewards::{Judged, Rules};

pub(crate) use grid::{FIGURES as REWARDS_FIGURES, results as rewards_results};
pub(crate) use responses::{ResponseRow, Responses};
pub(crate) use tables::RateRow;

/// What replaying rewards came to.
#[derive(Debug, Default)]
pub struct RewardsReplay {
    /// The uids, by their places.
    pub uids: Vec<u32>,
    /// By which rules; `None` where nothing was judged.
    pub rules: Option<Rules>,
    /// What was judged.
    pub judged: Judged,
    /// Every response.
    pub responses: Responses,
    /// What validators may ask of miners.
    pub rates: Vec<RateRow>,
    /// What other values of one rule would change.
    pub grid: Option<WhatIf>,
    /// How copies came about.
    pub copies: Copies,
    /// Where the time went.
    pub timings: Vec<Timing>,
}

/// Where copies are from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Copies {
    /// The recording names none.
    #[default]
    None,
    /// The recording says who copies.
    Recorded,
    /// They were made.
    Made {
        /// By this attack.
        attack: String,
        /// Miners that were made to copy.
        made: usize,
        /// Miners that copy as the recording says.
        recorded: usize,
    },
}

impl Storied for RewardsReplay {
    fn story(&self) -> Story {
        let grid = self.grid.as_ref().map(|what_if| Titled { title: "What if", grid: what_if.grid() });
        Story {
            headline: words::headline(self),
            sentences: words::sentences(self),
            tables: [
                Titled { title: "Miners", grid: tables::miners(self).grid(tables::by_rank(self).into_iter()) },
                Titled { title: "Thresholds", grid: tables::thresholds().grid(self.judged.thresholds.iter()) },
                Titled { title: "Kinds of answers", grid: tables::classes().grid(self.judged.classes.iter()) },
                Titled { title: "Rates", grid: tables::rates().grid(self.rates.iter()) },
            ]
            .into_iter()
            .chain(grid)
            .collect(),
            reading: words::READING,
        }
    }

    fn json(&self) -> serde_json::Result<String> {
        let order = self.judged.order.map(|order| {
            json!({
                "kendall_tau": order.tau,
                "top": order.top,
                "stay": order.stay,
                "losers": order.losers,
                "winners": order.winners,
            })
        });
        serde_json::to_string_pretty(&json!({
            "loops": self.judged.rounds,
            "miners": tables::miners(self).objects(tables::by_rank(self).into_iter()),
            "thresholds": tables::thresholds().objects(self.judged.thresholds.iter()),
            "answers": tables::classes().objects(self.judged.classes.iter()),
            "order": order,
            "rates": tables::rates().objects(self.rates.iter()),
            "grid": self.grid.as_ref().map(WhatIf::objects),
        }))
    }
}

impl Report for RewardsReplay {
    const PLOTS: &'static [&'static str] = plots::NAMES;

    fn sheets(&self) -> Vec<Sheet<'_>> {
        vec![
            self.responses.sheet(),
            tables::scores(self),
            tables::components(self),
            tables::miners(self).sheet("miners", tables::by_rank(self).into_iter()),
            tables::thresholds().sheet("thresholds", self.judged.thresholds.iter()),
            tables::lost(self),
            tables::classes().sheet("answers", self.judged.classes.iter()),
            tables::rates().sheet("rates", self.rates.iter()),
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
