//! What validators may ask of the miners of a recording, and what one of them recorded.

use std::collections::HashMap;

use anyhow::Result;

use super::register::Register;
use crate::commands::record::input;
use crate::commands::settings::{RateInput, ReplayRewardsSettings};
use crate::judge::rewards::rates;
use crate::records::rates::{RateLimit, read_rates};
use crate::records::stakes::{Stake, read_stakes};
use crate::records::{List, Reading, RecordError};
use crate::report::rewards::RateRow;
use crate::report::{InputRecord, counted};
use crate::reporter::Reporter;

/// The volume of a miner that never said any.
const FULL: f64 = 512.0;

/// Rates and what they were computed from.
#[derive(Default)]
pub struct Rates {
    /// One row per miner and validator.
    pub rows: Vec<RateRow>,
    /// The files.
    pub inputs: Vec<InputRecord>,
}

/// Computes the rates that are asked for.
///
/// # Errors
/// A file is missing or bad, or names a uid that the other does not know.
pub fn compute(settings: &ReplayRewardsSettings, register: &Register, reporter: &dyn Reporter) -> Result<Rates> {
    let RateInput { stakes: Some(source), validator, least_stake, recorded } = &settings.rates else {
        return Ok(Rates::default());
    };
    let stakes = read_stakes(source, &Reading::new(&settings.reading, reporter))?;
    let mut inputs = vec![input(source, &stakes)];
    if let Some(uid) = validator.filter(|uid| stakes.rows.iter().all(|stake| stake.uid != *uid)) {
        anyhow::bail!(RecordError::AbsentUid { file: source.to_string(), uid });
    }
    let limits = match recorded {
        None => HashMap::new(),
        Some(source) => {
            let list = read_rates(source, &Reading::new(&settings.reading, reporter))?;
            inputs.push(input(source, &list));
            known(&list, register, settings)?
        }
    };
    let rows =
        rows(register, &stakes.rows, *least_stake, |stake| validator.is_none_or(|uid| stake.uid == uid), &limits);
    report(&rows, reporter);
    Ok(Rates { rows, inputs })
}

/// The recorded limits by uid; each is of a miner of the recording.
fn known(list: &List<RateLimit>, register: &Register, settings: &ReplayRewardsSettings) -> Result<HashMap<u32, u32>> {
    for (rate, place) in list.rows.iter().zip(&list.places) {
        if !register.knows(rate.uid) {
            let known = format!("the miners of {}", settings.recording);
            anyhow::bail!(RecordError::UnknownUid { place: place.clone(), uid: rate.uid, known });
        }
    }
    Ok(list.rows.iter().filter_map(|rate| Some((rate.uid, rate.limit?))).collect())
}

fn rows(
    register: &Register,
    stakes: &[Stake],
    least_stake: f64,
    is_asked: impl Fn(&Stake) -> bool,
    limits: &HashMap<u32, u32>,
) -> Vec<RateRow> {
    let amounts: Vec<f64> = stakes.iter().map(|stake| stake.stake).collect();
    let mut rows = Vec::new();
    for (&uid, volume) in register.uids.iter().zip(&register.volumes) {
        let epoch_volume = volume.unwrap_or(FULL);
        let found = stakes.iter().zip(rates(epoch_volume, &amounts, least_stake));
        rows.extend(found.filter(|(stake, _)| is_asked(stake)).map(|(stake, rate)| RateRow {
            uid,
            validator: stake.uid,
            epoch_volume,
            rate,
            recorded: limits.get(&uid).copied(),
        }));
    }
    rows
}

/// Says how recorded limits compare with computed ones.
fn report(rows: &[RateRow], reporter: &dyn Reporter) {
    let differing = |row: &&RateRow| row.recorded.is_some_and(|recorded| u64::from(recorded) != row.rate.limit);
    let compared = rows.iter().filter(|row| row.recorded.is_some()).count();
    let differing: Vec<&RateRow> = rows.iter().filter(differing).collect();
    match differing.first() {
        _ if compared == 0 => {}
        None => {
            reporter.info(&format!("all {} agree with the computed ones", counted(compared, "recorded rate limit")))
        }
        Some(first) => reporter.warn(&format!(
            "{} of {} differ from the computed ones, the first for uid {}: {} recorded, {} computed",
            differing.len(),
            counted(compared, "recorded rate limit"),
            first.uid,
            first.recorded.unwrap_or_default(),
            first.rate.limit,
        )),
    }
}
