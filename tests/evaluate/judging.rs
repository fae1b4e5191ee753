//! Wins and weights of a run against a second opinion, computed here from losses.parquet by the rules of the field as
//! plainly as they can be written.

use std::collections::{BTreeMap, HashMap};

use crate::table::Table;
use crate::workbench::{Workbench, fixtures};

const EPSILON: f64 = 0.01;
const TEMPERATURE: f32 = 0.08;
const ALPHA: f64 = 0.9;
const SAMPLE_MIN: usize = 5;
const REWARDS: [(&str, f64); 2] = [("l3", 0.6), ("s1", 0.4)];

/// A submission as weights.parquet describes it.
struct Submission {
    uid: u32,
    block: u64,
    competition: String,
}

/// What a run wrote.
struct Written {
    submissions: Vec<Submission>,
    losses: HashMap<(u32, u64), f64>,
    steps: BTreeMap<u32, Vec<u64>>,
    wins: HashMap<(u32, u32, u32), (u64, u64)>,
    weights: HashMap<(u32, u32), Row>,
}

/// A row of weights.parquet.
struct Row {
    win_rate: Option<f64>,
    step_weight: Option<f64>,
    weight: f64,
    kept: Option<bool>,
}

impl Written {
    fn read(bench: &Workbench) -> Self {
        let (losses, wins, weights) = (bench.table("losses"), bench.table("wins"), bench.table("weights"));
        Self {
            submissions: submissions(&weights),
            losses: losses_by_sample(&losses),
            steps: steps(&bench.table("steps")),
            wins: pairs(&wins),
            weights: rows(&weights),
        }
    }
}

fn submissions(weights: &Table) -> Vec<Submission> {
    let rows = weights.numbers("step").into_iter().zip(weights.numbers("uid"));
    let rows = rows.zip(weights.counts("block")).zip(weights.texts("submission_competition"));
    let first = rows.filter(|(((step, _), _), _)| *step == 0);
    first.map(|(((_, uid), block), competition)| Submission { uid, block: block.unwrap(), competition }).collect()
}

fn losses_by_sample(losses: &Table) -> HashMap<(u32, u64), f64> {
    let samples = losses.counts("sample_index").into_iter().flatten();
    losses.numbers("uid").into_iter().zip(samples).zip(losses.floats("loss").into_iter().flatten()).collect()
}

fn steps(steps: &Table) -> BTreeMap<u32, Vec<u64>> {
    let mut drawn: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    let samples = steps.counts("sample_index").into_iter().flatten();
    steps
        .numbers("step")
        .into_iter()
        .zip(samples)
        .for_each(|(step, sample)| drawn.entry(step).or_default().push(sample));
    drawn
}

fn pairs(wins: &Table) -> HashMap<(u32, u32, u32), (u64, u64)> {
    let (a, b) = (wins.numbers("uid_a"), wins.numbers("uid_b"));
    let keys = wins.numbers("step").into_iter().zip(a).zip(b).map(|((step, a), b)| (step, a, b));
    let counts = wins.counts("wins").into_iter().flatten().zip(wins.counts("matches").into_iter().flatten());
    keys.zip(counts).collect()
}

fn rows(weights: &Table) -> HashMap<(u32, u32), Row> {
    let (rates, steps) = (weights.floats("win_rate"), weights.floats("step_weight"));
    let (totals, kept) = (weights.floats("weight"), weights.flags("kept"));
    let keys = weights.numbers("step").into_iter().zip(weights.numbers("uid"));
    let row = |(index, key): (usize, (u32, u32))| {
        let (win_rate, step_weight, kept) = (rates[index], steps[index], kept[index]);
        (key, Row { win_rate, step_weight, weight: totals[index].unwrap(), kept })
    };
    keys.enumerate().map(row).collect()
}

/// The rule, word by word.
fn iswin(loss_a: f64, loss_b: f64, block_a: u64, block_b: u64) -> bool {
    let a = if block_a < block_b { (1.0 - EPSILON) * loss_a } else { loss_a };
    let b = if block_b < block_a { (1.0 - EPSILON) * loss_b } else { loss_b };
    a < b
}

/// One step, judged anew. Returns the win rate of each member.
fn check_wins(written: &Written, step: u32, members: &[&Submission]) -> Vec<f64> {
    let loss = |member: &Submission, sample: &u64| written.losses.get(&(member.uid, *sample)).copied();
    let rate = |a: &&Submission| {
        let (mut wins, mut matches) = (0, 0);
        for b in members.iter().filter(|b| b.uid != a.uid) {
            let both = written.steps[&step].iter().filter_map(|sample| loss(a, sample).zip(loss(b, sample)));
            let results: Vec<bool> = both.map(|(x, y)| iswin(x, y, a.block, b.block)).collect();
            let pair = (results.iter().filter(|&&win| win).count() as u64, results.len() as u64);
            assert_eq!(written.wins[&(step, a.uid, b.uid)], pair, "step {step}: {} against {}", a.uid, b.uid);
            (wins, matches) = (wins + pair.0, matches + pair.1);
        }
        if matches == 0 { 0.0 } else { wins as f64 / matches as f64 }
    };
    members.iter().map(rate).collect()
}

fn softmax(rates: &[f64]) -> Vec<f64> {
    let powers: Vec<f32> = rates.iter().map(|&rate| (rate as f32 / TEMPERATURE).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.iter().map(|power| f64::from(power / sum)).collect()
}

/// Whether each member is among the best, the first of equals before the others.
fn kept(rates: &[f64]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..rates.len()).collect();
    order.sort_by(|&a, &b| rates[b].total_cmp(&rates[a]));
    (0..rates.len()).map(|index| order.iter().take(SAMPLE_MIN).any(|&best| best == index)).collect()
}

#[track_caller]
fn assert_close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= 1e-6, "{what}: {found} is not {expected}");
}

#[test]
fn wins_and_weights_follow_from_the_losses() {
    let bench = Workbench::new();
    bench.write_samples(20);
    let fixtures = fixtures();
    let steps = ["--steps", "5", "--samples-per-step", "8", "--seed", "3"];
    bench.run_plain(&[&[fixtures.as_str()], &Workbench::PLACES[..], &steps].concat()).succeeded();
    let written = Written::read(&bench);
    assert_eq!((written.steps.len(), written.submissions.len()), (5, 10));
    let mut out: Vec<u32> = Vec::new();
    let mut averages: HashMap<u32, f64> = HashMap::new();
    for step in 0..5 {
        let (competition, reward) = REWARDS[step as usize % REWARDS.len()];
        let members = written.submissions.iter().filter(|s| s.competition == competition && !out.contains(&s.uid));
        let members: Vec<&Submission> = members.collect();
        let rates = check_wins(&written, step, &members);
        let shares = softmax(&rates);
        averages.values_mut().for_each(|weight| *weight *= ALPHA);
        for (index, member) in members.iter().enumerate() {
            let row = &written.weights[&(step, member.uid)];
            let what = format!("step {step}, uid {}", member.uid);
            assert_close(row.win_rate.unwrap(), rates[index], &what);
            assert_close(row.step_weight.unwrap(), shares[index], &what);
            assert_eq!(row.kept, Some(kept(&rates)[index]), "{what}");
            *averages.entry(member.uid).or_default() += (1.0 - ALPHA) * shares[index] * REWARDS.len() as f64 * reward;
        }
        out.extend(members.iter().zip(kept(&rates)).filter(|(_, kept)| !kept).map(|(member, _)| member.uid));
        for submission in &written.submissions {
            let found = written.weights[&(step, submission.uid)].weight;
            assert_close(found, averages.get(&submission.uid).copied().unwrap_or(0.0), "average");
        }
    }
    assert_eq!(out.len(), 2, "seven submissions of l3 are trimmed to five");
}
