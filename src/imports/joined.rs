//! From what others wrote to steps that can be judged: what a format lacks comes from the submissions, and what nothing says
//! is asked for by its name.

use std::collections::HashMap;

use super::{Entry, ImportError, ImportedStep, Who};
use crate::records::{LossStep, Participant, Submission, Submissions};

/// A step with uids, blocks and competitions as recorded or submitted.
///
/// # Errors
/// A participant whose uid or block nothing says, and two that are one submission.
pub fn join(step: ImportedStep, submissions: Option<&Submissions>) -> Result<LossStep, ImportError> {
    let mut seen: HashMap<u32, Who> = HashMap::new();
    let mut participants = Vec::new();
    let mut place = None;
    for entry in step.entries {
        let participant = participant(&entry, submissions)?;
        if let Some(other) = seen.insert(participant.uid, entry.who.clone()) {
            let (who, other) = (entry.who.to_string(), other.to_string());
            return Err(ImportError::SameUid { place: entry.place, who, uid: participant.uid, other });
        }
        place = Some(entry.place);
        participants.push(participant);
    }
    Ok(LossStep {
        step: u64::from(step.step),
        current_block: step.current_block,
        participants,
        samples: step.samples,
        place: place.unwrap_or_default(),
    })
}

fn participant(entry: &Entry, submissions: Option<&Submissions>) -> Result<Participant, ImportError> {
    let known = submissions.and_then(|submissions| submissions.rows.iter().find(|row| is_of(row, &entry.who)));
    let uid = match &entry.who {
        Who::Uid(uid) => Some(*uid),
        Who::Model(_) | Who::Hotkey(_) => known.map(|known| known.uid),
    };
    let block = entry.block.or(known.map(|known| known.block));
    let (Some(uid), Some(block)) = (uid, block) else {
        let lacks = [("uid", uid.is_none()), ("block", block.is_none())];
        return Err(ImportError::Unknown {
            place: entry.place.clone(),
            who: entry.who.to_string(),
            missing: lacks.into_iter().filter(|(_, lacks)| *lacks).map(|(column, _)| column).collect(),
            remedy: match submissions {
                None => format!("give --submissions FILE with a row of {}", entry.who),
                Some(_) => format!("add a row of {} to the submissions", entry.who),
            },
        });
    };
    Ok(Participant {
        uid,
        block: Some(block),
        competition: entry.competition.clone().or_else(|| known?.competition.clone()),
        losses: entry.losses.clone(),
        places: None,
        logged: entry.logged,
        line: entry.place.number,
    })
}

/// Whether a submission is that of a participant. A model may have its revision behind it.
fn is_of(submission: &Submission, who: &Who) -> bool {
    match who {
        Who::Uid(uid) => submission.uid == *uid,
        Who::Hotkey(hotkey) => submission.hotkey.as_ref() == Some(hotkey),
        Who::Model(model) => {
            submission.model == *model || submission.model.split_once('@').is_some_and(|(name, _)| name == model)
        }
    }
}
