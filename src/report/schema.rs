//! What `schema` tells: the columns of every kind of record that users bring and of every table that a report has, from
//! the declarations that reading and writing go by.

use arrow_schema::{DataType, Field};
use serde_json::{Map, Value, json};

use super::calibration::CalibrationFindings;
use super::contenders::ContendersReplay;
use super::evaluation::Evaluation;
use super::grid::Grid;
use super::grid::Heading::Text;
use super::horde::HordeReplay;
use super::replay::WinsReplay;
use super::rewards::RewardsReplay;
use super::schedule::ScheduleReplay;
use super::sweep::Sweep;
use super::table::{DESCRIPTION_KEY, Table, TableSchema};
use super::utility::UtilityReplay;
use super::{ImportedLosses, Report, Summary};
use crate::judge::compare::Outcome;
use crate::records::{Column, KINDS, Kind, Need, RecordKind};

/// The dialect of what is printed as JSON.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Something with columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schema {
    /// A kind of record.
    Record(RecordKind),
    /// A table of a report.
    Table {
        /// The command whose report has it.
        report: &'static str,
        /// The table.
        schema: TableSchema,
    },
}

/// All that there is, to be listed.
pub struct Schemas(pub Vec<Schema>);

/// A line about a column.
#[derive(Clone, Copy)]
struct ColumnRow<'a> {
    name: &'a str,
    holds: &'a str,
    needed: &'a str,
    meaning: &'a str,
}

/// Every kind of record, then every table, each report's in the order of writing.
pub fn schemas() -> Vec<Schema> {
    let records = KINDS.into_iter().map(Schema::Record);
    let (evaluation, calibration) = (Evaluation::default(), CalibrationFindings::default());
    let replay = WinsReplay::default();
    records
        .chain(tables("evaluate", &evaluation))
        .chain(tables("calibrate", &calibration))
        .chain(tables("replay-wins", &replay))
        .chain(tables("replay-rewards", &RewardsReplay::default()))
        .chain(tables("replay-contenders", &ContendersReplay::default()))
        .chain(tables("replay-horde", &HordeReplay::default()))
        .chain(tables("replay-utility", &UtilityReplay::default()))
        .chain(tables("replay-schedule", &ScheduleReplay::default()))
        .chain(tables("sweep", &Sweep::default()))
        .chain(tables("compare", &Outcome::default()))
        .chain([Schema::Table { report: "import", schema: ImportedLosses::schema() }])
        .collect()
}

fn tables(report: &'static str, empty: &impl Report) -> Vec<Schema> {
    empty.sheets().into_iter().map(|sheet| Schema::Table { report, schema: sheet.schema }).collect()
}

impl Schema {
    /// Its name: that of the kind of record, or REPORT/TABLE.
    pub fn name(&self) -> String {
        match self {
            Self::Record(kind) => kind.name.to_owned(),
            Self::Table { report, schema } => format!("{report}/{}", schema.name),
        }
    }

    /// What one row is.
    pub fn description(&self) -> &'static str {
        match self {
            Self::Record(kind) => kind.description,
            Self::Table { schema, .. } => schema.description,
        }
    }

    fn grid(&self) -> Grid {
        match self {
            Self::Record(kind) => {
                let words: Vec<(String, String)> =
                    kind.columns.iter().map(|column| (column.kind.to_string(), needed(column))).collect();
                let rows = kind.columns.iter().zip(&words).map(|(column, (holds, needed))| ColumnRow {
                    name: column.name,
                    holds,
                    needed,
                    meaning: column.meaning,
                });
                columns("needed").grid(rows)
            }
            Self::Table { schema, .. } => {
                let rows = schema.fields.iter().map(|field| ColumnRow {
                    name: field.name(),
                    holds: holds(field),
                    needed: if field.is_nullable() { "yes" } else { "no" },
                    meaning: about(field),
                });
                columns("null").grid(rows)
            }
        }
    }

    /// It as a schema of JSON objects, one for each row.
    pub fn json_schema(&self) -> Value {
        let (properties, required): (Map<String, Value>, Vec<&str>) = match self {
            Self::Record(kind) => (
                kind.columns.iter().map(|column| (column.name.to_owned(), of_column(column))).collect(),
                kind.columns.iter().filter(|column| is_required(column)).map(|column| column.name).collect(),
            ),
            Self::Table { schema, .. } => (
                schema.fields.iter().map(|field| (field.name().clone(), of_field(field))).collect(),
                schema.fields.iter().map(|field| field.name().as_str()).collect(),
            ),
        };
        let mut whole = json!({
            "$schema": DIALECT,
            "title": self.name(),
            "description": self.description(),
            "type": "object",
            "properties": properties,
            "required": required,
        });
        if let Some(choice) = self.choice() {
            whole["anyOf"] = choice;
        }
        whole
    }

    /// Where some columns stand for another: that one, or all of them.
    fn choice(&self) -> Option<Value> {
        let Self::Record(kind) = self else { return None };
        let unless = |column: &&Column| matches!(column.need, Need::Unless(_));
        let these: Vec<&str> = kind.columns.iter().filter(unless).map(|column| column.name).collect();
        let that = kind.columns.iter().find_map(|column| match column.need {
            Need::Unless(other) => Some(other),
            _ => None,
        })?;
        Some(json!([{ "required": these }, { "required": [that] }]))
    }
}

/// The columns of a table about columns; `needed` heads the one that says whether a value must be there.
fn columns<'a>(needed: &'static str) -> Table<'a, ColumnRow<'a>> {
    Table::new("The columns. One row per column.")
        .column("column", "its name", |row: ColumnRow<'a>| row.name)
        .shown(Text("column"))
        .column("holds", "what its cells hold", |row| row.holds)
        .shown(Text("holds"))
        .column("needed", "whether a value must be there", |row| row.needed)
        .shown(Text(needed))
        .column("meaning", "what it is", |row| row.meaning)
        .shown(Text("meaning"))
}

fn needed(column: &Column) -> String {
    match column.need {
        Need::Required => "yes".into(),
        Need::Nullable => "yes, may be null".into(),
        Need::Unless(other) => format!("yes, or {other}"),
        Need::Optional => "no".into(),
    }
}

fn is_required(column: &Column) -> bool {
    matches!(column.need, Need::Required | Need::Nullable)
}

/// The schema of a column's cells: what to give.
fn of_column(column: &Column) -> Value {
    let loss = json!({ "anyOf": [{ "type": "number", "minimum": 0 }, { "enum": ["nan", "inf"] }] });
    let kind = match column.kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Words => json!({ "type": "string", "pattern": "\\S" }),
        Kind::Id => json!({ "type": ["string", "integer"] }),
        Kind::Whole { most } => json!({ "type": "integer", "minimum": 0, "maximum": most }),
        Kind::Number => json!({ "type": "number" }),
        Kind::Bounded { low, high: i64::MAX } => json!({ "type": "number", "minimum": low }),
        Kind::Bounded { low, high } => json!({ "type": "number", "minimum": low, "maximum": high }),
        Kind::Positive => json!({ "type": "number", "exclusiveMinimum": 0 }),
        Kind::Share => json!({ "type": ["number", "boolean"], "minimum": -1, "maximum": 1 }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Loss => loss,
        Kind::Losses => json!({ "type": "array", "items": loss }),
        Kind::Time => json!({ "type": ["string", "number"] }),
        Kind::Json => json!({}),
        Kind::Turns => json!({
            "type": "array",
            "minItems": 2,
            "items": { "type": "object", "required": ["role", "content"], "properties": { "role": { "type": "string" } } },
        }),
    };
    let kind = match column.need {
        Need::Required => kind,
        _ => json!({ "anyOf": [kind, { "type": "null" }] }),
    };
    described(kind, &format!("{}; give {}", column.meaning, column.expected))
}

/// The schema of a table's cells as JSON has them: null for what is unknown and for numbers that are not finite.
fn of_field(field: &Field) -> Value {
    let kind = match field.data_type() {
        DataType::UInt32 | DataType::UInt64 => "integer",
        DataType::Float64 => "number",
        DataType::Boolean => "boolean",
        _ => "string",
    };
    let may_be_null = field.is_nullable() || *field.data_type() == DataType::Float64;
    described(if may_be_null { json!({ "type": [kind, "null"] }) } else { json!({ "type": kind }) }, about(field))
}

fn described(mut schema: Value, about: &str) -> Value {
    schema["description"] = about.into();
    schema
}

fn holds(field: &Field) -> &'static str {
    match field.data_type() {
        DataType::UInt32 | DataType::UInt64 => "whole number",
        DataType::Float64 => "number",
        DataType::Boolean => "flag",
        _ => "text",
    }
}

fn about(field: &Field) -> &str {
    field.metadata().get(DESCRIPTION_KEY).map_or("", String::as_str)
}

impl Summary for Schema {
    fn terminal(&self) -> String {
        format!("{}: {}\n\n{}", self.name(), self.description(), self.grid().terminal())
    }

    fn markdown(&self) -> String {
        format!("`{}`: {}\n\n{}", self.name(), self.description(), self.grid().markdown())
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(&self.json_schema())
    }
}

impl Schemas {
    fn grid(&self) -> Grid {
        let names: Vec<String> = self.0.iter().map(Schema::name).collect();
        let rows = self.0.iter().zip(&names);
        Table::new("What has columns.")
            .column("kind", "its name", |(_, name): (&Schema, &String)| name.as_str())
            .shown(Text("kind"))
            .column("description", "what it is", |(schema, _)| {
                schema.description().split_inclusive(". ").next().map(str::trim)
            })
            .shown(Text("what it is"))
            .grid(rows)
    }
}

impl Summary for Schemas {
    fn terminal(&self) -> String {
        self.grid().terminal()
    }

    fn markdown(&self) -> String {
        self.grid().markdown()
    }

    fn json(&self) -> serde_json::Result<String> {
        let all: Map<String, Value> = self.0.iter().map(|schema| (schema.name(), schema.json_schema())).collect();
        serde_json::to_string_pretty(&all)
    }
}
