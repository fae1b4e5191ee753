//! The edits themselves, on a text taken apart. Each orders its places at random once and edits the front of that
//! order, and each place takes the same number of draws: a greater strength edits the same places alike, and more.

use super::layout::{Layout, breaks_line};
use super::replacements::{Replacements, other_of};
use super::vocabulary::{is_formula, lower_case, upper_case};
use crate::stats::Draws;

/// What a gap between words becomes.
const GAPS: [&str; 3] = [" ", "  ", "\n"];
/// What the mark at the end of a word becomes.
const ENDINGS: [&str; 4] = ["", ",", ".", ";"];
/// What counts as a mark at the end of a word.
const MARKS: [char; 6] = ['.', ',', ';', ':', '!', '?'];

/// A share of a number of things, to the nearest.
pub(super) fn share_of(count: usize, share: f64) -> usize {
    (count as f64 * share).round() as usize
}

/// The share of the places that is edited, in random order: the front of an order that no share changes.
fn front<T: Copy>(places: &[T], share: f64, draws: &mut Draws) -> Vec<T> {
    let order = draws.distinct(places.len(), places.len());
    order.into_iter().take(share_of(places.len(), share)).map(|place| places[place]).collect()
}

/// Indices of the units that an edit can change.
fn places(layout: &Layout<'_>, editable: impl Fn(&str) -> bool) -> Vec<usize> {
    (0..layout.units.len()).filter(|&place| editable(&layout.units[place])).collect()
}

/// Inner gaps become one space, two, or a line break, whichever they were not.
pub(super) fn whitespace(layout: &mut Layout<'_>, share: f64, draws: &mut Draws) {
    let inner: Vec<usize> = (1..layout.units.len()).collect();
    for place in front(&inner, share, draws) {
        layout.gaps[place] = other_of(&GAPS, layout.gaps[place], draws);
    }
}

/// Words with a small letter become upper case, words of capitals lower case.
pub(super) fn case(layout: &mut Layout<'_>, share: f64, draws: &mut Draws) {
    let cased = places(layout, |word| other_case(word) != word);
    for place in front(&cased, share, draws) {
        layout.units[place] = other_case(&layout.units[place]).into();
    }
}

fn other_case(word: &str) -> String {
    let upper = upper_case(word);
    if upper == word { lower_case(word) } else { upper }
}

/// Words that end in a letter or digit, marks aside, get, lose or change their marks.
pub(super) fn punctuation(layout: &mut Layout<'_>, share: f64, draws: &mut Draws) {
    let ends = places(layout, |word| word.trim_end_matches(MARKS).ends_with(char::is_alphanumeric));
    for place in front(&ends, share, draws) {
        let word = &layout.units[place];
        let bare = word.trim_end_matches(MARKS);
        layout.units[place] = format!("{bare}{}", other_of(&ENDINGS, &word[bare.len()..], draws)).into();
    }
}

/// Neighbours change places, in pairs from the first word on, or from the second where one must be left out.
pub(super) fn swap(layout: &mut Layout<'_>, share: f64, draws: &mut Draws) {
    let words = &mut layout.units;
    let first = draws.below(1 + words.len() % 2);
    let pairs: Vec<usize> = (first + 1..words.len()).step_by(2).filter(|&one| words[one - 1] != words[one]).collect();
    for one in front(&pairs, share, draws) {
        words.swap(one - 1, one);
    }
}

/// Words become other words.
pub(super) fn words(layout: &mut Layout<'_>, share: f64, draws: &mut Draws) {
    replace(layout, |_| true, share, draws);
}

/// Words that are no number or formula become other words.
pub(super) fn numbers(layout: &mut Layout<'_>, share: f64, draws: &mut Draws) {
    replace(layout, |word| !is_formula(word), share, draws);
}

fn replace(layout: &mut Layout<'_>, editable: impl Fn(&str) -> bool, share: f64, draws: &mut Draws) {
    let replacements = Replacements::of(&layout.units);
    for place in front(&places(layout, editable), share, draws) {
        layout.units[place] = replacements.replace(&layout.units[place], draws).into();
    }
}

/// Words are left out; of the gaps around them one stays, that with a line break if there is one.
pub(super) fn drop(layout: &mut Layout<'_>, share: f64, draws: &mut Draws) {
    let mut kept = vec![true; layout.units.len()];
    for place in front(&places(layout, |_| true), share, draws) {
        kept[place] = false;
    }
    let (mut units, mut gaps) = (Vec::new(), vec![layout.gaps[0]]);
    for (place, word) in layout.units.drain(..).enumerate() {
        let after = layout.gaps[place + 1];
        if kept[place] {
            units.push(word);
            gaps.push(after);
        } else if let Some(before) = gaps.last_mut() {
            *before = one_gap(before, after);
        }
    }
    *layout = Layout { units, gaps };
}

/// The one gap that two become; none at the edge of a text without any there.
fn one_gap<'a>(before: &'a str, after: &'a str) -> &'a str {
    if after.is_empty() || (!before.is_empty() && !breaks_line(before) && breaks_line(after)) { after } else { before }
}

/// Sentences go round: the first of the chosen to the place of the second, and so on, the last to that of the first.
/// One alone could not move, so two are chosen at least.
pub(super) fn reorder(layout: &mut Layout<'_>, share: f64, draws: &mut Draws) {
    let order = draws.distinct(layout.units.len(), layout.units.len());
    let count = match share_of(order.len(), share) {
        1 => order.len().min(2),
        count => count,
    };
    for pair in order[..count].windows(2).rev() {
        layout.units.swap(pair[0], pair[1]);
    }
}

/// The front of a text without a share of its characters at the end.
pub(super) fn truncate(text: &str, share: f64) -> &str {
    let length = text.chars().count();
    let kept = length - share_of(length, share);
    text.char_indices().nth(kept).map_or(text, |(end, _)| &text[..end])
}

/// Whole words of sentences in random order, again and again, up to a number of characters with a line break.
pub(super) fn boilerplate(sentences: &[&str], characters: usize, draws: &mut Draws) -> String {
    let order = draws.distinct(sentences.len(), sentences.len());
    let words = order.into_iter().cycle().flat_map(|place| sentences[place].split(' '));
    let mut text = String::new();
    for word in words {
        let space = if text.is_empty() { "" } else { " " };
        // The sentences are ASCII; one more is for the line break.
        if text.len() + space.len() + word.len() + 1 > characters {
            break;
        }
        text.extend([space, word]);
    }
    text
}
