//! Seeded choices: numbers, phrases and things for the problems.
//!
//! All randomness of the corpus comes through [`Draw`], so one seed fixes every word of it.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A thing that can be counted, with both forms of its name.
#[derive(Debug, Clone, Copy)]
pub struct Thing(pub &'static str, pub &'static str);

impl Thing {
    /// The plural.
    pub fn many(&self) -> &'static str {
        self.1
    }

    /// The number with the form that fits it: `1 pen`, `4 pens`.
    pub fn count(&self, number: i64) -> String {
        format!("{number} {}", if number == 1 { self.0 } else { self.1 })
    }
}

/// `84 dollars`, or `1 dollar`.
pub fn dollars(number: i64) -> String {
    Thing("dollar", "dollars").count(number)
}

/// The source of all choices of the corpus.
#[derive(Debug)]
pub struct Draw(ChaCha8Rng);

impl Draw {
    /// A source that repeats itself for the same seed.
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A whole number from `low` to `high`, both included.
    pub fn number(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high)
    }

    /// `unit` times a whole number from `low` to `high`.
    pub fn multiple(&mut self, unit: i64, low: i64, high: i64) -> i64 {
        unit * self.number(low, high)
    }

    /// One of the choices.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.0.random_range(0..choices.len())]
    }

    /// Two different choices.
    pub fn pair<T: Copy>(&mut self, choices: &[T]) -> (T, T) {
        let first = self.0.random_range(0..choices.len());
        let second = (first + self.0.random_range(1..choices.len())) % choices.len();
        (choices[first], choices[second])
    }

    /// One of several ways to say the same.
    pub fn say<const WAYS: usize>(&mut self, mut ways: [String; WAYS]) -> String {
        std::mem::take(&mut ways[self.0.random_range(0..WAYS)])
    }
}
