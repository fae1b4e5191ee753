//! The standard normal distribution: its distribution function and its quantiles (probits), which the axes of a DET
//! plot are marked in.

use std::f64::consts::{SQRT_2, TAU};

use statrs::function::erf::erfc_inv;
use statrs::function::gamma::{checked_gamma_lr, checked_gamma_ur};

/// z below which two terms of the series of Φ about 0 are exact.
const SMALL: f64 = 1e-4;

/// Φ(z), the probability of a value of at most z, to the last digits.
///
/// By the incomplete gamma functions: P(½, z²/2) is the probability of a value from −|z| to |z|.
pub fn cdf(z: f64) -> f64 {
    let square = z * z / 2.0;
    if square.is_infinite() {
        f64::from(u8::from(z > 0.0))
    } else if z.abs() < SMALL {
        0.5 + (z - z * square / 3.0) / TAU.sqrt()
    } else if z < 0.0 {
        0.5 * checked_gamma_ur(0.5, square).unwrap_or(f64::NAN)
    } else {
        0.5 + 0.5 * checked_gamma_lr(0.5, square).unwrap_or(f64::NAN)
    }
}

/// Φ⁻¹(p), the z that a value falls below with probability p: −∞ for 0, +∞ for 1, NaN outside 0..=1.
///
/// Relative error below 1e-14.
pub fn probit(p: f64) -> f64 {
    if (0.0..=1.0).contains(&p) { -SQRT_2 * erfc_inv(2.0 * p) } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values: mpmath 1.3.0 with 40 digits (`ncdf` and its root).
    #[test]
    fn quantiles_match_the_tables() {
        let expected = [
            (0.5, 0.0),
            (0.975, 1.959_963_984_540_053_9),
            (0.001, -3.090_232_306_167_813_5),
            (1e-10, -6.361_340_902_404_056),
            (1e-20, -9.262_340_089_798_408),
        ];
        for (p, z) in expected {
            assert!((probit(p) - z).abs() < 1e-13, "{p}: {}", probit(p));
            assert!((cdf(z) / p - 1.0).abs() < 1e-9, "{z}: {}", cdf(z));
        }
    }

    /// Python 3: statistics.NormalDist().cdf, and math.erfc.
    #[test]
    fn the_distribution_function_is_exact_to_the_last_digits() {
        let expected = [
            (-6.0, 9.865_876_450_377e-10),
            (-1.0, 0.158_655_253_931_457_05),
            (-1e-3, 0.499_601_057_786_089),
            (-1.000_1e-4, 0.499_960_101_782_603_6),
            (-0.999_9e-4, 0.499_960_109_761_449_1),
            (-1e-9, 0.499_999_999_601_057_73),
            (0.0, 0.5),
            (2.5, 0.993_790_334_674_223_8),
        ];
        for (z, p) in expected {
            assert!((cdf(z) - p).abs() < 1e-15, "{z}: {}", cdf(z));
        }
        assert_eq!([f64::NEG_INFINITY, -1e200, 1e200, f64::INFINITY].map(cdf), [0.0, 0.0, 1.0, 1.0]);
        assert!(cdf(f64::NAN).is_nan());
    }

    #[test]
    fn the_ends_are_infinite_and_the_outside_is_no_number() {
        assert_eq!((probit(0.0), probit(1.0)), (f64::NEG_INFINITY, f64::INFINITY));
        assert!(probit(-0.1).is_nan() && probit(1.1).is_nan() && probit(f64::NAN).is_nan());
    }
}
