//! A norm with its weights, as the decoder's parts apply it.

use candle_core::{DType, Tensor};

use super::description::{Norm, NormKind};
use crate::engine::cpu::FusedLayerNorm;
use crate::engine::error::Result;
use crate::engine::kernels::{Kernels, Way};
use crate::engine::matrix::{with_bias, with_values};
use crate::engine::traffic::operators as op;

/// A norm over the last dimension.
pub struct NormLayer {
    /// `[width]`, or `[heads × width]` where each head has its own; for [`NormKind::RmsPlusOne`] the one is already
    /// added, in f32.
    pub weight: Tensor,
    /// `[width]`
    pub bias: Option<Tensor>,
    /// Formula and ε.
    pub norm: Norm,
}

impl NormLayer {
    /// Normalises `[… × width]`: by a kernel of its own, or by steps where a gradient is wanted and where there is no
    /// kernel. Computed in f32 and rounded once.
    pub fn forward(&self, x: &Tensor, kernels: Kernels) -> Result<Tensor> {
        if x.track_op() || self.weight.track_op() {
            return self.by_steps(x);
        }
        match (self.norm.kind, Way::of(kernels, x.device()), &self.bias) {
            (NormKind::Rms | NormKind::RmsPlusOne, ..) => {
                let x_wide = op::contiguous(&op::cast(x, self.weight.dtype())?)?;
                op::cast(&op::rms_norm(&x_wide, &self.weight, self.norm.eps as f32)?, x.dtype())
            }
            (NormKind::Layer, Way::Cpu, bias) => self.layer_norm_on_cpu(x, bias.as_ref()),
            (NormKind::Layer, _, Some(bias)) => self.layer_norm(x, bias),
            (NormKind::Layer, _, None) => self.by_steps(x),
        }
    }

    /// By candle's kernel, after the mean has been taken off. The kernel's variance is `E[x²] − E[x]²` in f32, which is
    /// 3 % off where the mean is a hundred standard deviations, and negative beyond. Of centred rows it is exact, and
    /// what rounding left of their mean the kernel takes off as well; so three short kernels more do what eight would by
    /// steps.
    fn layer_norm(&self, x: &Tensor, bias: &Tensor) -> Result<Tensor> {
        let centred = centred(&op::cast(x, DType::F32)?)?;
        let (weight, bias) = (op::cast(&self.weight, DType::F32)?, op::cast(bias, DType::F32)?);
        op::cast(&op::layer_norm(&centred, &weight, &bias, self.norm.eps as f32)?, x.dtype())
    }

    fn layer_norm_on_cpu(&self, x: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
        let wide = op::contiguous(&op::cast(x, DType::F32)?)?;
        let weight = op::cast(&self.weight, DType::F32)?;
        let bias = bias.map(|bias| op::cast(bias, DType::F32)).transpose()?;
        let epsilon = self.norm.eps as f32;
        let normed = with_values(&weight, |scale| {
            with_bias(bias.as_ref(), |shift| Ok(wide.apply_op1_no_bwd(&FusedLayerNorm { scale, shift, epsilon })?))
        })??;
        op::cast(&normed, x.dtype())
    }

    fn by_steps(&self, x: &Tensor) -> Result<Tensor> {
        let wide = op::cast(x, DType::F32)?;
        let centred = match self.norm.kind {
            // The second time takes off what the first mean, if it was large, was rounded by.
            NormKind::Layer => centred(&centred(&wide)?)?,
            NormKind::Rms | NormKind::RmsPlusOne => wide,
        };
        let deviation = op::sqrt(&op::shift(&op::mean(&op::sqr(&centred)?)?, self.norm.eps)?)?;
        let scaled = op::multiply(&op::divide(&centred, &deviation)?, &op::cast(&self.weight, DType::F32)?)?;
        let shifted = match &self.bias {
            Some(bias) => op::add(&scaled, &op::cast(bias, DType::F32)?)?,
            None => scaled,
        };
        op::cast(&shifted, x.dtype())
    }
}

/// Rows without their mean.
fn centred(x: &Tensor) -> Result<Tensor> {
    op::subtract(x, &op::mean(x)?)
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::engine::decoder::testing::{assert_rounded_once, bf16, values};
    use crate::engine::traffic::counted;

    const EPS: f64 = 1e-5;

    #[test]
    fn one_plus_a_weight_is_not_rounded_in_half_precision() {
        let (x, weight) = (bf16(&[1.0, -2.0, 3.0, 0.5]), bf16(&[1e-3, -1e-3, 2e-3, 0.0]));
        let one_plus = (weight.to_dtype(DType::F32).unwrap() + 1.0).unwrap();
        let norm = NormLayer { weight: one_plus, bias: None, norm: Norm { kind: NormKind::RmsPlusOne, eps: 1e-6 } };
        let root = (values(&x).iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / 4.0 + 1e-6).sqrt();
        let pairs = values(&x).into_iter().zip(values(&norm.weight));
        let exact: Vec<f64> = pairs.map(|(x, w)| f64::from(x) / root * f64::from(w)).collect();
        let x = x.reshape((1, 4)).unwrap();
        for found in [norm.forward(&x, Kernels::Fused), norm.by_steps(&x)].map(Result::unwrap) {
            assert_eq!(found.dtype(), DType::BF16);
            assert_rounded_once(&values(&found), &exact);
        }
    }

    /// Layer norms of rows of this width: with a bias, without, and with weights of each of two heads.
    fn layer_norms(width: usize, dtype: DType) -> [NormLayer; 3] {
        let ramp = |count: usize, from: f32| {
            let values: Vec<f32> = (0..count).map(|i| from + (i * 29 % 64) as f32 / 64.0).collect();
            Tensor::from_vec(values, count, &Device::Cpu).unwrap().to_dtype(dtype).unwrap()
        };
        let norm = Norm { kind: NormKind::Layer, eps: EPS };
        let own = ramp(2 * width, 0.5).reshape((2, width)).unwrap();
        [(ramp(width, 0.5), Some(ramp(width, -0.5))), (ramp(width, 0.5), None), (own, None)]
            .map(|(weight, bias)| NormLayer { weight, bias, norm })
    }

    /// Numbers `[2 × 2 × width]` of spread 1 around a mean.
    fn spread_around(mean: f32, width: usize, dtype: DType) -> Tensor {
        let cells = (0..4 * width).map(|i| mean + ((i * 7_919 % 1_009) as f32 / 1_009.0 - 0.5) * 12f32.sqrt());
        let x = Tensor::from_vec(cells.collect::<Vec<_>>(), (2, 2, width), &Device::Cpu).unwrap();
        x.to_dtype(dtype).unwrap()
    }

    fn exact(norm: &NormLayer, x: &Tensor) -> Vec<f64> {
        let width = x.dim(2).unwrap();
        let of = |tensor: &Tensor| values(tensor).into_iter().map(f64::from).collect::<Vec<_>>();
        let (x, weight, bias) = (of(x), of(&norm.weight), norm.bias.as_ref().map(of));
        let rows = x.chunks(width).enumerate().flat_map(|(index, row)| {
            let mean = row.iter().sum::<f64>() / width as f64;
            let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / width as f64;
            let weight = &weight[index * width % weight.len()..][..width];
            let cell = |(i, x): (usize, &f64)| {
                (x - mean) / (variance + EPS).sqrt() * weight[i] + bias.as_ref().map_or(0.0, |bias| bias[i])
            };
            row.iter().enumerate().map(cell).collect::<Vec<_>>()
        });
        rows.collect()
    }

    /// Each layer norm in every way that it may be computed, beside the reference in f64.
    fn in_every_way(mean: f32, width: usize, dtype: DType) -> impl Iterator<Item = (Vec<f32>, Vec<f64>)> {
        let x = spread_around(mean, width, dtype);
        layer_norms(width, dtype).into_iter().flat_map(move |norm| {
            let ways = [norm.forward(&x, Kernels::Fused), norm.forward(&x, Kernels::Portable), norm.by_steps(&x)];
            ways.map(|found| {
                let found = found.unwrap();
                assert_eq!((found.dtype(), found.dims()), (dtype, x.dims()));
                (values(&found), exact(&norm, &x))
            })
        })
    }

    #[test]
    fn a_mean_that_is_large_beside_the_spread_costs_a_layer_norm_nothing() {
        for (mean, width) in [0.0, 1e2, -1e3, 1e4].into_iter().flat_map(|mean| [(mean, 64), (mean, 1000)]) {
            for (found, exact) in in_every_way(mean, width, DType::F32) {
                for (found, exact) in found.into_iter().zip(exact) {
                    assert!((f64::from(found) - exact).abs() < 5e-6, "{found} for {exact}, mean {mean}, {width}");
                }
            }
        }
    }

    #[test]
    fn a_layer_norm_in_half_precision_is_rounded_once() {
        // Where the mean is larger, numbers of bf16 have no spread of 1.
        for mean in [0.0, 10.0, -100.0] {
            for (found, exact) in in_every_way(mean, 192, DType::BF16) {
                for (found, exact) in found.into_iter().zip(exact) {
                    let allowed = exact.abs() / 256.0 + 5e-6;
                    assert!((f64::from(found) - exact).abs() <= allowed, "{found} for {exact}, mean {mean}");
                }
            }
        }
    }

    #[test]
    fn a_layer_norm_is_four_kernels_on_a_device_and_six_in_half_precision() {
        for (dtype, launches) in [(DType::F32, 4), (DType::BF16, 6)] {
            let [norm, ..] = layer_norms(64, DType::F32);
            let x = spread_around(0.0, 64, dtype);
            let (found, traffic) = counted(|| norm.forward(&x, Kernels::Portable));
            assert!(found.is_ok() && traffic.launches == launches, "{dtype:?}: {traffic:?}");
        }
    }
}
