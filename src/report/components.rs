//! Why a score is what it is: its components, which add up to it.

use super::table::{Sheet, Table};

/// A component of somebody's score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Component {
    /// Step of the score.
    pub step: u64,
    /// Whose score it is.
    pub uid: u32,
    /// Name of the score, a column of another table of the report.
    pub score: &'static str,
    /// Name of the component.
    pub component: &'static str,
    /// What it adds to the score; negative where it takes from it.
    pub value: f64,
}

/// Components as the file `components.parquet`; `names` says what each is.
pub fn sheet<'a>(names: &str, components: impl Iterator<Item = Component> + 'a) -> Sheet<'a> {
    Table::new("Why a score is what it is: components that add up to it. One row per step, uid, score and component.")
        .column("step", "step of the score", |row: Component| row.step)
        .column("uid", "uid whose score it is", |row| row.uid)
        .column("score", "name of the score, a column of another table", |row| row.score)
        .column("component", names, |row| row.component)
        .column("value", "what it adds to the score; negative where it takes from it", |row| row.value)
        .sheet("components", components)
}
