//! What the network would pay: win rates and step weights of both runs, judged as one step over all samples.

use super::aligned::{Aligned, AlignedStep, LossPair, Member};
use crate::judge::compare::Subject;
use crate::judge::wins::{Change, Entrant, Rules, Sources, Twice, WinsError, changes};
use crate::stats::BootstrapSpec;

/// Of each subject what becomes of it; `None` where that cannot be said, as where losses are of several steps, in which
/// others take part.
///
/// # Errors
/// Rules or bootstrap parameters that do not hold.
pub fn of(aligned: &Aligned, rules: &Rules, bootstrap: BootstrapSpec) -> Result<Vec<Option<Change>>, WinsError> {
    let mut found = vec![None; aligned.subjects.len()];
    let [step] = &aligned.steps[..] else { return Ok(found) };
    // Where somebody changed the competition, others meet in both.
    if step.members.iter().any(|member| member.has_moved) {
        return Ok(found);
    }
    let mut competitions: Vec<&Option<String>> = Vec::new();
    for member in &step.members {
        if !competitions.contains(&&member.competition) {
            competitions.push(&member.competition);
        }
    }
    for competition in competitions {
        let members: Vec<&Member> = step.members.iter().filter(|member| &member.competition == competition).collect();
        for (member, change) in members.iter().zip(of_competition(step, &members, rules, bootstrap)?) {
            let is_it = |subject: &Subject| subject.uid == member.uid && &subject.competition == competition;
            aligned.subjects.iter().position(is_it).into_iter().for_each(|place| found[place] = Some(change));
        }
    }
    Ok(found)
}

/// On the samples that all members have.
fn of_competition(
    step: &AlignedStep,
    members: &[&Member],
    rules: &Rules,
    bootstrap: BootstrapSpec,
) -> Result<Vec<Change>, WinsError> {
    let all = |place: &usize| members.iter().all(|member| member.losses[*place].is_some());
    let places: Vec<usize> = (0..step.samples.len()).filter(all).collect();
    let side = |side: usize, of: fn(LossPair) -> f64| -> Vec<Entrant> {
        let losses = |member: &Member| places.iter().filter_map(|&place| member.losses[place].map(of)).collect();
        let entrant = |(submission, member): (usize, &&Member)| Entrant {
            submission,
            block: member.blocks[side],
            losses: Some(losses(member)),
        };
        members.iter().enumerate().map(entrant).collect()
    };
    let (before, after) = (side(0, |pair| pair.baseline), side(1, |pair| pair.candidate));
    let uids: Vec<u32> = members.iter().map(|member| member.uid).collect();
    // Where the chain's block is not recorded, that of the latest submission of the run.
    let latest = |side: usize| step.members.iter().filter_map(|member| member.blocks[side]).max();
    let current_blocks = [0, 1].map(|side| step.current_blocks[side].or(latest(side)).unwrap_or(0));
    let twice = Twice { uids: &uids, before: &before, after: &after, current_blocks, samples: places.len() };
    let sources = Sources::new(places.iter().map(|&place| step.samples[place].source.as_deref()));
    changes(rules, twice, &sources, bootstrap)
}
