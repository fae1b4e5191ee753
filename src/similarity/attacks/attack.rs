//! Which attacks there are, how they are written (`exact`, `words:0.3`), and the command line's list of them. A
//! strength is always a share, 0 to 1.

use std::fmt;
use std::str::FromStr;

use super::error::AttackError;

/// How a copy is edited. What a strength is a share of stands in [`Attack::KINDS`].
///
/// The place of a kind in this list is part of its stream of draws: new kinds are added at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttackKind {
    /// Nothing.
    Exact,
    /// White space between words.
    Whitespace,
    /// Upper and lower case.
    Case,
    /// Marks at the ends of words.
    Punctuation,
    /// Neighbouring words change places.
    Swap,
    /// Words become other words.
    Words,
    /// Words are left out.
    Drop,
    /// Sentences change places.
    Reorder,
    /// The end is cut off.
    Truncate,
    /// Boilerplate comes before the text.
    Prefix,
    /// Boilerplate comes after the text.
    Suffix,
    /// Words become other words; numbers and formulas stay.
    Numbers,
}

impl AttackKind {
    /// Its name on the command line and in tables.
    pub fn name(self) -> &'static str {
        Attack::KINDS[self as usize].1
    }

    /// The strengths at which it is tried when none is given.
    pub fn ladder(self) -> &'static [f64] {
        if self == Self::Exact { &[0.0] } else { &Attack::LADDER }
    }
}

impl FromStr for AttackKind {
    type Err = AttackError;

    fn from_str(text: &str) -> Result<Self, AttackError> {
        let known = Attack::KINDS.iter().find(|(_, name, _)| *name == text);
        known.map(|(kind, ..)| *kind).ok_or_else(|| unknown(text))
    }
}

impl fmt::Display for AttackKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A kind of edit and the share of the text that it touches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attack {
    kind: AttackKind,
    strength: f64,
}

impl Attack {
    /// Every kind with its name and what its strength s, 0 to 1, does.
    pub const KINDS: [(AttackKind, &'static str, &'static str); 12] = [
        (AttackKind::Exact, "exact", "the text itself; takes no strength"),
        (
            AttackKind::Whitespace,
            "whitespace",
            "a share s of the gaps between words: spaces doubled, lines broken or joined",
        ),
        (
            AttackKind::Case,
            "case",
            "a share s of the words with letters turned to upper case, or to lower case if they were",
        ),
        (AttackKind::Punctuation, "punctuation", "a share s of the words gets, loses or changes the mark at its end"),
        (AttackKind::Swap, "swap", "a share s of the words has changed places with a neighbour"),
        (
            AttackKind::Words,
            "words",
            "a share s of all words, numbers too, replaced by synonyms or words of the same text",
        ),
        (AttackKind::Drop, "drop", "a share s of the words left out"),
        (AttackKind::Reorder, "reorder", "a share s of the sentences has changed places (one alone cannot)"),
        (AttackKind::Truncate, "truncate", "the last share s of the characters cut off"),
        (AttackKind::Prefix, "prefix", "boilerplate of up to a share s of the text's length put before it"),
        (AttackKind::Suffix, "suffix", "boilerplate of up to a share s of the text's length put after it"),
        (AttackKind::Numbers, "numbers", "as words, but a share s of those words that are no number or formula"),
    ];

    /// The strengths of every kind but `exact` when none is given.
    pub const LADDER: [f64; 5] = [0.1, 0.2, 0.3, 0.5, 0.8];

    /// A kind at a strength.
    ///
    /// # Errors
    /// The strength is not from 0 to 1, or not 0 for [`AttackKind::Exact`].
    pub fn new(kind: AttackKind, strength: f64) -> Result<Self, AttackError> {
        if !(0.0..=1.0).contains(&strength) {
            return Err(AttackError::Strength { name: kind.name(), strength: strength.to_string() });
        }
        if kind == AttackKind::Exact && strength > 0.0 {
            return Err(AttackError::ExactStrength);
        }
        // −0 is in range too.
        Ok(Self { kind, strength: strength.abs() })
    }

    /// How the copy is edited.
    pub fn kind(&self) -> AttackKind {
        self.kind
    }

    /// The share of the text that is touched, 0 to 1.
    pub fn strength(&self) -> f64 {
        self.strength
    }

    /// Every kind at every strength of its ladder, in the order of [`Self::KINDS`].
    pub fn all() -> Vec<Self> {
        Self::KINDS.iter().flat_map(|(kind, ..)| Self::rungs(*kind)).collect()
    }

    /// The attacks of a list such as `exact,words:0.2,truncate`, in its order, each once. A kind without a strength
    /// stands for its ladder, `all` for [`Self::all`]; blanks around the commas do not matter.
    ///
    /// # Errors
    /// The first part of the list that names no attack or no strength.
    pub fn list(text: &str) -> Result<Vec<Self>, AttackError> {
        let mut attacks = Vec::new();
        for part in text.split(',') {
            for attack in Self::part(part.trim())? {
                if !attacks.contains(&attack) {
                    attacks.push(attack);
                }
            }
        }
        Ok(attacks)
    }

    /// The names of all kinds, for help and errors.
    pub fn names() -> String {
        Self::KINDS.map(|(_, name, _)| name).join(", ")
    }

    /// What one part of a list stands for.
    fn part(text: &str) -> Result<Vec<Self>, AttackError> {
        match text {
            "" => Err(AttackError::Empty),
            "all" => Ok(Self::all()),
            _ if text.contains(':') => Ok(vec![text.parse()?]),
            _ => Ok(Self::rungs(text.parse()?).collect()),
        }
    }

    fn rungs(kind: AttackKind) -> impl Iterator<Item = Self> {
        kind.ladder().iter().map(move |&strength| Self { kind, strength })
    }
}

impl FromStr for Attack {
    type Err = AttackError;

    /// One attack, `exact` or `NAME:STRENGTH`.
    fn from_str(text: &str) -> Result<Self, AttackError> {
        let Some((name, strength)) = text.split_once(':') else {
            return match text.parse()? {
                AttackKind::Exact => Self::new(AttackKind::Exact, 0.0),
                kind => Err(AttackError::MissingStrength(kind.name())),
            };
        };
        let kind: AttackKind = name.parse()?;
        let no_share = |_| AttackError::Strength { name: kind.name(), strength: strength.to_owned() };
        Self::new(kind, strength.parse().map_err(no_share)?)
    }
}

impl fmt::Display for Attack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            AttackKind::Exact => write!(f, "{}", self.kind),
            kind => write!(f, "{kind}:{}", self.strength),
        }
    }
}

fn unknown(name: &str) -> AttackError {
    AttackError::Unknown { name: name.to_owned(), known: Attack::names() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(list: &str) -> String {
        Attack::list(list).unwrap().iter().map(Attack::to_string).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn the_table_lists_the_kinds_in_their_order() {
        for (place, (kind, name, description)) in Attack::KINDS.iter().enumerate() {
            assert_eq!(*kind as usize, place);
            assert_eq!(name.parse(), Ok(*kind));
            assert_eq!(kind.to_string(), *name);
            assert!(!description.is_empty() && name.chars().all(|c| c.is_ascii_lowercase()));
        }
    }

    #[test]
    fn attacks_are_read_and_shown() {
        for text in ["exact", "whitespace:1", "words:0.3", "truncate:0", "numbers:0.125"] {
            assert_eq!(text.parse::<Attack>().unwrap().to_string(), text);
        }
        for attack in Attack::all() {
            assert_eq!(attack.to_string().parse(), Ok(attack));
        }
        assert_eq!("drop:-0".parse::<Attack>().unwrap().to_string(), "drop:0");
        assert_eq!("words".parse::<Attack>(), Err(AttackError::MissingStrength("words")));
    }

    #[test]
    fn a_list_names_kinds_ladders_or_all() {
        assert_eq!(shown("exact,words:0.2,words:0.5,truncate:0.7"), "exact,words:0.2,words:0.5,truncate:0.7");
        assert_eq!(shown(" exact , case "), "exact,case:0.1,case:0.2,case:0.3,case:0.5,case:0.8");
        assert_eq!(shown("swap:0.8,swap"), "swap:0.8,swap:0.1,swap:0.2,swap:0.3,swap:0.5", "each once");
        assert_eq!(Attack::list("all").unwrap(), Attack::all());
        assert_eq!(Attack::all().len(), 1 + 11 * 5);
        assert_eq!(Attack::list("words,all,words:0.15").unwrap().len(), 57);
    }

    #[test]
    fn what_is_no_attack_is_refused() {
        let refused = |list: &str| Attack::list(list).unwrap_err();
        let told = refused("exact,paraphrase").to_string();
        for (_, name, _) in Attack::KINDS {
            assert!(told.contains(name), "{told}");
        }
        assert!(told.contains("`paraphrase`"));
        for empty in ["", " ", "exact,", ",exact", "exact,,case"] {
            assert_eq!(refused(empty), AttackError::Empty);
        }
        for strength in ["1.01", "-0.1", "NaN", "inf", "", "x", "0.3:0.4", "30%"] {
            let expected = AttackError::Strength { name: "words", strength: strength.to_owned() };
            assert_eq!(refused(&format!("words:{strength}")), expected);
        }
        assert_eq!(refused("exact:0.5"), AttackError::ExactStrength);
        assert_eq!(refused("Exact"), unknown("Exact"));
        assert_eq!(refused("all:0.5"), unknown("all"));
    }
}
