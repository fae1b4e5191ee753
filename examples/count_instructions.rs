//! Counts the instructions that the program takes for fixed small work, and holds them against the counts on record: a
//! regression of speed that shows on a busy machine too, where time does not. valgrind's callgrind counts; where it does not
//! run, or the counts on record are of another compiler or kind of build, that is said and nothing fails.
//!
//!     cargo run --example count_instructions            compare with benches/instructions.json, code 3 where more
//!     cargo run --example count_instructions -- --save  put these counts on record
//!
//! One thread, since work is shared out by chance among several; hashing is seeded by chance, so that equal runs differ by
//! some hundredths of a percent.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use clap::Parser;
use serde::{Deserialize, Serialize};

/// Count instructions of fixed work.
#[derive(Parser)]
struct Arguments {
    /// The program, as it was built.
    #[arg(long, default_value = "target/debug/weighhouse")]
    program: PathBuf,
    /// The counts on record.
    #[arg(long, default_value = "benches/instructions.json")]
    record: PathBuf,
    /// Put these counts on record.
    #[arg(long)]
    save: bool,
    /// How many times the instructions on record a piece of work may take.
    #[arg(long, default_value_t = 1.03)]
    most: f64,
}

/// Counts, and what they are of.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Counts {
    /// The compiler, as it names itself.
    compiler: String,
    /// Folder of the build: debug or release.
    build: String,
    /// Instructions by the name of the work.
    instructions: BTreeMap<String, u64>,
}

/// Work of less than a minute under callgrind, none of which needs a network.
const WORK: [(&str, &[&str]); 3] = [
    ("judge 24 recorded steps", &["replay", "wins", "--resamples", "1000"]),
    (
        "judge them by the rules of another network",
        &["replay", "wins", "--resamples", "1000", "--preset", "pretraining"],
    ),
    ("tell every schema", &["schema"]),
];

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    // Not every machine has it, and on some it does not start.
    if let Err(reason) = instructions(&arguments.program, &["--version"]) {
        println!("skipped: callgrind does not run here: {reason:#}");
        return Ok(if arguments.save { ExitCode::FAILURE } else { ExitCode::SUCCESS });
    }
    let counts = count(&arguments.program)?;
    if arguments.save {
        let text = serde_json::to_string_pretty(&counts)? + "\n";
        std::fs::write(&arguments.record, text)
            .with_context(|| format!("cannot write {}", arguments.record.display()))?;
        println!("{} has the counts of {}", arguments.record.display(), counts.compiler);
        return Ok(ExitCode::SUCCESS);
    }
    let text = std::fs::read_to_string(&arguments.record);
    let text = text.with_context(|| format!("cannot read {}; --save makes it", arguments.record.display()))?;
    let known: Counts = serde_json::from_str(&text).with_context(|| format!("{}", arguments.record.display()))?;
    if known.compiler != counts.compiler || known.build != counts.build {
        println!(
            "skipped: the counts on record are of a {} build by {}, these of a {} build by {}",
            known.build, known.compiler, counts.build, counts.compiler
        );
        return Ok(ExitCode::SUCCESS);
    }
    Ok(told(&known, &counts, arguments.most))
}

/// Prints both counts of each piece of work.
fn told(known: &Counts, counts: &Counts, most: f64) -> ExitCode {
    let mut more = false;
    println!("{:56}  {:>15}  {:>15}  {:>6}", "instructions", "on record", "now", "ratio");
    for (name, now) in &counts.instructions {
        let Some(before) = known.instructions.get(name) else {
            println!("{name:56}  {:>15}  {now:>15}  {:>6}", "-", "new");
            continue;
        };
        let ratio = *now as f64 / *before as f64;
        let verdict = if ratio > most { "more" } else { "" };
        more |= ratio > most;
        println!("{name:56}  {before:>15}  {now:>15}  {ratio:>6.3}  {verdict}");
    }
    ExitCode::from(if more { 3 } else { 0 })
}

fn count(program: &Path) -> Result<Counts> {
    let compiler = Command::new("rustc").arg("--version").output().context("cannot ask rustc for its version")?;
    let build = program.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
    let mut counts =
        Counts { compiler: String::from_utf8_lossy(&compiler.stdout).trim().to_owned(), build, ..Counts::default() };
    for (name, arguments) in WORK {
        counts.instructions.insert(name.to_owned(), instructions(program, arguments)?);
    }
    Ok(counts)
}

/// The instructions of one run of the program, in a folder of its own.
fn instructions(program: &Path, arguments: &[&str]) -> Result<u64> {
    let out = tempfile::tempdir()?;
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program).args(arguments);
    command.env("RAYON_NUM_THREADS", "1").env("WEIGHHOUSE_OUT", out.path().join("report"));
    let output = command.output().context("cannot run valgrind")?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("{} {arguments:?} failed under valgrind: {text}", program.display());
    }
    let line = text.lines().find_map(|line| line.split_once("Collected :"));
    let (_, collected) = line.with_context(|| format!("callgrind told no count: {text}"))?;
    collected.trim().parse().with_context(|| format!("callgrind told no number: {collected}"))
}
