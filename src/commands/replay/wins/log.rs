//! Holds what is judged here against what the log of a validator says of the same steps.

use std::collections::HashSet;

use anyhow::Result;

use super::roll::{Bout, Roll};
use crate::judge::wins::{Adopted, Rules, RunningWeights, Season, StepTable};
use crate::records::Logged;
use crate::report::{LogAudit, Quantity};

/// What two numbers may differ by and still be of one origin: logs hold single precision.
const SINGLE: f64 = 1e-5;

/// A run of its own that goes on from the log's weights where the log does not begin at the beginning.
pub struct Auditing<'a> {
    season: Season<'a>,
    roll: &'a Roll,
    /// Competitions that have had a step.
    begun: HashSet<usize>,
    audit: LogAudit,
}

impl<'a> Auditing<'a> {
    /// Nothing held against anything yet.
    pub fn begin(roll: &'a Roll, rules: &'a Rules) -> Result<Self> {
        let weights = RunningWeights::new(rules, roll.uids.len())?;
        let season = Season::new(rules, &roll.uids, weights, None, None)?;
        Ok(Self { season, roll, begun: HashSet::new(), audit: LogAudit::default() })
    }

    /// Judges a step and holds it against what was logged of it.
    pub fn judge(&mut self, bout: &Bout) -> Result<()> {
        let table = self.season.step(&bout.plan, &bout.entrants, &bout.sources)?;
        let competition = bout.plan.competition;
        let is_first = self.begun.insert(competition);
        for (row, logged) in table.rows.iter().zip(&bout.logged) {
            let uid = self.roll.uids[row.submission];
            let note = |quantity: &mut Quantity, ours: f64, logged: Option<f64>| {
                if let Some(logged) = logged {
                    quantity.note((ours - logged).abs(), bout.plan.step as u64, uid);
                }
            };
            note(&mut self.audit.win_rate, row.win_rate, logged.win_rate);
            note(&mut self.audit.win_total, row.wins as f64, logged.win_total.map(|wins| wins as f64));
        }
        if is_first && !self.begins_here(&table, bout) {
            self.adopt(&table, bout);
            return Ok(());
        }
        for (submission, logged) in table.rows.iter().map(|row| row.submission).zip(&bout.logged) {
            let (step, uid) = (bout.plan.step as u64, self.roll.uids[submission]);
            if let Some(logged) = logged.weight {
                self.audit.weight.note((table.weights[submission] - logged).abs(), step, uid);
            }
            if let Some((ours, logged)) = self.season.within(competition, submission).zip(logged.average) {
                self.audit.average.note((ours - logged).abs(), step, uid);
            }
        }
        Ok(())
    }

    /// Whether the log's weights after a competition's first step are those of a validator that began with it.
    fn begins_here(&self, table: &StepTable, bout: &Bout) -> bool {
        table.rows.iter().zip(&bout.logged).all(|(row, logged)| {
            let ours = self.season.within(bout.plan.competition, row.submission);
            let (ours, logged) = match ours.zip(logged.average) {
                Some(averages) => averages,
                None => (table.weights[row.submission], logged.weight.unwrap_or(f64::NAN)),
            };
            logged.is_nan() || (ours - logged).abs() <= SINGLE
        })
    }

    fn adopt(&mut self, table: &StepTable, bout: &Bout) {
        let adopted = |(submission, logged): (usize, &Logged)| {
            let (weight, average) = (logged.weight, logged.average.or(logged.weight));
            Some(Adopted { submission, weight: weight.or(average)?, average: average? })
        };
        let members = table.rows.iter().map(|row| row.submission).zip(&bout.logged);
        self.season.adopt(bout.plan.competition, &members.filter_map(adopted).collect::<Vec<_>>());
        self.audit.begun_before.push(bout.plan.step as u64);
    }

    /// How far the two are apart.
    pub fn finish(self) -> LogAudit {
        self.audit
    }
}
