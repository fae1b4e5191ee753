//! Made-up but plausible evaluations for the tests of this folder: seeded, with ties, NaN, inf, a skipped submission
//! and two competitions. And written tables, read back.

use std::fs::File;
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Evaluation, Judged, Status, SubmissionOutcome};
use crate::judge::wins::{
    Averaging, Competition, Epsilon, Lead, Matching, Rules, StepPlan, StepRow, StepTable, Weighting, WinTable,
};
use crate::outcome::SampleOutcome;
use crate::report::{InputRecord, ModelRecord, RewardShare, RunRecord, Setting, Timing};
use crate::stats::Interval;

/// Counts that look like judging's, without its rules: the smaller loss wins.
fn win_table(losses: &[Vec<f64>]) -> WinTable {
    let size = losses.len();
    let mut table = WinTable { size, wins: vec![0; size * size], matches: vec![0; size * size] };
    for a in 0..size {
        for b in (0..size).filter(|b| *b != a) {
            let pairs = || losses[a].iter().zip(&losses[b]);
            table.wins[a * size + b] = pairs().filter(|(a, b)| a < b).count() as u64;
            table.matches[a * size + b] = pairs().count() as u64;
        }
    }
    table
}

fn rows(members: &[usize], losses: &[Vec<f64>], wins: &WinTable) -> Vec<StepRow> {
    let total = |counts: &[u64], row: usize| counts[row * wins.size..(row + 1) * wins.size].iter().sum::<u64>();
    let rates: Vec<f64> =
        (0..members.len()).map(|row| total(&wins.wins, row) as f64 / total(&wins.matches, row).max(1) as f64).collect();
    let sum: f64 = rates.iter().map(|rate| (rate / 0.08).exp()).sum();
    let around = |value: f64| Some(Interval { low: value * 0.9, high: value * 1.1 });
    let row = |(row, submission): (usize, &usize)| {
        let mine = &losses[row];
        let mean = |f: fn(f64) -> f64| match mine.len() {
            0 => f64::INFINITY,
            n => mine.iter().map(|loss| f(*loss)).sum::<f64>() / n as f64,
        };
        let step_weight = (rates[row] / 0.08).exp() / sum;
        StepRow {
            submission: *submission,
            epsilon: 0.01,
            average_loss: mean(|loss| loss),
            perplexity: mean(f64::exp),
            wins: total(&wins.wins, row),
            matches: total(&wins.matches, row),
            win_rate: rates[row],
            unboosted_win_rate: rates[row] * 0.75,
            win_rate_interval: around(rates[row]),
            lead: (row < 2 && members.len() > 1).then(|| {
                let by = rates[row] - rates[1 - row];
                Lead { over: members[1 - row], by, interval: Some(Interval { low: by - 0.1, high: by + 0.1 }) }
            }),
            step_weight,
            step_weight_interval: around(step_weight),
            kept: row < 5,
        }
    };
    members.iter().enumerate().map(row).collect()
}

fn step(number: usize, pool: &[Vec<f64>], before: &[f64]) -> StepTable {
    let competition = number % 2;
    let members: Vec<usize> = (0..pool.len()).filter(|index| index % 2 == competition).collect();
    let losses: Vec<Vec<f64>> = members.iter().map(|index| pool[*index].clone()).collect();
    let wins = win_table(&losses);
    let rows = rows(&members, &losses, &wins);
    let mut weights: Vec<f64> = before.iter().map(|weight| weight * 0.9).collect();
    let mut weight_intervals = vec![None; pool.len()];
    for row in &rows {
        weights[row.submission] += 0.1 * row.step_weight * [1.2, 0.8][competition];
        let weight = weights[row.submission];
        weight_intervals[row.submission] = Some(Interval { low: weight * 0.8, high: weight * 1.15 });
    }
    let samples = (0..pool.iter().map(Vec::len).max().unwrap_or(0)).rev().collect();
    let plan = StepPlan { step: number, competition, current_block: 5_000 + number as u64, samples, concludes: true };
    StepTable { plan, rows, is_void: false, wins, weights, weight_intervals }
}

fn outcome(index: usize, skipped: bool) -> SubmissionOutcome {
    SubmissionOutcome {
        uid: index as u32 * 3 + 1,
        hotkey: (index % 4 != 3).then(|| format!("hotkey-{index}")),
        model: format!("example/model-{index}"),
        commit: None,
        content_hash: Some(format!("hash-{index}")),
        block: (index != 2).then_some(1_000 + index as u64),
        competition: Some(["l3", "s1"][index % 2].into()),
        architecture: Some("LlamaForCausalLM".into()),
        parameters: Some(120_000),
        status: if skipped {
            Status::Skipped("model.safetensors: tensor `lm_head.weight` is missing".into())
        } else {
            Status::Evaluated
        },
    }
}

/// `submissions` × `samples`, judged over `steps` alternating steps. Where there are more than three submissions, the
/// last is skipped, and the second has a NaN and an infinite loss.
pub(in crate::report) fn evaluation(submissions: usize, samples: usize, steps: usize) -> Evaluation {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let skipped = |index: usize| submissions > 3 && index + 1 == submissions;
    let difficulty: Vec<f64> = (0..samples).map(|_| random.random_range(0.6..1.6)).collect();
    let mut pool = Vec::new();
    for index in 0..submissions {
        let level = 1.2 + (index as f64 * 0.618).fract();
        let noise = |difficulty: &f64| level * difficulty * random.random_range(0.85..1.15f64).powi(2);
        let mut losses: Vec<f64> = if skipped(index) { vec![] } else { difficulty.iter().map(noise).collect() };
        if index == 1 && submissions > 3 && samples > 1 {
            (losses[0], losses[1]) = (f64::NAN, f64::INFINITY);
        }
        pool.push(losses);
    }
    let mut judged = Judged::default();
    for number in 0..steps {
        let before = judged.steps.last().map_or_else(|| vec![0.0; submissions], |step| step.weights.clone());
        judged.add(step(number, &pool, &before)).unwrap();
    }
    Evaluation {
        submissions: (0..submissions).map(|index| outcome(index, skipped(index))).collect(),
        sample_ids: (0..samples).map(|sample| format!("sample-{sample}")).collect(),
        sample_sources: (0..samples).map(|sample| (sample % 3 > 0).then(|| format!("source-{}", sample / 5))).collect(),
        measured: (0..samples).collect(),
        outcomes: pool.iter().map(|losses| measured(losses)).collect(),
        rules: rules(),
        judgement: judged,
        timings: vec![
            Timing::of_all("judge", 0.5),
            Timing { uid: Some(1), tokens: Some(1_000), ..Timing::of_all("evaluate", 2.0) },
        ],
    }
}

fn measured(losses: &[f64]) -> Vec<SampleOutcome> {
    losses.iter().zip(10..).map(|(loss, scored)| SampleOutcome::measured(*loss, scored)).collect()
}

fn rules() -> Rules {
    let competition = |id: &str, reward_share| Competition {
        id: id.into(),
        architectures: vec![],
        max_parameters: None,
        reward_share,
    };
    Rules {
        epsilon: Epsilon::Constant(0.01),
        matching: Matching::PerSample,
        weighting: Weighting::Softmax { temperature: 0.08 },
        averaging: Averaging::Overall,
        alpha: 0.9,
        sample_min: 5,
        competitions: vec![competition("l3", 0.6), competition("s1", 0.4)],
    }
}

/// A record with one of everything.
pub(in crate::report) fn record() -> RunRecord {
    let setting =
        |key: &str, value: serde_json::Value, source: &str| Setting { key: key.into(), value, source: source.into() };
    RunRecord {
        schema_version: RunRecord::SCHEMA_VERSION,
        command: "evaluate".into(),
        settings: vec![
            setting("epsilon", 0.01.into(), "preset finetuning-subnet"),
            setting("temperature", 0.08.into(), "flag"),
            setting("samples", "datasets/samples.jsonl".into(), "default"),
        ],
        reward_shares: vec![RewardShare { competition: "l3".into(), share: 0.6 }],
        seed: 7,
        inputs: vec![InputRecord {
            path: "datasets/samples.jsonl".into(),
            sha256: "ab".repeat(32),
            rows: 30,
            skipped_rows: 0,
        }],
        models: vec![ModelRecord {
            uid: Some(1),
            path: "example/model-0".into(),
            commit: None,
            content_hash: Some("hash-0".into()),
            weight_dtype: Some("bf16".into()),
            architecture: Some("LlamaForCausalLM".into()),
            parameters: Some(120_000),
        }],
        device: "cpu".into(),
        compute_dtype: "f32".into(),
        loss_dtype: Some("f32".into()),
        crate_version: "0.1.0".into(),
        git_commit: None,
        warnings: vec!["uid 4: 3 tensors are not used".into()],
    }
}

/// All rows of a written table in one batch.
pub fn read_table(path: &Path) -> RecordBatch {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let schema = builder.schema().clone();
    let batches: Vec<_> = builder.with_batch_size(1 << 20).build().unwrap().map(Result::unwrap).collect();
    batches.first().cloned().unwrap_or_else(|| RecordBatch::new_empty(schema))
}

/// A column of numbers.
pub fn floats(batch: &RecordBatch, name: &str) -> Vec<Option<f64>> {
    batch[name].as_primitive::<Float64Type>().iter().collect()
}

/// A column of texts.
pub fn names(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    batch[name].as_string::<i32>().iter().map(|text| text.map(str::to_string)).collect()
}
