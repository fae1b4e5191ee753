//! Which samples go through the model together. The plan depends on the samples alone, not on what is known of them:
//! a run that was interrupted and goes on makes the same batches as one that was not.

use std::ops::Range;

use crate::engine::batch::{Batch, Sequence};

/// Sorts indices into `sequences` so that equal prompts are neighbours; first come first.
pub fn order(sequences: &[Sequence]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sequences.len()).collect();
    order.sort_by(|&a, &b| prompt(&sequences[a]).cmp(prompt(&sequences[b])).then(a.cmp(&b)));
    order
}

fn prompt<'a>(sequence: &Sequence<'a>) -> &'a [u32] {
    &sequence.ids[..sequence.first_target().min(sequence.ids.len())]
}

/// Cuts `sequences` into runs of at most `budget` rows each; a sequence longer than that stands alone.
pub fn cut(sequences: &[Sequence], budget: usize, share: bool) -> Vec<Range<usize>> {
    let mut batches = Vec::new();
    let (mut start, mut rows) = (0, 0);
    for index in 0..sequences.len() {
        let previous = (index > start).then(|| &sequences[index - 1]);
        let more = Batch::rows_of(&sequences[index], previous, share);
        if index > start && rows + more > budget {
            batches.push(start..index);
            (start, rows) = (index, Batch::rows_of(&sequences[index], None, share));
        } else {
            rows += more;
        }
    }
    if start < sequences.len() {
        batches.push(start..sequences.len());
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&[u32]; 6] = [&[1, 2, 3, 4], &[1, 2, 5], &[9, 9, 9, 9, 9, 9, 9, 9], &[1, 2, 6, 7], &[3], &[3, 1, 2]];

    fn sequences() -> Vec<Sequence<'static>> {
        TEXTS.iter().map(|ids| Sequence { ids, scored_from: 2 }).collect()
    }

    #[test]
    fn equal_prompts_become_neighbours_in_the_order_they_came() {
        assert_eq!(order(&sequences()), [0, 1, 3, 4, 5, 2]);
    }

    #[test]
    fn no_batch_exceeds_the_budget_unless_it_is_one_sequence() {
        let all = sequences();
        let sorted: Vec<Sequence> = order(&all).into_iter().map(|i| all[i]).collect();
        for share in [false, true] {
            for budget in 1..20 {
                let batches = cut(&sorted, budget, share);
                assert!(batches.iter().cloned().flatten().eq(0..sorted.len()), "nothing is lost or moved");
                for batch in batches {
                    let rows = Batch::pack(&sorted[batch.clone()], share).ids.len();
                    assert!(batch.len() == 1 || rows <= budget, "{rows} rows for a budget of {budget}");
                }
            }
        }
    }
}
