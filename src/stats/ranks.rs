//! Ranks, and how two orders of the same things agree.

/// The rank of each value, the greatest first, from 1; equal ones share the best of their ranks, NaN comes last.
pub fn ranks(values: &[f64]) -> Vec<u64> {
    let key = |value: f64| if value.is_nan() { f64::NEG_INFINITY } else { value };
    let mut order: Vec<(f64, usize)> = values.iter().enumerate().map(|(place, &value)| (key(value), place)).collect();
    order.sort_unstable_by(|one, other| other.0.total_cmp(&one.0));
    let mut ranks = vec![0; values.len()];
    let mut above = 0;
    for equal in order.chunk_by(|one, other| one.0 == other.0) {
        equal.iter().for_each(|&(_, place)| ranks[place] = above + 1);
        above += equal.len() as u64;
    }
    ranks
}

/// Kendall's τ-b of two lists of values of the same things: 1 for the same order, −1 for the reverse; `None` where one of
/// them has no order at all, or a value is NaN.
///
/// Kendall 1945, "The treatment of ties in ranking problems", Biometrika 33; by sorting, as Knight 1966, "A computer method
/// for calculating Kendall's tau with ungrouped data", JASA 61.
pub fn kendall_tau(one: &[f64], other: &[f64]) -> Option<f64> {
    if one.iter().chain(other).any(|value| value.is_nan()) {
        return None;
    }
    // Adding 0 makes −0 and 0 the same to what sorts.
    let mut pairs: Vec<[f64; 2]> = one.iter().zip(other).map(|(&a, &b)| [a + 0.0, b + 0.0]).collect();
    pairs.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    let all = pairs_of(pairs.len());
    let tied_one = tied(&pairs, |a, b| a[0] == b[0]);
    let tied_both = tied(&pairs, |a, b| a == b);
    let mut others: Vec<f64> = pairs.iter().map(|pair| pair[1]).collect();
    let swaps = sort_counting(&mut others);
    let tied_other = tied(&others, |a, b| a == b);
    let agreeing = all - tied_one - tied_other + tied_both - 2 * swaps;
    let scale = ((all - tied_one) as f64 * (all - tied_other) as f64).sqrt();
    (scale > 0.0).then(|| agreeing as f64 / scale)
}

/// Pairs among so many things.
fn pairs_of(count: usize) -> i64 {
    let count = count as i64;
    count * (count - 1) / 2
}

/// Pairs of neighbours that are the same, in a list where the same stand together.
fn tied<T>(sorted: &[T], is_same: impl Fn(&T, &T) -> bool) -> i64 {
    sorted.chunk_by(is_same).map(|same| pairs_of(same.len())).sum()
}

/// Sorts, and counts the pairs that stood in the wrong order.
fn sort_counting(values: &mut [f64]) -> i64 {
    let middle = values.len() / 2;
    if middle == 0 {
        return 0;
    }
    let (left, right) = values.split_at_mut(middle);
    let mut swaps = sort_counting(left) + sort_counting(right);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (&*left, &*right);
    while let ([first, left_rest @ ..], [second, right_rest @ ..]) = (left, right) {
        if second < first {
            swaps += left.len() as i64;
            merged.push(*second);
            right = right_rest;
        } else {
            merged.push(*first);
            left = left_rest;
        }
    }
    merged.extend_from_slice(left);
    merged.extend_from_slice(right);
    values.copy_from_slice(&merged);
    swaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_the_best_rank() {
        assert_eq!(ranks(&[0.5, 0.9, 0.5, f64::NAN, 0.1]), [2, 1, 2, 5, 4]);
        assert!(ranks(&[]).is_empty());
    }

    /// scipy 1.14: kendalltau([1, 2, 3, 4, 5], …), and of ties.
    #[test]
    fn tau_is_that_of_scipy() {
        let close = |found: Option<f64>, expected: f64| found.is_some_and(|found| (found - expected).abs() < 1e-12);
        assert!(close(kendall_tau(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]), 1.0));
        assert!(close(kendall_tau(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]), -1.0));
        assert!(close(kendall_tau(&[1.0, 2.0, 3.0, 4.0, 5.0], &[2.0, 1.0, 3.0, 5.0, 4.0]), 0.6));
        assert!(close(kendall_tau(&[1.0, 1.0, 2.0, 3.0], &[1.0, 2.0, 2.0, 3.0]), 0.8));
        assert_eq!(kendall_tau(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(kendall_tau(&[1.0, f64::NAN], &[1.0, 2.0]), None);
        assert_eq!(kendall_tau(&[], &[]), None);
    }

    /// Against the definition: every pair looked at.
    #[test]
    fn tau_is_that_of_all_pairs() {
        use crate::stats::Draws;
        for list in 0..50 {
            let mut draws = Draws::new(list, b"kendall\0", 0);
            let length = 2 + draws.below(30);
            let mut values = || -> Vec<f64> { (0..length).map(|_| draws.below(12) as f64 - 6.0).collect() };
            let (one, other) = (values(), values());
            let (mut agreeing, mut apart) = (0.0, [0.0; 2]);
            for first in 0..length {
                for second in 0..first {
                    let sign = |list: &[f64]| {
                        (list[first] - list[second]).signum() * f64::from(u8::from(list[first] != list[second]))
                    };
                    let signs = [sign(&one), sign(&other)];
                    agreeing += signs[0] * signs[1];
                    apart.iter_mut().zip(signs).for_each(|(sum, sign)| *sum += sign.abs());
                }
            }
            let expected = (apart[0] * apart[1] > 0.0).then(|| agreeing / f64::sqrt(apart[0] * apart[1]));
            assert_eq!(kendall_tau(&one, &other), expected);
        }
    }
}
