//! A ratio as the two whole numbers it is made of: the search compares exactly and divides once, at the end.

/// 2 · lcs / total, where `total` is the length of both texts together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ratio {
    lcs: u64,
    total: u64,
}

/// Steps from 0 to 1 for a ratio that comes from a threshold.
const STEPS: u64 = 1 << 20;

impl Ratio {
    /// No LCS at all.
    pub(super) const ZERO: Self = Self { lcs: 0, total: 2 * STEPS };

    /// Nothing but LCS.
    pub(super) const ONE: Self = Self { lcs: STEPS, total: 2 * STEPS };

    /// A ratio a little less than `percent`, or zero: a search from here misses nothing above `percent`.
    pub(super) fn below(percent: f64) -> Self {
        let steps = (percent / 100.0).clamp(0.0, 1.0) * STEPS as f64;
        Self { lcs: (steps as u64).saturating_sub(1), ..Self::ZERO }
    }

    /// Becomes 2 · lcs / total if that is larger.
    pub(super) fn raise(&mut self, lcs: u32, total: usize) {
        let (lcs, total) = (u64::from(lcs), total as u64);
        if lcs * self.total > self.lcs * total {
            *self = Self { lcs, total };
        }
    }

    /// The smallest LCS that makes a larger ratio at this total.
    pub(super) fn beaten_from(&self, total: usize) -> usize {
        (self.lcs * total as u64 / self.total) as usize + 1
    }

    /// The smallest LCS that makes a larger ratio with some window, of a shorter text of this length. The window is at
    /// least as long as the LCS, so the ratio is at most 2c / (length + c).
    pub(super) fn beaten_within(&self, length: usize) -> usize {
        (self.lcs * length as u64 / (self.total - self.lcs)) as usize + 1
    }

    /// In 0..=100, rounded the way rapidfuzz does: from the distance, not from the LCS.
    pub(super) fn percent(&self) -> f64 {
        let distance = (self.total - 2 * self.lcs) as f64;
        (1.0 - distance / self.total as f64) * 100.0
    }
}
