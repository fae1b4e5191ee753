//! Makes `datasets/losses.jsonl`: 24 steps of a validator with two competitions, in which models improve, a copy comes
//! late, one cannot be loaded and the trimmed do not come back.
//!
//!     cargo run --example make_losses -- --seed 1 --out datasets/losses.jsonl
//!
//! The losses are made up: a level for each model, a difficulty for each sample, and noise, all drawn from the seed. Who
//! is kept for the next step the judge itself decides, by the rules of the finetuning subnet.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;
use serde_json::json;
use weighhouse::judge::wins::{Entrant, RunningWeights, Season, Sources, StepPlan, presets};
use weighhouse::stats::Draws;

const STEPS: usize = 24;
const SAMPLES: usize = 40;
const FIRST_BLOCK: u64 = 4_000_000;
const BLOCKS_PER_STEP: u64 = 360;

/// Make recorded losses of a validator's steps.
#[derive(Parser)]
struct Arguments {
    /// Fixes every loss.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// File to write.
    #[arg(long, default_value = "datasets/losses.jsonl")]
    out: PathBuf,
}

/// A model that somebody committed.
struct Model {
    uid: u32,
    competition: usize,
    /// Steps from the first one on until it is committed; negative before.
    after: i64,
    /// Its mean loss; `None` for one that cannot be loaded.
    level: Option<f64>,
    /// Whose losses it has, but for a little noise.
    copy_of: Option<usize>,
}

const fn model(uid: u32, competition: usize, after: i64, level: Option<f64>) -> Model {
    Model { uid, competition, after, level, copy_of: None }
}

/// Who is there: in each competition a leader, improvements on it, and one that fails; 71 copies 12.
const MODELS: [Model; 14] = [
    model(3, 0, -40, Some(2.10)),
    model(12, 0, -30, Some(2.02)),
    model(27, 0, -20, Some(2.06)),
    model(31, 0, -12, Some(2.20)),
    model(44, 0, -9, None),
    model(58, 0, -4, Some(2.14)),
    Model { copy_of: Some(1), ..model(71, 0, 5, Some(2.02)) },
    model(80, 0, 9, Some(1.97)),
    model(96, 0, 15, Some(1.965)),
    model(5, 1, -35, Some(2.60)),
    model(19, 1, -25, Some(2.52)),
    model(63, 1, -6, Some(2.56)),
    model(88, 1, 10, Some(2.50)),
    model(101, 1, 14, Some(2.46)),
];

/// A draw that is nearly normal, with mean 0 and deviation 1.
fn normal(draws: &mut Draws) -> f64 {
    (0..12).map(|_| draws.below(1_000_000) as f64 / 1e6).sum::<f64>() - 6.0
}

fn losses(seed: u64, step: usize) -> Vec<Option<Vec<f64>>> {
    let mut draws = Draws::new(seed, b"losses  ", step as u64);
    let hard: Vec<f64> = (0..SAMPLES).map(|_| 0.35 * normal(&mut draws)).collect();
    let mut all: Vec<Option<Vec<f64>>> = Vec::new();
    for model in &MODELS {
        let deviation = if model.copy_of.is_some() { 0.0005 } else { 0.06 };
        let noise: Vec<f64> = (0..SAMPLES).map(|_| deviation * normal(&mut draws)).collect();
        let original = model.copy_of.and_then(|copied| all[copied].clone());
        let base = original
            .or_else(|| hard.iter().map(|hard| model.level.map(|level| level + hard)).collect::<Option<Vec<f64>>>());
        let rounded = |(base, noise): (f64, f64)| ((base + noise).max(0.01) * 1e4).round() / 1e4;
        all.push(base.map(|base| base.into_iter().zip(noise).map(rounded).collect()));
    }
    all
}

fn main() -> Result<()> {
    let Arguments { seed, out } = Arguments::parse();
    let rules = presets::preset(presets::NAMES[0]).map(|preset| preset.rules).unwrap_or_else(|| unreachable!());
    let uids = MODELS.map(|model| model.uid);
    let mut season = Season::new(&rules, &uids, RunningWeights::new(&rules, uids.len())?, None, None)?;
    let mut trimmed = [false; MODELS.len()];
    let mut text = String::new();
    for step in 0..STEPS {
        let (competition, losses) = (step % rules.competitions.len(), losses(seed, step));
        let here = |index: &usize| {
            MODELS[*index].competition == competition && MODELS[*index].after <= step as i64 && !trimmed[*index]
        };
        let block = |index: usize| FIRST_BLOCK.saturating_add_signed(MODELS[index].after * BLOCKS_PER_STEP as i64);
        let entrant =
            |index: usize| Entrant { submission: index, block: Some(block(index)), losses: losses[index].clone() };
        let entrants: Vec<Entrant> = (0..MODELS.len()).filter(here).map(entrant).collect();
        let current_block = FIRST_BLOCK + step as u64 * BLOCKS_PER_STEP;
        for entrant in &entrants {
            let row = json!({
                "step": step,
                "competition": rules.competitions[competition].id,
                "current_block": current_block,
                "uid": uids[entrant.submission],
                "block": entrant.block,
                "losses": entrant.losses.clone().unwrap_or_default(),
            });
            writeln!(text, "{row}")?;
        }
        let plan = StepPlan { step, competition, current_block, samples: (0..SAMPLES).collect(), concludes: true };
        let table = season.step(&plan, &entrants, &Sources::default())?;
        table.rows.iter().for_each(|row| trimmed[row.submission] = !row.kept);
    }
    std::fs::write(out, text)?;
    Ok(())
}
