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
    /// Of each sample the wins of every submission, then their matches.
    pub(super) fn of(size: usize, counts: Vec<u32>) -> Self {
        Self { size, counts }
    }

    /// Wins and matches of a submission on all samples.
    pub(super) fn total(&self, submission: usize) -> (u64, u64) {
        let sum = |of: fn(&Self, usize) -> &[u32]| -> u64 {
            (0..self.samples()).map(|sample| u64::from(of(self, sample)[submission])).sum()
        };
        (sum(Self::wins), sum(Self::matches))
    }

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
    of: Vec<u32>,
    /// Number of distinct blocks.
    distinct: usize,
}

/// Numbers the distinct blocks from early to late.
fn block_ranks(contestants: &[Contestant<'_>]) -> BlockRanks {
    let mut ages: Vec<_> = contestants.iter().map(Contestant::age).collect();
    ages.sort_unstable();
    ages.dedup();
    let rank = |contestant: &Contestant<'_>| ages.partition_point(|&age| age < contestant.age()) as u32;
    BlockRanks { of: contestants.iter().map(rank).collect(), distinct: ages.len() }
}

/// What one contestant enters into a sweep.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// Its loss or boosted loss on the sample.
    value: f64,
    contestant: u32,
    /// Rank of its block.
    rank: u32,
}

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
        sweep(by_boosted, by_loss, seen, |seen, entry| wins[entry.contestant as usize] += seen.above(entry.rank));
        sweep(by_loss, by_boosted, seen, |seen, entry| wins[entry.contestant as usize] += seen.below(entry.rank));
        if ranks.distinct < contestants.len() {
            sweep(by_loss, by_loss, seen, |seen, entry| wins[entry.contestant as usize] += seen.at(entry.rank));
        }
        fill_matches(contestants, sample, matches);
    }

    /// Lists the sample's losses and boosted losses from the largest down; NaN, which never wins or loses, is left out.
    ///
    /// The boosted list starts in the order of losses: with one ε for all it is sorted already, and sorting it is then
    /// one pass.
    fn sort(&mut self, contestants: &[Contestant<'_>], sample: usize) {
        let Self { ranks, by_loss, by_boosted, .. } = self;
        let entry = |(contestant, &rank): (usize, &u32)| {
            let value = contestants[contestant].losses().get(sample).copied().filter(|loss| !loss.is_nan())?;
            Some(Entry { value, contestant: contestant as u32, rank })
        };
        let boosted = |entry: &Entry| {
            let value = contestants[entry.contestant as usize].boosted(entry.value);
            Entry { value, ..*entry }
        };
        by_loss.clear();
        by_loss.extend(ranks.of.iter().enumerate().filter_map(entry));
        by_loss.sort_unstable_by(|a, b| b.value.total_cmp(&a.value));
        by_boosted.clear();
        by_boosted.extend(by_loss.iter().map(boosted));
        by_boosted.sort_by(|a, b| b.value.total_cmp(&a.value));
    }
}

/// Walks the queries from the largest value down; when `count` is called for one, `seen` holds the ranks of exactly
/// the items with a larger value.
fn sweep(queries: &[Entry], items: &[Entry], seen: &mut RankCounter, mut count: impl FnMut(&RankCounter, &Entry)) {
    seen.clear();
    let mut items = items.iter().peekable();
    for query in queries {
        while let Some(item) = items.next_if(|item| item.value > query.value) {
            seen.insert(item.rank);
        }
        count(seen, query);
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

/// A multiset of ranks that counts those below, at or above one: a tree of nodes with [`FAN`] children, each of which
/// knows how many ranks lie in the siblings before it. Inserting adds one constant row to a node a level, a few vector
/// additions; counting is one addition a level; neither has a branch to guess.
struct RankCounter {
    /// From the leaves up: child c of node n at level d belongs to FANᵈ ranks from (n · FAN + c) · FANᵈ.
    levels: Vec<Vec<Node>>,
    total: u32,
}

type Node = [u32; FAN];

/// Children of a node.
const FAN: usize = 16;

/// Row c: 1 for the siblings after child c.
static AFTER: [Node; FAN] = after();

const fn after() -> [Node; FAN] {
    let mut rows = [[0; FAN]; FAN];
    let mut place = 0;
    while place < FAN * FAN {
        rows[place / FAN][place % FAN] = (place % FAN > place / FAN) as u32;
        place += 1;
    }
    rows
}

impl RankCounter {
    /// An empty counter for the ranks below `ranks`.
    fn new(ranks: usize) -> Self {
        // One place more than ranks, for the question how many lie below all of them.
        let mut nodes = (ranks + 1).div_ceil(FAN);
        let mut levels = vec![vec![[0; FAN]; nodes]];
        while nodes > 1 {
            nodes = nodes.div_ceil(FAN);
            levels.push(vec![[0; FAN]; nodes]);
        }
        Self { levels, total: 0 }
    }

    fn clear(&mut self) {
        self.levels.iter_mut().for_each(|level| level.fill([0; FAN]));
        self.total = 0;
    }

    fn insert(&mut self, rank: u32) {
        self.total += 1;
        let mut place = rank as usize;
        for level in &mut self.levels {
            let (node, child) = (place / FAN, place % FAN);
            level[node].iter_mut().zip(AFTER[child]).for_each(|(before, one)| *before += one);
            place = node;
        }
    }

    fn below(&self, rank: u32) -> u32 {
        let mut place = rank as usize;
        let mut sum = 0;
        for level in &self.levels {
            sum += level[place / FAN][place % FAN];
            place /= FAN;
        }
        sum
    }

    fn at(&self, rank: u32) -> u32 {
        self.below(rank + 1) - self.below(rank)
    }

    fn above(&self, rank: u32) -> u32 {
        self.total - self.below(rank + 1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::judge::wins::count_wins;
    use crate::judge::wins::naive;

    #[test]
    fn a_rank_counter_counts_around_a_rank() {
        for ranks in [9, 15, 16, 17, 255, 256, 257, 5000] {
            let mut counter = RankCounter::new(ranks);
            let last = ranks as u32 - 1;
            let inserted = [3, 3, 0, last, 5, last / 2];
            inserted.into_iter().for_each(|rank| counter.insert(rank));
            for rank in 0..=last {
                let count = |holds: fn(&u32, &u32) -> bool| inserted.iter().filter(|other| holds(other, &rank)).count();
                let expected = [count(u32::lt), count(u32::eq), count(u32::gt)].map(|count| count as u32);
                assert_eq!([counter.below(rank), counter.at(rank), counter.above(rank)], expected, "{rank} of {ranks}");
            }
            counter.clear();
            assert_eq!((counter.below(last), counter.above(0)), (0, 0));
        }
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
