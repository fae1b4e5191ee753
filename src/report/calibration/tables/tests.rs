//! What is written is what was found: values, types, nulls, documentation and bytes.

use std::fs::File;

use arrow_array::cast::AsArray;
use arrow_array::types::{UInt32Type, UInt64Type};
use arrow_array::{Array, RecordBatch};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;
use crate::judge::calibration::{Class, Part, Unit};
use crate::report::calibration::testing;
use crate::report::evaluation::testing::{floats, names, read_table};
use crate::report::table::DESCRIPTION_KEY;

const TABLES: [&str; 11] = [
    "pairs",
    "responses",
    "attack_scores",
    "thresholds",
    "rates",
    "curve",
    "strata",
    "attacks",
    "sizes",
    "collusion",
    "timings",
];

/// A written set of tables.
struct Written(tempfile::TempDir);

impl Written {
    fn of(findings: &CalibrationFindings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for sheet in all(findings) {
            let file = folder.path().join(format!("{}.parquet", sheet.schema.name));
            sheet.write(&file).unwrap();
        }
        Self(folder)
    }

    fn builder(&self, name: &str) -> ParquetRecordBatchReaderBuilder<File> {
        let file = File::open(self.0.path().join(format!("{name}.parquet"))).unwrap();
        ParquetRecordBatchReaderBuilder::try_new(file).unwrap()
    }

    /// All rows in one batch.
    fn read(&self, name: &str) -> RecordBatch {
        read_table(&self.0.path().join(format!("{name}.parquet")))
    }
}

fn counts(batch: &RecordBatch, name: &str) -> Vec<Option<u64>> {
    batch[name].as_primitive::<UInt64Type>().iter().collect()
}

#[test]
fn flags_follow_from_the_penalties_of_the_table() {
    let findings = testing::labelled();
    let batch = Written::of(&findings).read("responses");
    assert_eq!(batch.num_rows(), 1760);
    let (penalties, flagged) = (floats(&batch, "penalty"), batch["flagged"].as_boolean());
    let (rewarded, roles) = (batch["rewarded"].as_boolean(), names(&batch, "role"));
    let flag = |row: usize| rewarded.value(row) && penalties[row].unwrap() > 0.95;
    assert!((0..batch.num_rows()).all(|row| flagged.value(row) == flag(row)));
    assert!(!rewarded.value(3) && penalties[3].unwrap() > 0.95, "alike, but not up for a reward");
    let independent = (0..1760).filter(|&row| flag(row) && roles[row].as_deref() == Some("independent")).count() as u64;
    let rate = findings.calibration.rate(Unit::Response, Class::Independent, Part::All).unwrap();
    assert_eq!(independent, rate.counts.events());
    assert_eq!(names(&batch, "role")[1600..1604], ["original", "copy", "independent", "apart"].map(|n| Some(n.into())));
    let copy_of: Vec<_> = batch["copy_of"].as_primitive::<UInt32Type>().iter().collect();
    assert_eq!((copy_of[1600], copy_of[1601], copy_of[1603]), (None, Some(10), Some(99)));
    assert_eq!(names(&batch, "request_id")[1600].as_deref(), Some("request-400"));
}

#[test]
fn pairs_have_the_score_that_judging_counts() {
    let findings = testing::labelled();
    let batch = Written::of(&findings).read("pairs");
    assert_eq!(batch.num_rows(), 440 * 6);
    let uids = |name: &str| batch[name].as_primitive::<UInt32Type>().values()[..6].to_vec();
    assert_eq!((uids("uid_a"), uids("uid_b")), (vec![10, 10, 10, 11, 11, 12], vec![11, 12, 13, 12, 13, 13]));
    let (scores, classes) = (floats(&batch, "score"), names(&batch, "class"));
    let above = |class: &str| {
        let rows = scores.iter().zip(&classes).filter(|(_, name)| name.as_deref() == Some(class));
        rows.filter(|(score, _)| score.unwrap() > 0.95).count() as u64
    };
    let rate = |class| findings.calibration.rate(Unit::Pair, class, Part::All).unwrap().counts.events();
    assert_eq!((above("independent"), above("copied")), (rate(Class::Independent), rate(Class::Copied)));
    assert_eq!(floats(&batch, "cosine")[0], Some(f64::from(0.99_f32)));
}

#[test]
fn thresholds_say_what_they_lack() {
    let batch = Written::of(&testing::labelled()).read("thresholds");
    let kinds = ["given", "empirical", "empirical", "empirical", "guaranteed"].map(|kind| Some(kind.to_string()));
    assert_eq!(names(&batch, "kind"), kinds);
    assert_eq!(floats(&batch, "threshold")[0], Some(0.95));
    assert_eq!((floats(&batch, "threshold")[4], counts(&batch, "needs")[4]), (None, Some(598)));
    assert!(batch["unit"].is_null(0) && batch["in_use"].as_boolean().value(0));
    assert_eq!(floats(&batch, "confidence"), [None, None, None, None, Some(0.95)]);
}

#[test]
fn rates_hold_every_interval() {
    let findings = testing::labelled();
    let written = Written::of(&findings);
    let batch = written.read("rates");
    assert_eq!(batch.num_rows(), findings.calibration.rates.len());
    for (row, rate) in findings.calibration.rates.iter().enumerate() {
        assert_eq!(floats(&batch, "rate")[row], rate.counts.rate());
        assert_eq!(floats(&batch, "wilson_low")[row], rate.wilson.map(|ends| ends.low));
        assert_eq!(floats(&batch, "clopper_pearson_high")[row], rate.clopper_pearson.map(|ends| ends.high));
        assert_eq!(floats(&batch, "bootstrap_high")[row], rate.clustered.percentile.map(|ends| ends.high));
        assert_eq!(floats(&batch, "bca_low")[row], rate.clustered.bca.map(|ends| ends.low));
        assert_eq!(floats(&batch, "interval_low")[row], rate.quoted.map(|quoted| quoted.interval.low));
        assert_eq!(batch["weak"].as_boolean().value(row), rate.is_weak());
    }
    let curve = written.read("curve");
    assert_eq!(curve.num_rows(), 303);
    assert_eq!(floats(&curve, "band_high")[7], findings.calibration.curve[7].band.map(|ends| ends.high));
    let differences = written.read("differences");
    assert!(differences.num_rows() > 0);
    for (row, difference) in findings.calibration.differences.iter().enumerate() {
        let by = difference.by().unwrap();
        let ends = by.interval.unwrap();
        let read = ["difference", "difference_low", "difference_high"].map(|name| floats(&differences, name)[row]);
        assert_eq!(read, [by.value, ends.low, ends.high].map(Some));
    }
    assert_eq!(
        floats(&curve, "bootstrap_low")[7],
        findings.calibration.curve[7].rate.clustered.percentile.map(|e| e.low)
    );
}

#[test]
fn attacks_join_detection_and_separation() {
    let findings = testing::labelled();
    let mut attacks = testing::attacks(&["exact", "words", "truncated", "prefix"]);
    attacks.push(crate::judge::calibration::attacked("none", None, &[]));
    let spec = findings.calibration.spec.clone();
    let findings = testing::judged(findings.requests, attacks, &spec);
    let batch = Written::of(&findings).read("attacks");
    assert_eq!(batch.num_rows(), 1 + 1 + 3 * 5 + 1);
    let find = |attack: &str, strength: Option<f64>| {
        let rows = names(&batch, "attack").into_iter().zip(floats(&batch, "strength"));
        rows.into_iter().position(|row| row == (Some(attack.into()), strength)).unwrap()
    };
    let row = find("truncated", Some(0.3));
    let separation =
        findings.calibration.separations.iter().find(|one| one.attack == "truncated" && one.strength == Some(0.3));
    assert_eq!(floats(&batch, "auc")[row], separation.map(|one| one.auc.value));
    let ends = separation.and_then(|one| one.auc.interval);
    assert!(ends.is_some() && floats(&batch, "auc_low")[row] == ends.map(|ends| ends.low));
    let found = separation.and_then(|one| one.tpr_at[1]);
    assert_eq!(floats(&batch, "tpr_at_fpr_0_01")[row], found.map(|one| one.value));
    assert!(found.is_some());
    assert_eq!(floats(&batch, "tpr_at_fpr_0_01_high")[row], found.and_then(|one| one.interval).map(|ends| ends.high));
    assert_eq!((counts(&batch, "copies")[row], floats(&batch, "tpr")[row]), (Some(200), Some(0.13)));
    let none = find("none", None);
    assert_eq!(
        (counts(&batch, "copies")[none], floats(&batch, "tpr")[none], floats(&batch, "auc")[none]),
        (Some(0), None, None)
    );
    assert_eq!(floats(&batch, "tpr")[find("exact", None)], Some(1.0));
}

#[test]
fn rates_can_be_computed_again_from_the_scores() {
    let findings = testing::labelled();
    let written = Written::of(&findings);
    let responses = written.read("responses");
    let (parts, roles, flagged) =
        (names(&responses, "part"), names(&responses, "role"), responses["flagged"].as_boolean().clone());
    for part in [Part::Choosing, Part::Reporting] {
        let is =
            |row: &usize| parts[*row].as_deref() == Some(part.name()) && roles[*row].as_deref() == Some("independent");
        let flags = (0..responses.num_rows()).filter(is).filter(|&row| flagged.value(row)).count() as u64;
        let row = findings.calibration.rate(Unit::Response, Class::Independent, part).unwrap();
        assert_eq!(flags, row.counts.events(), "{part:?}");
    }
    let sources = names(&responses, "source");
    let of_math =
        |row: &usize| sources[*row].as_deref() == Some("math") && roles[*row].as_deref() == Some("independent");
    let flags = (0..responses.num_rows()).filter(of_math).filter(|&row| flagged.value(row)).count() as u64;
    let math = findings.calibration.strata.iter().find(|row| row.value == "math").unwrap();
    assert_eq!(flags, math.counts.events());
    assert_eq!(floats(&responses, "recorded_at")[4], Some(1_700_000_060.0));
    let (attacks, scores) = (written.read("attacks"), written.read("attack_scores"));
    let keys =
        |batch: &RecordBatch| names(batch, "attack").into_iter().zip(floats(batch, "strength")).collect::<Vec<_>>();
    let (penalties, ids) = (floats(&scores, "penalty"), names(&scores, "request_id"));
    let score_keys = keys(&scores);
    for (row, key) in keys(&attacks).iter().enumerate() {
        let found: Vec<usize> = (0..scores.num_rows()).filter(|&score| score_keys[score] == *key).collect();
        let above = found.iter().filter(|&&score| penalties[score].unwrap() > 0.95).count() as u64;
        assert_eq!(
            (counts(&attacks, "flagged")[row], counts(&attacks, "copies")[row]),
            (Some(above), Some(found.len() as u64))
        );
    }
    assert_eq!((names(&scores, "attack")[0].as_deref(), ids[0].as_deref()), (Some("recorded"), Some("request-400")));
}

#[test]
fn strata_and_windows_share_a_table() {
    let findings = testing::labelled();
    let batch = Written::of(&findings).read("strata");
    let (strata, values) = (names(&batch, "stratum"), names(&batch, "value"));
    let row = |stratum: &str, value: &str| {
        (0..batch.num_rows())
            .find(|&row| strata[row].as_deref() == Some(stratum) && values[row].as_deref() == Some(value))
            .unwrap()
    };
    let source = row("source", "math");
    assert!(batch["psi"].is_null(source) && batch["requests"].is_null(source) && batch["first_at"].is_null(source));
    let (first, last) = (row("window", "0"), row("window", "9"));
    assert_eq!(floats(&batch, "first_at")[first], Some(1_700_000_000.0));
    for (row, window) in [(first, 0), (last, 9)] {
        let drift = findings.calibration.windows[window].drift.unwrap();
        let chance = drift.chance.unwrap();
        let read = ["ks_statistic", "ks_p", "psi", "psi_by_chance"].map(|name| floats(&batch, name)[row]);
        assert_eq!(read, [drift.distance, chance.p_value, drift.psi, chance.psi].map(Some));
    }
}

#[test]
fn sizes_and_collusion_have_a_row_per_question() {
    let findings = testing::labelled();
    let written = Written::of(&findings);
    let sizes = written.read("sizes");
    assert_eq!(counts(&sizes, "minibatch_size"), [2, 2, 3, 3, 4, 4].map(Some));
    assert_eq!(floats(&sizes, "rate")[1], findings.calibration.sizes[0].minibatch.clustered.rate);
    let collusion = written.read("collusion");
    assert_eq!(floats(&collusion, "member_chance")[0], Some(findings.calibration.meetings[0].member));
}

#[test]
fn every_column_is_documented() {
    let written = Written::of(&testing::labelled());
    for table in TABLES {
        for field in written.builder(table).schema().fields() {
            assert!(field.metadata()[DESCRIPTION_KEY].len() > 3, "{table}.{}", field.name());
        }
    }
}

#[test]
fn equal_findings_give_equal_bytes() {
    let (first, second) = (Written::of(&testing::labelled()), Written::of(&testing::labelled()));
    for table in TABLES {
        let bytes = |written: &Written| std::fs::read(written.0.path().join(format!("{table}.parquet"))).unwrap();
        assert!(bytes(&first) == bytes(&second), "{table}");
    }
}

#[test]
fn every_case_can_be_written() {
    for (_, findings) in testing::cases() {
        let written = Written::of(&findings);
        assert_eq!(written.read("thresholds").num_rows(), 5);
    }
}

#[test]
fn json_fields_are_the_columns() {
    let findings = testing::labelled();
    let objects = rates().objects(findings.calibration.rates.iter());
    let schema = Written::of(&findings).builder("rates").schema().clone();
    let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    assert!(objects[0].as_object().unwrap().keys().eq(columns));
}
