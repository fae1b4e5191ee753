//! Rotary embedding with the split of the projection.

use crate::harness;
use crate::numbers::{FORMATS, Format, bytes_of_floats, random};

#[derive(Debug, Clone, Copy)]
struct Case {
    format: Format,
    rows: usize,
    heads: usize,
    kv_heads: usize,
    width: usize,
    half: usize,
    /// Numbers between two rows that belong to neither, and before the first one.
    gap: usize,
    offset: usize,
    with_values: bool,
}

const CASE: Case = Case {
    format: Format::Bf16,
    rows: 5,
    heads: 4,
    kv_heads: 2,
    width: 64,
    half: 32,
    gap: 0,
    offset: 0,
    with_values: true,
};

impl Case {
    fn stride(&self) -> usize {
        (self.heads + 2 * self.kv_heads) * self.width + self.gap
    }

    fn check(&self) {
        let numbers = random(self.offset + self.rows * self.stride(), 2.0, 7);
        let angles = random(self.rows * self.half, 4.0, 8);
        let (cosines, sines): (Vec<f32>, Vec<f32>) = angles.iter().map(|angle| (angle.cos(), angle.sin())).unzip();
        let joined = self.format.encode(&numbers);
        let line = format!(
            "rotary {} 1 {} {} {} {} {} {} {} {}",
            self.format.name(),
            self.rows,
            self.heads,
            self.kv_heads,
            self.width,
            self.half,
            self.stride(),
            self.offset,
            u8::from(self.with_values)
        );
        let arrays = vec![joined.clone(), bytes_of_floats(&cosines), bytes_of_floats(&sines)];
        let Some(found) = (harness::Case { line, arrays }).run() else { return };
        let expected = self.expected(&self.format.decode(&joined), &cosines, &sines);
        let found = self.format.decode(&found);
        assert_eq!(found.len(), expected.len(), "{self:?}");
        for (index, (found, (value, size))) in found.iter().zip(expected).enumerate() {
            // A value that is copied is not rounded at all; one that is turned once, and twice in f32.
            let allowed = if size == 0.0 { 0.0 } else { self.format.unit() * value.abs() + 2e-7 * size };
            assert!((found - value).abs() <= allowed, "{self:?}: {index}: {found} is not {value}");
        }
    }

    /// Queries, keys and values, each with the size of what was added up; 0 for what is copied.
    fn expected(&self, joined: &[f64], cosines: &[f32], sines: &[f32]) -> Vec<(f64, f64)> {
        let keys = self.heads + self.kv_heads;
        let parts = [(0..self.heads, self.half), (self.heads..keys, self.half), (keys..keys + self.kv_heads, 0)];
        let mut expected = Vec::new();
        for (heads, half) in parts.into_iter().take(if self.with_values { 3 } else { 2 }) {
            for row in 0..self.rows {
                let angles = row * half..(row + 1) * half;
                for head in heads.clone() {
                    let start = self.offset + row * self.stride() + head * self.width;
                    let numbers = &joined[start..start + self.width];
                    expected.extend(turned(numbers, &cosines[angles.clone()], &sines[angles.clone()]));
                }
            }
        }
        expected
    }
}

fn turned(numbers: &[f64], cosines: &[f32], sines: &[f32]) -> Vec<(f64, f64)> {
    let half = cosines.len();
    let turn = |column: usize| {
        if column >= 2 * half {
            return (numbers[column], 0.0);
        }
        let pair = column % half;
        let (first, second) = (numbers[pair], numbers[pair + half]);
        let (cosine, sine) = (f64::from(cosines[pair]), f64::from(sines[pair]));
        let size = first.abs() + second.abs();
        if column < half { (first * cosine - second * sine, size) } else { (second * cosine + first * sine, size) }
    };
    (0..numbers.len()).map(turn).collect()
}

#[test]
fn whole_heads_and_parts_of_them() {
    for format in FORMATS {
        for (width, half) in [(64, 32), (128, 64), (80, 40), (80, 16), (96, 12), (128, 0), (6, 3), (7, 2), (256, 128)] {
            Case { format, width, half, ..CASE }.check();
        }
    }
}

#[test]
fn one_row_and_many_heads() {
    for format in FORMATS {
        Case { format, rows: 1, ..CASE }.check();
        Case { format, heads: 71, kv_heads: 1, ..CASE }.check();
    }
}

#[test]
fn values_may_stay_where_they_are() {
    Case { with_values: false, ..CASE }.check();
}

#[test]
fn rows_that_lie_at_any_address() {
    for format in FORMATS {
        for (gap, offset) in [(8, 0), (1, 0), (0, 3), (24, 16)] {
            Case { format, gap, offset, ..CASE }.check();
        }
    }
}
