//! The vectors of the field file, and what must hold beyond them. For tests only.

use super::checks::{cheat_passes, honest_fails};
use super::fixtures::{HASH, LLM, last, near, online, preset, scored, with_batches};
use super::{
    Borders, CHANGES, ClassWeights, CommitReveal, HordeError, HordeFault, Job, ManifestRow, NAMES, Receipt, Recording,
    Rules, Span, Status, UidWeight, Validator, cap, class_weights_at, commit_integers, cycle, epoch, is_size_changed,
    judge, peak_cycle,
};

/// A batch between peaks, one at the last peak, one at the peak before (netuid 12).
const BETWEEN: i64 = 3;
const PEAK: i64 = 2;
const PEAK_BEFORE: i64 = 1;

#[test]
fn every_name_is_a_preset() {
    assert!(NAMES.iter().all(|name| Rules::preset(name).is_some()));
    assert_eq!(Rules::preset("computehorde"), None);
    assert_eq!(preset("readme").minimum_stake, Some(50_000.0));
}

#[test]
fn factors_and_the_horde_test() {
    let shape = preset("2024-12").shape;
    for (jobs, expected) in [(1.0, 0.5), (2.0, 0.622459), (5.0, 0.689974), (11.0, 0.712814), (40.0, 0.726115)] {
        near(shape.factor(1.0, jobs).unwrap(), expected, 5e-7);
    }
    let mut recording = with_batches(&[5762]);
    for (hotkey, jobs, score) in [("h1", 11, 6.0), ("h2", 5, 12.0), ("h3", 11, 6.0), ("h4", 40, 1.0)] {
        (0..jobs).for_each(|_| scored(&mut recording, 1, hotkey, HASH, score));
    }
    scored(&mut recording, 1, "h3", LLM, 15.0);
    let cases = [
        (0.0, 0.0, 1.0, [2.287458, 2.012877, 4.287458, 1.412207]),
        (2.0, 0.0, 1.0, [1.444826, 5.085570, 3.444826, 0.024778]),
        (0.0, 1.75, 0.05, [1.089022, 0.002359, 3.089022, 5.819596]),
    ];
    for (alpha, beta, delta, expected) in cases {
        let mut rules = preset("2024-12");
        rules.class_weights = ClassWeights::of(8.0, 2.0);
        (rules.shape.alpha, rules.shape.beta, rules.shape.delta) = (alpha, beta, delta);
        for (hotkey, expected) in ["h1", "h2", "h3", "h4"].into_iter().zip(expected) {
            near(last(&recording, &rules, hotkey), expected, 1e-6);
        }
    }
}

#[test]
fn classes_add_up_to_their_weights() {
    let mut recording = with_batches(&[5762]);
    scored(&mut recording, 1, "m1", HASH, 0.1);
    scored(&mut recording, 1, "m2", LLM, 120.0);
    let rules = Rules { class_weights: ClassWeights::of(8.0, 2.0), ..preset("2024-12") };
    let judged = judge(&recording, &rules).unwrap();
    assert_eq!(judged.weights(&recording), [[0.8, 0.2]]);
}

#[test]
fn completed_excused_and_organic_jobs() {
    let mut recording = with_batches(&[5762]);
    let class = recording.classes.number(LLM);
    for (name, counts) in [("m1", [2, 3, 7]), ("m2", [13, 17, 23]), ("m3", [10, 2, 0])] {
        let hotkey = recording.hotkeys.number(name);
        (0..counts[0]).for_each(|_| scored(&mut recording, 1, name, LLM, 1.0));
        let excused = Job { status: Status::Excused, ..Job::synthetic(1, hotkey, class) };
        recording.jobs.extend((0..counts[1]).map(|_| excused));
        recording.jobs.extend((0..counts[2]).map(|_| Job::organic(5800, hotkey, class)));
    }
    // Without the bonus; the field's m1 of 2025-01 has five further organic jobs, which are in the golden data.
    let rules = Rules { class_weights: ClassWeights::of(0.0, 100.0), bonus: 1.0, ..preset("2025-02") };
    for (hotkey, expected) in [("m1", 15.584416), ("m2", 68.831169), ("m3", 15.584416)] {
        near(last(&recording, &rules, hotkey), expected, 1e-6);
        near(last(&recording, &Rules { bonus: 1.3, ..rules.clone() }, hotkey), expected * 1.3, 2e-6);
    }
}

#[test]
fn sizes_that_are_changed() {
    let cases = [
        (3.0, None, true),
        (3.0, Some(0.0), true),
        (0.0, Some(0.0), true),
        (10.0, Some(13.0), false),
        (13.0, Some(10.0), false),
        (15.0, Some(10.0), true),
        (10.0, Some(15.0), true),
        (14.0, Some(10.0), true),
    ];
    for (current, previous, expected) in cases {
        assert_eq!(is_size_changed(current, previous, 1.4), expected, "{current} {previous:?}");
    }
}

#[test]
fn bonus_and_penalty_over_peaks() {
    let cases = [
        (None, None, Some(10), 1.5),
        (Some(10), None, Some(10), 1.5),
        (None, Some(10), Some(10), 1.5),
        (Some(5), Some(10), Some(10), 1.5),
        (Some(10), Some(5), Some(5), 1.5),
        (Some(7), Some(10), Some(10), 1.0),
        (Some(15), Some(10), Some(10), 1.0),
        (Some(20), Some(20), Some(1), 0.8),
        (Some(10), Some(20), Some(1), 1.2),
        (None, Some(20), Some(1), 1.2),
        // Gone at the peak, and gone since the peak where it had nothing.
        (Some(1), None, Some(1), 1.5),
        (None, Some(0), None, 1.2),
    ];
    for (before, peak, current, expected) in cases {
        let mut recording = with_batches(&[708, 7928, 8650]);
        for (batch, count) in [(PEAK_BEFORE, before), (PEAK, peak), (BETWEEN, current)] {
            online(&mut recording, batch, "m", LLM, count);
        }
        scored(&mut recording, BETWEEN, "m", LLM, 1.0);
        let rules = Rules { class_weights: ClassWeights::of(0.0, 1.0), bonus: 1.5, ratio: 2.0, ..preset("2025-02") };
        near(last(&recording, &rules, "m"), expected, 1e-12);
    }
}

#[test]
fn there_is_no_penalty_in_the_peak_cycle() {
    let mut recording = with_batches(&[7928, 7928]);
    online(&mut recording, 1, "m", LLM, Some(20));
    online(&mut recording, 2, "m", LLM, Some(1));
    scored(&mut recording, 2, "m", LLM, 1.0);
    let rules = Rules { class_weights: ClassWeights::of(0.0, 1.0), bonus: 1.0, ..preset("2025-02") };
    assert_eq!(last(&recording, &rules, "m"), 1.0);
    recording.batches[1].block = 8650;
    assert_eq!(last(&recording, &rules, "m"), 0.8, "the block decides");
}

#[test]
fn penalty_in_two_classes() {
    let cases = [
        (None, None, 0.5),
        (Some(20), None, 0.5),
        (Some(20), Some(9), 0.5),
        (None, Some(10), 0.5),
        (Some(19), Some(10), 0.5),
        (Some(20), Some(10), 1.0),
    ];
    for (hash, llm, expected) in cases {
        let mut recording = with_batches(&[7928, 8650]);
        online(&mut recording, 1, "m", HASH, Some(200));
        online(&mut recording, 1, "m", LLM, Some(100));
        online(&mut recording, 2, "m", HASH, hash);
        online(&mut recording, 2, "m", LLM, llm);
        scored(&mut recording, 2, "m", LLM, 1.0);
        let rules = Rules { class_weights: ClassWeights::of(0.0, 1.0), bonus: 1.0, penalty: 0.5, ..preset("2025-02") };
        assert_eq!(last(&recording, &rules, "m"), expected, "{hash:?} {llm:?}");
    }
}

#[test]
fn epochs_and_peaks() {
    let span = |start, stop| Span { start, stop };
    for (block, netuid, expected) in [
        (25, 12, span(-14, 347)),
        (347, 12, span(347, 708)),
        (1100, 12, span(1069, 1430)),
        (358, 0, span(-2, 359)),
        (708, 12, span(708, 1069)),
    ] {
        assert_eq!(epoch(block, netuid, Borders::Begins), expected);
    }
    assert_eq!(epoch(708, 12, Borders::Ends), span(347, 708));
    assert_eq!(cycle(708, 12, Borders::Ends), span(-14, 708));
    for (block, netuid, expected) in [
        (719, 1, span(719, 1441)),
        (7938, 1, span(719, 1441)),
        (7939, 1, span(7939, 8661)),
        (708, 12, span(708, 1430)),
        (7928, 12, span(7928, 8650)),
    ] {
        assert_eq!(peak_cycle(block, netuid), expected);
    }
}

#[test]
fn weights_on_the_chain() {
    assert_eq!(commit_integers(&[0.5, 1.5, 100.1, 30.0], 65_535.0).unwrap(), [327, 982, 65_535, 19_641]);
    assert_eq!(commit_integers(&[0.0, 1.0, 2.0, 3.0, 4.0], 65_535.0).unwrap(), [0, 16_384, 32_768, 49_151, 65_535]);
    let interval = CommitReveal::default().interval(722);
    assert_eq!((interval.reveal, interval.commit), (Span { start: 722, stop: 1068 }, Span { start: 1083, stop: 1429 }));
    let cases: [(&[f64], f64, &[f64]); 4] = [
        (&[7.0, 2.0, 1.0], 0.5, &[0.5, 0.333333, 0.166667]),
        (&[7.0, 2.0, 1.0], 0.4, &[0.4, 0.4, 0.2]),
        (&[7.0, 2.0, 1.0], 0.3, &[0.333333, 0.333333, 0.333333]),
        (&[5.0, 3.0, 1.0, 1.0], 0.4, &[0.4, 0.36, 0.12, 0.12]),
    ];
    for (weights, limit, expected) in cases {
        cap(weights, limit).iter().zip(expected).for_each(|(found, &expected)| near(*found, expected, 1e-6));
    }
}

#[test]
fn burning() {
    let weight = |uid, weight| UidWeight { uid, weight };
    let rule = super::Burn { rate: 0.9, partition: 0.9, burners: vec![1, 2], main: Some(2) };
    let limits = super::WeightLimits { neurons: 5, min_allowed: 0, most: 1.0, exclude_quantile: 0.0 };
    let weights = super::burn(&[weight(0, 70.0), weight(3, 70.0), weight(4, 100.0)], &rule, &limits);
    let uids: Vec<u32> = weights.iter().map(|own| own.uid).collect();
    let integers = commit_integers(&weights.iter().map(|own| own.weight).collect::<Vec<_>>(), 65_535.0).unwrap();
    assert_eq!((uids, integers), (vec![0, 3, 4, 2, 1], vec![2360, 2360, 3371, 65_535, 7282]));
}

#[test]
fn sampled_prompts() {
    for (prompts, passes, fails) in [(1, 0.9, 0.01), (5, 0.590, 0.049), (10, 0.349, 0.0956)] {
        near(cheat_passes(0.9, prompts), passes, 5e-4);
        near(honest_fails(0.01, prompts), fails, 5e-5);
    }
}

#[test]
fn class_weights_over_time() {
    let at = |day: &str| {
        let weights = class_weights_at(day);
        [weights.get(HASH).unwrap(), weights.get(LLM).unwrap()]
    };
    assert_eq!(at("2024-10-28"), [95.0, 5.0]);
    assert_eq!(at("2024-12-04"), [65.0, 35.0]);
    assert_eq!(at("2026-01-01"), [0.0, 100.0]);
    assert!(CHANGES.iter().all(|change| change.hash + change.llm == 100.0));
    assert!(CHANGES.is_sorted_by(|earlier, later| earlier.from < later.from));
}

/// A miner with one executor, declined as busy at second 1000, and one receipt by a validator of this stake.
fn declined(timestamp: f64, stake: f64) -> Recording {
    let mut recording = with_batches(&[8650]);
    let (hotkey, validator) = (recording.hotkeys.number("m"), recording.hotkeys.number("v"));
    let class = recording.classes.number(LLM);
    let [job, other] = ["job", "other"].map(|name| recording.job_ids.number(name));
    recording.manifests.push(ManifestRow { batch: 1, hotkey, class, executors: 1, online: 1 });
    recording.validators.push(Validator { hotkey: validator, stake });
    recording.jobs.push(Job {
        id: job,
        status: Status::Declined,
        is_accepted: false,
        is_busy: true,
        time: Some(1000.0),
        ..Job::synthetic(1, hotkey, class)
    });
    recording.receipts.push(Receipt {
        presented_for: job,
        job: other,
        hotkey,
        validator,
        class,
        is_organic: true,
        is_acceptance: false,
        timestamp,
        ttl: 60.0,
        is_signed: true,
    });
    recording
}

#[test]
fn receipts_and_stakes() {
    let is_excused = |recording: &Recording| judge(recording, &preset("2025-02")).unwrap().excuses[0].is_accepted;
    for (timestamp, expected) in [(990.0, true), (1300.0, false), (700.0, false), (938.0, false), (1000.0, false)] {
        assert_eq!(is_excused(&declined(timestamp, 60_000.0)), expected, "{timestamp}");
    }
    let mut no_executor = declined(700.0, 0.0);
    no_executor.manifests.clear();
    assert!(is_excused(&no_executor));
    no_executor.jobs[0].is_busy = false;
    assert!(!is_excused(&no_executor), "nothing but being busy is an excuse");
    for (validator, expected) in [(0, false), (1, false), (2, true)] {
        assert_eq!(is_excused(&declined(990.0, 20_000.0 * f64::from(validator))), expected, "{validator}");
    }
}

#[test]
fn errors_name_the_row() {
    let error = |recording: &Recording| judge(recording, &preset("2025-02")).unwrap_err();
    let row = |error: &HordeError| error.row().map(|row| format!("{} {}", row.table, row.index));
    let mut recording = with_batches(&[8650]);
    online(&mut recording, 1, "m", LLM, Some(1));
    online(&mut recording, 1, "m", "zzz", Some(1));
    let unknown = error(&recording);
    assert_eq!(row(&unknown).as_deref(), Some("manifests 1"));
    assert!(
        unknown.to_string().contains("spin_up-4min.gpu-24gb, always_on.gpu-24gb, always_on.llm.a6000"),
        "{unknown}"
    );
    let mut recording = with_batches(&[8650]);
    scored(&mut recording, 9, "m", LLM, 1.0);
    assert!(matches!(error(&recording), HordeError::UnknownBatch { batch: 9, .. }));
    let mut recording = with_batches(&[8650]);
    scored(&mut recording, 1, "m", LLM, f64::NAN);
    assert_eq!(error(&recording).to_string(), "column `score` is NaN; give a finite number");
    assert_eq!(row(&error(&with_batches(&[8650, 8651]))).as_deref(), Some("batches 1"));
    assert!(matches!(error(&with_batches(&[i64::MAX - 722])), HordeError::Block { .. }));
    let mut recording = with_batches(&[8650]);
    scored(&mut recording, 1, "m", HASH, 0.0);
    let mut rules = preset("2025-02");
    rules.shape.alpha = -1.0;
    let fault = judge(&recording, &rules).unwrap_err();
    assert!(matches!(fault, HordeError::Horde { fault: HordeFault::ZeroMean, .. }), "{fault}");
}
