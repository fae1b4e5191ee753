//! How sure the figures of `sweep` are, by seeded simulations.
//!
//!     cargo run --release --example simulate_sweep -- candidate [--runs 300] [--preset NAME] [--seed 1]
//!     cargo run --release --example simulate_sweep -- leader [--runs 2000] [--preset NAME] [--seed 1]
//!
//! Five models, of an earlier block each, are judged on sources of four samples. The logarithm of a loss is a model's skill
//! plus what its source, its sample, the model on that source and the model on that sample add, normal of deviation .3, .2,
//! .05 and .1.
//!
//! `candidate`: the last of them is better than the two best others by `ahead`; the two further ones are 1 % and 2 % worse
//! than these. The truth is what the same function says of 20 000 sources. Printed is the share of recordings whose interval
//! holds it: of the probability to lead, and of the reductions with which it is .5, .9 and .99, with the true values.
//!
//! `leader`: skills are normal of deviation .03, others in each recording. Who truly leads is who leads on 5000 sources.
//! Printed is, of recordings by the share of resamples in which another one leads, how many there are, that share's mean, and
//! in how many another one truly leads.

use std::io::{self, Write};

use clap::{Parser, ValueEnum};
use rayon::prelude::*;
use weighhouse::judge::wins::sweep::{CandidateSpec, Chance, Round, SweepError, Sweeping, another_leads, chances};
use weighhouse::judge::wins::{Entrant, Rules, Sources, StepPlan, presets};
use weighhouse::stats::normal::probit;
use weighhouse::stats::{BootstrapSpec, Draws};

const MODELS: usize = 5;
const PER_SOURCE: usize = 4;
const CANDIDATE_SOURCES: usize = 20_000;
const LEADER_SOURCES: usize = 5000;
const PRESETS: [&str; 4] = ["finetuning-subnet", "finetuning-successor", "coldint", "pretraining"];
/// Upper ends of the shares that are looked at together.
const BANDS: [f64; 5] = [0.01, 0.05, 0.2, 0.5, 1.0];

#[derive(Parser)]
struct Arguments {
    /// Which figures.
    figures: Figures,
    /// Recordings per setting.
    #[arg(long, default_value_t = 300)]
    runs: u64,
    /// Fixes every recording.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only this preset.
    #[arg(long)]
    preset: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Figures {
    Candidate,
    Leader,
}

/// What a candidate is asked about.
#[derive(Clone, Copy)]
struct Setting<'r> {
    rules: &'r Rules,
    sources: usize,
    /// Samples of a step.
    step: usize,
    ahead: f64,
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let is_asked = |name: &&str| arguments.preset.as_ref().is_none_or(|preset| preset == name);
    for name in PRESETS.into_iter().filter(is_asked) {
        let rules = presets::preset(name).expect("a preset").rules;
        match arguments.figures {
            Figures::Candidate => candidate(name, &rules, &arguments)?,
            Figures::Leader => leader(name, &rules, &arguments)?,
        }
    }
    Ok(())
}

fn candidate(name: &str, rules: &Rules, &Arguments { runs, seed, .. }: &Arguments) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "preset  ahead  sources  step  chance  reduction for .5  for .9  for .99")?;
    for (ahead, step) in [(0.01, 40), (0.01, 400), (0.03, 40), (0.03, 400)] {
        let truth = truth(Setting { rules, sources: CANDIDATE_SOURCES, step, ahead }, seed);
        for sources in [10, 20, 50, 200] {
            let setting = Setting { rules, sources, step, ahead };
            let found: Vec<[bool; 4]> = (0..runs).into_par_iter().map(|run| held(setting, seed, run, &truth)).collect();
            let share = |value: usize| {
                let held = found.iter().filter(|held| held[value]).count();
                format!("{:.3} ({:.4})", held as f64 / runs as f64, truth[value])
            };
            let shares: Vec<String> = (0..4).map(share).collect();
            writeln!(out, "{name} {ahead:5} {sources:7} {step:6}  {}", shares.join("  "))?;
            out.flush()?;
        }
    }
    Ok(())
}

fn truth(setting: Setting<'_>, seed: u64) -> [f64; 4] {
    let bootstrap = BootstrapSpec { resamples: 20_000, confidence: 0.5, seed: 1 };
    let chance = chance(setting, bootstrap, seed, 1_000_000);
    let reduction = |target: usize| chance.improvements[target].reduction.unwrap_or(f64::INFINITY);
    [chance.probability.value, reduction(0), reduction(1), reduction(2)]
}

fn held(setting: Setting<'_>, seed: u64, run: u64, truth: &[f64; 4]) -> [bool; 4] {
    let chance = chance(setting, BootstrapSpec { resamples: 1000, confidence: 0.95, seed: 1 + run }, seed, run);
    let probability = chance.probability.interval.is_some_and(|ends| ends.low <= truth[0] && truth[0] <= ends.high);
    let reduction = |target: usize| {
        let ends = chance.improvements[target].interval;
        ends.is_some_and(|ends| ends.low <= truth[1 + target] && ends.high.is_none_or(|high| truth[1 + target] <= high))
    };
    [probability, reduction(0), reduction(1), reduction(2)]
}

fn chance(setting: Setting<'_>, bootstrap: BootstrapSpec, seed: u64, run: u64) -> Chance {
    let Setting { rules, sources, step, ahead } = setting;
    // By how much the candidate has to be better to lead at all.
    let boost = if rules.matching.is_of_means() { rules.epsilon.at(Some(0), 200_000) } else { 0.0 };
    let skills = [0.0, 0.0, 0.01, 0.02, -ahead - boost];
    let (epsilons, samples) = ([rules.epsilon], [step]);
    let spec =
        CandidateSpec { submission: MODELS - 1, at_block: None, epsilons: &epsilons, samples: &samples, bootstrap };
    let round = round(skills, sources, &mut Draws::new(seed, b"simcandi", run));
    let mut found = None;
    chances(rules, &uids(), &[round], spec, |chance| {
        found = Some(chance);
        Ok::<_, SweepError>(())
    })
    .expect("a candidate");
    found.expect("one row")
}

fn leader(name: &str, rules: &Rules, &Arguments { runs, seed, .. }: &Arguments) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "preset  sources  another leads: up to  recordings  mean  truly")?;
    for sources in [20, 50, 200] {
        let found: Vec<(f64, bool)> =
            (0..runs).into_par_iter().filter_map(|run| open(rules, sources, seed, run)).collect();
        let mut from = -1.0;
        for to in BANDS {
            let there: Vec<&(f64, bool)> = found.iter().filter(|(share, _)| from < *share && *share <= to).collect();
            let mean = |value: &dyn Fn(&(f64, bool)) -> f64| {
                there.iter().map(|one| value(one)).sum::<f64>() / there.len().max(1) as f64
            };
            let (said, truly) = (mean(&|one| one.0), mean(&|one| f64::from(u8::from(one.1))));
            writeln!(out, "{name} {sources:7} {to:5} {:6}  {said:.3}  {truly:.3}", there.len())?;
            from = to;
        }
        out.flush()?;
    }
    Ok(())
}

/// How often another one leads in resamples, and whether another one truly leads.
fn open(rules: &Rules, sources: usize, seed: u64, run: u64) -> Option<(f64, bool)> {
    let mut draws = Draws::new(seed, b"simleads", run);
    let skills: [f64; MODELS] = std::array::from_fn(|_| 0.03 * normal(&mut draws));
    let recorded = round(skills, sources, &mut draws);
    let truly = leads(rules, &round(skills, LEADER_SOURCES, &mut draws));
    let here = leads(rules, &recorded);
    let bootstrap = BootstrapSpec { resamples: 1000, confidence: 0.95, seed: 1 + run };
    let shares = another_leads(&uids(), &[recorded], &[rules], &[here], bootstrap).expect("losses");
    shares[0].map(|share| (share, here != truly))
}

/// Who has the highest weight, of equal ones the first.
fn leads(rules: &Rules, round: &Round) -> Option<usize> {
    let (uids, rules) = (uids(), std::slice::from_ref(rules));
    let mut sweeping = Sweeping::new(&uids, rules).expect("a preset's rules");
    sweeping.step(round).expect("losses");
    sweeping.finish(&sweeping.weights(0))[0].ends.leader
}

fn uids() -> Vec<u32> {
    (0..MODELS as u32).collect()
}

fn round(skills: [f64; MODELS], sources: usize, draws: &mut Draws) -> Round {
    let mut losses = vec![Vec::new(); MODELS];
    for _ in 0..sources {
        let source = 0.3 * normal(draws);
        let on_source: Vec<f64> = (0..MODELS).map(|_| 0.05 * normal(draws)).collect();
        for _ in 0..PER_SOURCE {
            let sample = source + 0.2 * normal(draws);
            for model in 0..MODELS {
                losses[model].push((sample + skills[model] + on_source[model] + 0.1 * normal(draws)).exp());
            }
        }
    }
    let samples = sources * PER_SOURCE;
    let names: Vec<String> = (0..samples).map(|sample| (sample / PER_SOURCE).to_string()).collect();
    let entrant = |(submission, losses)| Entrant { submission, block: Some(submission as u64), losses: Some(losses) };
    Round {
        plan: StepPlan {
            step: 0,
            competition: 0,
            current_block: 200_000,
            samples: (0..samples).collect(),
            concludes: true,
        },
        entrants: losses.into_iter().enumerate().map(entrant).collect(),
        sources: Sources::new(names.iter().map(|name| Some(name.as_str()))),
    }
}

fn normal(draws: &mut Draws) -> f64 {
    probit(draws.unit().max(f64::MIN_POSITIVE))
}
