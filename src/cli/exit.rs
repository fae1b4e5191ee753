//! The exit codes, documented, and which error ends in which. Errors know what happened; only this file knows what
//! that means to a shell.

use std::error::Error;
use std::io;

use super::error::SettingsError;
use crate::checkup::CheckupError;
use crate::commands::compare::CompareError;
use crate::commands::replay::contenders::MomentError;
use crate::commands::replay::horde::FolderError;
use crate::commands::replay::utility::SchemaFileError;
use crate::commands::{Ending, Interrupted};
use crate::engine::EngineError;
use crate::engine::fault::DeviceFault;
use crate::engine::text_error::TextError;
use crate::hub::{HubError, Uncached, Unpulled};
use crate::imports::ImportError;
use crate::judge::horde::HordeError;
use crate::judge::utility::UtilityError;
use crate::judge::wins::WinsError;
use crate::judge::wins::sweep::SweepError;
use crate::measure::calls::CallError;
use crate::measure::models::ChildError;
use crate::records::RecordError;
use crate::report::ReportError;
use crate::runs::RunsError;
use crate::store::{EmbeddingError, StoreError};

/// All that was asked is done.
pub const OK: u8 = 0;
/// Something that is no fault of the input: a full disk, a bug.
pub const INTERNAL: u8 = 1;
/// The command line or an environment variable is wrong.
pub const USAGE: u8 = 2;
/// A comparison found a regression, or a gate failed.
pub const REGRESSION: u8 = 3;
/// Nothing was measured or compared.
pub const NOTHING_MEASURED: u8 = 4;
/// A comparison decided nothing, and that was asked to count as a failure.
pub const INCONCLUSIVE: u8 = 5;
/// An input, or the configuration file, is malformed, or a content hash differs.
pub const BAD_INPUT: u8 = 65;
/// An input is missing, or not in the cache while offline.
pub const MISSING_INPUT: u8 = 66;
/// The network or the device failed; the same command may work later.
pub const TRANSIENT: u8 = 75;
/// Interrupted; what was measured is kept.
pub const INTERRUPTED: u8 = 130;

/// The exit code of a command that came to its end.
pub fn code_of_ending(ending: Ending) -> u8 {
    match ending {
        Ending::Done => OK,
        Ending::NothingMeasured => NOTHING_MEASURED,
        Ending::GateFailed => REGRESSION,
        Ending::Inconclusive => INCONCLUSIVE,
        Ending::TryAgain => TRANSIENT,
    }
}

/// The exit code of an error: that of the first cause that is known, [`INTERNAL`] without one.
pub fn code_of(error: &anyhow::Error) -> u8 {
    error.chain().find_map(code_of_cause).unwrap_or(INTERNAL)
}

fn code_of_cause(cause: &(dyn Error + 'static)) -> Option<u8> {
    let settings = cause.downcast_ref().map(code_of_settings);
    let records = || cause.downcast_ref().map(code_of_records);
    let judge = || cause.downcast_ref().map(code_of_judge);
    let folder = || cause.downcast_ref().map(code_of_folder);
    let sweep = || cause.downcast_ref().map(code_of_sweep);
    let moment = || cause.is::<MomentError>().then_some(USAGE);
    let horde = || cause.downcast_ref().map(code_of_horde);
    let utility = || cause.downcast_ref().map(code_of_utility);
    let schema = || cause.is::<SchemaFileError>().then_some(BAD_INPUT);
    let store = || cause.downcast_ref().map(code_of_store);
    let engine = || cause.downcast_ref().map(code_of_engine);
    let device = || cause.downcast_ref().map(|_: &DeviceFault| TRANSIENT);
    let text = || cause.downcast_ref().map(code_of_text);
    let report = || cause.downcast_ref().map(code_of_report);
    let embedding = || cause.downcast_ref().map(code_of_embedding);
    let hub = || cause.downcast_ref().map(code_of_hub);
    let uncached = || cause.downcast_ref().map(|_: &Uncached| MISSING_INPUT);
    let unpulled = || cause.downcast_ref().map(|_: &Unpulled| TRANSIENT);
    let interrupted = || cause.downcast_ref().map(|_: &Interrupted| INTERRUPTED);
    let io = || cause.downcast_ref().and_then(code_of_io);
    let imports = || cause.downcast_ref().map(code_of_imports);
    let runs = || cause.downcast_ref().map(code_of_runs);
    let compare = || cause.downcast_ref().map(code_of_compare);
    let calls = || cause.downcast_ref().and_then(code_of_calls);
    let checkup = || cause.downcast_ref().map(code_of_checkup);
    let children = || cause.downcast_ref().map(code_of_children);
    let inputs = settings.or_else(records).or_else(imports).or_else(runs).or_else(compare).or_else(text);
    inputs
        .or_else(judge)
        .or_else(sweep)
        .or_else(moment)
        .or_else(horde)
        .or_else(utility)
        .or_else(schema)
        .or_else(folder)
        .or_else(store)
        .or_else(engine)
        .or_else(device)
        .or_else(embedding)
        .or_else(report)
        .or_else(hub)
        .or_else(uncached)
        .or_else(unpulled)
        .or_else(interrupted)
        .or_else(calls)
        .or_else(checkup)
        .or_else(children)
        .or_else(io)
}

fn code_of_settings(error: &SettingsError) -> u8 {
    match error {
        SettingsError::Value { .. } | SettingsError::Conflict(_) => USAGE,
        SettingsError::FileValue { .. } | SettingsError::UnknownKey { .. } | SettingsError::Malformed { .. } => {
            BAD_INPUT
        }
        SettingsError::Unreadable { .. } => MISSING_INPUT,
    }
}

fn code_of_records(error: &RecordError) -> u8 {
    match error {
        RecordError::SetAside(_) => INTERNAL,
        error if error.is_missing_input() => MISSING_INPUT,
        _ => BAD_INPUT,
    }
}

/// A child knows its code; that it cannot be started or its row not be kept, the system says.
fn code_of_calls(error: &CallError) -> Option<u8> {
    match error {
        CallError::Refused { code, .. } => Some(*code),
        CallError::Interrupted => Some(INTERRUPTED),
        CallError::Start(_) => Some(TRANSIENT),
        CallError::Keep(_) => None,
    }
}

fn code_of_checkup(error: &CheckupError) -> u8 {
    match error {
        CheckupError::Engine(error) => code_of_engine(error),
        CheckupError::File { .. } => INTERNAL,
        CheckupError::Interrupted => INTERRUPTED,
    }
}

fn code_of_children(error: &ChildError) -> u8 {
    match error {
        ChildError::Start(_) | ChildError::Fell(_) | ChildError::Lack(_) => TRANSIENT,
        ChildError::Store(_) | ChildError::Model(_) => INTERNAL,
        ChildError::Interrupted => INTERRUPTED,
    }
}

fn code_of_imports(error: &ImportError) -> u8 {
    match error {
        ImportError::Record(error) => code_of_records(error),
        _ => BAD_INPUT,
    }
}

fn code_of_runs(error: &RunsError) -> u8 {
    match error {
        RunsError::Missing(_) | RunsError::Unfinished(_) | RunsError::Lacking { .. } => MISSING_INPUT,
        RunsError::Unreadable { cause, .. } => code_of_io(cause).unwrap_or(MISSING_INPUT),
        RunsError::Taken(_) => USAGE,
        RunsError::Write(error) => code_of_report(error),
        _ => BAD_INPUT,
    }
}

fn code_of_compare(error: &CompareError) -> u8 {
    match error {
        CompareError::NothingCommon { .. } => NOTHING_MEASURED,
        CompareError::NoLosses(_) | CompareError::NoTimings(_) | CompareError::OutIsInput(_) => USAGE,
        _ => BAD_INPUT,
    }
}

/// A template that was named for all models.
fn code_of_text(error: &TextError) -> u8 {
    match error {
        TextError::NoThread(_) => TRANSIENT,
        error if error.is_missing_input() => MISSING_INPUT,
        _ => BAD_INPUT,
    }
}

/// What is left for judging to refuse comes from the inputs, but for what only a flag or a preset can say.
fn code_of_judge(error: &WinsError) -> u8 {
    match error {
        WinsError::Bootstrap(_) | WinsError::Slots { .. } => USAGE,
        _ => BAD_INPUT,
    }
}

/// Who is asked about is what a flag says.
fn code_of_sweep(error: &SweepError) -> u8 {
    match error {
        SweepError::Wins(error) => code_of_judge(error),
        SweepError::Absent(_) | SweepError::Skipped(_) | SweepError::Samples(_) | SweepError::Noise(_) => USAGE,
    }
}

fn code_of_folder(error: &FolderError) -> u8 {
    if matches!(error, FolderError::Both { .. }) { BAD_INPUT } else { MISSING_INPUT }
}

/// A row is the input's fault; constants are what a flag or a preset says.
fn code_of_horde(error: &HordeError) -> u8 {
    if error.row().is_some() { BAD_INPUT } else { USAGE }
}

/// A row is the input's fault, and so is more of something than is judged; constants are what a flag or a preset says.
fn code_of_utility(error: &UtilityError) -> u8 {
    let is_input = error.row().is_some() || matches!(error, UtilityError::TooMany { .. });
    if is_input { BAD_INPUT } else { USAGE }
}

fn code_of_store(error: &StoreError) -> u8 {
    match error {
        StoreError::Folder { .. } => USAGE,
        StoreError::Read { .. } | StoreError::Write { .. } | StoreError::Encode { .. } => INTERNAL,
    }
}

/// A model that the whole run depends on: another one is skipped with the reason, and no error of the program.
fn code_of_engine(error: &EngineError) -> u8 {
    match error {
        EngineError::Device { .. } => USAGE,
        EngineError::Fault(_) => TRANSIENT,
        EngineError::Tensor(_) => INTERNAL,
        EngineError::MissingFile { .. } => MISSING_INPUT,
        EngineError::Read { source, .. } => code_of_io(source).unwrap_or(MISSING_INPUT),
        EngineError::Text(error) => code_of_text(error),
        _ => BAD_INPUT,
    }
}

/// A model that the whole run depends on; a submission that cannot be had is skipped with the reason.
fn code_of_hub(error: &HubError) -> u8 {
    match error {
        HubError::Interrupted => INTERRUPTED,
        HubError::Store { .. } => USAGE,
        HubError::Write { .. } | HubError::Space { .. } | HubError::Budget { .. } => INTERNAL,
        HubError::MissingModel { .. }
        | HubError::Read { .. }
        | HubError::Absent { .. }
        | HubError::Denied { .. }
        | HubError::Incomplete { .. }
        | HubError::NotCached(_) => MISSING_INPUT,
        error if error.is_transient() => TRANSIENT,
        _ => BAD_INPUT,
    }
}

fn code_of_embedding(error: &EmbeddingError) -> u8 {
    match error {
        EmbeddingError::Store(error) => code_of_store(error),
        EmbeddingError::Engine(error) => code_of_engine(error),
    }
}

fn code_of_report(error: &ReportError) -> u8 {
    if matches!(error, ReportError::Folder { .. }) { USAGE } else { INTERNAL }
}

/// A reader of stdout that went away ends the program in peace, as `| head` should.
fn code_of_io(error: &io::Error) -> Option<u8> {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Some(OK),
        io::ErrorKind::NotFound => Some(MISSING_INPUT),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    fn code(error: impl Error + Send + Sync + 'static) -> u8 {
        code_of(&anyhow::Error::new(error))
    }

    #[test]
    fn a_known_error_has_its_code_under_any_context() {
        let error = SettingsError::Conflict("both".into());
        assert_eq!(code_of(&anyhow::Error::new(error).context("first").context("second")), USAGE);
        let file = "weighhouse.toml".into();
        assert_eq!(code(SettingsError::Malformed { file, problem: String::new() }), BAD_INPUT);
    }

    #[test]
    fn records_are_missing_or_bad() {
        let file = "a.jsonl".to_owned();
        assert_eq!(code(RecordError::Missing { file: file.clone() }), MISSING_INPUT);
        assert_eq!(code(RecordError::UnknownFormat { file }), BAD_INPUT);
        assert_eq!(code(WinsError::RepeatedUid(3)), BAD_INPUT);
        assert_eq!(code(WinsError::Slots { slots: 1, submissions: 2 }), USAGE);
    }

    #[test]
    fn a_machine_without_threads_is_worth_another_try() {
        let no_thread = || TextError::NoThread(io::ErrorKind::WouldBlock.into());
        assert_eq!(code(no_thread()), TRANSIENT);
        assert_eq!(code(crate::measure::MeasureError::Machine(no_thread())), TRANSIENT);
    }

    #[test]
    fn the_outer_of_two_known_errors_decides() {
        let source = io::Error::from(io::ErrorKind::NotFound);
        assert_eq!(code(StoreError::Folder { path: "x".into(), source }), USAGE);
        let source = io::Error::from(io::ErrorKind::PermissionDenied);
        assert_eq!(code(SettingsError::Unreadable { file: "x".into(), source }), MISSING_INPUT);
    }

    #[test]
    fn a_missing_file_is_missing_input_and_a_closed_pipe_is_no_failure() {
        let missing = std::fs::read("no/such/file").context("reading");
        assert_eq!(code_of(&missing.expect_err("missing")), MISSING_INPUT);
        assert_eq!(code(io::Error::from(io::ErrorKind::BrokenPipe)), OK);
    }

    #[test]
    fn the_unknown_is_internal() {
        assert_eq!(code_of(&anyhow::anyhow!("surprise")), INTERNAL);
        assert_eq!(code(io::Error::from(io::ErrorKind::StorageFull)), INTERNAL);
    }
}
