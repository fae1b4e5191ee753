//! A case of attention: how it is handed to the harness, and what it comes to in f64.

use std::ops::Range;

use weighhouse::engine::batch::Segment;
use weighhouse::engine::cuda::shape::{AttentionShape, Tiles};

use crate::harness;
use crate::numbers::{Format, bytes_of_integers, random};

/// Rows of the batch, and the segment whose rows precede them.
pub type Piece = (usize, Option<usize>);

#[derive(Debug, Clone)]
pub struct Case {
    pub format: Format,
    pub pieces: Vec<Piece>,
    pub heads: usize,
    pub kv_heads: usize,
    pub width: usize,
    /// 0 is all of the past.
    pub window: usize,
    /// 0 is none.
    pub softcap: f32,
    /// Numbers between two rows of the projection that belong to neither.
    pub gap: usize,
    /// Numbers before the projection in its array.
    pub offset: usize,
    pub seed: u64,
}

/// The kernel for a format and a width of heads.
pub fn shape(format: Format, width: usize) -> AttentionShape {
    let shape = if format == Format::F32 { AttentionShape::wide(width) } else { AttentionShape::narrow(width) };
    shape.expect("a kernel is wide enough")
}

impl Case {
    /// Two heads of one key head, without prefix, window and cap.
    pub fn plain(format: Format, width: usize, lengths: &[usize]) -> Self {
        Self {
            format,
            pieces: lengths.iter().map(|&length| (length, None)).collect(),
            heads: 2,
            kv_heads: 1,
            width,
            window: 0,
            softcap: 0.0,
            gap: 0,
            offset: 0,
            seed: 1,
        }
    }

    /// What the harness makes of it is what f64 does, but for rounding.
    pub fn check(&self) {
        let joined = self.joined();
        if let Some(found) = self.run(&joined) {
            self.compare(&self.format.decode(&found), &self.expected(&joined));
        }
    }

    /// The bytes that the kernel writes.
    pub fn run(&self, joined: &[f32]) -> Option<Vec<u8>> {
        let (shape, rows, stride) = (self.shape(), self.rows(), self.stride());
        let line = format!(
            "attention {} {} {} {rows} {} {} {} {stride} {} {} {} {}",
            self.format.name(),
            shape.width,
            self.seed,
            self.heads,
            self.kv_heads,
            self.width,
            self.offset,
            self.window,
            self.scale(),
            self.softcap
        );
        let tiles = Tiles::cut(&self.segments(), self.heads / self.kv_heads, shape.rows);
        let arrays =
            vec![self.format.encode(joined), bytes_of_integers(&tiles.segments), bytes_of_integers(&tiles.tiles)];
        harness::Case { line, arrays }.run()
    }

    /// Queries, keys and values side by side, all of them numbers of the format.
    pub fn joined(&self) -> Vec<f32> {
        let values = random(self.offset + self.rows() * self.stride(), 2.0, self.seed);
        self.format.decode(&self.format.encode(&values)).into_iter().map(|value| value as f32).collect()
    }

    pub fn rows(&self) -> usize {
        self.pieces.iter().map(|(rows, _)| rows).sum()
    }

    pub fn stride(&self) -> usize {
        (self.heads + 2 * self.kv_heads) * self.width + self.gap
    }

    fn scale(&self) -> f32 {
        1.0 / (self.width as f32).sqrt()
    }

    /// Rows of the batch of a segment.
    pub fn range(&self, segment: usize) -> Range<usize> {
        let start = self.pieces[..segment].iter().map(|(rows, _)| rows).sum();
        start..start + self.pieces[segment].0
    }

    fn prefix(&self, segment: usize) -> Range<usize> {
        self.pieces[segment].1.map_or(0..0, |index| self.range(index))
    }

    fn segments(&self) -> Vec<Segment> {
        let segment = |index| Segment { rows: self.range(index), prefix: self.prefix(index), length: 0 };
        (0..self.pieces.len()).map(segment).collect()
    }

    fn shape(&self) -> AttentionShape {
        shape(self.format, self.width)
    }

    /// Each output with the sum of its weights' products without signs.
    fn expected(&self, joined: &[f32]) -> Vec<(f64, f64)> {
        let of_row = |segment: usize, position: usize| (0..self.heads).map(move |head| (segment, position, head));
        let of_segment = |segment: usize| {
            let before = self.prefix(segment).len();
            (before..before + self.pieces[segment].0).flat_map(move |position| of_row(segment, position))
        };
        let all = (0..self.pieces.len()).flat_map(of_segment);
        all.flat_map(|(segment, position, head)| self.attend(joined, segment, position, head)).collect()
    }

    fn attend(&self, joined: &[f32], segment: usize, position: usize, head: usize) -> Vec<(f64, f64)> {
        let text: Vec<usize> = self.prefix(segment).chain(self.range(segment)).collect();
        let key_head = self.heads + head / (self.heads / self.kv_heads);
        let vector = |row: usize, head: usize| {
            let start = self.offset + row * self.stride() + head * self.width;
            joined[start..start + self.width].iter().map(|&value| f64::from(value))
        };
        let first = if self.window == 0 { 0 } else { (position + 1).saturating_sub(self.window) };
        let seen = &text[first..=position];
        let scores = seen.iter().map(|&row| {
            let product: f64 = vector(text[position], head).zip(vector(row, key_head)).map(|(q, k)| q * k).sum();
            let score = product * f64::from(self.scale());
            let cap = f64::from(self.softcap);
            if cap == 0.0 { score } else { (score / cap).tanh() * cap }
        });
        let weights: Vec<f64> = scores.map(f64::exp).collect();
        let total: f64 = weights.iter().sum();
        let mut outputs = vec![(0.0, 0.0); self.width];
        for (&row, weight) in seen.iter().zip(weights) {
            for (output, value) in outputs.iter_mut().zip(vector(row, key_head + self.kv_heads)) {
                output.0 += weight / total * value;
                output.1 += weight / total * value.abs();
            }
        }
        outputs
    }

    /// The result is rounded once, and each weight once; the rest is f32.
    fn compare(&self, found: &[f64], expected: &[(f64, f64)]) {
        assert_eq!(found.len(), expected.len());
        let unit = self.format.unit();
        for (index, (found, (value, size))) in found.iter().zip(expected).enumerate() {
            let allowed = unit * (value.abs() + size) + 4e-6 * size;
            let (row, column) = (index / (self.heads * self.width), index % (self.heads * self.width));
            let difference = (found - value).abs();
            assert!(difference <= allowed, "{self:?}: row {row}, column {column}: {found} is not {value} ± {allowed}");
        }
    }
}
