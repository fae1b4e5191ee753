//! The state that coldint's validator keeps of its measurements: the folder `vali-state/evalstate`, with the losses as a NumPy
//! array and beside it which rows and columns they are. Texts and losses of all competitions share it.

use std::path::Path;

use candle_core::npy::NpzTensors;
use candle_core::{DType, Error as CandleError};
use serde_json::Value;

use super::fields::Fields;
use super::{Entry, ImportError, Imported, ImportedStep, ModelFile, Who};
use crate::excerpt;
use crate::guard::guarded;
use crate::records::{Counting, Logged, Place, Source, StepSample, open, read_documents};

/// The two files of the folder.
const LOSSES: &str = "eval_losses.npz";
const STATE: &str = "eval_state.json";
const REMEDY: &str = "give the folder evalstate as coldint's validator writes it";
const FIRST_SEEN: &str = "it must have a block and a hotkey for each row of the losses";
const SAMPLES: &str = "it must have an entry for each column of the losses";

/// Reads one folder, as one step.
pub fn read(folders: &[ModelFile]) -> Result<Imported, ImportError> {
    let [folder] = folders else {
        return Err(refused(
            Path::new(&folders.get(1).map_or_else(String::new, ModelFile::name)),
            "is a second folder".into(),
        ));
    };
    let (losses, state) = (folder.path.join(LOSSES), folder.path.join(STATE));
    let mut step = None;
    let mut failure = None;
    let read = read_documents(&Source::File(state.clone()), |place, value| {
        match matrix(&losses).and_then(|losses| one_step(place, value, losses)) {
            Ok(found) => step = Some(found),
            Err(error) => failure = Some(error),
        }
        Ok(())
    });
    failure.map_or_else(|| Ok(read.map(drop)?), Err::<(), ImportError>)?;
    let step = step.ok_or_else(|| refused(&state, "is empty".into()))?;
    let unmeasured =
        step.entries.iter().flat_map(|entry| entry.losses.iter().flatten()).filter(|loss| loss.is_nan()).count();
    let mut remarks = vec![
        "losses are sums over the tokens of a sample: wins are the same as per token, averages are not".to_owned(),
    ];
    if unmeasured > 0 {
        remarks
            .push(format!("losses not measured yet, or failed: {unmeasured}; they count as NaN, which meets nobody"));
    }
    Ok(Imported { steps: vec![step], remarks, ..Imported::default() })
}

/// The array of losses, by model and sample.
fn matrix(path: &Path) -> Result<Vec<Vec<f64>>, ImportError> {
    // A missing file is told as any other.
    drop(open(path)?);
    let read = guarded(|| -> Result<_, CandleError> {
        NpzTensors::new(path)?.get("losses")?.map(|tensor| tensor.to_dtype(DType::F64)?.to_vec2()).transpose()
    });
    let read = read.map_err(|panic| refused(path, excerpt::message(&panic.to_string())))?;
    let read = read.map_err(|error| refused(path, excerpt::message(&error.to_string())))?;
    read.ok_or_else(|| refused(path, "holds no array `losses`".into()))
}

fn one_step(place: &Place, state: Value, losses: Vec<Vec<f64>>) -> Result<ImportedStep, ImportError> {
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
