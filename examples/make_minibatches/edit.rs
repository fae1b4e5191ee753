//! What a cached answer goes through before it is returned again: mostly nothing, sometimes a light edit.

use weighhouse::stats::random::Draws;

/// A change to a cached answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// Byte for byte the same.
    Nothing,
    /// Line breaks become spaces; where there are none, spaces are doubled.
    Whitespace,
    /// One word is replaced by another.
    Word,
}

/// Words and what may stand for them.
const WORDS: [(&str, &str); 10] = [
    ("is", "equals"),
    ("are", "were"),
    ("The", "This"),
    ("sum", "total"),
    ("makes", "gives"),
    ("make", "give"),
    ("takes", "needs"),
    ("Together", "Altogether"),
    ("for", "with"),
    ("Step", "Part"),
];

impl Edit {
    /// Nothing in 6 of 10 cases, else whitespace or a word in equal shares.
    pub fn draw(draws: &mut Draws) -> Self {
        match draws.below(20) {
            0..12 => Self::Nothing,
            12..16 => Self::Whitespace,
            _ => Self::Word,
        }
    }

    /// The text as it is returned. A text without any of the [`WORDS`] stays as it is.
    pub fn apply(self, text: &str, mut draws: Draws) -> String {
        match self {
            Self::Nothing => text.to_owned(),
            Self::Whitespace if text.contains('\n') => text.replace('\n', " "),
            Self::Whitespace => text.replace(' ', "  "),
            Self::Word => replace_word(text, &mut draws),
        }
    }
}

/// Replaces one of the known words in a text, at a drawn place.
fn replace_word(text: &str, draws: &mut Draws) -> String {
    let mut words: Vec<&str> = text.split(' ').collect();
    let known = |word: &str| WORDS.iter().find(|(from, _)| *from == word).map(|(_, to)| *to);
    let places: Vec<(usize, &str)> = (0..).zip(&words).filter_map(|(i, word)| Some((i, known(word)?))).collect();
    if let Some((place, other)) = places.get(draws.below(places.len())) {
        words[*place] = other;
    }
    words.join(" ")
}
