//! The report of `replay wins`: wins, weights and who is kept, with the tables and plots of an evaluation, and how the
//! ranks differ from those by another preset.

mod grid;
mod log;

use minijinja::context;
use serde_json::{Value, json};

use super::evaluation::{self, Evaluation};
use super::grid::Grid;
use super::grid::Heading::{Number, Text};
use super::numbers::decimal;
use super::plots::Plot;
use super::table::{Sheet, Table};
use super::timing::timings;
use super::what_if::{self, WhatIf};
use super::{Page, Report, Summary};
use crate::judge::wins::{Alternative, StepTable};
use crate::stats::ranks::ranks;

pub(super) use self::grid::sentence as leaders_over;
pub(crate) use self::grid::{FIGURES as WINS_FIGURES, results as wins_results};
pub(super) use self::log::table as log_table;
pub(crate) use self::log::{LogAudit, Quantity};

/// What judging recorded losses came to.
#[derive(Debug, Default)]
pub struct WinsReplay {
    /// The run, which has no losses of its own.
    pub evaluation: Evaluation,
    /// What it is held against, if anything.
    pub against: Option<Against>,
    /// What other values of one rule would change, if that was asked for.
    pub grid: Option<WhatIf>,
    /// How far it is from the log that the losses are from, if that says anything.
    pub log: Option<LogAudit>,
}

/// The same losses by another preset.
#[derive(Debug, Clone, PartialEq)]
pub struct Against {
    /// Its name.
    pub preset: &'static str,
    /// The weight of every submission after the last step.
    pub weights: Vec<f64>,
}

/// A submission by both rules.
#[derive(Debug, Clone, Copy)]
struct RankRow<'a> {
    uid: u32,
    preset: &'a str,
    weight: f64,
    rank: u64,
    weight_against: f64,
    rank_against: u64,
}

impl RankRow<'_> {
    /// Places won by the rules of this run; negative where they are lost.
    fn change(&self) -> f64 {
        self.rank_against as f64 - self.rank as f64
    }
}

impl WinsReplay {
    fn weights(&self) -> Vec<f64> {
        self.evaluation.judgement.weights(self.evaluation.submissions.len())
    }

    /// Every submission by both rules, the highest weight of this run first.
    fn rank_rows(&self) -> Vec<RankRow<'_>> {
        let Some(Against { preset, weights: against }) = &self.against else { return Vec::new() };
        let weights = self.weights();
        let (here, there) = (ranks(&weights), ranks(against));
        let row = |(index, submission): (usize, &evaluation::SubmissionOutcome)| RankRow {
            uid: submission.uid,
            preset,
            weight: weights[index],
            rank: here[index],
            weight_against: against[index],
            rank_against: there[index],
        };
        let mut rows: Vec<RankRow<'_>> = self.evaluation.submissions.iter().enumerate().map(row).collect();
        rows.sort_by_key(|row| (row.rank, row.uid));
        rows
    }

    /// How alike the two orders are, in one sentence.
    fn agreement(&self) -> Option<String> {
        let Against { preset, weights } = self.against.as_ref()?;
        let Alternative { tau, ranks_changed, .. } = Alternative::new(&self.weights(), weights);
        let tau = tau.map_or_else(
            || "undefined, since by one of them all weights are equal".to_owned(),
            |tau| format!("{tau:.3}"),
        );
        Some(format!(
            "Against preset {preset}: {ranks_changed} of {} ranks differ (Kendall's τ-b {tau}).",
            weights.len()
        ))
    }

    /// The steps in which nobody was left to win, as a sentence.
    fn void(&self) -> Option<String> {
        let steps = self.evaluation.judgement.steps.iter().filter(|step| step.is_void);
        let steps: Vec<String> = steps.map(|step| step.plan.step.to_string()).collect();
        (!steps.is_empty()).then(|| {
            let some = some_of(&steps);
            format!(
                "In step {some} nobody was left to win (equal scores of one block, or nobody measured): the step changed \
                 nothing."
            )
        })
    }

    fn sentences(&self) -> Vec<String> {
        let log = self.log.as_ref().and_then(LogAudit::sentence);
        let grid = self.grid.as_ref().and_then(grid::sentence);
        let own = self.agreement().into_iter().chain(grid).chain(self.void()).chain(log);
        self.evaluation.sentences().into_iter().chain(own).collect()
    }

    fn ranks_grid(&self) -> Grid {
        rank_table().grid(self.rank_rows().into_iter())
    }

    fn text(&self, draw: impl Fn(&Grid) -> String) -> String {
        let ranks = self.against.is_some().then(|| self.ranks_grid());
        let log = self.log.as_ref().map(|audit| log::table().grid(audit.rows()));
        let what_if = self.grid.as_ref().map(WhatIf::grid);
        let grids = std::iter::once(self.evaluation.summary()).chain(ranks).chain(what_if).chain(log);
        grids.map(|grid| draw(&grid)).chain(self.sentences()).collect::<Vec<_>>().join("\n\n")
    }
}

/// The first few of these, and how many there are more.
fn some_of(names: &[String]) -> String {
    const FEW: usize = 5;
    let some = names.iter().take(FEW).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > FEW { format!("{some} and {} more", names.len() - FEW) } else { some }
}

/// Ranks and weights by both rules.
fn rank_table<'a>() -> Table<'a, RankRow<'a>> {
    Table::new("Ranks and weights after the last step, by the rules of this run and by the preset held against it.")
        .column("uid", "uid of the submission", |row: RankRow<'a>| row.uid)
        .shown(Number("uid"))
        .column("weight", "weight by the rules of this run", |row| row.weight)
        .shown_as(Number("weight"), |row| decimal(Some(row.weight), 4))
        .column("rank", "place by weight, from 1; equal weights share the best", |row| row.rank)
        .shown(Number("rank"))
        .column("against", "preset that the run is held against", |row| row.preset)
        .shown(Text("against"))
        .column("weight_against", "weight by that preset", |row| row.weight_against)
        .shown_as(Number("its weight"), |row| decimal(Some(row.weight_against), 4))
        .column("rank_against", "place by that weight", |row| row.rank_against)
        .shown(Number("its rank"))
        .column("change", "rank_against minus rank: places won by the rules of this run", |row| row.change())
        .shown_as(Number("places won"), |row| format!("{:+}", row.change()))
}

impl Summary for WinsReplay {
    fn terminal(&self) -> String {
        self.text(Grid::terminal)
    }

    fn markdown(&self) -> String {
        self.text(Grid::markdown)
    }

    fn json(&self) -> serde_json::Result<String> {
        let submissions: Value = serde_json::from_str(&self.evaluation.json()?)?;
        let against = self.against.as_ref().map(|Against { preset, weights }| {
            json!({
                "preset": preset,
                "kendall_tau": Alternative::new(&self.weights(), weights).tau,
                "ranks": rank_table().objects(self.rank_rows().into_iter()),
            })
        });
        let void: Vec<usize> =
            self.evaluation.judgement.steps.iter().filter(|step| step.is_void).map(|step| step.plan.step).collect();
        serde_json::to_string_pretty(&json!({
            "steps": self.evaluation.judgement.steps.len(),
            "void_steps": void,
            "submissions": submissions,
            "against": against,
            "grid": self.grid.as_ref().map(WhatIf::objects),
            "log": self.log.as_ref().map(|audit| log::table().objects(audit.rows())),
        }))
    }
}

impl Report for WinsReplay {
    const PLOTS: &'static [&'static str] = &["wins", "weights", what_if::PLOT];

    fn sheets(&self) -> Vec<Sheet<'_>> {
        vec![
            evaluation::wins(&self.evaluation),
            evaluation::weights(&self.evaluation),
            evaluation::components(&self.evaluation),
            self.steps(),
            rank_table().sheet("ranks", self.rank_rows().into_iter()),
            what_if::sheet(&grid::FIGURES, self.grid.as_ref()),
            log::sheet(self.log.as_ref()),
            timings(&self.evaluation.timings),
        ]
    }

    fn plots(&self) -> Vec<Plot> {
        let own = self.evaluation.plots().into_iter().filter(|plot| Self::PLOTS.contains(&plot.name));
        own.chain(self.grid.as_ref().map(WhatIf::plot)).collect()
    }

    fn page(&self) -> Page {
        let Page { template, findings } = self.evaluation.page();
        Page { template, findings: context! { sentences => self.sentences(), replayed => true, ..findings } }
    }
}

impl WinsReplay {
    /// One row per step and competition.
    fn steps(&self) -> Sheet<'_> {
        let measured = |step: &StepTable| step.rows.iter().filter(|row| row.average_loss.is_finite()).count() as u64;
        Table::new("The steps as they were recorded. One row per step and competition.")
            .column("step", "step number as recorded", |step: &StepTable| step.plan.step as u64)
            .column("competition", "competition of the step", |step| {
                self.evaluation.competition_id(step.plan.competition)
            })
            .column("current_block", "block of the chain during the step", |step| step.plan.current_block)
            .column("participants", "submissions that took part", |step| step.rows.len() as u64)
            .column("measured", "those of them with a finite average loss", measured)
            .column("samples", "samples or batches of the step", |step| step.plan.samples.len() as u64)
            .column("void", "whether a filter left nobody to win, so that the step changed nothing", |step| {
                step.is_void
            })
            .sheet("steps", self.evaluation.judgement.steps.iter())
    }
}
