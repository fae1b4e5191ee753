//! Measured requests, and the scores of each unit in them. A unit's score is the penalty that decides whether it is
//! flagged: of a pair, the penalty that the two alone would get; of a response, its own; of a minibatch, the largest.

use std::fmt;
use std::str::FromStr;

use crate::similarity::{Likeness, Pairs, Penalty, Profile, penalties};

/// What a rate counts. The same flags give quite different rates, so none is stated without its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unit {
    /// Two responses of a request.
    Pair,
    /// One rewarded response.
    #[default]
    Response,
    /// All responses of a request; flagged if any of them is.
    Minibatch,
}

impl Unit {
    /// All units, the smallest first.
    pub const ALL: [Self; 3] = [Self::Pair, Self::Response, Self::Minibatch];

    /// The unit in the singular.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pair => "pair",
            Self::Response => "response",
            Self::Minibatch => "minibatch",
        }
    }
}

impl FromStr for Unit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|unit| unit.name() == text).ok_or("expected pair, response or minibatch")
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether a unit holds a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// It holds none: a flag is a false positive.
    Independent,
    /// It holds one, as the recording says: a flag is right.
    Copied,
}

impl Class {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Independent, Self::Copied];

    /// As tables name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Independent => "independent",
            Self::Copied => "copied",
        }
    }
}

/// What a response is to the others of its request, as the recording says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Neither copied nor a copy.
    Independent,
    /// A copy of the answered response with this index.
    Copy(u16),
    /// It was copied: it is alike to its copies through no fault of its own, and counts for neither class.
    Original,
    /// A copy of a response that failed, so there is nothing to compare it with; counts for neither class.
    Apart,
}

/// Roles of the answered responses of a request, from `copied`: per response, whether it is a copy, and if so the index
/// of its original among them, if that was answered.
pub fn roles(copied: &[Option<Option<u16>>]) -> Vec<Role> {
    let is_original = |index: usize| copied.iter().flatten().flatten().any(|&original| usize::from(original) == index);
    let role = |(index, copied): (usize, &Option<Option<u16>>)| match copied {
        Some(Some(original)) => Role::Copy(*original),
        Some(None) => Role::Apart,
        None if is_original(index) => Role::Original,
        None => Role::Independent,
    };
    copied.iter().enumerate().map(role).collect()
}

/// One answered response.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResponseScore {
    /// Slot of the miner.
    pub uid: u32,
    /// Length of its text in characters.
    pub characters: u32,
    /// Whether it was up for a reward, and so for a penalty.
    pub rewarded: bool,
    /// What it is to the others.
    pub role: Role,
    /// How correct it was.
    pub correctness: Option<f32>,
    /// Its penalty among all answered responses of the request.
    pub penalty: Penalty,
}

/// One measured request.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestScores {
    /// Its id.
    pub id: Box<str>,
    /// Where its problem is from.
    pub source: Option<Box<str>>,
    /// Seconds since 1970.
    pub recorded_at: Option<f64>,
    /// Its answered responses: rewarded ones and others, in the order of the recording.
    pub responses: Vec<ResponseScore>,
    /// Their pairs, in the order of [`Pairs`].
    pub pairs: Vec<Likeness>,
}

impl RequestScores {
    /// Scores of the units of one class. Only rewarded responses can be flagged, so only they are units of their own.
    pub fn scores(&self, profile: Profile, unit: Unit, class: Class) -> Vec<f64> {
        match unit {
            Unit::Pair => self.pair_scores(profile, class),
            Unit::Response => {
                let of_class = self.rewarded().filter(|response| class_of(response.role) == Some(class));
                of_class.map(|response| response.penalty.total.into()).collect()
            }
            Unit::Minibatch => {
                let copied = self.responses.iter().any(|response| response.role != Role::Independent);
                let wanted = copied == (class == Class::Copied);
                self.largest().filter(|_| wanted).into_iter().collect()
            }
        }
    }

    /// The largest penalty of the minibatch, if any response was rewarded.
    fn largest(&self) -> Option<f64> {
        self.rewarded().map(|response| f64::from(response.penalty.total)).reduce(f64::max)
    }

    fn rewarded(&self) -> impl Iterator<Item = &ResponseScore> {
        self.responses.iter().filter(|response| response.rewarded)
    }

    fn pair_scores(&self, profile: Profile, class: Class) -> Vec<f64> {
        self.numbered_pairs()
            .filter(|&(a, b)| self.pair_class(a, b) == class)
            .map(|(a, b)| {
                let both = self.penalties_of(profile, &[a, b]);
                both.iter().map(|penalty| f64::from(penalty.total)).fold(0.0, f64::max)
            })
            .collect()
    }

    /// Every unordered pair of responses, in the order of [`Pairs`].
    pub fn numbered_pairs(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        Pairs::numbered(self.responses.len())
    }

    /// Whether one of two responses copies the other, or both the same third.
    pub fn pair_class(&self, a: usize, b: usize) -> Class {
        let origin = |index: usize| match self.responses[index].role {
            Role::Copy(original) => usize::from(original),
            _ => index,
        };
        if origin(a) == origin(b) { Class::Copied } else { Class::Independent }
    }

    /// Penalties of the responses that `members` names, in the minibatch that they alone would form.
    pub fn penalties_of(&self, profile: Profile, members: &[usize]) -> Vec<Penalty> {
        let empty: Vec<bool> = self.responses.iter().map(|response| response.characters == 0).collect();
        let pairs = Pairs::new(&self.pairs, self.responses.len());
        pairs.map_or_else(Vec::new, |pairs| penalties(profile, pairs, &empty, members))
    }
}

fn class_of(role: Role) -> Option<Class> {
    match role {
        Role::Independent => Some(Class::Independent),
        Role::Copy(_) => Some(Class::Copied),
        Role::Original | Role::Apart => None,
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// A request of rewarded responses, all with the same cosine and partial ratio between them.
    pub fn request(number: usize, roles: &[Role], value: f32) -> RequestScores {
        let like = Likeness { cosine: value, partial_ratio: value };
        let response = |(uid, role): (usize, &Role)| ResponseScore {
            uid: uid as u32,
            characters: 10 * (1 + number as u32 % 7),
            rewarded: true,
            role: *role,
            correctness: Some((uid % 2) as f32),
            penalty: Penalty { embedding: 0.0, lexical: 0.0, total: 0.0 },
        };
        let mut request = RequestScores {
            id: format!("r{number}").into(),
            source: None,
            recorded_at: Some(number as f64),
            responses: roles.iter().enumerate().map(response).collect(),
            pairs: vec![like; Pairs::count(roles.len())],
        };
        let members: Vec<usize> = (0..roles.len()).collect();
        let found = request.penalties_of(Profile::LogicnetPr99, &members);
        request.responses.iter_mut().zip(found).for_each(|(response, penalty)| response.penalty = penalty);
        request
    }
}

#[cfg(test)]
mod tests {
    use super::testing::request;
    use super::*;

    const PR99: Profile = Profile::LogicnetPr99;

    #[test]
    fn roles_follow_from_who_copied_whom() {
        let found = roles(&[None, Some(Some(0)), None, Some(None)]);
        assert_eq!(found, [Role::Original, Role::Copy(0), Role::Independent, Role::Apart]);
    }

    #[test]
    fn an_independent_request_has_units_of_one_class_only() {
        let request = request(0, &[Role::Independent; 4], 0.5);
        let counts = |class| Unit::ALL.map(|unit| request.scores(PR99, unit, class).len());
        assert_eq!(counts(Class::Independent), [6, 4, 1]);
        assert_eq!(counts(Class::Copied), [0, 0, 0]);
    }

    #[test]
    fn an_original_is_neither_guilty_nor_a_false_positive() {
        let roles = [Role::Original, Role::Copy(0), Role::Copy(0), Role::Independent];
        let request = request(0, &roles, 0.9);
        let counts = |class| Unit::ALL.map(|unit| request.scores(PR99, unit, class).len());
        assert_eq!(counts(Class::Independent), [3, 1, 0]);
        assert_eq!(counts(Class::Copied), [3, 2, 1], "two copies of one original are alike too");
    }

    #[test]
    fn only_rewarded_responses_are_flagged() {
        let mut request = request(0, &[Role::Independent; 3], 0.5);
        request.responses[2].rewarded = false;
        request.responses[2].penalty.total = 1.0;
        assert_eq!(request.scores(PR99, Unit::Response, Class::Independent).len(), 2);
        assert!(request.scores(PR99, Unit::Minibatch, Class::Independent)[0] < 1.0);
        request.responses.iter_mut().for_each(|response| response.rewarded = false);
        assert!(request.scores(PR99, Unit::Minibatch, Class::Independent).is_empty());
    }

    #[test]
    fn a_pair_has_the_penalty_of_the_two_alone() {
        let mut request = request(0, &[Role::Independent; 3], 0.2);
        request.pairs[1] = Likeness { cosine: 0.6, partial_ratio: 0.8 };
        let scores = request.scores(PR99, Unit::Pair, Class::Independent);
        assert!((scores[1] - 0.8).abs() < 1e-6 && (scores[0] - 0.4).abs() < 1e-6, "{scores:?}");
    }

    #[test]
    fn units_are_read_and_shown() {
        assert!(Unit::ALL.iter().all(|unit| unit.to_string().parse() == Ok(*unit)));
        assert!("pairs".parse::<Unit>().is_err());
    }
}
