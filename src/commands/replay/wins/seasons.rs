//! One recording judged several times while it is read once: by the rules asked for, by others, and against its log.

use std::collections::BTreeMap;

use anyhow::Result;
use rayon::prelude::*;

use super::log::Auditing;
use super::roll::{Bout, Roll};
use crate::judge::wins::sweep::Round;
use crate::judge::wins::{Rules, RunningWeights, Season};
use crate::report::Judged;
use crate::stats::BootstrapSpec;

/// The run by the rules asked for, those that it is held against, and the one that is held against the log.
pub struct Seasons<'a> {
    season: Season<'a>,
    /// What judging by the rules asked for comes to.
    pub judgement: Judged,
    /// The same losses by other rules, in the order of these.
    pub rivals: Vec<Rival<'a>>,
    /// The run that is held against the log, if that says anything.
    pub auditing: Option<Auditing<'a>>,
}

/// A run by other rules, without intervals; nothing of it is kept but how it ends.
pub struct Rival<'a> {
    season: Season<'a>,
    /// The weight of every submission after the last step.
    pub weights: Vec<f64>,
    /// How many submissions the last step of each competition keeps.
    kept: BTreeMap<usize, usize>,
}

impl<'a> Seasons<'a> {
    /// Nothing judged yet.
    ///
    /// # Errors
    /// Rules or bootstrap parameters that do not hold.
    pub fn begin(
        bootstrap: Option<BootstrapSpec>,
        roll: &'a Roll,
        rules: &'a Rules,
        others: &'a [Rules],
    ) -> Result<Self> {
        Ok(Self {
            season: begin(roll, rules, bootstrap)?,
            judgement: Judged::default(),
            rivals: others.iter().map(|rules| Rival::begin(roll, rules)).collect::<Result<_>>()?,
            auditing: roll.is_logged.then(|| Auditing::begin(roll, rules)).transpose()?,
        })
    }

    /// Judges the competitions of a step.
    ///
    /// # Errors
    /// A loss that cannot be judged, and pairs that cannot be set aside.
    pub fn judge(&mut self, bouts: &[Bout]) -> Result<()> {
        for Round { plan, entrants, sources } in bouts.iter().map(|bout| &bout.round) {
            self.judgement.add(self.season.step(plan, entrants, sources)?)?;
        }
        self.rivals.par_iter_mut().try_for_each(|rival| rival.judge(bouts))?;
        self.auditing.as_mut().map_or(Ok(()), |auditing| auditing.judge(bouts))
    }
}

impl<'a> Rival<'a> {
    fn begin(roll: &'a Roll, rules: &'a Rules) -> Result<Self> {
        let (weights, kept) = (vec![0.0; roll.uids.len()], BTreeMap::new());
        Ok(Self { season: begin(roll, rules, None)?, weights, kept })
    }

    fn judge(&mut self, bouts: &[Bout]) -> Result<()> {
        for Round { plan, entrants, sources } in bouts.iter().map(|bout| &bout.round) {
            let table = self.season.step(plan, entrants, sources)?;
            self.kept.insert(plan.competition, table.rows.iter().filter(|row| row.kept).count());
            self.weights = table.weights;
        }
        Ok(())
    }

    /// How many submissions the last steps of all competitions keep.
    pub fn kept(&self) -> usize {
        self.kept.values().sum()
    }
}

fn begin<'a>(roll: &'a Roll, rules: &'a Rules, bootstrap: Option<BootstrapSpec>) -> Result<Season<'a>> {
    let weights = RunningWeights::new(rules, roll.uids.len())?;
    Ok(Season::new(rules, &roll.uids, weights, bootstrap, None)?)
}
