//! Wins and matches per submission and sample, which resampling and sweeps live on. A sample costs M log M for M
//! submissions instead of M², and its totals equal those of the pairwise definition.

use rayon::prelude::*;

use super::Contestant;

/// Wins and matches of every submission on every sample, summed over opponents.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SampleTotals {
    size: usize,
    counts: Vec<u32>,
}

impl SampleTotals {
    /// Number of submissions.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Number of samples: the length of the longest loss list.
    pub fn samples(&self) -> usize {
        self.counts.len() / (2 * self.size).max(1)
    }

    /// Samples × 2·size, row-major: of each sample the wins of every submission, then the matches of every submission.
    pub fn rows(&self) -> &[u32] {
        &self.counts
    }

    /// Wins of every submission on one sample.
    pub fn wins(&self, sample: usize) -> &[u32] {
        &self.counts[2 * sample * self.size..][..self.size]
    }

    /// Matches of every submission on one sample.
    pub fn matches(&self, sample: usize) -> &[u32] {
        &self.counts[(2 * sample + 1) * self.size..][..self.size]
    }
}

/// Samples that one task takes at a time: enough to pay for its scratch memory and to use whole cache lines.
const SAMPLES_PER_TASK: usize = 64;

/// Counts wins and matches per submission and sample, in parallel over samples. Equal to counting [`super::iswin`].
///
/// With boosted losses s = l · (1 − ε), a wins against the later blocks' l that exceed its s, the same block's l that
/// exceed its l, and the earlier blocks' s that exceed its l.
pub fn sample_totals(contestants: &[Contestant<'_>]) -> SampleTotals {
    let size = contestants.len();
    let samples = contestants.iter().map(|contestant| contestant.losses().len()).max().unwrap_or(0);
    let mut counts = vec![0; 2 * size * samples];
    let ranks = block_ranks(contestants);
    counts.par_chunks_mut((2 * size * SAMPLES_PER_TASK).max(1)).enumerate().for_each_init(
        || Sweep::new(&ranks),
        |sweep, (task, rows)| {
            for (sample, row) in (task * SAMPLES_PER_TASK..).zip(rows.chunks_mut(2 * size)) {
                sweep.sample(contestants, sample, row);
            }
        },
    );
    SampleTotals { size, counts }
}

/// The contestants' blocks by age.
struct BlockRanks {
    /// Of each contestant, how many distinct blocks are earlier than its own.
    of: Vec<usize>,
    /// Number of distinct blocks.
    distinct: usize,
}

/// Numbers the distinct blocks from early to late.
fn block_ranks(contestants: &[Contestant<'_>]) -> BlockRanks {
    let mut ages: Vec<_> = contestants.iter().map(Contestant::age).collect();
    ages.sort_unstable();
    ages.dedup();
    let of = contestants.iter().map(|contestant| ages.partition_point(|&age| age < contestant.age())).collect();
    BlockRanks { of, distinct: ages.len() }
}

/// A value of a contestant.
type Entry = (f64, usize);

/// Scratch memory for the sweeps through one sample after another.
struct Sweep<'a> {
    ranks: &'a BlockRanks,
    by_loss: Vec<Entry>,
    by_boosted: Vec<Entry>,
    seen: RankCounter,
}

impl<'a> Sweep<'a> {
    fn new(ranks: &'a BlockRanks) -> Self {
        Self { ranks, by_loss: Vec::new(), by_boosted: Vec::new(), seen: RankCounter::new(ranks.distinct) }
    }

    /// Fills one row: wins, then matches.
    fn sample(&mut self, contestants: &[Contestant<'_>], sample: usize, row: &mut [u32]) {
        let (wins, matches) = row.split_at_mut(contestants.len());
        self.sort(contestants, sample);
        let Self { ranks, by_loss, by_boosted, seen } = self;
        let mut rank_sweep = |queries: &[Entry], items: &[Entry], count: fn(&RankCounter, usize) -> u32| {
            sweep(queries, items, ranks, seen, |seen, contestant| {
                wins[contestant] += count(seen, ranks.of[contestant])
            });
        };
        rank_sweep(by_boosted, by_loss, RankCounter::above);
        rank_sweep(by_loss, by_boosted, RankCounter::below);
        if ranks.distinct < contestants.len() {
            rank_sweep(by_loss, by_loss, RankCounter::at);
        }
        fill_matches(contestants, sample, matches);
    }

    /// Lists the sample's losses and boosted losses from the largest down; NaN, which never wins or loses, is left out.
    ///
    /// The boosted list starts in the order of losses: with one ε for all it is sorted already, and sorting it is then
    /// one pass.
    fn sort(&mut self, contestants: &[Contestant<'_>], sample: usize) {
        let loss = |contestant: &Contestant<'_>| contestant.losses().get(sample).copied().filter(|loss| !loss.is_nan());
        let losses = contestants.iter().enumerate().filter_map(|(index, contestant)| Some((loss(contestant)?, index)));
        self.by_loss.clear();
        self.by_loss.extend(losses);
        self.by_loss.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let boosted = self.by_loss.iter().map(|&(loss, index)| (contestants[index].boosted(loss), index));
        self.by_boosted.clear();
        self.by_boosted.extend(boosted);
        self.by_boosted.sort_by(|a, b| b.0.total_cmp(&a.0));
    }
}

/// Walks the queries from the largest value down; when `count` is called for one, `seen` holds the ranks of exactly
/// the items with a larger value.
fn sweep(
    queries: &[Entry],
    items: &[Entry],
    ranks: &BlockRanks,
    seen: &mut RankCounter,
    mut count: impl FnMut(&RankCounter, usize),
) {
    seen.clear();
    let mut items = items.iter().peekable();
    for &(value, contestant) in queries {
        while let Some((_, item)) = items.next_if(|item| item.0 > value) {
            seen.insert(ranks.of[*item]);
        }
        count(seen, contestant);
    }
}

/// Whoever has the sample meets all others who have it.
fn fill_matches(contestants: &[Contestant<'_>], sample: usize, matches: &mut [u32]) {
    let has = |contestant: &Contestant<'_>| sample < contestant.losses().len();
    let present = contestants.iter().filter(|contestant| has(contestant)).count() as u32;
    for (contestant, matches) in contestants.iter().zip(matches) {
        *matches = if has(contestant) { present - 1 } else { 0 };
    }
}

/// A multiset of ranks that counts those below, at or above one: a Fenwick tree (Fenwick 1994, "A New Data Structure
/// for Cumulative Frequency Tables").
struct RankCounter {
    /// Node i (from 1) sums the i & −i ranks that end before rank i.
    tree: Vec<u32>,
    at: Vec<u32>,
    total: u32,
}

impl RankCounter {
    fn new(ranks: usize) -> Self {
        Self { tree: vec![0; ranks + 1], at: vec![0; ranks], total: 0 }
    }

    fn clear(&mut self) {
        self.tree.fill(0);
        self.at.fill(0);
        self.total = 0;
    }

    fn insert(&mut self, rank: usize) {
        self.total += 1;
        self.at[rank] += 1;
        let mut node = rank + 1;
        while node < self.tree.len() {
            self.tree[node] += 1;
            node += node & node.wrapping_neg();
        }
    }

    fn below(&self, rank: usize) -> u32 {
        let mut sum = 0;
        let mut node = rank;
        while node > 0 {
            sum += self.tree[node];
            node &= node - 1;
        }
        sum
    }

    fn at(&self, rank: usize) -> u32 {
        self.at[rank]
    }

    fn above(&self, rank: usize) -> u32 {
        self.total - self.below(rank) - self.at(rank)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::judge::count_wins;
    use crate::judge::naive;

    #[test]
    fn a_rank_counter_counts_around_a_rank() {
        let mut counter = RankCounter::new(9);
        [3, 3, 0, 8, 5].into_iter().for_each(|rank| counter.insert(rank));
        assert_eq!((counter.below(3), counter.at(3), counter.above(3)), (1, 2, 2));
        assert_eq!((counter.below(0), counter.at(0), counter.above(0)), (0, 1, 4));
        assert_eq!((counter.below(8), counter.at(8), counter.above(8)), (4, 1, 0));
        counter.clear();
        assert_eq!((counter.below(8), counter.at(8), counter.above(0)), (0, 0, 0));
    }

    #[test]
    fn nobody_and_no_samples_have_no_totals() {
        assert_eq!(sample_totals(&[]).samples(), 0);
        let nothing = Contestant::new(None, 0.0, &[]).expect("no loss at all");
        assert_eq!(sample_totals(&[nothing, nothing]).samples(), 0);
    }

    proptest! {
        #[test]
        fn totals_equal_the_definition(cohort in naive::cohort()) {
            let totals = sample_totals(&cohort.contestants());
            prop_assert_eq!(totals.size(), cohort.members.len());
            prop_assert_eq!(totals.samples(), if cohort.members.is_empty() { 0 } else { cohort.samples() });
            for sample in 0..totals.samples() {
                let (wins, matches) = naive::sample_totals(&cohort, sample);
                prop_assert_eq!(totals.wins(sample), wins);
                prop_assert_eq!(totals.matches(sample), matches);
            }
        }

        #[test]
        fn totals_of_many_samples_add_up_to_the_table(
            members in prop::collection::vec((0..5_u64, prop::collection::vec(0.0..2.0, 100..200)), 2..6)
        ) {
            let members = members.into_iter().map(|(block, losses)| (Some(block), losses)).collect();
            let cohort = naive::Cohort::constant(0.2, members);
            let (totals, table) = (sample_totals(&cohort.contestants()), count_wins(&cohort.contestants()));
            for member in 0..totals.size() {
                let sum = |row: fn(&SampleTotals, usize) -> &[u32]| -> u64 {
                    (0..totals.samples()).map(|sample| u64::from(row(&totals, sample)[member])).sum()
                };
                prop_assert_eq!((sum(SampleTotals::wins), sum(SampleTotals::matches)), table.total(member));
            }
        }
    }
}
