//! The operators of the path that runs on every device: each does what its namesake of candle does and tells the
//! [tally](super::Traffic) what candle 0.11.1 has a CUDA device do for it. What only looks at a tensor in another way
//! (`narrow`, `transpose`, `unsqueeze`) costs nothing and is called as it is.

use candle_core::{D, DType, Device, Error, Layout, Shape, Tensor, WithDType};
use candle_nn::{ops, rotary_emb};

use super::{Traffic, is_counting, launch, multiplies, send, tell};
use crate::engine::error::Result;

macro_rules! of_one {
    ($($name:ident: $what:literal),* $(,)?) => {$(
        #[doc = $what]
        pub fn $name(x: &Tensor) -> Result<Tensor> {
            launch(&[x.layout()]);
            Ok(x.$name()?)
        }
    )*};
}

of_one!(
    sqr: "x².",
    sqrt: "√x.",
    exp: "eˣ.",
    log: "ln x; −∞ of 0.",
    tanh: "tanh x.",
    silu: "x · sigmoid(x).",
    gelu: "The tanh approximation of gelu.",
    gelu_erf: "x · Φ(x).",
    relu: "max(x, 0).",
);

macro_rules! of_two {
    ($($name:ident as $own:ident: $what:literal),* $(,)?) => {$(
        #[doc = $what]
        pub fn $name(a: &Tensor, b: &Tensor) -> Result<Tensor> {
            let shape = a.shape().broadcast_shape_binary_op(b.shape(), stringify!($name))?;
            launch(&[&a.layout().broadcast_as(&shape)?, &b.layout().broadcast_as(&shape)?]);
            Ok(a.$own(b)?)
        }
    )*};
}

of_two!(
    add as broadcast_add: "a + b, repeated along dimensions that one of them lacks.",
    subtract as broadcast_sub: "a − b.",
    multiply as broadcast_mul: "a · b.",
    divide as broadcast_div: "a / b.",
    at_most as broadcast_le: "Whether a ≤ b, as u8.",
    above as broadcast_gt: "Whether a > b, as u8.",
);

/// x · factor.
pub fn scale(x: &Tensor, factor: f64) -> Result<Tensor> {
    launch(&[x.layout()]);
    Ok((x * factor)?)
}

/// x / divisor, as candle divides: times its reciprocal.
pub fn shrink(x: &Tensor, divisor: f64) -> Result<Tensor> {
    launch(&[x.layout()]);
    Ok((x / divisor)?)
}

/// x + constant.
pub fn shift(x: &Tensor, constant: f64) -> Result<Tensor> {
    launch(&[x.layout()]);
    Ok((x + constant)?)
}

/// The same numbers in another number type; nothing where they have it.
pub fn cast(x: &Tensor, dtype: DType) -> Result<Tensor> {
    if x.dtype() != dtype {
        launch(&[x.layout()]);
    }
    Ok(x.to_dtype(dtype)?)
}

/// The same numbers in row-major order; nothing where they are.
pub fn contiguous(x: &Tensor) -> Result<Tensor> {
    tell_rearranged(x);
    Ok(x.contiguous()?)
}

/// The same numbers in another shape; a copy where they are not in row-major order.
pub fn reshape(x: &Tensor, shape: impl Into<Shape>) -> Result<Tensor> {
    tell_rearranged(x);
    Ok(x.reshape(shape.into())?)
}

fn tell_rearranged(x: &Tensor) {
    if !x.is_contiguous() {
        launch(&[x.layout()]);
    }
}

/// One behind the other along dimension `dim`; a copy of each.
pub fn cat(pieces: &[Tensor], dim: usize) -> Result<Tensor> {
    if pieces.len() > 1 {
        let by_blocks = pieces.iter().all(|piece| piece.is_contiguous() || in_blocks(piece.layout(), dim));
        for piece in pieces {
            match by_blocks {
                true => launch(&[]),
                false => launch(&[piece.transpose(0, dim)?.layout()]),
            }
        }
    }
    Ok(Tensor::cat(pieces, dim)?)
}

/// Whether the values from dimension `dim` on lie together, each such block at one distance from the next; candle copies
/// these without being sent their layout.
fn in_blocks(layout: &Layout, dim: usize) -> bool {
    let (dims, strides) = (layout.dims(), layout.stride());
    let follows = |i: usize, unit: usize| strides[i] == dims[i + 1..].iter().product::<usize>() * unit;
    let block = (dim..dims.len()).all(|i| follows(i, 1));
    let distance = |i: usize| strides[i] == dims[i + 1..dim].iter().product::<usize>() * strides[dim - 1];
    block && (0..dim).all(distance)
}

/// Matrix product over the last two dimensions.
pub fn matmul(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    if is_counting() && !multiplies(a.layout(), b.layout()) {
        return Err(refusal("a product of matrices", &[a, b]));
    }
    tell(Traffic { launches: 1, ..Traffic::default() });
    Ok(a.matmul(b)?)
}

/// Largest value along the last dimension, which stays with one value.
pub fn largest(x: &Tensor) -> Result<Tensor> {
    tell_reduced();
    Ok(x.max_keepdim(D::Minus1)?)
}

/// Sum along the last dimension, which stays with one value.
pub fn sum(x: &Tensor) -> Result<Tensor> {
    tell_reduced();
    Ok(x.sum_keepdim(D::Minus1)?)
}

/// Mean along the last dimension, which stays with one value.
pub fn mean(x: &Tensor) -> Result<Tensor> {
    tell_reduced();
    tell(Traffic { launches: 1, ..Traffic::default() });
    Ok(x.mean_keepdim(D::Minus1)?)
}

fn tell_reduced() {
    tell(Traffic { launches: 1, layouts: 1, ..Traffic::default() });
}

/// Rows of a matrix, or elements of a vector, by their numbers.
pub fn select(x: &Tensor, numbers: &Tensor) -> Result<Tensor> {
    refuse_strided("a look-up of rows", &[x])?;
    tell_reduced();
    Ok(x.index_select(numbers, 0)?)
}

/// Softmax over the last dimension of contiguous rows: one kernel, or by steps where a gradient is wanted, which that
/// kernel has not.
pub fn softmax(x: &Tensor) -> Result<Tensor> {
    if x.track_op() {
        let exponentials = exp(&subtract(x, &largest(x)?)?)?;
        return divide(&exponentials, &sum(&exponentials)?);
    }
    refuse_strided("a softmax", &[x])?;
    launch(&[]);
    Ok(ops::softmax_last_dim(x)?)
}

/// x / rms(x) · weight over contiguous rows; without gradient.
pub fn rms_norm(x: &Tensor, weight: &Tensor, eps: f32) -> Result<Tensor> {
    refuse_strided("a norm", &[x, weight])?;
    launch(&[]);
    Ok(ops::rms_norm(x, weight, eps)?)
}

/// (x − mean) / std · weight + bias over contiguous rows; without gradient.
pub fn layer_norm(x: &Tensor, weight: &Tensor, bias: &Tensor, eps: f32) -> Result<Tensor> {
    refuse_strided("a norm", &[x, weight, bias])?;
    launch(&[]);
    Ok(ops::layer_norm(x, weight, bias, eps)?)
}

/// Rotates all dimensions of `[rows × heads × width]` by each row's angles, of which `[rows × width/2]` cosines and sines
/// are given: one kernel, or by steps where a gradient is wanted.
pub fn rotate(x: &Tensor, cos: &Tensor, sin: &Tensor) -> Result<Tensor> {
    if x.track_op() {
        return rotate_by_steps(x, &cos.unsqueeze(1)?, &sin.unsqueeze(1)?);
    }
    refuse_strided("a rotation", &[x, cos, sin])?;
    launch(&[]);
    Ok(rotary_emb::rope_thd(&x.unsqueeze(0)?, cos, sin)?.squeeze(0)?)
}

fn rotate_by_steps(x: &Tensor, cos: &Tensor, sin: &Tensor) -> Result<Tensor> {
    let half = cos.dim(D::Minus1)?;
    let (first, second) = (x.narrow(D::Minus1, 0, half)?, x.narrow(D::Minus1, half, half)?);
    let turned_first = subtract(&multiply(&first, cos)?, &multiply(&second, sin)?)?;
    let turned_second = add(&multiply(&second, cos)?, &multiply(&first, sin)?)?;
    cat(&[turned_first, turned_second], 2)
}

/// Values of the host, sent to the device.
pub fn upload<T: WithDType>(values: Vec<T>, shape: impl Into<Shape>, device: &Device) -> Result<Tensor> {
    send(values.len() * T::DTYPE.size_in_bytes());
    Ok(Tensor::from_vec(values, shape.into(), device)?)
}

/// Values of a vector of the device, waited for. Candle copies them without waiting, and they are there on return only
/// because the driver stages copies to memory that is not pinned; by then to wait costs nothing.
pub fn download<T: WithDType>(x: &Tensor) -> Result<Vec<T>> {
    tell(Traffic { waits: 1, ..Traffic::default() });
    let here = x.to_device(&Device::Cpu)?;
    x.device().synchronize()?;
    Ok(here.to_vec1::<T>()?)
}

/// What candle answers on a CUDA device to operands that its kernel does not take, said on the CPU as well while the
/// traffic is counted.
fn refuse_strided(what: &str, operands: &[&Tensor]) -> Result<()> {
    match is_counting() && !operands.iter().all(|operand| operand.is_contiguous()) {
        true => Err(refusal(what, operands)),
        false => Ok(()),
    }
}

fn refusal(what: &str, operands: &[&Tensor]) -> crate::engine::EngineError {
    let layouts: Vec<&Layout> = operands.iter().map(|operand| operand.layout()).collect();
    Error::Msg(format!("no device takes {what} of these layouts: {layouts:?}")).into()
}
