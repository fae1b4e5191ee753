//! Simulates what the model of memory promises: how often its intervals hold the bytes per call, the memory of many
//! calls and that of the next run, and how often a pool that it calls safe is. Beside it stands the interval of plain least
//! squares over all rows, with and without HC3, which the model does not use. Seeded; prints a table.
//!
//!     cargo run --release --example simulate_memory

use std::fmt;

use weighhouse::call::Call;
use weighhouse::judge::schedule::MemoryModel;
use weighhouse::stats::{Confidence, Draws, Interval, StatsError, normal};

/// Recordings per row: the standard error of a share of .95 is .002.
const RUNS: u32 = 10_000;
/// What a draw is of: one of so many equal chances.
const CHANCES: usize = 1 << 30;
/// Bytes that calls need together, and that each needs.
const FIXED: f64 = 3e6;
const BYTES: f64 = 9e6;
/// Standard deviation of a measurement at 32 calls, as a share of what they need.
const NOISE: f64 = 0.02;
/// The calls that memory is asked of.
const MANY: u32 = 100;

/// How the noise of a measurement grows with the calls.
#[derive(Clone, Copy)]
enum Noise {
    /// Not at all.
    Constant,
    /// As that of a sum of independent calls.
    Root,
    /// In proportion.
    Proportional,
}

impl Noise {
    fn bytes(self, calls: u32) -> f64 {
        let share = f64::from(calls) / 32.0;
        let growth = match self {
            Self::Constant => 1.0,
            Self::Root => share.sqrt(),
            Self::Proportional => share,
        };
        NOISE * BYTES * 32.0 * growth
    }
}

impl fmt::Display for Noise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Constant => "constant",
            Self::Root => "root of k",
            Self::Proportional => "k",
        })
    }
}

/// How memory behaves.
struct World {
    noise: Noise,
    /// Whether each concurrency has a deviation of its own, as large as the noise: the true curve is no line.
    bends: bool,
    concurrencies: &'static [u32],
    repetitions: u32,
}

/// Shares of runs in which something holds; from `mean` on of those in which memory is shown to grow, as others have no
/// answer.
#[derive(Default)]
struct Shares {
    plain: f64,
    hc3: f64,
    slope: f64,
    half_width: f64,
    answered: f64,
    mean: f64,
    next: f64,
    low: f64,
    safe: f64,
}

struct Chance(Draws);

impl Chance {
    fn normal(&mut self) -> f64 {
        normal::probit((self.0.below(CHANCES) as f64 + 0.5) / CHANCES as f64)
    }
}

fn truth(calls: u32) -> f64 {
    FIXED + BYTES * f64::from(calls)
}

fn holds(interval: Option<Interval>, value: f64) -> bool {
    interval.is_some_and(|ends| ends.low <= value && value <= ends.high)
}

impl World {
    /// What a run needs that is measured by itself.
    fn next(&self, calls: u32, chance: &mut Chance) -> f64 {
        let bend = if self.bends { chance.normal() } else { 0.0 };
        truth(calls) + self.noise.bytes(calls) * (bend + chance.normal())
    }

    fn calls(&self, chance: &mut Chance) -> Vec<Call> {
        let mut rows = Vec::new();
        for &concurrency in self.concurrencies {
            let bend = if self.bends { chance.normal() } else { 0.0 };
            for _ in 0..self.repetitions {
                let needed = truth(concurrency) + self.noise.bytes(concurrency) * (bend + chance.normal());
                // A base far above all noise, so that no peak is below it.
                let (base, peak) = (1_u64 << 40, (1_u64 << 40).saturating_add_signed(needed as i64));
                let bytes = (Some(base), Some(peak.max(base)));
                rows.push(Call { concurrency, texts: 4, base_bytes: bytes.0, peak_bytes: bytes.1, ..Call::default() });
            }
        }
        rows
    }

    fn shares(&self, confidence: Confidence) -> Shares {
        let mut chance = Chance(Draws::new(1, b"simmemry", 0));
        let mut shares = Shares::default();
        let count = |share: &mut f64, is: bool| *share += f64::from(u8::from(is)) / f64::from(RUNS);
        for _ in 0..RUNS {
            let calls = self.calls(&mut chance);
            let Ok(model) = MemoryModel::fit(&calls, 4, confidence) else { continue };
            let plain = Plain::fit(&calls);
            count(&mut shares.plain, plain.holds(plain.classic, model.measurements));
            count(&mut shares.hc3, plain.holds(plain.hc3, model.measurements));
            count(&mut shares.slope, holds(model.bytes_per_call.interval, BYTES));
            let width = model.bytes_per_call.interval.map_or(f64::INFINITY, |ends| ends.high - ends.low);
            shares.half_width += width / 2.0 / BYTES / f64::from(RUNS);
            let asked = (model.memory_at(u64::from(MANY)), model.largest_pool(truth(MANY) as u64));
            let (Some(at), Some(pool)) = asked else { continue };
            count(&mut shares.answered, true);
            count(&mut shares.mean, holds(at.mean.interval, truth(MANY)));
            count(&mut shares.next, holds(at.next.interval, self.next(MANY, &mut chance)));
            count(&mut shares.low, pool.interval.is_some_and(|ends| ends.low <= u64::from(MANY)));
            let safe = pool.safe.unwrap_or(0) as u32;
            count(&mut shares.safe, safe == 0 || self.next(safe, &mut chance) <= truth(MANY));
        }
        for share in [&mut shares.mean, &mut shares.next, &mut shares.low, &mut shares.safe] {
            *share /= shares.answered;
        }
        shares
    }
}

/// Least squares over all rows, for comparison.
struct Plain {
    slope: f64,
    /// Standard errors of the slope.
    classic: f64,
    hc3: f64,
}

impl Plain {
    fn fit(calls: &[Call]) -> Self {
        let rows: Vec<[f64; 2]> =
            calls.iter().map(|call| [f64::from(call.concurrency), call.needed_bytes().unwrap_or(0) as f64]).collect();
        let count = rows.len() as f64;
        let mean = |place: usize| rows.iter().map(|row| row[place]).sum::<f64>() / count;
        let (x, y) = (mean(0), mean(1));
        let spread: f64 = rows.iter().map(|row| (row[0] - x).powi(2)).sum();
        let slope = rows.iter().map(|row| (row[0] - x) * (row[1] - y)).sum::<f64>() / spread;
        let error = |row: &[f64; 2]| row[1] - y - slope * (row[0] - x);
        let squares: f64 = rows.iter().map(|row| error(row).powi(2)).sum();
        let leverage = |row: &[f64; 2]| 1.0 / count + (row[0] - x).powi(2) / spread;
        let robust: f64 =
            rows.iter().map(|row| ((row[0] - x) / spread * error(row) / (1.0 - leverage(row))).powi(2)).sum();
        Self { slope, classic: (squares / (count - 2.0) / spread).sqrt(), hc3: robust.sqrt() }
    }

    fn holds(&self, standard_error: f64, rows: usize) -> bool {
        (self.slope - BYTES).abs() <= student(rows - 2) * standard_error
    }
}

/// Quantiles of t for a tail of .025 at the degrees of freedom that occur here: SciPy, t.isf.
fn student(freedom: usize) -> f64 {
    let table = [(4, 2.776_445), (7, 2.364_624), (16, 2.119_905), (19, 2.093_024), (58, 2.001_717)];
    table.iter().find(|(known, _)| *known == freedom).map_or(f64::NAN, |(_, quantile)| *quantile)
}

fn main() -> Result<(), StatsError> {
    let confidence = Confidence::new(0.95)?;
    let designs: [(&[u32], u32); 5] = [
        (&[1, 2, 4, 8, 16, 32], 1),
        (&[1, 2, 4, 8, 16, 32], 3),
        (&[1, 2, 4, 8, 16, 32], 10),
        (&[1, 2, 4, 8, 16, 32, 64], 3),
        (&[1, 4, 16], 3),
    ];
    println!("Shares of {RUNS} runs; nominal: .95, of `low` and `safe` .975. Memory is asked of {MANY} calls.");
    println!(
        "| noise | bends | concurrencies | repetitions | plain | HC3 | bytes per call | half width | answered | mean | \
         next run | low | safe |"
    );
    println!("| --- | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |");
    for noise in [Noise::Constant, Noise::Root, Noise::Proportional] {
        for bends in [false, true] {
            for (concurrencies, repetitions) in designs {
                let world = World { noise, bends, concurrencies, repetitions };
                let s = world.shares(confidence);
                println!(
                    "| {noise} | {} | {} | {repetitions} | {:.3} | {:.3} | {:.3} | {:.1} % | {:.3} | {:.3} | {:.3} | {:.3} | {:.3} |",
                    if bends { "yes" } else { "no" },
                    concurrencies.len(),
                    s.plain,
                    s.hc3,
                    s.slope,
                    100.0 * s.half_width,
                    s.answered,
                    s.mean,
                    s.next,
                    s.low,
                    s.safe
                );
            }
        }
    }
    Ok(())
}
