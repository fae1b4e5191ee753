//! The story of `weighhouse models`: shows what was pulled, and removes what was not used for some time. Only what this
//! program brought is removed; measured losses and embeddings are kept.

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::finished::{Ending, Finished, summary};
use super::settings::{ModelsSettings, RemoveSettings};
use crate::hub::{Ledger, Pulled};
use crate::report::models::{self, StoreRow, StoreStatus};
use crate::reporter::Reporter;

/// Lists or removes as `settings` say.
///
/// # Errors
/// The store cannot be read, or something cannot be removed.
pub fn run(settings: &ModelsSettings, reporter: &dyn Reporter) -> Result<Finished> {
    let ledger = Ledger::new(&settings.store);
    let (entries, damaged) = ledger.entries()?;
    damaged.iter().for_each(|line| reporter.warn(line));
    let now = Utc::now();
    let mut rows = Vec::with_capacity(entries.len());
    for pulled in &entries {
        let (bytes, files) = (pulled.held(), pulled.files() as u64);
        let status = match settings.remove {
            Some(clean) if is_old(pulled, clean, now) => remove(&ledger, pulled, clean)?,
            _ => StoreStatus::Kept,
        };
        rows.push(StoreRow {
            model: pulled.repo.clone(),
            commit: pulled.commit.clone(),
            files,
            bytes,
            pulled_at: pulled.pulled_at.clone(),
            used_at: pulled.used_at.clone(),
            status,
        });
    }
    reporter.info(&models::store_sentence(&rows, &settings.store));
    Ok(Finished { summary: summary(&models::stored(&rows), settings.format)?, ending: Ending::Done })
}

fn is_old(pulled: &Pulled, clean: RemoveSettings, now: DateTime<Utc>) -> bool {
    let used = DateTime::parse_from_rfc3339(&pulled.used_at).map(|date| date.to_utc());
    used.is_ok_and(|used| (now - used).to_std().is_ok_and(|age| age >= clean.older_than))
}

fn remove(ledger: &Ledger, pulled: &Pulled, clean: RemoveSettings) -> Result<StoreStatus> {
    if clean.dry_run {
        return Ok(StoreStatus::WouldBeRemoved);
    }
    Ok(ledger.release(pulled, |_| true)?.map_or(StoreStatus::InUse, |_| StoreStatus::Removed))
}
