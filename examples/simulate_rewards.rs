//! How often the intervals of `replay rewards` hold what they are about, by a seeded simulation.
//!
//!     cargo run --release --example simulate_rewards -- [--runs 400] [--resamples 1000] [--seed 1]
//!
//! Twenty miners of different skill answer requests, four to each; every eighth answer of three of them is like another's
//! by chance, so that its penalty is above the threshold. What an interval is about is the mean of its figure over
//! recordings of the same kind, which 4000 further recordings tell. Printed is the share of recordings whose interval
//! holds it, with its Monte-Carlo error, for the emission that independent miners lose in all and for the losses of single
//! miners, at several numbers of loops and requests, with requests that are alone and with problems of five.

use std::io::{self, Write};

use clap::Parser;
use rayon::prelude::*;
use weighhouse::judge::rewards::{Answer, Judged, RewardsRun, RewardsSpec, Round, Rules};
use weighhouse::stats::normal::probit;
use weighhouse::stats::{BootstrapSpec, Draws, Estimate};

const MINERS: usize = 20;
/// Miners whose answers are sometimes like others'.
const ALIKE: usize = 3;
const TRUTH_RUNS: u64 = 4000;

#[derive(Parser)]
struct Arguments {
    /// Recordings per setting.
    #[arg(long, default_value_t = 400)]
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
    loops: u64,
    /// Requests of a loop.
    requests: usize,
    /// Requests of a problem, which share how hard it is.
    per_problem: usize,
}

/// What is looked at: the loss of all, and those of single miners.
struct Figures {
    all: Estimate,
    each: Vec<Estimate>,
}

fn main() -> io::Result<()> {
    let Arguments { runs, resamples, seed } = Arguments::parse();
    let mut out = io::stdout().lock();
    writeln!(out, "loops  requests  per problem  all  miners that lose  the others")?;
    for (loops, requests, per_problem) in [(5, 50, 1), (20, 50, 1), (5, 200, 1), (20, 200, 1), (10, 200, 5)] {
        let setting = Setting { loops, requests, per_problem };
        let bootstrap = Some(BootstrapSpec { resamples, confidence: 0.95, seed });
        let truth =
            mean((0..TRUTH_RUNS).into_par_iter().map(|run| figures(setting, None, seed, 1_000_000 + run)).collect());
        let found: Vec<Figures> = (0..runs).into_par_iter().map(|run| figures(setting, bootstrap, seed, run)).collect();
        let all = share(found.iter().map(|figures| holds(figures.all, truth[0])));
        let of = |miners: std::ops::Range<usize>| {
            share(
                found
                    .iter()
                    .flat_map(|figures| miners.clone().map(|miner| holds(figures.each[miner], truth[1 + miner]))),
            )
        };
        let (losers, others) = (of(0..ALIKE), of(ALIKE..MINERS));
        writeln!(out, "{loops:>5}  {requests:>8}  {per_problem:>11}  {all:.3}  {losers:.3}  {others:.3}")?;
    }
    Ok(())
}

fn holds(estimate: Estimate, truth: f64) -> bool {
    estimate.interval.is_some_and(|ends| ends.low <= truth && truth <= ends.high)
}

fn share(held: impl Iterator<Item = bool>) -> f64 {
    let held: Vec<bool> = held.collect();
    held.iter().filter(|held| **held).count() as f64 / held.len() as f64
}

/// Means of the loss of all and of every miner.
fn mean(runs: Vec<Figures>) -> Vec<f64> {
    let values =
        |figures: &Figures| std::iter::once(&figures.all).chain(&figures.each).map(|one| one.value).collect::<Vec<_>>();
    let mut sums = vec![0.0; 1 + MINERS];
    for figures in &runs {
        sums.iter_mut().zip(values(figures)).for_each(|(sum, value)| *sum += value);
    }
    sums.into_iter().map(|sum| sum / runs.len() as f64).collect()
}

fn figures(setting: Setting, bootstrap: Option<BootstrapSpec>, seed: u64, run: u64) -> Figures {
    let judged = recording(setting, bootstrap, seed, run);
    let chosen = judged.thresholds.iter().find(|row| row.threshold == 0.95);
    Figures {
        all: chosen.map_or(Estimate { value: f64::NAN, interval: None }, |row| row.lost),
        each: judged.miners.iter().map(|row| row.lost).collect(),
    }
}

fn recording(setting: Setting, bootstrap: Option<BootstrapSpec>, seed: u64, run: u64) -> Judged {
    let rules = Rules::preset("logicnet-pr99").unwrap_or_else(|| unreachable!("a preset"));
    let spec = RewardsSpec { rules, thresholds: Vec::new(), top: 5, bootstrap };
    let mut judge = RewardsRun::new(spec, MINERS).unwrap_or_else(|error| unreachable!("{error}"));
    let mut draws = Draws::new(seed, b"simrewrd", run);
    let mut problem = 0;
    for number in 0..setting.loops {
        let mut round = Round { number, answers: Vec::new() };
        let mut hardness = 0.0;
        for request in 0..setting.requests {
            if request.is_multiple_of(setting.per_problem) {
                problem += 1;
                hardness = 0.3 * normal(&mut draws);
            }
            for miner in draws.distinct(MINERS, 4) {
                round.answers.push(answer(miner, problem, hardness, &mut draws));
            }
        }
        judge.round(&round);
    }
    judge.finish(&[false; MINERS])
}

fn answer(miner: usize, problem: u64, hardness: f64, draws: &mut Draws) -> Answer {
    let skill = 0.5 + 0.4 * miner as f64 / MINERS as f64;
    let is_right = draws.chance((skill - hardness).clamp(0.02, 0.98));
    let is_alike = miner.is_multiple_of(MINERS / ALIKE) && miner / (MINERS / ALIKE) < ALIKE && draws.chance(0.125);
    Answer {
        // The first places are those whose answers are sometimes alike.
        miner: place(miner),
        problem,
        is_answered: true,
        similarity: Some((0.6 + 0.1 * normal(draws)).clamp(-1.0, 1.0)),
        correctness: Some(f64::from(u8::from(is_right))),
        process_time: Some(10.0 * (0.5 * normal(draws)).exp()),
        penalty: Some(if is_alike { 0.97 } else { 0.7 }),
        ..Answer::default()
    }
}

/// Those whose answers are sometimes alike stand first, spread over the skills.
fn place(miner: usize) -> usize {
    let step = MINERS / ALIKE;
    let before = (miner / step + 1).min(ALIKE);
    match miner.is_multiple_of(step) && miner / step < ALIKE {
        true => miner / step,
        false => ALIKE + miner - before,
    }
}

fn normal(draws: &mut Draws) -> f64 {
    probit(draws.unit().max(f64::MIN_POSITIVE))
}
