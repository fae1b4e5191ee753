//! `weighhouse replay schedule`: its settings, and how they resolve into [`ReplayScheduleSettings`].

use std::path::PathBuf;

use bytesize::ByteSize;
use clap::ValueHint;

use super::calibrate::{self, EMBEDDER};
use super::declared::Declared;
use super::error::SettingsError;
use super::grid::{self, GRID};
use super::groups::{self, Group, STORE};
use super::hub;
use super::keys::{Key, Optional, Setting, choice, count, names, natural, own, setting, share, switch, within};
use super::layers::Layers;
use super::resolving::{reachable, reading};
use crate::commands::settings::{
    CountList, MeasureSettings, MemorySettings, Origin, ReplayScheduleSettings, SyncSettings, Working,
};
use crate::judge::schedule::ScheduleSpec;
use crate::records::Source;
use crate::stats::BootstrapSpec;

/// What stands below the options in `--help`.
const EXAMPLES: &str = "\
Examples:
  weighhouse replay schedule
      Simulate a day of a validator: a thread for each batch, and a pool of 32.
  weighhouse replay schedule batches.jsonl --rates rates.jsonl --pool 16
      Your own service times and rate limits, with half the workers.
  weighhouse replay schedule --measure --embedder ./all-MiniLM-L6-v2 --memory 80GB
      Measure what calls of the embedder take here: how many fit the memory?
  weighhouse replay schedule --grid pool=8,16,32,64
      What would fewer or more workers change?
  weighhouse replay schedule --blocks blocks.parquet --epoch-length 100
      How often does a miner synchronise on a chain as it was recorded?

Exit codes:
  0 done; 1 internal; 2 usage; 65 bad input; 66 missing input; 75 the network or the device failed;
  130 interrupted";

/// Rows of the table of loads, at most, for each policy.
const MOST_LOADS: f64 = 100_000.0;

const SERVICES: [(&str, bool); 2] = [("recorded", false), ("drawn", true)];

/// The presets, of which there is one.
const PRESETS: [(&str, Preset); 1] = [(
    "logicnet-pr99",
    Preset { pool: "32", batch: "32", minibatch: "4", loop_seconds: "600", rewarded: "0.2", epoch_length: "50" },
)];

/// The constants of a network, in the grammar of their flags.
#[derive(Debug, Clone, Copy)]
struct Preset {
    pool: &'static str,
    batch: &'static str,
    minibatch: &'static str,
    loop_seconds: &'static str,
    rewarded: &'static str,
    epoch_length: &'static str,
}

const BATCHES: Setting<Source> = setting(
    "batches",
    "BATCHES",
    "How long batches took: .jsonl, .json or .csv, perhaps .gz or .zst, .parquet, a folder of *.parquet; - for JSON lines \
     from stdin",
    own,
)
.hint(ValueHint::FilePath)
.default("datasets/batches.jsonl")
.positional();
const RATES: Setting<Source> =
    setting("rates", "FILE", "Rate limits of the miners: uid and rate_limit, one row each", own)
        .hint(ValueHint::FilePath)
        .default("datasets/rates.jsonl");
const SERVICE: Setting<bool> = setting(
    "service",
    "HOW",
    "Service times as they were recorded, over again when they end, or drawn from them",
    |text| choice(text, &SERVICES),
)
.one_of(&names(&SERVICES))
.default("recorded");
const PRESET: Setting<Preset> = setting("preset", "NAME", "Rules of a network", |text| choice(text, &PRESETS))
    .one_of(&names(&PRESETS))
    .default("logicnet-pr99");
const POOL: Setting<usize> = setting("pool", "COUNT", "Workers of the pool", |text| {
    within(text, 1..=1_000_000, "a whole number from 1 to 1000000")
})
.of_preset();
const BATCH: Setting<usize> = setting("batch", "COUNT", "Queries of a batch", count).of_preset();
const MINIBATCH: Setting<usize> =
    setting("minibatch", "COUNT", "Queries of a minibatch, whose answers are embedded in one call", count).of_preset();
const LOOP_SECONDS: Setting<f64> = setting("loop-seconds", "SECONDS", "Time that is meant for a loop", |text| {
    within(text, 1.0..=1e9, "a number of seconds from 1 to 1e9")
})
.of_preset();
const REWARDED: Setting<f64> =
    setting("rewarded-share", "SHARE", "Probability that a query is rewarded behind the first two of its uid", share)
        .of_preset();
const HOURS: Setting<f64> = setting("hours", "HOURS", "Time that is simulated", |text| {
    within(text, 0.01..=744.0, "a number of hours from 0.01 to 744")
})
.default("24");
const STEP: Setting<f64> =
    setting("step-seconds", "SECONDS", "Time from one row of the table of loads to the next", |text| {
        within(text, 1.0..=86400.0, "a number of seconds from 1 to 86400")
    })
    .default("60");
const CALLS: Setting<Source> =
    setting("calls", "FILE", "What calls of the embedder took, as --measure writes it to calls.parquet", own)
        .hint(ValueHint::FilePath)
        .default("datasets/calls.jsonl");
const MEASURE: Setting<bool> = switch("measure", "Measure calls of the embedder here instead of reading --calls");
const CONCURRENCY: Setting<CountList> =
    setting("concurrency", "COUNTS", "Numbers of calls at once that --measure tries", own).default("1,2,4,8,16,32");
const REPETITIONS: Setting<usize> =
    setting("repetitions", "COUNT", "How often --measure tries each of them", count).default("3");
const MEMORY: Setting<u64> = setting("memory", "SIZE", "Memory of the device, in bytes or like 24GiB", |text| {
    let size = text.parse().ok().map(|ByteSize(bytes)| bytes).filter(|&bytes| bytes > 0);
    size.ok_or_else(|| "expected a size above 0 in bytes, or like 80GB or 24GiB".to_owned())
})
.default("24GiB");
const BLOCKS: Optional<Source> =
    setting("blocks", "FILE", "When the blocks of the chain came: block and recorded_at, one row each", own)
        .hint(ValueHint::FilePath)
        .or("blocks in equal times");
const BLOCK_SECONDS: Setting<f64> =
    setting("block-seconds", "SECONDS", "Time of a block, without --blocks", seconds).default("12");
const EPOCH_LENGTH: Setting<u64> =
    setting("epoch-length", "BLOCKS", "Blocks from one synchronisation of a miner to the next", count).of_preset();
const SYNC_SECONDS: Setting<f64> = setting("sync-seconds", "SECONDS", "Time that a synchronisation takes", |text| {
    within(text, 0.5..=1e9, "a number of seconds from 0.5 to 1e9")
})
.default("1");
const SINCE_UPDATE: Setting<u64> =
    setting("blocks-since-update", "BLOCKS", "Blocks since the miner last set weights, when it starts", natural)
        .default("0");
const RESAMPLES: Setting<usize> = groups::RESAMPLES.default("1000");
const OUT: Setting<PathBuf> = groups::OUT.default("reports/replay-schedule");

fn seconds(text: &str) -> Result<f64, String> {
    within(text, 0.001..=1e9, "a number of seconds from 0.001 to 1e9")
}

/// What the validator's way of working comes from.
const WORKING: Group = Group {
    heading: Some("Validator"),
    keys: &[&PRESET.key, &POOL.key, &BATCH.key, &MINIBATCH.key, &LOOP_SECONDS.key, &REWARDED.key],
};

/// `replay schedule` on the command line.
pub const SCHEDULE: Declared = Declared {
    name: "schedule",
    about: "Simulate a validator's loop over time: what runs, what waits, what memory it takes, and how a miner synchronises",
    examples: EXAMPLES,
    groups: &[
        groups::arguments(&[&BATCHES.key]),
        Group { heading: Some("Input"), keys: &[&RATES.key, &SERVICE.key] },
        groups::RECORDS,
        WORKING,
        Group { heading: Some("Simulation"), keys: &[&HOURS.key, &STEP.key, &GRID.key] },
        Group {
            heading: Some("Memory"),
            keys: &[
                &MEMORY.key,
                &CALLS.key,
                &MEASURE.key,
                &CONCURRENCY.key,
                &REPETITIONS.key,
                &EMBEDDER.key,
                &calibrate::DEVICE.key,
                &calibrate::EMBEDDER_DTYPE.key,
            ],
        },
        Group {
            heading: Some("Miner"),
            keys: &[&BLOCKS.key, &BLOCK_SECONDS.key, &EPOCH_LENGTH.key, &SYNC_SECONDS.key, &SINCE_UPDATE.key],
        },
        Group { heading: Some("Output"), keys: &[&OUT.key, &STORE.key] },
        hub::GROUP,
        Group { heading: Some("Uncertainty"), keys: &[&RESAMPLES.key, &groups::CONFIDENCE.key, &groups::SEED.key] },
    ],
};

/// Resolves every setting of `replay schedule`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit, and for values that do not go together.
pub fn resolve(mut layers: Layers) -> Result<ReplayScheduleSettings, SettingsError> {
    let working = working_of(&mut layers)?;
    let settings = ReplayScheduleSettings {
        batches: layers.get(&BATCHES)?,
        rates: layers.get(&RATES)?,
        reading: reading(&mut layers)?,
        working,
        grid: grid::resolve(&mut layers, WORKING.keys, working_of)?,
        spec: spec(&mut layers)?,
        memory: memory(&mut layers)?,
        sync: sync(&mut layers)?,
        sample_data: Vec::new(),
        out: layers.get(&OUT)?,
        format: layers.get(&groups::FORMAT)?,
        sources: Vec::new(),
    };
    let is_default = |key: &Key| layers.source_of(key) == Some(&Origin::Default);
    let mut keys = vec![&RATES.key];
    keys.extend(settings.memory.measure.is_none().then_some(&CALLS.key));
    keys.retain(|key| is_default(key) && !is_default(&BATCHES.key));
    let sample_data = keys.into_iter().map(|key| key.name).collect();
    Ok(ReplayScheduleSettings { sample_data, sources: layers.into_resolved(), ..settings })
}

fn working_of(layers: &mut Layers) -> Result<Working, SettingsError> {
    let preset = layers.get(&PRESET)?;
    let name = PRESETS[0].0;
    let constants = [
        (&POOL.key, preset.pool),
        (&BATCH.key, preset.batch),
        (&MINIBATCH.key, preset.minibatch),
        (&LOOP_SECONDS.key, preset.loop_seconds),
        (&REWARDED.key, preset.rewarded),
        (&EPOCH_LENGTH.key, preset.epoch_length),
    ];
    layers.set_preset(name, constants.map(|(key, value)| (key.name, value.to_owned())).into());
    Ok(Working {
        pool: layers.get(&POOL)?,
        batch: layers.get(&BATCH)?,
        minibatch: layers.get(&MINIBATCH)?,
        loop_seconds: layers.get(&LOOP_SECONDS)?,
        rewarded: layers.get(&REWARDED)?,
    })
}

fn spec(layers: &mut Layers) -> Result<ScheduleSpec, SettingsError> {
    let spec = ScheduleSpec {
        horizon: 3600.0 * layers.get(&HOURS)?,
        step: layers.get(&STEP)?,
        is_drawn: layers.get(&SERVICE)?,
        bootstrap: BootstrapSpec {
            resamples: layers.get(&RESAMPLES)?,
            confidence: layers.get(&groups::CONFIDENCE)?,
            seed: layers.get(&groups::SEED)?,
        },
    };
    reachable(spec.bootstrap)?;
    if spec.horizon / spec.step > MOST_LOADS {
        return Err(SettingsError::Conflict(format!(
            "--hours and --step-seconds make more than {MOST_LOADS} rows a policy; give greater steps or fewer hours"
        )));
    }
    Ok(spec)
}

/// What only matters where calls are measured is read in any case, so that all is on record.
fn memory(layers: &mut Layers) -> Result<MemorySettings, SettingsError> {
    let CountList(concurrency) = layers.get(&CONCURRENCY)?;
    let measure = MeasureSettings {
        embedding: calibrate::embedding(layers)?,
        concurrency,
        repetitions: layers.get(&REPETITIONS)?,
    };
    let is_measured = layers.get(&MEASURE)?;
    Ok(MemorySettings {
        calls: layers.get(&CALLS)?,
        measure: is_measured.then_some(measure),
        bytes: layers.get(&MEMORY)?,
    })
}

fn sync(layers: &mut Layers) -> Result<SyncSettings, SettingsError> {
    Ok(SyncSettings {
        blocks: layers.find(&BLOCKS)?,
        block_seconds: layers.get(&BLOCK_SECONDS)?,
        epoch_length: layers.get(&EPOCH_LENGTH)?,
        sync_seconds: layers.get(&SYNC_SECONDS)?,
        blocks_since_update: layers.get(&SINCE_UPDATE)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::ConfigFile;
    use crate::cli::testing::{assert_all_resolved, parsed};

    fn resolved(flags: &[&str]) -> Result<ReplayScheduleSettings, SettingsError> {
        let file = ConfigFile::default();
        let flags = parsed("replay schedule", flags);
        resolve(Layers::new(&flags, &|_| None, &file))
    }

    #[test]
    fn every_key_of_the_command_line_is_resolved() {
        assert_all_resolved(&SCHEDULE, &resolved(&[]).expect("resolves").sources);
    }

    #[test]
    fn the_constants_are_the_preset_s_but_for_what_was_changed() {
        let settings = resolved(&["--pool", "8"]).expect("resolves");
        let expected = Working { pool: 8, batch: 32, minibatch: 4, loop_seconds: 600.0, rewarded: 0.2 };
        assert_eq!((settings.working, settings.sync.epoch_length), (expected, 50));
        assert_eq!((settings.memory.bytes, settings.memory.measure), (24 << 30, None));
    }

    #[test]
    fn values_out_of_range_are_refused() {
        for flag in [
            "--pool=0",
            "--batch=0",
            "--loop-seconds=0",
            "--loop-seconds=-1",
            "--rewarded-share=2",
            "--hours=0",
            "--step-seconds=0",
            "--memory=0",
            "--memory=much",
            "--concurrency=0",
            "--epoch-length=0",
            "--sync-seconds=0",
            "--blocks-since-update=-1",
            "--service=made",
        ] {
            let (name, _) = flag.split_once('=').expect("a value");
            let refusal = resolved(&[flag]).expect_err("refused").to_string();
            assert!(refusal.contains(&format!("` for {name}: ")), "{refusal}");
        }
    }
}
