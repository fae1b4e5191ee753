//! The correctness of a final answer where both it and the right one hold a single number; where they hold more, the
//! validator asks a language model, and nothing is known here.

use std::sync::LazyLock;

use regex::Regex;

/// What LogicNet takes away before it looks for numbers.
const MARKS: [&str; 4] = ["\\[", "\\]", "$", "%"];

/// A number as LogicNet finds it: without a sign, in digits of any script.
#[expect(clippy::expect_used, reason = "the pattern is fixed, and a test uses it")]
static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\d+\.\d+|\d+").expect("a pattern"));

/// From 0 to 1: max(0, 1 − |g − m| / (|g| + 10⁻⁸)) of the one number g of `truth` and the one number m of `answer`.
///
/// 0 where the truth holds numbers and the answer none; `None` where a judge must decide. LogicNet at 603ab00: signs are
/// lost, and "1,234", "1/2" and "1e5" hold two numbers.
pub fn numeric_correctness(truth: &str, answer: &str) -> Option<f64> {
    match (numbers(truth).as_slice(), numbers(answer).as_slice()) {
        ([], _) => None,
        (_, []) => Some(0.0),
        // Of two infinities the difference is no number, which `max` takes for 0.
        ([given], [miner]) => Some((1.0 - (given - miner).abs() / (given.abs() + 1e-8)).max(0.0)),
        _ => None,
    }
}

fn numbers(text: &str) -> Vec<f64> {
    let plain = MARKS.iter().fold(text.to_owned(), |text, mark| text.replace(mark, ""));
    let number = |found: &str| found.chars().map(ascii_digit).collect::<String>().parse().ok();
    NUMBER.find_iter(&plain).filter_map(|found| number(found.as_str())).collect()
}

/// A decimal digit of any script as one of 0 to 9: scripts have theirs in a row, from 0 on.
fn ascii_digit(character: char) -> char {
    if character.is_ascii() {
        return character;
    }
    let is_digit = |code: &u32| char::from_u32(*code).is_some_and(|below| NUMBER.is_match(&below.to_string()));
    let below = (0..u32::from(character)).rev().take_while(is_digit).count() as u32;
    char::from_digit(below % 10, 10).unwrap_or(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_every_script_count() {
        assert_eq!("٣３𝟗𝟘९".chars().map(ascii_digit).collect::<String>(), "33909");
        assert_eq!(numbers("$1.٥ and ² or ½, 7%"), [1.5, 7.0]);
    }

    #[test]
    fn beyond_the_largest_number_nothing_is_alike() {
        let long = "9".repeat(400);
        assert_eq!(numeric_correctness(&long, &long), Some(0.0));
        assert_eq!(numeric_correctness("1", &long), Some(0.0));
    }
}
