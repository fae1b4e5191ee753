//! The parts of a decoder with their weights: projections, norms, attention and feed-forward blocks. Built from a
//! [`Description`]; every projection is stored output × input, queries with keys and values and gate with up in one.

use candle_core::{DType, Tensor};

use super::attention::{self, AttentionInputs};
use super::description::{Activation, Description, LayerAttention, MlpNames, QkNorm};
use super::loading::{Linear, Loader, join};
use super::norm_layer::NormLayer;
use crate::engine::cpu::FusedGate;
#[cfg(feature = "cuda")]
use crate::engine::cuda::DeviceGate;
use crate::engine::error::Result;
use crate::engine::kernels::{Kernels, Way};
use crate::engine::matrix::Matrix;
use crate::engine::traffic::operators as op;

/// x · Wᵀ + b.
pub struct Projection {
    weights: Matrix,
    /// `[outputs]`
    bias: Option<Tensor>,
}

impl Projection {
    /// Brings a loaded projection into the form that the kernels use.
    pub fn new(loaded: Linear, kernels: Kernels) -> Result<Self> {
        Ok(Self { weights: Matrix::new(loaded.weight, kernels)?, bias: loaded.bias })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.weights.product(x, self.bias.as_ref())
    }

    /// The projection, added to `base` if there is one.
    fn forward_onto(&self, x: &Tensor, base: Option<&Tensor>) -> Result<Tensor> {
        match base {
            Some(base) => self.weights.product_onto(x, self.bias.as_ref(), base),
            None => self.forward(x),
        }
    }
}

/// Queries, keys and values, their norms, and the output projection.
pub struct Attention {
    qkv: Projection,
    q_norm: Option<NormLayer>,
    k_norm: Option<NormLayer>,
    out: Projection,
    layer: LayerAttention,
}

impl Attention {
    /// Loads the attention of layer `index`.
    pub fn load(loader: &Loader, description: &Description, index: usize, kernels: Kernels) -> Result<Self> {
        let [q_name, k_name] = description.names.qk_norms;
        let (heads, kv_heads) = (description.heads, description.kv_heads);
        let out_shape = [description.hidden_size, heads * description.head_dim];
        let out = loader.linear(&loader.layer(index, description.names.out), out_shape, description.bias.out)?;
        Ok(Self {
            qkv: Projection::new(loader.qkv(index)?, kernels)?,
            q_norm: loader.qk_norm(index, q_name, heads)?,
            k_norm: loader.qk_norm(index, k_name, kv_heads)?,
            out: Projection::new(out, kernels)?,
            layer: description.layers[index],
        })
    }

    /// Attention of `[rows × hidden]`, added to `base` if there is one.
    pub fn forward(&self, x: &Tensor, base: Option<&Tensor>, shared: &AttentionInputs) -> Result<Tensor> {
        let description = shared.description;
        let (q_width, kv_width) =
            (description.heads * description.head_dim, description.kv_heads * description.head_dim);
        let qkv = self.qkv.forward(x)?;
        let q = qkv.narrow(1, 0, q_width)?;
        let k = qkv.narrow(1, q_width, kv_width)?;
        let v = qkv.narrow(1, q_width + kv_width, kv_width)?;
        let q = normalise_heads(q, self.q_norm.as_ref(), description.heads, shared)?;
        let k = normalise_heads(k, self.k_norm.as_ref(), description.kv_heads, shared)?;
        self.out.forward_onto(&attention::attend(&q, &k, &v, self.layer, shared)?, base)
    }
}

fn normalise_heads(x: Tensor, norm: Option<&NormLayer>, heads: usize, shared: &AttentionInputs) -> Result<Tensor> {
    let Some(norm) = norm else { return Ok(x) };
    if shared.description.qk_norm == QkNorm::Whole {
        return norm.forward(&x, shared.kernels);
    }
    let (rows, width) = x.dims2()?;
    let split = op::reshape(&x, (rows, heads, width / heads))?;
    op::reshape(&norm.forward(&split, shared.kernels)?, (rows, width))
}

/// The feed-forward block.
pub struct MlpBlock {
    /// Gate and up together, or up alone.
    up: Projection,
    down: Projection,
    gated: bool,
    activation: Activation,
}

impl MlpBlock {
    /// Loads the feed-forward block of layer `index`.
    pub fn load(loader: &Loader, description: &Description, index: usize, kernels: Kernels) -> Result<Self> {
        let (hidden, inner, bias) = (description.hidden_size, description.intermediate_size, description.bias.mlp);
        let load = |name, shape| loader.linear(&loader.layer(index, name), shape, bias);
        let (up, down) = match description.names.mlp {
            MlpNames::Gated { gate, up, down } => {
                (join(load(gate, [inner, hidden])?, load(up, [inner, hidden])?)?, load(down, [hidden, inner])?)
            }
            MlpNames::Joined { gate_up, down } => (load(gate_up, [2 * inner, hidden])?, load(down, [hidden, inner])?),
            MlpNames::Plain { up, down } => (load(up, [inner, hidden])?, load(down, [hidden, inner])?),
        };
        let (up, down) = (Projection::new(up, kernels)?, Projection::new(down, kernels)?);
        Ok(Self { up, down, gated: description.mlp.gated, activation: description.mlp.activation })
    }

    /// Feed-forward of `[rows × hidden]`, added to `base` if there is one.
    pub fn forward(&self, x: &Tensor, base: Option<&Tensor>, kernels: Kernels) -> Result<Tensor> {
        let inner = self.up.forward(x)?;
        if !self.gated {
            return self.down.forward_onto(&self.activation.apply(&inner)?, base);
        }
        self.down.forward_onto(&gated(self.activation, &inner, kernels)?, base)
    }
}

/// act(gate) · up of rows [gate | up], by the fused kernel where the device has one for this activation.
pub fn gated(activation: Activation, inner: &Tensor, kernels: Kernels) -> Result<Tensor> {
    match Way::of(kernels, inner.device()) {
        Way::Cpu if FusedGate::knows(activation) => Ok(inner.apply_op1_no_bwd(&FusedGate(activation))?),
        #[cfg(feature = "cuda")]
        Way::Cuda => Ok(inner.apply_op1_no_bwd(&DeviceGate(activation))?),
        Way::Cpu | Way::Portable => gated_by_steps(activation, inner),
    }
}

fn gated_by_steps(activation: Activation, inner: &Tensor) -> Result<Tensor> {
    let width = inner.dim(1)? / 2;
    let gate = activation.apply(&inner.narrow(1, 0, width)?)?;
    op::multiply(&gate, &inner.narrow(1, width, width)?)
}

impl Activation {
    /// Applies the activation by candle operators, in f32 whatever the dtype of `x`; differentiable. In half precision
    /// candle rounds after every step, which loses gelu below −3 and errs by a tenth above.
    pub fn apply(self, x: &Tensor) -> Result<Tensor> {
        let wide = op::cast(x, DType::F32)?;
        let applied = match self {
            Self::Silu => op::silu(&wide)?,
            Self::Gelu => op::gelu_erf(&wide)?,
            Self::GeluTanh => op::gelu(&wide)?,
            Self::Relu => op::relu(&wide)?,
        };
        op::cast(&applied, x.dtype())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::decoder::testing::{assert_rounded_once, bf16, values};

    #[test]
    fn activations_in_half_precision_are_rounded_once() {
        let x = bf16(&(-40..=40).map(|i| i as f32 / 10.0).collect::<Vec<_>>());
        let exact = |f: &dyn Fn(f64) -> f64| values(&x).iter().map(|&x| f(f64::from(x))).collect::<Vec<f64>>();
        let tanh = |x: f64| 0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3))).tanh());
        // Where the tanh is near −1, f32 itself leaves 1e-7 of x.
        let gelu = values(&Activation::GeluTanh.apply(&x).unwrap());
        for (found, exact) in gelu.iter().zip(exact(&tanh)) {
            assert!((f64::from(*found) - exact).abs() <= exact.abs() / 256.0 + 5e-7, "{found} against {exact}");
        }
        let silu = Activation::Silu.apply(&x).unwrap();
        assert_rounded_once(&values(&silu), &exact(&|x| x / (1.0 + (-x).exp())));
    }
}
