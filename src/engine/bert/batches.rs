//! Which texts are computed together: those of nearly equal length, up to a budget of tokens, so that next to nothing is
//! padded. Longest first, so that parallel workers end together.

/// Groups the indices of texts of these `lengths`: padded to its longest text, a batch has at most `budget` tokens
/// (one text may have more), and of those at most an eighth is padding.
pub(super) fn plan(lengths: &[usize], budget: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(lengths[index]));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for index in order {
        match batches.last_mut() {
            Some(batch) if fits(lengths[batch[0]], lengths[index], batch.len() + 1, budget) => batch.push(index),
            _ => batches.push(vec![index]),
        }
    }
    batches
}

/// Whether a text of `length` may join a batch led by one of `longest`, which would then hold `count`.
fn fits(longest: usize, length: usize, count: usize, budget: usize) -> bool {
    longest.saturating_mul(count) <= budget && (longest - length) * 8 <= longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_in_one_batch_within_the_budget() {
        let lengths: Vec<usize> = (0..200).map(|i| 2 + i * 37 % 97).collect();
        let batches = plan(&lengths, 256);
        let mut all: Vec<usize> = batches.concat();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..200));
        for batch in &batches {
            let longest = lengths[batch[0]];
            assert!(longest * batch.len() <= 256);
            assert!(batch.iter().all(|&i| lengths[i] <= longest && (longest - lengths[i]) * 8 <= longest));
        }
        assert!(batches.len() < 75, "{} batches", batches.len());
    }

    #[test]
    fn a_text_beyond_the_budget_is_alone_and_the_order_is_kept_among_equals() {
        assert_eq!(plan(&[5, 40, 5, 5], 10), [vec![1], vec![0, 2], vec![3]]);
        assert!(plan(&[], 10).is_empty());
    }
}
