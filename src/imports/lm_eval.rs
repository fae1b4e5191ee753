//! Samples of lm-evaluation-harness (`--log_samples`): a line for each document and filter. The model is named by the results
//! beside the samples, else by the folder, whose name has `__` for each slash.

use std::path::Path;

use serde_json::Value;

use super::fields::{Fields, loss_of_likelihood};
use super::matrix::{Matrix, Measured};
use super::{ImportError, Imported, ModelFile, Who, each_document};
use crate::excerpt;
use crate::records::{Cell, Id, Source, read_documents};

/// Metrics of a task whose answers are log-likelihoods of whole texts.
const ROLLING: [&str; 3] = ["word_perplexity", "byte_perplexity", "bits_per_byte"];
const RESPONSES: &str = "a loss is the log-likelihood of a text, and this task has generated ones; import a task with \
                         log-likelihoods";
const A_LIKELIHOOD: &str = "it must be a log-likelihood: a number of 0 or less, as the harness writes it";
const A_GOLD: &str = "it must be the number of the right choice, or the choice itself among `doc.choices`";
const AN_ID: &str = "it must be there, as the harness writes it with --log_samples";

/// Reads the samples of one or more models, all as one step.
pub fn read(files: &[ModelFile]) -> Result<Imported, ImportError> {
    let (mut matrix, mut others) = (Matrix::default(), 0);
    for file in files {
        let (task, date) = task_and_date(file)?;
        let who = Who::Model(model(file, &date)?);
        let mut filter = None;
        each_document(file, |place, value| {
            let object = value.as_object().ok_or_else(|| ImportError::Field {
                place: place.clone(),
                field: "the line".into(),
                found: excerpt::value(&value.to_string()),
                remedy: "it must be an object, as the harness writes it with --log_samples",
            })?;
            let fields = Fields::of_row(place, object);
            // The filters of a document share its likelihoods.
            let own = fields.find::<String>("filter", "it must be the name of a filter")?.unwrap_or_default();
            if filter.get_or_insert_with(|| own.clone()) != &own {
                others += 1;
                return Ok(());
            }
            matrix.add(&who, place, measured(fields, &task)?)
        })?;
    }
    let remarks = match others {
        0 => Vec::new(),
        lines => {
            vec![format!("lines of further filters left out: {lines}; a document's losses are the same in all")]
        }
    };
    Ok(Imported { steps: vec![matrix.into_step()?], remarks, ..Imported::default() })
}

/// `samples_TASK_DATE.jsonl`.
fn task_and_date(file: &ModelFile) -> Result<(String, String), ImportError> {
    let name = file.file_name();
    let parts = name.strip_prefix("samples_").and_then(|rest| rest.rsplit_once('_'));
    let date = |rest: &str| rest.split(".jsonl").next().unwrap_or(rest).to_owned();
    parts.map(|(task, rest)| (task.to_owned(), date(rest))).ok_or_else(|| ImportError::File {
        file: file.name(),
        problem: "its name has no task".into(),
        remedy: "give files named samples_TASK_DATE.jsonl, as the harness names them",
    })
}

/// The model: as the user names it, by the results of the same date, or by the folder.
fn model(file: &ModelFile, date: &str) -> Result<String, ImportError> {
    if let Some(model) = &file.model {
        return Ok(model.clone());
    }
    let path = std::path::absolute(&file.path).unwrap_or_else(|_| file.path.clone());
    let folder = path.parent().unwrap_or(Path::new("."));
    let results = folder.join(format!("results_{date}.json"));
    let mut named = None;
    if results.is_file() {
        read_documents(&Source::File(results), |_, value| {
            let name = value.get("model_name").and_then(Value::as_str).filter(|name| !name.is_empty());
            named = name.map(|name| format!("{name}{}", revision(&value)));
            Ok(())
        })?;
    }
    let by_folder = || {
        let name = folder.file_name()?.to_string_lossy().into_owned();
        name.contains("__").then(|| name.replacen("__", "/", 1))
    };
    named.or_else(by_folder).ok_or_else(|| ImportError::File {
        file: file.name(),
        problem: format!("no results_{date}.json beside it names its model"),
        remedy: "keep the two together, or give MODEL=FILE",
    })
}

/// `@REVISION` where the arguments of the model name one.
fn revision(results: &Value) -> String {
    let arguments = results.pointer("/config/model_args");
    let given = match arguments {
        Some(Value::String(text)) => text.split(',').find_map(|part| part.trim().strip_prefix("revision=")),
        Some(Value::Object(arguments)) => arguments.get("revision").and_then(Value::as_str),
        _ => None,
    };
    given.map_or_else(String::new, |revision| format!("@{revision}"))
}

fn measured(fields: Fields<'_>, task: &str) -> Result<Measured, ImportError> {
    let document = fields.get::<Id>("doc_id", AN_ID)?;
    let hashes = ["doc_hash", "prompt_hash", "target_hash"].map(|hash| fields.get::<String>(hash, AN_ID));
    let [doc, prompt, target] = hashes;
    Ok(Measured {
        sample: format!("{task}/{document}"),
        fingerprint: [doc?, prompt?, target?].join(" "),
        loss: loss(fields)?,
    })
}

/// The loss of a document in nats: of a whole text per byte, where its bytes are known.
fn loss(fields: Fields<'_>) -> Result<f64, ImportError> {
    let requests = fields.list("resps", RESPONSES)?;
    let place = match requests.len() {
        0 | 1 => 0,
        choices => gold(fields, choices)?,
    };
    let response = requests.get(place).and_then(|responses| responses.get(0)).unwrap_or(&Value::Null);
    let is_rolling = ROLLING.iter().any(|metric| fields.has(metric));
    let (likelihood, bytes) = match response {
        Value::Array(pair) => (pair.first().unwrap_or(&Value::Null), 1.0),
        text if is_rolling => (text, bytes(fields)),
        text => return Err(fields.refuse("resps", text, RESPONSES)),
    };
    let loss = loss_of_likelihood(likelihood).map(|loss| loss / bytes);
    loss.ok_or_else(|| fields.refuse("resps", likelihood, A_LIKELIHOOD))
}

/// Bytes of a text, of which the metrics hold [log-likelihood, bytes].
fn bytes(fields: Fields<'_>) -> f64 {
    let of = |metric: &&str| f64::read(fields.raw(metric)?.get(1)?).filter(|bytes| *bytes > 0.0);
    ["byte_perplexity", "bits_per_byte"].iter().find_map(of).unwrap_or(1.0)
}

/// Which of the choices is right; behind the choices there may be as many without their context.
fn gold(fields: Fields<'_>, requests: usize) -> Result<usize, ImportError> {
    let target = fields.raw("target").unwrap_or(&Value::Null);
    let number = u64::read(target).map(|number| number as usize);
    let choices = fields.raw("doc").and_then(|doc| doc.get("choices"));
    let texts = choices.and_then(|choices| choices.as_array().or_else(|| choices.get("text")?.as_array()));
    let named = || texts?.iter().position(|choice| choice == target);
    let choices = texts.map_or(requests, |texts| texts.len().min(requests));
    number.or_else(named).filter(|gold| *gold < choices).ok_or_else(|| fields.refuse("target", target, A_GOLD))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::records::{Counting, Place};

    fn loss_of(line: Value) -> Result<f64, String> {
        let place = Place { file: "samples_t_d.jsonl".into(), unit: Counting::Line, number: 3 };
        loss(Fields::of_row(&place, line.as_object().unwrap())).map_err(|error| error.to_string())
    }

    #[test]
    fn each_type_of_task_has_its_loss() {
        let pair = |likelihood: &str| json!([[likelihood, "False"]]);
        assert_eq!(loss_of(json!({"resps": [["-18.5"]], "byte_perplexity": [-18.5, 37]})), Ok(0.5));
        assert_eq!(loss_of(json!({"resps": [["-18.5"]], "word_perplexity": [-18.5, 4]})), Ok(18.5));
        assert_eq!(loss_of(json!({"resps": [pair("-2.5")]})), Ok(2.5));
        let choices = json!([pair("-1"), pair("-2"), pair("-3"), pair("-4")]);
        assert_eq!(loss_of(json!({"resps": choices, "target": "1"})), Ok(2.0));
        let doc = json!({"choices": ["yes", "no"]});
        assert_eq!(loss_of(json!({"resps": choices, "target": "no", "doc": doc})), Ok(2.0));
        let doc = json!({"choices": {"text": ["a", "b", "c"], "label": [1, 2, 3]}});
        assert_eq!(loss_of(json!({"resps": choices, "target": "c", "doc": doc})), Ok(3.0));
        assert_eq!(loss_of(json!({"resps": [pair("-inf")]})), Ok(f64::INFINITY));
    }

    #[test]
    fn what_has_no_loss_is_refused_with_its_place() {
        for (line, expected) in [
            (json!({"resps": [["42"]]}), "line 3: `resps` is \"42\"; a loss is the log-likelihood"),
            (json!({"resps": [[["1.5", "False"]]]}), "line 3: `resps` is \"1.5\"; it must be a log-likelihood"),
            (json!({"resps": []}), "line 3: `resps` is null"),
            (json!({}), "line 3: `resps` is null"),
            (
                json!({"resps": [[["-1", ""]], [["-2", ""]]], "target": "x"}),
                "`target` is \"x\"; it must be the number of",
            ),
            (json!({"resps": [[["-1", ""]], [["-2", ""]]], "target": 5}), "`target` is 5"),
        ] {
            let message = loss_of(line).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }
}
