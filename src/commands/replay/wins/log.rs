//! Holds what is judged here against what the log of a validator says of the same steps.

use std::collections::HashSet;

use anyhow::Result;

use super::roll::{Bout, Roll};
use crate::judge::wins::sweep::Round;
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
    /// Those of them whose first weights rest on steps that the log does not hold.
    older: HashSet<usize>,
    /// Who has been in which competition.
    seen: HashSet<(usize, usize)>,
    audit: LogAudit,
}

/// A participant of a judged step, with what is logged of it.
#[derive(Clone, Copy)]
struct Member<'a> {
    competition: usize,
    submission: usize,
    logged: &'a Logged,
    /// Whether the log holds no weight of it that ours could go on from.
    is_new: bool,
}

impl<'a> Auditing<'a> {
    /// Nothing held against anything yet.
    pub fn begin(roll: &'a Roll, rules: &'a Rules) -> Result<Self> {
        let weights = RunningWeights::new(rules, roll.uids.len())?;
        let season = Season::new(rules, &roll.uids, weights, None, None)?;
        let (begun, older, seen) = (HashSet::new(), HashSet::new(), HashSet::new());
        Ok(Self { season, roll, begun, older, seen, audit: LogAudit::default() })
    }

    /// Judges the competitions of a step and holds them against what was logged of them.
    pub fn judge(&mut self, bouts: &[Bout]) -> Result<()> {
        let mut tables = Vec::new();
        for bout in bouts {
            let Round { plan, entrants, sources } = &bout.round;
            tables.push(self.season.step(plan, entrants, sources)?);
        }
        let are_wins_alike =
            tables.iter().zip(bouts).fold(true, |alike, (table, bout)| self.hold_wins(table, bout) && alike);
        let Some(last) = tables.last() else { return Ok(()) };
        let members = tables.iter().zip(bouts).flat_map(|(table, bout)| {
            let submissions = table.rows.iter().map(|row| row.submission);
            submissions.zip(&bout.logged).map(|(submission, logged)| (table.plan.competition, submission, logged))
        });
        let member = |(competition, submission, logged)| Member {
            competition,
            submission,
            logged,
            is_new: self.seen.insert((competition, submission)),
        };
        let members: Vec<Member<'_>> = members.map(member).collect();
        // Where wins differ, so may weights: nothing is taken over that would hide it.
        if are_wins_alike {
            self.find_older(&tables, &members, &last.weights);
        }
        self.begun.extend(tables.iter().map(|table| table.plan.competition));
        self.hold_weights(&members, &last.weights, last.plan.step as u64);
        Ok(())
    }

    /// Compares rates, wins and boosts; tells whether all of them are alike.
    fn hold_wins(&mut self, table: &StepTable, bout: &Bout) -> bool {
        let mut alike = true;
        for ((row, logged), entrant) in table.rows.iter().zip(&bout.logged).zip(&bout.round.entrants) {
            let uid = self.roll.uids[row.submission];
            let has_boost = entrant.block.is_some() && entrant.losses.is_some();
            let mut hold = |quantity: &mut Quantity, ours: f64, logged: Option<f64>| {
                if let Some(logged) = logged {
                    quantity.note((ours - logged).abs(), table.plan.step as u64, uid);
                    alike &= (ours - logged).abs() <= SINGLE;
                }
            };
            hold(&mut self.audit.win_rate, row.win_rate, logged.win_rate);
            hold(&mut self.audit.win_total, row.wins as f64, logged.win_total.map(|wins| wins as f64));
            hold(&mut self.audit.epsilon, row.epsilon, logged.epsilon.filter(|_| has_boost));
        }
        alike
    }

    /// Competitions that begin here with other weights than those of a validator that begins with them.
    fn find_older(&mut self, tables: &[StepTable], members: &[Member<'_>], weights: &[f64]) {
        for competition in tables.iter().map(|table| table.plan.competition) {
            let mut own = members.iter().filter(|member| member.competition == competition);
            if !self.begun.contains(&competition) && !own.all(|member| self.is_alike(member, weights)) {
                self.older.insert(competition);
            }
        }
    }

    fn is_alike(&self, member: &Member<'_>, weights: &[f64]) -> bool {
        let ours = self.season.within(member.competition, member.submission);
        let (ours, logged) = match ours.zip(member.logged.average) {
            Some(averages) => averages,
            None => (weights[member.submission], member.logged.weight.unwrap_or(f64::NAN)),
        };
        logged.is_nan() || (ours - logged).abs() <= SINGLE
    }

    /// Compares the weights after a step, but for those that rest on steps which the log does not hold: ours go on from
    /// these.
    fn hold_weights(&mut self, members: &[Member<'_>], weights: &[f64], step: u64) {
        let (adopted, held): (Vec<&Member<'_>>, Vec<&Member<'_>>) =
            members.iter().partition(|member| member.is_new && self.older.contains(&member.competition));
        for member in held {
            let uid = self.roll.uids[member.submission];
            if let Some(logged) = member.logged.weight {
                self.audit.weight.note((weights[member.submission] - logged).abs(), step, uid);
            }
            if let Some((ours, logged)) =
                self.season.within(member.competition, member.submission).zip(member.logged.average)
            {
                self.audit.average.note((ours - logged).abs(), step, uid);
            }
        }
        for member in adopted {
            let Logged { weight, average, .. } = *member.logged;
            if let (Some(weight), Some(average)) = (weight.or(average), average.or(weight)) {
                self.season.adopt(member.competition, &[Adopted { submission: member.submission, weight, average }]);
                self.audit.adopted += 1;
            }
        }
    }

    /// How far the two are apart.
    pub fn finish(self) -> LogAudit {
        self.audit
    }
}
