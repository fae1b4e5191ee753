//! The report of a small recording. For tests only.

use serde_json::Value;

use super::HordeReplay;
use crate::judge::horde::{
    Batch, Burn, ClassWeights, HordeSpec, Job, KNOWN_CLASSES, ManifestRow, OnChain, Receipt, Recording, Rules, Span,
    Status, Validator, examine,
};
use crate::report::evaluation::testing::record;
use crate::report::page::{assert_fits, rendered};
use crate::report::plots::testing::assert_drawable;
use crate::report::{Report, Summary};
use crate::stats::BootstrapSpec;

/// Batches of cycles from a peak on, in each of which miners have jobs of both classes; the first declines one.
fn recording(batches: i64) -> Recording {
    let mut recording = Recording::default();
    let classes = [KNOWN_CLASSES[0], KNOWN_CLASSES[2]].map(|name| recording.classes.number(name));
    let miners: Vec<u32> = (0..9).map(|number| recording.hotkeys.number(&format!("miner-{number}"))).collect();
    let validator = recording.hotkeys.number("validator");
    recording.validators.push(Validator { hotkey: validator, stake: 40_000.0 });
    for id in 1..=batches {
        let start = 708 + 722 * (id - 1);
        let cycle = Some(Span { start, stop: start + 722 });
        recording.batches.push(Batch { id, block: start + 5, cycle, should_be_scored: true });
        for (place, &hotkey) in miners.iter().enumerate() {
            for class in classes {
                let seconds = 20.0 + 7.0 * place as f64 + id as f64;
                let passed = Job { seconds: Some(seconds), correct: Some(true), ..Job::synthetic(id, hotkey, class) };
                recording.jobs.extend([passed; 2]);
                recording.manifests.push(ManifestRow { batch: id, hotkey, class, executors: 3, online: 2 });
            }
        }
        decline(&mut recording, id, validator);
    }
    recording
}

/// A job that the first miner declines, with a receipt.
fn decline(recording: &mut Recording, batch: i64, validator: u32) {
    let (id, other) = (recording.job_ids.number(&format!("s{batch}")), recording.job_ids.number(&format!("o{batch}")));
    let declined = Job {
        id,
        status: Status::Declined,
        is_accepted: false,
        is_busy: true,
        time: Some(1000.0),
        ..Job::synthetic(batch, 0, 1)
    };
    recording.jobs.push(declined);
    recording.receipts.push(Receipt {
        presented_for: id,
        job: other,
        hotkey: 0,
        validator,
        class: 1,
        is_organic: true,
        is_acceptance: false,
        timestamp: 990.0,
        ttl: 60.0,
        is_signed: true,
    });
}

fn replay(batches: i64) -> HordeReplay {
    let baseline = Rules::preset("computehorde-2025-02-once").unwrap();
    let spec = HordeSpec {
        chain: OnChain { most: 1.0, burn: Burn::default() },
        rules: Rules { class_weights: ClassWeights::of(65.0, 35.0), ..baseline.clone() },
        baseline,
        other_stake: 50_000.0,
        cheat_share: 0.9,
        error_rate: 0.01,
        bootstrap: BootstrapSpec { resamples: 100, confidence: 0.5, seed: 1 },
    };
    let recording = recording(batches);
    let found = examine(&recording, &spec).unwrap();
    HordeReplay { recording, found, spec: Some(spec), ..HordeReplay::default() }
}

#[test]
fn every_plot_is_drawable() {
    for batches in [1, 2, 3, 12] {
        let plots = replay(batches).plots();
        assert_eq!(plots.len(), if batches > 2 { 5 } else { 4 }, "{batches}");
        for plot in plots {
            assert!(HordeReplay::PLOTS.contains(&plot.name));
            assert_drawable(&format!("{batches}, {}", plot.name), &plot.scene());
        }
    }
    assert!(HordeReplay::default().plots().is_empty());
}

#[test]
fn the_page_fits_and_says_what_turns() {
    let replay = replay(12);
    let page = rendered(&replay.page(), &record());
    assert_fits(&page);
    assert!(page.contains("12 turn between 30000 and 50000 of stake"), "{}", replay.terminal());
    let said: Value = serde_json::from_str(&replay.json().unwrap()).unwrap();
    assert_eq!(said["miners"].as_array().unwrap().len(), 9);
    assert_eq!(said["excuses"][0]["flips"], true);
    assert_eq!(said["steps"].as_array().unwrap().len(), 10);
}
