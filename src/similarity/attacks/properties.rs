//! What holds for every attack on every text: tests with random texts.

use proptest::collection::vec;
use proptest::prelude::*;

use super::layout::Layout;
use super::vocabulary::is_formula;
use super::{Attack, AttackKind, attacked};

/// Kinds that leave every unit at its place.
const IN_PLACE: [AttackKind; 5] =
    [AttackKind::Case, AttackKind::Punctuation, AttackKind::Swap, AttackKind::Words, AttackKind::Numbers];

/// Anything, and texts rather like answers.
fn texts() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("the"),
        Just("So,"),
        Just("eggs."),
        Just("x"),
        Just("A:"),
        Just("<<3+4=7>>7"),
        Just("16"),
        Just("="),
        Just("ΐß"),
        Just("İI"),
        Just("蛋蛋"),
        Just("e\u{301}"),
        Just("$1,000."),
        Just("ŉ!?"),
        Just("Uncharacteristic"),
        Just("three"),
        Just("ıa"),
        Just("Ia"),
        Just("🥚"),
    ];
    let gap =
        prop_oneof![8 => Just(" "), 2 => Just("\n"), 1 => Just("\r\n\r\n"), 1 => Just("\u{2003}\t"), 1 => Just("")];
    let answer = vec((word, gap), 0..60).prop_map(|parts| parts.into_iter().flat_map(|(a, b)| [a, b]).collect());
    prop_oneof![3 => answer, 1 => any::<String>(), 1 => "[a-c \n.]{0,40}", 1 => "\\s{0,5}", 1 => "\\PC{0,40}"]
}

fn kinds() -> impl Strategy<Value = AttackKind> {
    (0..Attack::KINDS.len()).prop_map(|place| Attack::KINDS[place].0)
}

fn copy(text: &str, kind: AttackKind, strength: f64, index: u64) -> String {
    let strength = if kind == AttackKind::Exact { 0.0 } else { strength };
    attacked(text, &Attack::new(kind, strength).unwrap(), 7, index)
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// The words at which a copy differs from its text, with what they became.
fn changes(text: &str, copy: &str) -> Vec<(usize, String)> {
    let (before, after) = (Layout::words(text).units, Layout::words(copy).units);
    assert_eq!(before.len(), after.len());
    let words = before.iter().zip(&after).enumerate().filter(|(_, (a, b))| a != b);
    words.map(|(place, (_, word))| (place, word.to_string())).collect()
}

fn formulas(text: &str) -> Vec<&str> {
    text.split_whitespace().filter(|word| is_formula(word)).collect()
}

fn sorted(text: &str) -> Vec<char> {
    let mut characters: Vec<char> = text.chars().collect();
    characters.sort_unstable();
    characters
}

proptest! {
    #[test]
    fn a_copy_is_repeatable_and_at_most_twice_as_long(text in texts(), kind in kinds(), s in 0.0..=1.0, index: u64) {
        let one = copy(&text, kind, s, index);
        prop_assert_eq!(&one, &copy(&text, kind, s, index));
        prop_assert!(length(&one) <= 2 * length(&text) + 1, "{:?} {:?}", text, one);
    }

    #[test]
    fn strength_0_and_exact_change_nothing(text in texts(), kind in kinds(), s in 0.0..=1.0, index: u64) {
        prop_assert_eq!(&copy(&text, kind, 0.0, index), &text);
        prop_assert_eq!(&copy(&text, AttackKind::Exact, s, index), &text);
    }

    #[test]
    fn a_greater_strength_edits_the_same_places_and_more(text in texts(), a in 0.0..=1.0, b in 0.0..=1.0, index: u64) {
        let (weak, strong) = (f64::min(a, b), f64::max(a, b));
        for kind in IN_PLACE {
            let weaker = changes(&text, &copy(&text, kind, weak, index));
            let stronger = changes(&text, &copy(&text, kind, strong, index));
            prop_assert!(weaker.iter().all(|change| stronger.contains(change)), "{} {:?}", kind, text);
        }
        let added = |kind, s| copy(&text, kind, s, index);
        prop_assert!(added(AttackKind::Suffix, strong).starts_with(&added(AttackKind::Suffix, weak)));
        prop_assert!(added(AttackKind::Truncate, weak).starts_with(&added(AttackKind::Truncate, strong)));
        let opening = added(AttackKind::Prefix, weak);
        let opening = opening.strip_suffix(text.as_str()).unwrap().trim_end();
        prop_assert!(added(AttackKind::Prefix, strong).starts_with(opening));
        let (few, many) = (added(AttackKind::Drop, strong), added(AttackKind::Drop, weak));
        let mut many = many.split_whitespace();
        prop_assert!(few.split_whitespace().all(|word| many.any(|other| other == word)));
    }

    #[test]
    fn every_chosen_word_becomes_another(text in texts(), s in 0.0..=1.0, index: u64) {
        let words = text.split_whitespace().count() as f64;
        let changed = changes(&text, &copy(&text, AttackKind::Words, s, index)).len() as f64;
        prop_assert!((changed - s * words).abs() <= 0.5, "{} of {}", changed, words);
        let plain = words - formulas(&text).len() as f64;
        let changed = changes(&text, &copy(&text, AttackKind::Numbers, s, index)).len() as f64;
        prop_assert!((changed - s * plain).abs() <= 0.5, "{} of {}", changed, plain);
        let kept = copy(&text, AttackKind::Drop, s, index).split_whitespace().count() as f64;
        prop_assert!((words - kept - s * words).abs() <= 0.5, "{} of {}", kept, words);
    }

    #[test]
    fn numbers_and_formulas_survive_where_only_words_change(text in texts(), s in 0.0..=1.0, index: u64) {
        let copy = copy(&text, AttackKind::Numbers, s, index);
        prop_assert_eq!(formulas(&text), formulas(&copy), "{:?}", copy);
    }

    #[test]
    fn whitespace_edits_keep_the_words(text in texts(), s in 0.0..=1.0, index: u64) {
        let copy = copy(&text, AttackKind::Whitespace, s, index);
        prop_assert!(text.split_whitespace().eq(copy.split_whitespace()));
        let (before, after) = (Layout::words(&text).gaps, Layout::words(&copy).gaps);
        let edited = before.iter().zip(&after).filter(|(a, b)| a != b).count() as f64;
        prop_assert!((edited - s * before.len().saturating_sub(2) as f64).abs() <= 0.5);
    }

    #[test]
    fn swapped_words_and_reordered_sentences_are_the_same_ones(text in texts(), s in 0.0..=1.0, index: u64) {
        prop_assert_eq!(sorted(&copy(&text, AttackKind::Swap, s, index)), sorted(&text));
        let copy = copy(&text, AttackKind::Reorder, s, index);
        prop_assert_eq!(sorted(&copy), sorted(&text));
        prop_assert!(Layout::sentences(&text).units.iter().all(|sentence| copy.contains(sentence.as_ref())));
    }

    #[test]
    fn a_truncated_copy_is_the_front(text in texts(), s in 0.0..=1.0, index: u64) {
        let copy = copy(&text, AttackKind::Truncate, s, index);
        prop_assert!(text.starts_with(&copy));
        prop_assert!((length(&copy) as f64 - (1.0 - s) * length(&text) as f64).abs() <= 0.5 + 1e-9);
    }

    #[test]
    fn boilerplate_stands_on_lines_of_its_own(text in texts(), s in 0.0..=1.0, index: u64) {
        let (prefix, suffix) = (copy(&text, AttackKind::Prefix, s, index), copy(&text, AttackKind::Suffix, s, index));
        let (below, above) = (format!("\n{text}"), format!("{text}\n"));
        prop_assert!(prefix == text || prefix.ends_with(&below));
        prop_assert!(suffix == text || suffix.starts_with(&above));
        prop_assert!(length(&prefix).max(length(&suffix)) as f64 <= (1.0 + s) * length(&text) as f64 + 0.5);
    }
}

#[test]
fn another_index_or_seed_gives_another_copy() {
    let text = "We know that a train needs two hours. It stops three times on the way! How fast is it then?\n\
        We divide the distance by the time. The result is 60 miles per hour. That is what was asked.\nA: 60";
    for (kind, ..) in Attack::KINDS {
        let copies = [0, 1, 2].map(|index| copy(text, kind, 0.5, index));
        let drawn = !matches!(kind, AttackKind::Exact | AttackKind::Truncate);
        assert_eq!(drawn, copies[0] != copies[1] && copies[1] != copies[2], "{kind}");
        if drawn {
            assert_ne!(attacked(text, &Attack::new(kind, 0.5).unwrap(), 8, 0), copies[0], "{kind}");
        }
    }
}
