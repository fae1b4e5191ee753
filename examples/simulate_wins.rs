//! How often the intervals of `evaluate` hold what they should, by simulation: win rates of samples that come in
//! sources, leads of equal models, and weights after many steps. Seeded; docs/evaluate.md tells of
//! the table that it prints.
//!
//!     cargo run --release --example simulate_wins

use weighhouse::judge::wins::{
    Matching, Resampling, Rules, Schedule, Sources, StepPlan, StepTable, Submitted, judge, presets,
};
use weighhouse::stats::BootstrapSpec;
use weighhouse::stats::{Draws, Interval};

/// Runs per row: the standard error of a coverage of .95 is .005.
const RUNS: u64 = 2000;
/// Samples of each source.
const PER_SOURCE: usize = 10;

fn main() {
    println!("| what | sources | share of {RUNS} runs | nominal |\n| --- | --: | --: | --: |");
    for sources in [10, 20, 50, 100] {
        row("win rate inside its interval", sources, 0.95, share(|run| rate_is_covered(run, sources)));
    }
    for sources in [20, 100] {
        row("lead between two equal models without 0", sources, 0.05, share(|run| lead_excludes_zero(run, sources)));
    }
    for sources in [20, 100] {
        row("an equal fifth model shown ahead", sources, 0.025, share(|run| is_shown_ahead(run, sources)));
    }
    for sources in [10, 20, 100] {
        row("the better of two scores inside its interval", sources, 0.95, share(|run| score_is_covered(run, sources)));
    }
    for sources in [50, 100] {
        row("weight after 20 steps inside its interval", sources, 0.95, share(|run| weight_is_covered(run, sources)));
    }
}

fn row(what: &str, sources: usize, nominal: f64, share: f64) {
    println!("| {what} | {sources} | {share:.3} | {nominal} |");
}

fn share(holds: impl Fn(u64) -> bool) -> f64 {
    (0..RUNS).filter(|&run| holds(run)).count() as f64 / RUNS as f64
}

/// A standard normal number by Box and Muller's formula.
fn normal(draws: &mut Draws) -> f64 {
    let mut uniform = || (draws.below(1 << 52) as f64 + 0.5) / (1_u64 << 52) as f64;
    (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos()
}

/// One run: models whose losses differ from sample to sample, half of the variance between sources (ICC .5).
struct World {
    submissions: Vec<Submitted>,
    sources: Sources,
}

fn world(run: u64, sources: usize, levels: &[f64]) -> World {
    let mut draws = Draws::new(1, b"simulate", run);
    let mut losses = |level: f64| -> Vec<f64> {
        let mut of_source = || {
            let shared = normal(&mut draws);
            (0..PER_SOURCE).map(|_| 20.0 + level + shared + normal(&mut draws)).collect::<Vec<f64>>()
        };
        (0..sources).flat_map(|_| of_source()).collect()
    };
    let submit = |(uid, &level): (usize, &f64)| Submitted {
        uid: uid as u32,
        block: Some(1),
        competition: Some(0),
        losses: Some(losses(level)),
    };
    let submissions = levels.iter().enumerate().map(submit).collect();
    let names: Vec<String> = (0..sources * PER_SOURCE).map(|sample| (sample / PER_SOURCE).to_string()).collect();
    World { submissions, sources: Sources::new(names.iter().map(|name| Some(name.as_str()))) }
}

fn rules() -> Rules {
    presets::preset("finetuning-subnet").expect("a preset").rules
}

fn judged(rules: &Rules, world: &World, plans: &[StepPlan], run: u64) -> Vec<StepTable> {
    let bootstrap = BootstrapSpec { resamples: 1000, confidence: 0.95, seed: run };
    let resampling = Resampling { bootstrap, sources: &world.sources };
    judge(rules, &world.submissions, plans, Some(resampling)).expect("valid records").steps
}

fn one_step(world: &World, sources: usize, run: u64) -> StepTable {
    one_step_by(&rules(), world, sources, run)
}

fn one_step_by(rules: &Rules, world: &World, sources: usize, run: u64) -> StepTable {
    let samples = sources * PER_SOURCE;
    judged(
        rules,
        world,
        &Schedule {
            pool: samples,
            competitions: 1,
            steps: 1,
            samples_per_step: samples,
            seed: run,
            first_block: 1,
            ..Schedule::default()
        }
        .plan(),
        run,
    )
    .remove(0)
}

fn holds(interval: Option<Interval>, value: f64) -> bool {
    interval.is_some_and(|ends| (ends.low..=ends.high).contains(&value))
}

/// Of two equal models the true win rate is one half.
fn rate_is_covered(run: u64, sources: usize) -> bool {
    holds(one_step(&world(run, sources, &[0.0; 2]), sources, run).rows[0].win_rate_interval, 0.5)
}

fn lead_excludes_zero(run: u64, sources: usize) -> bool {
    let table = one_step(&world(run, sources, &[0.0; 2]), sources, run);
    !holds(table.rows[0].lead.and_then(|lead| lead.interval), 0.0)
}

/// The last of five equal models asks whether it would win.
fn is_shown_ahead(run: u64, sources: usize) -> bool {
    let table = one_step(&world(run, sources, &[0.0; 5]), sources, run);
    table.rows[4].lead.and_then(|lead| lead.interval).is_some_and(|ends| ends.low > 0.0)
}

/// Where one match compares two means, the model of the lower level truly wins all.
fn score_is_covered(run: u64, sources: usize) -> bool {
    let rules = Rules { matching: Matching::PerModel, ..rules() };
    // From a difference that is seldom seen to one that seldom is not.
    let level = 0.2 * (1 + run % 5) as f64;
    holds(one_step_by(&rules, &world(run, sources, &[0.0, level]), sources, run).rows[0].win_rate_interval, 1.0)
}

/// Levels of the models whose weights are looked at.
const LEVELS: [f64; 3] = [0.0, 0.3, 0.6];

/// Twenty steps, each with half of the pool; the true weight is the one by the true win rates.
fn weight_is_covered(run: u64, sources: usize) -> bool {
    let samples = sources * PER_SOURCE;
    let plans = Schedule {
        pool: samples,
        competitions: 1,
        steps: 20,
        samples_per_step: samples / 2,
        seed: run,
        first_block: 1,
        ..Schedule::default()
    }
    .plan();
    let last = judged(&rules(), &world(run, sources, &LEVELS), &plans, run).pop().expect("twenty steps");
    holds(last.weight_intervals[0], true_weight())
}

/// The weight of the first model after twenty steps with the true win rates.
fn true_weight() -> f64 {
    let rates = LEVELS.map(|mine| {
        let others = LEVELS.iter().filter(|&&other| other != mine);
        others.map(|other| chance_of_less(mine - other)).sum::<f64>() / (LEVELS.len() - 1) as f64
    });
    let powers = rates.map(|rate| (rate / 0.08).exp());
    // Two competitions, of which the first pays .6 of the reward; alpha is .9.
    (1.0 - 0.9_f64.powi(20)) * 1.2 * powers[0] / powers.iter().sum::<f64>()
}

/// The probability that a loss is below another whose level is lower by `difference`: each varies by √2.
fn chance_of_less(difference: f64) -> f64 {
    weighhouse::stats::normal::cdf(-difference / 2.0)
}
