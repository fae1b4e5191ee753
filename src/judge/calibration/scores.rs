//! Measured requests, and the scores of each unit in them. A unit's score is the penalty that decides whether it is
//! flagged: of a pair, the penalty that the two alone would get; of a response, its own; of a minibatch, the largest.
//! Only what a validator can flag is a unit: something in it is up for a reward and is compared with another.

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

/// What a response is to the others of its request, as the recording says. Responses are of one origin where their
/// chains of copies end at the same response, whether that was answered or failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Neither copied nor a copy.
    Independent,
    /// A copy, beside another answer of its origin.
    Copy,
    /// It was copied: it is alike to its copies through no fault of its own, and counts for neither class.
    Original,
    /// A copy, but no other answer of its origin is there to compare it with; counts for neither class.
    Apart,
}

/// Roles of the answered responses of a request: of each, whether it is a copy, and the uid at the end of its chain of
/// copies, its own where it is none.
pub fn roles(answered: &[(bool, u32)]) -> Vec<Role> {
    let role = |&(is_copy, origin): &(bool, u32)| {
        let is_alone = answered.iter().filter(|other| other.1 == origin).count() == 1;
        match (is_copy, is_alone) {
            (true, false) => Role::Copy,
            (true, true) => Role::Apart,
            (false, false) => Role::Original,
            (false, true) => Role::Independent,
        }
    };
    answered.iter().map(role).collect()
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
    /// Uid of the response that it copies, as recorded.
    pub copy_of: Option<u32>,
    /// Uid of the response at the end of its chain of copies; its own where it is no copy.
    pub origin: u32,
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
    /// Its problem, if the recording names it: requests of one problem depend on each other.
    pub problem: Option<Box<str>>,
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
    /// Scores of the units of one class: of those that a validator can flag. A response that stands alone is compared
    /// with nothing, so a request of fewer than two has no unit.
    pub fn scores(&self, profile: Profile, unit: Unit, class: Class) -> Vec<f64> {
        match unit {
            Unit::Pair => self.pairs_of(class).filter_map(|(a, b)| self.pair_score(profile, a, b)).collect(),
            Unit::Response => {
                let of_class = self.flaggable().filter(|response| class_of(response.role) == Some(class));
                of_class.map(|response| response.penalty.total.into()).collect()
            }
            Unit::Minibatch => self.largest().filter(|_| self.class() == Some(class)).into_iter().collect(),
        }
    }

    /// Responses that can be flagged.
    pub fn flaggable(&self) -> impl Iterator<Item = &ResponseScore> {
        self.responses.iter().filter(|response| self.can_be_flagged(response))
    }

    /// Whether a response of this request is up for a reward, and there is another to compare it with.
    pub fn can_be_flagged(&self, response: &ResponseScore) -> bool {
        response.rewarded && self.responses.len() > 1
    }

    /// The largest penalty of the minibatch, if any response can be flagged.
    fn largest(&self) -> Option<f64> {
        self.flaggable().map(|response| f64::from(response.penalty.total)).reduce(f64::max)
    }

    /// The class of the minibatch; none where it holds a copy, but no pair with one in which a flag would be right.
    fn class(&self) -> Option<Class> {
        if self.responses.iter().all(|response| response.role == Role::Independent) {
            return Some(Class::Independent);
        }
        let mut copied = self.pairs_of(Class::Copied);
        copied.any(|(a, b)| self.responses[a].rewarded || self.responses[b].rewarded).then_some(Class::Copied)
    }

    /// Every unordered pair of responses, in the order of [`Pairs`].
    pub fn numbered_pairs(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        Pairs::numbered(self.responses.len())
    }

    /// The pairs of one class.
    pub fn pairs_of(&self, class: Class) -> impl Iterator<Item = (usize, usize)> {
        self.numbered_pairs().filter(move |&(a, b)| self.pair_class(a, b) == class)
    }

    /// Whether two responses are of one origin: one copies the other, or both a third.
    pub fn pair_class(&self, a: usize, b: usize) -> Class {
        let same = self.responses[a].origin == self.responses[b].origin;
        if same { Class::Copied } else { Class::Independent }
    }

    /// The larger penalty that two responses would get in a minibatch of their own; `None` where neither was up for a
    /// reward, so that no validator could flag them.
    pub fn pair_score(&self, profile: Profile, a: usize, b: usize) -> Option<f64> {
        let both = [a, b].into_iter().zip(self.penalties_of(profile, &[a, b]));
        let rewarded = both.filter(|(index, _)| self.responses[*index].rewarded);
        rewarded.map(|(_, penalty)| f64::from(penalty.total)).reduce(f64::max)
    }

    /// The same with penalties by another profile.
    #[must_use]
    pub fn by(&self, profile: Profile) -> Self {
        let mut scores = self.clone();
        let members: Vec<usize> = (0..scores.responses.len()).collect();
        let penalties = scores.penalties_of(profile, &members);
        scores.responses.iter_mut().zip(penalties).for_each(|(response, penalty)| response.penalty = penalty);
        scores
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
        Role::Copy => Some(Class::Copied),
        Role::Original | Role::Apart => None,
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// The uid that a response with this role copies, and its origin: copies are of uid `first`, or of one that failed.
    pub fn ancestry(role: Role, uid: u32, first: u32) -> (Option<u32>, u32) {
        match role {
            Role::Independent => (None, uid),
            Role::Original => (None, first),
            Role::Copy => (Some(first), first),
            Role::Apart => (Some(99), 99),
        }
    }

    /// A request of rewarded responses, all with the same cosine and partial ratio between them; copies are of the
    /// first.
    pub fn request(number: usize, roles: &[Role], value: f32) -> RequestScores {
        let like = Likeness { cosine: value, partial_ratio: value };
        let response = |(uid, role): (usize, &Role)| ResponseScore {
            uid: uid as u32,
            copy_of: ancestry(*role, uid as u32, 0).0,
            origin: ancestry(*role, uid as u32, 0).1,
            characters: 10 * (1 + number as u32 % 7),
            rewarded: true,
            role: *role,
            correctness: Some((uid % 2) as f32),
            penalty: Penalty { embedding: 0.0, lexical: 0.0, total: 0.0 },
        };
        let mut request = RequestScores {
            id: format!("r{number}").into(),
            problem: None,
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
        let found = roles(&[(false, 0), (true, 0), (false, 2), (true, 99)]);
        assert_eq!(found, [Role::Original, Role::Copy, Role::Independent, Role::Apart]);
        let two_of_a_failed_one = roles(&[(true, 99), (true, 99), (false, 2)]);
        assert_eq!(two_of_a_failed_one, [Role::Copy, Role::Copy, Role::Independent]);
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
        let roles = [Role::Original, Role::Copy, Role::Copy, Role::Independent];
        let request = request(0, &roles, 0.9);
        let counts = |class| Unit::ALL.map(|unit| request.scores(PR99, unit, class).len());
        assert_eq!(counts(Class::Independent), [3, 1, 0]);
        assert_eq!(counts(Class::Copied), [3, 2, 1], "two copies of one original are alike too");
    }

    #[test]
    fn a_minibatch_with_nothing_to_detect_is_of_neither_class() {
        let counts = |request: &RequestScores, class| Unit::ALL.map(|unit| request.scores(PR99, unit, class).len());
        let apart = request(0, &[Role::Apart, Role::Independent, Role::Independent], 0.9);
        assert_eq!((counts(&apart, Class::Independent), counts(&apart, Class::Copied)), ([3, 2, 0], [0, 0, 0]));
        let mut unrewarded = request(0, &[Role::Original, Role::Copy, Role::Independent], 0.9);
        unrewarded.responses[..2].iter_mut().for_each(|response| response.rewarded = false);
        assert_eq!(counts(&unrewarded, Class::Copied), [0, 0, 0], "no validator flags the copy or its original");
        unrewarded.responses[0].rewarded = true;
        assert_eq!(counts(&unrewarded, Class::Copied), [1, 0, 1], "a flag of the original is right");
    }

    #[test]
    fn what_stands_alone_is_no_unit() {
        let request = request(0, &[Role::Independent], 0.5);
        assert!(Unit::ALL.iter().all(|unit| request.scores(PR99, *unit, Class::Independent).is_empty()));
    }

    #[test]
    fn a_pair_is_flagged_by_its_rewarded_members() {
        let mut request = request(0, &[Role::Independent; 3], 0.9);
        request.responses[0].characters = 0;
        let score = |request: &RequestScores| request.pair_score(Profile::Joint, 0, 1);
        assert!((score(&request).unwrap() - 0.925).abs() < 1e-6);
        request.responses[1].rewarded = false;
        assert_eq!(score(&request), Some(0.0), "the empty text alone could be flagged, and has no penalty");
        request.responses[0].rewarded = false;
        assert_eq!(score(&request), None);
        assert_eq!(request.scores(Profile::Joint, Unit::Pair, Class::Independent).len(), 2);
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
