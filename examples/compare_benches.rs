//! Holds two baselines of `cargo bench` against each other, and ends with code 3 where a benchmark got slower.
//!
//!     cargo bench -- --save-baseline before
//!     cargo bench -- --save-baseline after
//!     cargo run --example compare_benches -- before after --slower 1.1
//!
//! A benchmark is slower where even the lower end of its time, over the upper end of the time before, is above the ratio:
//! both ends are criterion's bootstrap intervals of the median, which say nothing of how busy the machine was otherwise. Take
//! both baselines in one sitting.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Parser;
use serde_json::Value;

/// Hold two baselines of `cargo bench` against each other.
#[derive(Parser)]
struct Arguments {
    /// Name of the baseline before.
    before: String,
    /// Name of the baseline after.
    after: String,
    /// How many times the time before a benchmark may take.
    #[arg(long, default_value_t = 1.1)]
    slower: f64,
    /// Where criterion keeps what it measured.
    #[arg(long, default_value = "target/criterion")]
    folder: PathBuf,
}

/// Nanoseconds of one benchmark: the median and the ends of its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Time {
    median: f64,
    low: f64,
    high: f64,
}

/// A benchmark in both baselines.
struct Row {
    name: String,
    before: Time,
    after: Time,
}

impl Row {
    fn ratio(&self) -> f64 {
        self.after.median / self.before.median
    }

    /// The least that it takes as a multiple of the most that it took.
    fn at_least(&self) -> f64 {
        self.after.low / self.before.high
    }
}

fn main() -> Result<ExitCode> {
    let Arguments { before, after, slower, folder } = Arguments::parse();
    let mut rows = Vec::new();
    collect(&folder, &folder, [&before, &after], &mut rows)?;
    if rows.is_empty() {
        bail!("no benchmark in {} has both baselines {before} and {after}", folder.display());
    }
    rows.sort_by(|a, b| b.ratio().total_cmp(&a.ratio()));
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    println!("{:width$}  {:>12}  {:>12}  {:>6}  verdict", "benchmark", before, after, "ratio");
    for row in &rows {
        let verdict = match row {
            _ if row.at_least() > slower => "slower",
            _ if row.after.high / row.before.low < 1.0 / slower => "faster",
            _ => "",
        };
        let (before, after) = (told(row.before.median), told(row.after.median));
        println!("{:width$}  {before:>12}  {after:>12}  {:>6.2}  {verdict}", row.name, row.ratio());
    }
    let slow = rows.iter().filter(|row| row.at_least() > slower).count();
    println!("\n{slow} of {} benchmarks are slower by more than {slower} times", rows.len());
    Ok(ExitCode::from(if slow > 0 { 3 } else { 0 }))
}

/// Adds every benchmark below `folder` that has both baselines.
fn collect(root: &Path, folder: &Path, baselines: [&str; 2], rows: &mut Vec<Row>) -> Result<()> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let times = baselines.map(|baseline| folder.join(baseline).join("estimates.json"));
    if times.iter().all(|file| file.is_file()) {
        let name = folder.strip_prefix(root).unwrap_or(folder).display().to_string();
        rows.push(Row { name, before: time(&times[0])?, after: time(&times[1])? });
        return Ok(());
    }
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, baselines, rows)?;
        }
    }
    Ok(())
}

fn time(file: &Path) -> Result<Time> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let estimates: Value = serde_json::from_str(&text).with_context(|| format!("{} is no JSON", file.display()))?;
    let number = |value: &Value| value.as_f64().with_context(|| format!("{} has no median", file.display()));
    let median = &estimates["median"];
    Ok(Time {
        median: number(&median["point_estimate"])?,
        low: number(&median["confidence_interval"]["lower_bound"])?,
        high: number(&median["confidence_interval"]["upper_bound"])?,
    })
}

/// Nanoseconds as people read them.
fn told(nanoseconds: f64) -> String {
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs")];
    let unit = units.into_iter().find(|(size, _)| nanoseconds >= *size);
    let (size, name) = unit.unwrap_or((1.0, "ns"));
    format!("{:.3} {name}", nanoseconds / size)
}
