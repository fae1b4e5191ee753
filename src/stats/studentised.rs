//! The studentised bootstrap of means over sources: each resample's deviation from the mean in units of its own standard
//! error. Means of equally many sources share the draws, so that hundreds of them cost little more than the sums.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::bootstrap::Counts;
use super::ratio_mean::RatioMean;
use super::{BootstrapSpec, Draws};

/// The purpose that names the streams that draw sources.
const PURPOSE: &[u8; 8] = b"pairboot";
/// Resamples that are summed in one pass over a table.
const TOGETHER: usize = 32;
/// Rows that are added at once, so that a sum is read and written once for all of them.
const AT_ONCE: usize = 4;
/// Columns of a table at most: its sums of [`TOGETHER`] resamples stay in a cache.
const WIDEST: usize = 512;
/// Columns of a mean: deviation, its square, deviation · size, size, size². Of sources of equal size the first two tell
/// all.
const WIDTH: usize = 5;
const EQUAL_WIDTH: usize = 2;
/// A sum of squares below this share of its parts is 0 but for rounding.
const ROUNDING: f64 = 1e-12;

/// Studentised deviations t* of a mean, one per resample.
#[derive(Debug, Clone, PartialEq)]
pub struct Roots {
    /// Those with a value, perhaps infinite, ascending.
    ascending: Vec<f64>,
    /// Resamples that neither vary nor deviate: they may lie anywhere, and so count beyond either end.
    undetermined: usize,
}

impl Roots {
    fn new(mut values: Vec<f64>) -> Self {
        let all = values.len();
        values.retain(|value| !value.is_nan());
        values.sort_unstable_by(f64::total_cmp);
        Self { undetermined: all - values.len(), ascending: values }
    }

    /// Number of resamples B.
    fn resamples(&self) -> usize {
        self.ascending.len() + self.undetermined
    }

    /// How many values from the end one at `tail` lies: ⌊(B + 1) · tail⌋, less those that count beyond it.
    fn rank(&self, tail: f64) -> Option<usize> {
        // A hair more, so that rounding does not turn 25 into 24.
        let rank = ((self.resamples() + 1) as f64 * tail + 1e-9).floor() as usize;
        rank.checked_sub(self.undetermined).filter(|&rank| rank > 0)
    }

    /// What a share `tail` (below one half) of the roots reaches or exceeds; +∞ where too few are finite.
    ///
    /// The ⌊(B + 1) · tail⌋-th largest: Davison and Hinkley 1997, "Bootstrap Methods and their Application", section 2.4.
    pub fn upper(&self, tail: f64) -> f64 {
        let place = self.rank(tail).and_then(|rank| self.ascending.len().checked_sub(rank));
        place.map_or(f64::INFINITY, |place| self.ascending[place])
    }

    /// What a share `tail` (below one half) of the roots reaches or falls below; −∞ where too few are finite.
    pub fn lower(&self, tail: f64) -> f64 {
        let place = self.rank(tail).map(|rank| rank - 1);
        place.and_then(|place| self.ascending.get(place)).copied().unwrap_or(f64::NEG_INFINITY)
    }

    /// The share of roots of at least `statistic`, it among them: (1 + as large) / (1 + B).
    ///
    /// It is at most `tail` where `statistic` exceeds [`Roots::upper`].
    pub fn p_value(&self, statistic: f64) -> f64 {
        let below = self.ascending.partition_point(|&root| root < statistic);
        (1 + self.resamples() - below) as f64 / (1 + self.resamples()) as f64
    }

    /// The least p-value that so many resamples can give.
    pub fn least_p_value(&self) -> f64 {
        1.0 / (1 + self.resamples()) as f64
    }
}

/// The roots of each mean: as many sources as it has are drawn with replacement, once per resample.
///
/// t* = (mean* − mean) / se*, where se* is computed from the resample as the standard error from the sources; ±∞ where
/// se* is 0. A mean's roots depend on the seed, not on the other means or on threads: resample r reads stream r.
/// Efron and Tibshirani 1993, "An Introduction to the Bootstrap", section 12.5. `spec.confidence` is not read.
pub fn studentised(means: &[&RatioMean], spec: &BootstrapSpec) -> Vec<Roots> {
    let mut alike: BTreeMap<(usize, bool), Vec<usize>> = BTreeMap::new();
    for (place, mean) in means.iter().enumerate() {
        alike.entry((mean.sources(), is_equal(mean))).or_default().push(place);
    }
    let mut roots = vec![Roots::new(Vec::new()); means.len()];
    for ((_, equal), places) in alike {
        for places in places.chunks(WIDEST / width(equal)) {
            let block: Vec<&RatioMean> = places.iter().map(|&place| means[place]).collect();
            let found = block_roots(&block, equal, spec);
            places.iter().zip(found).for_each(|(&place, found)| roots[place] = found);
        }
    }
    roots
}

fn is_equal(mean: &RatioMean) -> bool {
    mean.sizes.iter().all(|size| Some(size) == mean.sizes.first())
}

fn width(equal: bool) -> usize {
    if equal { EQUAL_WIDTH } else { WIDTH }
}

/// The roots of means of equally many sources, either all with sources of equal size or none.
fn block_roots(means: &[&RatioMean], equal: bool, spec: &BootstrapSpec) -> Vec<Roots> {
    let (width, sources) = (width(equal), means.first().map_or(0, |mean| mean.sources()));
    let rows: Vec<f64> = (0..sources)
        .flat_map(|source| means.iter().flat_map(move |mean| columns(mean, source).into_iter().take(width)))
        .collect();
    let drawn = |resample: u64| {
        let mut draws = Draws::new(spec.seed, PURPOSE, resample);
        (0..sources).map(move |_| draws.below(sources))
    };
    let read = |sums: &[f64]| {
        let each = means.iter().zip(sums.chunks_exact(width));
        each.map(|(mean, sums)| root(mean, sums)).collect::<Vec<f64>>()
    };
    let all = resampled_sums(Counts { rows: &rows, width: width * means.len() }, spec.resamples, drawn, read);
    let of = |place: usize| Roots::new(all.iter().skip(place).step_by(means.len()).copied().collect());
    (0..means.len()).into_par_iter().map(of).collect()
}

/// What is summed over the sources of a resample.
fn columns(mean: &RatioMean, source: usize) -> [f64; WIDTH] {
    let (deviation, size) = (mean.deviations[source], mean.sizes[source]);
    [deviation, deviation * deviation, deviation * size, size, size * size]
}

/// t* from the sums over a resample.
fn root(mean: &RatioMean, sums: &[f64]) -> f64 {
    let count = mean.sources() as f64;
    let [deviation, squares, products, samples, size_squares] = match *sums {
        [deviation, squares, products, samples, size_squares] => [deviation, squares, products, samples, size_squares],
        // All sources are of one size.
        [deviation, squares, ..] => {
            let size = mean.samples / count;
            [deviation, squares, deviation * size, mean.samples, count * size * size]
        }
        _ => return f64::NAN,
    };
    let shift = deviation / samples;
    let around = squares - shift * (2.0 * products - shift * size_squares);
    if around > ROUNDING * squares {
        return shift * samples / (count / (count - 1.0) * around).sqrt();
    }
    if shift == 0.0 { f64::NAN } else { shift.signum() * f64::INFINITY }
}

/// What `read` makes of the sums of each resample, one after the other: `drawn` names the rows of a resample.
///
/// A sum does not depend on the other columns of the table, to the last digit.
pub(super) fn resampled_sums<I, D, R>(table: Counts<'_, f64>, resamples: usize, drawn: D, read: R) -> Vec<f64>
where
    I: Iterator<Item = usize>,
    D: Fn(u64) -> I + Sync,
    R: Fn(&[f64]) -> Vec<f64> + Sync,
{
    let rows = table.rows.len() / table.width;
    let some = |batch: usize| -> Vec<f64> {
        let first = batch * TOGETHER;
        let together = TOGETHER.min(resamples - first);
        let mut times = vec![[0.0; TOGETHER]; rows];
        let count = |resample: usize| drawn((first + resample) as u64).for_each(|row| times[row][resample] += 1.0);
        (0..together).for_each(count);
        let sums = weighted_sums(table, &times);
        let of = |resample: usize| sums.iter().map(|column| column[resample]).collect::<Vec<f64>>();
        (0..together).flat_map(|resample| read(&of(resample))).collect()
    };
    (0..resamples.div_ceil(TOGETHER)).into_par_iter().flat_map_iter(some).collect()
}

/// Of each column its sums, a row counting as often as `times` says for each resample.
fn weighted_sums(table: Counts<'_, f64>, times: &[[f32; TOGETHER]]) -> Vec<[f64; TOGETHER]> {
    let mut sums = vec![[0.0; TOGETHER]; table.width];
    for (rows, times) in table.rows.chunks(AT_ONCE * table.width).zip(times.chunks(AT_ONCE)) {
        let mut weights = [[0.0; TOGETHER]; AT_ONCE];
        weights.iter_mut().zip(times).for_each(|(weights, times)| *weights = times.map(f64::from));
        for (column, sums) in sums.iter_mut().enumerate() {
            // Beyond the last row nothing counts.
            let value = |row: usize| rows.get(row * table.width + column).copied().unwrap_or(0.0);
            let values: [f64; AT_ONCE] = std::array::from_fn(value);
            add_weighted(sums, &values, &weights);
        }
    }
    sums
}

/// Adds values times their weights to the sums of each resample.
fn add_weighted(sums: &mut [f64; TOGETHER], values: &[f64; AT_ONCE], weights: &[[f64; TOGETHER]; AT_ONCE]) {
    let [first, second, third, fourth] = weights;
    for (resample, sum) in sums.iter_mut().enumerate() {
        let front = first[resample] * values[0] + second[resample] * values[1];
        let back = third[resample] * values[2] + fourth[resample] * values[3];
        *sum += front + back;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::ratio_mean::SourceSum;

    const SPEC: BootstrapSpec = BootstrapSpec { resamples: 999, confidence: 0.95, seed: 2 };

    fn mean(sums: impl Iterator<Item = (u32, f64)>) -> RatioMean {
        let sums: Vec<SourceSum> = sums.map(|(samples, sum)| SourceSum { samples, sum }).collect();
        RatioMean::of(&sums, 10.0).unwrap()
    }

    fn sizes(number: u32) -> u32 {
        1 + number % 3
    }

    /// t* from the definition, source by source.
    fn naive(sums: &[(f64, f64)], resample: u64) -> f64 {
        let ratio = |sums: &[(f64, f64)]| {
            let total = sums.iter().map(|source| source.0).sum::<f64>();
            let mean = sums.iter().map(|source| source.1).sum::<f64>() / total;
            let squares: f64 = sums.iter().map(|(samples, sum)| (sum - mean * samples).powi(2)).sum();
            let count = sums.len() as f64;
            (mean, (count / (count - 1.0) * squares).sqrt() / total)
        };
        let mut draws = Draws::new(SPEC.seed, PURPOSE, resample);
        let again: Vec<(f64, f64)> = sums.iter().map(|_| sums[draws.below(sums.len())]).collect();
        let (mean, error) = ratio(&again);
        (mean - ratio(sums).0) / error
    }

    #[test]
    fn roots_are_those_of_the_definition() {
        for of_size in [|_| 1, |_| 4, sizes] {
            let sums: Vec<(u32, f64)> = (0..25).map(|number| (of_size(number), f64::from(number * 7 % 13))).collect();
            let found = studentised(&[&mean(sums.iter().copied())], &SPEC).remove(0);
            let floats: Vec<(f64, f64)> = sums.iter().map(|&(samples, sum)| (f64::from(samples), sum)).collect();
            let mut expected: Vec<f64> = (0..999).map(|resample| naive(&floats, resample)).collect();
            expected.sort_unstable_by(f64::total_cmp);
            let close = found.ascending.iter().zip(&expected).all(|(one, other)| (one - other).abs() < 1e-9);
            assert!(close && found.ascending.len() == 999);
        }
    }

    #[test]
    fn a_resample_without_variance_is_infinite_or_anywhere() {
        // The one that differs is missing in about .35 of the resamples.
        let above = studentised(&[&mean((0..20).map(|number| (1, f64::from(number / 19))))], &SPEC).remove(0);
        assert_eq!((above.lower(0.1), above.undetermined), (f64::NEG_INFINITY, 0));
        assert!(above.upper(0.1).is_finite());
        // Without either of two that cancel out nothing varies and nothing deviates.
        let both = |number| (1, if number > 17 { 2.0 * f64::from(number) - 37.0 } else { 0.0 });
        let neither = studentised(&[&mean((0..20).map(both))], &SPEC).remove(0);
        assert!((80..170).contains(&neither.undetermined), "{}", neither.undetermined);
        assert_eq!((neither.lower(0.05), neither.upper(0.05)), (f64::NEG_INFINITY, f64::INFINITY));
        assert!(neither.p_value(1e9) > 0.08);
    }

    #[test]
    fn an_end_is_an_order_statistic_and_agrees_with_its_p_value() {
        let roots = Roots::new((1..=999).map(f64::from).collect());
        // (999 + 1) · .025 = 25.
        assert_eq!((roots.lower(0.025), roots.upper(0.025)), (25.0, 975.0));
        assert_eq!((roots.lower(0.0259), roots.upper(0.0009)), (25.0, f64::INFINITY));
        assert_eq!((roots.p_value(975.0), roots.p_value(975.5)), (0.026, 0.025));
        assert_eq!((roots.p_value(1e9), roots.least_p_value(), roots.p_value(0.0)), (0.001, 0.001, 1.0));
        let none = Roots::new(vec![f64::NAN; 999]);
        assert_eq!((none.lower(0.025), none.upper(0.025), none.p_value(3.0)), (f64::NEG_INFINITY, f64::INFINITY, 1.0));
    }

    /// More means than fit one table.
    #[test]
    fn means_do_not_depend_on_each_other() {
        let spec = BootstrapSpec { resamples: 70, ..SPEC };
        let means: Vec<RatioMean> = (0..300)
            .map(|which| mean((0..21 + which % 2).map(move |number| (sizes(number), f64::from(number * which % 19)))))
            .filter(RatioMean::varies)
            .collect();
        let all = studentised(&means.iter().collect::<Vec<_>>(), &spec);
        for place in [0, 1, 150, means.len() - 1] {
            assert_eq!(studentised(&[&means[place]], &spec)[0], all[place]);
        }
    }
}
