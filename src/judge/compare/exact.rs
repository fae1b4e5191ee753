//! The exact gate: how far the tables of two runs agree, and the losses of two recordings.

use super::Subject;

/// How far all tables of two runs agree.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Agreement {
    /// The largest difference of numbers that counts as none, in absolute terms below 1 and relative above.
    pub tolerance: f64,
    /// Every column of every table.
    pub columns: Vec<ColumnAgreement>,
}

/// How far a column agrees.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ColumnAgreement {
    /// Name of the table.
    pub table: String,
    /// Name of the column; `None` where the tables themselves differ, as in their number of rows.
    pub column: Option<String>,
    /// Cells that were compared.
    pub cells: u64,
    /// How many of them differ.
    pub differing: u64,
    /// The largest difference of two numbers, whether or not it counts.
    pub largest: Option<f64>,
    /// The first row that differs, by what names it.
    pub row: Option<String>,
    /// What the baseline has there.
    pub baseline: Option<String>,
    /// What the candidate has there.
    pub candidate: Option<String>,
}

impl Agreement {
    /// Whether nothing differs.
    pub fn is_whole(&self) -> bool {
        self.columns.iter().all(|column| column.differing == 0)
    }

    /// Cells that were compared.
    pub fn cells(&self) -> u64 {
        self.columns.iter().map(|column| column.cells).sum()
    }

    /// The largest difference of two numbers, whether or not it counts.
    pub fn largest(&self) -> Option<f64> {
        self.columns.iter().filter_map(|column| column.largest).reduce(f64::max)
    }

    /// The columns that differ.
    pub fn differing(&self) -> impl Iterator<Item = &ColumnAgreement> {
        self.columns.iter().filter(|column| column.differing > 0)
    }
}

impl ColumnAgreement {
    /// Takes the difference of two numbers and says whether it counts. NaN equals NaN, and an infinity itself.
    pub fn differs(&mut self, baseline: f64, candidate: f64, tolerance: f64) -> bool {
        if baseline == candidate || baseline.is_nan() && candidate.is_nan() {
            self.largest = Some(self.largest.unwrap_or(0.0));
            return false;
        }
        if !baseline.is_finite() || !candidate.is_finite() {
            return true;
        }
        let by = (baseline - candidate).abs();
        self.largest = Some(self.largest.map_or(by, |largest| largest.max(by)));
        by > tolerance * baseline.abs().max(candidate.abs()).max(1.0)
    }
}

/// How far the losses of two recordings agree.
pub fn same_losses(subjects: &[Subject], tolerance: f64) -> Agreement {
    let mut column = ColumnAgreement { table: "losses".into(), column: Some("loss".into()), ..Default::default() };
    for subject in subjects {
        for (sample, pair) in subject.losses.iter().enumerate() {
            column.cells += 1;
            if !column.differs(pair.baseline, pair.candidate, tolerance) {
                continue;
            }
            column.differing += 1;
            if column.row.is_none() {
                column.row = Some(format!("uid {}, loss {}", subject.uid, sample + 1));
                column.baseline = Some(pair.baseline.to_string());
                column.candidate = Some(pair.candidate.to_string());
            }
        }
    }
    Agreement { tolerance, columns: vec![column] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::PairedLoss;

    fn agreement(pairs: &[[f64; 2]], tolerance: f64) -> Agreement {
        let pair = |&[baseline, candidate]: &[f64; 2]| PairedLoss { source: 0, baseline, candidate };
        let losses = pairs.iter().map(pair).collect();
        same_losses(&[Subject { uid: 7, competition: None, losses }], tolerance)
    }

    #[test]
    fn differences_count_beyond_the_tolerance_only() {
        let found = agreement(&[[1.0, 1.0], [2.0, 2.0 + 1e-6], [400.0, 400.001]], 1e-5);
        assert!(found.is_whole() && found.cells() == 3);
        assert!((found.largest().unwrap() - 0.001).abs() < 1e-9, "told although it does not count");
        let found = agreement(&[[1.0, 1.0], [2.0, 2.1], [3.0, 3.5]], 1e-5);
        let column = found.differing().next().unwrap();
        assert_eq!((column.differing, column.row.as_deref()), (2, Some("uid 7, loss 2")));
        assert_eq!((column.baseline.as_deref(), column.candidate.as_deref()), (Some("2"), Some("2.1")));
    }

    #[test]
    fn what_is_no_number_equals_only_its_like() {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        assert!(agreement(&[[nan, nan], [inf, inf]], 0.0).is_whole());
        for pair in [[nan, inf], [1.0, nan], [inf, 1.0]] {
            assert!(!agreement(&[pair], 1e9).is_whole(), "{pair:?}");
        }
    }
}
