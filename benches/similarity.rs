//! How fast texts are compared: the partial ratio of a minibatch of four answers, at the length of a short solution
//! and of a long one, exact and over a threshold, beside the definition with one dynamic-programming table per window.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use weighhouse::similarity::partial_ratio::{Matcher, Text, all_pairs};

const WORDS: [&str; 32] = [
    "the",
    "answer",
    "is",
    "so",
    "we",
    "add",
    "and",
    "multiply",
    "by",
    "to",
    "get",
    "total",
    "of",
    "each",
    "then",
    "number",
    "per",
    "day",
    "she",
    "sells",
    "left",
    "half",
    "12",
    "7",
    "= 84",
    "<<12*7=84>>",
    "\n",
    "price",
    "hours",
    "first",
    "therefore",
    "π",
];

/// A text of about `length` characters: words in an order that `seed` fixes.
fn answer(length: usize, seed: u64) -> String {
    let mut state = seed;
    let mut text = String::new();
    while text.len() < length {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push_str(WORDS[(state >> 59) as usize]);
        text.push(' ');
    }
    text
}

/// Four answers of lengths that differ by up to a third, the last one copied from the first with another ending.
fn minibatch(length: usize) -> Vec<String> {
    let mut answers: Vec<String> = (0..3).map(|miner| answer(length + miner * length / 6, miner as u64)).collect();
    answers.push(format!("{}therefore 84", &answer(length, 0)));
    answers
}

fn lcs(a: &[char], b: &[char], row: &mut Vec<usize>) -> usize {
    row.clear();
    row.resize(b.len() + 1, 0);
    for x in a {
        let mut diagonal = 0;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if x == y { diagonal + 1 } else { above.max(row[j]) };
            diagonal = above;
        }
    }
    row[b.len()]
}

/// The definition, for texts of different lengths.
fn by_definition(a: &[char], b: &[char]) -> f64 {
    let (s, l) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let full = l.windows(s.len());
    let partial = (1..s.len()).flat_map(|length| [&l[..length], &l[l.len() - length..]]);
    let mut row = Vec::new();
    let ratio = |window: &[char]| 200.0 * lcs(s, window, &mut row) as f64 / (s.len() + window.len()) as f64;
    full.chain(partial).map(ratio).fold(0.0, f64::max)
}

fn bench_minibatch(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("partial_ratio_minibatch");
    for length in [250, 1000] {
        let answers = minibatch(length);
        let texts: Vec<Text> = answers.iter().map(|answer| Text::new(answer)).collect();
        group.bench_function(BenchmarkId::new("all_pairs_from_text", length), |bencher| {
            let prepared = || black_box(&answers).iter().map(|answer| Text::new(answer)).collect::<Vec<Text>>();
            bencher.iter(|| all_pairs(&prepared()));
        });
        group.bench_function(BenchmarkId::new("all_pairs", length), |bencher| {
            bencher.iter(|| all_pairs(black_box(&texts)));
        });
        group.bench_function(BenchmarkId::new("above_90", length), |bencher| {
            let mut matcher = Matcher::new();
            bencher.iter(|| matcher.partial_ratio_above(black_box(&texts[1]), black_box(&texts[2]), 90.0));
        });
    }
    group.finish();
}

fn bench_pair(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("partial_ratio_pair");
    group.sample_size(10);
    let answers = minibatch(250);
    let [a, b] = [&answers[1], &answers[2]];
    let [first, second] = [a, b].map(|text| text.chars().collect::<Vec<char>>());
    group.bench_function("definition/250", |bencher| {
        bencher.iter(|| by_definition(black_box(&first), black_box(&second)));
    });
    let [first, second] = [a, b].map(|text| Text::new(text));
    group.bench_function("partial_ratio/250", |bencher| {
        let mut matcher = Matcher::new();
        bencher.iter(|| matcher.partial_ratio(black_box(&first), black_box(&second)));
    });
    group.finish();
}

criterion_group!(benches, bench_minibatch, bench_pair);
criterion_main!(benches);
