//! Validators' step logs: rows of wandb's history, the steps alone, or runs as dashboards keep them. A step that holds the
//! losses of coldint's samples or the scores of pretraining and its successor can be judged; one that holds means cannot.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::boosts::block_of;
use super::fields::Fields;
use super::{Entry, ImportError, Imported, ImportedStep, ModelFile, Who, each_document};
use crate::excerpt;
use crate::judge::wins::Weighting;
use crate::judge::wins::presets::preset;
use crate::records::{Cell, Id, Logged, Loss, Place, StepSample, parse_document};

/// The block that coldint writes where it knows none.
const NO_BLOCK: u64 = 1 << 31;
/// What a log of steps should hold.
const A_STEP: &str = "give a step log: rows with `original_format_json`, steps with `uids` and `uid_data`, or runs with lists of \
                      steps";
const A_UID: &str = "it must be the uid of a participant, whose object in `uid_data` has the same";
const A_BLOCK: &str = "it must be a whole number of 0 or more, Infinity or null";
const AN_ID: &str = "it must be the id of a competition";
const A_LOSS: &str = "it must be a number of 0 or more, NaN or Infinity";
const A_NUMBER: &str = "it must be a number, and a count a whole one";

/// Reads step logs of one validator.
pub fn read(files: &[ModelFile]) -> Result<Imported, ImportError> {
    let mut log = Log::default();
    for file in files {
        if file.model.is_some() {
            return Err(ImportError::File {
                file: file.name(),
                problem: "is a step log, which names its participants".into(),
                remedy: "leave MODEL= out",
            });
        }
        each_document(file, |place, value| log.document(place, value))?;
    }
    log.finish()
}

/// Steps on their way.
#[derive(Default)]
struct Log {
    steps: Vec<Dated>,
    preset: Option<&'static str>,
    shares: Vec<(String, f64)>,
    /// Uids of the validators whose runs these are, as far as runs have names.
    validators: BTreeSet<String>,
    odd: Odd,
}

/// A step, with what tells its place among the others.
struct Dated {
    step: ImportedStep,
    time: Option<f64>,
    /// As wandb numbers it.
    number: Option<u32>,
    competition: Option<String>,
    place: Place,
}

/// What is taken for something that the log does not say.
#[derive(Default)]
struct Odd {
    /// Lists with null losses that may be NaN or infinite.
    unclear: usize,
    /// Null scores.
    unscored: usize,
    /// Lists of losses that are not those of the samples one by one.
    grouped: usize,
    /// Steps without a block of the chain whose boosts no block gives.
    undated: usize,
    /// Rules of the log that are not those of the preset, each once.
    rules: BTreeSet<String>,
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
            let text =
                text.as_str().ok_or_else(|| row.refuse("original_format_json", text, "it must be a step as text"))?;
            let step = parse_document(text, place)?;
            let inner = step.as_object().ok_or_else(|| no_step(place, &step))?;
            return self.step(Fields::of_row(place, inner), Some(row));
        }
        if row.has("uid_data") {
            return self.step(row, None);
        }
        if object.is_empty() || !object.values().all(Value::is_array) {
            return Err(no_step(place, value));
        }
        for (run, steps) in object {
            self.validators
                .extend(run.strip_prefix("validator-").and_then(|rest| rest.split('-').next()).map(str::to_owned));
            for step in steps.as_array().into_iter().flatten() {
                let object = step.as_object().ok_or_else(|| no_step(place, step))?;
                self.step(Fields::of_row(place, object), None)?;
            }
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
        self.read_rules(step, kind);
        let mut entries = Vec::new();
        for uid in uids {
            let name = Id::read(uid).filter(|name| u32::read(uid).is_some() && data.contains_key(name));
            let object = name.as_ref().and_then(|name| data[name].as_object());
            let (Some(name), Some(object)) = (&name, object) else { return Err(step.refuse("uids", uid, A_UID)) };
            let path = format!("uid_data.{name}.");
            entries.push(self.entry(kind, name, step, Fields::within(step.place, &path, object))?);
        }
        let dated = row.filter(|row| row.has("block")).unwrap_or(step);
        let block = dated.find::<u64>("block", "it must be the block of the chain")?;
        let samples = entries.iter().filter_map(|entry| Some(entry.losses.as_ref()?.len())).max().unwrap_or(0);
        let current_block = block.or_else(|| self.block(kind, &entries));
        self.steps.push(Dated {
            step: ImportedStep { step: 0, current_block, samples: vec![StepSample::default(); samples], entries },
            time: step.find::<f64>("timestamp", "it must be a time in seconds")?,
            number: row.map(|row| row.find::<u32>("_step", "it must be the number of a step")).transpose()?.flatten(),
            competition: step.find::<Id>("competition_id", AN_ID)?,
            place: step.place.clone(),
        });
        Ok(())
    }

    /// What kind of step it is, by what its participants have.
    fn kind(&mut self, step: Fields<'_>, data: &Map<String, Value>) -> Result<Kind, ImportError> {
        let all_have = |name: &str| data.values().all(|entry| entry.get(name).is_some());
        let are_scores = all_have("epsilon_adv") && all_have("norm_weight") && !step.has("sample_ids");
        let kind = match () {
            () if all_have("losses") => Kind::Losses,
            () if !are_scores => return Err(ImportError::OnlyMeans { place: step.place.clone() }),
            () if step.has("sync_block") => Kind::Scores("finetuning-successor"),
            () => Kind::Scores("pretraining"),
        };
        match self.preset.replace(kind.preset()) {
            Some(known) if known != kind.preset() => {
                Err(ImportError::TwoNetworks { place: step.place.clone(), found: kind.preset(), known })
            }
            _ => Ok(kind),
        }
    }

    /// What coldint's log says of its competitions: their rewards, and a skew that may not be the preset's.
    fn read_rules(&mut self, step: Fields<'_>, kind: Kind) {
        let Some(Weighting::Power { skew }) = preset(kind.preset()).map(|preset| preset.rules.weighting) else {
            return;
        };
        for (id, competition) in step.raw("competitions").and_then(Value::as_object).into_iter().flatten() {
            if let Some(reward) = competition.get("reward").and_then(f64::read)
                && self.shares.iter().all(|(known, _)| known != id)
            {
                self.shares.push((id.clone(), reward));
            }
            if let Some(own) = competition.get("weight_skew_factor").and_then(f64::read).filter(|own| *own != skew) {
                self.odd.rules.insert(format!(
                    "competition {} has a weight_skew_factor of {own}, the preset {skew}",
                    excerpt::value(id)
                ));
            }
        }
    }

    fn entry(&mut self, kind: Kind, name: &str, step: Fields<'_>, fields: Fields<'_>) -> Result<Entry, ImportError> {
        let uid = fields.get::<u32>("uid", A_UID)?;
        if uid.to_string() != name {
            return Err(fields.refuse("uid", &Value::from(uid), A_UID));
        }
        let (competition, losses) = match kind {
            Kind::Scores(_) => (step.find::<Id>("competition_id", AN_ID)?, Some(vec![self.score(fields)?])),
            Kind::Losses => {
                let competition = fields.find::<Id>("competition", AN_ID)?;
                let losses = self.losses(fields, tokens(step, competition.as_deref()))?;
                (competition, losses)
            }
        };
        let percent = fields.find::<f64>("adv_factor", A_NUMBER)?;
        Ok(Entry {
            who: Who::Uid(uid),
            block: block(fields)?,
            competition,
            losses,
            logged: Logged {
                win_rate: fields.find::<f64>("win_rate", A_NUMBER)?,
                win_total: fields.find::<u64>("win_total", A_NUMBER)?,
                epsilon: fields.find::<f64>("epsilon_adv", A_NUMBER)?.or(percent.map(|percent| percent / 100.0)),
                weight: fields.find::<f64>("weight", A_NUMBER)?,
                average: fields.find::<f64>("norm_weight", A_NUMBER)?,
            },
            place: step.place.clone(),
        })
    }

    /// The score of a model. Dashboards write null for what is infinite, as of a model that was skipped.
    fn score(&mut self, fields: Fields<'_>) -> Result<f64, ImportError> {
        if !fields.has("average_loss") {
            return Err(fields.refuse("average_loss", &Value::Null, A_LOSS));
        }
        let score = fields.find::<Loss>("average_loss", A_LOSS)?;
        self.odd.unscored += usize::from(score.is_none());
        Ok(score.unwrap_or(f64::INFINITY))
    }

    /// Losses of coldint's samples, per token where their `tokens` are known. Null stands for NaN and for infinity; counts
    /// beside the losses tell which, as long as it is the same for all of one model.
    fn losses(&mut self, fields: Fields<'_>, tokens: Vec<Option<f64>>) -> Result<Option<Vec<f64>>, ImportError> {
        if fields.raw("losses").is_none() {
            return Ok(None);
        }
        let list = fields.list("losses", "it must be a list of losses")?;
        let count = |name: &str| fields.find::<u64>(name, A_NUMBER).map(|count| count.unwrap_or(0) as usize);
        let (finite, infinite) = (count("n_samples")?, count("n_inf")?);
        let has_nulls = list.iter().any(Value::is_null);
        let absent = match infinite {
            infinite if finite.checked_add(infinite) == Some(list.len()) => f64::INFINITY,
            0 => f64::NAN,
            _ => {
                self.odd.unclear += usize::from(has_nulls);
                f64::NAN
            }
        };
        let is_by_sample = tokens.len() == list.len();
        self.odd.grouped += usize::from(!is_by_sample && !list.is_empty());
        let loss = |(index, value): (usize, &Value)| {
            let loss = if value.is_null() { Some(absent) } else { Loss::read(value) };
            let per_token = tokens.get(index).copied().flatten().filter(|_| is_by_sample).unwrap_or(1.0);
            loss.map(|loss| loss / per_token).ok_or_else(|| fields.refuse("losses", value, A_LOSS))
        };
        let losses = list.iter().enumerate().map(loss).collect::<Result<Vec<f64>, _>>()?;
        Ok((!losses.is_empty()).then_some(losses))
    }

    /// The block of the chain, from the boosts that the log says.
    fn block(&mut self, kind: Kind, entries: &[Entry]) -> Option<u64> {
        let epsilon = preset(kind.preset())?.rules.epsilon;
        let boosts = entries.iter().filter_map(|entry| Some((entry.block??, entry.logged.epsilon?)));
        let block = block_of(epsilon, &boosts.collect::<Vec<_>>());
        self.odd.undated += usize::from(block.is_none());
        block
    }

    /// The steps in the order of time, numbered.
    fn finish(mut self) -> Result<Imported, ImportError> {
        if let (Some(one), Some(other)) = (self.validators.first(), self.validators.last())
            && one != other
            && let Some(step) = self.steps.first()
        {
            let place = step.place.clone();
            let (one, other) = (excerpt::value(one), excerpt::value(other));
            return Err(ImportError::TwoValidators { place, one, other });
        }
        let mut remarks = self.odd.remarks();
        if self.steps.iter().all(|step| step.time.is_some()) {
            if !self.steps.is_sorted_by(|one, next| one.time <= next.time) {
                remarks.push("steps were not in the order of time and are sorted by it".into());
            }
            self.steps.sort_by(|one, other| one.time.partial_cmp(&other.time).unwrap_or(std::cmp::Ordering::Equal));
        }
        let is_again = |pair: &&[Dated]| {
            pair[0].time.is_some() && pair[0].time == pair[1].time && pair[0].competition == pair[1].competition
        };
        if let Some([first, again]) = self.steps.windows(2).find(is_again) {
            return Err(ImportError::StepTwice { place: again.place.clone(), first: first.place.clone() });
        }
        let numbers: Option<Vec<u32>> = self.steps.iter().map(|step| step.number).collect();
        let numbers = numbers.filter(|numbers| numbers.is_sorted_by(|one, next| one < next));
        if numbers.is_none() && self.steps.iter().any(|step| step.number.is_some()) {
            remarks.push("the numbers of the steps begin again, so they are numbered anew, from 0".into());
        }
        let number = |(index, dated): (usize, Dated)| {
            let step = numbers.as_ref().map_or(index as u32, |numbers| numbers[index]);
            ImportedStep { step, ..dated.step }
        };
        let steps = self.steps.into_iter().enumerate().map(number).collect();
        Ok(Imported { steps, preset: self.preset, shares: self.shares, remarks })
    }
}

impl Odd {
    fn remarks(&mut self) -> Vec<String> {
        let counted = [
            (
                self.unclear,
                "participants with null losses of which the log does not say which are NaN and which infinite",
                "they count as NaN",
            ),
            (self.unscored, "null scores", "they count as infinite, as of a model that was skipped"),
            (self.grouped, "lists of losses that are not per sample, or without the samples' tokens", "they are sums"),
            (
                self.undated,
                "steps without a block of the chain, whose boosts are at no block those of the preset",
                "the latest block seen counts",
            ),
        ];
        let counted = counted.into_iter().filter(|(count, ..)| *count > 0);
        let counted = counted.map(|(count, what, then)| format!("{what}: {count}; {then}"));
        counted.chain(std::mem::take(&mut self.rules)).collect()
    }
}

/// The block of a participant: not known where it is infinite, null or coldint's placeholder, `None` where there is none.
fn block(fields: Fields<'_>) -> Result<Option<Option<u64>>, ImportError> {
    if !fields.has("block") {
        return Ok(None);
    }
    let Some(value) = fields.raw("block") else { return Ok(Some(None)) };
    match u64::read(value) {
        Some(block) => Ok(Some(Some(block).filter(|block| *block != NO_BLOCK))),
        None if Loss::read(value) == Some(f64::INFINITY) => Ok(Some(None)),
        None => Err(fields.refuse("block", value, A_BLOCK)),
    }
}

/// Tokens of the samples of a competition, where coldint's log has them.
fn tokens(step: Fields<'_>, competition: Option<&str>) -> Vec<Option<f64>> {
    let lengths = step.raw("competition_info").zip(competition).and_then(|(info, id)| info.get(id)?.get("sample_len"));
    let tokens = |length: &Value| f64::read(length).filter(|length| *length > 0.0);
    lengths.and_then(Value::as_array).map_or_else(Vec::new, |lengths| lengths.iter().map(tokens).collect())
}

fn no_step(place: &Place, value: &Value) -> ImportError {
    let found = excerpt::value(&value.to_string());
    ImportError::Field { place: place.clone(), field: "the row".into(), found, remedy: A_STEP }
}
