//! What calls of the embedder take: read, or measured here, and the model that follows.

use anyhow::{Context, Result};

use crate::call::Call;
use crate::commands::embedder::OpenEmbedder;
use crate::commands::record::input_of;
use crate::commands::settings::{MemorySettings, ReplayScheduleSettings, Working};
use crate::judge::schedule::DeviceMemory;
use crate::measure::calls::{CallPlan, measure_calls};
use crate::measure::program::own_program;
use crate::records::{Reading, read_calls};
use crate::report::InputRecord;
use crate::reporter::Reporter;
use crate::stats::Confidence;

/// Calls, and where they are from.
pub struct FoundCalls {
    /// They.
    pub rows: Vec<Call>,
    /// The file, where they were read.
    pub input: Option<InputRecord>,
    /// The embedder, where they were measured.
    pub tools: Option<OpenEmbedder>,
}

/// Reads the calls; nothing where they are to be measured.
///
/// # Errors
/// The file is missing or bad.
pub fn recorded(settings: &ReplayScheduleSettings, reporter: &dyn Reporter) -> Result<Option<FoundCalls>> {
    let MemorySettings { calls: source, measure, .. } = &settings.memory;
    if measure.is_some() {
        return Ok(None);
    }
    let calls = read_calls(source, &Reading::new(&settings.reading, reporter))?;
    let input = input_of(source, &calls.sha256, calls.rows.len(), calls.skipped);
    Ok(Some(FoundCalls { rows: calls.rows, input: Some(input), tools: None }))
}

/// Measures the calls, each number of them in a process of its own; none where nobody asks for it.
///
/// # Errors
/// The embedder cannot be had, or nothing can be measured here.
pub fn measured(settings: &ReplayScheduleSettings, reporter: &dyn Reporter) -> Result<FoundCalls> {
    // As the validator calls it, and as it would with a whole batch at once.
    let mut texts: Vec<u32> = [settings.working.minibatch, settings.working.batch].map(small).into();
    texts.dedup();
    let Some(settings) = &settings.memory.measure else {
        return Ok(FoundCalls { rows: Vec::new(), input: None, tools: None });
    };
    let tools = OpenEmbedder::open(&settings.embedding, reporter)?;
    let program = own_program().context("this program's own file, which measures in further processes")?;
    let plan = CallPlan {
        folder: tools.folder().to_owned(),
        device: settings.embedding.device,
        dtype: settings.embedding.dtype,
        concurrencies: settings.concurrency.iter().map(|&count| small(count)).collect(),
        texts,
        tokens: None,
        repetitions: small(settings.repetitions),
    };
    let mut rows = Vec::new();
    measure_calls(&program, &plan, reporter, |call| {
        rows.push(call);
        Ok(())
    })?;
    Ok(FoundCalls { rows, input: None, tools: Some(tools) })
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// How memory grows with calls, and how many fit the device.
///
/// # Errors
/// The confidence is none; it was checked before.
pub fn model(settings: &ReplayScheduleSettings, working: &Working, calls: &[Call]) -> Result<DeviceMemory> {
    let confidence = Confidence::new(settings.spec.bootstrap.confidence)?;
    Ok(DeviceMemory::new(calls, small(working.minibatch), settings.memory.bytes, confidence))
}
