//! The story of `weighhouse replay schedule`: a validator's loop is simulated under each policy, its memory follows from
//! measured calls of the embedder, and a miner synchronises by both rules.

mod memory;

use anyhow::Result;

use crate::call::Call;
use crate::commands::clock::{Clock, timed};
use crate::commands::finished::{Ending, Finished, Interrupted, summary};
use crate::commands::notices::Notices;
use crate::commands::record::{Embedded, input, of_judging};
use crate::commands::settings::{GridPoint, ReplayScheduleSettings, SyncSettings, Working};
use crate::judge::rewards::Rate;
use crate::judge::schedule::sync::{self, Regular, SyncSpec, Synced, Trace};
use crate::judge::schedule::{Pacing, Policy, Workers, run as simulate};
use crate::records::batches::read_batches;
use crate::records::blocks::{Block, read_blocks};
use crate::records::rates::{RateLimit, read_rates};
use crate::records::{List, Reading, RecordError, Source};
use crate::report::schedule::{Part, SCHEDULE_FIGURES, ScheduleReplay, Told, schedule_results};
use crate::report::{InputRecord, ReportFolder, WhatIf, counted};
use crate::reporter::Reporter;

/// A policy, and its part in the story.
struct Role {
    part: Part,
    is_pool: bool,
    pacing: Pacing,
}

const fn role(part: Part, is_pool: bool, pacing: Pacing) -> Role {
    Role { part, is_pool, pacing }
}

/// Every policy, in the order of the story.
const POLICIES: [Role; 6] = [
    role(Part::Before, false, Pacing::Even),
    role(Part::Mixed, false, Pacing::Growing),
    role(Part::Mixed, true, Pacing::Even),
    role(Part::FirstVersion, true, Pacing::Mistaken),
    role(Part::Mixed, false, Pacing::Mistaken),
    role(Part::After, true, Pacing::Growing),
];

/// Simulates a schedule as `settings` say.
///
/// # Errors
/// Whatever kept it from its end, with the file, the value and the remedy.
pub fn run(settings: &ReplayScheduleSettings, reporter: &dyn Reporter) -> Result<Finished> {
    let (clock, notices) = (Clock::start(), Notices::new(reporter));
    let folder = ReportFolder::open(&settings.out)?;
    let read = |source| Reading::new(&settings.reading, source);
    let batches = read_batches(&settings.batches, &read(&notices))?;
    let rates = read_rates(&settings.rates, &read(&notices))?;
    let blocks = settings.sync.blocks.as_ref().map(|source| read_chain(source, &read(&notices))).transpose()?;
    let calls = memory::recorded(settings, &notices)?;
    say_what_is_read(settings, &batches, &rates, &notices);
    let calls = calls.map_or_else(|| memory::measured(settings, &notices), Ok)?;
    let rates_of = rates_of(&rates);
    let (policies, simulating) = timed("simulate", || policies(settings, &batches, &rates_of, &notices));
    let memory = memory::model(settings, &settings.working, &calls.rows)?;
    let replay = ScheduleReplay {
        policies: policies?,
        uids: rates.rows.iter().map(|rate| rate.uid).collect(),
        horizon: settings.spec.horizon,
        grid: what_if(settings, &batches, &rates_of, &calls.rows, &notices)?,
        memory,
        calls: calls.rows,
        syncs: syncs(&settings.sync, settings.spec.horizon, blocks.as_ref(), &notices),
        timings: vec![simulating, clock.whole()],
        ..ScheduleReplay::default()
    }
    .with_claims();
    let inputs: Vec<InputRecord> = [input(&settings.batches, &batches), input(&settings.rates, &rates)]
        .into_iter()
        .chain(settings.sync.blocks.as_ref().zip(blocks.as_ref()).map(|(source, blocks)| input(source, blocks)))
        .chain(calls.input)
        .collect();
    let seed = settings.spec.bootstrap.seed;
    let record = of_judging("replay schedule", &settings.sources, seed, inputs, notices.warnings());
    let record = match &calls.tools {
        Some(tools) => record.embedded(tools),
        None => record,
    };
    folder.write(&replay, &record)?;
    notices.info(&format!("report in {}", folder.path().display()));
    Ok(Finished { summary: summary(&replay, settings.format)?, ending: Ending::Done })
}

/// The blocks of a chain: times lie between two of them.
fn read_chain(source: &Source, reading: &Reading<'_>) -> Result<List<Block>, RecordError> {
    let blocks = read_blocks(source, reading)?;
    match blocks.rows.len() {
        1 => Err(RecordError::Empty { file: source.to_string(), kind: "second block" }),
        _ => Ok(blocks),
    }
}

fn say_what_is_read(
    settings: &ReplayScheduleSettings,
    batches: &List<f64>,
    rates: &List<RateLimit>,
    reporter: &dyn Reporter,
) {
    let serving = rates.rows.iter().filter(|rate| rate.limit.is_some()).count();
    let (times, miners) = (counted(batches.rows.len(), "service time"), counted(serving, "miner"));
    reporter.info(&format!("{}: {times}; {}: {miners} to ask", settings.batches, settings.rates));
    for what in &settings.sample_data {
        reporter.warn(&format!("{what} is the program's own sample data beside your batches; give --{what}"));
    }
    if serving == 0 {
        reporter.warn("no miner has a rate limit, so no batch is ever handed on");
    }
}

/// What every miner takes.
fn rates_of(rates: &List<RateLimit>) -> Vec<Option<Rate>> {
    rates.rows.iter().map(|rate| Some(Rate::of_limit(u64::from(rate.limit?)))).collect()
}

/// The pool of the fix by each value of the grid.
fn what_if(
    settings: &ReplayScheduleSettings,
    batches: &List<f64>,
    rates: &[Option<Rate>],
    calls: &[Call],
    reporter: &dyn Reporter,
) -> Result<Option<WhatIf>> {
    let Some(grid) = &settings.grid else { return Ok(None) };
    reporter.start("simulating the grid", grid.points.len() as u64);
    let results = |point: &GridPoint<Working>| {
        if reporter.interrupted() {
            return Err(Interrupted.into());
        }
        let policy = policy(&point.rules, true, Pacing::Growing);
        let found = simulate(policy, rates, &batches.rows, &settings.spec)?;
        reporter.advance(1);
        Ok(schedule_results(&found, &memory::model(settings, &point.rules, calls)?, settings.spec.horizon))
    };
    let results = grid.points.iter().map(results).collect::<Result<Vec<_>>>()?;
    reporter.finish();
    Ok(Some(grid.what_if(&SCHEDULE_FIGURES, results)))
}

/// What every policy comes to.
fn policies(
    settings: &ReplayScheduleSettings,
    batches: &List<f64>,
    rates: &[Option<Rate>],
    reporter: &dyn Reporter,
) -> Result<Vec<Told>> {
    reporter.start("simulating", POLICIES.len() as u64);
    let told = |role: &Role| {
        if reporter.interrupted() {
            return Err(Interrupted.into());
        }
        let found =
            simulate(policy(&settings.working, role.is_pool, role.pacing), rates, &batches.rows, &settings.spec)?;
        reporter.advance(1);
        Ok(Told { part: role.part, found })
    };
    let found = POLICIES.iter().map(told).collect();
    reporter.finish();
    found
}

fn policy(working: &Working, is_pool: bool, pacing: Pacing) -> Policy {
    Policy {
        workers: if is_pool { Workers::Pool(working.pool) } else { Workers::Threads },
        pacing,
        batch: working.batch,
        loop_seconds: working.loop_seconds,
        rewarded: working.rewarded,
    }
}

/// A miner's synchronisations by both rules, over the horizon or as long as the chain was recorded.
fn syncs(settings: &SyncSettings, horizon: f64, blocks: Option<&List<Block>>, reporter: &dyn Reporter) -> Vec<Synced> {
    let chain = blocks.map(|blocks| trace(&blocks.rows));
    let recorded = chain.as_ref().and_then(|chain| chain.seconds.last().copied());
    if let Some(recorded) = recorded.filter(|&recorded| recorded < horizon) {
        reporter.warn(&format!(
            "the recorded chain ends after {:.2} hours: a miner's synchronisations are counted so far",
            recorded / 3600.0
        ));
    }
    let horizon = recorded.map_or(horizon, |recorded| recorded.min(horizon));
    let start_block = chain.as_ref().map_or(settings.blocks_since_update, |chain| chain.blocks[0]);
    let spec = SyncSpec {
        last_update: start_block.saturating_sub(settings.blocks_since_update),
        epoch_length: settings.epoch_length,
        sync_seconds: settings.sync_seconds,
        horizon,
    };
    let regular = Regular { start_block, block_seconds: settings.block_seconds };
    let (before, after) = match &chain {
        Some(chain) => (sync::before(chain, &spec), sync::after(chain, &spec)),
        None => (sync::before(&regular, &spec), sync::after(&regular, &spec)),
    };
    let synced = |is_after, syncs| Synced { is_after, syncs, seconds: settings.sync_seconds, horizon };
    vec![synced(false, before), synced(true, after)]
}

/// The chain, from its first recorded block on.
fn trace(blocks: &[Block]) -> Trace {
    let start = blocks.first().map_or(0.0, |block| block.second);
    Trace {
        seconds: blocks.iter().map(|block| block.second - start).collect(),
        blocks: blocks.iter().map(|block| block.number).collect(),
    }
}
