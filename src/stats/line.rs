//! A straight line through points by least squares, and how far it can be trusted where.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::Confidence;

/// A point of a plane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// What is known.
    pub x: f64,
    /// What was found there, with errors of one variance for all points.
    pub y: f64,
}

/// The line y = intercept + slope · x with the least sum of squared errors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Its value at 0.
    pub intercept: f64,
    /// By how much it rises with x.
    pub slope: f64,
    /// What its points leave unsure; `None` of two points, which every line goes through.
    pub doubt: Option<Doubt>,
}

/// How unsure a line is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Doubt {
    /// Degrees of freedom, points − 2, at least 1.
    pub freedom: usize,
    /// Variance of a point about the line.
    pub variance: f64,
    /// Variance of the intercept.
    pub of_intercept: f64,
    /// Variance of the slope.
    pub of_slope: f64,
    /// Covariance of the two.
    pub of_both: f64,
}

impl Line {
    /// The line through points; `None` unless two of them differ in x and all are finite.
    ///
    /// With x̄, S = Σ (x − x̄)² and s² = Σ (y − line)² / (n − 2): variance of the slope s² / S, of the intercept
    /// s² · (1/n + x̄² / S), covariance −s² · x̄ / S. Draper and Smith 1998, "Applied Regression Analysis", chapter 1.
    pub fn through(points: &[Point]) -> Option<Self> {
        let count = points.len() as f64;
        let mean = |value: fn(&Point) -> f64| points.iter().map(value).sum::<f64>() / count;
        let (mean_x, mean_y) = (mean(|point| point.x), mean(|point| point.y));
        let spread: f64 = points.iter().map(|point| (point.x - mean_x).powi(2)).sum();
        let product: f64 = points.iter().map(|point| (point.x - mean_x) * (point.y - mean_y)).sum();
        let slope = product / spread;
        let intercept = mean_y - slope * mean_x;
        if !(spread > 0.0 && intercept.is_finite() && slope.is_finite()) {
            return None;
        }
        let squares: f64 = points.iter().map(|point| (point.y - intercept - slope * point.x).powi(2)).sum();
        let freedom = points.len() - 2;
        let doubt = (freedom > 0).then(|| {
            let variance = squares / freedom as f64;
            Doubt {
                freedom,
                variance,
                of_intercept: variance * (1.0 / count + mean_x * mean_x / spread),
                of_slope: variance / spread,
                of_both: -variance * mean_x / spread,
            }
        });
        Some(Self { intercept, slope, doubt })
    }
}

impl Doubt {
    /// Standard errors that a central interval reaches to either side: the quantile of t at the line's degrees of
    /// freedom.
    pub fn reach(&self, confidence: Confidence) -> f64 {
        let student = StudentsT::new(0.0, 1.0, self.freedom as f64);
        // There is at least one degree of freedom, so that there is a distribution.
        student.map_or(f64::INFINITY, |student| -student.inverse_cdf(confidence.tail()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(pairs: &[[f64; 2]]) -> Vec<Point> {
        pairs.iter().map(|&[x, y]| Point { x, y }).collect()
    }

    /// Expected values: SciPy 1.17, `linregress` and `t.isf`.
    #[test]
    fn a_line_is_that_of_the_textbook() {
        let line = Line::through(&points(&[[4.0, 2.0], [4.0, 10.0], [7.0, 4.0], [7.0, 22.0], [9.0, 16.0]])).unwrap();
        let doubt = line.doubt.unwrap();
        assert_eq!(doubt.freedom, 3);
        for (found, expected) in [
            (line.slope, 2.085_106_382_978_723_5),
            (line.intercept, -2.127_659_574_468_085),
            (doubt.variance, 65.021_276_595_744_67),
            (doubt.of_slope, 3.458_578_542_326_845_4),
            (doubt.of_intercept, 145.952_014_486_192_9),
            (doubt.of_both, -21.443_186_962_426_44),
            (doubt.reach(Confidence::new(0.95).unwrap()), 3.182_446_305_283_708_6),
        ] {
            assert!((found / expected - 1.0).abs() < 1e-9, "{found} for {expected}");
        }
    }

    #[test]
    fn two_points_leave_no_doubt_that_could_be_measured() {
        let line = Line::through(&points(&[[1.0, 3.0], [2.0, 5.0]])).unwrap();
        assert_eq!((line.intercept, line.slope, line.doubt), (1.0, 2.0, None));
    }

    #[test]
    fn points_above_each_other_have_no_line() {
        for pairs in [&[[1.0, 3.0], [1.0, 5.0]][..], &[[1.0, 3.0]], &[], &[[1.0, f64::NAN], [2.0, 1.0]]] {
            assert_eq!(Line::through(&points(pairs)), None);
        }
    }
}
