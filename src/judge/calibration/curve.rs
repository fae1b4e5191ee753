//! The false-positive rate over all thresholds, with a band that holds the whole of it at once.

use super::rates::{Part, RateRow, rates};
use super::scores::{Class, RequestScores};
use super::spec::CalibrationSpec;
use crate::stats::{Confidence, Interval, StatsError};

/// Points of the curve: 0.5, 0.505, … 1.
pub(super) const POINTS: usize = 101;

/// One point of the curve of a unit.
#[derive(Debug, Clone, PartialEq)]
pub struct CurveRow {
    /// The rate at this threshold, with intervals for it alone.
    pub rate: RateRow,
    /// The band here: with the stated confidence it holds the rates at all points together. Counting bounds, each of
    /// which may miss with a probability of 1 − confidence over the number of points (Bonferroni).
    pub band: Option<Interval>,
}

/// False-positive rates of all requests over a grid of thresholds, every unit.
///
/// # Errors
/// The bootstrap's parameters cannot be used.
pub fn curve(requests: &[RequestScores], spec: &CalibrationSpec) -> Result<Vec<CurveRow>, StatsError> {
    let grid: Vec<f64> = (0..POINTS).map(|n| (100 + n) as f64 / 200.0).collect();
    let bootstrap = spec.bootstrap.sparing();
    let together = Confidence::new(1.0 - (1.0 - spec.bootstrap.confidence) / POINTS as f64)?;
    let rows = rates(requests, Part::All, &grid, &CalibrationSpec { bootstrap, ..spec.clone() })?;
    let independent = rows.into_iter().filter(|row| row.class == Class::Independent);
    Ok(independent.map(|rate| CurveRow { band: rate.clusters.interval(together), rate }).collect())
}

#[cfg(test)]
mod tests {
    use super::super::scores::testing::request;
    use super::super::scores::{Role, Unit};
    use super::*;

    fn of(requests: &[RequestScores]) -> Vec<CurveRow> {
        let mut spec = CalibrationSpec::default();
        spec.bootstrap.resamples = 200;
        curve(requests, &spec).unwrap()
    }

    #[test]
    fn the_curve_falls_inside_its_band() {
        let alike = |n: usize| if n < 20 { 1.0 } else { 0.3 };
        let requests: Vec<_> = (0..60).map(|n| request(n, &[Role::Independent; 4], alike(n))).collect();
        let rows = of(&requests);
        for unit in Unit::ALL {
            let of_unit: Vec<&CurveRow> = rows.iter().filter(|row| row.rate.unit == unit).collect();
            let rates: Vec<f64> = of_unit.iter().filter_map(|row| row.rate.counts.rate()).collect();
            assert!(rates.len() == POINTS && rates.is_sorted_by(|a, b| a >= b), "{unit} {rates:?}");
            for row in of_unit {
                let (band, alone) = (row.band.unwrap(), row.rate.quoted.unwrap().interval);
                assert!(band.low <= alone.low && alone.high <= band.high && band.low < band.high);
            }
        }
        assert!(of(&[]).iter().all(|row| row.band.is_none()));
    }
}
