//! Seeded draws that can be repeated anywhere: every stream is named by seed, purpose and index, so its numbers
//! depend neither on the order of work nor on threads, and any language with ChaCha8 can draw them again.

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// One stream of uniform draws.
///
/// ChaCha with 8 rounds. Key: the seed as 8 little-endian bytes, the 8 bytes of the purpose, 16 zero bytes; 64-bit
/// stream id: the index; 64-bit block counter from 0. Each draw takes the next 8 bytes of the key stream as a
/// little-endian integer.
#[derive(Debug, Clone)]
pub struct Draws(ChaCha8Rng);

impl Draws {
    /// The stream number `index` of a purpose; streams that differ in any argument are independent.
    pub fn new(seed: u64, purpose: &[u8; 8], index: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(purpose);
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(index);
        Self(generator)
    }

    /// A uniform integer in `0..bound`: ⌊draw · bound / 2⁶⁴⌋ (its bias, bound / 2⁶⁴, is beyond notice); 0 for bound 0.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.0.next_u64()) * bound as u128) >> 64) as usize
    }

    /// A uniform number from 0 to below 1: the 53 highest bits of a draw.
    pub fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Whether something of this probability happens.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// How many of `trials` happen, each with this probability: the binomial distribution, by its quantile at one uniform
    /// number for every 256 trials.
    pub fn binomial(&mut self, trials: u32, probability: f64) -> u32 {
        const TOGETHER: usize = 256;
        let chunks = (0..trials).step_by(TOGETHER).map(|first| (trials - first).min(TOGETHER as u32));
        match probability {
            p if p <= 0.0 => 0,
            p if p >= 1.0 => trials,
            p => chunks.map(|chunk| binomial_quantile(self.unit(), chunk, p)).sum(),
        }
    }

    /// `count` distinct integers of `0..bound` in random order (all of them where `count` exceeds `bound`).
    ///
    /// The front of a Fisher–Yates shuffle of 0, 1, …: place i swaps with place i + below(bound − i).
    pub fn distinct(&mut self, bound: usize, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..bound).collect();
        let count = count.min(bound);
        for place in 0..count {
            let other = place + self.below(bound - place);
            order.swap(place, other);
        }
        order.truncate(count);
        order
    }
}

/// The number of successes in so few trials that the probability of none is a double.
fn binomial_quantile(share: f64, trials: u32, probability: f64) -> u32 {
    let odds = probability / (1.0 - probability);
    let (mut happened, mut density) = (0, (1.0 - probability).powi(trials as i32));
    let mut below = density;
    while share >= below && happened < trials {
        density *= odds * f64::from(trials - happened) / f64::from(happened + 1);
        below += density;
        happened += 1;
    }
    happened
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_seed_purpose_and_index() {
        let first = |seed, purpose, index| Draws::new(seed, purpose, index).below(usize::MAX);
        let reference = first(1, b"purpose1", 0);
        assert_eq!(reference, first(1, b"purpose1", 0));
        assert_ne!(reference, first(2, b"purpose1", 0));
        assert_ne!(reference, first(1, b"purpose2", 0));
        assert_ne!(reference, first(1, b"purpose1", 1));
    }

    /// Expected values from a ChaCha8 written apart from this crate, after the recipe in [`Draws`].
    #[test]
    fn draws_follow_the_recipe() {
        let mut draws = Draws::new(42, b"bootstrp", (5 << 32) | 7);
        let drawn: Vec<usize> = (0..20).map(|_| draws.below(1000)).collect();
        let expected =
            [541, 405, 235, 716, 775, 176, 936, 433, 604, 300, 760, 120, 307, 395, 758, 844, 307, 544, 474, 9];
        assert_eq!(drawn, expected);
    }

    #[test]
    fn draws_are_uniform() {
        let mut draws = Draws::new(7, b"uniform\0", 0);
        let mut seen = [0_u32; 10];
        (0..10_000).for_each(|_| seen[draws.below(10)] += 1);
        // Standard deviation 30: five of them on either side.
        assert!(seen.iter().all(|&count| (850..1150).contains(&count)), "{seen:?}");
    }

    #[test]
    fn binomial_draws_have_their_mean_and_variance() {
        let mut draws = Draws::new(7, b"binomial", 0);
        let drawn: Vec<f64> = (0..20_000).map(|_| f64::from(draws.binomial(32, 0.2))).collect();
        let mean = drawn.iter().sum::<f64>() / 2e4;
        let variance = drawn.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / 2e4;
        // Standard errors .016 and .051.
        assert!((mean - 6.4).abs() < 0.08 && (variance - 5.12).abs() < 0.26, "{mean} {variance}");
        assert_eq!([draws.binomial(0, 0.5), draws.binomial(9, 0.0), draws.binomial(9, 1.0)], [0, 0, 9]);
    }

    #[test]
    fn distinct_draws_cover_the_range_once() {
        let mut all = Draws::new(7, b"distinct", 0).distinct(50, 80);
        assert_ne!(all, (0..50).collect::<Vec<_>>());
        all.sort_unstable();
        assert_eq!(all, (0..50).collect::<Vec<_>>());
        assert!(Draws::new(7, b"distinct", 0).distinct(0, 3).is_empty());
    }

    #[test]
    fn a_shorter_draw_is_the_front_of_a_longer_one() {
        let long = Draws::new(3, b"distinct", 4).distinct(30, 20);
        let short = Draws::new(3, b"distinct", 4).distinct(30, 5);
        assert_eq!(short, long[..5]);
    }
}
