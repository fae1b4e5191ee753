//! Why the score of a miner is what it is, as the file `components.parquet`.

use super::HordeReplay;
use crate::judge::horde::{Component, Part};
use crate::report::table::{Sheet, Table};

/// Parts of every score.
pub(super) fn sheet(replay: &HordeReplay) -> Sheet<'_> {
    Table::new("Why a score is what it is: components that add up to it. One row per subject, score and component.")
        .column("subject", "hotkey of the miner", |row: &Component| replay.hotkey(row.hotkey))
        .column("score", "name of the score, a column of another table", |_| "score")
        .column(
            "component",
            "a class, its points scaled to its weight; raw points, which are not; what the bonus of a changed size adds; what \
             the penalty takes. A bonus of each job is in its class",
            |row| match row.part {
                Part::Class(class) => replay.class(class),
                Part::Raw => "raw points",
                Part::Bonus => "bonus",
                Part::Penalty => "penalty",
            },
        )
        .column("value", "what it adds to the score; negative where it takes from it", |row| row.value)
        .sheet("components", replay.found.components.iter())
}
