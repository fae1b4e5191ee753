//! How often paired losses are wrongly called regressed, or ok, when the true mean lies at the margin, and how often a
//! rise is found that should be: by simulation, for differences of several distributions, and for samples that come in
//! sources. Seeded.
//!
//!     cargo run --release --example simulate_compare [-- --runs 2000]
//!
//! The first rows draw real differences again: the losses of SmolLM2-135M-Instruct on 1000 answers of GSM8K, and those of a copy
//! that `perturb_model` made. `--before FILE --after FILE` takes two other recordings of the losses of one submission.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use clap::Parser;
use weighhouse::records::{ReadOptions, Reading, Source, read_losses};
use weighhouse::reporter::Silent;
use weighhouse::stats::{BootstrapSpec, Draws, Margins, PairedLoss, PairedSpec, PairedVerdict, normal};

/// Samples of each source where they have several.
const PER_SOURCE: usize = 10;
/// Runs that share the draws of the bootstrap, as submissions of one comparison do.
const TOGETHER: usize = 100;
/// The margin, nats.
const MARGIN: f64 = 0.1;
/// Share of the samples that rise where rises are rare.
const RARE: f64 = 0.03;

/// Size of a rare rise in standard deviations, 1 / √(.03 · .97 + .01²).
const RARE_RISE: f64 = 5.852;
/// Mean size of one of exponential sizes, 1 / √(.03 · 2 − .03² + .01²).
const MEAN_RISE: f64 = 4.110;
/// The tail loss given for those, in mean sizes; .7 % of the rises are larger.
const LARGEST_RISE: f64 = 5.0;

#[derive(Parser)]
#[command(about = "Simulates the verdicts of paired losses")]
struct Options {
    /// Runs per row; the standard error of a share of .025 is .16 / √runs
    #[arg(long, default_value_t = 2000)]
    runs: usize,
    /// Recorded losses of one submission, to draw differences from
    #[arg(long, default_value = "datasets/gsm8k-before.parquet")]
    before: PathBuf,
    /// Its losses afterwards, on the same samples in the same order
    #[arg(long, default_value = "datasets/gsm8k-after.parquet")]
    after: PathBuf,
    /// Draw recorded differences only
    #[arg(long)]
    recorded: bool,
}

/// What the differences of candidate and baseline look like, standardised: mean 0, standard deviation 1.
#[derive(Clone, Copy)]
enum Shape {
    Normal,
    Exponential,
    /// Of skewness 6.
    Lognormal,
    /// With three degrees of freedom.
    StudentT,
    /// A rise in a share [`RARE`] of the samples, all of one size, beside normal noise a hundredth of that size.
    Rare,
    /// Rises as rare, of exponential sizes, beside normal noise a hundredth of their mean.
    RareOfAnySize,
    /// As recorded.
    Recorded(&'static [f64]),
}

/// Variance v of the logarithm of a lognormal variable of skewness 6: (eᵛ + 2) √(eᵛ − 1) = 6.
const LOGNORMAL_VARIANCE: f64 = 0.977_841_617;

/// What is drawn in a run.
#[derive(Clone, Copy)]
struct World {
    shape: Shape,
    sources: usize,
    /// Samples per source; where several, half of the variance is the source's, of this shape, and half normal (ICC .5).
    each: usize,
    tail_loss: Option<f64>,
}

/// Shares of the runs.
struct Shares {
    regressed: f64,
    ok: f64,
    /// Mean of the smallest detectable rise above the margin, nats; of the runs that have one.
    detectable: f64,
}

impl Shape {
    fn draw(self, draws: &mut Draws) -> f64 {
        let mut uniform = || (draws.below(1 << 52) as f64 + 0.5) / (1_u64 << 52) as f64;
        match self {
            Self::Normal => normal::probit(uniform()),
            Self::Exponential => -uniform().ln() - 1.0,
            Self::Lognormal => {
                let variance = LOGNORMAL_VARIANCE;
                let scale = variance.exp_m1().sqrt() * (variance / 2.0).exp();
                ((variance.sqrt() * normal::probit(uniform())).exp() - (variance / 2.0).exp()) / scale
            }
            Self::StudentT => {
                // Of variance 3: a normal variable over the root of the mean of three squares.
                let squares: f64 = (0..3).map(|_| normal::probit(uniform()).powi(2)).sum();
                normal::probit(uniform()) / squares.sqrt()
            }
            Self::Rare => {
                let rise = if uniform() < RARE { 1.0 } else { 0.0 };
                (rise - RARE + 0.01 * normal::probit(uniform())) * RARE_RISE
            }
            Self::RareOfAnySize => {
                let rise = if uniform() < RARE { -uniform().ln() } else { 0.0 };
                (rise - RARE + 0.01 * normal::probit(uniform())) * MEAN_RISE
            }
            Self::Recorded(differences) => differences[draws.below(differences.len())],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Exponential => "exponential",
            Self::Lognormal => "lognormal, skewness 6",
            Self::StudentT => "t with 3 degrees of freedom",
            Self::Rare => "3 % rises of one size",
            Self::RareOfAnySize => "3 % rises of exponential sizes",
            Self::Recorded(_) => "recorded",
        }
    }
}

impl World {
    /// The paired losses of one run whose mean difference is truly `difference`.
    fn losses(&self, run: usize, difference: f64) -> Vec<PairedLoss> {
        let mut draws = Draws::new(1, b"simpairs", run as u64);
        let mut losses = Vec::with_capacity(self.sources * self.each);
        for source in 0..self.sources {
            let shared = self.shape.draw(&mut draws);
            for _ in 0..self.each {
                let own = match self.each {
                    1 => shared,
                    _ => (shared + Shape::Normal.draw(&mut draws)) * 0.5_f64.sqrt(),
                };
                losses.push(PairedLoss { source, baseline: 0.0, candidate: difference + own });
            }
        }
        losses
    }

    fn spec(&self, seed: usize) -> PairedSpec {
        PairedSpec {
            bootstrap: BootstrapSpec { resamples: 9999, confidence: 0.95, seed: seed as u64 },
            margins: Margins { absolute: MARGIN, relative: 0.0 },
            tail_loss: self.tail_loss,
            looks: 1,
        }
    }

    /// Verdicts where the true mean difference exceeds the margin by `excess`.
    fn shares(&self, runs: usize, excess: f64) -> Result<Shares> {
        let (mut regressed, mut ok, mut detectable, mut with_ends) = (0, 0, 0.0, 0);
        for first in (0..runs).step_by(TOGETHER) {
            let together: Vec<Vec<PairedLoss>> =
                (first..runs.min(first + TOGETHER)).map(|run| self.losses(run, MARGIN + excess)).collect();
            for found in self.spec(first).compare(&together)? {
                // Each run stands for itself, not among others.
                regressed += usize::from(found.p_value.is_some_and(|p_value| p_value <= 0.05));
                ok += usize::from(found.verdict == PairedVerdict::Ok);
                if let Some(ends) = found.tests[0].ends {
                    (detectable, with_ends) = (detectable + ends.detectable, with_ends + 1);
                }
            }
        }
        let share = |count: usize| count as f64 / runs as f64;
        Ok(Shares { regressed: share(regressed), ok: share(ok), detectable: detectable / with_ends as f64 })
    }

    fn name(&self) -> String {
        let tail_loss = if self.tail_loss.is_some() { ", tail loss" } else { "" };
        let clustered = if self.each > 1 { ", sources of 10" } else { "" };
        format!("{}{tail_loss}{clustered}", self.shape.name())
    }

    /// One row: errors at the margin, and the power at the mean of what the runs called detectable.
    fn row(&self, runs: usize) -> Result<()> {
        let at_margin = self.shares(runs, 0.0)?;
        let power = match at_margin.detectable.is_nan() {
            true => "–".to_string(),
            false => format!("{:.3}", self.shares(runs, at_margin.detectable)?.regressed),
        };
        let Shares { regressed, ok, detectable } = at_margin;
        let detectable = if detectable.is_nan() { "–".to_string() } else { format!("{detectable:.3}") };
        println!("| {} | {} | {regressed:.3} | {ok:.3} | {detectable} | {power} |", self.name(), self.sources);
        Ok(())
    }
}

/// The losses of the first participant of a recording.
fn recorded(file: &Path) -> Result<Vec<f64>> {
    let (options, mut losses) = (ReadOptions::default(), Vec::new());
    read_losses(&Source::from(file), &Reading::new(&options, &Silent), |step| {
        losses.extend(step.participants[0].losses.iter().flatten());
        Ok(())
    })?;
    Ok(losses)
}

/// The differences of two recordings, standardised; as few programs, this one keeps them to its end.
fn differences(before: &Path, after: &Path) -> Result<&'static [f64]> {
    let (before, after) = (recorded(before)?, recorded(after)?);
    ensure!(before.len() == after.len(), "{} losses before and {} after", before.len(), after.len());
    let differences: Vec<f64> = before.iter().zip(&after).map(|(before, after)| after - before).collect();
    let mean = differences.iter().sum::<f64>() / differences.len() as f64;
    let squares = differences.iter().map(|difference| (difference - mean).powi(2)).sum::<f64>();
    let deviation = (squares / differences.len() as f64).sqrt();
    let third = differences.iter().map(|difference| ((difference - mean) / deviation).powi(3)).sum::<f64>();
    println!(
        "{} recorded differences: mean {mean:.4}, standard deviation {deviation:.4} nats, skewness {:.2}\n",
        differences.len(),
        third / differences.len() as f64
    );
    Ok(differences.iter().map(|difference| (difference - mean) / deviation).collect::<Vec<_>>().leak())
}

fn main() -> Result<()> {
    let Options { runs, before, after, recorded } = Options::parse();
    let usual = World { shape: Shape::Normal, sources: 0, each: 1, tail_loss: None };
    let real = World { shape: Shape::Recorded(differences(&before, &after)?), ..usual };
    println!("Shares of {runs} runs; nominal: regressed and ok at the margin .025 each, power .8");
    println!("| differences | sources | regressed | ok | detectable rise | power |");
    println!("| --- | --: | --: | --: | --: | --: |");
    for sources in [20, 50, 200, 1000] {
        World { sources, ..real }.row(runs)?;
    }
    if recorded {
        return Ok(());
    }
    let rare = World { shape: Shape::Rare, ..usual };
    let of_any_size = World { shape: Shape::RareOfAnySize, ..usual };
    let single = [
        usual,
        World { shape: Shape::Exponential, ..usual },
        World { shape: Shape::Lognormal, ..usual },
        World { shape: Shape::StudentT, ..usual },
        rare,
        World { tail_loss: Some(RARE_RISE), ..rare },
        of_any_size,
        World { tail_loss: Some(LARGEST_RISE * MEAN_RISE), ..of_any_size },
    ];
    for world in single {
        for sources in [20, 50, 200, 1000] {
            World { sources, ..world }.row(runs)?;
        }
    }
    for shape in [Shape::Normal, Shape::Lognormal] {
        for sources in [10, 20, 50, 100] {
            World { shape, sources, each: PER_SOURCE, ..usual }.row(runs)?;
        }
    }
    Ok(())
}
