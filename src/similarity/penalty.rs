//! Penalties of the responses of a minibatch, from the likeness of its pairs. In f32 throughout,
//! as the recorded validator computes them; a flag compares strictly, the f32 penalty widened to f64.

use std::fmt;
use std::str::FromStr;

/// How alike two texts are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Likeness {
    /// Cosine of their embeddings, −1 to 1.
    pub cosine: f32,
    /// Their partial ratio divided by 100, 0 to 1.
    pub partial_ratio: f32,
}

/// The likeness of every unordered pair of `size` responses: (0, 1), (0, 2), …, (1, 2), ….
#[derive(Debug, Clone, Copy)]
pub struct Pairs<'a> {
    values: &'a [Likeness],
    size: usize,
}

impl<'a> Pairs<'a> {
    /// Number of unordered pairs of `size` responses.
    pub const fn count(size: usize) -> usize {
        size * size.saturating_sub(1) / 2
    }

    /// The numbers of every unordered pair of `size` responses, in the order of the values.
    pub fn numbered(size: usize) -> impl Iterator<Item = (usize, usize)> {
        (0..size).flat_map(move |a| (a + 1..size).map(move |b| (a, b)))
    }

    /// The pairs of `size` responses; `None` if their number is another.
    pub fn new(values: &'a [Likeness], size: usize) -> Option<Self> {
        (values.len() == Self::count(size)).then_some(Self { values, size })
    }

    /// The likeness of two different responses, in either order.
    pub fn get(&self, a: usize, b: usize) -> Likeness {
        let (low, high) = (a.min(b), a.max(b));
        self.values[low * self.size - low * (low + 1) / 2 + high - low - 1]
    }
}

/// A response's penalty and its parts, each 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Penalty {
    /// From the embeddings.
    pub embedding: f32,
    /// From the partial ratios.
    pub lexical: f32,
    /// Both together.
    pub total: f32,
}

impl Penalty {
    const NONE: Self = Self { embedding: 0.0, lexical: 0.0, total: 0.0 };

    /// Whether it is above the threshold, strictly.
    pub fn exceeds(&self, threshold: f64) -> bool {
        f64::from(self.total) > threshold
    }
}

/// How a validator turns likeness into penalties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// LogicNet's pull request 99: the largest cosine and the largest partial ratio, which may come from different
    /// peers; a response counts as its own peer with cosine 0, so the embedding's part is never below one half.
    #[default]
    LogicnetPr99,
    /// The largest mean of cosine and partial ratio over the peers; empty texts have no penalty.
    Joint,
}

impl Profile {
    /// All names, for help and errors.
    pub const NAMES: [&'static str; 2] = ["logicnet-pr99", "joint"];
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "logicnet-pr99" => Ok(Self::LogicnetPr99),
            "joint" => Ok(Self::Joint),
            _ => Err(format!("expected {}", Self::NAMES.join(" or "))),
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::NAMES[*self as usize])
    }
}

/// The penalties of those responses that `members` names (indices into the pairs), in the minibatch that they form.
/// `empty` tells of each response of the pairs whether its text is empty.
pub fn penalties(profile: Profile, pairs: Pairs<'_>, empty: &[bool], members: &[usize]) -> Vec<Penalty> {
    let peers = |one: usize| members.iter().filter(move |&&other| other != one).map(move |&other| (one, other));
    let penalty = |&one: &usize| match profile {
        Profile::LogicnetPr99 => separate(peers(one).map(|(a, b)| pairs.get(a, b))),
        Profile::Joint if empty[one] => Penalty::NONE,
        Profile::Joint => joint(peers(one).map(|(a, b)| pairs.get(a, b))),
    };
    members.iter().map(penalty).collect()
}

/// The largest of each part over all peers, the response itself with cosine 0 among them.
fn separate(peers: impl Iterator<Item = Likeness>) -> Penalty {
    let largest = peers.fold(Likeness { cosine: 0.0, partial_ratio: 0.0 }, |largest, peer| Likeness {
        cosine: largest.cosine.max(peer.cosine),
        partial_ratio: largest.partial_ratio.max(peer.partial_ratio),
    });
    together(largest)
}

/// The peer whose mean is largest; no peer, no penalty.
fn joint(peers: impl Iterator<Item = Likeness>) -> Penalty {
    let larger = |best: Penalty, other: Penalty| if other.total > best.total { other } else { best };
    peers.map(together).fold(Penalty::NONE, larger)
}

fn together(Likeness { cosine, partial_ratio }: Likeness) -> Penalty {
    let embedding = (cosine + 1.0) / 2.0;
    Penalty { embedding, lexical: partial_ratio, total: ((embedding + partial_ratio) / 2.0).clamp(0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(cosine: f32, partial_ratio: f32) -> Likeness {
        Likeness { cosine, partial_ratio }
    }

    /// Totals of all responses, none of them empty.
    fn totals(profile: Profile, values: &[Likeness], size: usize) -> Vec<f32> {
        let members: Vec<usize> = (0..size).collect();
        let pairs = Pairs::new(values, size).unwrap();
        penalties(profile, pairs, &vec![false; size], &members).iter().map(|penalty| penalty.total).collect()
    }

    #[test]
    fn pairs_are_found_in_either_order() {
        let values: Vec<Likeness> = (0..10).map(|n| like(n as f32, 0.0)).collect();
        let pairs = Pairs::new(&values, 5).unwrap();
        let mut expected = 0.0;
        for (a, b) in Pairs::numbered(5) {
            assert_eq!((pairs.get(a, b).cosine, pairs.get(b, a).cosine), (expected, expected));
            expected += 1.0;
        }
        assert_eq!((Pairs::numbered(5).count(), Pairs::numbered(1).count(), Pairs::numbered(0).count()), (10, 0, 0));
        assert!(Pairs::new(&values, 4).is_none() && Pairs::new(&[], 1).is_some() && Pairs::new(&[], 0).is_some());
    }

    #[test]
    fn the_edge_cases_of_the_pull_request() {
        let pr99 = |values: &[Likeness], size| totals(Profile::LogicnetPr99, values, size);
        assert_eq!(pr99(&[], 1), [0.25], "a single response");
        assert_eq!(pr99(&[like(1.0, 1.0)], 2), [1.0, 1.0], "two empty strings, or two equal ones");
        assert!(pr99(&[like(1.0, 0.0)], 2)[0] <= 0.5, "one of the two is empty");
        assert_eq!(pr99(&[like(1.0, 0.5)], 2), [0.75, 0.75], "the same first word pieces: .5 + pr/2");
        assert_eq!(pr99(&[like(-0.5, 0.0)], 2), [0.25, 0.25], "the response itself counts with cosine 0");
    }

    #[test]
    fn a_contained_text_is_flagged_above_a_cosine_of_four_fifths() {
        for (cosine, flagged) in [(0.79, false), (0.8, false), (0.81, true)] {
            let pairs = [like(cosine, 1.0)];
            let penalty = penalties(Profile::LogicnetPr99, Pairs::new(&pairs, 2).unwrap(), &[false; 2], &[0, 1])[0];
            assert_eq!(penalty.exceeds(0.95), flagged, "cosine {cosine}");
        }
    }

    /// At threshold .95 each cosine needs a partial ratio above the one beside it.
    #[test]
    fn the_partial_ratio_that_a_cosine_needs() {
        for (cosine, needed) in [(1.0, 0.9), (0.99, 0.905), (0.97, 0.915), (0.95, 0.925), (0.9, 0.95), (0.85, 0.975)] {
            for (difference, flagged) in [(-1e-4, false), (1e-4, true)] {
                let total = together(like(cosine, needed + difference));
                assert_eq!(total.exceeds(0.95), flagged, "{cosine} {needed} {difference}");
            }
        }
        assert!(!together(like(0.8, 1.0)).exceeds(0.95));
    }

    #[test]
    fn only_the_pull_request_mixes_peers() {
        // Response 0 is near 1 by its embedding and near 2 by its letters.
        let values = [like(0.9, 0.2), like(0.1, 0.8), like(0.0, 0.0)];
        let (mixed, joint) = (totals(Profile::LogicnetPr99, &values, 3), totals(Profile::Joint, &values, 3));
        assert!((mixed[0] - (0.95 + 0.8) / 2.0).abs() < 1e-6);
        assert!((joint[0] - (0.55 + 0.8) / 2.0).abs() < 1e-6);
        assert_eq!(totals(Profile::Joint, &[], 1), [0.0], "no peer");
    }

    #[test]
    fn empty_texts_are_never_flagged_by_the_joint_profile() {
        let values = [like(1.0, 1.0), like(0.2, 0.0), like(0.2, 0.0)];
        let pairs = Pairs::new(&values, 3).unwrap();
        let found = penalties(Profile::Joint, pairs, &[true, true, false], &[0, 1, 2]);
        assert_eq!(found[..2], [Penalty::NONE; 2]);
        assert_eq!(found[2], together(like(0.2, 0.0)), "what is compared with an empty text has its penalty");
    }

    #[test]
    fn a_smaller_minibatch_has_only_its_own_peers() {
        let values = [like(0.9, 0.9), like(0.1, 0.1), like(0.5, 0.5)];
        let pairs = Pairs::new(&values, 3).unwrap();
        let of = |members: &[usize]| penalties(Profile::Joint, pairs, &[false; 3], members);
        assert_eq!(of(&[0, 2])[0], together(like(0.1, 0.1)));
        assert_eq!(of(&[2, 1])[0], together(like(0.5, 0.5)));
    }

    #[test]
    fn profiles_are_read_and_shown() {
        for name in Profile::NAMES {
            assert_eq!(name.parse::<Profile>().unwrap().to_string(), name);
        }
        assert!("pr99".parse::<Profile>().unwrap_err().contains("logicnet-pr99"));
    }
}
