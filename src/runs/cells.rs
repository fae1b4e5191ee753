//! How far the tables of two runs agree, cell by cell: whole numbers, texts and switches must be equal, other numbers
//! within a tolerance. Rows are held against each other in their order, a batch at a time.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, UInt32Type, UInt64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;

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
            Some(other) => columns.extend(of_table(&table.name, table.rows()?, other.rows()?, tolerance)?),
            None => columns.push(missing(&table.name, "there", "not there")),
        }
    }
    let new = candidate.tables.iter().filter(|table| table.name != TIMINGS && baseline.table(&table.name).is_none());
    columns.extend(new.map(|table| missing(&table.name, "not there", "there")));
    Ok(Agreement { tolerance, columns })
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

fn of_table(table: &str, one: Rows, other: Rows, tolerance: f64) -> Result<Vec<ColumnAgreement>, RunsError> {
    let names =
        |rows: &Rows| -> Vec<String> { rows.schema.fields().iter().map(|field| field.name().clone()).collect() };
    let (known, found) = (names(&one), names(&other));
    let mut columns: Vec<ColumnAgreement> = Vec::new();
    for name in known.iter().filter(|name| !found.contains(name)) {
        columns.push(ColumnAgreement { column: Some(name.clone()), ..missing(table, "there", "not there") });
    }
    for name in found.iter().filter(|name| !known.contains(name)) {
        columns.push(ColumnAgreement { column: Some(name.clone()), ..missing(table, "not there", "there") });
    }
    let both = known.iter().filter(|name| found.contains(name));
    let mut compared: Vec<ColumnAgreement> = both
        .map(|name| ColumnAgreement {
            table: table.to_owned(),
            column: Some(name.clone()),
            ..ColumnAgreement::default()
        })
        .collect();
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
