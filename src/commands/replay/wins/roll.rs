//! Who takes part in a recording, from a first look at all of it, and what the recording leaves to the file of
//! submissions: blocks and competitions. Nothing is guessed but what can be nothing else.

use std::collections::HashMap;

use anyhow::Result;

use crate::commands::settings::ReplayWinsSettings;
use crate::judge::wins::{Competition, Entrant, Rules, Sources, StepPlan};
use crate::records::{LossStep, Participant, Place, Reading, RecordError, Submission, Submissions, read_submissions};
use crate::report::InputRecord;
use crate::reporter::Reporter;

/// Everybody who takes part.
pub struct Roll {
    registry: Option<Submissions>,
    /// Where the submissions stand in the registry, by uid.
    registered: HashMap<u32, usize>,
    /// Uids in the order in which they are met.
    pub uids: Vec<u32>,
    places: HashMap<u32, usize>,
    /// Of each the block that it had last.
    pub blocks: Vec<Option<u64>>,
    /// Of each whether it has losses in any step.
    pub measured: Vec<bool>,
    /// Competitions in the order in which they are met, each with where that was.
    competitions: Vec<(String, Place)>,
    /// Where one takes part whose competition nothing says.
    unnamed: Option<Place>,
    /// The first step without a block of the chain.
    pub undated: Option<u64>,
    /// The first step whose participants have different numbers of losses.
    pub ragged: Option<u64>,
    /// The first step at an earlier block than one ahead of it.
    pub backwards: Option<u64>,
    /// Of the steps with losses the fewest and the most samples, by their sources.
    pub samples: (usize, usize),
}

/// What stands for the competition of a recording that names none.
const ALL: &str = "all";

/// One competition of a recorded step.
pub struct Bout {
    /// Its step.
    pub plan: StepPlan,
    /// Who takes part, in the order of the recording.
    pub entrants: Vec<Entrant>,
    /// Where its samples are from.
    pub sources: Sources,
}

impl Roll {
    /// Looks at all of the recording.
    ///
    /// # Errors
    /// A record that is bad, or that lacks what the file of submissions does not give.
    pub fn read(settings: &ReplayWinsSettings, reporter: &dyn Reporter) -> Result<Self> {
        let reading = Reading::new(&settings.reading, reporter);
        let registry = settings.submissions.as_ref().map(|source| read_submissions(source, &reading)).transpose()?;
        let rows = registry.iter().flat_map(|registry| registry.rows.iter().enumerate());
        let mut roll = Self {
            registered: rows.map(|(index, submission)| (submission.uid, index)).collect(),
            registry,
            uids: Vec::new(),
            places: HashMap::new(),
            blocks: Vec::new(),
            measured: Vec::new(),
            competitions: Vec::new(),
            unnamed: None,
            undated: None,
            ragged: None,
            backwards: None,
            samples: (usize::MAX, 0),
        };
        let (mut steps, mut now) = (0, 0);
        super::silently(settings, |step| {
            steps += 1;
            roll.undated = roll.undated.or(step.current_block.is_none().then_some(step.step));
            let clusters = sources(&step).clusters(&(0..step.samples.len()).collect::<Vec<_>>());
            let fewest = if clusters == 0 { usize::MAX } else { clusters };
            roll.samples = (roll.samples.0.min(fewest), roll.samples.1.max(clusters));
            roll.ragged = roll.ragged.or(is_ragged(&step).then_some(step.step));
            roll.backwards = roll.backwards.or(step.current_block.filter(|block| *block < now).map(|_| step.step));
            now = now.max(step.current_block.unwrap_or(0));
            step.participants.iter().try_for_each(|participant| roll.meet(participant, &step))
        })?;
        reporter.start("judging", steps);
        Ok(roll)
    }

    fn meet(&mut self, participant: &Participant, step: &LossStep) -> Result<()> {
        let block = self.block(participant, step)?;
        let next = self.uids.len();
        let place = *self.places.entry(participant.uid).or_insert(next);
        if place == next {
            self.uids.push(participant.uid);
            self.blocks.push(None);
            self.measured.push(false);
        }
        self.blocks[place] = block;
        self.measured[place] |= participant.losses.is_some();
        let Some(id) = self.competition(participant) else {
            self.unnamed.get_or_insert_with(|| place_of(participant, step));
            return Ok(());
        };
        if self.competitions.iter().all(|(known, _)| known != id) {
            let id = id.to_owned();
            self.competitions.push((id, place_of(participant, step)));
        }
        Ok(())
    }

    /// The block: as recorded, else as submitted.
    fn block(&self, participant: &Participant, step: &LossStep) -> Result<Option<u64>, RecordError> {
        let submitted = || self.submission(participant.uid).map(|submission| submission.block);
        participant.block.or_else(submitted).ok_or_else(|| RecordError::MissingColumn {
            place: place_of(participant, step),
            column: "block".into(),
            expected: "a whole block number of 0 or more, null where it is not known, or --submissions with it",
        })
    }

    /// The competition: as recorded, else as submitted; `None` where neither says one.
    fn competition<'a>(&'a self, participant: &'a Participant) -> Option<&'a str> {
        let submitted = || self.submission(participant.uid)?.competition.as_deref();
        participant.competition.as_deref().or_else(submitted)
    }

    /// What the file of submissions says of a uid.
    pub fn submission(&self, uid: u32) -> Option<&Submission> {
        self.registry.as_ref()?.rows.get(*self.registered.get(&uid)?)
    }

    /// The file of submissions as it was read.
    pub fn input(&self, settings: &ReplayWinsSettings) -> Option<InputRecord> {
        let (registry, source) = (self.registry.as_ref()?, settings.submissions.as_ref()?);
        Some(InputRecord {
            path: source.to_string(),
            sha256: registry.sha256.clone(),
            rows: registry.rows.len() as u64,
            skipped_rows: registry.skipped,
        })
    }

    /// The rules with the competitions of the recording. A single one that nobody gave a share has all of it.
    ///
    /// # Errors
    /// A competition without a reward share, and a participant without a competition where others have one.
    pub fn rules(&self, settings: &ReplayWinsSettings, reporter: &dyn Reporter) -> Result<Rules> {
        let known = &settings.rules.competitions;
        let alone = |id: &str| {
            let only =
                Competition { id: id.to_owned(), architectures: vec![], max_parameters: None, reward_share: 1.0 };
            Ok(Rules { competitions: vec![only], ..settings.rules.clone() })
        };
        match (&self.unnamed, self.competitions.as_slice()) {
            (Some(_), []) => return alone(ALL),
            (Some(place), _) => Err(RecordError::MissingColumn {
                place: place.clone(),
                column: "competition".into(),
                expected: "the id of a competition, as other rows have, or --submissions with it",
            })?,
            (None, _) => {}
        }
        let is_known = |id: &str| known.iter().any(|competition| competition.id == id);
        match self.competitions.as_slice() {
            [(only, _)] if !is_known(only) => {
                reporter.info(&format!("competition {only} is the only one and gets the whole reward"));
                alone(only)
            }
            all => match all.iter().find(|(id, _)| !is_known(id)) {
                None => Ok(settings.rules.clone()),
                Some((id, place)) => Err(RecordError::UnknownCompetition {
                    place: place.clone(),
                    id: id.clone(),
                    known: known.iter().map(|competition| competition.id.as_str()).collect::<Vec<_>>().join(", "),
                })?,
            },
        }
    }

    /// The competitions of a step, each with its participants, in the order in which they are met; `latest` is the
    /// latest block that was seen so far.
    ///
    /// # Errors
    /// As [`Roll::read`].
    pub fn bouts(&self, step: &LossStep, rules: &Rules, latest: &mut u64) -> Result<Vec<Bout>> {
        let mut bouts: Vec<Bout> = Vec::new();
        for participant in &step.participants {
            let block = self.block(participant, step)?;
            *latest = (*latest).max(block.unwrap_or(0));
            let id = self.competition(participant).unwrap_or(ALL);
            let competition = rules.competitions.iter().position(|known| known.id == id).unwrap_or_default();
            let known = bouts.iter().position(|bout| bout.plan.competition == competition);
            let index = known.unwrap_or_else(|| {
                bouts.push(Bout::new(step, competition));
                bouts.len() - 1
            });
            let submission = self.places[&participant.uid];
            bouts[index].entrants.push(Entrant { submission, block, losses: participant.losses.clone() });
        }
        *latest = (*latest).max(step.current_block.unwrap_or(0));
        bouts.iter_mut().for_each(|bout| bout.plan.current_block = step.current_block.unwrap_or(*latest));
        Ok(bouts)
    }
}

impl Bout {
    /// Nobody yet in this competition of a step.
    fn new(step: &LossStep, competition: usize) -> Self {
        let samples = (0..step.samples.len()).collect();
        Self {
            plan: StepPlan { step: step.step as usize, competition, current_block: 0, samples },
            entrants: Vec::new(),
            sources: sources(step),
        }
    }
}

/// Whether participants have different numbers of losses; the skipped have none at all.
fn is_ragged(step: &LossStep) -> bool {
    let lengths = step.participants.iter().filter_map(|participant| Some(participant.losses.as_ref()?.len()));
    lengths.min() != Some(step.samples.len()) && step.participants.iter().any(|one| one.losses.is_some())
}

/// Where the samples of a step are from.
fn sources(step: &LossStep) -> Sources {
    Sources::new(step.samples.iter().map(|sample| sample.source.as_deref()))
}

fn place_of(participant: &Participant, step: &LossStep) -> Place {
    Place { number: participant.line, ..step.place.clone() }
}
