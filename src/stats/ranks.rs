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
/// them has no order at all.
///
/// Kendall 1945, "The treatment of ties in ranking problems", Biometrika 33.
pub fn kendall_tau(one: &[f64], other: &[f64]) -> Option<f64> {
    let (mut agreeing, mut apart) = (0_i64, [0_i64; 2]);
    for (index, (a, b)) in one.iter().zip(other).enumerate() {
        for (c, d) in one.iter().zip(other).skip(index + 1) {
            let signs = [a.partial_cmp(c)? as i64, b.partial_cmp(d)? as i64];
            agreeing += signs[0] * signs[1];
            apart.iter_mut().zip(signs).for_each(|(count, sign)| *count += sign.abs());
        }
    }
    let scale = (apart[0] as f64 * apart[1] as f64).sqrt();
    (scale > 0.0).then(|| agreeing as f64 / scale)
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
    }
}
