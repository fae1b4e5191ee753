//! Why a rank value or a weight of a contender is what it is.

use super::ContendersReplay;
use crate::judge::contenders::{Component, Part, Whole};
use crate::report::table::{Sheet, Table};

/// As the file `components.parquet`.
pub(super) fn sheet(replay: &ContendersReplay) -> Sheet<'_> {
    Table::new("Why a score is what it is: components that add up to it. One row per subject, score and component.")
        .column("subject", "hotkey, or hotkey-task for a rank_value", |row: &Component| match row.whole {
            Whole::RankValue(contender) => {
                format!("{}-{}", replay.hotkey(contender.hotkey), replay.task(contender.task))
            }
            Whole::Weight(hotkey) => replay.hotkey(hotkey).to_owned(),
        })
        .column("score", "name of the score, a column of another table", |row| match row.whole {
            Whole::RankValue(_) => "rank_value",
            Whole::Weight(_) => "weight",
        })
        .column(
            "component",
            "of a rank_value: requests, own history, and what is borrowed from each task; of a weight: what each task adds",
            |row| match row.part {
                Part::Requests => "requests".to_owned(),
                Part::OwnHistory => "own history".to_owned(),
                Part::BorrowedFrom(task) => format!("borrowed from {}", replay.task(task)),
                Part::ShareOf(task) => replay.task(task).to_owned(),
            },
        )
        .column("value", "what it adds to the score; negative where it takes from it", |row| row.value)
        .sheet("components", replay.judged.components.iter())
}
