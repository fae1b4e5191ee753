//! How much of the shorter of two texts is found in one piece of the longer: `partial_ratio` of rapidfuzz 3.12.1, on
//! Unicode code points. Always the exact value, whatever is skipped on the
//! way, and the same for (a, b) and (b, a).

mod alphabet;
mod lcs;
mod ratio;
#[cfg(test)]
mod tests;
mod windows;

use std::sync::OnceLock;

use alphabet::Alphabet;
use lcs::Pattern;
use ratio::Ratio;
use windows::{Needle, Search, SearchMemory};

/// A text prepared once for any number of comparisons. Takes space linear in its length.
#[derive(Debug, Clone)]
pub struct Text {
    points: Vec<u32>,
    alphabet: Alphabet,
    /// Made when the text is first the shorter one of a pair.
    needle: OnceLock<Needle>,
}

/// Compares texts one pair after another in the same memory.
#[derive(Debug, Default)]
pub struct Matcher {
    memory: SearchMemory,
}

impl Text {
    /// Prepares a text, as it is: nothing is stripped, folded or normalised.
    pub fn new(text: &str) -> Self {
        let points: Vec<u32> = text.chars().map(u32::from).collect();
        let alphabet = Alphabet::new(&points);
        Self { points, alphabet, needle: OnceLock::new() }
    }

    fn needle(&self) -> &Needle {
        self.needle.get_or_init(|| {
            let rows = self.points.iter().map(|&point| self.alphabet.row(point));
            let forward = Pattern::new(rows.clone(), self.alphabet.size());
            let backward = Pattern::new(rows.rev(), self.alphabet.size());
            Needle { length: self.len(), forward, backward }
        })
    }

    /// The length in code points.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether there is no character at all.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }
}

/// The partial ratio of two texts, in 0..=100: see [`Matcher::partial_ratio`], which is quicker for many pairs.
pub fn partial_ratio(a: &Text, b: &Text) -> f64 {
    Matcher::new().partial_ratio(a, b)
}

/// The partial ratio where it is over `threshold`: see [`Matcher::partial_ratio_above`].
pub fn partial_ratio_above(a: &Text, b: &Text, threshold: f64) -> Option<f64> {
    Matcher::new().partial_ratio_above(a, b, threshold)
}

/// The partial ratio of every pair of texts: see [`Matcher::all_pairs`].
pub fn all_pairs(texts: &[Text]) -> Vec<f64> {
    Matcher::new().all_pairs(texts)
}

impl Matcher {
    /// A matcher that holds no memory yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The partial ratio of two texts, in 0..=100, not rounded.
    ///
    /// The best of 200 · LCS(s, w) / (|s| + |w|) over the windows w of the longer text: every one as long as the
    /// shorter text s, every shorter prefix and suffix. Of texts equally long each is taken as the shorter one. Two
    /// empty texts have 100, exactly one empty text 0.
    pub fn partial_ratio(&mut self, a: &Text, b: &Text) -> f64 {
        self.best(a, b, Ratio::ZERO).percent()
    }

    /// The partial ratio of two texts where it is over `threshold` (0..=100, strict), otherwise `None`.
    ///
    /// Stops as soon as the threshold is out of reach: a small part of the work for texts well below it.
    pub fn partial_ratio_above(&mut self, a: &Text, b: &Text, threshold: f64) -> Option<f64> {
        let percent = self.best(a, b, Ratio::below(threshold)).percent();
        (percent > threshold).then_some(percent)
    }

    /// The partial ratio of every pair of texts, row by row: that of `i` and `j` at `i * texts.len() + j`.
    ///
    /// Both orders of a pair are computed once; a text has 100 with itself.
    pub fn all_pairs(&mut self, texts: &[Text]) -> Vec<f64> {
        let mut table = vec![100.0; texts.len() * texts.len()];
        for i in 0..texts.len() {
            for j in 0..i {
                let percent = self.partial_ratio(&texts[i], &texts[j]);
                table[i * texts.len() + j] = percent;
                table[j * texts.len() + i] = percent;
            }
        }
        table
    }

    /// The larger of `floor` and the ratio of the best window.
    fn best(&mut self, a: &Text, b: &Text, floor: Ratio) -> Ratio {
        if a.points == b.points {
            return Ratio::ONE;
        }
        let (shorter, longer) = if a.len() <= b.len() { (a, b) } else { (b, a) };
        if shorter.is_empty() {
            return floor;
        }
        let best = self.search(shorter, longer, floor);
        if shorter.len() == longer.len() { self.search(longer, shorter, best) } else { best }
    }

    fn search(&mut self, shorter: &Text, longer: &Text, best: Ratio) -> Ratio {
        let rows = longer.points.iter().map(|&point| shorter.alphabet.row(point));
        self.memory.load(rows, shorter.alphabet.size());
        Search::new(shorter.needle(), &mut self.memory, best).run()
    }
}
