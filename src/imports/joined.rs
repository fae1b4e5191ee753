//! From what others wrote to steps that can be judged: what a format lacks comes from the submissions, and what nothing says
//! is asked for by its name.

use std::collections::HashMap;

use super::{Entry, ImportError, ImportedStep, Who};
use crate::records::{LossStep, Participant, Submission, Submissions};

/// A step with uids, blocks and competitions as recorded or submitted.
///
/// # Errors
/// A participant whose uid or block nothing says, or more than one submission, one without a competition where others have
/// one, and two that are one submission.
pub fn join(step: ImportedStep, submissions: Option<&Submissions>) -> Result<LossStep, ImportError> {
    let mut seen: HashMap<u32, &Who> = HashMap::new();
    let mut participants = Vec::new();
    for entry in &step.entries {
        let participant = participant(entry, submissions)?;
        if let Some(other) = seen.insert(participant.uid, &entry.who) {
            let (who, other) = (entry.who.to_string(), other.to_string());
            return Err(ImportError::SameUid { place: entry.place.clone(), who, uid: participant.uid, other });
        }
        participants.push(participant);
    }
    let bare = participants.iter().position(|participant| participant.competition.is_none());
    if let Some(bare) = bare.filter(|_| participants.iter().any(|participant| participant.competition.is_some())) {
        return Err(unknown(&step.entries[bare], vec!["competition"], submissions.is_some()));
    }
    let place = step.entries.last().map(|entry| entry.place.clone()).unwrap_or_default();
    let ImportedStep { step, current_block, samples, .. } = step;
    Ok(LossStep { step: u64::from(step), current_block, participants, samples, place })
}

fn participant(entry: &Entry, submissions: Option<&Submissions>) -> Result<Participant, ImportError> {
    let known = submission(entry, submissions)?;
    let uid = match &entry.who {
        Who::Uid(uid) => Some(*uid),
        Who::Model(_) | Who::Hotkey(_) => known.map(|known| known.uid),
    };
    let block = entry.block.or(known.map(|known| known.block));
    let (Some(uid), Some(block)) = (uid, block) else {
        let lacks = [("uid", uid.is_none()), ("block", block.is_none())];
        let missing = lacks.into_iter().filter(|(_, lacks)| *lacks).map(|(column, _)| column).collect();
        return Err(unknown(entry, missing, submissions.is_some()));
    };
    Ok(Participant {
        uid,
        block: Some(block),
        competition: entry.competition.clone().or_else(|| known?.competition.clone()),
        losses: entry.losses.clone(),
        places: None,
        is_list: true,
        logged: entry.logged,
        line: entry.place.number,
    })
}

fn unknown(entry: &Entry, missing: Vec<&'static str>, has_submissions: bool) -> ImportError {
    let who = entry.who.to_string();
    let remedy = match has_submissions {
        false => format!("give --submissions FILE with a row of {who}"),
        true => format!("give it in the submissions, in a row of {who}"),
    };
    ImportError::Unknown { place: entry.place.clone(), who, missing, remedy }
}

/// The submission of a participant; of several of one model that of its revision.
fn submission<'a>(entry: &Entry, submissions: Option<&'a Submissions>) -> Result<Option<&'a Submission>, ImportError> {
    let rows = submissions.map_or(&[][..], |submissions| submissions.rows.as_slice());
    let found: Vec<&Submission> = rows.iter().filter(|row| is_of(row, &entry.who)).collect();
    let revision = match &entry.who {
        Who::Model(model) => named(model).1.unwrap_or("main"),
        Who::Uid(_) | Who::Hotkey(_) => "",
    };
    let of_revision: Vec<&Submission> = found.iter().copied().filter(|row| revision_of(row) == revision).collect();
    match (found.as_slice(), of_revision.as_slice()) {
        ([], _) => Ok(None),
        ([only], _) | (_, [only]) => Ok(Some(only)),
        (several, _) => {
            let uids: Vec<String> = several.iter().map(|row| row.uid.to_string()).collect();
            Err(ImportError::Ambiguous {
                place: entry.place.clone(),
                who: entry.who.to_string(),
                uids: uids.join(", "),
            })
        }
    }
}

/// Whether a submission may be that of a participant.
fn is_of(submission: &Submission, who: &Who) -> bool {
    match who {
        Who::Uid(uid) => submission.uid == *uid,
        Who::Hotkey(hotkey) => submission.hotkey.as_ref() == Some(hotkey),
        Who::Model(model) => named(&submission.model).0 == named(model).0,
    }
}

/// A model's name and its revision.
fn named(model: &str) -> (&str, Option<&str>) {
    model.split_once('@').map_or((model, None), |(name, revision)| (name, Some(revision)))
}

fn revision_of(submission: &Submission) -> &str {
    submission.revision.as_deref().or(named(&submission.model).1).unwrap_or("main")
}
