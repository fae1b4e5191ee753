//! A norm with its weights, as the decoder's parts apply it.

use candle_core::{DType, Tensor};

use super::description::{Norm, NormKind};
use crate::engine::error::Result;
use crate::engine::kernels::Kernels;
use crate::engine::traffic::operators as op;

/// A norm over the last dimension.
pub struct NormLayer {
    /// `[width]`; for [`NormKind::RmsPlusOne`] the one is already added, in f32.
    pub weight: Tensor,
    /// `[width]`
    pub bias: Option<Tensor>,
    /// Formula and ε.
    pub norm: Norm,
}

impl NormLayer {
    /// Normalises `[… × width]`.
    pub fn forward(&self, x: &Tensor, kernels: Kernels) -> Result<Tensor> {
        let eps = self.norm.eps as f32;
        match (kernels, self.norm.kind, &self.bias) {
            (Kernels::Portable, ..) => self.portable(x),
            (_, NormKind::Rms | NormKind::RmsPlusOne, _) => {
                let x_wide = op::contiguous(&op::cast(x, self.weight.dtype())?)?;
                op::cast(&op::rms_norm(&x_wide, &self.weight, eps)?, x.dtype())
            }
            (_, NormKind::Layer, Some(bias)) => op::layer_norm(&op::contiguous(x)?, &self.weight, bias, eps),
            (_, NormKind::Layer, None) => self.portable(x),
        }
    }

    fn portable(&self, x: &Tensor) -> Result<Tensor> {
        let wide = op::cast(x, DType::F32)?;
        let centred = match self.norm.kind {
            NormKind::Layer => op::subtract(&wide, &op::mean(&wide)?)?,
            NormKind::Rms | NormKind::RmsPlusOne => wide,
        };
        let deviation = op::sqrt(&op::shift(&op::mean(&op::sqr(&centred)?)?, self.norm.eps)?)?;
        let normed = op::cast(&op::divide(&centred, &deviation)?, self.weight.dtype())?;
        let scaled = op::cast(&op::multiply(&normed, &self.weight)?, x.dtype())?;
        match &self.bias {
            Some(bias) => op::add(&scaled, bias),
            None => Ok(scaled),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::decoder::testing::{assert_rounded_once, bf16, values};

    #[test]
    fn one_plus_a_weight_is_not_rounded_in_half_precision() {
        let (x, weight) = (bf16(&[1.0, -2.0, 3.0, 0.5]), bf16(&[1e-3, -1e-3, 2e-3, 0.0]));
        let one_plus = (weight.to_dtype(DType::F32).unwrap() + 1.0).unwrap();
        let norm = NormLayer { weight: one_plus, bias: None, norm: Norm { kind: NormKind::RmsPlusOne, eps: 1e-6 } };
        let root = (values(&x).iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / 4.0 + 1e-6).sqrt();
        let pairs = values(&x).into_iter().zip(values(&norm.weight));
        let exact: Vec<f64> = pairs.map(|(x, w)| f64::from(x) / root * f64::from(w)).collect();
        for kernels in [Kernels::Fused, Kernels::Portable] {
            let found = norm.forward(&x.reshape((1, 4)).unwrap(), kernels).unwrap();
            assert_eq!(found.dtype(), DType::BF16);
            assert_rounded_once(&values(&found), &exact);
        }
    }
}
