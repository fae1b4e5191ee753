//! What a failing device does to a run: this program's own `evaluate` on tiny models of the checkup's own, in children
//! whose device fails on purpose; and, on an accelerator, memory that runs out for real.

use std::path::Path;
use std::process::Output;

use candle_core::{DType, Tensor};
use serde_json::json;

use super::accelerator::Accelerator;
use super::bench::{SHAPES, write_shape};
use super::error::CheckupError;
use super::examination::Examination;
use super::program::Program;
use super::values::Values;
use crate::check::{Check, Section};
use crate::engine::fault::DeviceFault;
use crate::engine::{EngineError, Result};

/// Samples of the tiny evaluation, and batches after which its device breaks: in the second of two models.
const SAMPLES: usize = 6;
const BROKEN: &str = "rehearse:broken:8";
const SHORT: &str = "rehearse:memory:1";
/// What every run of it is told.
const ARGUMENTS: [&str; 17] = [
    "evaluate",
    "submissions.jsonl",
    "--samples",
    "samples.jsonl",
    "--preset",
    "finetuning-subnet",
    "--dtype",
    "auto",
    "--template",
    "none",
    "--tokenizer-rules",
    "file",
    "--weight-norms=false",
    "--resamples",
    "1000",
    "--offline",
    "--quiet",
];
/// Tables that equal runs write alike.
const TABLES: [&str; 4] = ["losses", "wins", "weights", "steps"];
/// Bytes that no device has.
const BOUNDLESS: u64 = 1 << 46;

/// Checks what faults do.
///
/// # Errors
/// The device failed for good, a child cannot be started, or the user asked to stop.
pub fn check(examination: &mut Examination, program: &Program) -> Result<(), CheckupError> {
    if !examination.device.is_cpu() {
        run_out_of_memory(examination)?;
        let why = "nothing here breaks a device for real; see the rehearsal below";
        examination.note(Check::skipped(Section::Faults, "a device that breaks", why));
    }
    let scratch = match tempfile::tempdir() {
        Ok(scratch) => scratch,
        Err(error) => {
            let why = format!("no temporary folder can be made: {error}; name another place with TMPDIR");
            examination.note(Check::failed(Section::Faults, "a device that breaks, rehearsed on the CPU", why));
            return Ok(());
        }
    };
    write_inputs(scratch.path())?;
    let rehearsals: [(&str, Rehearsal); 2] = [
        ("a batch that memory does not hold, rehearsed on the CPU", short_of_memory),
        ("a device that breaks, rehearsed on the CPU", broken),
    ];
    let is_sound = expect_code(&evaluate(program, scratch.path(), "cpu", "whole", "whole-store", true)?, 0);
    for (what, rehearse) in rehearsals {
        if examination.reporter.interrupted() {
            return Err(CheckupError::Interrupted);
        }
        let came_to = match &is_sound {
            Ok(()) => rehearse(program, scratch.path())?,
            Err(why) => Err(format!("without any fault, {why}")),
        };
        examination.note(match came_to {
            Ok(note) => Check::told(Section::Faults, what, note),
            Err(why) => Check::failed(Section::Faults, what, why),
        });
    }
    Ok(())
}

/// What a rehearsal came to, in words: as it must be, or not.
type Rehearsal = fn(&Program, &Path) -> Result<Result<String, String>, CheckupError>;

/// Asks for more memory than there is, and computes after that.
fn run_out_of_memory(examination: &mut Examination) -> Result<(), CheckupError> {
    let what = "memory that runs out";
    let bytes = Accelerator::of(&examination.device).and_then(|it| it.bytes).map_or(BOUNDLESS, |all| 2 * all);
    let asked = examination.compute(1, |device| Ok(Tensor::zeros(bytes as usize, DType::U8, device)?));
    let why = match asked {
        Ok(_) => format!("{bytes} bytes were had of a device that has fewer"),
        Err(EngineError::Fault(DeviceFault::OutOfMemory { .. })) => {
            let sum = examination
                .compute(1, |device| Ok(Tensor::ones(1000, DType::F32, device)?.sum_all()?.to_scalar::<f32>()?))?;
            if sum == 1000.0 {
                let note = format!("{bytes} bytes were refused as they must be, and the device computes on");
                examination.note(Check::told(Section::Faults, what, note));
                return Ok(());
            }
            format!("after that, a sum of 1000 ones was {sum}")
        }
        Err(error) => format!("it was not taken for a lack of memory: {error}"),
    };
    examination.note(Check::failed(Section::Faults, what, why));
    Ok(())
}

fn short_of_memory(program: &Program, folder: &Path) -> Result<Result<String, String>, CheckupError> {
    let ended = evaluate(program, folder, SHORT, "short", "short-store", false)?;
    Ok(expect_code(&ended, 0)
        .and_then(|()| same_tables(folder, "short"))
        .map(|()| "it asked for less at once, and its tables are those of a whole run".into()))
}

fn broken(program: &Program, folder: &Path) -> Result<Result<String, String>, CheckupError> {
    let ended = evaluate(program, folder, BROKEN, "broken", "broken-store", true)?;
    let ends_well = expect_code(&ended, program.try_again)
        .and_then(|()| nothing_ranked(&ended, &folder.join("broken")))
        .and_then(|()| only_whole_parts(&folder.join("broken-store")));
    if let Err(why) = ends_well {
        return Ok(Err(why));
    }
    let again = evaluate(program, folder, "cpu", "broken", "broken-store", true)?;
    Ok(expect_code(&again, 0).and_then(|()| same_tables(folder, "broken")).map(|()| {
        "it ended with 75, ranked nothing and kept what it had; run again, it went on to the tables of a whole run"
            .into()
    }))
}

/// Runs the tiny evaluation on a device, each sample by itself or all together.
fn evaluate(
    program: &Program,
    folder: &Path,
    device: &str,
    out: &str,
    store: &str,
    is_single: bool,
) -> Result<Output, CheckupError> {
    let batch = if is_single { "1" } else { "4096" };
    let own = ["--device", device, "--out", out, "--store", store, "--batch-tokens", batch];
    program.run(folder, &[&ARGUMENTS[..], &own].concat())
}

fn expect_code(ended: &Output, code: u8) -> Result<(), String> {
    if ended.status.code() == Some(code.into()) {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&ended.stderr);
    let line = stderr.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no word");
    Err(format!("it ended with {} and not with {code}: {line}", ended.status))
}

fn nothing_ranked(ended: &Output, out: &Path) -> Result<(), String> {
    let written = std::fs::read_dir(out).map_err(|error| format!("{}: {error}", out.display()))?.count();
    match (ended.stdout.is_empty(), written) {
        (true, 0) => Ok(()),
        _ => Err(format!("it printed or wrote a result: {written} files in its folder")),
    }
}

/// The store holds what was measured before the fault, and nothing half written.
fn only_whole_parts(store: &Path) -> Result<(), String> {
    let (mut folders, mut parts) = (vec![store.join("losses")], 0);
    while let Some(folder) = folders.pop() {
        let told = |error: std::io::Error| format!("{}: {error}", folder.display());
        for entry in std::fs::read_dir(&folder).map_err(told)? {
            let path = entry.map_err(told)?.path();
            match path.extension().and_then(|extension| extension.to_str()) {
                None => folders.push(path),
                Some("parquet") => parts += 1,
                Some("json") => {}
                Some(_) => return Err(format!("{} was left in the store", path.display())),
            }
        }
    }
    if parts > 0 { Ok(()) } else { Err("what was measured before the fault was not kept".into()) }
}

fn same_tables(folder: &Path, out: &str) -> Result<(), String> {
    for table in TABLES {
        let read = |out: &str| {
            let path = folder.join(out).join(format!("{table}.parquet"));
            std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
        };
        if read(out)? != read("whole")? {
            return Err(format!("{table}.parquet is not that of a run without the fault"));
        }
    }
    Ok(())
}

/// Two tiny models of random weights, their tokenizer, and samples of words that it knows.
fn write_inputs(folder: &Path) -> Result<(), CheckupError> {
    let write = |path: &Path, text: String| std::fs::write(path, text).map_err(CheckupError::at(path));
    let shape = SHAPES[0];
    let word = |id: u32| format!("w{id}");
    let mut submissions = String::new();
    for (index, model) in ["first", "second"].iter().enumerate() {
        write_shape(&shape, index as u64 + 1, &folder.join(model), &|| false)?;
        let vocabulary: serde_json::Map<String, serde_json::Value> =
            (0..shape.vocabulary as u32).map(|id| (word(id), json!(id))).collect();
        let tokenizer = json!({
            "version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "WhitespaceSplit"},
            "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": word(0)},
        });
        write(&folder.join(model).join("tokenizer.json"), tokenizer.to_string())?;
        write(&folder.join(model).join("tokenizer_config.json"), json!({"eos_token": word(2)}).to_string())?;
        let (uid, block) = (index + 1, 100 + index);
        submissions += &format!("{}\n", json!({"uid": uid, "model": format!("./{model}"), "block": block}));
    }
    write(&folder.join("submissions.jsonl"), submissions)?;
    let mut values = Values::new(3);
    let mut words =
        |count: usize| values.ids(count, shape.vocabulary).into_iter().map(word).collect::<Vec<_>>().join(" ");
    let samples = (0..SAMPLES).map(|index| format!("{}\n", json!({"prompt": words(5 + index), "response": words(4)})));
    write(&folder.join("samples.jsonl"), samples.collect())
}
