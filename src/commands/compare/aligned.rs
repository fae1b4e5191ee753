//! The losses of two recordings side by side: the same participants of the same steps on the same samples, whatever the
//! order of the rows. What only one of them has is an error that lists it.

use std::collections::HashMap;

use super::error::{CompareError, OneSided};
use crate::judge::compare::Subject;
use crate::records::{LossStep, Participant, StepSample};
use crate::stats::PairedLoss;

/// Losses in two runs.
#[derive(Debug, Clone, Default)]
pub struct Aligned {
    /// Everybody who has losses in both, in the order of the baseline.
    pub subjects: Vec<Subject>,
    /// The steps, in the order of the baseline.
    pub steps: Vec<AlignedStep>,
}

/// A step in both runs.
#[derive(Debug, Clone)]
pub struct AlignedStep {
    /// Block of the chain in the baseline and in the candidate, if recorded.
    pub current_blocks: [Option<u64>; 2],
    /// Its samples.
    pub samples: Vec<StepSample>,
    /// Who has losses in it in both runs.
    pub members: Vec<Member>,
}

/// A participant of a step in both runs.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its uid.
    pub uid: u32,
    /// Its block in the baseline and in the candidate, if known.
    pub blocks: [Option<u64>; 2],
    /// Its competition in the baseline, if recorded.
    pub competition: Option<String>,
    /// Whether it is in another one in the candidate.
    pub has_moved: bool,
    /// Of each sample of the step its losses in both runs, if it has one there.
    pub losses: Vec<Option<LossPair>>,
}

/// A loss in both runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LossPair {
    /// In the baseline.
    pub baseline: f64,
    /// In the candidate.
    pub candidate: f64,
}

/// What samples are counted as one: those of one source, the same sample of several steps.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Unit {
    Source(String),
    Sample(String),
    Place { step: u64, place: usize },
}

/// Two recordings on their way to each other.
pub struct Alignment<'a> {
    /// What the baseline is called.
    pub baseline: &'a str,
    /// What the candidate is called.
    pub candidate: &'a str,
}

impl Alignment<'_> {
    /// Both, side by side.
    ///
    /// # Errors
    /// [`CompareError`]: losses that only one has, nobody in common, sources that contradict each other.
    pub fn of(&self, baseline: Vec<LossStep>, candidate: Vec<LossStep>) -> Result<Aligned, CompareError> {
        let mut others: HashMap<u64, LossStep> = candidate.into_iter().map(|step| (step.step, step)).collect();
        let mut sides = Sides { names: self, alone: Vec::new(), units: HashMap::new(), places: HashMap::new() };
        let mut aligned = Aligned::default();
        for step in baseline {
            match others.remove(&step.step) {
                Some(other) => sides.step(&mut aligned, step, other)?,
                None => sides.only(self.baseline, &step),
            }
        }
        let mut left: Vec<LossStep> = others.into_values().collect();
        left.sort_by_key(|step| step.step);
        left.iter().for_each(|step| sides.only(self.candidate, step));
        match (aligned.subjects.is_empty(), sides.alone.is_empty()) {
            (true, _) => Err(CompareError::NothingCommon {
                baseline: self.baseline.to_owned(),
                candidate: self.candidate.to_owned(),
            }),
            (false, true) => Ok(aligned),
            (false, false) => Err(CompareError::OneSided(sides.alone)),
        }
    }
}

struct Sides<'a> {
    names: &'a Alignment<'a>,
    alone: Vec<OneSided>,
    units: HashMap<Unit, usize>,
    /// Where a subject stands, by uid and competition.
    places: HashMap<(u32, Option<String>), usize>,
}

impl Sides<'_> {
    /// A step that one run has alone.
    fn only(&mut self, run: &str, step: &LossStep) {
        for participant in &step.participants {
            self.lone(run, step.step, participant, "");
        }
    }

    fn lone(&mut self, run: &str, step: u64, participant: &Participant, sample: &str) {
        if participant.losses.is_some() {
            let what = format!("step {step}, uid {}{sample}", participant.uid);
            self.alone.push(OneSided { what, run: run.to_owned() });
        }
    }

    fn step(&mut self, aligned: &mut Aligned, mut step: LossStep, other: LossStep) -> Result<(), CompareError> {
        let order = order(&step.samples, &other.samples);
        self.check_sources(&step, &other, &order)?;
        for (sample, here) in other.samples.iter().zip(&order) {
            // A source that only one side tells counts for both.
            let known = here.map(|here| &mut step.samples[here].source).filter(|known| known.is_none());
            known.into_iter().for_each(|known| known.clone_from(&sample.source));
        }
        let units: Vec<usize> =
            step.samples.iter().enumerate().map(|(place, sample)| self.unit(step.step, place, sample)).collect();
        let mut theirs: HashMap<u32, &Participant> = other.participants.iter().map(|one| (one.uid, one)).collect();
        let mut members = Vec::new();
        for participant in &step.participants {
            match theirs.remove(&participant.uid).filter(|one| one.losses.is_some() && participant.losses.is_some()) {
                Some(one) => members.push(self.member(&step, participant, &other, one, &order)),
                None => self.lone(self.names.baseline, step.step, participant, ""),
            }
        }
        let met: Vec<u32> = members.iter().map(|member| member.uid).collect();
        let alone = other.participants.iter().filter(|one| !met.contains(&one.uid));
        alone.for_each(|one| self.lone(self.names.candidate, step.step, one, ""));
        members.iter().for_each(|member| self.enter(aligned, member, &units));
        aligned.steps.push(AlignedStep {
            current_blocks: [step.current_block, other.current_block],
            samples: step.samples,
            members,
        });
        Ok(())
    }

    fn check_sources(&self, step: &LossStep, other: &LossStep, order: &[Option<usize>]) -> Result<(), CompareError> {
        for (place, sample) in other.samples.iter().enumerate() {
            let Some(here) = order[place] else { continue };
            if let (Some(baseline), Some(candidate)) = (&step.samples[here].source, &sample.source)
                && baseline != candidate
            {
                let (baseline, candidate) = (baseline.clone(), candidate.clone());
                return Err(CompareError::Source { sample: sample.name(place), baseline, candidate });
            }
        }
        Ok(())
    }

    fn unit(&mut self, step: u64, place: usize, sample: &StepSample) -> usize {
        let unit = match (&sample.source, &sample.id) {
            (Some(source), _) if !source.trim().is_empty() => Unit::Source(source.clone()),
            (_, Some(id)) => Unit::Sample(id.clone()),
            _ => Unit::Place { step, place },
        };
        let next = self.units.len();
        *self.units.entry(unit).or_insert(next)
    }

    /// A participant of both, with what only one has noted.
    fn member(
        &mut self,
        step: &LossStep,
        participant: &Participant,
        other: &LossStep,
        one: &Participant,
        order: &[Option<usize>],
    ) -> Member {
        let (here, there) = (dense(participant, step.samples.len()), dense(one, other.samples.len()));
        let mut found = vec![None; here.len()];
        for (place, loss) in there.into_iter().enumerate() {
            match (order[place], loss) {
                (Some(here), loss) => found[here] = loss,
                (None, Some(_)) => {
                    let sample = format!(", sample {}", other.samples[place].name(place));
                    self.lone(self.names.candidate, step.step, one, &sample);
                }
                (None, None) => {}
            }
        }
        let mut losses = Vec::with_capacity(here.len());
        for (place, pair) in here.into_iter().zip(found).enumerate() {
            let sample = || format!(", sample {}", step.samples[place].name(place));
            match pair {
                (Some(_), None) => self.lone(self.names.baseline, step.step, participant, &sample()),
                (None, Some(_)) => self.lone(self.names.candidate, step.step, one, &sample()),
                _ => {}
            }
            losses.push(pair.0.zip(pair.1).map(|(baseline, candidate)| LossPair { baseline, candidate }));
        }
        Member {
            uid: participant.uid,
            blocks: [participant.block.flatten(), one.block.flatten()],
            competition: participant.competition.clone(),
            has_moved: participant.competition != one.competition,
            losses,
        }
    }

    fn enter(&mut self, aligned: &mut Aligned, member: &Member, units: &[usize]) {
        let key = (member.uid, member.competition.clone());
        let place = *self.places.entry(key).or_insert_with(|| {
            let competition = member.competition.clone();
            aligned.subjects.push(Subject { uid: member.uid, competition, losses: Vec::new() });
            aligned.subjects.len() - 1
        });
        let pairs = member.losses.iter().zip(units).filter_map(|(pair, &source)| {
            pair.map(|LossPair { baseline, candidate }| PairedLoss { source, baseline, candidate })
        });
        aligned.subjects[place].losses.extend(pairs);
    }
}

/// Of each of the candidate's samples its place among the baseline's: by its id, or among those without one.
fn order(baseline: &[StepSample], candidate: &[StepSample]) -> Vec<Option<usize>> {
    let named: HashMap<&str, usize> =
        baseline.iter().enumerate().filter_map(|(place, sample)| Some((sample.id.as_deref()?, place))).collect();
    let mut unnamed = baseline.iter().enumerate().filter(|(_, sample)| sample.id.is_none()).map(|(place, _)| place);
    let place = |sample: &StepSample| match sample.id.as_deref() {
        Some(id) => named.get(id).copied(),
        None => unnamed.next(),
    };
    candidate.iter().map(place).collect()
}

/// Of each of a step's samples the loss of a participant, if it has one there.
fn dense(participant: &Participant, samples: usize) -> Vec<Option<f64>> {
    let mut dense = vec![None; samples];
    for (order, &loss) in participant.losses.iter().flatten().enumerate() {
        let place = participant.places.as_ref().map_or(order, |places| places[order]);
        dense[place] = Some(loss);
    }
    dense
}
