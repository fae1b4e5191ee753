//! x · Wᵀ + b on the calling thread, for work whose tasks are whole texts: by packed panels where the processor has the
//! kernel for them, else by the gemm crate.

use half::bf16;

use super::element::Element;
use super::packed::{Addends, PackedWeights, SerialMemory};
use super::product::{Shape, View, multiply};

/// A linear map `[outputs × inputs]` with its bias.
pub struct SerialLinear {
    weights: Weights,
    bias: Vec<f32>,
}

enum Weights {
    Packed(PackedWeights),
    Rows { values: Vec<f32>, inputs: usize },
}

impl SerialLinear {
    /// The map of `weights`, row-major `[outputs × inputs]`, and one bias per output; rows and weights are rounded to
    /// `element`, in which the processor multiplies, or else in f32.
    pub fn new(weights: Vec<f32>, bias: Vec<f32>, element: Element) -> Self {
        Self::with(weights, bias, Some(element).filter(|element| element.supported()))
    }

    fn with(values: Vec<f32>, bias: Vec<f32>, packed: Option<Element>) -> Self {
        let inputs = values.len() / bias.len();
        let weights = match packed {
            Some(Element::F32) => Weights::Packed(PackedWeights::new(&values, inputs)),
            Some(Element::Bf16) => {
                let rounded: Vec<bf16> = values.into_iter().map(bf16::from_f32).collect();
                Weights::Packed(PackedWeights::new(&rounded, inputs))
            }
            None => Weights::Rows { values, inputs },
        };
        Self { weights, bias }
    }

    /// x · Wᵀ + b of rows `[rows × inputs]`, plus `base` where there is one, as `[rows × outputs]` in place of what was in
    /// `target`.
    pub fn apply(&self, rows: &[f32], base: Option<&[f32]>, target: &mut Vec<f32>, memory: &mut SerialMemory) {
        match &self.weights {
            Weights::Packed(weights) => {
                weights.multiply_serially(rows, Addends { bias: Some(&self.bias), base }, target, memory);
            }
            Weights::Rows { values, inputs } => {
                let shape = Shape { m: rows.len() / inputs, n: self.bias.len(), k: *inputs };
                self.begin(shape.m, base, target);
                multiply(shape, target, shape.n, View::rows(rows, *inputs), View::transposed(values, *inputs), true);
            }
        }
    }

    /// Fills `target` with what the product is added to.
    fn begin(&self, rows: usize, base: Option<&[f32]>, target: &mut Vec<f32>) {
        target.clear();
        (0..rows).for_each(|_| target.extend_from_slice(&self.bias));
        if let Some(base) = base {
            target.iter_mut().zip(base).for_each(|(target, base)| *target += base);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_the_exact_map() {
        let value = |i: usize| ((i * 37) % 101) as f32 / 50.0 - 1.0;
        let (rows, inputs, outputs) = (19, 70, 50);
        let x: Vec<f32> = (0..rows * inputs).map(value).collect();
        let weights: Vec<f32> = (0..outputs * inputs).map(|i| value(i + 5)).collect();
        let bias: Vec<f32> = (0..outputs).map(|i| value(i + 9)).collect();
        let base: Vec<f32> = (0..rows * outputs).map(|i| value(i + 3)).collect();
        let (mut target, mut memory) = (vec![f32::NAN; 3], SerialMemory::default());
        let packed = [Element::F32, Element::Bf16].map(|element| Some(element).filter(|element| element.supported()));
        for packed in [None].into_iter().chain(packed) {
            let tolerance = if packed == Some(Element::Bf16) { 0.1 } else { 1e-4 };
            let map = SerialLinear::with(weights.clone(), bias.clone(), packed);
            for base in [None, Some(base.as_slice())] {
                map.apply(&x, base, &mut target, &mut memory);
                assert_eq!(target.len(), rows * outputs);
                for (at, found) in target.iter().enumerate() {
                    let (row, output) = (at / outputs, at % outputs);
                    let terms = x[row * inputs..][..inputs].iter().zip(&weights[output * inputs..]);
                    let product: f64 = terms.map(|(x, w)| f64::from(*x) * f64::from(*w)).sum();
                    let exact = product + f64::from(bias[output]) + base.map_or(0.0, |base| f64::from(base[at]));
                    assert!((f64::from(*found) - exact).abs() < tolerance, "{packed:?} at {at}: {found} for {exact}");
                }
            }
        }
    }
}
