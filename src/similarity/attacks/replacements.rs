//! Other words for the words of a text: a synonym of our list where there is one, otherwise a plain word of the same
//! text of about its length, otherwise a filler. A replacement differs in more than its case and is no number.

use std::collections::BTreeSet;

use super::vocabulary::{FILLERS, core, is_formula, lower_case, synonyms, upper_case};
use crate::stats::Draws;

/// The plain words of one text, from which its replacements come.
#[derive(Debug)]
pub(super) struct Replacements {
    /// Length in characters and the word in lower case, each word once, in ascending order.
    pool: Vec<(usize, String)>,
}

impl Replacements {
    /// Replacements for the words of a text.
    pub fn of(words: &[impl AsRef<str>]) -> Self {
        let plain = words.iter().map(AsRef::as_ref).filter(|word| !is_formula(word));
        let pool: BTreeSet<_> = plain.map(|word| lower_case(core(word))).map(|word| (length(&word), word)).collect();
        Self { pool: pool.into_iter().collect() }
    }

    /// Another word in place of this one, by one draw. Marks around a plain word stay, and so does a capital at its
    /// front; a number or formula is replaced whole. For n characters at most 2 n + 1.
    pub fn replace(&self, word: &str, draws: &mut Draws) -> String {
        let old = if is_formula(word) { word } else { core(word) };
        let new = self.other(&lower_case(old), draws);
        let capital = capitalised(new);
        let new = if old.starts_with(char::is_uppercase) && capital != old { &capital } else { new };
        word.replacen(old, new, 1)
    }

    /// Another word in lower case.
    fn other(&self, old: &str, draws: &mut Draws) -> &str {
        if let Some(group) = synonyms(old) {
            return other_of(group, old, draws);
        }
        match self.about(length(old)) {
            [] | [_] => other_of(&FILLERS, old, draws),
            pool => pool_word(pool, old, draws),
        }
    }

    /// The words of half to double a length, and one character more.
    fn about(&self, length: usize) -> &[(usize, String)] {
        let start = self.pool.partition_point(|(other, _)| *other < length / 2);
        let end = self.pool.partition_point(|(other, _)| *other <= 2 * length + 1);
        &self.pool[start..end]
    }
}

/// One of the options (two or more, all different) that is not the old one, by one draw.
pub(super) fn other_of<'a>(options: &[&'a str], old: &str, draws: &mut Draws) -> &'a str {
    let drawn = draws.below(options.len());
    if options[drawn] == old { options[(drawn + 1) % options.len()] } else { options[drawn] }
}

fn pool_word<'a>(pool: &'a [(usize, String)], old: &str, draws: &mut Draws) -> &'a str {
    let drawn = draws.below(pool.len());
    let (_, word) = &pool[drawn];
    if word == old { &pool[(drawn + 1) % pool.len()].1 } else { word }
}

fn length(word: &str) -> usize {
    word.chars().count()
}

fn capitalised(word: &str) -> String {
    let front = word.chars().next().map_or(0, char::len_utf8);
    upper_case(&word[..front]) + &word[front..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(text: &str, word: &str) -> BTreeSet<String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let replacements = Replacements::of(&words);
        let mut draws = Draws::new(1, b"attacks\0", 0);
        (0..100).map(|_| replacements.replace(word, &mut draws)).collect()
    }

    fn set(words: &[&str]) -> BTreeSet<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_synonym_keeps_marks_and_capital() {
        assert_eq!(replaced("", "(So,"), set(&["(Thus,", "(Hence,"]));
        assert_eq!(replaced("", "a"), set(&["the"]));
    }

    #[test]
    fn without_a_synonym_a_word_of_the_text_of_about_the_length() {
        let text = "ducks lay 16 eggs = <<16>> ox Ducks six uncharacteristically";
        assert_eq!(replaced(text, "Ducks,"), set(&["Lay,", "Eggs,", "Ox,"]));
        assert_eq!(replaced(text, "16"), set(&["ducks", "eggs", "lay", "ox"]), "numbers become plain words");
        assert_eq!(replaced(text, "<<16>>"), set(&["ducks", "eggs", "lay"]), "formulas too, whole");
    }

    #[test]
    fn without_either_a_filler() {
        assert_eq!(replaced("蛋", "蛋"), set(&FILLERS));
        assert_eq!(replaced("", "="), set(&FILLERS));
    }
}
