//! Simulates what `calibrate` promises: how often its gate passes a rate that is above the limit, and how often the
//! quoted interval holds the true rate. Seeded; the README has the table that it prints.
//!
//!     cargo run --example simulate_gate

use weighhouse::judge::calibration::{
    CalibrationSpec, Class, GateVerdict, Part, RequestScores, ResponseScore, Role, Unit, gate, rates, thresholds,
};
use weighhouse::similarity::{Likeness, Pairs, Penalty};
use weighhouse::stats::{BootstrapSpec, Draws, StatsError};

const THRESHOLD: f64 = 0.95;
/// Recordings per row: the standard error of a share of .05 is .007.
const RUNS: u64 = 1000;
const RESAMPLES: usize = 1000;
/// What a draw is of: one of so many equal chances.
const CHANCES: usize = 1 << 30;

/// How requests look.
struct World {
    usual: usize,
    large: usize,
    /// Share of large requests.
    share: f64,
    requests: usize,
    /// The true rate of flags.
    rate: f64,
    /// Correlation of two flags of a request; at 1 all of its pairs are alike, or none.
    correlation: f64,
}

/// Draws of what happens or not.
struct Chance(Draws);

impl Chance {
    fn is(&mut self, probability: f64) -> bool {
        (self.0.below(CHANCES) as f64) < probability * CHANCES as f64
    }
}

impl World {
    fn recording(&self, seed: u64) -> Vec<RequestScores> {
        let mut chance = Chance(Draws::new(seed, b"simugate", self.requests as u64));
        (0..self.requests).map(|number| self.request(number, &mut chance)).collect()
    }

    fn request(&self, number: usize, chance: &mut Chance) -> RequestScores {
        let size = if chance.is(self.share) { self.large } else { self.usual };
        // A flag is the common draw with probability √ρ, else one of its own: two of them correlate by ρ.
        let common = chance.is(self.rate);
        let follows = self.correlation.sqrt();
        let mut flag = || if chance.is(follows) { common } else { chance.is(self.rate) };
        let flags: Vec<bool> = (0..size).map(|_| flag()).collect();
        let response = |(uid, is_flagged): (usize, &bool)| ResponseScore {
            uid: uid as u32,
            characters: 100,
            rewarded: true,
            role: Role::Independent,
            copy_of: None,
            origin: uid as u32,
            correctness: None,
            penalty: Penalty { embedding: 0.0, lexical: 0.0, total: if *is_flagged { 1.0 } else { 0.0 } },
        };
        let alike = if common && self.correlation == 1.0 { 1.0 } else { 0.0 };
        RequestScores {
            id: number.to_string().into(),
            problem: None,
            source: None,
            recorded_at: None,
            responses: flags.iter().enumerate().map(response).collect(),
            pairs: vec![Likeness { cosine: alike, partial_ratio: alike }; Pairs::count(size)],
        }
    }
}

fn spec(seed: u64) -> CalibrationSpec {
    let bootstrap = BootstrapSpec { resamples: RESAMPLES, confidence: 0.95, seed };
    CalibrationSpec { threshold: Some(THRESHOLD), bootstrap, ..CalibrationSpec::default() }
}

/// Whether the gate passes a rate that is the limit itself.
fn passes(world: &World, unit: Unit, run: u64) -> Result<bool, StatsError> {
    let spec = CalibrationSpec { gate: Some((world.rate, unit)), ..spec(run) };
    let requests = world.recording(run);
    let rows = rates(&requests, Part::All, &[THRESHOLD], &spec)?;
    let judged = gate(&rows, &requests, &thresholds(&requests, &spec)?, &spec)?;
    Ok(judged.is_some_and(|gate| gate.verdict == GateVerdict::Passed))
}

/// Whether the quoted interval of the rate of responses holds the true rate.
fn covers(world: &World, run: u64) -> Result<bool, StatsError> {
    let rows = rates(&world.recording(run), Part::All, &[THRESHOLD], &spec(run))?;
    let row = rows.into_iter().find(|row| row.unit == Unit::Response && row.class == Class::Independent);
    let ends = row.and_then(|row| row.quoted).map(|quoted| quoted.interval);
    Ok(ends.is_some_and(|ends| ends.low <= world.rate && world.rate <= ends.high))
}

fn share(holds: impl Fn(u64) -> Result<bool, StatsError>) -> Result<f64, StatsError> {
    let mut held = 0;
    for run in 0..RUNS {
        held += u64::from(holds(run)?);
    }
    Ok(held as f64 / RUNS as f64)
}

fn main() -> Result<(), StatsError> {
    println!("| what | requests | share of {RUNS} recordings | nominal |\n| --- | --: | --: | --: |");
    let pairs = World { usual: 4, large: 32, share: 0.05, requests: 1000, rate: 0.0064, correlation: 1.0 };
    let wrong = share(|run| passes(&pairs, Unit::Pair, run))?;
    println!(
        "| gate passes pairs at the limit .0064, 4 responses, 5 % of the requests 32 | 1000 | {wrong:.3} | ≤ .05 |"
    );
    let few = World { usual: 2, large: 20, share: 0.1, requests: 100, rate: 0.02, correlation: 1.0 };
    let wrong = share(|run| passes(&few, Unit::Response, run))?;
    println!(
        "| gate passes responses at the limit .02, 2 responses, 10 % of the requests 20 | 100 | {wrong:.3} | ≤ .05 |"
    );
    for correlation in [0.0, 0.2, 0.6] {
        for requests in [50, 200] {
            let world = World { usual: 4, large: 4, share: 0.0, requests, rate: 0.05, correlation };
            let held = share(|run| covers(&world, run))?;
            println!(
                "| interval holds a rate of .05, 4 responses, correlation {correlation} | {requests} | {held:.3} | .95 |"
            );
        }
    }
    Ok(())
}
