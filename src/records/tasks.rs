//! Tasks: what each of them counts.

use std::collections::HashMap;

use super::cell::{Bounded, Id};
use super::column::{Column, Typed};
use super::error::RecordError;
use super::list::{List, read_list};
use super::reading::Reading;
use super::source::Source;

const TASK: Typed<Id> = Typed::new("task", "name of the task", "the name of a task, each once");
const WEIGHT: Typed<Bounded<0, 1_000_000_000>> =
    Typed::new("weight", "what it counts among all tasks", "a number from 0 to 1000000000");

/// What a row may hold.
pub const COLUMNS: &[Column] = &[TASK.column(), WEIGHT.column()];

/// What a task counts.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskWeight {
    /// Its name, unique in the file.
    pub task: String,
    /// Its weight.
    pub weight: f64,
}

/// Reads what each task counts.
///
/// # Errors
/// Everything a [`RecordError`] can tell, among it a task given twice.
pub fn read_tasks(source: &Source, reading: &Reading<'_>) -> Result<List<TaskWeight>, RecordError> {
    let mut known = HashMap::new();
    read_list(source, COLUMNS, "task", reading, |row| {
        let (task, weight) = (row.get(&TASK)?, row.get(&WEIGHT)?);
        match known.insert(task.clone(), row.number()) {
            Some(first) => Err(row.duplicate(&TASK, &task, first)),
            None => Ok(TaskWeight { task, weight }),
        }
    })
}
