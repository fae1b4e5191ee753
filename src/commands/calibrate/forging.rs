//! Copies made by construction: in a drawn request, one response is replaced by an edited copy of another, as one
//! operator with two miners would do it, and its penalty among the others is what the validator would see.

use crate::engine::embedder::Embedding;
use crate::judge::calibration::Attacked;
use crate::similarity::attacks::{Attack, AttackKind, attacked};
use crate::similarity::{Likeness, Matcher, Pairs, Profile, Text, penalties};
use crate::stats::Draws;

use crate::commands::comparing::{Compared, cosine};

/// The purpose that names the streams that draw who copies whom.
const PURPOSE: &[u8; 8] = b"calforge";

/// A copy in a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Forgery {
    /// Which attack of the list.
    pub attack: usize,
    /// The response that is replaced.
    pub replaced: usize,
    /// Its new text.
    pub text: String,
}

/// All copies in the request with this `number` in the recording, whose answered texts are given.
pub fn forge(attacks: &[Attack], texts: &[&str], number: usize, seed: u64) -> Vec<Forgery> {
    let who = Draws::new(seed, PURPOSE, number as u64).distinct(texts.len(), 2);
    let [original, replaced] = who.as_slice() else { return Vec::new() };
    let forgery = |(index, attack): (usize, &Attack)| Forgery {
        attack: index,
        replaced: *replaced,
        text: attacked(texts[*original], attack, seed, number as u64),
    };
    attacks.iter().enumerate().map(forgery).collect()
}

impl Forgery {
    /// The penalty of the copy among the other responses of its request.
    pub fn penalty(&self, request: &Compared, embedding: &Embedding, profile: Profile, matcher: &mut Matcher) -> f64 {
        let size = request.texts.len();
        let text = Text::new(&self.text);
        let mut with = |other: usize| Likeness {
            cosine: cosine(embedding, &request.embeddings[other]),
            partial_ratio: (matcher.partial_ratio(&text, &request.texts[other]) / 100.0) as f32,
        };
        let known = request.pairs.iter().copied();
        let likeness: Vec<Likeness> = Pairs::numbered(size)
            .zip(known)
            .map(|((a, b), known)| match self.replaced {
                replaced if a == replaced => with(b),
                replaced if b == replaced => with(a),
                _ => known,
            })
            .collect();
        let mut empty: Vec<bool> = request.texts.iter().map(Text::is_empty).collect();
        empty[self.replaced] = text.is_empty();
        let members: Vec<usize> = (0..size).collect();
        let found = Pairs::new(&likeness, size).map(|pairs| penalties(profile, pairs, &empty, &members));
        found.map_or(0.0, |found| found[self.replaced].total.into())
    }
}

/// Every attack, without a copy yet.
pub fn prepare(attacks: &[Attack]) -> Vec<Attacked> {
    let of_attack = |attack: &Attack| Attacked {
        attack: attack.kind().name().to_owned(),
        strength: (attack.kind() != AttackKind::Exact).then_some(attack.strength()),
        copies: Vec::new(),
    };
    attacks.iter().map(of_attack).collect()
}
