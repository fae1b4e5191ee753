//! Simulates what `calibrate` promises: how often its gate passes and should not, or should; how often intervals and
//! bands hold what is true; how often drift is seen where there is none. Seeded; docs/calibrate.md has the
//! table that it prints.
//!
//!     cargo run --release --example simulate_calibrate

use weighhouse::judge::calibration::{
    CalibrationSpec, Class, CurveRow, GateVerdict, Part, RequestScores, ResponseScore, Role, Unit, curve, gate, rates,
    thresholds,
};
use weighhouse::similarity::{Likeness, Pairs, Penalty};
use weighhouse::stats::separation::{Scored, Separated};
use weighhouse::stats::{BootstrapSpec, Draws, Estimate, StatsError, normal};

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
        self.uniform() < probability
    }

    fn uniform(&mut self) -> f64 {
        (self.0.below(CHANCES) as f64 + 0.5) / CHANCES as f64
    }

    fn normal(&mut self) -> f64 {
        normal::probit(self.uniform())
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
        let penalties: Vec<f32> = flags.into_iter().map(|is_flagged| if is_flagged { 1.0 } else { 0.0 }).collect();
        recorded(number, &penalties, if common && self.correlation == 1.0 { 1.0 } else { 0.0 })
    }
}

/// A request of independent responses with these penalties, each pair `alike`.
fn recorded(number: usize, penalties: &[f32], alike: f32) -> RequestScores {
    let response = |(uid, &total): (usize, &f32)| ResponseScore {
        uid: uid as u32,
        characters: 100,
        rewarded: true,
        role: Role::Independent,
        copy_of: None,
        origin: uid as u32,
        correctness: None,
        penalty: Penalty { embedding: 0.0, lexical: 0.0, total },
    };
    RequestScores {
        id: number.to_string().into(),
        problem: None,
        source: None,
        recorded_at: None,
        responses: penalties.iter().enumerate().map(response).collect(),
        pairs: vec![Likeness { cosine: alike, partial_ratio: alike }; Pairs::count(penalties.len())],
    }
}

fn spec(seed: u64) -> CalibrationSpec {
    let bootstrap = BootstrapSpec { resamples: RESAMPLES, confidence: 0.95, seed };
    CalibrationSpec { threshold: Some(THRESHOLD), bootstrap, ..CalibrationSpec::default() }
}

/// Whether the gate passes at this limit.
fn passes(world: &World, unit: Unit, limit: f64, run: u64) -> Result<bool, StatsError> {
    let spec = CalibrationSpec { gate: Some((limit, unit)), ..spec(run) };
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

/// Scores of problems, normal with variance 1, of which this share is the problem's own.
const SHARED: f64 = 0.5;

/// The scores of one problem: `count` of them around `level`, and a level of the problem that they share.
fn problem(chance: &mut Chance, count: usize, level: f64) -> Vec<f64> {
    let own = SHARED.sqrt() * chance.normal();
    (0..count).map(|_| level + own + (1.0 - SHARED).sqrt() * chance.normal()).collect()
}

/// Whether any of ten windows shows a sign of drift: `problems` of `each` requests, equal scores within a problem, the
/// second half higher by `shift`.
fn drifts(problems: usize, each: usize, shift: f64, run: u64) -> Result<bool, StatsError> {
    let mut chance = Chance(Draws::new(run, b"simdrift", problems as u64));
    let level = |number: usize| if 2 * number < problems { 0.0 } else { shift };
    let blocks: Vec<Vec<f64>> = (0..problems).map(|number| vec![level(number) + chance.normal(); each]).collect();
    let window = |number: usize| blocks[number * problems / 10..(number + 1) * problems / 10].to_vec();
    let spec = spec(run).bootstrap;
    let found = spec.drifts(&(0..10).map(window).collect::<Vec<_>>())?;
    Ok(found.iter().flatten().filter_map(|drift| drift.chance).any(|chance| chance.p_value < 1.0 - spec.confidence))
}

/// The curve of four independent answers to a problem and `copies` copies, those `distance` higher.
fn separated(problems: usize, copies: usize, distance: f64, run: u64) -> Result<Separated, StatsError> {
    let mut chance = Chance(Draws::new(run, b"simcurve", problems as u64));
    let (mut negatives, mut positives) = (Vec::new(), Vec::new());
    for cluster in 0..problems {
        negatives.extend(problem(&mut chance, 4, 0.0).into_iter().map(|score| Scored { score, cluster }));
    }
    // A copy is of another problem's answers, as an independent draw.
    for cluster in problems..problems + copies {
        positives.extend(problem(&mut chance, 1, distance).into_iter().map(|score| Scored { score, cluster }));
    }
    spec(run).bootstrap.separated(&negatives, &positives, problems + copies)
}

fn holds(estimate: Option<Estimate>, truth: f64) -> bool {
    estimate.and_then(|estimate| estimate.interval).is_some_and(|ends| (ends.low..=ends.high).contains(&truth))
}

/// Whether the band of the responses holds the true rates at all thresholds: penalties are uniform from 0 to 1.
fn band_holds(problems: usize, run: u64) -> Result<bool, StatsError> {
    let mut chance = Chance(Draws::new(run, b"simuband", problems as u64));
    let request = |number: usize| {
        let scores = problem(&mut chance, 4, 0.0).into_iter();
        recorded(number, &scores.map(|score| normal::cdf(score) as f32).collect::<Vec<_>>(), 0.0)
    };
    let requests: Vec<RequestScores> = (0..problems).map(request).collect();
    // The band counts; one resample is for the intervals beside it.
    let bootstrap = BootstrapSpec { resamples: 1, ..spec(run).bootstrap };
    let rows = curve(&requests, &CalibrationSpec { bootstrap, ..spec(run) })?;
    let mut responses = rows.iter().filter(|row| row.rate.unit == Unit::Response);
    let holds =
        |row: &CurveRow| row.band.is_some_and(|band| (band.low..=band.high).contains(&(1.0 - row.rate.threshold)));
    Ok(responses.all(holds))
}

fn share(holds: impl Fn(u64) -> Result<bool, StatsError>) -> Result<f64, StatsError> {
    Ok(shares(|run| Ok([holds(run)?]))?[0])
}

fn shares<const N: usize>(hold: impl Fn(u64) -> Result<[bool; N], StatsError>) -> Result<[f64; N], StatsError> {
    let mut held = [0; N];
    for run in 0..RUNS {
        held.iter_mut().zip(hold(run)?).for_each(|(count, holds)| *count += u64::from(holds));
    }
    Ok(held.map(|count| count as f64 / RUNS as f64))
}

fn row(what: &str, size: usize, share: f64, nominal: &str) {
    println!("| {what} | {size} | {share:.3} | {nominal} |");
}

fn main() -> Result<(), StatsError> {
    println!("| what | requests | share of {RUNS} recordings | nominal |\n| --- | --: | --: | --: |");
    gates()?;
    rates_inside()?;
    curves()?;
    windows()
}

fn gates() -> Result<(), StatsError> {
    let pairs = World { usual: 4, large: 32, share: 0.05, requests: 1000, rate: 0.0064, correlation: 1.0 };
    let wrong = share(|run| passes(&pairs, Unit::Pair, pairs.rate, run))?;
    row("gate passes pairs at the limit .0064; 4 responses, 5 % of the requests 32", pairs.requests, wrong, "≤ .05");
    let few = World { usual: 2, large: 20, share: 0.1, requests: 100, rate: 0.02, correlation: 1.0 };
    let wrong = share(|run| passes(&few, Unit::Response, few.rate, run))?;
    row("gate passes responses at the limit .02; 2 responses, 10 % of the requests 20", few.requests, wrong, "≤ .05");
    for (rate, what, nominal) in [(0.02, "the limit", "≤ .05"), (0.01, "half the limit", "high")] {
        for correlation in [0.0, 0.2, 0.6] {
            let world = World { usual: 4, large: 4, share: 0.0, requests: 1000, rate, correlation };
            let passed = share(|run| passes(&world, Unit::Response, 0.02, run))?;
            let what = format!("gate of .02 passes {what}; 4 responses, correlation {correlation}");
            row(&what, world.requests, passed, nominal);
        }
    }
    Ok(())
}

fn rates_inside() -> Result<(), StatsError> {
    for correlation in [0.0, 0.2, 0.6] {
        for requests in [50, 200, 1000] {
            let world = World { usual: 4, large: 4, share: 0.0, requests, rate: 0.05, correlation };
            let held = share(|run| covers(&world, run))?;
            let what = format!("interval holds a rate of .05; 4 responses, correlation {correlation}");
            row(&what, requests, held, ".95");
        }
    }
    Ok(())
}

fn curves() -> Result<(), StatsError> {
    for problems in [50, 200] {
        row(
            "band holds the whole curve; 4 responses, correlation .5",
            problems,
            share(|run| band_holds(problems, run))?,
            "≥ .95",
        );
    }
    for (problems, copies) in [(50, 50), (200, 200), (200, 12), (1000, 40)] {
        for distance in [1.0, 2.0, 3.0, 4.0] {
            let truths = [
                normal::cdf(distance / std::f64::consts::SQRT_2),
                normal::cdf(-distance / 2.0),
                normal::cdf(distance + normal::probit(0.1)),
                normal::cdf(distance + normal::probit(0.01)),
            ];
            let held = shares::<4>(|run| {
                let found = separated(problems, copies, distance, run)?;
                let estimates = [Some(found.auc), Some(found.equal_error), found.tpr_at[0], found.tpr_at[1]];
                Ok(std::array::from_fn(|place| holds(estimates[place], truths[place])))
            })?;
            // Of 200 answers two may be flagged at .01, which is not measured.
            let figures = ["AUC", "equal error rate", "TPR at FPR .1", "TPR at FPR .01"];
            for (figure, held) in figures.into_iter().zip(held).take(if problems < 100 { 3 } else { 4 }) {
                let what = format!("interval holds {figure}; {copies} copies {distance} standard deviations apart");
                row(&what, problems, held, ".95");
            }
        }
    }
    Ok(())
}

fn windows() -> Result<(), StatsError> {
    for (problems, each) in [(30, 1), (60, 1), (60, 5), (200, 5)] {
        let requests = problems * each;
        let what = format!("drift is seen where there is none; {problems} problems of {each}");
        row(&what, requests, share(|run| drifts(problems, each, 0.0, run))?, ".05");
        let what = format!("drift is seen; the second half of {problems} problems of {each} a standard deviation up");
        row(&what, requests, share(|run| drifts(problems, each, 1.0, run))?, "high");
    }
    Ok(())
}
