//! How far the tables of two runs agree, cell by cell: whole numbers, texts and switches must be equal, other numbers
//! within a tolerance. Rows are held against each other in their order, a batch at a time; where the order is another, by
//! what names them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use arrow::compute::{concat_batches, take_record_batch};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, UInt32Type, UInt64Type};
use arrow_array::{Array, ArrayRef, RecordBatch, UInt64Array};
use arrow_schema::{DataType, Schema};

use super::stored::Rows;
use super::{Run, RunsError, TIMINGS};
use crate::judge::compare::{Agreement, ColumnAgreement};

/// Holds every table of the candidate against that of the baseline, but for timings.
///
/// # Errors
/// A table cannot be read.
pub fn agreement(baseline: &Run, candidate: &Run, tolerance: f64) -> Result<Agreement, RunsError> {
    let mut columns = Vec::new();
    for table in baseline.tables.iter().filter(|table| table.name != TIMINGS) {
        match candidate.table(&table.name) {
            Some(other) => {
                let found = of_table(&table.name, table.rows()?, other.rows()?, tolerance)?;
                columns.extend(match keys_of(&table.name).filter(|keys| is_out_of_order(&found, keys)) {
                    Some(keys) => by_keys(&table.name, keys, table.rows()?, other.rows()?, tolerance)?,
                    None => found,
                });
            }
            None => columns.push(missing(&table.name, "there", "not there")),
        }
    }
    let new = candidate.tables.iter().filter(|table| table.name != TIMINGS && baseline.table(&table.name).is_none());
    columns.extend(new.map(|table| missing(&table.name, "not there", "there")));
    Ok(Agreement { tolerance, columns })
}

/// The columns that name a row, of tables whose order follows that of an input or a setting.
fn keys_of(table: &str) -> Option<&'static [&'static str]> {
    Some(match table {
        "losses" => &["uid", "sample_id"],
        "wins" => &["step", "uid_a", "uid_b"],
        "weights" => &["step", "uid"],
        "components" => &["step", "uid", "score", "component"],
        "ranks" => &["uid"],
        "grid" => &["key", "value", "figure"],
        _ => return None,
    })
}

/// Whether rows that were held against each other are not of the same name.
fn is_out_of_order(found: &[ColumnAgreement], keys: &[&str]) -> bool {
    found.iter().any(|column| column.differing > 0 && column.column.as_deref().is_none_or(|name| keys.contains(&name)))
}

/// Holds the rows of two tables against each other by what names them.
fn by_keys(
    table: &str,
    keys: &[&str],
    one: Rows,
    other: Rows,
    tolerance: f64,
) -> Result<Vec<ColumnAgreement>, RunsError> {
    let (one, other) = (Named::read(one, keys)?, Named::read(other, keys)?);
    let rows = |of: &Named, beside: &Named| -> Vec<usize> {
        let known = of.rows.iter().filter(|(name, _)| beside.rows.contains_key(*name));
        known.map(|(_, row)| *row).collect()
    };
    let (here, there) = (rows(&one, &other), rows(&other, &one));
    let mut columns = Vec::new();
    if here.len() < one.batch.num_rows() || there.len() < other.batch.num_rows() {
        let alone = |of: &Named, common: usize| format!("{} rows of its own", of.batch.num_rows() - common);
        columns.push(missing(table, &alone(&one, here.len()), &alone(&other, there.len())));
    }
    let (here, there) = (one.picked(&here)?, other.picked(&there)?);
    let mut shared = shared(table, &here.schema(), &there.schema());
    shared.both.iter_mut().for_each(|column| compare(column, &here, &there, tolerance));
    Ok(columns.into_iter().chain(shared.of_one).chain(shared.both).collect())
}

/// A whole table, with its rows by name.
struct Named {
    file: PathBuf,
    batch: RecordBatch,
    /// Where each row is; of equal names the last.
    rows: BTreeMap<Vec<Option<String>>, usize>,
}

impl Named {
    fn read(mut rows: Rows, keys: &[&str]) -> Result<Self, RunsError> {
        let (mut batches, file) = (Vec::new(), rows.file.clone());
        while let Some(batch) = rows.next()? {
            batches.push(batch);
        }
        let batch = concat_batches(&rows.schema, &batches);
        let batch = batch.map_err(|cause| RunsError::Table { file: file.clone(), cause: cause.into() })?;
        let columns: Vec<&ArrayRef> = keys.iter().filter_map(|key| batch.column_by_name(key)).collect();
        let name = |row: usize| columns.iter().map(|column| text(column, row)).collect::<Vec<_>>();
        let rows = (0..batch.num_rows()).map(|row| (name(row), row)).collect();
        Ok(Self { file, batch, rows })
    }

    /// These rows.
    fn picked(&self, rows: &[usize]) -> Result<RecordBatch, RunsError> {
        let rows = UInt64Array::from_iter_values(rows.iter().map(|row| *row as u64));
        take_record_batch(&self.batch, &rows)
            .map_err(|cause| RunsError::Table { file: self.file.clone(), cause: cause.into() })
    }
}

/// A table, or something of it, that only one side has.
fn missing(table: &str, baseline: &str, candidate: &str) -> ColumnAgreement {
    ColumnAgreement {
        table: table.to_owned(),
        cells: 1,
        differing: 1,
        baseline: Some(baseline.to_owned()),
        candidate: Some(candidate.to_owned()),
        ..ColumnAgreement::default()
    }
}

/// The columns of two tables.
struct Shared {
    /// Those that only one has, told.
    of_one: Vec<ColumnAgreement>,
    /// Those of both, to be compared.
    both: Vec<ColumnAgreement>,
}

fn shared(table: &str, one: &Schema, other: &Schema) -> Shared {
    let has = |schema: &Schema, name: &str| schema.column_with_name(name).is_some();
    let names = |schema: &Schema| -> Vec<String> { schema.fields().iter().map(|field| field.name().clone()).collect() };
    let (both, gone): (Vec<_>, Vec<_>) = names(one).into_iter().partition(|name| has(other, name));
    let new = names(other).into_iter().filter(|name| !has(one, name));
    let told = |name, missing| ColumnAgreement { column: Some(name), ..missing };
    let gone = gone.into_iter().map(|name| told(name, missing(table, "there", "not there")));
    let empty = || ColumnAgreement { table: table.to_owned(), ..ColumnAgreement::default() };
    Shared {
        of_one: gone.chain(new.map(|name| told(name, missing(table, "not there", "there")))).collect(),
        both: both.into_iter().map(|name| told(name, empty())).collect(),
    }
}

fn of_table(table: &str, one: Rows, other: Rows, tolerance: f64) -> Result<Vec<ColumnAgreement>, RunsError> {
    let Shared { of_one: mut columns, both: mut compared } = shared(table, &one.schema, &other.schema);
    let (mut one, mut other) = (Cursor::new(one), Cursor::new(other));
    while let (Some(here), Some(there)) = (one.some()?, other.some()?) {
        let rows = here.num_rows().min(there.num_rows());
        let (here, there) = (one.take(rows), other.take(rows));
        compared.iter_mut().for_each(|column| compare(column, &here, &there, tolerance));
    }
    let (one, other) = (one.count()?, other.count()?);
    if one != other {
        columns.push(missing(table, &format!("{one} rows"), &format!("{other} rows")));
    }
    columns.extend(compared);
    Ok(columns)
}

/// A place in the rows of a table.
struct Cursor {
    rows: Rows,
    batch: Option<RecordBatch>,
    taken: u64,
}

impl Cursor {
    fn new(rows: Rows) -> Self {
        Self { rows, batch: None, taken: 0 }
    }

    /// What is left of the current batch, or the next one; `None` at the end.
    fn some(&mut self) -> Result<Option<RecordBatch>, RunsError> {
        while self.batch.as_ref().is_none_or(|batch| batch.num_rows() == 0) {
            match self.rows.next()? {
                Some(batch) => self.batch = Some(batch),
                None => return Ok(None),
            }
        }
        Ok(self.batch.clone())
    }

    /// The next so many rows, which are there.
    fn take(&mut self, rows: usize) -> RecordBatch {
        let batch = self.batch.take().unwrap_or_else(|| RecordBatch::new_empty(self.rows.schema.clone()));
        self.batch = Some(batch.slice(rows, batch.num_rows() - rows));
        self.taken += rows as u64;
        batch.slice(0, rows)
    }

    /// All rows.
    fn count(mut self) -> Result<u64, RunsError> {
        while let Some(batch) = self.some()? {
            self.take(batch.num_rows());
        }
        Ok(self.taken)
    }
}

/// Holds the rows of a batch against those of another one.
fn compare(column: &mut ColumnAgreement, here: &RecordBatch, there: &RecordBatch, tolerance: f64) {
    let name = column.column.as_deref().unwrap_or_default();
    let (Some(one), Some(other)) = (here.column_by_name(name), there.column_by_name(name)) else { return };
    column.cells += one.len() as u64;
    let differing: Vec<usize> = match one.data_type() {
        DataType::Float64 if other.data_type() == &DataType::Float64 => numbers(column, one, other, tolerance),
        _ if one == other => Vec::new(),
        _ => (0..one.len()).filter(|&row| one.slice(row, 1) != other.slice(row, 1)).collect(),
    };
    column.differing += differing.len() as u64;
    if let Some(&row) = differing.first().filter(|_| column.row.is_none()) {
        column.row = Some(named(here, row));
        column.baseline = text(one, row);
        column.candidate = text(other, row);
    }
}

/// The rows whose numbers differ.
fn numbers(column: &mut ColumnAgreement, one: &ArrayRef, other: &ArrayRef, tolerance: f64) -> Vec<usize> {
    let (one, other) = (one.as_primitive::<Float64Type>(), other.as_primitive::<Float64Type>());
    let mut differs = |(one, other): (Option<f64>, Option<f64>)| match (one, other) {
        (Some(one), Some(other)) => column.differs(one, other, tolerance),
        (None, None) => false,
        _ => true,
    };
    let rows = one.iter().zip(other).enumerate();
    rows.filter_map(|(row, pair)| differs(pair).then_some(row)).collect()
}

/// A cell as text; `None` where it is null.
fn text(array: &ArrayRef, row: usize) -> Option<String> {
    if array.is_null(row) {
        return None;
    }
    Some(match array.data_type() {
        DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).to_string(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row).to_string(),
        DataType::Float64 => array.as_primitive::<Float64Type>().value(row).to_string(),
        DataType::Boolean => array.as_boolean().value(row).to_string(),
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        other => format!("a value of type {other}"),
    })
}

/// A row by the columns ahead of the first number that is no whole one, four at most.
fn named(batch: &RecordBatch, row: usize) -> String {
    let schema = batch.schema();
    let fields = schema.fields().iter().zip(batch.columns());
    let keys = fields.take_while(|(field, _)| field.data_type() != &DataType::Float64).take(4);
    let key = |(field, column): (&arrow_schema::FieldRef, &ArrayRef)| {
        Some(format!("{} {}", field.name(), text(column, row)?))
    };
    keys.filter_map(key).collect::<Vec<_>>().join(", ")
}
