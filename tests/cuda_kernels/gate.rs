//! act(gate) · up, rounded once.

use statrs::function::erf::erfc;

use crate::harness;
use crate::numbers::{FORMATS, Format, random};

/// Each activation in f64, in the order of the kernel's numbers.
const ACTIVATIONS: [fn(f64) -> f64; 4] = [silu, gelu, gelu_tanh, relu];

fn silu(x: f64) -> f64 {
    x / (1.0 + (-x).exp())
}

fn gelu(x: f64) -> f64 {
    0.5 * x * erfc(-x / 2f64.sqrt())
}

fn gelu_tanh(x: f64) -> f64 {
    silu_of(x, 2.0 * (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3)))
}

/// x times the sigmoid of another value: ½ (1 + tanh(v)) is the sigmoid of 2v.
fn silu_of(x: f64, value: f64) -> f64 {
    x / (1.0 + (-value).exp())
}

fn relu(x: f64) -> f64 {
    x.max(0.0)
}

#[derive(Debug, Clone, Copy)]
struct Case {
    format: Format,
    rows: usize,
    width: usize,
    gap: usize,
    blocks: usize,
}

impl Case {
    fn run(&self, activation: usize, joined: &[f32]) -> Option<Vec<f64>> {
        let (stride, format) = (2 * self.width + self.gap, self.format.name());
        let line = format!("gate {format} 1 {} {} {stride} {activation} {}", self.rows, self.width, self.blocks);
        let found = harness::Case { line, arrays: vec![self.format.encode(joined)] }.run()?;
        Some(self.format.decode(&found))
    }

    fn check(&self, activation: usize) {
        let stride = 2 * self.width + self.gap;
        let joined = random(self.rows * stride, 6.0, 3);
        let Some(found) = self.run(activation, &joined) else { return };
        let read = self.format.decode(&self.format.encode(&joined));
        assert_eq!(found.len(), self.rows * self.width);
        for (index, found) in found.iter().enumerate() {
            let start = index / self.width * stride + index % self.width;
            let expected = ACTIVATIONS[activation](read[start]) * read[start + self.width];
            // Rounded once; below it the f32 of the activation, whose exponent is itself rounded.
            let allowed = self.format.unit() * expected.abs() + 4e-6 * expected.abs() + 1e-7;
            assert!((found - expected).abs() <= allowed, "{self:?} {activation}: {index}: {found} is not {expected}");
        }
    }
}

#[test]
fn every_activation_in_every_format() {
    for format in FORMATS {
        for activation in 0..ACTIVATIONS.len() {
            Case { format, rows: 3, width: 200, gap: 0, blocks: 2 }.check(activation);
        }
    }
}

#[test]
fn ragged_widths_and_strides() {
    for format in FORMATS {
        for (width, gap) in [(1, 0), (7, 3), (64, 8), (65, 0), (64, 1)] {
            Case { format, rows: 9, width, gap, blocks: 3 }.check(0);
        }
    }
}

#[test]
fn a_fault_does_not_vanish() {
    for activation in 0..ACTIVATIONS.len() {
        let case = Case { format: Format::Bf16, rows: 1, width: 2, gap: 0, blocks: 1 };
        let Some(found) = case.run(activation, &[f32::NAN, 1.0, 1.0, f32::NAN]) else { return };
        assert!(found.iter().all(|value| value.is_nan()), "{found:?}");
    }
}

#[test]
fn numbers_far_from_zero_stay_finite() {
    for activation in 0..ACTIVATIONS.len() {
        let case = Case { format: Format::Bf16, rows: 1, width: 4, gap: 0, blocks: 1 };
        let Some(found) = case.run(activation, &[-1e4, -100.0, 100.0, 1e4, 1.0, 1.0, 1.0, 1.0]) else { return };
        assert_eq!(found[..2], [0.0, 0.0], "{activation}");
        assert_eq!(found[2..], [100.0, 9984.0], "{activation}");
    }
}
