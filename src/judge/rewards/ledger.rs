//! From means to weights: ranks, the incentive curve, and the last scores of every uid.

use crate::stats::ranks::ranks;

/// The reward of a rank, from 1: LogicNet's cubic curve, fitted for 256 uids.
pub fn incentive(rank: u64) -> f64 {
    let rank = rank as f64;
    -1.038e-7 * rank.powi(3) + 6.214e-5 * rank.powi(2) - 0.0129 * rank - 0.0118 + 1.0
}

/// Older scores are kept in thousandths.
const THOUSAND: f64 = 1000.0;

/// The scores that a validator keeps of every uid, as places among the run's uids.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// At most so many of each, and the fixed divisor of their sum.
    kept: usize,
    /// Uids × `kept` in thousandths, the oldest first.
    thousandths: Vec<i16>,
    /// Of each uid, how many.
    counts: Vec<u8>,
}

/// What a loop gave a uid that was rewarded in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// Whose, as a place among the run's uids.
    pub miner: usize,
    /// Mean of its rewards.
    pub mean: f64,
    /// Place by the mean, from 1; equal means share the best.
    pub rank: u64,
    /// What the place is worth; 0 where the mean is 0.
    pub incentive: f64,
}

/// Standings of the uids with a mean, in their order; a mean below 0 counts as 0.
pub fn standings(means: &[Option<f64>]) -> Vec<Standing> {
    let there: Vec<(usize, f64)> =
        means.iter().enumerate().filter_map(|(miner, mean)| Some((miner, mean.as_ref()?.max(0.0)))).collect();
    let values: Vec<f64> = there.iter().map(|(_, mean)| *mean).collect();
    let standing = |((miner, mean), rank): ((usize, f64), u64)| {
        let incentive = if mean > 0.0 { incentive(rank) } else { 0.0 };
        Standing { miner, mean, rank, incentive }
    };
    there.into_iter().zip(ranks(&values)).map(standing).collect()
}

impl Ledger {
    /// Before the first loop of a run with so many `uids`; at most 255 scores are `kept`.
    pub fn new(uids: usize, kept: usize) -> Self {
        Self { kept, thousandths: vec![0; uids * kept], counts: vec![0; uids] }
    }

    /// Takes the standings of a loop and gives the score of every uid, from 0 to 1: the sum of those kept over the divisor.
    /// Whoever is not among the standings keeps what it has.
    pub fn take(&mut self, standings: &[Standing]) -> Vec<f64> {
        let kept = |miner: usize| &self.thousandths[miner * self.kept..][..usize::from(self.counts[miner])];
        let mut scores: Vec<f64> = (0..self.counts.len()).map(|miner| average(kept(miner), 0.0, self.kept)).collect();
        for standing in standings {
            let room = &mut self.thousandths[standing.miner * self.kept..][..self.kept];
            let count = &mut self.counts[standing.miner];
            if usize::from(*count) == self.kept {
                room.rotate_left(1);
            } else {
                *count += 1;
            }
            let newest = usize::from(*count) - 1;
            room[newest] = (standing.incentive * THOUSAND).round() as i16;
            scores[standing.miner] = average(&room[..newest], standing.incentive, self.kept);
        }
        scores
    }
}

/// The weight of every uid: its share of all scores; 0 for all where all are 0.
pub fn weights(scores: &[f64]) -> Vec<f64> {
    let total: f64 = scores.iter().sum();
    scores.iter().map(|score| if total > 0.0 { score / total } else { 0.0 }).collect()
}

fn average(older: &[i16], newest: f64, divisor: usize) -> f64 {
    let sum = older.iter().map(|&score| f64::from(score) / THOUSAND).sum::<f64>() + newest;
    (sum / divisor as f64).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_is_that_of_the_field() {
        for (rank, expected) in [(1, 0.9754), (10, 0.8653), (50, 0.4856), (100, 0.2158), (256, 0.0167)] {
            assert!((incentive(rank) - expected).abs() < 5e-5, "{rank}");
        }
    }

    #[test]
    fn thousandths_are_what_printing_three_decimals_gives() {
        for rank in 1..=1024 {
            let thousandths = (incentive(rank) * THOUSAND).round() / THOUSAND;
            assert_eq!(thousandths, format!("{:.3}", incentive(rank)).parse::<f64>().unwrap(), "{rank}");
        }
    }

    #[test]
    fn equal_means_share_a_rank_and_nothing_is_worth_nothing() {
        let standings = standings(&[Some(0.5), None, Some(0.5), Some(-0.1), Some(0.9)]);
        let shown: Vec<_> = standings.iter().map(|one| (one.miner, one.rank, one.incentive > 0.0)).collect();
        assert_eq!(shown, [(0, 2, true), (2, 2, true), (3, 4, false), (4, 1, true)]);
        assert_eq!(standings[2].mean, 0.0);
    }

    #[test]
    fn only_the_last_scores_count_and_older_ones_are_rounded() {
        let mut ledger = Ledger::new(2, 2);
        let first = Standing { miner: 0, mean: 1.0, rank: 1, incentive: incentive(1) };
        let scores = ledger.take(&[first]);
        assert_eq!((scores[0], weights(&scores)), (incentive(1) / 2.0, vec![1.0, 0.0]));
        assert_eq!(ledger.take(&[first])[0], (0.975 + incentive(1)) / 2.0);
        let scores = ledger.take(&[Standing { miner: 1, ..first }]);
        assert_eq!(scores, [0.975, incentive(1) / 2.0], "who is absent keeps its scores, rounded");
        assert_eq!(ledger.take(&[Standing { incentive: 0.0, ..first }])[0], 0.975 / 2.0);
    }
}
