//! The levels of improvement that are tried: relative reductions of all losses of a candidate, negative where it gets
//! worse, fine about 0 and coarser further away.

/// The levels from the lowest up. Each is a fraction of whole numbers, so that it is written as it is meant.
#[derive(Debug, Clone)]
pub(super) struct Levels {
    all: Vec<f64>,
}

/// Parts of a whole that the steps between levels are counted in.
const PARTS: f64 = 4000.0;

/// Up to which level (in parts), in steps of how many: of .00025 up to 2 %, .0005 to 5 %, .001 to 10 %, .005 to 30 % and
/// .01 to 50 %.
const STEPS: [(i32, usize); 5] = [(80, 1), (200, 2), (400, 4), (1200, 20), (2000, 40)];

impl Levels {
    pub fn new() -> Self {
        let mut parts = vec![0];
        let mut from = 0;
        for (to, step) in STEPS {
            parts.extend((from..=to).step_by(step).skip(1));
            from = to;
        }
        let below = parts.iter().skip(1).rev().map(|&part| -part);
        let all = below.chain(parts.iter().copied()).map(|part: i32| f64::from(part) / PARTS).collect();
        Self { all }
    }

    /// Number of levels.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// The place of the level 0.
    pub fn zero(&self) -> usize {
        self.all.len() / 2
    }

    /// A relative reduction; `None` above the highest level.
    pub fn reduction(&self, level: usize) -> Option<f64> {
        self.all.get(level).copied()
    }

    /// What remains of a loss at a level.
    pub fn remains(&self, level: usize) -> f64 {
        1.0 - self.all.get(level).copied().unwrap_or_default()
    }

    /// The least level above `low` and below `high` from which on `leads` holds, or `high` where it holds at none; looked
    /// for from `start` on, in growing steps, then by halves.
    ///
    /// Where it does not hold from one level on, the level returned is one at which it holds and just below which it does
    /// not.
    pub fn first(&self, low: Option<usize>, high: usize, start: usize, leads: impl Fn(usize) -> bool) -> usize {
        let (mut low, mut high) = (low.map_or(-1, |low| low as i64), high as i64);
        let (mut probe, mut step) = (start as i64, 1);
        while high - low > 1 {
            let at = probe.clamp(low + 1, high - 1);
            let next = if leads(at as usize) {
                high = at;
                at - step
            } else {
                low = at;
                at + step
            };
            step *= 2;
            probe = if low < next && next < high { next } else { low + (high - low) / 2 };
        }
        high as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_rise_from_half_as_much_again_to_half() {
        let levels = Levels::new();
        assert!(levels.all.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!([levels.all[0], levels.all[levels.zero()], levels.all[levels.count() - 1]], [-0.5, 0.0, 0.5]);
        assert_eq!((levels.reduction(levels.count()), levels.remains(levels.count() - 1)), (None, 0.5));
    }

    #[test]
    fn the_first_level_is_found_from_anywhere() {
        let levels = Levels::new();
        for first in [0, 1, 7, levels.zero() - 1, levels.zero(), levels.zero() + 1, 333, levels.count()] {
            for start in [0, 5, levels.zero(), 300, levels.count() - 1, levels.count()] {
                assert_eq!(levels.first(None, levels.count(), start, |level| level >= first), first, "{start}");
                let low = first.checked_sub(3);
                assert_eq!(levels.first(low, levels.count(), start, |level| level >= first), first, "{start}");
            }
        }
    }
}
