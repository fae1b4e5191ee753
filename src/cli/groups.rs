//! The settings that several subcommands have, in groups as the help shows them; a subcommand takes the groups it needs.

use std::path::PathBuf;
use std::str::FromStr;

use bytesize::ByteSize;
use clap::ValueHint;

use super::keys::{Key, Optional, Setting, natural, own, setting, switch, within};
use crate::commands::settings::Format;
use crate::engine::request::DeviceRequest;
use crate::judge::wins::presets::{self, Preset};
use crate::records::{self, ColumnNames, Source};

/// Settings that stand together in the help.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// What stands above them; above what has no flag, clap's own.
    pub heading: Option<&'static str>,
    /// The settings in their order.
    pub keys: &'static [&'static Key],
}

/// What is given without a flag.
pub const fn arguments(keys: &'static [&'static Key]) -> Group {
    Group { heading: None, keys }
}

/// The submissions.
pub const SUBMISSIONS: Setting<Source> = setting(
    "submissions",
    "SUBMISSIONS",
    "Submissions: .jsonl, .json or .csv, perhaps .gz or .zst, .parquet, a folder of *.parquet; - for JSON lines from stdin",
    own,
)
.hint(ValueHint::FilePath)
.default("fixtures/submissions.jsonl")
.positional();

/// The submissions, for what losses lack.
pub const LACKING: Optional<Source> = setting(
    "submissions",
    "FILE",
    "File of submissions, for blocks and competitions that the losses lack, hotkeys and models",
    own,
)
.hint(ValueHint::FilePath)
.or("none");

/// The names of columns.
pub const COLUMNS: Optional<ColumnNames> = setting(
    "columns",
    "COLUMN=NAME,…",
    "What the files call columns, like prompt=question,response=answer",
    // One file of settings may name the columns of all kinds of record.
    |text| ColumnNames::parse(text, &records::KINDS.map(|kind| kind.columns)),
)
.or("as this program does");
/// Whether bad rows end the run.
pub const SKIP_BAD_ROWS: Setting<bool> =
    switch("skip-bad-rows", "Leave out bad rows, each with a warning, instead of ending the run");
/// How records are read.
pub const RECORDS: Group = Group { heading: Some("Records"), keys: &[&COLUMNS.key, &SKIP_BAD_ROWS.key] };

/// The folder of a run.
pub const OUT: Setting<PathBuf> =
    setting("out", "DIR", "Folder for the tables, plots and the report", own).hint(ValueHint::AnyPath);
/// The folder of the store.
pub const STORE: Optional<PathBuf> =
    setting("store", "DIR", "Folder of the store, where what was measured is kept for later runs", own)
        .hint(ValueHint::DirPath)
        .or("the user's cache folder");

/// The preset.
pub const PRESET: Setting<Preset> = setting("preset", "NAME", "Rules of a network", |text| {
    presets::preset(text).ok_or_else(|| format!("expected one of {}", presets::NAMES.join(", ")))
})
.one_of(&presets::NAMES)
.default("finetuning-subnet");
/// The largest submission.
pub const MAX_REPO_BYTES: Setting<u64> =
    setting("max-repo-bytes", "SIZE", "Largest size of a submission's files, in bytes or like 15GiB", size).of_preset();
/// What models may take on the disk.
pub const DISK_BUDGET: Setting<u64> = setting("disk-budget", "SIZE", "What all that was pulled may take", size);

/// The seed.
pub const SEED: Setting<u64> =
    setting("seed", "NUMBER", "Seed of everything that is drawn at random", natural).default("0");
/// The device.
pub const DEVICE: Setting<DeviceRequest> = setting("device", "DEVICE", "Where to compute", own).default("auto");

/// The number of resamples.
pub const RESAMPLES: Setting<usize> =
    setting("resamples", "COUNT", "Bootstrap resamples behind the intervals", |text| {
        within(text, 1..=u32::MAX as usize, "a whole number above 0")
    })
    .default("10000");
/// The confidence of intervals.
pub const CONFIDENCE: Setting<f64> =
    setting("confidence", "LEVEL", "Confidence level of the intervals", rate).default("0.95");
/// Whether not being able to decide is a failure.
pub const FAIL_ON_INCONCLUSIVE: Setting<bool> =
    switch("fail-on-inconclusive", "Fail too where there is too little to decide");
/// How sure the result is.
pub const UNCERTAINTY: Group = Group { heading: Some("Uncertainty"), keys: &[&RESAMPLES.key, &CONFIDENCE.key] };

/// The form of what goes to stdout.
pub const FORMAT: Setting<Format> =
    setting("format", "FORMAT", "Form of the table on stdout: table, json or markdown", own).default("table");
/// Whether only warnings and errors are said.
pub const QUIET: Setting<bool> = switch("quiet", "Say nothing but warnings and errors on stderr").letter('q');
/// What every command has, beside the flags that steer this program.
pub const GENERAL: Group = Group { heading: Some("General"), keys: &[&FORMAT.key, &QUIET.key] };

/// A number between 0 and 1, neither included.
pub fn rate(text: &str) -> Result<f64, String> {
    use std::ops::Bound::Excluded;
    within(text, (Excluded(0.0), Excluded(1.0)), "a number above 0 and below 1")
}

/// A number of bytes above 0, plain or with a unit.
fn size(text: &str) -> Result<u64, String> {
    let size = ByteSize::from_str(text).ok().map(|ByteSize(bytes)| bytes).filter(|&bytes| bytes > 0);
    size.ok_or_else(|| "expected a size above 0 in bytes, or like 100GB or 15GiB".to_owned())
}

/// A number of bytes, plain or with a unit, that may be 0.
pub fn size_or_none(text: &str) -> Result<u64, String> {
    if text == "0" { Ok(0) } else { size(text).map_err(|expected| format!("{expected}, or 0")) }
}
