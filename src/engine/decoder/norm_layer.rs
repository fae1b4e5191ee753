//! A norm with its weights, as the decoder's parts apply it.

use candle_core::{D, DType, Tensor};
use candle_nn::ops;

use super::description::{Norm, NormKind};
use super::kernels::Kernels;
use crate::engine::error::Result;

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
                let x_wide = x.to_dtype(self.weight.dtype())?.contiguous()?;
                Ok(ops::rms_norm(&x_wide, &self.weight, eps)?.to_dtype(x.dtype())?)
            }
            (_, NormKind::Layer, Some(bias)) => Ok(ops::layer_norm(&x.contiguous()?, &self.weight, bias, eps)?),
            (_, NormKind::Layer, None) => self.portable(x),
        }
    }

    fn portable(&self, x: &Tensor) -> Result<Tensor> {
        let wide = x.to_dtype(DType::F32)?;
        let centred = match self.norm.kind {
            NormKind::Layer => wide.broadcast_sub(&wide.mean_keepdim(D::Minus1)?)?,
            NormKind::Rms | NormKind::RmsPlusOne => wide,
        };
        let deviation = (centred.sqr()?.mean_keepdim(D::Minus1)? + self.norm.eps)?.sqrt()?;
        let normed = centred.broadcast_div(&deviation)?.to_dtype(self.weight.dtype())?;
        let scaled = normed.broadcast_mul(&self.weight)?.to_dtype(x.dtype())?;
        Ok(match &self.bias {
            Some(bias) => scaled.broadcast_add(bias)?,
            None => scaled,
        })
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
