//! Whether colluding miners meet at all: a comparison inside a minibatch can only see copies that land in the same
//! one. Members of a minibatch are drawn from all uids without replacement, so the counts are hypergeometric.

/// The chance that colluders meet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Meeting {
    /// Responses of a minibatch.
    pub minibatch_size: u64,
    /// Uids of one operator.
    pub colluders: u64,
    /// Uids of the network.
    pub uids: u64,
    /// Probability that a minibatch holds two or more of them.
    pub minibatch: f64,
    /// Probability that a given one of them meets another in its minibatch.
    pub member: f64,
}

/// The chances for every size and number of colluders; those that do not fit among `uids` are left out.
pub fn meetings(uids: u64, sizes: &[usize], colluders: &[usize]) -> Vec<Meeting> {
    let pairs = sizes.iter().flat_map(|&size| colluders.iter().map(move |&count| (size as u64, count as u64)));
    let fitting = pairs.filter(|&(size, count)| size >= 1 && count >= 1 && size <= uids && count <= uids);
    fitting.map(|(size, count)| meeting(uids, size, count)).collect()
}

fn meeting(uids: u64, minibatch_size: u64, colluders: u64) -> Meeting {
    let others = uids - colluders;
    let (none, one) = (none_of(uids, others, minibatch_size), one_of(uids, colluders, minibatch_size));
    // Beside a given colluder, the rest of its minibatch is drawn from the other uids.
    let alone = none_of(uids - 1, others, minibatch_size - 1);
    Meeting { minibatch_size, colluders, uids, minibatch: (1.0 - none - one).max(0.0), member: 1.0 - alone }
}

/// Probability that `drawn` of `uids` all come from the `others`: the product of (others − i) / (uids − i).
fn none_of(uids: u64, others: u64, drawn: u64) -> f64 {
    (0..drawn).map(|i| others.saturating_sub(i) as f64 / (uids - i) as f64).product()
}

/// Probability that exactly one of `drawn` is a colluder: it may stand at any of the `drawn` places.
fn one_of(uids: u64, colluders: u64, drawn: u64) -> f64 {
    let first = colluders as f64 / uids as f64;
    drawn as f64 * first * none_of(uids - 1, uids - colluders, drawn - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every minibatch of a small network, counted.
    fn counted(uids: u64, size: u64, colluders: u64) -> (f64, f64) {
        let (mut all, mut met, mut with_first, mut first_met) = (0.0, 0.0, 0.0, 0.0);
        for chosen in (0_u64..1 << uids).filter(|chosen| u64::from(chosen.count_ones()) == size) {
            let together = (chosen & ((1 << colluders) - 1)).count_ones() >= 2;
            all += 1.0;
            met += f64::from(u8::from(together));
            if chosen & 1 == 1 {
                with_first += 1.0;
                first_met += f64::from(u8::from(together));
            }
        }
        (met / all, first_met / with_first)
    }

    #[test]
    fn chances_are_those_of_counting_every_minibatch() {
        for uids in 1..10 {
            for size in 1..=uids {
                for colluders in 1..=uids {
                    let found = meeting(uids, size, colluders);
                    let (minibatch, member) = counted(uids, size, colluders);
                    let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
                    assert!(close(found.minibatch, minibatch) && close(found.member, member), "{found:?}");
                }
            }
        }
    }

    #[test]
    fn in_a_large_network_they_hardly_ever_meet() {
        let found = meetings(256, &[4], &[2, 300]);
        assert_eq!(found.len(), 1, "300 of 256 do not fit");
        assert!((found[0].member - 3.0 / 255.0).abs() < 1e-12);
        assert!((found[0].minibatch - (4.0 * 3.0) / (256.0 * 255.0)).abs() < 1e-12);
    }
}
