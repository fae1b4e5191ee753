//! Which points of a grid have the same wins.

use crate::judge::wins::Rules;

/// The points, by their places, whose wins are the same: those with one kind of matches and one ε.
pub fn ways(rules: &[Rules]) -> Vec<Vec<usize>> {
    let mut ways: Vec<Vec<usize>> = Vec::new();
    let mut order: Vec<usize> = (0..rules.len()).collect();
    let key = |place: usize| (rules[place].matching as u8, rules[place].epsilon.to_string());
    order.sort_by_cached_key(|&place| key(place));
    for place in order {
        match ways.last_mut() {
            Some(way) if key(way[0]) == key(place) => way.push(place),
            _ => ways.push(vec![place]),
        }
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::wins::Epsilon;
    use crate::judge::wins::fixtures::rules;
    use crate::stats::Draws;

    #[test]
    fn ways_are_kinds_of_matches_and_epsilons() {
        let mut draws = Draws::new(1, b"some way", 0);
        let rules: Vec<Rules> = (0..60)
            .map(|_| Rules {
                epsilon: Epsilon::Constant(draws.below(3) as f64 / 10.0),
                alpha: draws.below(2) as f64,
                ..rules()
            })
            .collect();
        let found = ways(&rules);
        assert_eq!((found.len(), found.iter().map(Vec::len).sum::<usize>()), (3, 60));
        assert!(found.iter().all(|way| way.iter().all(|&place| rules[place].epsilon == rules[way[0]].epsilon)));
        assert!(ways(&[]).is_empty());
    }
}
