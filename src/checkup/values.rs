//! Numbers to compute with: drawn from a seed, the same on every machine, and known exactly as the device gets them.

use candle_core::{DType, Device, Tensor};

use crate::engine::Result;
use crate::engine::matrix::beside;

/// A source of numbers, by the splitmix64 generator.
pub struct Values(u64);

/// A tensor on a device and its elements in double precision, row-major.
pub struct Operand {
    /// On the device.
    pub tensor: Tensor,
    /// What it holds there.
    pub exact: Vec<f64>,
}

impl Values {
    /// The numbers of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A whole number below `end`.
    pub fn below(&mut self, end: u32) -> u32 {
        (((self.bits() >> 32) * u64::from(end)) >> 32) as u32
    }

    /// Token ids below `vocabulary`.
    pub fn ids(&mut self, count: usize, vocabulary: usize) -> Vec<u32> {
        (0..count).map(|_| self.below(vocabulary as u32)).collect()
    }

    /// A number from −1 to 1.
    pub fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
    }

    /// A tensor of numbers from `centre − spread` to `centre + spread`, rounded to `dtype`.
    pub fn operand(
        &mut self,
        shape: &[usize],
        [centre, spread]: [f32; 2],
        dtype: DType,
        device: &Device,
    ) -> Result<Operand> {
        let numbers = (0..shape.iter().product()).map(|_| centre + spread * self.unit()).collect();
        let host = Tensor::from_vec(numbers, shape, &Device::Cpu)?.to_dtype(dtype)?;
        let exact = doubles(&host)?;
        Ok(Operand { tensor: host.to_device(device)?, exact })
    }

    /// The same as what goes with matrices of `dtype`, which may be held in a wider one.
    pub fn operand_beside(
        &mut self,
        shape: &[usize],
        range: [f32; 2],
        dtype: DType,
        device: &Device,
    ) -> Result<Operand> {
        let Operand { tensor, exact } = self.operand(shape, range, dtype, device)?;
        Ok(Operand { tensor: tensor.to_dtype(beside(dtype, device))?, exact })
    }
}

/// The elements of a tensor on any device, row-major.
pub fn doubles(tensor: &Tensor) -> Result<Vec<f64>> {
    let wide = tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?;
    Ok(wide.into_iter().map(f64::from).collect())
}

/// The largest difference as a share of the largest exact value; no number where there is one that is none, or where
/// the lengths differ.
pub fn largest_error(found: &[f64], exact: &[f64]) -> f64 {
    let scale = exact.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    let worst = largest_difference(found, exact);
    if worst == 0.0 { 0.0 } else { worst / scale }
}

/// The largest difference as a share of each exact value, or of its floor where that is larger; likewise no number.
pub fn largest_share(found: &[f64], exact: &[f64], floors: &[f64]) -> f64 {
    if found.len() != exact.len() || floors.len() != exact.len() {
        return f64::NAN;
    }
    let scales = || exact.iter().zip(floors).map(|(exact, floor)| exact.abs().max(*floor).max(f64::MIN_POSITIVE));
    let scaled = |values: &[f64]| values.iter().zip(scales()).map(|(value, scale)| value / scale).collect::<Vec<_>>();
    largest_difference(&scaled(found), &scaled(exact))
}

/// The largest of errors; likewise no number.
pub fn largest(errors: &[f64]) -> f64 {
    largest_difference(errors, &vec![0.0; errors.len()])
}

/// The largest difference, likewise.
pub fn largest_difference(found: &[f64], exact: &[f64]) -> f64 {
    if found.len() != exact.len() {
        return f64::NAN;
    }
    let mut largest = 0.0_f64;
    for difference in found.iter().zip(exact).map(|(found, exact)| (found - exact).abs()) {
        if difference.is_nan() {
            return difference;
        }
        largest = largest.max(difference);
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_none_is_never_overlooked() {
        assert_eq!(largest_difference(&[1.0, 5.0, 2.0], &[1.0, 3.0, 1.0]), 2.0);
        for found in [[f64::NAN, 1.0], [1.0, f64::NAN]] {
            assert!(largest_difference(&found, &[1.0, 1.0]).is_nan());
        }
        assert!(largest_difference(&[1.0], &[]).is_nan());
        assert_eq!(largest_error(&[1.0, -8.0], &[2.0, -8.0]), 0.125);
        assert_eq!(largest_error(&[0.0], &[0.0]), 0.0);
        assert_eq!(largest_share(&[1.5, 0.25], &[1.0, 0.0], &[0.5, 0.5]), 0.5);
        assert!(largest_share(&[f64::NAN], &[1.0], &[1.0]).is_nan());
    }

    #[test]
    fn operands_are_known_as_the_device_has_them() {
        let mut values = Values::new(1);
        let operand = values.operand(&[3, 5], [1.0, 0.5], DType::BF16, &Device::Cpu).unwrap();
        assert_eq!(operand.tensor.dims(), [3, 5]);
        assert_eq!(doubles(&operand.tensor).unwrap(), operand.exact);
        assert!(operand.exact.iter().all(|x| (0.5..=1.5).contains(x)));
        assert!(Values::new(2).ids(1000, 7).iter().all(|&id| id < 7));
    }
}
