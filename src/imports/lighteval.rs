//! Details of lighteval (`--save-details`): a Parquet file for each task of a model, in
//! `details/ORG/MODEL/DATE/details_TASK_DATE.parquet`, with a row for each document.

use serde_json::Value;

use super::fields::{Fields, loss_of_likelihood};
use super::matrix::{Matrix, Measured};
use super::{ImportError, Imported, ModelFile, Who};
use crate::records::{Cell, Column, Id, Json, Reading, Row, Typed, carrying, read_rows};

const DOC: Typed<Json> = Typed::new(
    "doc",
    "the document",
    "a details file of lighteval with the columns `doc` and `model_response`; older ones have others",
);
const RESPONSE: Typed<Json> = Typed::new("model_response", "what the model made of it", "a details file of lighteval");
const COLUMNS: &[Column] = &[DOC.column(), RESPONSE.column()];
const LIKELIHOODS: &str =
    "it must hold a log-likelihood of 0 or less for each choice; a task with generated texts has no losses";
const A_GOLD: &str = "it must be the place of one choice: the loss of several right ones is not defined";

/// Reads the details of one or more models, all as one step.
pub fn read(files: &[ModelFile]) -> Result<Imported, ImportError> {
    let mut matrix = Matrix::default();
    for file in files {
        let who = Who::Model(model(file)?);
        carrying(|carry| {
            read_rows(&file.source(), COLUMNS, &Reading::strict(), |row| {
                carry(measured(row).and_then(|measured| matrix.add(&who, row.place(), measured)))
            })
        })?;
    }
    Ok(Imported { steps: vec![matrix.into_step()?], ..Imported::default() })
}

/// The model: as the user names it, or by the folders around the file.
fn model(file: &ModelFile) -> Result<String, ImportError> {
    if let Some(model) = &file.model {
        return Ok(model.clone());
    }
    let path = std::path::absolute(&file.path).unwrap_or_else(|_| file.path.clone());
    let folders: Vec<String> = path.iter().rev().map(|part| part.to_string_lossy().into_owned()).collect();
    match folders.as_slice() {
        [_, _, model, organisation, details, ..] if details == "details" => Ok(format!("{organisation}/{model}")),
        _ => Err(ImportError::File {
            file: file.name(),
            problem: "its folders name no model".into(),
            remedy: "keep it in details/ORG/MODEL/DATE/, or give MODEL=FILE",
        }),
    }
}

fn measured(row: &Row<'_>) -> Result<Measured, ImportError> {
    let (doc, response) = (row.get(&DOC)?, row.get(&RESPONSE)?);
    let object = |column: &Column, value: &Value| match value {
        Value::Object(object) => Ok(object.clone()),
        other => Err(row.bad_value(column, other)),
    };
    let (doc, response) = (object(&DOC, &doc)?, object(&RESPONSE, &response)?);
    let doc = Fields::within(row.place(), "doc.", &doc);
    let response = Fields::within(row.place(), "model_response.", &response);
    let task = doc.find::<String>("task_name", "it must be the task")?.unwrap_or_default();
    // The whole text that the model was given: with its template, its instruction and the examples ahead of it.
    let same = [response.raw("input"), doc.raw("query"), doc.raw("choices")];
    Ok(Measured {
        sample: format!("{task}/{}", doc.get::<Id>("id", "it must be the id of the document")?),
        fingerprint: same.map(|part| part.unwrap_or(&Value::Null).to_string()).join(" "),
        loss: loss(doc, response)?,
    })
}

/// The loss in nats: of the right choice, or of the whole text where there are no choices.
fn loss(doc: Fields<'_>, response: Fields<'_>) -> Result<f64, ImportError> {
    let list = response.list("logprobs", LIKELIHOODS)?;
    let refused = || response.refuse("logprobs", &Value::Array(list.to_vec()), LIKELIHOODS);
    let losses: Option<Vec<f64>> = list.iter().map(loss_of_likelihood).collect();
    let losses = losses.filter(|list| !list.is_empty()).ok_or_else(refused)?;
    let choices = doc.raw("choices").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if choices.iter().all(|choice| choice.as_str() == Some("")) {
        return Ok(losses.iter().sum());
    }
    if losses.len() != choices.len() {
        return Err(refused());
    }
    let gold = doc.raw("gold_index").unwrap_or(&Value::Null);
    let only = gold.as_array().map_or(Some(gold), |list| list.first().filter(|_| list.len() == 1));
    let place = only.and_then(u64::read).map(|place| place as usize);
    place.and_then(|place| losses.get(place)).copied().ok_or_else(|| doc.refuse("gold_index", gold, A_GOLD))
}
