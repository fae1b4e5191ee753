use super::*;
use crate::stats::{Draws, normal};

const MIB: f64 = (1 << 20) as f64;
const BASE: u64 = 100 << 20;

fn confidence() -> Confidence {
    Confidence::new(0.95).unwrap()
}

fn call(concurrency: u32, needed: f64) -> Call {
    let (base_bytes, peak_bytes) = (Some(BASE), Some(BASE + needed as u64));
    Call { concurrency, texts: 4, tokens: Some(256), base_bytes, peak_bytes, ..Call::default() }
}

fn fit(calls: &[Call]) -> MemoryModel {
    MemoryModel::fit(calls, 4, confidence()).unwrap()
}

/// A true line of 3 MiB and 9 MiB a call, and a share of noise for each.
struct World {
    fixed: f64,
    bytes: f64,
    noise: f64,
    /// A deviation that all measurements of a concurrency have in common.
    bend: f64,
    draws: Draws,
}

impl World {
    fn new(noise: f64, bend: f64) -> Self {
        Self { fixed: 3.0 * MIB, bytes: 9.0 * MIB, noise, bend, draws: Draws::new(7, b"memtests", 0) }
    }

    fn normal(&mut self) -> f64 {
        normal::probit((self.draws.below(1 << 30) as f64 + 0.5) / (1_u64 << 30) as f64)
    }

    fn need(&self, count: u32, deviation: f64) -> f64 {
        self.fixed + f64::from(count) * self.bytes * (1.0 + deviation)
    }

    fn calls(&mut self, counts: &[u32], repetitions: u32) -> Vec<Call> {
        let mut calls = Vec::new();
        for &count in counts {
            let bend = self.bend * self.normal();
            for _ in 0..repetitions {
                let deviation = bend + self.noise * self.normal();
                calls.push(call(count, self.need(count, deviation)));
            }
        }
        calls
    }
}

#[test]
fn a_line_without_noise_is_found_and_turned_round() {
    let model = fit(&World::new(0.0, 0.0).calls(&[1, 2, 4, 8], 2));
    assert!((model.bytes_per_call.value / (9.0 * MIB) - 1.0).abs() < 1e-6);
    assert!((model.fixed_bytes.value / (3.0 * MIB) - 1.0).abs() < 1e-6);
    assert_eq!((model.base_bytes, model.measurements, model.concurrencies, model.largest_measured), (BASE, 8, 4, 8));
    assert_eq!(model.growth(), Growth::Shown);
    let at = model.memory_at(8).unwrap();
    assert!((at.mean.value - 75.0 * MIB).abs() < 10.0 && !at.is_extrapolated);
    assert!(model.memory_at(9).unwrap().is_extrapolated);
    assert!(model.memory_at(0).is_none());
    for (memory, calls) in [(0.0, 0), (11.0, 0), (12.5, 1), (75.5, 8), (84.5, 9)] {
        let pool = model.largest_pool((memory * MIB) as u64).unwrap();
        let ends = PoolEnds { low: calls, high: Some(calls) };
        let expected = Pool { calls, interval: Some(ends), safe: Some(calls), is_extrapolated: calls > 8 };
        assert_eq!(pool, expected, "{memory} MiB");
    }
}

#[test]
fn what_cannot_be_told_is_not() {
    let two = fit(&World::new(0.01, 0.0).calls(&[1, 8], 3));
    assert_eq!((two.growth(), two.bytes_per_call.interval), (Growth::Untested, None));
    let at = two.memory_at(4).unwrap();
    assert!(at.mean.value > 30.0 * MIB && at.mean.interval.is_none() && at.next.interval.is_none());
    let pool = two.largest_pool(100 << 20).unwrap();
    assert_eq!((pool.interval, pool.safe), (None, None));
    assert!((9..=12).contains(&pool.calls), "{pool:?}");

    let few = NoLine::TooFew { texts: 4, concurrencies: 1 };
    assert_eq!(MemoryModel::fit(&World::new(0.01, 0.0).calls(&[4], 9), 4, confidence()), Err(few));
    assert_eq!(
        MemoryModel::fit(&[], 32, confidence()).unwrap_err().to_string(),
        "calls of 32 texts have a known peak at 0 different concurrencies; give at least 2, and 3 for an interval"
    );
}

#[test]
fn memory_that_does_not_grow_gives_no_answer() {
    let flat = [1, 2, 4, 8, 16].map(|count| call(count, 5.0 * MIB + f64::from(count % 3) * MIB));
    let falling = [1, 2, 4].map(|count| call(count, 50.0 * MIB - f64::from(count) * MIB));
    for calls in [&flat[..], &falling, &falling[..2]] {
        let model = fit(calls);
        assert_eq!(model.growth(), Growth::NotShown);
        assert!(model.memory_at(2).is_none() && model.largest_pool(1 << 40).is_none());
    }
}

#[test]
fn calls_that_are_not_alike_or_died_are_no_part_of_the_line() {
    let mut calls = World::new(0.01, 0.0).calls(&[1, 2, 4, 8], 2);
    let model = fit(&calls);
    calls.push(Call { concurrency: 64, peak_bytes: None, device: Some("cuda:0".into()), ..calls[0].clone() });
    calls.push(Call { texts: 32, ..call(1, 1000.0 * MIB) });
    assert_eq!(fit(&calls), model);
    calls.push(Call { tokens: Some(32), ..call(2, 9.0 * MIB) });
    assert_eq!(MemoryModel::fit(&calls, 4, confidence()), Err(NoLine::Mixed));
}

#[test]
fn a_scatter_as_large_as_the_memory_leaves_no_safe_pool() {
    let noisy = [1, 2, 4, 8, 16, 32].map(|count| call(count, f64::from(count) * MIB * f64::from(1 + count % 5)));
    let model = fit(&noisy);
    assert_eq!(model.growth(), Growth::Shown, "{model:?}");
    let pool = model.largest_pool(100 << 20).unwrap();
    let ends = pool.interval.unwrap();
    assert!(ends.low <= pool.calls && ends.high.is_none_or(|high| pool.calls <= high), "{pool:?}");
    assert!(pool.safe.unwrap() <= ends.low, "{pool:?}");
}

/// Shares of runs in which what is promised holds; the nominal ones are .95 and, for one tail, .975.
#[derive(Debug, Default)]
struct Shares {
    slope: f64,
    mean: f64,
    next: f64,
    low: f64,
    safe: f64,
}

fn shares(world: &mut World, runs: u32) -> Shares {
    const FAR: u32 = 48;
    let holds = |interval: Option<Interval>, value: f64| {
        f64::from(u8::from(interval.is_some_and(|ends| ends.low <= value && value <= ends.high)))
    };
    let mut shares = Shares::default();
    for _ in 0..runs {
        let model = fit(&world.calls(&[1, 2, 4, 8, 16, 32], 3));
        let truth = world.need(FAR, 0.0);
        let at = model.memory_at(u64::from(FAR)).unwrap();
        let pool = model.largest_pool(truth as u64 + 1).unwrap();
        let mut next = |count: u32| {
            let deviation = world.bend * world.normal() + world.noise * world.normal();
            world.need(count, deviation)
        };
        let safe = pool.safe.unwrap() as u32;
        shares.safe += f64::from(u8::from(safe == 0 || next(safe) <= truth));
        shares.next += holds(at.next.interval, next(FAR));
        shares.slope += holds(model.bytes_per_call.interval, world.bytes);
        shares.mean += holds(at.mean.interval, truth);
        shares.low += f64::from(u8::from(pool.interval.unwrap().low <= u64::from(FAR)));
    }
    for share in [&mut shares.slope, &mut shares.mean, &mut shares.next, &mut shares.low, &mut shares.safe] {
        *share /= f64::from(runs);
    }
    shares
}

/// Noise that grows with the calls, and a curve that is no line: the larger simulation is `examples/simulate_memory.rs`.
#[test]
fn intervals_hold_what_they_promise() {
    for (noise, bend) in [(0.02, 0.0), (0.02, 0.02)] {
        let shares = shares(&mut World::new(noise, bend), 1000);
        // The standard error of a share of .95 of 1000 is .007.
        assert!((0.93..=0.97).contains(&shares.slope) && (0.93..=0.97).contains(&shares.mean), "{shares:?}");
        assert!(shares.next >= 0.94 && shares.low >= 0.96 && shares.safe >= 0.96, "{shares:?}");
    }
}
