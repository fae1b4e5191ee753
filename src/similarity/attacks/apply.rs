//! Applies an attack to a text. What is drawn depends on seed, kind and index only, so that a greater strength of the
//! same kind edits the same places and more, and rates over strength are smooth.

use super::attack::{Attack, AttackKind};
use super::edits;
use super::layout::Layout;
use super::vocabulary::{CLOSINGS, OPENINGS};
use crate::stats::Draws;

/// The attacked copy of a text.
///
/// Draws come from [`Draws`] of the seed, purpose `attacks\0`, stream 16 · index + the kind's place in
/// [`Attack::KINDS`]; give every response an index of its own, below 2⁶⁰. Counts of places are rounded to the nearest,
/// so a weak attack may leave a short text as it is; `exact` and `truncate` draw nothing. No copy has more than
/// twice the characters of its text and one.
pub fn attacked(text: &str, attack: &Attack, seed: u64, index: u64) -> String {
    let share = attack.strength();
    let mut draws = Draws::new(seed, b"attacks\0", (index << 4) | attack.kind() as u64);
    let draws = &mut draws;
    match attack.kind() {
        AttackKind::Exact => text.to_owned(),
        AttackKind::Whitespace => edited(Layout::words(text), edits::whitespace, share, draws),
        AttackKind::Case => edited(Layout::words(text), edits::case, share, draws),
        AttackKind::Punctuation => edited(Layout::words(text), edits::punctuation, share, draws),
        AttackKind::Swap => edited(Layout::words(text), edits::swap, share, draws),
        AttackKind::Words => edited(Layout::words(text), edits::words, share, draws),
        AttackKind::Drop => edited(Layout::words(text), edits::drop, share, draws),
        AttackKind::Reorder => edited(Layout::sentences(text), edits::reorder, share, draws),
        AttackKind::Truncate => edits::truncate(text, share).to_owned(),
        AttackKind::Prefix => lines(&boilerplate(&OPENINGS, text, share, draws), text),
        AttackKind::Suffix => lines(text, &boilerplate(&CLOSINGS, text, share, draws)),
        AttackKind::Numbers => edited(Layout::words(text), edits::numbers, share, draws),
    }
}

type Edit = for<'a> fn(&mut Layout<'a>, f64, &mut Draws);

fn edited(mut layout: Layout<'_>, edit: Edit, share: f64, draws: &mut Draws) -> String {
    edit(&mut layout, share, draws);
    layout.join()
}

fn boilerplate(sentences: &[&str], text: &str, share: f64, draws: &mut Draws) -> String {
    edits::boilerplate(sentences, edits::share_of(text.chars().count(), share), draws)
}

/// Two texts on lines of their own; an empty one leaves the other alone.
fn lines(above: &str, below: &str) -> String {
    let line_break = if above.is_empty() || below.is_empty() { "" } else { "\n" };
    [above, line_break, below].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "Janet eats 3 eggs and bakes 4, so she uses 3 + 4 = <<3+4=7>>7 eggs.\n\
        That leaves 16 - 7 = <<16-7=9>>9 eggs to sell every day. She earns 9 * 2 = $<<9*2=18>>18 a day\nA: 18";

    /// Kind and copy at one half.
    const GOLDEN: [(&str, &str); 11] = [
        ("whitespace", "So she\nhas 3 +  4 =  7  eggs. Each\nday\ntwo\nA:  7"),
        ("case", "So she HAS 3 + 4 = 7 eggs. EACH DAY two\na: 7"),
        ("punctuation", "So, she; has 3. + 4 = 7 eggs; Each, day two,\nA: 7"),
        ("swap", "she So 3 has + 4 7 = Each eggs. day two\nA: 7"),
        ("words", "So she has day day 4 = a day. Each a two\nThe: a"),
        ("drop", "she has + 7 eggs. Each\nA:"),
        ("reorder", "A: 7 Each day two\nSo she has 3 + 4 = 7 eggs."),
        ("truncate", "So she has 3 + 4 = 7 e"),
        ("prefix", "Let us go through the\nSo she has 3 + 4 = 7 eggs. Each day two\nA: 7"),
        ("suffix", "So she has 3 + 4 = 7 eggs. Each day two\nA: 7\nPlease say so if any"),
        ("numbers", "Hence she has 3 + 4 = 7 so. Every so two\nA: 7"),
    ];

    fn copy(attack: &str) -> String {
        attacked(ANSWER, &attack.parse().unwrap(), 1, 0)
    }

    /// Number of places whose words differ in two texts.
    fn changed(one: &str, other: &str) -> usize {
        one.split_whitespace().zip(other.split_whitespace()).filter(|(a, b)| a != b).count()
    }

    /// Copies are part of a run's results: they may not change from one version to the next.
    #[test]
    fn each_kind_at_one_half() {
        for (name, expected) in GOLDEN {
            let attack = Attack::new(name.parse().unwrap(), 0.5).unwrap();
            assert_eq!(attacked("So she has 3 + 4 = 7 eggs. Each day two\nA: 7", &attack, 1, 0), expected, "{name}");
        }
    }

    #[test]
    fn lines_stay_where_words_are_edited() {
        for kind in ["case", "punctuation", "swap", "words", "numbers"] {
            for strength in ["0.3", "1"] {
                let copy = copy(&format!("{kind}:{strength}"));
                let words = |text: &str| text.lines().map(|line| line.split(' ').count()).collect::<Vec<_>>();
                assert_eq!(words(&copy), words(ANSWER), "{copy}");
            }
        }
    }

    #[test]
    fn the_share_of_changed_words_is_the_strength() {
        let count = ANSWER.split_whitespace().count() as f64;
        for strength in [0.0, 0.1, 0.25, 0.5, 0.8, 1.0] {
            for kind in ["words", "swap"] {
                let share = changed(&copy(&format!("{kind}:{strength}")), ANSWER) as f64 / count;
                assert!((share - strength).abs() <= 2.0 / count, "{kind} {strength} {share}");
            }
            let kept = copy(&format!("drop:{strength}")).split_whitespace().count() as f64 / count;
            assert!((1.0 - kept - strength).abs() <= 0.5 / count, "drop {strength} {kept}");
            let length = copy(&format!("suffix:{strength}")).len() as f64 / ANSWER.len() as f64;
            assert!((length - 1.0 - strength).abs() <= 15.0 / ANSWER.len() as f64, "suffix {strength} {length}");
        }
    }

    #[test]
    fn case_at_full_strength_is_all_capitals() {
        assert_eq!(copy("case:1"), ANSWER.to_uppercase().replace("A:", "a:"));
    }

    #[test]
    fn one_sentence_is_never_moved_alone() {
        let text = "One two three. Four five six. Seven eight nine. Ten eleven twelve.";
        let moved = |strength: f64| {
            let copy = attacked(text, &Attack::new(AttackKind::Reorder, strength).unwrap(), 1, 0);
            let (before, after) = (Layout::sentences(text).units, Layout::sentences(&copy).units);
            before.iter().zip(&after).filter(|(a, b)| a != b).count()
        };
        assert_eq!([0.0, 0.1, 0.2, 0.5, 0.75, 1.0].map(moved), [0, 0, 2, 2, 3, 4]);
    }

    #[test]
    fn dropped_words_leave_one_gap() {
        let copy = |text: &str, strength: f64| attacked(text, &Attack::new(AttackKind::Drop, strength).unwrap(), 1, 0);
        assert_eq!(copy("a\nb", 1.0), "");
        assert_eq!(copy(" a b ", 1.0), " ");
        for half in (0..20).map(|index| attacked("a b\nc d", &"drop:0.5".parse().unwrap(), 1, index)) {
            let gaps = Layout::words(&half).gaps;
            assert!(gaps[0].is_empty() && gaps[2].is_empty() && [" ", "\n"].contains(&gaps[1]), "{half:?}");
            assert_eq!(gaps[1] == "\n", !["a b", "c d"].contains(&half.as_str()), "{half:?}");
        }
    }
}
