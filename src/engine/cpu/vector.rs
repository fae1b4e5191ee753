//! Element-wise loops that the compiler turns into the widest vector instructions the machine has: each function picks
//! the instruction set once per call and runs the same code on any, so results depend on it in the last bit at most.

use std::mem::MaybeUninit;

/// Compiles a function for several instruction sets and lets the processor choose at each call.
macro_rules! widest {
    ($(#[$about:meta])* pub fn $name:ident($($argument:ident: $kind:ty),*) $(-> $result:ty)? $body:block) => {
        $(#[$about])*
        pub fn $name($($argument: $kind),*) $(-> $result)? {
            #[inline(always)]
            fn any($($argument: $kind),*) $(-> $result)? $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f")]
                fn avx512($($argument: $kind),*) $(-> $result)? {
                    any($($argument),*)
                }
                #[target_feature(enable = "avx2")]
                fn avx2($($argument: $kind),*) $(-> $result)? {
                    any($($argument),*)
                }
                if is_x86_feature_detected!("avx512f") {
                    // SAFETY: the processor has the instructions.
                    return unsafe { avx512($($argument),*) };
                }
                if is_x86_feature_detected!("avx2") {
                    // SAFETY: the processor has the instructions.
                    return unsafe { avx2($($argument),*) };
                }
            }
            any($($argument),*)
        }
    };
}

/// Number of independent running values; enough to fill the vector units of any machine.
const LANES: usize = 32;

widest! {
    /// Replaces each value x by exp(x − `largest`), where none is larger, and returns their sum; all NaN if `largest` is.
    pub fn exp_in_place(values: &mut [f32], largest: f32) -> f32 {
        if largest.is_nan() {
            values.fill(f32::NAN);
            return f32::NAN;
        }
        let mut sums = [0.0f32; LANES];
        let mut chunks = values.chunks_exact_mut(LANES);
        for chunk in &mut chunks {
            for (value, sum) in chunk.iter_mut().zip(&mut sums) {
                *value = exp_not_above_0(*value - largest);
                *sum += *value;
            }
        }
        let rest = chunks.into_remainder();
        // Apart from the sum, whose order is kept, so that it is done side by side.
        rest.iter_mut().for_each(|value| *value = exp_not_above_0(*value - largest));
        rest.iter().sum::<f32>() + sums.iter().sum::<f32>()
    }
}

widest! {
    /// The sum of exp(x − `largest`) of values none of which is larger; NaN if `largest` is.
    pub fn sum_exp(values: &[f32], largest: f32) -> f32 {
        if largest.is_nan() {
            return f32::NAN;
        }
        let mut sums = [0.0f32; LANES];
        let chunks = values.chunks_exact(LANES);
        let rest: f32 = chunks.remainder().iter().map(|value| exp_not_above_0(value - largest)).sum();
        for chunk in chunks {
            for (value, sum) in chunk.iter().zip(&mut sums) {
                *sum += exp_not_above_0(value - largest);
            }
        }
        rest + sums.iter().sum::<f32>()
    }
}

widest! {
    /// The largest value; NaN if there is one, −inf for none.
    pub fn max(values: &[f32]) -> f32 {
        let mut largest = [f32::NEG_INFINITY; LANES];
        for chunk in values.chunks(LANES) {
            for (value, best) in chunk.iter().zip(&mut largest) {
                *best = larger(*best, *value);
            }
        }
        let mut width = LANES / 2;
        while width > 0 {
            let (first, second) = largest.split_at_mut(width);
            first.iter_mut().zip(second).for_each(|(best, other)| *best = larger(*best, *other));
            width /= 2;
        }
        largest[0]
    }
}

/// The larger of two values; NaN if either is NaN.
#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if b > a || b.is_nan() { b } else { a }
}

widest! {
    /// Multiplies each value by `factor`.
    pub fn scale(values: &mut [f32], factor: f32) {
        values.iter_mut().for_each(|value| *value *= factor);
    }
}

widest! {
    /// c · tanh(x / c) for each value x.
    pub fn softcap(values: &mut [f32], cap: f32) {
        values.iter_mut().for_each(|value| *value = cap * tanh(*value / cap));
    }
}

widest! {
    /// silu(gate) · up into `target`; all of one length.
    pub fn silu_times(target: &mut [MaybeUninit<f32>], gate: &[f32], up: &[f32]) {
        for ((t, g), u) in target.iter_mut().zip(gate).zip(up) {
            t.write(*g / (1.0 + exp(-*g)) * *u);
        }
    }
}

widest! {
    /// gelu(gate) · up into `target`, gelu in its tanh approximation; all of one length.
    pub fn gelu_tanh_times(target: &mut [MaybeUninit<f32>], gate: &[f32], up: &[f32]) {
        for ((t, g), u) in target.iter_mut().zip(gate).zip(up) {
            t.write(gelu_by_tanh(*g) * *u);
        }
    }
}

widest! {
    /// Replaces each value x by x·Φ(x), Φ the distribution function of the standard normal.
    pub fn gelu(values: &mut [f32]) {
        values.iter_mut().for_each(|x| *x = 0.5 * *x * (1.0 + erf(*x * std::f32::consts::FRAC_1_SQRT_2)));
    }
}

widest! {
    /// Replaces each value by its gelu in the approximation by tanh.
    pub fn gelu_tanh(values: &mut [f32]) {
        values.iter_mut().for_each(|x| *x = gelu_by_tanh(*x));
    }
}

widest! {
    /// Replaces each negative value by 0; NaN stays NaN.
    pub fn relu(values: &mut [f32]) {
        values.iter_mut().for_each(|x| *x = if *x < 0.0 { 0.0 } else { *x });
    }
}

widest! {
    /// Brings each row of `values` to mean 0 and variance 1 (`epsilon` is added to it), times `scale` plus `shift`, which
    /// are as long as a row. The mean of what is centred is taken once more: a mean that is large beside the spread was
    /// rounded by much of it.
    pub fn layer_norm(values: &mut [f32], scale: &[f32], shift: &[f32], epsilon: f32) {
        for row in values.chunks_exact_mut(scale.len()) {
            let share = 1.0 / row.len() as f32;
            let mean = sum_of(row, |x| x) * share;
            let rest = sum_of(row, |x| x - mean) * share;
            let variance = sum_of(row, |x| (x - mean - rest) * (x - mean - rest)) * share;
            let factor = 1.0 / (variance + epsilon).sqrt();
            for ((x, scale), shift) in row.iter_mut().zip(scale).zip(shift) {
                *x = (*x - mean - rest) * factor * scale + shift;
            }
        }
    }
}

/// The sum of a function over values, in independent running sums.
#[inline(always)]
fn sum_of(values: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0f32; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest: f32 = chunks.remainder().iter().map(|value| term(*value)).sum();
    for chunk in chunks {
        sums.iter_mut().zip(chunk).for_each(|(sum, value)| *sum += term(*value));
    }
    rest + sums.iter().sum::<f32>()
}

/// Rotates the pairs of a first and a second half by the angles whose cosines and sines are given, times `factor`.
#[inline(always)]
pub fn rotate(target: [&mut [f32]; 2], source: [&[f32]; 2], angles: [&[f32]; 2], factor: f32) {
    let [first, second] = target;
    let pairs = first.iter_mut().zip(second).zip(source[0].iter().zip(source[1]));
    for (((t1, t2), (x1, x2)), (cos, sin)) in pairs.zip(angles[0].iter().zip(angles[1])) {
        *t1 = (x1 * cos - x2 * sin) * factor;
        *t2 = (x2 * cos + x1 * sin) * factor;
    }
}

#[inline(always)]
fn gelu_by_tanh(x: f32) -> f32 {
    const ROOT: f32 = 0.797_884_6; // √(2/π)
    0.5 * x * (1.0 + tanh(ROOT * (x + 0.044_715 * x * x * x)))
}

/// The error function to within 5·10⁻⁷: x·P(x²)/Q(x²), fitted by reweighted least squares on |x| ≤ 4, beyond which it is
/// 1 in f32.
#[inline(always)]
fn erf(x: f32) -> f32 {
    const P: [f32; 6] =
        [std::f32::consts::FRAC_2_SQRT_PI, 1.962_490_2e-1, 5.346_748_2e-2, 4.003_647e-3, 2.880_413e-4, 1.974_828_1e-6];
    const Q: [f32; 6] = [1.0, 5.072_523_4e-1, 1.164_764_5e-1, 1.544_442_5e-2, 1.216_36e-3, 3.748_083_7e-5];
    let x = x.clamp(-4.0, 4.0);
    let power = x * x;
    let polynomial =
        |c: [f32; 6]| ((((c[5] * power + c[4]) * power + c[3]) * power + c[2]) * power + c[1]) * power + c[0];
    x * polynomial(P) / polynomial(Q)
}

/// tanh through exp, exact to a few units in the last place of 1.
#[inline(always)]
fn tanh(x: f32) -> f32 {
    let folded = exp(-2.0 * x.abs());
    ((1.0 - folded) / (1.0 + folded)).copysign(x)
}

const ROUND: f32 = 12_582_912.0; // 1.5 · 2²³: adding it rounds to a whole number

/// x = n·ln 2 + r with |r| ≤ ln 2 / 2: e^r by a polynomial, and n + [`ROUND`], whose last bits are n.
#[inline(always)]
fn split_exp(x: f32) -> (f32, f32) {
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN2_HIGH) - n * LN2_LOW;
    let mut p = 1.987_569_1e-4;
    p = p * r + 1.398_199_9e-3;
    p = p * r + 8.333_452e-3;
    p = p * r + 4.166_579_6e-2;
    p = p * r + 1.666_666_5e-1;
    p = p * r + 0.5;
    (p * r * r + r + 1.0, shifted)
}

/// e^x of x ≤ 0 to within 2 units in the last place; at most 2·10⁻³⁸ where x is below −87. Not for NaN.
#[inline(always)]
fn exp_not_above_0(x: f32) -> f32 {
    let (p, shifted) = split_exp(if x < -87.0 { -87.0 } else { x });
    f32::from_bits(p.to_bits().wrapping_add(shifted.to_bits() << 23))
}

/// e^x to within 2 units in the last place. Below −87.3 (where f32 leaves its normal range) the result is 0, above
/// 88.7 it is +inf; NaN stays NaN.
#[inline(always)]
fn exp(x: f32) -> f32 {
    let clamped = if x > 88.8 { 88.8 } else { x };
    let (p, shifted) = split_exp(if clamped < -87.4 { -87.4 } else { clamped });
    // n/2 twice: 2^128 alone would overflow before the product does.
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()) as i32;
    let half = exponent >> 1;
    let power = |e: i32| f32::from_bits(((e + 127) as u32) << 23);
    let value = p * power(half) * power(exponent - half);
    if x < -87.3 { 0.0 } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_within_two_units_in_the_last_place() {
        let mut worst = 0.0f64;
        for i in -872_000..=887_000 {
            let x = i as f32 / 10_000.0;
            let exact = f64::from(x).exp();
            worst = worst.max(((f64::from(exp(x)) - exact) / exact).abs());
            if (-87.0..=0.0).contains(&x) {
                worst = worst.max(((f64::from(exp_not_above_0(x)) - exact) / exact).abs());
            }
        }
        assert!(exp_not_above_0(f32::NEG_INFINITY) < 2e-38 && exp_not_above_0(-1e30) < 2e-38);
        assert!(worst < 2.4e-7, "relative error {worst:e}");
    }

    #[test]
    fn exp_keeps_its_edges() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp(-100.0), 0.0);
        assert_eq!(exp(f32::INFINITY), f32::INFINITY);
        assert_eq!(exp(89.0), f32::INFINITY);
        assert!(exp(f32::NAN).is_nan());
    }

    #[test]
    fn sums_and_maxima_cover_every_element() {
        for length in [0, 1, 31, 32, 33, 100] {
            let values: Vec<f32> = (0..length).map(|i| ((i * 37) % 101) as f32 / 25.0).collect();
            let largest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            assert_eq!(max(&values), largest);
            let exact: f64 = values.iter().map(|v| f64::from(v - largest).exp()).sum();
            let mut replaced = values.clone();
            let sum = exp_in_place(&mut replaced, largest);
            assert!((f64::from(sum) - exact).abs() <= 1e-5 * exact.max(1.0), "{length}");
            assert_eq!(sum, sum_exp(&values, largest));
        }
    }

    #[test]
    fn a_nan_is_never_lost() {
        for at in [0, 40, 66] {
            let mut values = vec![1.0f32; 67];
            values[at] = f32::NAN;
            let largest = max(&values);
            assert!(largest.is_nan() && sum_exp(&values, largest).is_nan(), "NaN at {at}");
            assert!(exp_in_place(&mut values, largest).is_nan() && values[1].is_nan(), "NaN at {at}");
        }
    }

    #[test]
    fn activations_follow_their_formulas() {
        let gate: Vec<f32> = (-60..=60).map(|i| i as f32 / 10.0).collect();
        let up = vec![2.0; gate.len()];
        let run = |activation: fn(&mut [MaybeUninit<f32>], &[f32], &[f32])| {
            let mut target = vec![MaybeUninit::new(0.0); gate.len()];
            activation(&mut target, &gate, &up);
            // SAFETY: every element was a value from the start.
            target.into_iter().map(|value| unsafe { value.assume_init() }).collect::<Vec<f32>>()
        };
        let (silu, gelu) = (run(silu_times), run(gelu_tanh_times));
        for ((g, s), t) in gate.iter().map(|g| f64::from(*g)).zip(&silu).zip(&gelu) {
            let inner = (2.0 / std::f64::consts::PI).sqrt() * (g + 0.044_715 * g.powi(3));
            assert!((f64::from(*s) - 2.0 * g / (1.0 + (-g).exp())).abs() < 1e-6);
            assert!((f64::from(*t) - g * (1.0 + inner.tanh())).abs() < 1e-6);
        }
    }

    /// The error function by its series, in f64.
    fn exact_erf(x: f64) -> f64 {
        let terms = (0..200).scan(x, |term, n| {
            let value = *term / f64::from(2 * n + 1);
            *term *= -x * x / f64::from(n + 1);
            Some(value)
        });
        if x.abs() > 5.0 { x.signum() } else { terms.sum::<f64>() * std::f64::consts::FRAC_2_SQRT_PI }
    }

    #[test]
    fn gelu_follows_the_normal_distribution() {
        let mut values: Vec<f32> = (-4_000..=4_000).map(|i| i as f32 / 400.0).collect();
        let before = values.clone();
        gelu(&mut values);
        for (x, found) in before.iter().map(|x| f64::from(*x)).zip(&values) {
            let exact = 0.5 * x * (1.0 + exact_erf(x / std::f64::consts::SQRT_2));
            assert!((f64::from(*found) - exact).abs() < 1.5e-6, "at {x}: {found} for {exact}");
        }
        let mut nan = [f32::NAN];
        gelu(&mut nan);
        assert!(nan[0].is_nan());
    }

    #[test]
    fn a_norm_gives_each_row_its_mean_and_spread() {
        for width in [1, 31, 32, 100] {
            let mut values: Vec<f32> = (0..3 * width).map(|i| ((i * 37) % 101) as f32 / 25.0).collect();
            let before = values.clone();
            let scale: Vec<f32> = (0..width).map(|i| 1.0 + i as f32 / 50.0).collect();
            let shift: Vec<f32> = (0..width).map(|i| i as f32 / 10.0).collect();
            layer_norm(&mut values, &scale, &shift, 0.25);
            for (row, found) in before.chunks(width).zip(values.chunks(width)) {
                let row: Vec<f64> = row.iter().map(|x| f64::from(*x)).collect();
                let mean = row.iter().sum::<f64>() / width as f64;
                let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / width as f64;
                for (at, (x, found)) in row.iter().zip(found).enumerate() {
                    let exact = (x - mean) / (variance + 0.25).sqrt() * f64::from(scale[at]) + f64::from(shift[at]);
                    assert!((f64::from(*found) - exact).abs() < 2e-5, "width {width} at {at}: {found} for {exact}");
                }
            }
        }
    }
}
