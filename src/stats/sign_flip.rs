//! The sign-flip test: had two runs been exchanged on any source, its difference would only have changed its sign.

use std::collections::BTreeMap;

use super::bootstrap::Counts;
use super::studentised::resampled_sums;
use super::{BootstrapSpec, Draws};

/// The purpose that names the streams that draw flips.
const PURPOSE: &[u8; 8] = b"signflip";
/// All flips of so many sources are looked at.
const ALL_FLIPS: usize = 14;
/// Sources flipped with one draw.
const PER_DRAW: usize = 32;
/// Sums that differ by less than this share of their parts are equal but for rounding.
const ROUNDING: f64 = 1e-12;
/// Columns of a table at most.
const WIDEST: usize = 512;

/// Of each list of differences summed by source the two-sided p-value of no difference; `None` where none differs from 0.
///
/// The share of sign flips whose sum is as far from 0 as the observed one: of all flips for at most 14 sources that
/// differ, else of as many random ones as `spec` has resamples, the observed one counted among them (Phipson and Smyth
/// 2010). Exact if the two runs are exchangeable within each source. Fisher 1935, "The Design of Experiments", section 21.
pub fn sign_flip(differences: &[&[f64]], spec: &BootstrapSpec) -> Vec<Option<f64>> {
    let nonzero = |sums: &&[f64]| sums.iter().copied().filter(|&sum| sum != 0.0).collect::<Vec<f64>>();
    let differences: Vec<Vec<f64>> = differences.iter().map(nonzero).collect();
    let mut alike: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, sums) in differences.iter().enumerate().filter(|(_, sums)| !sums.is_empty()) {
        alike.entry(sums.len()).or_default().push(place);
    }
    let mut found = vec![None; differences.len()];
    for (sources, places) in alike {
        for places in places.chunks(WIDEST) {
            let block: Vec<&[f64]> = places.iter().map(|&place| differences[place].as_slice()).collect();
            let p_values = match sources {
                ..=ALL_FLIPS => block.iter().map(|sums| of_all_flips(sums)).collect(),
                _ => of_random_flips(&block, sources, spec),
            };
            places.iter().zip(p_values).for_each(|(&place, p_value)| found[place] = Some(p_value));
        }
    }
    found
}

/// The least sum that counts as being as far from 0 as that of all.
fn as_far(sums: &[f64]) -> f64 {
    let parts: f64 = sums.iter().map(|sum| sum.abs()).sum();
    sums.iter().sum::<f64>().abs() - ROUNDING * parts
}

fn of_all_flips(sums: &[f64]) -> f64 {
    let far = as_far(sums);
    let flips = 1_u32 << sums.len();
    let flipped = |flip: u32| {
        let signed = sums.iter().enumerate().map(|(place, sum)| if flip >> place & 1 == 1 { -sum } else { *sum });
        signed.sum::<f64>().abs()
    };
    (0..flips).filter(|&flip| flipped(flip) >= far).count() as f64 / f64::from(flips)
}

/// P-values of lists with equally many sources, from the same flips.
fn of_random_flips(block: &[&[f64]], sources: usize, spec: &BootstrapSpec) -> Vec<f64> {
    let rows: Vec<f64> = (0..sources).flat_map(|source| block.iter().map(move |sums| sums[source])).collect();
    let totals: Vec<f64> = block.iter().map(|sums| sums.iter().sum()).collect();
    let far: Vec<f64> = block.iter().map(|sums| as_far(sums)).collect();
    let drawn = |flip: u64| {
        let mut draws = Draws::new(spec.seed, PURPOSE, flip);
        let mut word = 0;
        (0..sources).filter(move |source| {
            if source % PER_DRAW == 0 {
                word = draws.below(1 << PER_DRAW);
            }
            word >> (source % PER_DRAW) & 1 == 1
        })
    };
    let is_as_far = |sums: &[f64]| {
        let each = sums.iter().zip(&totals).zip(&far);
        each.map(|((flipped, total), &far)| f64::from((total - 2.0 * flipped).abs() >= far)).collect::<Vec<f64>>()
    };
    let hits = resampled_sums(Counts { rows: &rows, width: block.len() }, spec.resamples, drawn, is_as_far);
    let count = |place: usize| hits.iter().skip(place).step_by(block.len()).sum::<f64>();
    (0..block.len()).map(|place| (1.0 + count(place)) / (1 + spec.resamples) as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: BootstrapSpec = BootstrapSpec { resamples: 9999, confidence: 0.95, seed: 5 };

    fn of(sums: &[f64]) -> Option<f64> {
        sign_flip(&[sums], &SPEC)[0]
    }

    #[test]
    fn few_sources_are_flipped_in_every_way() {
        // All signs alike: 2 of 2⁵; with one against, |sum| ≥ 13 where none, or only the 1, is flipped: 4 of 32.
        assert_eq!(of(&[1.0, 2.0, 3.0, 4.0, 5.0]), Some(2.0 / 32.0));
        assert_eq!(of(&[-1.0, 2.0, 3.0, 4.0, 5.0]), Some(4.0 / 32.0));
        assert_eq!(of(&[0.1, 0.2, -0.3]), Some(1.0));
        assert_eq!(of(&[0.1, 0.2, 0.3, 0.0, 0.0]), Some(0.25));
        assert_eq!((of(&[]), of(&[0.0; 20])), (None, None));
    }

    #[test]
    fn many_are_flipped_at_random() {
        assert_eq!(of(&[0.1; 20]), Some(1.0 / 10_000.0));
        assert_eq!(of(&[1.0, -1.0].repeat(20)), Some(1.0));
        // 25 of 40 up: twice the binomial tail, .1539.
        let signs: Vec<f64> = (0..40).map(|place| if place < 25 { 1.0 } else { -1.0 }).collect();
        assert!((of(&signs).unwrap() - 0.1539).abs() < 0.015, "{:?}", of(&signs));
    }

    #[test]
    fn the_two_ways_agree() {
        let sums = [0.3, -0.1, 0.5, 0.2, -0.4, 0.6, 0.1, 0.9, -0.2, 0.3, 0.2, -0.5, 0.4, 0.7];
        let random = of_random_flips(&[&sums, &sums], 14, &SPEC);
        assert!((random[0] - of(&sums).unwrap()).abs() < 0.01 && random[0] == random[1], "{random:?}");
    }
}
