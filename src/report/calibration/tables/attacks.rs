//! What gets past: detection of copies at the threshold in use, how well they are told apart at any threshold, and the
//! chance that colluders meet in a minibatch at all.

use super::rates::{high, low};
use crate::judge::calibration::{Calibration, Detection, Meeting, Separation};
use crate::report::table::Table;

/// One kind of copies: its detection and, where there are copies, its separation.
pub type AttackRow<'a> = (&'a Detection, Option<&'a Separation>);

/// The rows of [`attacks`], in the order of judging.
pub fn attack_rows(found: &Calibration) -> Vec<AttackRow<'_>> {
    let separation = |one: &Detection| {
        found.separations.iter().find(|other| other.attack == one.attack && other.strength == one.strength)
    };
    found.detections.iter().map(|detection| (detection, separation(detection))).collect()
}

/// One row per attack and strength.
pub fn attacks<'a>() -> Table<'a, AttackRow<'a>> {
    let table = Table::new(
        "How well copies are detected. One row per attack and strength; the attack `recorded` stands for the copies \
         that the recording marks. Columns from auc on compare with all independent responses, at any threshold.",
    );
    separation_columns(detection_columns(table))
}

fn detection_columns<'a>(table: Table<'a, AttackRow<'a>>) -> Table<'a, AttackRow<'a>> {
    table
        .column("attack", "how the copies were made, or recorded", |(row, _): AttackRow<'a>| row.attack.as_str())
        .column("strength", "share of the text that is changed, 0 to 1; null where the attack has none", |(row, _)| {
            row.strength
        })
        .column("threshold", "the threshold in use; flagged is what is strictly above", |(row, _)| row.threshold)
        .column("copies", "copies: at most one per request if made, any number if recorded", |(row, _)| {
            row.counts.trials()
        })
        .column("clusters", "problems that hold them, or requests where no problem is named", |(row, _)| row.clusters)
        .column("flagged", "copies above the threshold", |(row, _)| row.counts.events())
        .column("tpr", "true-positive rate: flagged / copies; null without a copy", |(row, _)| row.counts.rate())
        .column("wilson_low", "lower end of Wilson's interval of tpr, copies taken as independent", |(row, _)| {
            low(row.wilson)
        })
        .column("wilson_high", "upper end of Wilson's interval of tpr", |(row, _)| high(row.wilson))
        .column(
            "clopper_pearson_low",
            "lower end of the exact interval of tpr, copies taken as independent",
            |(row, _)| low(row.clopper_pearson),
        )
        .column("clopper_pearson_high", "upper end of the exact interval of tpr", |(row, _)| high(row.clopper_pearson))
        .column(
            "interval_low",
            "lower end of the interval that the report quotes: it keeps clusters together, and is the exact one where \
             each holds one copy",
            |(row, _)| low(row.quoted.map(|quoted| quoted.interval)),
        )
        .column("interval_high", "upper end of the quoted interval", |(row, _)| {
            high(row.quoted.map(|quoted| quoted.interval))
        })
        .column("median_penalty", "median penalty of the copies", |(row, _)| row.median)
}

fn separation_columns<'a>(table: Table<'a, AttackRow<'a>>) -> Table<'a, AttackRow<'a>> {
    table
        .column("independent", "independent responses that the copies are compared with", |(_, row)| {
            row.map(|row| row.sizes.1)
        })
        .column("auc", "probability that a copy has the larger penalty, ties counting half", |(_, row)| {
            row.map(|row| row.auc)
        })
        .column("eer", "rate at which both errors are equal", |(_, row)| row.map(|row| row.equal_error.0))
        .column("eer_threshold", "a threshold near that point", |(_, row)| row.map(|row| row.equal_error.1))
        .column("d_prime", "distance of the means in standard deviations; null where a spread is 0", |(_, row)| {
            row?.sensitivity
        })
        .column("tpr_at_fpr_0_1", "true-positive rate at a false-positive rate of at most 0.1", |(_, row)| {
            row.map(|row| row.tpr_at[0])
        })
        .column("tpr_at_fpr_0_01", "true-positive rate at a false-positive rate of at most 0.01", |(_, row)| {
            row.map(|row| row.tpr_at[1])
        })
        .column("tpr_at_fpr_0_001", "true-positive rate at a false-positive rate of at most 0.001", |(_, row)| {
            row.map(|row| row.tpr_at[2])
        })
}

/// One row per minibatch size and number of colluders.
pub fn collusion<'a>() -> Table<'a, &'a Meeting> {
    Table::new(
        "The chance that colluding uids meet in a minibatch, drawn from all uids without replacement: copies in \
         different minibatches cannot be found. One row per size and number of colluders.",
    )
    .column("minibatch_size", "responses of a minibatch", |row: &Meeting| row.minibatch_size)
    .column("colluders", "uids of one operator", |row| row.colluders)
    .column("uids", "uids of the network", |row| row.uids)
    .column("minibatch_chance", "probability that a minibatch holds two or more of them", |row| row.minibatch)
    .column("member_chance", "probability that a given one of them meets another in its minibatch", |row| row.member)
}
