//! The log-sum-exp that runs over blocks of the vocabulary, and the targets' logits.

use crate::harness;
use crate::numbers::{bytes_of_floats, bytes_of_integers, doubles, random};

#[derive(Debug, Clone)]
struct Case {
    vocabulary: usize,
    block: usize,
    divisor: f32,
    softcap: f32,
    with_bias: bool,
    /// Ids of each row's targets.
    targets: Vec<Vec<u32>>,
}

struct Found {
    largest: Vec<f64>,
    sum: Vec<f64>,
    target_logits: Vec<f64>,
}

impl Case {
    fn plain(vocabulary: usize, block: usize) -> Self {
        let targets = vec![vec![0], vec![vocabulary as u32 - 1, vocabulary as u32 / 2], vec![]];
        Self { vocabulary, block, divisor: 1.0, softcap: 0.0, with_bias: false, targets }
    }

    fn bias(&self) -> Vec<f32> {
        random(if self.with_bias { self.vocabulary } else { 0 }, 3.0, 4)
    }

    fn run(&self, logits: &[f32]) -> Option<Found> {
        let rows = self.targets.len();
        let Self { vocabulary, block, divisor, softcap, .. } = self;
        let line = format!("log_sum_exp 1 {rows} {vocabulary} {block} {divisor} {softcap}");
        let starts: Vec<u32> = (0..=rows).map(|row| self.targets[..row].concat().len() as u32).collect();
        let arrays = vec![
            bytes_of_floats(logits),
            bytes_of_floats(&self.bias()),
            bytes_of_integers(&starts),
            bytes_of_integers(&self.targets.concat()),
        ];
        let mut values = doubles(&harness::Case { line, arrays }.run()?);
        let target_logits = values.split_off(2 * rows);
        let sum = values.split_off(rows);
        Some(Found { largest: values, sum, target_logits })
    }

    /// The logits of a row, in f64.
    fn finished(&self, logits: &[f32], row: usize) -> Vec<f64> {
        let bias = self.bias();
        let finish = |id: usize| {
            let product = f64::from(logits[row * self.vocabulary + id]);
            let logit = (product + bias.get(id).map_or(0.0, |&bias| f64::from(bias))) / f64::from(self.divisor);
            let cap = f64::from(self.softcap);
            if cap == 0.0 { logit } else { (logit / cap).tanh() * cap }
        };
        (0..self.vocabulary).map(finish).collect()
    }

    fn check(&self) {
        let logits = random(self.targets.len() * self.vocabulary, 20.0, 5);
        let Some(found) = self.run(&logits) else { return };
        let mut target_logits = found.target_logits.iter();
        for (row, targets) in self.targets.iter().enumerate() {
            let finished = self.finished(&logits, row);
            let largest = finished.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let expected = largest + finished.iter().map(|logit| (logit - largest).exp()).sum::<f64>().ln();
            let total = found.largest[row] + found.sum[row].ln();
            assert!((total - expected).abs() <= 4e-6, "{self:?}: row {row}: {total} is not {expected}");
            for (&id, logit) in targets.iter().zip(&mut target_logits) {
                let expected = finished[id as usize];
                assert!((logit - expected).abs() <= 4e-6, "{self:?}: {logit} is not {expected}");
            }
        }
    }
}

#[test]
fn vocabularies_and_blocks_of_any_size() {
    for (vocabulary, block) in [(1, 8), (2, 1), (255, 256), (1024, 1024), (1025, 1024), (5000, 777), (32_000, 8192)] {
        Case::plain(vocabulary, block).check();
    }
}

#[test]
fn bias_divisor_and_cap() {
    for (with_bias, divisor, softcap) in [(true, 1.0, 0.0), (false, 8.0, 0.0), (false, 1.0, 5.0), (true, 0.3, 30.0)] {
        Case { with_bias, divisor, softcap, ..Case::plain(700, 300) }.check();
    }
}

#[test]
fn a_row_may_have_more_targets_than_a_block_has_threads() {
    Case { targets: vec![vec![], (0..600).map(|i| i * 7 % 500).collect(), vec![3]], ..Case::plain(500, 200) }.check();
}

#[test]
fn what_is_no_number_stays_in_its_row() {
    for fault in [f32::NAN, f32::INFINITY] {
        let case = Case::plain(600, 256);
        let mut logits = random(3 * 600, 20.0, 6);
        let Some(sound) = case.run(&logits) else { return };
        logits[600 + 300] = fault;
        let Some(broken) = case.run(&logits) else { return };
        assert!(broken.sum[1].is_nan(), "a loss that is not known is no number");
        assert_eq!((broken.sum[0], broken.sum[2]), (sound.sum[0], sound.sum[2]));
    }
}

#[test]
fn logits_of_minus_infinity_count_for_nothing() {
    let case = Case { targets: vec![vec![250]], ..Case::plain(600, 100) };
    let mut logits = vec![f32::NEG_INFINITY; 600];
    // The first blocks have nothing finite.
    logits[250] = 3.0;
    logits[550] = 3.0;
    let Some(found) = case.run(&logits) else { return };
    assert_eq!((found.largest[0], found.sum[0], found.target_logits[0]), (3.0, 2.0, 3.0));
}
