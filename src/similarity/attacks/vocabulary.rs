//! The words that attacks put into a text, and which of its own words are numbers or formulas. A synonym is never
//! longer than 2 n + 1 letters for a word of n, so no copy is more than twice as long as its text.

/// Words that may stand for each other, each in one group only.
const SYNONYMS: &[&[&str]] = &[
    &["a", "the"],
    &["about", "around"],
    &["after", "following"],
    &["already", "previously"],
    &["also", "too"],
    &["altogether", "overall"],
    &["answer", "result", "outcome"],
    &["are", "were"],
    &["ask", "wonder"],
    &["at", "in"],
    &["ate", "had"],
    &["because", "since"],
    &["before", "until"],
    &["big", "large"],
    &["bought", "purchased"],
    &["but", "yet"],
    &["buy", "acquire"],
    &["buys", "takes"],
    &["calculate", "evaluate"],
    &["can", "may"],
    &["children", "kids"],
    &["cost", "price"],
    &["costs", "charges"],
    &["during", "within"],
    &["each", "every"],
    &["end", "finish"],
    &["equals", "gives", "yields"],
    &["finally", "lastly"],
    &["find", "compute", "determine"],
    &["for", "per"],
    &["from", "of"],
    &["gave", "handed"],
    &["get", "obtain"],
    &["goes", "travels"],
    &["has", "owns", "holds"],
    &["have", "own"],
    &["here", "there"],
    &["however", "though"],
    &["is", "was"],
    &["just", "only"],
    &["left", "over", "remaining"],
    &["less", "fewer"],
    &["little", "small"],
    &["made", "earned"],
    &["make", "earn"],
    &["makes", "earns"],
    &["many", "several"],
    &["means", "implies"],
    &["money", "cash"],
    &["more", "extra", "further"],
    &["much", "plenty"],
    &["must", "should"],
    &["need", "require"],
    &["needs", "requires"],
    &["next", "then"],
    &["now", "today"],
    &["number", "count", "amount"],
    &["or", "else"],
    &["people", "persons"],
    &["problem", "question"],
    &["remainder", "rest"],
    &["same", "equal"],
    &["sell", "trade"],
    &["sells", "trades"],
    &["so", "thus", "hence"],
    &["sold", "traded"],
    &["spend", "pay"],
    &["spends", "pays"],
    &["spent", "paid"],
    &["start", "begin"],
    &["starts", "begins"],
    &["step", "stage"],
    &["that", "this"],
    &["therefore", "consequently"],
    &["these", "those"],
    &["to", "into"],
    &["total", "sum", "whole"],
    &["under", "below"],
    &["use", "apply"],
    &["we", "you"],
    &["went", "travelled"],
    &["when", "while"],
    &["will", "would"],
    &["with", "using"],
];

/// What replaces a word that has no synonym in a text without words of about its length: three letters at most.
pub(super) const FILLERS: [&str; 8] = ["all", "and", "any", "but", "for", "now", "too", "yet"];

/// Sentences that may stand before any answer.
pub(super) const OPENINGS: [&str; 6] = [
    "Let us go through the problem slowly and write down what is known.",
    "Here is a full solution with every intermediate result shown.",
    "To answer the question we collect the given facts and combine them.",
    "The following explanation leads to the answer without skipping anything.",
    "We begin by reading the task carefully and choosing a suitable method.",
    "Below you can see how the requested value is obtained.",
];

/// Sentences that may stand after any answer.
pub(super) const CLOSINGS: [&str; 6] = [
    "This completes the solution, and the value above is what was asked for.",
    "Checking the work once again confirms that nothing was forgotten.",
    "I hope that this explanation is clear and easy to follow.",
    "The same method can be applied to similar problems as well.",
    "Please say so if any part of the reasoning should be explained further.",
    "All intermediate results agree with the facts stated in the task.",
];

/// Numbers written as words, and words for multiples and parts.
#[rustfmt::skip]
const NUMBER_WORDS: &[&str] = &[
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty", "forty",
    "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "thousand", "million", "billion", "dozen", "first",
    "second", "third", "fourth", "fifth", "half", "quarter", "once", "twice", "thrice", "double", "triple", "percent",
    "plus", "minus", "times", "divided",
];

/// Signs that make a word a formula.
#[rustfmt::skip]
const SIGNS: [char; 33] = [
    '+', '*', '/', '=', '<', '>', '^', '%', '$', '€', '£', '\\', '_', '{', '}', '|', '~', '×', '÷', '±', '≈', '≠', '≤',
    '≥', '√', '∑', '∏', '∫', '∞', '°', '−', '→', '⇒',
];

/// The words that may stand for a lower-case word, itself among them.
pub(super) fn synonyms(word: &str) -> Option<&'static [&'static str]> {
    SYNONYMS.iter().find(|group| group.contains(&word)).copied()
}

/// A word without the marks around it; accents written as characters of their own belong to it.
pub(super) fn core(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric() && !('\u{300}'..='\u{36f}').contains(&c))
}

/// Lower case letter by letter, so that the number of letters stays: what would become several is left.
pub(super) fn lower_case(text: &str) -> String {
    text.chars().map(|c| single(c, c.to_lowercase())).collect()
}

/// Upper case letter by letter, so that the number of letters stays: what would become several is left.
pub(super) fn upper_case(text: &str) -> String {
    text.chars().map(|c| single(c, c.to_uppercase())).collect()
}

fn single(before: char, mut after: impl Iterator<Item = char>) -> char {
    match (after.next(), after.next()) {
        (Some(after), None) => after,
        _ => before,
    }
}

/// Whether a word is a number (in digits or letters), a formula, a sign or the name of a variable.
pub(super) fn is_formula(word: &str) -> bool {
    let core = core(word);
    !core.contains(char::is_alphabetic)
        || word.contains(|c: char| c.is_numeric() || SIGNS.contains(&c))
        || is_variable(core)
        || lower_case(core).split('-').any(|part| NUMBER_WORDS.contains(&part))
}

/// A single Latin or Greek letter; `a` and `I` are words.
fn is_variable(core: &str) -> bool {
    let mut letters = core.chars();
    let letter = letters.next().filter(|c| c.is_ascii_alphabetic() || ('α'..='ω').contains(c));
    letters.next().is_none() && letter.is_some_and(|c| !['a', 'A', 'I'].contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synonyms_are_plain_short_and_in_one_group() {
        let all: Vec<&str> = SYNONYMS.concat();
        for group in SYNONYMS {
            let longest = group.iter().map(|word| word.len()).max().unwrap();
            assert!(group.len() >= 2 && group.iter().all(|word| longest <= 2 * word.len() + 1), "{group:?}");
        }
        for word in &all {
            assert_eq!(all.iter().filter(|other| *other == word).count(), 1, "{word}");
            assert!(word.chars().all(|c| c.is_ascii_lowercase()) && !is_formula(word), "{word}");
        }
    }

    #[test]
    fn fillers_are_plain_and_short() {
        assert!(FILLERS.iter().all(|word| word.len() <= 3 && !is_formula(word)));
    }

    #[test]
    fn numbers_and_formulas_are_known() {
        for word in ["3", "$80,000", "<<3+4=7>>7", "x", "=", "-", "½", "n)", "\\frac{a}{b}", "Three,", "twenty-one"] {
            assert!(is_formula(word), "{word}");
        }
        for word in ["eggs", "a", "I", "“Janet’s", "well-known", "A:", "onerous", "蛋", "我", "e\u{301}."] {
            assert!(!is_formula(word), "{word}");
        }
    }

    #[test]
    fn changing_case_keeps_the_number_of_letters() {
        assert_eq!((upper_case("straße ΐ a"), lower_case("İ Σ A")), ("STRAßE ΐ A".to_owned(), "İ σ a".to_owned()));
    }
}
