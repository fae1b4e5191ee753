//! The block of the chain at a step whose log does not say it: boosts fall with the blocks that have passed.

use crate::judge::wins::Epsilon;

/// What two boosts may differ by that are the same.
const TRIFLE: f64 = 1e-12;
/// More blocks than any boost falls over.
const OLDEST: u64 = 1 << 32;

/// The block at which submissions of these blocks have these boosts; where all boosts have reached their end the earliest
/// such block, and where none has begun to fall that of the earliest submission. `None` where no block gives them.
pub fn block_of(epsilon: Epsilon, boosts: &[(u64, f64)]) -> Option<u64> {
    let (end, start) = (epsilon.end(), epsilon.at(Some(0), 0));
    let exact = boosts.iter().find(|(_, boost)| end + TRIFLE < *boost && boost + TRIFLE < start);
    let at_end = boosts.iter().map(|&(block, boost)| block.saturating_add(age(epsilon, boost)));
    let current = match exact {
        Some(&(block, boost)) => block.saturating_add(age(epsilon, boost)),
        None if boosts.iter().any(|(_, boost)| boost + TRIFLE < start) => at_end.max()?,
        None => boosts.iter().map(|(block, _)| *block).min()?,
    };
    let agrees = |&(block, boost): &(u64, f64)| (epsilon.at(Some(block), current) - boost).abs() <= TRIFLE;
    boosts.iter().all(agrees).then_some(current)
}

/// The first age at which the boost is no longer above this one.
fn age(epsilon: Epsilon, boost: f64) -> u64 {
    let (mut young, mut old) = (0, OLDEST);
    while young < old {
        let middle = u64::midpoint(young, old);
        if epsilon.at(Some(0), middle) > boost + TRIFLE { young = middle + 1 } else { old = middle }
    }
    young
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINEAR: Epsilon = Epsilon::Linear { start: 0.005, end: 0.0001, blocks: 14_400 };

    fn boosts(current: u64, blocks: &[u64]) -> Vec<(u64, f64)> {
        blocks.iter().map(|&block| (block, LINEAR.at(Some(block), current))).collect()
    }

    #[test]
    fn a_falling_boost_tells_the_block() {
        for current in [5_000_000, 5_000_001, 5_014_399] {
            assert_eq!(block_of(LINEAR, &boosts(current, &[4_000_000, 5_000_000, 4_999_990])), Some(current));
        }
    }

    #[test]
    fn flat_boosts_tell_a_block_that_has_them() {
        assert_eq!(block_of(LINEAR, &boosts(90_000, &[1_000, 5_000])), Some(19_400), "the earliest");
        assert_eq!(block_of(LINEAR, &boosts(1_000, &[1_000, 5_000])), Some(1_000));
        assert_eq!(block_of(LINEAR, &[]), None);
    }

    #[test]
    fn boosts_of_other_rules_tell_none() {
        assert_eq!(block_of(LINEAR, &[(10, 0.02), (20, 0.02)]), None);
        let mut odd = boosts(5_000_000, &[4_999_990, 4_999_000]);
        odd[1].1 += 1e-4;
        assert_eq!(block_of(LINEAR, &odd), None);
    }
}
