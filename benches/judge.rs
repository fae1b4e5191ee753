//! How fast judging is: the naive definition against the pairwise table and the totals per sample, at 256 submissions
//! × 10 000 samples, the bootstrap at 10 000 resamples × 1 000 samples × 16 submissions, softmax weights, the statistical
//! gate of `compare`, a loop of rewards, a day of the schedule, the ranks of 100 000 contenders, the utility of a million
//! responses, and a sweep over 10 000 points.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use weighhouse::judge::contenders::{self, Contender, Period, PeriodCounts, Recorded, Recording, Similarity};
use weighhouse::judge::rewards::{Answer, Rate, RewardsRun, RewardsSpec, Round, Rules};
use weighhouse::judge::schedule::{self, Pacing, Policy, ScheduleSpec, Workers};
use weighhouse::judge::utility::{self, Questions, Status, UtilitySpec};
use weighhouse::judge::wins::sweep::{self, Sweeping, another_leads};
use weighhouse::judge::wins::{
    Contestant, Entrant, Resampling, Rules as WinsRules, Schedule, Sources, StepPlan, Submitted, Weighting, count_wins,
    iswin, judge, presets, sample_totals, softmax,
};
use weighhouse::stats::{BootstrapSpec, Draws, Margins, PairedLoss, PairedSpec};

const EPSILON: f64 = 0.01;

/// Losses around 2 nats with so little between the submissions that every match is open.
fn losses(submissions: usize, samples: usize) -> Vec<Vec<f64>> {
    let mut draws = Draws::new(1, b"benchmrk", 0);
    let mut list = || (0..samples).map(|_| 1.5 + draws.below(1 << 20) as f64 / f64::from(1 << 20)).collect();
    (0..submissions).map(|_| list()).collect()
}

/// Some blocks are shared.
fn block(submission: usize) -> Option<u64> {
    Some((submission * 7 % 200) as u64)
}

fn naive(losses: &[Vec<f64>]) -> Vec<u64> {
    let wins = |a: usize| {
        let opponents = (0..losses.len()).filter(|&b| b != a);
        opponents.map(|b| wins_against(&losses[a], &losses[b], block(a), block(b))).sum()
    };
    (0..losses.len()).map(wins).collect()
}

fn wins_against(a: &[f64], b: &[f64], block_a: Option<u64>, block_b: Option<u64>) -> u64 {
    let won = |(&a, &b)| u64::from(iswin(a, b, block_a, block_b, EPSILON));
    a.iter().zip(b).map(won).sum()
}

fn bench_wins(criterion: &mut Criterion) {
    let losses = losses(256, 10_000);
    let contestant = |(index, losses)| Contestant::new(block(index), EPSILON, losses).expect("no negative loss");
    let contestants: Vec<Contestant<'_>> = losses.iter().map(Vec::as_slice).enumerate().map(contestant).collect();
    let mut group = criterion.benchmark_group("wins of 256 x 10000");
    group.sample_size(10);
    group.bench_function("naive", |bencher| bencher.iter(|| naive(black_box(&losses))));
    group.bench_function("pairwise", |bencher| bencher.iter(|| count_wins(black_box(&contestants))));
    group.bench_function("totals per sample", |bencher| bencher.iter(|| sample_totals(black_box(&contestants))));
    group.finish();
}

fn bench_bootstrap(criterion: &mut Criterion) {
    let rules = presets::preset("finetuning-subnet").expect("a preset").rules;
    let submit = |(index, losses): (usize, Vec<f64>)| Submitted {
        uid: index as u32,
        block: block(index),
        competition: Some(0),
        losses: Some(losses),
    };
    let submissions: Vec<Submitted> = losses(16, 1000).into_iter().enumerate().map(submit).collect();
    let plans = Schedule {
        pool: 1000,
        competitions: 1,
        steps: 1,
        samples_per_step: 1000,
        first_block: 1000,
        ..Schedule::default()
    }
    .plan();
    let bootstrap = BootstrapSpec { resamples: 10_000, confidence: 0.95, seed: 0 };
    let resampling = Resampling { bootstrap, sources: &Sources::default() };
    let mut group = criterion.benchmark_group("step of 16 x 1000");
    group.sample_size(10);
    group.bench_function("without intervals", |bencher| {
        bencher.iter(|| judge(&rules, black_box(&submissions), &plans, None))
    });
    group.bench_function("with 10000 resamples", |bencher| {
        bencher.iter(|| judge(&rules, black_box(&submissions), &plans, Some(resampling)));
    });
    group.finish();
}

fn bench_weights(criterion: &mut Criterion) {
    let mut draws = Draws::new(2, b"benchmrk", 0);
    let rates: Vec<f64> = (0..256).map(|_| draws.below(1 << 20) as f64 / f64::from(1 << 20)).collect();
    criterion.bench_function("softmax weights of 256", |bencher| bencher.iter(|| softmax(black_box(&rates), 0.08)));
}

/// The statistical gate of `compare`: 16 submissions on 1000 samples.
fn bench_paired(criterion: &mut Criterion) {
    let spec = PairedSpec {
        bootstrap: BootstrapSpec { resamples: 9999, confidence: 0.95, seed: 1 },
        margins: Margins { absolute: 0.01, relative: 0.01 },
        tail_loss: None,
        looks: 1,
    };
    let (before, after) = (losses(16, 1000), losses(16, 1000));
    let pairs = |(before, after): (&Vec<f64>, &Vec<f64>)| {
        let pairs = before.iter().zip(after).enumerate();
        pairs.map(|(source, (&baseline, &candidate))| PairedLoss { source, baseline, candidate }).collect()
    };
    let submissions: Vec<Vec<PairedLoss>> = before.iter().zip(&after).map(pairs).collect();
    let mut group = criterion.benchmark_group("paired losses of 16 x 1000");
    group.sample_size(10);
    group.bench_function("with 9999 resamples", |bencher| bencher.iter(|| spec.compare(black_box(&submissions))));
    group.finish();
}

/// Loops of `uids` miners with 63 rewarded answers each, four to a problem.
fn rounds(loops: u64, uids: usize) -> Vec<Round> {
    let mut draws = Draws::new(3, b"benchmrk", 0);
    let answer = |place: usize, number: u64, draws: &mut Draws| Answer {
        miner: place % uids,
        problem: number << 32 | (place / 4) as u64,
        is_answered: true,
        similarity: Some(draws.unit()),
        correctness: Some(f64::from(u8::from(draws.chance(0.7)))),
        process_time: Some(60.0 * draws.unit()),
        penalty: Some(draws.unit()),
        ..Answer::default()
    };
    let round =
        |number| Round { number, answers: (0..63 * uids).map(|place| answer(place, number, &mut draws)).collect() };
    (0..loops).map(round).collect()
}

/// One loop of 256 uids x 63 answers, at one threshold and at 21, and a million responses with intervals.
fn bench_rewards(criterion: &mut Criterion) {
    let rules = Rules::preset("logicnet-pr99").expect("a preset");
    let fine: Vec<f64> = (80..100).map(|hundredth| f64::from(hundredth) / 100.0).collect();
    let run = |rounds: &[Round], thresholds: &[f64], resamples: Option<usize>| {
        let bootstrap = resamples.map(|resamples| BootstrapSpec { resamples, confidence: 0.95, seed: 1 });
        let spec = RewardsSpec { rules, thresholds: thresholds.to_vec(), top: 10, bootstrap };
        let mut judge = RewardsRun::new(spec, 256).expect("a spec");
        rounds.iter().for_each(|round| drop(judge.round(round)));
        judge.finish(&[false; 256])
    };
    let one = rounds(1, 256);
    let mut group = criterion.benchmark_group("rewards of 256 x 63");
    group.sample_size(10);
    group.bench_function("one threshold", |bencher| bencher.iter(|| run(black_box(&one), &[], None)));
    group.bench_function("21 thresholds", |bencher| bencher.iter(|| run(black_box(&one), &fine, None)));
    group.bench_function("21 thresholds, 1000 resamples", |bencher| {
        bencher.iter(|| run(black_box(&one), &fine, Some(1000)))
    });
    group.finish();
}

/// A day of the network: 256 miners, batches of 32, a pool of 32, once and with 1000 resamples.
fn bench_schedule(criterion: &mut Criterion) {
    let mut draws = Draws::new(4, b"benchmrk", 0);
    let seconds: Vec<f64> = (0..400).map(|_| 200.0 + 350.0 * draws.unit()).collect();
    let rates = vec![Some(Rate::of_limit(35)); 256];
    let policy =
        Policy { workers: Workers::Pool(32), pacing: Pacing::Growing, batch: 32, loop_seconds: 600.0, rewarded: 0.2 };
    let spec = |resamples| ScheduleSpec {
        horizon: 86400.0,
        step: 60.0,
        is_drawn: false,
        bootstrap: BootstrapSpec { resamples, confidence: 0.95, seed: 1 },
    };
    let mut group = criterion.benchmark_group("a day of the network");
    group.sample_size(10);
    group.bench_function("once", |bencher| {
        bencher.iter(|| schedule::run(policy, &rates, black_box(&seconds), &spec(1)))
    });
    group.bench_function("1000 times", |bencher| {
        bencher.iter(|| schedule::run(policy, &rates, black_box(&seconds), &spec(1000)))
    });
    group.finish();
}

/// 2000 nodes that serve 50 tasks each, a day of periods, and ten lenders for every task.
fn many_contenders() -> Recording {
    const NODES: u32 = 2000;
    const TASKS: u32 = 50;
    const PERIODS: u32 = 48;
    let mut draws = Draws::new(5, b"benchmrk", 0);
    let mut periods = Vec::new();
    for node in 0..NODES {
        for task in 0..TASKS {
            for period in 0..=PERIODS {
                let counts = PeriodCounts {
                    capacity: 100.0,
                    consumed: 100.0 * draws.unit(),
                    requests: 20 + draws.below(80) as u64,
                    n429: draws.below(10) as u64,
                    n500: draws.below(4) as u64,
                };
                periods.push(Period::from(&Recorded {
                    contender: Contender { hotkey: node, task },
                    node,
                    expired_at: (period < PERIODS).then(|| 1800.0 * f64::from(period + 1)),
                    counts,
                    score: None,
                }));
            }
        }
    }
    let similarities = (0..TASKS)
        .flat_map(|left| (1..=10).map(move |step| Similarity { left, right: (left + step) % TASKS, similarity: 0.5 }));
    let names = |count: u32| (0..count).map(|number| number.to_string().into()).collect();
    Recording::new(names(NODES), names(TASKS), periods).with_similarities(similarities.collect())
}

/// Own and borrowed metrics, all five orders, and how they agree.
fn bench_contenders(criterion: &mut Criterion) {
    let recording = many_contenders();
    let rules = contenders::Rules::preset("nineteen").expect("a preset");
    let mut group = criterion.benchmark_group("100000 contenders x 48 periods x 10 lenders");
    group.sample_size(10);
    group.bench_function("ranks", |bencher| {
        bencher.iter(|| contenders::rank(black_box(&recording), &rules, 86_400.0, &[]))
    });
    group.finish();
}

/// A million responses of 256 miners, each with up to three faults.
fn many_responses() -> utility::Recording {
    const REQUESTS: usize = 3907;
    const MINERS: usize = 256;
    let mut draws = Draws::new(6, b"benchmrk", 0);
    let mut responses = Vec::with_capacity(REQUESTS * MINERS);
    for request in 0..REQUESTS {
        for contender in 0..MINERS {
            let faults = draws.below(4);
            let fault = |place| utility::Fault { kind: place % 2, is_null: place == 2, item: None };
            let fields = 1.0 - faults as f64 / 10.0;
            let answer = utility::Answer {
                faults: (0..faults).map(fault).collect(),
                missing_fields: Some(fields),
                difference: Some(fields * draws.unit()),
                fields,
                ..utility::Answer::default()
            };
            responses.push(utility::Response {
                request,
                contender,
                status: if draws.chance(0.03) { Status::Timeout } else { Status::Ok },
                process_time: Some(0.2 + 12.0 * draws.unit() * (contender + 1) as f64 / MINERS as f64),
                timeout: Some(10.0),
                size: Some(100 + draws.below(400) as u64),
                answer: Some(answer),
            });
        }
    }
    let request = |id: usize| utility::Request { id: id.to_string().into(), ..utility::Request::default() };
    utility::Recording {
        requests: (0..REQUESTS).map(request).collect(),
        responses,
        uids: (0..MINERS as u32).collect(),
        hotkeys: (0..MINERS).map(|miner| miner.to_string().into()).collect(),
        endpoints: vec!["profile".into()],
        kinds: vec!["missing".into(), "int_parsing".into()],
        ..utility::Recording::default()
    }
}

/// All that a replay of utility asks of a million responses, with intervals.
fn bench_utility(criterion: &mut Criterion) {
    let recording = many_responses();
    let rules = utility::Rules::preset("issue").expect("a preset");
    let spec = UtilitySpec {
        baseline: rules.clone(),
        rules,
        questions: Questions::default(),
        bootstrap: BootstrapSpec { resamples: 1000, confidence: 0.95, seed: 1 },
    };
    let mut group = criterion.benchmark_group("utility of 3907 x 256");
    group.sample_size(10);
    group.bench_function("1000 resamples", |bencher| bencher.iter(|| utility::judge(black_box(&recording), &spec)));
    group.finish();
}

/// 50 epsilons, 20 temperatures and 10 alphas on 256 submissions and 1000 samples, and the resamples of one epsilon.
fn bench_sweep(criterion: &mut Criterion) {
    let entrant = |(submission, losses)| Entrant { submission, block: block(submission), losses: Some(losses) };
    let round = sweep::Round {
        plan: StepPlan { step: 0, competition: 0, current_block: 1000, samples: (0..1000).collect(), concludes: true },
        entrants: losses(256, 1000).into_iter().enumerate().map(entrant).collect(),
        sources: Sources::default(),
    };
    let preset = presets::preset("finetuning-subnet").expect("a preset").rules;
    let point = |place: usize| WinsRules {
        epsilon: format!("{}", (place / 200) as f64 / 1000.0).parse().expect("an epsilon"),
        weighting: Weighting::Softmax { temperature: (place / 10 % 20 + 1) as f64 / 100.0 },
        alpha: (place % 10) as f64 / 10.0,
        ..preset.clone()
    };
    let rules: Vec<WinsRules> = (0..10_000).map(point).collect();
    let uids: Vec<u32> = (0..256).collect();
    let mut group = criterion.benchmark_group("sweep of 256 x 1000");
    group.sample_size(10);
    group.bench_function("10000 points", |bencher| {
        bencher.iter(|| {
            let mut sweeping = Sweeping::new(&uids, black_box(&rules)).expect("valid rules");
            sweeping.step(&round).expect("no negative loss");
            sweeping.finish(&sweeping.weights(0))
        });
    });
    let of_one: Vec<&WinsRules> = rules.iter().take(200).collect();
    let (leaders, rounds) = (vec![Some(0); of_one.len()], [round]);
    let spec = BootstrapSpec { resamples: 1000, confidence: 0.95, seed: 1 };
    group.bench_function("1000 resamples of the 200 points of an epsilon", |bencher| {
        bencher.iter(|| another_leads(&uids, &rounds, black_box(&of_one), &leaders, spec).expect("shares"));
    });
    group.finish();
}

criterion_group!(
    benches,
    bench_wins,
    bench_bootstrap,
    bench_weights,
    bench_paired,
    bench_rewards,
    bench_schedule,
    bench_contenders,
    bench_utility,
    bench_sweep
);
criterion_main!(benches);
