//! Duplicates: submissions of the same content. Exactly one of each content stays, the earliest; the others take part
//! with an empty loss list.

use std::collections::HashMap;

use super::matches::age;

/// For each submission, given as (content hash, block) in list order, the index of the one that it duplicates.
///
/// Of equal hashes the lowest block stays; at equal blocks the one earlier in the list; an unknown block is later than
/// any. `None` for those that stay, and for those whose hash is unknown. The hash must be of the content alone: the
/// original compares hashes salted with the hotkey and so misses the same weights uploaded by another miner.
pub fn duplicates(submissions: &[(Option<&str>, Option<u64>)]) -> Vec<Option<usize>> {
    let mut originals: HashMap<&str, usize> = HashMap::new();
    for (index, &(hash, block)) in submissions.iter().enumerate() {
        let Some(hash) = hash else { continue };
        let original = originals.entry(hash).or_insert(index);
        if age(block) < age(submissions[*original].1) {
            *original = index;
        }
    }
    let original_of = |(index, (hash, _)): (usize, &(Option<&str>, _))| {
        hash.and_then(|hash| originals.get(hash).copied()).filter(|&original| original != index)
    };
    submissions.iter().enumerate().map(original_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_block_stays() {
        let submissions = [(Some("a"), Some(9)), (Some("b"), Some(1)), (Some("a"), Some(3)), (Some("a"), Some(5))];
        assert_eq!(duplicates(&submissions), [Some(2), None, None, Some(2)]);
    }

    #[test]
    fn at_equal_blocks_the_first_of_the_list_stays() {
        let submissions = [(Some("a"), Some(4)), (Some("a"), Some(4)), (Some("c"), None), (Some("c"), None)];
        assert_eq!(duplicates(&submissions), [None, Some(0), None, Some(2)]);
    }

    #[test]
    fn an_unknown_block_is_later_than_any() {
        assert_eq!(duplicates(&[(Some("a"), None), (Some("a"), Some(u64::MAX))]), [Some(1), None]);
    }

    #[test]
    fn unknown_hashes_duplicate_nothing() {
        assert_eq!(duplicates(&[(None, Some(1)), (None, Some(2)), (Some("a"), Some(3))]), [None, None, None]);
    }
}
