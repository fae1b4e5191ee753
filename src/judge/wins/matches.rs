//! Who wins: the definition of one match, and the table of wins over all pairs of submissions. A comparison with NaN,
//! of infinity with infinity, or exactly on the boundary is a match that nobody wins.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::WinTable;

/// Whether a's loss wins against b's on one sample.
///
/// The loss of the strictly earlier submission is multiplied by 1 − ε, `epsilon` being the earlier one's
/// ([`super::Epsilon::at`]); the adjusted loss must be strictly smaller. An unknown block is later than every known
/// one, two unknown blocks are equal. Losses are in nats and not negative.
pub fn iswin(loss_a: f64, loss_b: f64, block_a: Option<u64>, block_b: Option<u64>, epsilon: f64) -> bool {
    match age(block_a).cmp(&age(block_b)) {
        Ordering::Less => loss_a * (1.0 - epsilon) < loss_b,
        Ordering::Equal => loss_a < loss_b,
        Ordering::Greater => loss_a < loss_b * (1.0 - epsilon),
    }
}

/// A key that sorts blocks from early to late, the unknown last.
pub(crate) fn age(block: Option<u64>) -> (bool, u64) {
    (block.is_none(), block.unwrap_or_default())
}

/// A loss below zero, which would invert the boost.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("loss {loss} at position {sample} is negative; a cross-entropy is never negative: measure again")]
pub struct NegativeLoss {
    /// Position in the list.
    pub sample: usize,
    /// The loss.
    pub loss: f64,
}

/// A submission among others: its losses on the samples of a step, none of them negative.
#[derive(Debug, Clone, Copy)]
pub struct Contestant<'a> {
    block: Option<u64>,
    /// 1 − ε: what remains of its loss against later submissions.
    keep: f64,
    losses: &'a [f64],
}

impl<'a> Contestant<'a> {
    /// A contestant of `block` with ε in 0..1 ([`super::Epsilon::at`]) and one loss in nats per sample.
    ///
    /// NaN, +inf and a list shorter than the others' are allowed.
    ///
    /// # Errors
    /// [`NegativeLoss`] for the first loss below zero.
    pub fn new(block: Option<u64>, epsilon: f64, losses: &'a [f64]) -> Result<Self, NegativeLoss> {
        match losses.iter().position(|&loss| loss < 0.0) {
            Some(sample) => Err(NegativeLoss { sample, loss: losses[sample] }),
            None => Ok(Self { block, keep: 1.0 - epsilon, losses }),
        }
    }

    /// The same with other losses, none of them negative.
    pub(super) fn with<'b>(&self, losses: &'b [f64]) -> Contestant<'b> {
        Contestant { block: self.block, keep: self.keep, losses }
    }

    /// The same without a boost.
    pub(super) fn unboosted(&self) -> Self {
        Self { keep: 1.0, ..*self }
    }

    /// The block's sort key.
    pub(crate) fn age(&self) -> (bool, u64) {
        age(self.block)
    }

    /// Its losses, by sample.
    pub(crate) fn losses(&self) -> &'a [f64] {
        self.losses
    }

    /// A loss as it counts against later submissions.
    pub(crate) fn boosted(&self, loss: f64) -> f64 {
        loss * self.keep
    }
}

/// Wins and matches of every ordered pair, over the samples that both have.
///
/// Costs contestants² / 2 × samples, in parallel over pairs. Equal to counting [`iswin`].
pub fn count_wins(contestants: &[Contestant<'_>]) -> WinTable {
    let size = contestants.len();
    let duels: Vec<Vec<Duel>> = (0..size)
        .into_par_iter()
        .with_max_len(1)
        .map(|a| contestants[a + 1..].iter().map(|b| duel(&contestants[a], b)).collect())
        .collect();
    let mut table = WinTable { size, wins: vec![0; size * size], matches: vec![0; size * size] };
    for (a, row) in duels.iter().enumerate() {
        for (b, duel) in (a + 1..).zip(row) {
            table.record(a, b, duel);
        }
    }
    table
}

/// All matches of one pair.
struct Duel {
    wins: [u64; 2],
    matches: u64,
}

/// Lets two contestants meet on every sample that both have.
fn duel(a: &Contestant<'_>, b: &Contestant<'_>) -> Duel {
    let wins = match a.age().cmp(&b.age()) {
        Ordering::Less => compare(a.losses, a.keep, b.losses),
        Ordering::Equal => compare(a.losses, 1.0, b.losses),
        Ordering::Greater => {
            let [b_wins, a_wins] = compare(b.losses, b.keep, a.losses);
            [a_wins, b_wins]
        }
    };
    Duel { wins, matches: a.losses.len().min(b.losses.len()) as u64 }
}

/// How often the earlier list, multiplied by `keep`, is below the later one, and how often above it.
///
/// No branch inside, so that the compiler turns it into vector instructions.
fn compare(earlier: &[f64], keep: f64, later: &[f64]) -> [u64; 2] {
    let mut wins = [0, 0];
    for (&earlier, &later) in earlier.iter().zip(later) {
        let boosted = earlier * keep;
        wins[0] += u64::from(boosted < later);
        wins[1] += u64::from(later < boosted);
    }
    wins
}

impl WinTable {
    /// Wins and matches of one submission over all its opponents.
    pub fn total(&self, submission: usize) -> (u64, u64) {
        let row = submission * self.size..(submission + 1) * self.size;
        (self.wins[row.clone()].iter().sum(), self.matches[row].iter().sum())
    }

    /// Enters a pair in both directions.
    fn record(&mut self, a: usize, b: usize, duel: &Duel) {
        let (forth, back) = (a * self.size + b, b * self.size + a);
        [self.wins[forth], self.wins[back]] = duel.wins;
        [self.matches[forth], self.matches[back]] = [duel.matches; 2];
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::judge::wins::naive::{self, Cohort};

    const INF: f64 = f64::INFINITY;

    #[test]
    fn an_earlier_block_is_boosted_and_an_equal_one_is_not() {
        assert!(iswin(1.0, 1.0, Some(1), Some(2), 0.01));
        assert!(!iswin(1.0, 1.0, Some(2), Some(1), 0.01));
        assert!(!iswin(1.0, 1.0, Some(2), Some(2), 0.01));
        assert!(iswin(1.0, 1.0, Some(u64::MAX), None, 0.01));
        assert!(!iswin(1.0, 1.0, None, None, 0.01));
    }

    #[test]
    fn nobody_wins_on_the_boundary_with_nan_or_between_infinities() {
        let boundary = 0.75;
        for (a, b) in [(1.0, boundary), (f64::NAN, 1.0), (1.0, f64::NAN), (INF, INF), (0.0, 0.0)] {
            assert!(!iswin(a, b, Some(1), Some(2), 0.25));
            assert!(!iswin(b, a, Some(2), Some(1), 0.25));
        }
    }

    #[test]
    fn negative_losses_are_refused() {
        let refused = Contestant::new(None, 0.0, &[1.0, -1e-300]).expect_err("a negative loss");
        assert_eq!(refused, NegativeLoss { sample: 1, loss: -1e-300 });
        assert!(Contestant::new(None, 0.0, &[-INF]).is_err());
        assert!(Contestant::new(None, 0.0, &[0.0, -0.0, f64::NAN, INF]).is_ok());
    }

    #[test]
    fn no_contestants_make_an_empty_table() {
        assert_eq!(count_wins(&[]), WinTable::default());
    }

    proptest! {
        #[test]
        fn the_table_equals_the_definition(cohort in naive::cohort()) {
            let contestants = cohort.contestants();
            prop_assert_eq!(count_wins(&contestants), naive::count_wins(&cohort));
        }

        #[test]
        fn long_lists_equal_the_definition(losses in prop::collection::vec((0.0..3.0, 0.0..3.0), 300)) {
            let (a, b): (Vec<f64>, Vec<f64>) = losses.into_iter().unzip();
            let cohort = Cohort::constant(0.1, vec![(Some(5), a), (Some(3), b)]);
            prop_assert_eq!(count_wins(&cohort.contestants()), naive::count_wins(&cohort));
        }
    }
}
