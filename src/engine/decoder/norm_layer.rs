//! A norm with its weights, as the decoder's parts apply it.

use candle_core::{DType, Tensor};

use super::description::{Norm, NormKind};
use crate::engine::error::Result;
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
    /// Normalises `[… × width]`: by a kernel of its own, or by steps where a gradient is wanted and where candle has no
    /// kernel.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let eps = self.norm.eps as f32;
        if x.track_op() || self.weight.track_op() {
            return self.by_steps(x);
        }
        match (self.norm.kind, &self.bias) {
            (NormKind::Rms | NormKind::RmsPlusOne, _) => {
                let x_wide = op::contiguous(&op::cast(x, self.weight.dtype())?)?;
                op::cast(&op::rms_norm(&x_wide, &self.weight, eps)?, x.dtype())
            }
            (NormKind::Layer, Some(bias)) => op::layer_norm(&op::contiguous(x)?, &self.weight, bias, eps),
            (NormKind::Layer, None) => self.by_steps(x),
        }
    }

    fn by_steps(&self, x: &Tensor) -> Result<Tensor> {
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
        let x = x.reshape((1, 4)).unwrap();
        for found in [norm.forward(&x), norm.by_steps(&x)].map(Result::unwrap) {
            assert_eq!(found.dtype(), DType::BF16);
            assert_rounded_once(&values(&found), &exact);
        }
    }
}
