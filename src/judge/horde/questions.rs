//! What the questions of a report find in recordings whose answers are known. For tests only.

use super::fixtures::{LLM, five_cycles, near, online, preset, scored, with_batches};
use super::{
    Burn, ClassWeights, HordeSpec, Job, OnChain, Rules, Status, bonus_share, copier_losses, examine, judge, pass_rates,
    stake_flips, suppose, toggling,
};
use crate::stats::BootstrapSpec;

#[test]
fn the_bonus_has_a_share_and_toggling_a_gain() {
    let mut recording = with_batches(&[5762, 6484]);
    for batch in [1, 2] {
        for hotkey in ["steady", "other"] {
            online(&mut recording, batch, hotkey, LLM, Some(7));
            (0..7).for_each(|_| scored(&mut recording, batch, hotkey, LLM, 1.0));
        }
    }
    let rules = Rules { class_weights: ClassWeights::of(0.0, 100.0), ..preset("2025-01-cycle") };
    // In the first batch both have the bonus, in the second none.
    near(bonus_share(&recording, &rules).unwrap().share().unwrap(), 30.0 / 230.0, 1e-12);
    let toggled = toggling(&recording, &rules, &judge(&recording, &rules).unwrap()).unwrap();
    let (full, less) = (50.0, 100.0 * 5.0 / 12.0);
    assert_eq!((toggled[0].recorded, toggled[0].steady), (115.0, 100.0));
    near(toggled[0].toggling, 1.3 * (full + less), 1e-12);
    near(toggled[0].gain().unwrap(), 1.3 * (full + less) / 100.0 - 1.0, 1e-12);
}

#[test]
fn a_bonus_of_each_job_moves_shares_and_no_total() {
    let mut recording = with_batches(&[5762]);
    let class = recording.classes.number(LLM);
    for (hotkey, jobs) in [("a", 3), ("b", 1)] {
        let hotkey = recording.hotkeys.number(hotkey);
        let job = Job { seconds: Some(3.0), correct: Some(true), ..Job::synthetic(1, hotkey, class) };
        recording.jobs.extend((0..jobs).map(|_| job));
    }
    let rules = preset("2024-12");
    near(bonus_share(&recording, &rules).unwrap().share().unwrap(), 0.0, 1e-12);
    assert!(judge(&recording, &rules).unwrap().jobs.iter().all(|job| job.bonus == 1.3));
    // Its shares are 3 and 1; with 1.3 times its points, and all others as recorded, 3.9 to 1.3.
    near(toggling(&recording, &rules, &judge(&recording, &rules).unwrap()).unwrap()[0].toggling, 3.9 / 5.2, 1e-12);
}

#[test]
fn pass_rates_count_what_ended() {
    let mut recording = with_batches(&[5762]);
    let (hotkey, class) = (recording.hotkeys.number("m"), recording.classes.number(LLM));
    for seconds in [10.0, 20.0, 20.0, 30.0] {
        let job = Job { seconds: Some(seconds), correct: Some(true), ..Job::synthetic(1, hotkey, class) };
        recording.jobs.push(job);
    }
    recording.jobs.push(Job { status: Status::Failed, ..Job::synthetic(1, hotkey, class) });
    recording.jobs.push(Job { status: Status::Declined, ..Job::synthetic(1, hotkey, class) });
    let rates = pass_rates(&recording, &preset("2025-02"), class, &[5.0, 20.0, 100.0]);
    assert_eq!(rates.iter().map(|rate| rate.rate().unwrap()).collect::<Vec<_>>(), [0.0, 0.6, 0.8]);
}

#[test]
fn a_copier_loses_what_moved() {
    assert_eq!(copier_losses(&[vec![1.0, 0.0], vec![0.75, 0.25], vec![0.75, 0.25]]), [0.5, 0.0]);
}

fn spec(rules: Rules) -> HordeSpec {
    HordeSpec {
        chain: OnChain { most: 1.0, burn: Burn::default() },
        baseline: rules.clone(),
        rules,
        other_stake: 50_000.0,
        cheat_share: 0.9,
        error_rate: 0.01,
        bootstrap: BootstrapSpec { resamples: 200, confidence: 0.5, seed: 1 },
    }
}

#[test]
fn what_a_replay_finds_holds_together() {
    let recording = five_cycles();
    let mut asked = spec(preset("2025-02-once"));
    asked.rules.class_weights = ClassWeights::of(65.0, 35.0);
    let found = examine(&recording, &asked).unwrap();
    near(found.miners.iter().map(|miner| miner.weight.value).sum(), 1.0, 1e-12);
    for miner in &found.miners {
        let own = found.components.iter().filter(|part| part.hotkey == miner.hotkey);
        near(own.map(|part| part.value).sum(), miner.score, 1e-9);
        let ends = miner.weight.interval.unwrap();
        assert!(ends.low <= miner.weight.value && miner.weight.value <= ends.high, "{miner:?}");
        assert_eq!(found.bonus_of(miner.hotkey).unwrap().with, miner.score);
    }
    assert!(found.miners.iter().any(|miner| miner.weight.value != miner.baseline));
    assert_eq!(found.miners.iter().filter_map(|miner| miner.integer).max(), Some(65_535));
    let flips: Vec<usize> = found.excuses.iter().filter(|row| row.flips).map(|row| row.excuse.job).collect();
    assert_eq!(flips, stake_flips(&recording, &asked.rules, 30_000.0, 50_000.0).unwrap());
    assert_eq!((found.trajectory.len(), found.copier.rows.len()), (10, 4));
    assert_eq!(found.presets.len(), 7);
    let own = found.presets.iter().find(|row| row.name == "computehorde-2025-02-once").unwrap();
    assert_eq!((own.distance, own.tau, own.passed), (0.0, Some(1.0), found.passed));
    let supposed = suppose(&recording, &asked.rules, &found).unwrap();
    assert_eq!((supposed.distance, supposed.moved, supposed.passed), (0.0, 0, found.passed));
}

#[test]
fn curves_of_timeouts_rise_and_hold_that_of_the_rules() {
    let found = examine(&five_cycles(), &spec(preset("2025-02"))).unwrap();
    for curve in found.pass_rates.chunk_by(|one, other| one.class == other.class) {
        assert!(curve.windows(2).all(|two| two[0].timeout < two[1].timeout && two[0].passed <= two[1].passed));
        assert_eq!(curve.iter().filter(|row| row.is_of_rules).count(), 1);
    }
    assert_eq!(found.pass_rates.chunk_by(|one, other| one.class == other.class).count(), 2);
}

#[test]
fn one_batch_has_no_intervals_and_nothing_to_copy() {
    let mut recording = with_batches(&[5762]);
    scored(&mut recording, 1, "m", LLM, 1.0);
    let found = examine(&recording, &spec(preset("2025-02"))).unwrap();
    assert_eq!((found.miners[0].weight.value, found.miners[0].weight.interval), (1.0, None));
    assert!(found.copier.rows.is_empty() && found.copier.loss.is_none() && found.has_scores());
}
