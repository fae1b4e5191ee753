//! What `import` writes and says: the table of losses, which is a recording that `replay wins` reads, and how much of it
//! there is.

use std::collections::HashSet;
use std::path::Path;

use serde_json::json;

use super::grid::Grid;
use super::numbers::counted;
use super::replay::{LogAudit, log_table};
use super::table::{Table, TableSchema};
use super::{ReportError, Summary};
use crate::outcome::{SampleOutcome, SampleStatus};
use crate::records::{LossStep, Participant, losses};

/// What was imported.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImportedLosses {
    /// The file that holds it.
    pub out: String,
    /// The steps, in order.
    pub steps: Vec<LossStep>,
    /// Name of the preset whose rules the log's own numbers follow, if it has any.
    pub preset: Option<&'static str>,
    /// How far these are from ours.
    pub log: Option<LogAudit>,
}

/// A participant's loss on one sample, or a participant that was skipped.
#[derive(Clone, Copy)]
struct LossRow<'a> {
    step: &'a LossStep,
    participant: &'a Participant,
    measured: Option<(usize, f64)>,
}

impl LossRow<'_> {
    fn status(&self) -> &'static str {
        self.measured.map_or("skipped", |(_, loss)| match SampleOutcome::measured(loss, 0).status {
            SampleStatus::Ok => SampleStatus::Ok.name(),
            other => other.name(),
        })
    }
}

impl ImportedLosses {
    /// Writes the losses to `path`, atomically.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ReportError> {
        table().write(path, self.rows())
    }

    /// What the file is.
    pub fn schema() -> TableSchema {
        table().sheet("losses", std::iter::empty()).schema
    }

    fn rows(&self) -> impl Iterator<Item = LossRow<'_>> {
        self.steps
            .iter()
            .flat_map(|step| step.participants.iter().map(move |participant| (step, participant)))
            .flat_map(|(step, participant)| {
                let losses = participant.losses.iter().flatten().copied().enumerate().map(Some);
                let skipped = participant.losses.is_none().then_some(None);
                losses.chain(skipped).map(move |measured| LossRow { step, participant, measured })
            })
    }

    /// How many uids there are in all steps.
    fn participants(&self) -> usize {
        let uids = self.steps.iter().flat_map(|step| &step.participants).map(|participant| participant.uid);
        uids.collect::<HashSet<u32>>().len()
    }

    fn sentence(&self) -> String {
        let rows = self.rows().filter(|row| row.measured.is_some()).count();
        let losses = if rows == 1 { "1 loss".to_owned() } else { format!("{rows} losses") };
        let (participants, steps) = (counted(self.participants(), "participant"), counted(self.steps.len(), "step"));
        let preset = self.preset.map_or_else(String::new, |preset| format!(" --preset {preset}"));
        format!("{losses} of {participants} in {steps}. Judge them: weighhouse replay wins {}{preset}", self.out)
    }

    fn text(&self, draw: impl Fn(&Grid) -> String) -> String {
        let log = self.log.as_ref();
        let grid = log.map(|log| draw(&log_table().grid(log.rows())));
        let sentences = std::iter::once(self.sentence()).chain(log.and_then(LogAudit::sentence));
        grid.into_iter().chain(sentences).collect::<Vec<_>>().join("\n\n")
    }
}

/// A row for each loss, its columns those of the records.
fn table<'a>() -> Table<'a, LossRow<'a>> {
    let about =
        |name: &str| losses::COLUMNS.iter().find(|column| column.name == name).map_or("", |column| column.meaning);
    let sample = |row: LossRow<'a>| row.step.samples.get(row.measured?.0);
    Table::new("Imported losses. One row per step, participant and sample; one of a participant that was skipped.")
        .column("step", about("step"), |row: LossRow<'a>| row.step.step)
        .column("competition", about("competition"), |row| row.participant.competition.as_deref())
        .column("uid", about("uid"), |row| row.participant.uid)
        .column("block", about("block"), |row| row.participant.block.flatten())
        .column("current_block", about("current_block"), |row| row.step.current_block)
        .column("sample_id", about("sample_id"), move |row| sample(row)?.id.as_deref())
        .column("source", about("source"), move |row| sample(row)?.source.as_deref())
        .column("loss", about("loss"), |row| row.measured.map(|(_, loss)| loss))
        .column("status", about("status"), |row| row.status())
        .column("logged_win_rate", about("logged_win_rate"), |row| row.participant.logged.win_rate)
        .column("logged_win_total", about("logged_win_total"), |row| row.participant.logged.win_total)
        .column("logged_epsilon", about("logged_epsilon"), |row| row.participant.logged.epsilon)
        .column("logged_weight", about("logged_weight"), |row| row.participant.logged.weight)
        .column("logged_average", about("logged_average"), |row| row.participant.logged.average)
}

impl Summary for ImportedLosses {
    fn terminal(&self) -> String {
        self.text(Grid::terminal)
    }

    fn markdown(&self) -> String {
        self.text(Grid::markdown)
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(&json!({
            "out": self.out,
            "steps": self.steps.len(),
            "participants": self.participants(),
            "losses": self.rows().filter(|row| row.measured.is_some()).count(),
            "preset": self.preset,
            "log": self.log.as_ref().map(|log| log_table().objects(log.rows())),
        }))
    }
}
