//! The original's own output, held against ours: queues, sleeps and the miner's synchronisations (tests/data/schedule;
//! LogicNet at 603ab00 and before). For tests only.

use serde_json::Value;

use super::pacing::{Pace, Pacing};
use super::queue::{Queue, UP_FRONT, queries};
use super::simulation::{Asking, Policy, Service, Workers, simulate};
use super::sync::{Regular, Sync, SyncSpec, after, before};
use crate::judge::rewards::Rate;
use crate::stats::Draws;

fn lines(name: &str) -> Vec<(Value, Value)> {
    let read = |name: &str| -> Vec<Value> {
        let path = format!("{}/tests/data/schedule/logicnet-{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    read(name).into_iter().zip(read(&format!("{name}.expected"))).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().filter_map(Value::as_f64).collect()
}

fn number(row: &Value, name: &str) -> f64 {
    row[name].as_f64().unwrap()
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-12 * expected.abs()
}

fn rates(row: &Value) -> Vec<Option<Rate>> {
    let limits = row["rate_limits"].as_array().unwrap().iter();
    limits.map(|limit| limit.as_f64().map(|limit| Rate::of_limit(limit as u64))).collect()
}

#[test]
fn queues_are_the_original_s() {
    for (row, expected) in lines("schedule") {
        let rates = rates(&row);
        let queue = Queue::new(&rates, 0.0, &mut Draws::new(1, b"schedule", 0));
        assert_eq!(queue.miners.len() as f64, number(&expected, "queue_length"), "{row}");
        let asked = |miner: usize| queue.miners.iter().filter(|&&asked| asked as usize == miner).count() as f64;
        let counts: Vec<f64> = (0..rates.len()).map(asked).collect();
        assert_eq!(counts, numbers(&expected["queries"]), "{row}");
        assert_eq!(counts, rates.iter().map(|rate| queries(*rate) as f64).collect::<Vec<_>>());
        let always = |miner: usize| {
            let of = queue.miners.iter().zip(&queue.is_rewarded).filter(|(asked, _)| **asked as usize == miner);
            of.filter(|(_, is_rewarded)| **is_rewarded).count() as f64
        };
        assert_eq!((0..rates.len()).map(always).collect::<Vec<_>>(), numbers(&expected["always_rewarded"]), "{row}");
        if let Some(front) = expected["front"].as_array() {
            let found: Vec<u64> = queue.miners.iter().take(front.len()).map(|&miner| miner.into()).collect();
            assert_eq!(found, front.iter().filter_map(Value::as_u64).collect::<Vec<_>>(), "{row}");
        }
    }
}

#[test]
fn sleeps_are_the_original_s() {
    for (row, expected) in lines("schedule") {
        let (batch, queue) = (number(&row, "batch_size"), number(&expected, "queue_length"));
        let batches = (queue / batch).ceil() as usize;
        assert_eq!(batches as f64, number(&expected, "batches"), "{row}");
        let pace = |number: usize| Pace {
            loop_seconds: row["loop_seconds"].as_f64().unwrap(),
            batch,
            queue,
            remaining: queue - number as f64 * batch,
        };
        for sleep in expected["sleeps"].as_array().unwrap() {
            let sleep = numbers(sleep);
            let found = [Pacing::Even, Pacing::Growing].map(|pacing| pacing.sleep(pace(sleep[0] as usize)));
            assert!(close(found[0], sleep[1]) && close(found[1], sleep[2]), "{row} {sleep:?} {found:?}");
        }
        for (pacing, name) in Pacing::ALL.into_iter().zip(["total_before", "total_after", "total_first_version"]) {
            let total: f64 = (0..batches).map(|batch| pacing.sleep(pace(batch))).sum();
            assert!((total - number(&expected, name)).abs() < 1e-9, "{row} {name} {total}");
            // The loop of the simulation sleeps as long.
            let policy = Policy {
                workers: Workers::Threads,
                pacing,
                batch: batch as usize,
                loop_seconds: pace(0).loop_seconds,
                rewarded: 0.2,
            };
            let mut draws = Draws::new(1, b"schedule", 0);
            let loops = simulate(
                &policy,
                &rates(&row),
                &mut Service::recorded(&[0.0]),
                1e-9,
                Asking::Whole,
                &mut draws,
                |_| {},
            );
            assert!((loops[0].submitted - total).abs() < 1e-9 && loops[0].batches == batches, "{row}");
        }
    }
}

#[test]
fn synchronisations_are_the_original_s() {
    for (row, expected) in lines("sync") {
        let whole = |name: &str| row[name].as_u64().unwrap();
        let chain = Regular { start_block: whole("start_block"), block_seconds: number(&row, "block_seconds") };
        let spec = SyncSpec {
            last_update: whole("last_update"),
            epoch_length: whole("epoch_length"),
            sync_seconds: number(&row, "sync_seconds"),
            horizon: number(&row, "horizon_seconds"),
        };
        let (before, after) = (before(&chain, &spec), after(&chain, &spec));
        assert_eq!(before.len() as u64, expected["before"].as_u64().unwrap(), "{row}");
        assert_eq!(before.first().map(|sync| sync.second), expected["before_first_at"].as_f64(), "{row}");
        let seconds = |syncs: &[Sync]| syncs.iter().map(|sync| sync.second).collect::<Vec<_>>();
        assert_eq!(seconds(&after), numbers(&expected["after_at"]), "{row}");
        let blocks: Vec<f64> = after.iter().map(|sync| sync.block as f64).collect();
        assert_eq!(blocks, numbers(&expected["after_blocks"]), "{row}");
    }
}

#[test]
fn the_queue_s_first_two_are_always_rewarded() {
    let queue = Queue::new(&[Some(Rate::of_limit(35)); 4], 0.2, &mut Draws::new(3, b"schedule", 0));
    assert!(queue.is_rewarded[..4 * UP_FRONT as usize].iter().all(|is| *is));
    let later = queue.is_rewarded[8..].iter().filter(|is| **is).count();
    assert!((8..36).contains(&later), "{later} of 108 at 0.2");
}

#[test]
fn counted_queries_are_rewarded_as_often_as_whole_ones() {
    let rates = vec![Some(Rate::of_limit(35)); 64];
    let policy =
        Policy { workers: Workers::Pool(4), pacing: Pacing::Even, batch: 32, loop_seconds: 600.0, rewarded: 0.2 };
    let rewarded = |asking| {
        let (mut rewarded, mut queries, mut first) = (0, 0, None);
        let mut draws = Draws::new(5, b"schedule", 0);
        simulate(&policy, &rates, &mut Service::recorded(&[1.0]), 24_000.0, asking, &mut draws, |batch| {
            first.get_or_insert(batch.rewarded);
            rewarded += batch.rewarded;
            queries += batch.queries;
        });
        assert_eq!(first, Some(32), "the first batch is of those ahead of the rates");
        f64::from(rewarded) / f64::from(queries)
    };
    // 128 of 1856 always, the others at .2: .2552, with a standard error of .0015 over 40 loops.
    for share in [Asking::Whole, Asking::Counted].map(rewarded) {
        assert!((share - 0.2552).abs() < 0.006, "{share}");
    }
}
