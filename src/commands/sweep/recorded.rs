//! What a sweep judges: all steps of a recording, in memory, and the rules with the recording's competitions.

use anyhow::Result;

use super::run_rules;
use super::stop_if_asked;
use crate::commands::replay::wins::each_step;
use crate::commands::replay::wins::roll::Roll;
use crate::commands::settings::{LossInput, SweepSettings};
use crate::judge::wins::Rules;
use crate::judge::wins::sweep::{Round, SweepError, take_part};
use crate::records::RecordError;
use crate::report::InputRecord;
use crate::reporter::{Reporter, Silent};

/// A recording and the rules that it is judged by.
pub struct Recorded {
    input: LossInput,
    /// Who takes part.
    pub roll: Roll,
    /// The competitions of all steps, in their order.
    pub rounds: Vec<Round>,
    /// The rules that every point is held against.
    pub baseline: Rules,
    /// The rules at each point.
    pub points: Vec<Rules>,
}

impl Recorded {
    /// Reads all of it.
    ///
    /// # Errors
    /// A record that is bad, or that lacks what the file of submissions does not give.
    pub fn read(settings: &SweepSettings, reporter: &dyn Reporter) -> Result<Self> {
        let input = LossInput { losses: run_rules::losses(&settings.input.losses)?, ..settings.input.clone() };
        let roll = Roll::read(&input, reporter)?;
        let baseline = roll.rules(&settings.baseline.rules, settings.shares_given, reporter)?;
        let here = |rules: &Rules| Rules { competitions: baseline.competitions.clone(), ..rules.clone() };
        let points: Vec<Rules> = settings.grid.points.iter().map(|point| here(&point.rules.rules)).collect();
        roll.say_what_is_odd(std::iter::once(&baseline).chain(&points), reporter);
        let (mut rounds, mut latest) = (Vec::new(), 0);
        let recording = each_step(&input, &Silent, |step| {
            stop_if_asked(reporter)?;
            rounds.extend(roll.bouts(&step, &baseline, &mut latest)?.into_iter().map(|bout| bout.round));
            Ok(())
        })?;
        if recording.sha256 != roll.recording.sha256 {
            Err(RecordError::Changed { file: input.losses.to_string() })?;
        }
        Ok(Self { input, roll, rounds, baseline, points })
    }

    /// Refuses a candidate without losses in a last step.
    ///
    /// # Errors
    /// [`SweepError`] of such a one.
    pub fn refuse_absent(&self, candidate: Option<u32>) -> Result<(), SweepError> {
        candidate.map_or(Ok(()), |uid| take_part(&self.roll.uids, &self.rounds, self.place(uid)?))
    }

    /// The place of a uid among all.
    ///
    /// # Errors
    /// [`SweepError::Absent`].
    pub fn place(&self, uid: u32) -> Result<usize, SweepError> {
        self.roll.uids.iter().position(|known| *known == uid).ok_or(SweepError::Absent(uid))
    }

    /// The files that were read.
    pub fn inputs(&self) -> Vec<InputRecord> {
        self.roll.inputs(&self.input)
    }
}
