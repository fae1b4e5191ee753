//! The state that coldint's validator keeps of its measurements: the folder `vali-state/evalstate`, with the losses as a NumPy
//! array and beside it which rows and columns they are. Texts and losses of all competitions share it.

use std::io::Read;
use std::path::Path;

use candle_core::npy::NpzTensors;
use candle_core::{DType, Error as CandleError};
use serde_json::Value;

use super::fields::Fields;
use super::{Entry, ImportError, Imported, ImportedStep, ModelFile, Who, each_document};
use crate::excerpt;
use crate::guard::guarded;
use crate::records::{Counting, Logged, Place, StepSample, open};

/// The two files of the folder.
const LOSSES: &str = "eval_losses.npz";
const STATE: &str = "eval_state.json";
const REMEDY: &str = "give the folder evalstate as coldint's validator writes it";
const FIRST_SEEN: &str = "it must have a block and a hotkey for each row of the losses";
/// How many times as wide an array becomes whose numbers are read as f64.
const WIDEST: u64 = 8;
const SAMPLES: &str = "it must have an entry for each column of the losses";

/// Reads one folder, as one step.
pub fn read(folders: &[ModelFile]) -> Result<Imported, ImportError> {
    let [folder] = folders else {
        return Err(refused(
            Path::new(&folders.get(1).map_or_else(String::new, ModelFile::name)),
            "is a second folder".into(),
        ));
    };
    if folder.model.is_some() {
        return Err(refused(&folder.path, "has models of its own, so MODEL= names none".into()));
    }
    let (losses, state) = (folder.path.join(LOSSES), folder.path.join(STATE));
    let mut step = None;
    let file = ModelFile { model: None, path: state.clone() };
    each_document(&file, |place, value| {
        step = Some(one_step(place, value, matrix(&losses)?)?);
        Ok(())
    })?;
    let mut step = step.ok_or_else(|| refused(&state, "is empty".into()))?;
    let mut remarks = vec![
        "losses are sums over the tokens of a sample: wins are the same as per token, averages are not".to_owned(),
    ];
    let older = keep_latest(&mut step);
    if older > 0 {
        remarks.push(format!("models of a hotkey that has a later one: {older}, left out"));
    }
    let (unmeasured, left_out) = keep_measured(&mut step);
    if unmeasured > 0 {
        remarks.push(format!("models of which no sample was measured: {unmeasured}; they count as skipped"));
    }
    if left_out > 0 {
        remarks.push(format!(
            "samples left out because some model was not measured on them yet: {left_out} of {}",
            left_out + step.samples.len()
        ));
    }
    Ok(Imported { steps: vec![step], remarks, ..Imported::default() })
}

/// Leaves of each hotkey the model of its latest block; tells how many others there were.
fn keep_latest(step: &mut ImportedStep) -> usize {
    let before = step.entries.len();
    let latest: Vec<bool> = (0..before)
        .map(|index| {
            let entry = &step.entries[index];
            let of_same = step.entries.iter().enumerate().filter(|(_, other)| other.who == entry.who);
            of_same.max_by_key(|(place, other)| (other.block, *place)).is_some_and(|(place, _)| place == index)
        })
        .collect();
    let mut latest = latest.into_iter();
    step.entries.retain(|_| latest.next().unwrap_or(false));
    before - step.entries.len()
}

/// Leaves the samples that all models were measured on: NaN, which stands for what was not, would win for the earliest.
/// Tells how many models were measured on nothing, which are skipped, and how many samples are left out.
fn keep_measured(step: &mut ImportedStep) -> (usize, usize) {
    let mut unmeasured = 0;
    for entry in &mut step.entries {
        if entry.losses.as_ref().is_some_and(|losses| losses.iter().all(|loss| loss.is_nan())) {
            (entry.losses, unmeasured) = (None, unmeasured + 1);
        }
    }
    let all = step.samples.len();
    let is_kept = |sample: usize| {
        step.entries.iter().filter_map(|entry| entry.losses.as_ref()).all(|losses| !losses[sample].is_nan())
    };
    let kept: Vec<bool> = (0..all).map(is_kept).collect();
    fn keep<T>(values: &mut Vec<T>, kept: &[bool]) {
        let mut kept = kept.iter();
        values.retain(|_| kept.next().copied().unwrap_or(false));
    }
    keep(&mut step.samples, &kept);
    step.entries.iter_mut().filter_map(|entry| entry.losses.as_mut()).for_each(|losses| keep(losses, &kept));
    (unmeasured, all - step.samples.len())
}

/// The array of losses, by model and sample.
fn matrix(path: &Path) -> Result<Vec<Vec<f64>>, ImportError> {
    // A missing file is told as any other.
    let bytes = open(path)?.metadata().map_or(0, |metadata| metadata.len());
    let open_again = || std::fs::File::open(path).map_err(CandleError::from);
    let fail = |problem: String| refused(path, excerpt::message(problem.lines().next().unwrap_or_default()));
    let read = guarded(|| -> Result<_, CandleError> {
        if let Err(problem) = check_header(open_again()?) {
            return Ok(Err(problem));
        }
        let arrays = NpzTensors::new(path)?;
        let dimensions = match arrays.names().into_iter().any(|name| name == "losses") {
            true => arrays.get_shape_and_dtype("losses")?.0.dims().to_vec(),
            false => return Ok(Err("holds no array `losses`".to_owned())),
        };
        let elements = dimensions.iter().fold(1_u64, |product, size| product.saturating_mul(*size as u64));
        match dimensions.len() {
            2 if elements.saturating_mul(8) <= bytes.saturating_mul(WIDEST) => {}
            2 => return Ok(Err(format!("claims {dimensions:?} losses, more than its {bytes} bytes can hold"))),
            _ => return Ok(Err(format!("holds losses of shape {dimensions:?}, which should have models and samples"))),
        }
        Ok(arrays
            .get("losses")?
            .map(|tensor| tensor.to_dtype(DType::F64)?.to_vec2())
            .transpose()?
            .ok_or_else(String::new))
    });
    let read = read.map_err(|panic| fail(panic.to_string()))?.map_err(|error| fail(error.to_string()))?;
    read.map_err(fail)
}

/// Whether the array `losses` begins as NumPy begins one of numbers: the reader makes room for any length that a later
/// version of its header claims.
fn check_header(file: std::fs::File) -> Result<(), String> {
    let mut archive = zip::ZipArchive::new(file).map_err(|error| error.to_string())?;
    let mut array = archive.by_name("losses.npy").map_err(|_| "holds no array `losses`".to_owned())?;
    let mut start = [0; 7];
    array.read_exact(&mut start).map_err(|error| error.to_string())?;
    if start == *b"\x93NUMPY\x01" { Ok(()) } else { Err("holds `losses` as no plain NumPy array".into()) }
}

fn one_step(place: &Place, state: &Value, losses: Vec<Vec<f64>>) -> Result<ImportedStep, ImportError> {
    let place = &Place { number: 1, unit: Counting::Row, ..place.clone() };
    let object = state.as_object().ok_or_else(|| refused(Path::new(&place.file), "is no object".into()))?;
    let state = Fields::of_row(place, object);
    let sampleset = Fields::within(place, "sampleset.", state.object("sampleset", SAMPLES)?);
    let samples = sampleset.list("samples", SAMPLES)?;
    if let Some(row) = losses.iter().find(|row| row.len() != samples.len()) {
        let problem = format!("has {} columns of losses for {} samples", row.len(), samples.len());
        return Err(refused(Path::new(&place.file), problem));
    }
    let seen = state.object("first_seen", FIRST_SEEN)?;
    let entry = |(row, losses): (usize, Vec<f64>)| {
        let path = format!("first_seen.{row}.");
        let Some(Value::Object(first)) = seen.get(&row.to_string()) else {
            return Err(state.refuse("first_seen", &Value::from(row), FIRST_SEEN));
        };
        let first = Fields::within(place, &path, first);
        if let Some(loss) = losses.iter().find(|loss| **loss < 0.0) {
            return Err(refused(Path::new(&place.file), format!("has a loss of {loss} in row {row}")));
        }
        Ok(Entry {
            who: Who::Hotkey(first.get::<String>("hotkey", FIRST_SEEN)?),
            block: Some(Some(first.get::<u64>("block", FIRST_SEEN)?)),
            competition: None,
            losses: Some(losses),
            logged: Logged::default(),
            place: place.clone(),
        })
    };
    let entries = losses.into_iter().enumerate().map(entry).collect::<Result<_, _>>()?;
    Ok(ImportedStep {
        step: 0,
        current_block: None,
        samples: samples.iter().enumerate().map(sample).collect(),
        entries,
    })
}

/// A sample: its page is where it is from.
fn sample((column, sample): (usize, &Value)) -> StepSample {
    let part = |part: &Value| part.as_str().map_or_else(|| part.to_string(), str::to_owned);
    let page = sample.get("page").and_then(Value::as_array);
    let page = page.map(|page| page.iter().map(part).collect::<Vec<_>>().join("/"));
    let id =
        page.as_ref().zip(sample.get("ofs")).map_or_else(|| column.to_string(), |(page, ofs)| format!("{page}/{ofs}"));
    StepSample { id: Some(id), source: page }
}

fn refused(path: &Path, problem: String) -> ImportError {
    ImportError::File { file: path.display().to_string(), problem, remedy: REMEDY }
}
