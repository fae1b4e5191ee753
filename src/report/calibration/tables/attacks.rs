//! What gets past: detection of copies at the threshold in use, how well they are told apart at any threshold, and the
//! chance that colluders meet in a minibatch at all.

use crate::excerpt::escaped;
use crate::judge::calibration::{Calibration, Detection, Meeting, Separation};
use crate::report::calibration::findings::kind;
use crate::report::calibration::words::{ends, estimate, in_percent, measured, percent};
use crate::report::grid::Heading::{Number, Text};
use crate::report::numbers::{UNKNOWN, decimal, or_unknown};
use crate::report::table::Table;

/// One kind of copies.
#[derive(Debug, Clone, Copy)]
pub struct AttackRow<'a> {
    /// How many are found.
    pub detection: &'a Detection,
    /// How well they are told apart, where there are any.
    pub separation: Option<&'a Separation>,
}

/// The rows of [`attacks`], in the order of judging.
pub fn attack_rows(found: &Calibration) -> Vec<AttackRow<'_>> {
    let separation = |one: &Detection| {
        found.separations.iter().find(|other| other.attack == one.attack && other.strength == one.strength)
    };
    found.detections.iter().map(|detection| AttackRow { detection, separation: separation(detection) }).collect()
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
        .column("attack", "how the copies were made, or recorded", |row: AttackRow<'a>| row.detection.attack.as_str())
        .shown_as(Text("copies by"), |row| escaped(kind(&row.detection.attack)))
        .column("strength", "share of the text that is changed, 0 to 1; null where the attack has none", |row| {
            row.detection.strength
        })
        .shown_as(Number("strength in %"), |row| row.detection.strength.map_or_else(|| UNKNOWN.into(), percent))
        .column("threshold", "the threshold in use; flagged is what is strictly above", |row| row.detection.threshold)
        .column("copies", "copies: at most one per request if made, any number if recorded", |row| {
            row.detection.counts.trials()
        })
        .shown(Number("copies"))
        .column("clusters", "problems that hold them, or requests where no problem is named", |row| {
            row.detection.clusters
        })
        .column("flagged", "copies above the threshold", |row| row.detection.counts.events())
        .shown(Number("flagged"))
        .column("tpr", "true-positive rate: flagged / copies; null without a copy", |row| row.detection.counts.rate())
        .shown_as(Number("flagged in %"), |row| in_percent(row.detection.counts.rate()))
        .interval("wilson", "Wilson's interval of tpr, copies taken as independent", |row| row.detection.wilson)
        .interval("clopper_pearson", "the exact interval of tpr, copies taken as independent", |row| {
            row.detection.clopper_pearson
        })
        .interval(
            "interval",
            "the interval that the report quotes: it keeps clusters together, and is the exact one where each holds \
             one copy",
            |row| row.detection.quoted.map(|quoted| quoted.interval),
        )
        .shown_as(Number("interval"), |row| ends(row.detection.quoted.map(|quoted| quoted.interval)))
        .column("median_penalty", "median penalty of the copies", |row| row.detection.median)
        .shown_as(Number("median penalty"), |row| decimal(row.detection.median, 4))
}

fn separation_columns<'a>(table: Table<'a, AttackRow<'a>>) -> Table<'a, AttackRow<'a>> {
    let table = table
        .column("independent", "independent responses that the copies are compared with", |row| {
            row.separation.map(|row| row.sizes.1)
        })
        .column("auc", "probability that a copy has the larger penalty, ties counting half", |row| {
            Some(row.separation?.auc.value)
        })
        .interval(
            "auc",
            "the interval of auc, as those of eer and tpr_at from resampling whole clusters, no more often than its ends \
             need, and from counting them where few err",
            |row| row.separation?.auc.interval,
        )
        .shown_as(Number("AUC"), |row| or_unknown(row.separation.map(|row| estimate(row.auc))))
        .column("eer", "rate at which both errors are equal", |row| Some(row.separation?.equal_error.value))
        .shown_as(Number("EER in %"), |row| in_percent(row.separation.map(|row| row.equal_error.value)))
        .interval("eer", "the interval of eer", |row| row.separation?.equal_error.interval)
        .column("eer_threshold", "a threshold near that point", |row| row.separation.map(|row| row.near))
        .column("d_prime", "distance of the means in standard deviations; null where a spread is 0", |row| {
            row.separation?.sensitivity
        });
    let table = table
        .shown_as(Number("found in % at FPR 1 %"), |row| {
            in_percent(row.separation.and_then(|row| row.tpr_at[1]).map(|rate| rate.value))
        })
        .shown_as(Number("interval"), |row| {
            ends(row.separation.and_then(|row| row.tpr_at[1]).and_then(|rate| rate.interval))
        });
    ["0.1", "0.01", "0.001"].into_iter().enumerate().fold(table, |table, (place, fpr)| {
        let name = format!("tpr_at_fpr_{}", fpr.replace('.', "_"));
        let about = format!(
            "true-positive rate at a false-positive rate of at most {fpr}; null where that is fewer than 4 answers"
        );
        table.column(&name, &about, move |row| Some(row.separation?.tpr_at[place]?.value)).interval(
            &name,
            &format!("the interval of {name}"),
            move |row| row.separation?.tpr_at[place]?.interval,
        )
    })
}

/// One row per minibatch size and number of colluders.
pub fn collusion<'a>() -> Table<'a, &'a Meeting> {
    Table::new(
        "The chance that colluding uids meet in a minibatch, drawn from all uids without replacement: copies in \
         different minibatches cannot be found. One row per size and number of colluders.",
    )
    .column("minibatch_size", "responses of a minibatch", |row: &Meeting| row.minibatch_size)
    .shown(Number("minibatch size"))
    .column("colluders", "uids of one operator", |row| row.colluders)
    .shown(Number("colluders"))
    .column("uids", "uids of the network", |row| row.uids)
    .shown(Number("uids"))
    .column("minibatch_chance", "probability that a minibatch holds two or more of them", |row| row.minibatch)
    .shown_as(Number("minibatches with two or more, in %"), |row| measured(row.minibatch))
    .column("member_chance", "probability that a given one of them meets another in its minibatch", |row| row.member)
    .shown_as(Number("a colluder meets another, in %"), |row| measured(row.member))
}
