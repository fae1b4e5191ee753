//! Drift: whether the scores of one window of time come from the distribution of all the others. The
//! Kolmogorov–Smirnov distance asks whether there is any difference, the population stability index (PSI) how large it
//! is; what chance makes of either is found by dealing whole blocks of scores to the windows again.

use rayon::prelude::*;

use super::{BootstrapSpec, Draws, Scores, StatsError, quantile};

/// PSI bins: as many as the deciles of all scores cut out.
const BINS: usize = 10;
/// The purpose that names the streams that deal the blocks.
const PURPOSE: &[u8; 8] = b"caldrift";

/// A window of time beside all the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drift {
    /// The largest distance D between the distribution functions of its scores and of the others', 0..=1.
    pub distance: f64,
    /// The population stability index against the others, 0 or more; customary reading: below 0.1 stable, above 0.25
    /// shifted.
    pub psi: f64,
    /// What chance makes of both; `None` where there are too few blocks to tell.
    pub chance: Option<Chance>,
}

/// What chance makes of the windows' differences, all windows taken together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chance {
    /// The share of deals in which the distance of any window, scaled by its size, is as large as this one's. Among all
    /// windows of a recording without drift, one is below 1 − confidence with that probability.
    pub p_value: f64,
    /// The largest index of any window stays below this in a share `confidence` of the deals.
    pub psi: f64,
}

impl BootstrapSpec {
    /// Compares each window with all the others; `None` for a window without scores, or where only one has any.
    ///
    /// `windows` holds the blocks of each window, a block the scores that depend on each other. Under no drift any order
    /// of the blocks is as probable as theirs, so as many orders as there are resamples are drawn (each window keeps its
    /// number of blocks), and the largest statistic of all windows is compared: exact whatever the blocks hold, and
    /// corrected for the number of windows (Westfall and Young 1993, "Resampling-based multiple testing"; p = (1 +
    /// as large) / (1 + drawn), Phipson and Smyth 2010). Where even a window that holds the highest blocks could not be
    /// told from chance, at most 2 · windows in C(blocks, blocks of a window) deals being as extreme, nothing is said of
    /// chance.
    ///
    /// The distance is scaled by √(n m / (n + m)). The index is Σ (qᵢ − pᵢ) ln(qᵢ / pᵢ) over bins cut at the deciles of
    /// all scores, each count smoothed by one half (Krichevsky and Trofimov 1981), so that an empty bin gives no infinity
    /// (Siddiqi 2006, "Credit risk scorecards").
    ///
    /// # Errors
    /// The parameters as in [`BootstrapSpec::validate`], and a score that is not finite.
    pub fn drifts(&self, windows: &[Vec<Vec<f64>>]) -> Result<Vec<Option<Drift>>, StatsError> {
        self.validate()?;
        let blocks: Vec<(usize, &Vec<f64>)> = windows
            .iter()
            .enumerate()
            .flat_map(|(window, blocks)| blocks.iter().map(move |block| (window, block)))
            .filter(|(_, block)| !block.is_empty())
            .collect();
        let dealt: Vec<usize> = blocks.iter().map(|&(window, _)| window).collect();
        let pooled = Pooled::new(blocks.iter().map(|&(_, block)| block.as_slice()), windows.len())?;
        let found = pooled.compare(&dealt);
        let largest = if can_tell(&dealt, windows.len(), self.confidence) {
            self.largest_by_chance(&pooled, &dealt)
        } else {
            Vec::new()
        };
        Ok(found.into_iter().map(|window| Some(self.drift(window?, &largest))).collect())
    }

    /// The largest scaled distance and the largest index of any window, deal by deal.
    fn largest_by_chance(&self, pooled: &Pooled, dealt: &[usize]) -> Vec<(f64, f64)> {
        let deal = |number: u64| {
            let order = Draws::new(self.seed, PURPOSE, number).distinct(dealt.len(), dealt.len());
            let mut again = vec![0; dealt.len()];
            order.into_iter().zip(dealt).for_each(|(block, &window)| again[block] = window);
            let windows = pooled.compare(&again);
            let largest = |read: fn(&Difference) -> f64| windows.iter().flatten().map(read).fold(0.0, f64::max);
            (largest(|window| window.scaled), largest(|window| window.psi))
        };
        (0..self.resamples as u64).into_par_iter().map(deal).collect()
    }

    fn drift(&self, window: Difference, largest: &[(f64, f64)]) -> Drift {
        // Equal deals may differ in the last bits.
        let as_large = largest.iter().filter(|(scaled, _)| *scaled >= window.scaled * (1.0 - 1e-12)).count();
        let mut indices: Vec<f64> = largest.iter().map(|&(_, psi)| psi).collect();
        indices.sort_unstable_by(f64::total_cmp);
        let p_value = (1 + as_large) as f64 / (1 + largest.len()) as f64;
        let chance = quantile(&indices, self.confidence).map(|psi| Chance { p_value, psi });
        Drift { distance: window.distance, psi: window.psi, chance }
    }
}

/// Whether a window that holds the highest blocks, or the lowest, is rarer by chance than 1 − confidence.
fn can_tell(dealt: &[usize], windows: usize, confidence: f64) -> bool {
    let sizes = (0..windows).map(|window| dealt.iter().filter(|&&other| other == window).count());
    let Some(fewest) = sizes.filter(|&blocks| blocks > 0 && blocks < dealt.len()).min() else { return false };
    let deals: f64 = (0..fewest).map(|taken| (dealt.len() - taken) as f64 / (fewest - taken) as f64).product();
    2.0 * windows as f64 <= (1.0 - confidence) * deals
}

/// A window's difference from the others.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Difference {
    distance: f64,
    scaled: f64,
    psi: f64,
}

/// The scores of all blocks.
struct Pooled {
    /// The block of each score, in ascending order of scores.
    blocks: Vec<usize>,
    /// Where each run of equal scores ends, ascending.
    runs: Vec<usize>,
    /// Where each bin ends, ascending: some of the runs' ends.
    bins: Vec<usize>,
    windows: usize,
}

impl Pooled {
    fn new<'a>(blocks: impl Iterator<Item = &'a [f64]>, windows: usize) -> Result<Self, StatsError> {
        let numbered = blocks.enumerate().flat_map(|(block, scores)| scores.iter().map(move |&score| (score, block)));
        let mut numbered: Vec<(f64, usize)> = numbered.collect();
        let scores = Scores::new(numbered.iter().map(|&(score, _)| score).collect())?;
        numbered.sort_by(|a, b| a.0.total_cmp(&b.0));
        let runs = scores.sorted().chunk_by(|one, next| one == next).scan(0, |end, run| {
            *end += run.len();
            Some(*end)
        });
        let upper = |tenth: usize| {
            let edge = quantile(scores.sorted(), tenth as f64 / BINS as f64)?;
            Some(scores.len() - scores.count_above(edge) as usize)
        };
        let mut bins: Vec<usize> = (1..=BINS).filter_map(upper).collect();
        bins.dedup();
        Ok(Self { runs: runs.collect(), bins, blocks: numbered.into_iter().map(|(_, block)| block).collect(), windows })
    }

    /// Each window's difference from the others, `dealt` naming the window of each block. O(scores · windows).
    fn compare(&self, dealt: &[usize]) -> Vec<Option<Difference>> {
        let mut sizes = vec![0_u64; self.windows];
        self.blocks.iter().for_each(|&block| sizes[dealt[block]] += 1);
        let whole = self.blocks.len() as u64;
        let (mut below, mut largest) = (vec![0_u64; self.windows], vec![0_u64; self.windows]);
        // Of each bin, how many of each window lie below its upper end.
        let mut at_ends = Vec::with_capacity(self.bins.len());
        let mut start = 0;
        for &end in &self.runs {
            self.blocks[start..end].iter().for_each(|&block| below[dealt[block]] += 1);
            for ((largest, &below), &size) in largest.iter_mut().zip(&below).zip(&sizes) {
                *largest = (*largest).max((below * whole).abs_diff(end as u64 * size));
            }
            if self.bins.get(at_ends.len()) == Some(&end) {
                at_ends.push(below.clone());
            }
            start = end;
        }
        let difference = |window: usize| {
            let (size, others) = (sizes[window], whole - sizes[window]);
            let counts: Vec<u64> = at_ends.iter().map(|below| below[window]).collect();
            (size > 0 && others > 0).then(|| {
                let (largest, product) = (largest[window] as f64, size as f64 * others as f64);
                let scaled = largest / (product * whole as f64).sqrt();
                Difference { distance: largest / product, scaled, psi: stability(&self.bins, &counts) }
            })
        };
        (0..self.windows).map(difference).collect()
    }
}

/// The index of a window, from how many of all scores and of its own lie below each bin's upper end.
fn stability(all: &[usize], own: &[u64]) -> f64 {
    let smoothed = |below: &[u64]| -> Vec<f64> {
        let whole = below.last().map_or(0.0, |&last| last as f64) + below.len() as f64 / 2.0;
        let lower = std::iter::once(0).chain(below.iter().copied());
        lower.zip(below).map(|(low, &high)| ((high - low) as f64 + 0.5) / whole).collect()
    };
    let others: Vec<u64> = all.iter().zip(own).map(|(&all, &own)| all as u64 - own).collect();
    smoothed(&others).iter().zip(smoothed(own)).map(|(p, q)| (q - p) * (q / p).ln()).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SPEC: BootstrapSpec = BootstrapSpec { resamples: 2000, confidence: 0.95, seed: 3 };

    /// Windows of blocks of one score each.
    fn singles(windows: &[&[f64]]) -> Vec<Vec<Vec<f64>>> {
        windows.iter().map(|scores| scores.iter().map(|&score| vec![score]).collect()).collect()
    }

    fn drifts(windows: &[Vec<Vec<f64>>]) -> Vec<Drift> {
        SPEC.drifts(windows).expect("finite").into_iter().map(|drift| drift.expect("scores")).collect()
    }

    fn uniform(index: u64, blocks: usize, shift: f64) -> Vec<Vec<f64>> {
        let mut draws = Draws::new(5, b"driftest", index);
        (0..blocks).map(|_| vec![draws.below(1 << 30) as f64 / (1 << 30) as f64 + shift]).collect()
    }

    #[test]
    fn distances_are_of_the_distribution_functions() {
        let distance = |one: &[f64], other: &[f64]| drifts(&singles(&[one, other]))[0].distance;
        assert_eq!(distance(&[1.0, 2.0], &[3.0, 4.0]), 1.0);
        assert_eq!(distance(&[1.0, 2.0, 3.0, 4.0], &[3.0, 4.0, 5.0, 6.0]), 0.5);
        assert_eq!(distance(&[1.0, 1.0, 2.0], &[1.0, 2.0, 2.0]), 1.0 / 3.0);
        assert_eq!(distance(&[1.0], &[1.0]), 0.0);
    }

    #[test]
    fn a_window_without_another_has_nothing_to_differ_from() {
        let nothing = |windows: &[&[f64]]| SPEC.drifts(&singles(windows)).unwrap().iter().all(Option::is_none);
        assert!(nothing(&[]) && nothing(&[&[]]) && nothing(&[&[0.5, 0.6]]) && nothing(&[&[0.5], &[]]));
        let three = SPEC.drifts(&singles(&[&[0.5], &[], &[0.6]])).unwrap();
        assert!(three[0].is_some() && three[1].is_none() && three[2].is_some());
        assert!(SPEC.drifts(&singles(&[&[f64::NAN], &[0.5]])).is_err());
    }

    #[test]
    fn each_window_stands_against_all_the_others() {
        let found = drifts(&singles(&[&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0], &[7.0, 8.0, 9.0]]));
        let distances: Vec<f64> = found.iter().map(|drift| drift.distance).collect();
        assert_eq!(distances, [0.5, 0.5, 1.0], "not against the first");
    }

    /// Against all 90 ways to deal six blocks to three windows of two.
    #[test]
    fn chance_is_the_share_of_all_deals() {
        let scores = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let spec = BootstrapSpec { resamples: 20_000, confidence: 0.2, seed: 1 };
        let windows = singles(&[&scores[..2], &scores[2..4], &scores[4..]]);
        let found = spec.drifts(&windows).unwrap();
        let pooled = Pooled::new(windows.iter().flatten().map(Vec::as_slice), 3).unwrap();
        let mut all = Vec::new();
        for code in 0..3_usize.pow(6) {
            let dealt: Vec<usize> = (0..6).map(|block| code / 3_usize.pow(block) % 3).collect();
            if (0..3).all(|window| dealt.iter().filter(|&&other| other == window).count() == 2) {
                all.push(pooled.compare(&dealt).into_iter().flatten().map(|one| one.scaled).fold(0.0, f64::max));
            }
        }
        assert_eq!(all.len(), 90);
        let dealt = pooled.compare(&[0, 0, 1, 1, 2, 2]);
        for (drift, own) in found.iter().zip(dealt) {
            let exact = all.iter().filter(|largest| **largest >= own.unwrap().scaled - 1e-12).count() as f64 / 90.0;
            let drawn = drift.unwrap().chance.unwrap().p_value;
            // Four standard errors of 20 000 draws.
            assert!((drawn - exact).abs() < 4.0 * (exact * (1.0 - exact) / 20_000.0).sqrt() + 1e-4, "{drawn} {exact}");
        }
    }

    #[test]
    fn too_few_blocks_are_an_answer() {
        let windows = |blocks: usize| {
            let scores: Vec<Vec<f64>> = (0..10 * blocks).map(|number| vec![number as f64]).collect();
            scores.chunks(blocks).map(<[_]>::to_vec).collect::<Vec<_>>()
        };
        let tells = |blocks: usize| drifts(&windows(blocks)).iter().all(|drift| drift.chance.is_some());
        assert!(!tells(1) && !tells(2), "20 in C(20, 2) = 190 deals are as extreme as any");
        assert!(tells(3), "20 in C(30, 3) = 4060");
    }

    #[test]
    fn a_shift_is_found_and_its_absence_is_not() {
        let mut windows: Vec<_> = (0..5).map(|window| uniform(window, 100, 0.0)).collect();
        let same = drifts(&windows);
        assert!(same.iter().all(|drift| drift.chance.unwrap().p_value > 0.05), "{same:?}");
        assert!(same.iter().all(|drift| drift.psi < drift.chance.unwrap().psi), "{same:?}");
        windows[4] = uniform(4, 100, 0.3);
        let shifted = drifts(&windows)[4];
        let chance = shifted.chance.unwrap();
        assert!(chance.p_value < 0.001 && shifted.psi > 0.25 && shifted.psi > 2.0 * chance.psi, "{shifted:?}");
    }

    /// Five equal scores of a problem are one observation.
    #[test]
    fn a_block_is_dealt_whole() {
        let five = |index: u64| uniform(index, 12, 0.0).iter().map(|block| vec![block[0]; 5]).collect::<Vec<_>>();
        let blocks: Vec<Vec<Vec<f64>>> = (0..6).map(|window| five(window + 40)).collect();
        let apart = |windows: &[Vec<Vec<f64>>]| -> Vec<Vec<Vec<f64>>> {
            windows.iter().map(|window| window.concat().into_iter().map(|score| vec![score]).collect()).collect()
        };
        let smallest = |windows: &[Vec<Vec<f64>>]| {
            drifts(windows).iter().map(|drift| drift.chance.unwrap().p_value).fold(1.0, f64::min)
        };
        let (whole, taken_apart) = (smallest(&blocks), smallest(&apart(&blocks)));
        assert!(whole > 0.05 && taken_apart < 0.05, "{whole} {taken_apart}");
    }

    #[test]
    fn the_index_is_summed_over_deciles() {
        // All: 1..=20 twice, so that each decile holds two of either; a window of 1..=20 has the same shares.
        let twenty: Vec<f64> = (1..=20).map(f64::from).collect();
        assert!(drifts(&singles(&[&twenty, &twenty]))[0].psi.abs() < 1e-12);
        // Own scores in the upper half of 40: five bins of 4 own and none else: (4 + ½) / 25 against ½ / 25.
        let upper: Vec<f64> = (21..=40).map(f64::from).collect();
        let expected = 10.0 * (4.0 / 25.0) * 9.0_f64.ln();
        let found = drifts(&singles(&[&twenty, &upper]))[1].psi;
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }

    #[test]
    fn equal_scores_show_no_drift() {
        let found = drifts(&singles(&[&[0.5; 20], &[0.5; 20], &[0.5; 20]]));
        assert!(found.iter().all(|drift| drift.distance == 0.0 && drift.psi.abs() < 1e-12));
        assert!(found.iter().all(|drift| drift.chance.unwrap().p_value == 1.0), "{found:?}");
    }

    proptest! {
        #[test]
        fn the_distance_equals_a_scan(
            one in prop::collection::vec(0_u8..9, 1..20),
            other in prop::collection::vec(0_u8..9, 1..20),
        ) {
            let [one, other] = [one, other].map(|values| values.into_iter().map(f64::from).collect::<Vec<f64>>());
            let below = |scores: &[f64], at: f64| {
                scores.iter().filter(|&&score| score <= at).count() as f64 / scores.len() as f64
            };
            let distance = |at: u8| (below(&one, at.into()) - below(&other, at.into())).abs();
            let largest = (0..9).map(distance).fold(0.0, f64::max);
            let windows = singles(&[&one, &other]);
            let pooled = Pooled::new(windows.iter().flatten().map(Vec::as_slice), 2).unwrap();
            let dealt: Vec<usize> = one.iter().map(|_| 0).chain(other.iter().map(|_| 1)).collect();
            let found = pooled.compare(&dealt)[0].unwrap();
            prop_assert!((found.distance - largest).abs() < 1e-12 && found.psi >= 0.0);
        }
    }
}
