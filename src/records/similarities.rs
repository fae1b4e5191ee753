//! Similarities of tasks: how much of its history with one task a node brings to another.

use std::collections::HashMap;

use super::cell::{Bounded, Id};
use super::column::{Column, Typed};
use super::error::RecordError;
use super::list::{List, read_list};
use super::reading::Reading;
use super::source::Source;

const LEFT: Typed<Id> = Typed::new("left_task", "the task that borrows", "the name of a task");
const RIGHT: Typed<Id> =
    Typed::new("right_task", "the task that lends", "the name of another task, each pair of tasks once");
const SIMILARITY: Typed<Bounded<0, 1>> =
    Typed::new("similarity", "the share of the right task's history that counts for the left", "a number from 0 to 1");

/// What a row may hold.
pub const COLUMNS: &[Column] = &[LEFT.column(), RIGHT.column(), SIMILARITY.column()];

/// How much of its history with one task a node brings to another.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskSimilarity {
    /// The task that borrows.
    pub left: String,
    /// The task that lends; another one.
    pub right: String,
    /// From 0 to 1.
    pub similarity: f64,
}

/// Reads the similarities of tasks.
///
/// # Errors
/// Everything a [`RecordError`] can tell, among it a task that borrows from itself and a pair given twice.
pub fn read_similarities(source: &Source, reading: &Reading<'_>) -> Result<List<TaskSimilarity>, RecordError> {
    let mut known = HashMap::new();
    read_list(source, COLUMNS, "similarity", reading, |row| {
        let (left, right, similarity) = (row.get(&LEFT)?, row.get(&RIGHT)?, row.get(&SIMILARITY)?);
        if left == right {
            return Err(row.bad_value(&RIGHT, &right));
        }
        match known.insert((left.clone(), right.clone()), row.number()) {
            Some(first) => Err(row.duplicate(&RIGHT, &format!("{right} of {left}"), first)),
            None => Ok(TaskSimilarity { left, right, similarity }),
        }
    })
}
