//! Validators' step logs: rows of wandb's history, the steps alone, or runs as dashboards keep them. A step that holds the
//! losses of coldint's samples or the scores of pretraining and its successor can be judged; one that holds means cannot.

use serde_json::{Map, Value};

use super::fields::Fields;
use super::{Entry, ImportError, Imported, ImportedStep, ModelFile, Who, each_document};
use crate::judge::wins::presets::preset;
use crate::records::{Cell, Id, Logged, Loss, Place, StepSample, parse_document};

/// The block that coldint writes where it knows none.
const NO_BLOCK: u64 = 1 << 31;
/// What a log of steps should hold.
const A_STEP: &str = "give a step log: rows with `original_format_json`, steps with `uids` and `uid_data`, or runs with lists of \
                      steps";
const A_UID: &str = "it must be the uid of a participant that has an object of its own in `uid_data`";
const AN_ID: &str = "it must be the id of a competition";
const A_LOSS: &str = "it must be a number of 0 or more, NaN or Infinity";
const A_NUMBER: &str = "it must be a number, and a count a whole one";
/// What two boosts may differ by that are the same.
const TRIFLE: f64 = 1e-12;

/// Reads step logs.
pub fn read(files: &[ModelFile]) -> Result<Imported, ImportError> {
    let mut log = Log::default();
    for file in files {
        each_document(file, |place, value| log.document(place, value))?;
    }
    Ok(log.finish())
}

/// Steps on their way.
#[derive(Default)]
struct Log {
    imported: Imported,
    /// Participants with null losses of which the log does not say whether they are NaN or infinite.
    unclear: usize,
}

/// What the numbers of a step are.
#[derive(Clone, Copy)]
enum Kind {
    /// Scores, one of each model, compared by the rules of this preset.
    Scores(&'static str),
    /// The losses of coldint's samples.
    Losses,
}

impl Kind {
    fn preset(self) -> &'static str {
        match self {
            Self::Scores(preset) => preset,
            Self::Losses => "coldint",
        }
    }
}

impl Log {
    /// A row of a history, a step, or runs with their steps.
    fn document(&mut self, place: &Place, value: &Value) -> Result<(), ImportError> {
        let Value::Object(object) = value else { return Err(no_step(place, value)) };
        let row = Fields::of_row(place, object);
        if let Some(text) = row.raw("original_format_json") {
            let step = parse_document(text.as_str().unwrap_or_default(), place)?;
            let inner = step.as_object().ok_or_else(|| no_step(place, &step))?;
            return self.step(Fields::of_row(place, inner), Some(row));
        }
        if row.has("uid_data") {
            return self.step(row, None);
        }
        let runs: Option<Vec<&Vec<Value>>> = object.values().map(Value::as_array).collect();
        for step in runs.filter(|runs| !runs.is_empty()).ok_or_else(|| no_step(place, value))?.into_iter().flatten() {
            let object = step.as_object().ok_or_else(|| no_step(place, step))?;
            self.step(Fields::of_row(place, object), None)?;
        }
        Ok(())
    }

    /// A step; `row` is the row of a history that it stands in.
    fn step(&mut self, step: Fields<'_>, row: Option<Fields<'_>>) -> Result<(), ImportError> {
        let (uids, data) = (step.list("uids", A_STEP)?, step.object("uid_data", A_STEP)?);
        if uids.is_empty() {
            return Ok(());
        }
        let kind = self.kind(step, data)?;
        let mut entries = Vec::new();
        for uid in uids {
            let name = Id::read(uid).filter(|name| u32::read(uid).is_some() && data.contains_key(name));
            let object = name.as_ref().and_then(|name| data[name].as_object());
            let (Some(name), Some(object)) = (&name, object) else { return Err(step.refuse("uids", uid, A_UID)) };
            let path = format!("uid_data.{name}.");
            entries.push(self.entry(kind, step, Fields::within(step.place, &path, object))?);
        }
        let next = self.imported.steps.last().map_or(0, |last| last.step + 1);
        let number = row.map(|row| row.find::<u32>("_step", "it must be the number of a step")).transpose()?.flatten();
        let dated = row.filter(|row| row.has("block")).unwrap_or(step);
        let block = dated.find::<u64>("block", "it must be the block of the chain")?;
        let samples = entries.iter().filter_map(|entry| Some(entry.losses.as_ref()?.len())).max().unwrap_or(0);
        self.imported.steps.push(ImportedStep {
            // Numbers begin again with each run of a validator.
            step: number.map_or(next, |number| number.max(next)),
            current_block: block.map_or_else(|| block_of_boosts(kind, data), |block| Ok(Some(block)))?,
            samples: vec![StepSample::default(); samples],
            entries,
        });
        Ok(())
    }

    /// What kind of step it is, by what its participants have.
    fn kind(&mut self, step: Fields<'_>, data: &Map<String, Value>) -> Result<Kind, ImportError> {
        let all_have = |name: &str| data.values().all(|entry| entry.get(name).is_some());
        let kind = match () {
            () if all_have("losses") => Kind::Losses,
            () if !all_have("epsilon_adv") => return Err(ImportError::OnlyMeans { place: step.place.clone() }),
            () if step.has("sync_block") => Kind::Scores("finetuning-successor"),
            () => Kind::Scores("pretraining"),
        };
        match self.imported.preset.replace(kind.preset()) {
            Some(known) if known != kind.preset() => {
                Err(ImportError::TwoNetworks { place: step.place.clone(), found: kind.preset(), known })
            }
            _ => Ok(kind),
        }
    }

    fn entry(&mut self, kind: Kind, step: Fields<'_>, fields: Fields<'_>) -> Result<Entry, ImportError> {
        // A block that was not known is infinite, or coldint's placeholder.
        let block = fields.raw("block").and_then(u64::read).filter(|block| *block != NO_BLOCK);
        let (competition, losses) = match kind {
            Kind::Scores(_) => {
                let score = fields.find::<Loss>("average_loss", A_LOSS)?.unwrap_or(f64::NAN);
                (step.find::<Id>("competition_id", AN_ID)?, Some(vec![score]))
            }
            Kind::Losses => {
                let competition = fields.find::<Id>("competition", AN_ID)?;
                let losses = self.losses(fields, tokens(step, competition.as_deref()))?;
                (competition, losses)
            }
        };
        Ok(Entry {
            who: Who::Uid(fields.get::<u32>("uid", A_UID)?),
            block: Some(block),
            competition,
            losses,
            logged: Logged {
                win_rate: fields.find::<f64>("win_rate", A_NUMBER)?,
                win_total: fields.find::<u64>("win_total", A_NUMBER)?,
                weight: fields.find::<f64>("weight", A_NUMBER)?,
                average: fields.find::<f64>("norm_weight", A_NUMBER)?,
            },
            place: step.place.clone(),
        })
    }

    /// Losses of coldint's samples, per token where their `tokens` are known. Null stands for NaN and for infinity; counts
    /// beside the losses tell which, as long as it is the same for all of one model.
    fn losses(&mut self, fields: Fields<'_>, tokens: Vec<f64>) -> Result<Option<Vec<f64>>, ImportError> {
        if fields.raw("losses").is_none() {
            return Ok(None);
        }
        let list = fields.list("losses", "it must be a list of losses")?;
        let count = |name: &str| fields.find::<u64>(name, A_NUMBER).map(|count| count.unwrap_or(0) as usize);
        let (finite, infinite) = (count("n_samples")?, count("n_inf")?);
        let absent = match infinite {
            infinite if finite + infinite == list.len() => f64::INFINITY,
            0 => f64::NAN,
            _ => {
                self.unclear += 1;
                f64::NAN
            }
        };
        let loss = |(index, value): (usize, &Value)| {
            let loss = if value.is_null() { Some(absent) } else { Loss::read(value) };
            let per_token = tokens.get(index).filter(|_| tokens.len() == list.len()).copied().unwrap_or(1.0);
            loss.map(|loss| loss / per_token).ok_or_else(|| fields.refuse("losses", value, A_LOSS))
        };
        list.iter().enumerate().map(loss).collect::<Result<_, _>>().map(Some)
    }

    fn finish(mut self) -> Imported {
        if self.unclear > 0 {
            self.imported.remarks.push(format!(
                "participants with null losses of which the log does not say which are NaN and which infinite: {}; they \
                 count as NaN, which meets nobody",
                self.unclear
            ));
        }
        self.imported
    }
}

/// Tokens of the samples of a competition, where coldint's log has them.
fn tokens(step: Fields<'_>, competition: Option<&str>) -> Vec<f64> {
    let lengths = step.raw("competition_info").zip(competition).and_then(|(info, id)| info.get(id)?.get("sample_len"));
    let tokens =
        |lengths: &Vec<Value>| lengths.iter().map(|length| f64::read(length).filter(|length| *length > 0.0)).collect();
    lengths.and_then(Value::as_array).and_then(tokens).unwrap_or_default()
}

/// The block of the chain at which the boosts of a step are what its log says; `None` where none of them falls any more.
fn block_of_boosts(kind: Kind, data: &Map<String, Value>) -> Result<Option<u64>, ImportError> {
    let Some(epsilon) = preset(kind.preset()).map(|preset| preset.rules.epsilon) else { return Ok(None) };
    let boosts = data
        .values()
        .filter_map(|entry| Some((u64::read(entry.get("block")?)?, f64::read(entry.get("epsilon_adv")?)?)));
    let boosts: Vec<(u64, f64)> = boosts.collect();
    // The boost falls with the blocks that have passed: the first age at which it is no longer above the logged one.
    let age = |boost: f64| {
        let (mut young, mut old) = (0, 1 << 32);
        while young < old {
            let middle = u64::midpoint(young, old);
            if epsilon.at(Some(0), middle) > boost + TRIFLE { young = middle + 1 } else { old = middle }
        }
        young
    };
    let agrees =
        |current: u64| boosts.iter().all(|&(block, boost)| (epsilon.at(Some(block), current) - boost).abs() <= TRIFLE);
    let falls = |boost: f64| epsilon.end() + TRIFLE < boost && boost + TRIFLE < epsilon.at(Some(0), 0);
    let falling = boosts.iter().find(|(_, boost)| falls(*boost));
    Ok(falling.map(|&(block, boost)| block + age(boost)).filter(|&current| agrees(current)))
}

fn no_step(place: &Place, value: &Value) -> ImportError {
    let found = crate::excerpt::value(&value.to_string());
    ImportError::Field { place: place.clone(), field: "the row".into(), found, remedy: A_STEP }
}
