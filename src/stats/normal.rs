//! The standard normal distribution: its distribution function and its quantiles (probits), which the axes of a DET
//! plot are marked in.

use std::f64::consts::SQRT_2;

use statrs::function::erf::{erfc, erfc_inv};

/// Φ(z), the probability of a value of at most z. Relative error below 1e-10.
pub fn cdf(z: f64) -> f64 {
    0.5 * erfc(-z / SQRT_2)
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

    #[test]
    fn the_ends_are_infinite_and_the_outside_is_no_number() {
        assert_eq!((probit(0.0), probit(1.0)), (f64::NEG_INFINITY, f64::INFINITY));
        assert!(probit(-0.1).is_nan() && probit(1.1).is_nan() && probit(f64::NAN).is_nan());
    }
}
