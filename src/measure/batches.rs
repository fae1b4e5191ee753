//! Which samples go through the model together. The plan depends on the samples alone, not on what is known of them:
//! a run that was interrupted and goes on makes the same batches as one that was not.

use std::collections::HashMap;
use std::ops::Range;

use super::conversations::Outline;

/// Sorts samples so that equal prompts are neighbours; first come first.
pub fn order(outlines: &mut [Outline]) {
    let mut first = HashMap::new();
    for outline in outlines.iter() {
        let next = first.len();
        first.entry(outline.prompt).or_insert(next);
    }
    outlines.sort_by_key(|outline| first[&outline.prompt]);
}

/// Cuts samples into runs of at most `budget` rows each; one longer than that stands alone.
pub fn cut(outlines: &[Outline], budget: usize, share: bool) -> Vec<Range<usize>> {
    let mut batches = Vec::new();
    let (mut start, mut rows) = (0, 0);
    for (index, outline) in outlines.iter().enumerate() {
        let shared = index > start && share && outlines[index - 1].prompt == outline.prompt;
        let more = inputs(outline) - if shared { outline.first_scored() } else { 0 };
        if index > start && rows + more > budget {
            batches.push(start..index);
            (start, rows) = (index, inputs(outline));
        } else {
            rows += more;
        }
    }
    if start < outlines.len() {
        batches.push(start..outlines.len());
    }
    batches
}

/// Rows of a sample that shares none: its last token is only ever a target, never read.
fn inputs(outline: &Outline) -> usize {
    outline.length as usize - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::batch::{Batch, Sequence};
    use crate::engine::conversation::Conversation;
    use crate::measure::conversations::Conversations;

    const TEXTS: [&[u32]; 6] =
        [&[1, 2, 3, 4], &[1, 2, 5], &[9, 9, 9, 9, 9, 9, 9, 9], &[1, 2, 6, 7], &[3, 4, 5], &[3, 1, 2]];

    fn ordered() -> (Conversations, Vec<Outline>) {
        let mut conversations = Conversations::default();
        for ids in TEXTS {
            conversations.push(Some(&Conversation { ids: ids.to_vec(), prompt_len: 2 })).unwrap();
        }
        let mut outlines: Vec<Outline> = conversations.outlines().iter().flatten().copied().collect();
        order(&mut outlines);
        (conversations, outlines)
    }

    #[test]
    fn equal_prompts_become_neighbours_in_the_order_they_came() {
        let (conversations, outlines) = ordered();
        let ids: Vec<Vec<u32>> = outlines.iter().map(|outline| conversations.ids(outline).unwrap()).collect();
        assert_eq!(ids, [0, 1, 3, 2, 4, 5].map(|index| TEXTS[index]));
    }

    #[test]
    fn no_batch_exceeds_the_budget_unless_it_is_one_sequence() {
        let (conversations, outlines) = ordered();
        let ids: Vec<Vec<u32>> = outlines.iter().map(|outline| conversations.ids(outline).unwrap()).collect();
        let sequences: Vec<Sequence> = ids.iter().map(|ids| Sequence { ids, scored_from: 2 }).collect();
        for share in [false, true] {
            for budget in 1..20 {
                let batches = cut(&outlines, budget, share);
                assert!(batches.iter().cloned().flatten().eq(0..outlines.len()), "nothing is lost or moved");
                let rows = |range: Range<usize>| Batch::pack(&sequences[range], share).ids.len();
                for batch in batches {
                    assert!(batch.len() == 1 || rows(batch.clone()) <= budget, "too many for a budget of {budget}");
                    let with_next = batch.start..batch.end + 1;
                    assert!(batch.end == TEXTS.len() || rows(with_next) > budget, "room left in {budget}");
                }
            }
        }
    }
}
