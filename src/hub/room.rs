//! Room on the disk: what a pull may take, and what is removed to make place for it. Only weights that this program
//! brought are ever removed, the ones not used for the longest time first.

use std::path::Path;

use bytesize::ByteSize;

use super::Hub;
use super::download::partial_of;
use super::error::HubError;
use super::pulled::Pulled;
use super::survey::Survey;

/// Left free for losses and reports.
const MARGIN: u64 = 64 << 20;

const BUDGET_KEPT: &str = ", and nothing may be removed; raise the budget";
const BUDGET_ALONE: &str =
    "; raise the budget, or remove models that were pulled and never evaluated with `models remove`";
const SPACE_KEPT: &str = "; free some, or let evaluated models be removed with --disk-budget";
const SPACE_ALONE: &str = ", with all removed that may be; free some";

/// How much room pulled models may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes that all that was pulled may take; no limit but the disk where it is `None`.
    pub budget: Option<u64>,
    /// Whether models may be removed to make place for others.
    pub evicts: bool,
}

/// Whether something that was pulled is needed in this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Needed {
    /// It has been used, or nobody asks for it.
    NoMore,
    /// It waits for its turn, and can be fetched again.
    Later,
    /// It is on its way or in use.
    Now,
}

/// What becomes of a model that wants to be pulled.
#[derive(Debug)]
pub(super) enum Admission {
    /// There is room.
    Granted,
    /// There will be, when others have been evaluated.
    Later,
    /// There never will be.
    Refused(HubError),
}

impl Room {
    /// Makes room for what is missing of `survey`, beside what is `coming` already. `need` tells whether something
    /// that was pulled is still needed, `others` whether room will become free later.
    ///
    /// # Errors
    /// The ledger cannot be read, or something cannot be removed.
    pub(super) fn admit(
        self,
        hub: &Hub,
        survey: &Survey,
        coming: u64,
        need: &dyn Fn(&Pulled) -> Needed,
        others: bool,
    ) -> Result<Admission, HubError> {
        let missing = missing(hub, survey);
        if missing == 0 {
            return Ok(Admission::Granted);
        }
        let here = hub.cache.absolute()?;
        // In use by other processes.
        let mut busy: Vec<Pulled> = Vec::new();
        loop {
            let (mut entries, _) = hub.ledger.entries()?;
            entries.retain(|pulled| pulled.cache == here);
            let held = Pulled::held_together(&entries);
            let wanted = coming.saturating_add(missing);
            let over_budget = self.budget.is_some_and(|budget| held.saturating_add(wanted) > budget);
            let free = free_space(hub.cache.folder())?.saturating_sub(MARGIN);
            if !over_budget && wanted <= free {
                return Ok(Admission::Granted);
            }
            let may_go = |pulled: &&Pulled| match need(pulled) {
                Needed::Now => false,
                Needed::Later => !others && pulled.has_weights(),
                Needed::NoMore => pulled.evaluated && hub.has_removable(pulled),
            };
            let removable =
                entries.iter().filter(may_go).filter(|pulled| !busy.iter().any(|other| other.is_of(pulled)));
            match removable.min_by_key(|pulled| need(pulled)).filter(|_| self.evicts) {
                Some(old) if hub.evict(old)?.is_none() => busy.push(old.clone()),
                Some(_) => {}
                None if others && self.evicts => return Ok(Admission::Later),
                None if !busy.is_empty() => return Ok(Admission::Refused(crowded(survey))),
                None => {
                    let (repo, kept) = (survey.listing.label(), held.saturating_add(coming));
                    return Ok(Admission::Refused(match self.budget.filter(|_| over_budget) {
                        Some(budget) => {
                            let hint = if self.evicts { BUDGET_ALONE } else { BUDGET_KEPT };
                            HubError::Budget { repo, needed: missing, kept, budget, hint }
                        }
                        None => {
                            let hint = if self.evicts { SPACE_ALONE } else { SPACE_KEPT };
                            HubError::Space { repo, needed: missing, free, hint }
                        }
                    }));
                }
            }
        }
    }
}

/// Others hold what could make place: it may go away by itself.
fn crowded(survey: &Survey) -> HubError {
    let problem = "the models that could make place for it are in use by another process".to_owned();
    HubError::Unreachable { what: survey.listing.label(), problem }
}

/// Says so where all that is still to come does not fit, and nothing makes place for it.
pub(super) fn warn_of_space(hub: &Hub, room: Room, coming: u64) -> Result<(), HubError> {
    let free = free_space(hub.cache.folder())?;
    if coming > free.saturating_sub(MARGIN) && !room.evicts {
        let (coming, free) = (ByteSize(coming), ByteSize(free));
        let what = format!("{coming} are still to come and {free} are free: what does not fit will be skipped");
        hub.reporter.warn(&format!("{what}; free some, or let evaluated models make place with --disk-budget"));
    }
    Ok(())
}

/// Bytes of a model's weights that are still to come.
pub(super) fn missing(hub: &Hub, survey: &Survey) -> u64 {
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |found| found.len());
    let of_file = |file: &super::listing::RemoteFile| {
        let blob = hub.cache.blob(&survey.listing.reference.id, &file.digest);
        match size(&blob) == file.bytes {
            true => 0,
            false => file.bytes.saturating_sub(size(&partial_of(&blob))),
        }
    };
    survey.weights.iter().map(of_file).fold(0, u64::saturating_add)
}

/// Bytes that are free where `folder` is or will be.
fn free_space(folder: &Path) -> Result<u64, HubError> {
    let folder = std::path::absolute(folder).map_err(HubError::read(folder))?;
    let there = folder.ancestors().find(|path| path.exists()).unwrap_or(&folder);
    fs4::available_space(there).map_err(HubError::read(there))
}
