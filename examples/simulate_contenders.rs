//! How often the intervals of `replay contenders` hold what they are about, by a seeded simulation.
//!
//!     cargo run --release --example simulate_contenders -- [--runs 300] [--resamples 1000] [--seed 1]
//!
//! Twelve nodes serve two tasks; each has a skill of its own from .3 to 1 and another in each period, a tenth of it. A
//! request is refused with probability .3 · (1 − skill) and fails with .1 · (1 − skill). The validator asks whom it asked
//! least with probability .5 and anybody alike else, so the probabilities are known. Of each policy is looked at: the share
//! of requests with status 200 as weighted by these probabilities, whose truth is the mean chance of the contenders by how
//! often the policy picks them; and of nodes: weights and the similarity of the tasks, whose truth are their means over 2000
//! further recordings. Printed is the share of recordings whose interval holds the truth, and that of recordings that have
//! an interval, at several numbers of periods and requests.

use std::io::{self, Write};

use clap::Parser;
use rayon::prelude::*;
use weighhouse::judge::contenders::policies::NAMES;
use weighhouse::judge::contenders::{
    Contender, ContendersSpec, Judged, Load, Period, PeriodCounts, Recorded, Recording, Request, Rules, judge,
};
use weighhouse::stats::{BootstrapSpec, Draws, Estimate};

const NODES: usize = 12;
const TASKS: usize = 2;
const LENGTH: f64 = 1800.0;
const LEAST: f64 = 0.5;
const TRUTH_RUNS: u64 = 2000;

#[derive(Parser)]
struct Arguments {
    /// Recordings per setting.
    #[arg(long, default_value_t = 300)]
    runs: u64,
    /// Resamples per recording.
    #[arg(long, default_value_t = 1000)]
    resamples: usize,
    /// Fixes every recording.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What is recorded.
#[derive(Clone, Copy)]
struct Setting {
    periods: usize,
    /// Requests for each task in a period.
    requests: usize,
}

/// How often an interval is there, and holds the truth.
#[derive(Clone, Copy, Default)]
struct Held {
    looked_at: u32,
    there: u32,
    held: u32,
}

impl Held {
    fn add(&mut self, estimate: Option<Estimate>, truth: f64) {
        self.looked_at += 1;
        if let Some(ends) = estimate.and_then(|one| one.interval) {
            self.there += 1;
            self.held += u32::from(ends.low <= truth && truth <= ends.high);
        }
    }

    fn sum(all: impl Iterator<Item = Self>) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            looked_at: sum.looked_at + one.looked_at,
            there: sum.there + one.there,
            held: sum.held + one.held,
        })
    }

    fn text(self) -> String {
        let share = |part: u32, of: u32| f64::from(part) / f64::from(of.max(1));
        format!("{:.3} ({:.2})", share(self.held, self.there), share(self.there, self.looked_at))
    }
}

fn main() -> io::Result<()> {
    let Arguments { runs, resamples, seed } = Arguments::parse();
    let mut out = io::stdout().lock();
    writeln!(out, "periods  requests  {}  weights  similarity", NAMES.join("  "))?;
    for (periods, requests) in [(12, 40), (48, 40), (48, 10), (48, 160)] {
        let setting = Setting { periods, requests };
        let truth = truth(setting, seed);
        let found: Vec<Vec<Held>> =
            (0..runs).into_par_iter().map(|run| looked_at(setting, seed, run, resamples, &truth)).collect();
        let columns = (0..NAMES.len() + 2).map(|column| Held::sum(found.iter().map(|row| row[column])).text());
        writeln!(out, "{periods:7}  {requests:8}  {}", columns.collect::<Vec<_>>().join("  "))?;
    }
    Ok(())
}

/// Means of what has no truth of its own.
struct Truth {
    weights: Vec<f64>,
    similarity: f64,
}

fn truth(setting: Setting, seed: u64) -> Truth {
    let all: Vec<Judged> =
        (0..TRUTH_RUNS).into_par_iter().map(|run| judged(&recording(setting, seed, 1_000_000 + run), 0)).collect();
    let mut weights = vec![0.0; NODES];
    for judged in &all {
        judged.weights.iter().for_each(|row| weights[row.hotkey as usize] += row.weight.value / TRUTH_RUNS as f64);
    }
    let similarity =
        |judged: &Judged| judged.similarities.first().and_then(|row| row.similarity).map_or(0.0, |one| one.value);
    Truth { weights, similarity: all.iter().map(similarity).sum::<f64>() / TRUTH_RUNS as f64 }
}

/// Each policy's share of successes, then weights, then the similarity.
fn looked_at(setting: Setting, seed: u64, run: u64, resamples: usize, truth: &Truth) -> Vec<Held> {
    let recording = recording(setting, seed, run);
    let judged = judged(&recording, resamples);
    let mut found = vec![Held::default(); NAMES.len() + 2];
    for (row, held) in judged.policies.iter().zip(&mut found) {
        let mut sums = [0.0; 2];
        for (place, load) in row.fared.loads.iter().enumerate() {
            let skill = skill(seed, recording.contenders[place].hotkey as usize);
            sums[0] += load.unwrap_or(0.0) * (1.0 - 0.4 * (1.0 - skill));
            sums[1] += load.unwrap_or(0.0);
        }
        held.add(row.fared.weighted.and_then(|rates| rates.success), sums[0] / sums[1]);
    }
    for row in &judged.weights {
        found[NAMES.len()].add(Some(row.weight), truth.weights[row.hotkey as usize]);
    }
    let similarity = judged.similarities.first().and_then(|row| row.similarity);
    found[NAMES.len() + 1].add(similarity, truth.similarity);
    found
}

fn judged(recording: &Recording, resamples: usize) -> Judged {
    let rules = Rules::preset("nineteen").expect("a preset");
    let spec = ContendersSpec {
        rules,
        baseline: rules,
        now: recording.last_moment().unwrap_or(0.0),
        period_seconds: LENGTH,
        scores_seconds: 3600.0,
        load: Load::Own,
        bootstrap: BootstrapSpec { resamples: resamples.max(1), confidence: 0.95, seed: 1 },
    };
    judge(recording, &spec, &mut || true).expect("a bootstrap")
}

/// From .3 to 1, the same in every recording.
fn skill(seed: u64, node: usize) -> f64 {
    0.3 + 0.7 * Draws::new(seed, b"simskill", node as u64).unit()
}

fn recording(setting: Setting, seed: u64, run: u64) -> Recording {
    let mut draws = Draws::new(seed, b"simcontn", run);
    let (mut periods, mut requests) = (Vec::new(), Vec::new());
    for period in 0..=setting.periods {
        let mut counts = [[0_u64; 3]; NODES * TASKS];
        let start = 1e9 + period as f64 * LENGTH;
        if period < setting.periods {
            let skills: Vec<f64> =
                (0..NODES).map(|node| (skill(seed, node) + 0.1 * (draws.unit() - 0.5)).clamp(0.0, 1.0)).collect();
            for number in 0..setting.requests * TASKS {
                let time = start + LENGTH * number as f64 / (setting.requests * TASKS) as f64;
                requests.push(request(time, number % TASKS, &skills, &mut counts, &mut draws));
            }
        }
        for (place, [made, n429, n500]) in counts.into_iter().enumerate() {
            periods.push(Period::from(&Recorded {
                contender: contender(place / TASKS, place % TASKS),
                node: (place / TASKS) as u32,
                expired_at: (period < setting.periods).then_some(start + LENGTH),
                counts: PeriodCounts { capacity: 50.0, consumed: made as f64, requests: made, n429, n500 },
                score: None,
            }));
        }
    }
    let names = |count: usize| (0..count).map(|number| number.to_string().into()).collect();
    let mut recording = Recording::new(names(NODES), names(TASKS), periods);
    recording.requests = requests;
    recording.weights = vec![Some(1.0); TASKS];
    recording
}

fn contender(node: usize, task: usize) -> Contender {
    Contender { hotkey: node as u32, task: task as u32 }
}

fn request(time: f64, task: usize, skills: &[f64], counts: &mut [[u64; 3]], draws: &mut Draws) -> Request {
    let least = (0..NODES).min_by_key(|node| counts[node * TASKS + task][0]).unwrap_or(0);
    let node = if draws.chance(LEAST) { least } else { draws.below(NODES) };
    let weakness = 1.0 - skills[node];
    let outcome = draws.unit();
    let status = match outcome {
        outcome if outcome < 0.3 * weakness => 429,
        outcome if outcome < 0.4 * weakness => 500,
        _ => 200,
    };
    let counts = &mut counts[node * TASKS + task];
    counts[0] += 1;
    counts[1] += u64::from(status == 429);
    counts[2] += u64::from(status == 500);
    Request {
        time,
        contender: contender(node, task),
        node: node as u32,
        is_organic: false,
        status: Some(status),
        response_time: (status == 200).then(|| 1.0 + draws.unit() + weakness),
        volume: Some(1.0),
        quality: (status == 200).then(|| 1.0 - 0.3 * weakness * draws.unit()),
        propensity: Some((1.0 - LEAST) / NODES as f64 + if node == least { LEAST } else { 0.0 }),
    }
}
