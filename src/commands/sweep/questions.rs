//! What is asked of the last recorded step besides the grid: a candidate's chances, clones and copies of the leader, who is
//! like whom, and how ε falls.

use anyhow::Result;

use super::recorded::Recorded;
use super::stop_if_asked;
use crate::commands::settings::SweepSettings;
use crate::judge::wins::sweep::{
    CandidateSpec, Chance, CloneSpec, Cloned, CopySpec, DecayPoint, FEW_SOURCES, Likeness, Perturbed, chances, cloned,
    decay, likenesses, perturbed,
};
use crate::judge::wins::{Entrant, Epsilon};
use crate::reporter::Reporter;

/// Noisy copies of each size of the noise.
const COPIES: usize = 20;

/// What was found.
#[derive(Default)]
pub struct Answers {
    pub chances: Vec<Chance>,
    pub likenesses: Vec<Likeness>,
    pub perturbed: Vec<Perturbed>,
    pub clones: Vec<Cloned>,
    pub decay: Vec<DecayPoint>,
}

impl Answers {
    /// Asks all of it.
    ///
    /// # Errors
    /// Whatever the judge refuses.
    pub fn find(recorded: &Recorded, settings: &SweepSettings, reporter: &dyn Reporter) -> Result<Self> {
        let Recorded { roll, rounds, baseline, .. } = recorded;
        // First what may be refused.
        let chances = candidate(recorded, settings, reporter)?;
        let clones = CloneSpec { of: None, clones: &settings.clones, blocks: &settings.clone_blocks };
        let copies = CopySpec { noises: &settings.noise, draws: COPIES, seed: settings.bootstrap.seed };
        let curves: Vec<(String, Epsilon)> =
            epsilons(recorded).into_iter().map(|epsilon| (epsilon.to_string(), epsilon)).collect();
        reporter.start("asking of copies", 3);
        let clones = cloned(baseline, &roll.uids, rounds, clones)?;
        reporter.advance(1);
        stop_if_asked(reporter)?;
        let perturbed = perturbed(baseline, &roll.uids, rounds, copies)?;
        reporter.advance(1);
        stop_if_asked(reporter)?;
        let likenesses = likenesses(rounds, settings.bootstrap)?;
        reporter.finish();
        let falls = curves.iter().any(|(_, epsilon)| epsilon.falls());
        Ok(Self { chances, likenesses, perturbed, clones, decay: if falls { decay(&curves) } else { Vec::new() } })
    }
}

/// Every ε of the grid once, in its order.
fn epsilons(recorded: &Recorded) -> Vec<Epsilon> {
    let mut epsilons: Vec<Epsilon> = Vec::new();
    for rules in &recorded.points {
        if !epsilons.contains(&rules.epsilon) {
            epsilons.push(rules.epsilon);
        }
    }
    epsilons
}

/// The candidate's chances at each number of samples, by the rules that all is held against with each ε of the grid; where
/// there is a candidate, all points are of one preset.
fn candidate(recorded: &Recorded, settings: &SweepSettings, reporter: &dyn Reporter) -> Result<Vec<Chance>> {
    let Some(uid) = settings.candidate else { return Ok(Vec::new()) };
    let submission = recorded.place(uid)?;
    let takes_part = |entrants: &[Entrant]| entrants.iter().any(|one| one.submission == submission);
    let last = recorded.rounds.iter().rev().find(|round| takes_part(&round.entrants));
    let all = [last.map_or(1, |round| round.plan.samples.len().max(1))];
    let samples: &[usize] = if settings.samples.is_empty() { &all } else { &settings.samples };
    let epsilons = epsilons(recorded);
    reporter.start("asking of the candidate", (epsilons.len() * samples.len()) as u64);
    let spec = CandidateSpec {
        submission,
        at_block: settings.at_block,
        epsilons: &epsilons,
        samples,
        bootstrap: settings.bootstrap,
    };
    let mut found = Vec::new();
    chances(&recorded.baseline, &recorded.roll.uids, &recorded.rounds, spec, |chance| -> Result<()> {
        found.push(chance);
        reporter.advance(1);
        Ok(stop_if_asked(reporter)?)
    })?;
    reporter.finish();
    match found.first() {
        Some(chance) if chance.sources < FEW_SOURCES => reporter.warn(&format!(
            "the candidate's samples are from {} sources; below {FEW_SOURCES} the intervals of its chances are too short",
            chance.sources
        )),
        _ => {}
    }
    Ok(found)
}
