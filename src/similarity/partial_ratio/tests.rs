//! Partial ratio against rapidfuzz (golden values, the shared vectors) and against its definition written out.

use std::path::Path;

use proptest::prelude::*;
use proptest::string::string_regex;

use super::*;

fn ratio_of(a: &str, b: &str) -> f64 {
    partial_ratio(&Text::new(a), &Text::new(b))
}

/// The definition: every window by itself, the LCS by dynamic programming.
fn by_definition(a: &str, b: &str) -> f64 {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (shorter, longer) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    match (shorter.len(), longer.len()) {
        (0, 0) => 100.0,
        (0, _) => 0.0,
        (m, n) if m == n => best_window(shorter, longer).max(best_window(longer, shorter)),
        _ => best_window(shorter, longer),
    }
}

fn best_window(shorter: &[char], longer: &[char]) -> f64 {
    let (m, n) = (shorter.len(), longer.len());
    let full = (0..=n - m).map(|start| &longer[start..start + m]);
    let prefixes = (1..m).map(|length| &longer[..length]);
    let suffixes = (1..m).map(|length| &longer[n - length..]);
    full.chain(prefixes).chain(suffixes).map(|window| plain_ratio(shorter, window)).fold(0.0, f64::max)
}

fn plain_ratio(a: &[char], b: &[char]) -> f64 {
    200.0 * lcs(a, b) as f64 / (a.len() + b.len()) as f64
}

fn lcs(a: &[char], b: &[char]) -> usize {
    let mut row = vec![0; b.len() + 1];
    for x in a {
        let mut diagonal = 0;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if x == y { diagonal + 1 } else { above.max(row[j]) };
            diagonal = above;
        }
    }
    row[b.len()]
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

#[test]
fn golden_values_of_rapidfuzz() {
    let golden = [
        ("abcd", "dcba", 40.0),
        ("kitten", "sitting", 66.66666666666667),
        ("the answer is 42", "the answer is 43", 96.7741935483871),
        ("aba", "aab", 80.0),
        ("34cdef16z", "09cdef78", 57.14285714285714),
        ("π≈3.14", "π ≈ 3.14", 83.33333333333334),
        (
            "First, add 3 and 4 to get 7. Then double it to get 14.",
            "First add 3 and 4, getting 7. Doubling gives 14.",
            69.6629213483146,
        ),
        ("GREAT GREEK 70005", "GREAT GREEK MEDITERRANEAN GRILL WINTER GARDEN", 82.75862068965517),
        (" ", "", 0.0),
        ("", "", 100.0),
        ("abc", "xxabcxx", 100.0),
    ];
    for (a, b, expected) in golden {
        assert!(near(ratio_of(a, b), expected), "{a:?} {b:?}: {} and not {expected}", ratio_of(a, b));
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "a test that checks nothing has to say so")]
fn shared_vectors_of_rapidfuzz() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/partial-ratio.expected.jsonl");
    let Ok(lines) = std::fs::read_to_string(&path) else {
        println!("skipped: no {}", path.display());
        return;
    };
    let mut matcher = Matcher::new();
    for line in lines.lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let [a, b] = ["a", "b"].map(|key| Text::new(case[key].as_str().unwrap()));
        // From the text: serde_json may round the last bit of a number differently.
        let (_, expected) = line.trim_end_matches('}').rsplit_once("\"partial_ratio\": ").unwrap();
        assert_eq!(matcher.partial_ratio(&a, &b), expected.parse::<f64>().unwrap(), "{line}");
    }
}

#[test]
fn a_threshold_is_strict_and_may_be_any_number() {
    let [a, b, empty] = ["abc", "xxabdxx", ""].map(Text::new);
    let exact = partial_ratio(&a, &b);
    assert_eq!(partial_ratio_above(&a, &b, exact), None);
    assert_eq!(partial_ratio_above(&a, &b, exact.next_down()), Some(exact));
    assert_eq!(partial_ratio_above(&a, &a, 100.0), None);
    assert_eq!(partial_ratio_above(&a, &a, 100.0_f64.next_down()), Some(100.0));
    assert_eq!(partial_ratio_above(&a, &empty, 0.0), None);
    assert_eq!(partial_ratio_above(&a, &empty, -1.0), Some(0.0));
    assert_eq!(partial_ratio_above(&a, &b, f64::NAN), None);
    assert_eq!(partial_ratio_above(&a, &b, f64::INFINITY), None);
    assert_eq!(partial_ratio_above(&a, &b, f64::NEG_INFINITY), Some(exact));
}

#[test]
fn a_table_of_all_pairs_is_symmetric_with_100_on_its_diagonal() {
    let texts = ["kitten", "", "sitting"].map(Text::new);
    let between = partial_ratio(&texts[0], &texts[2]);
    assert_eq!(all_pairs(&texts), [100.0, 0.0, between, 0.0, 100.0, 0.0, between, 0.0, 100.0]);
    assert!(all_pairs(&[]).is_empty());
}

#[test]
fn a_text_is_compared_as_it_is() {
    assert_eq!(ratio_of("ABC", "abc"), 0.0);
    assert_eq!(ratio_of(" a", "a "), by_definition(" a", "a "));
    assert_eq!(ratio_of("é", "e\u{301}"), 0.0);
    assert_eq!((Text::new("π≈3").len(), Text::new("").is_empty()), (3, true));
}

#[test]
fn lengths_around_the_words_and_strips_of_a_pattern() {
    let mut matcher = Matcher::new();
    let text: String = (0..700_u32).map(|at| char::from(b'a' + (at * at % 31 % 7) as u8)).collect();
    let (_, other) = text.split_at(3);
    let other = other.replace('c', "π");
    for length in [1, 63, 64, 65, 127, 128, 192, 193, 255, 256, 257, 320, 511, 513] {
        let shorter: String = other.chars().take(length).collect();
        let ours = matcher.partial_ratio(&Text::new(&shorter), &Text::new(&text[..600]));
        assert!(near(ours, by_definition(&shorter, &text[..600])), "length {length}");
    }
}

/// Two texts of the same letters. Few letters make many ties, many letters few matches; some letters lie beyond
/// Latin-1, some beyond 16 bits.
fn two_texts(longest: [usize; 2]) -> impl Strategy<Value = (String, String)> {
    let letters = prop::sample::select(vec!["[ab]", "[a-f ]", "[aπ🦀é日]", "\\PC"]);
    let text = |letters: &str, longest: usize| string_regex(&format!("{letters}{{0,{longest}}}")).unwrap();
    letters.prop_flat_map(move |letters| (text(letters, longest[0]), text(letters, longest[1])))
}

/// Both texts cut to the length of the shorter one.
fn equally_long((a, b): (String, String)) -> (String, String) {
    let length = a.chars().count().min(b.chars().count());
    (a.chars().take(length).collect(), b.chars().take(length).collect())
}

proptest! {
    #[test]
    fn equals_the_definition((a, b) in two_texts([40, 60])) {
        prop_assert!(near(ratio_of(&a, &b), by_definition(&a, &b)));
    }

    #[test]
    fn equals_the_definition_over_many_spans((a, b) in two_texts([12, 400])) {
        prop_assert!(near(ratio_of(&a, &b), by_definition(&a, &b)));
    }

    #[test]
    fn equals_the_definition_of_texts_equally_long((a, b) in two_texts([50, 50]).prop_map(equally_long)) {
        prop_assert!(near(ratio_of(&a, &b), by_definition(&a, &b)));
    }

    #[test]
    fn is_symmetric_and_bounded((a, b) in two_texts([500, 500])) {
        let (one, other) = (ratio_of(&a, &b), ratio_of(&b, &a));
        prop_assert_eq!(one, other);
        prop_assert!((0.0..=100.0).contains(&one));
    }

    #[test]
    fn a_text_inside_another_has_100((inner, around) in two_texts([300, 100])) {
        prop_assume!(!inner.is_empty());
        prop_assert_eq!(ratio_of(&inner, &format!("{around}{inner}{around}")), 100.0);
    }

    #[test]
    fn a_threshold_keeps_exactly_what_is_over_it((a, b) in two_texts([400, 400]), threshold in 0.0..100.0) {
        let [a, b] = [a, b].map(|text| Text::new(&text));
        let exact = partial_ratio(&a, &b);
        prop_assert_eq!(partial_ratio_above(&a, &b, threshold), (exact > threshold).then_some(exact));
        prop_assert_eq!(partial_ratio_above(&a, &b, exact), None);
        prop_assert_eq!(partial_ratio_above(&a, &b, exact.next_down()), Some(exact));
    }

    #[test]
    fn pairs_before_leave_no_trace((a, b) in two_texts([300, 300]), (c, d) in two_texts([300, 300])) {
        let texts = [a, b, c, d].map(|text| Text::new(&text));
        let alone = texts.iter().flat_map(|a| texts.iter().map(|b| partial_ratio(a, b)));
        prop_assert_eq!(all_pairs(&texts), alone.collect::<Vec<f64>>());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn equals_the_definition_over_several_strips((a, b) in two_texts([300, 330])) {
        prop_assert!(near(ratio_of(&a, &b), by_definition(&a, &b)));
    }
}
