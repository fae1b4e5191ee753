//! Holm's correction for the number of tests.

/// Each p-value adjusted so that it may be compared with the level for all of them: of a family whose null hypotheses
/// all hold, some adjusted p-value is at most α with a probability of at most α, however the tests depend on each other.
///
/// In ascending order the k-th of n (k from 1) is multiplied by n − k + 1, is never below the one before, and at most 1.
/// Holm 1979, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&one, &other| p_values[one].total_cmp(&p_values[other]));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut before = 0.0_f64;
    for (rank, place) in order.into_iter().enumerate() {
        before = before.max((p_values.len() - rank) as f64 * p_values[place]).min(1.0);
        adjusted[place] = before;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R 4.4: p.adjust(c(.01, .04, .03, .005), "holm").
    #[test]
    fn it_is_that_of_r() {
        let found = holm(&[0.01, 0.04, 0.03, 0.005]);
        let close = |(found, expected): (&f64, f64)| (found - expected).abs() < 1e-15;
        assert!(found.iter().zip([0.03, 0.06, 0.06, 0.02]).all(close), "{found:?}");
    }

    #[test]
    fn one_test_needs_no_correction_and_none_is_above_1() {
        assert_eq!((holm(&[0.3]), holm(&[])), (vec![0.3], vec![]));
        assert_eq!(holm(&[0.6, 0.7, 1.0]), [1.0; 3]);
        assert_eq!(holm(&[0.01; 3]), [0.03; 3]);
    }
}
