//! Who takes part in a recording, from a first look at all of it, and what the recording leaves to the file of
//! submissions: blocks and competitions. Nothing is guessed but what can be nothing else.

use std::collections::HashMap;

use anyhow::Result;

use crate::commands::finished::Interrupted;
use crate::commands::settings::LossInput;
use crate::excerpt;
use crate::judge::wins::sweep::Round;
use crate::judge::wins::{Competition, Entrant, Rules, Sources, StepPlan};
use crate::records::{
    Logged, LossRecording, LossStep, Participant, Place, Reading, RecordError, Submission, Submissions,
    read_submissions,
};
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
    /// Whether a log says anything of anybody.
    pub is_logged: bool,
    /// Of each whether it has losses in any step.
    pub measured: Vec<bool>,
    /// Competitions in the order in which they are met, each with where that was.
    competitions: Vec<(String, Place)>,
    /// Where one takes part whose competition nothing says.
    unnamed: Option<Place>,
    /// The first step without a block of the chain.
    pub undated: Option<u64>,
    /// The first step with a competition whose participants have different numbers of losses.
    pub ragged: Option<u64>,
    /// The first step with a competition of which nobody was measured.
    pub unmeasured: Option<u64>,
    /// The first step at an earlier block than one ahead of it.
    pub backwards: Option<u64>,
    /// The fewest samples of a competition in a step, by their sources, of those with losses.
    pub fewest: Option<usize>,
    /// The most of them.
    pub most: usize,
    /// What was read.
    pub recording: LossRecording,
}

/// What stands for the competition of a recording that names none.
const ALL: &str = "all";

/// A competition's part of a recorded step.
struct Part<'a> {
    /// `None` where nothing says which one it is.
    competition: Option<&'a str>,
    /// Who takes part, in the order of the recording.
    participants: Vec<&'a Participant>,
    /// The places of its samples in the step.
    samples: Vec<usize>,
}

/// One competition of a recorded step.
pub struct Bout {
    /// It as it is judged.
    pub round: Round,
    /// What the log says of each who takes part.
    pub logged: Vec<Logged>,
}

impl Roll {
    /// Looks at all of the recording.
    ///
    /// # Errors
    /// A record that is bad, or that lacks what the file of submissions does not give.
    pub fn read(input: &LossInput, reporter: &dyn Reporter) -> Result<Self> {
        let reading = Reading::new(&input.reading, reporter);
        let registry = input.submissions.as_ref().map(|source| read_submissions(source, &reading)).transpose()?;
        let rows = registry.iter().flat_map(|registry| registry.rows.iter().enumerate());
        let mut roll = Self {
            registered: rows.map(|(index, submission)| (submission.uid, index)).collect(),
            registry,
            uids: Vec::new(),
            places: HashMap::new(),
            blocks: Vec::new(),
            measured: Vec::new(),
            is_logged: false,
            competitions: Vec::new(),
            unnamed: None,
            undated: None,
            ragged: None,
            unmeasured: None,
            backwards: None,
            fewest: None,
            most: 0,
            recording: LossRecording::default(),
        };
        let (mut steps, mut now) = (0, 0);
        roll.recording = super::each_step(input, reporter, |step| {
            steps += 1;
            if reporter.interrupted() {
                Err(Interrupted)?;
            }
            roll.undated = roll.undated.or(step.current_block.is_none().then_some(step.step));
            roll.backwards = roll.backwards.or(step.current_block.filter(|block| *block < now).map(|_| step.step));
            now = now.max(step.current_block.unwrap_or(0));
            roll.note_samples(&step)?;
            step.participants.iter().try_for_each(|participant| roll.meet(participant, &step))
        })?;
        reporter.start("judging", steps);
        Ok(roll)
    }

    /// What is odd about the samples of a step, and how many there are.
    fn note_samples(&mut self, step: &LossStep) -> Result<()> {
        let sources = sources(step);
        let mut samples = Vec::new();
        let (mut ragged, mut unmeasured) = (false, false);
        for part in self.parts(step)? {
            ragged |= part.is_ragged();
            match part.samples.is_empty() {
                true => unmeasured = true,
                false => samples.push(sources.clusters(&part.samples)),
            }
        }
        self.fewest = samples.iter().copied().chain(self.fewest).min();
        self.most = samples.into_iter().fold(self.most, usize::max);
        self.ragged = self.ragged.or(ragged.then_some(step.step));
        self.unmeasured = self.unmeasured.or(unmeasured.then_some(step.step));
        Ok(())
    }

    /// The competitions of a step, in the order in which they are met.
    ///
    /// # Errors
    /// One with a row for each sample has none on a sample that others of its competition have.
    fn parts<'a>(&'a self, step: &'a LossStep) -> Result<Vec<Part<'a>>, RecordError> {
        let mut parts: Vec<Part<'a>> = Vec::new();
        for participant in &step.participants {
            let competition = self.competition(participant);
            match parts.iter_mut().find(|part| part.competition == competition) {
                Some(part) => part.participants.push(participant),
                None => parts.push(Part { competition, participants: vec![participant], samples: Vec::new() }),
            }
        }
        for part in &mut parts {
            part.samples = samples_of(&part.participants, step.samples.len());
            if let Some((participant, sample)) = part.gap() {
                return Err(RecordError::NoLoss {
                    place: place_of(participant, step),
                    step: step.step,
                    uid: participant.uid,
                    sample: step.samples[sample].name(sample),
                });
            }
        }
        Ok(parts)
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
        self.is_logged |= participant.logged != Logged::default();
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
    fn registry(&self, input: &LossInput) -> Option<InputRecord> {
        let (registry, source) = (self.registry.as_ref()?, input.submissions.as_ref()?);
        Some(InputRecord {
            path: source.to_string(),
            sha256: registry.sha256.clone(),
            rows: registry.rows.len() as u64,
            skipped_rows: registry.skipped,
        })
    }

    /// The files that were read: the recording, and the submissions if there are any.
    pub fn inputs(&self, input: &LossInput) -> Vec<InputRecord> {
        let losses = InputRecord {
            path: input.losses.to_string(),
            sha256: self.recording.sha256.clone(),
            rows: self.recording.rows,
            skipped_rows: self.recording.skipped,
        };
        std::iter::once(losses).chain(self.registry(input)).collect()
    }

    /// The rules with the competitions of the recording. A single one has all of the reward where the user gave no shares.
    ///
    /// # Errors
    /// A competition without a reward share, and a participant without a competition where others have one.
    pub fn rules(&self, rules: &Rules, shares_given: bool, reporter: &dyn Reporter) -> Result<Rules> {
        let known = &rules.competitions;
        let is_known = |id: &str| known.iter().any(|competition| competition.id == id);
        match (&self.unnamed, self.competitions.as_slice()) {
            (Some(_), []) => return Ok(alone(rules, ALL)),
            (Some(place), _) => Err(RecordError::MissingColumn {
                place: place.clone(),
                column: "competition".into(),
                expected: "the id of a competition, as other rows have, or --submissions with it",
            })?,
            (None, [(only, _)]) if !is_known(only) && !shares_given => {
                reporter.info(&format!("competition {only} is the only one and gets the whole reward"));
                return Ok(alone(rules, only));
            }
            (None, _) => {}
        }
        if let Some((id, place)) = self.competitions.iter().find(|(id, _)| !is_known(id)) {
            Err(RecordError::UnknownCompetition {
                place: place.clone(),
                id: id.clone(),
                known: known.iter().map(|competition| competition.id.as_str()).collect::<Vec<_>>().join(", "),
            })?;
        }
        let is_met = |id: &str| self.competitions.iter().any(|(met, _)| met == id);
        for absent in known.iter().filter(|competition| competition.reward_share > 0.0 && !is_met(&competition.id)) {
            let said = format!(
                "competition {} with a reward share of {} has no step in the recording, so nobody gets that share",
                excerpt::value(&absent.id),
                absent.reward_share
            );
            if shares_given { reporter.warn(&said) } else { reporter.info(&said) }
        }
        Ok(rules.clone())
    }

    /// The competitions of a step, each with its participants, in the order in which they are met; `latest` is the
    /// latest block that was seen so far.
    ///
    /// # Errors
    /// As [`Roll::read`].
    pub fn bouts(&self, step: &LossStep, rules: &Rules, latest: &mut u64) -> Result<Vec<Bout>> {
        let parts = self.parts(step)?;
        for participant in &step.participants {
            *latest = self.block(participant, step)?.unwrap_or(0).max(*latest);
        }
        *latest = step.current_block.unwrap_or(0).max(*latest);
        let current_block = step.current_block.unwrap_or(*latest);
        let entrant = |participant: &&Participant| {
            Ok(Entrant {
                submission: self.places[&participant.uid],
                block: self.block(participant, step)?,
                losses: participant.losses.clone(),
            })
        };
        let bout = |part: Part<'_>| {
            let id = part.competition.unwrap_or(ALL);
            let competition = rules.competitions.iter().position(|known| known.id == id).unwrap_or_default();
            let entrants = part.participants.iter().map(entrant).collect::<Result<_>>()?;
            let logged = part.participants.iter().map(|participant| participant.logged).collect();
            let (number, samples) = (step.step as usize, part.samples);
            let plan = StepPlan { step: number, competition, current_block, samples, concludes: false };
            Ok(Bout { round: Round { plan, entrants, sources: sources(step) }, logged })
        };
        let mut bouts = parts.into_iter().map(bout).collect::<Result<Vec<Bout>>>()?;
        if let Some(last) = bouts.last_mut() {
            last.round.plan.concludes = true;
        }
        Ok(bouts)
    }
}

impl Part<'_> {
    /// Who has a row for each sample and none on one of these, with that.
    fn gap(&self) -> Option<(&Participant, usize)> {
        self.participants.iter().find_map(|participant| {
            let places = participant.places.as_ref().filter(|_| !participant.is_list)?;
            let missed = self.samples.iter().zip(places.iter().map(Some).chain(std::iter::repeat(None)));
            let (sample, _) = missed.into_iter().find(|(sample, place)| Some(*sample) != *place)?;
            Some((*participant, *sample))
        })
    }

    /// Whether participants have different numbers of losses; the skipped have none at all.
    fn is_ragged(&self) -> bool {
        let lengths = self.participants.iter().filter_map(|participant| Some(participant.losses.as_ref()?.len()));
        lengths.min().is_some_and(|fewest| fewest != self.samples.len())
    }
}

/// The places, of `all` samples of a step, of those on which one of the participants has a loss.
fn samples_of(participants: &[&Participant], all: usize) -> Vec<usize> {
    let mut has = vec![false; all];
    for participant in participants {
        match &participant.places {
            Some(places) => places.iter().for_each(|&place| has[place] = true),
            None => has[..participant.losses.as_ref().map_or(0, Vec::len)].fill(true),
        }
    }
    (0..all).filter(|&place| has[place]).collect()
}

/// The rules with one competition.
fn alone(rules: &Rules, id: &str) -> Rules {
    let only = Competition { id: id.to_owned(), architectures: vec![], max_parameters: None, reward_share: 1.0 };
    Rules { competitions: vec![only], ..rules.clone() }
}

/// Where the samples of a step are from.
fn sources(step: &LossStep) -> Sources {
    Sources::new(step.samples.iter().map(|sample| sample.source.as_deref()))
}

fn place_of(participant: &Participant, step: &LossStep) -> Place {
    Place { number: participant.line, ..step.place.clone() }
}
