//! A text taken apart into units (words or sentences) and the white space around them, and put together again. Taken
//! apart and put together, a text is what it was, byte by byte.

use std::borrow::Cow;
use std::ops::Range;

/// Units and gaps in turn: gap 0, unit 0, gap 1, unit 1, …, the last gap. The outer gaps may be empty.
#[derive(Debug, Clone)]
pub(super) struct Layout<'a> {
    /// The words or sentences.
    pub units: Vec<Cow<'a, str>>,
    /// The white space; one more than there are units.
    pub gaps: Vec<&'a str>,
}

impl<'a> Layout<'a> {
    /// Words: what stands between white space (as Unicode has it). A text without any is one word.
    pub fn words(text: &'a str) -> Self {
        Self::cut(text, &word_spans(text))
    }

    /// Sentences: they end at a line break, or after a full stop, question or exclamation mark with white space behind
    /// it, unless that is their first word (`1.` before an item of a list).
    pub fn sentences(text: &'a str) -> Self {
        Self::cut(text, &sentence_spans(text))
    }

    /// The text.
    pub fn join(&self) -> String {
        let mut text = self.gaps.first().map_or_else(String::new, |gap| (*gap).to_owned());
        for (unit, gap) in self.units.iter().zip(self.gaps.iter().skip(1)) {
            text.push_str(unit);
            text.push_str(gap);
        }
        text
    }

    fn cut(text: &'a str, spans: &[Range<usize>]) -> Self {
        let mut end = 0;
        let mut gaps = Vec::with_capacity(spans.len() + 1);
        for span in spans {
            gaps.push(&text[end..span.start]);
            end = span.end;
        }
        gaps.push(&text[end..]);
        Self { units: spans.iter().map(|span| Cow::Borrowed(&text[span.clone()])).collect(), gaps }
    }
}

/// Whether white space holds a line break.
pub(super) fn breaks_line(gap: &str) -> bool {
    gap.contains(['\n', '\r'])
}

fn word_spans(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut end = 0;
    while let Some(blanks) = text[end..].find(|c: char| !c.is_whitespace()) {
        let start = end + blanks;
        end = text[start..].find(char::is_whitespace).map_or(text.len(), |length| start + length);
        spans.push(start..end);
    }
    spans
}

fn sentence_spans(text: &str) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    // Number of words of the last sentence.
    let mut words = 0;
    for word in word_spans(text) {
        match spans.last_mut() {
            Some(last) if !breaks_line(&text[last.end..word.start]) && (words == 1 || !ends(&text[last.clone()])) => {
                last.end = word.end;
                words += 1;
            }
            _ => {
                spans.push(word);
                words = 1;
            }
        }
    }
    spans
}

/// Whether a sentence has its mark, perhaps inside of quotes or brackets.
fn ends(sentence: &str) -> bool {
    sentence.trim_end_matches(['"', '\'', '”', '’', ')', ']', '*']).ends_with(['.', '!', '?', '…', '。', '！', '？'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_gaps_come_in_turn() {
        let layout = Layout::words(" a\u{a0}bc\n\nd");
        assert_eq!(layout.units, ["a", "bc", "d"]);
        assert_eq!(layout.gaps, [" ", "\u{a0}", "\n\n", ""]);
        assert_eq!(Layout::words("").gaps, [""]);
        assert_eq!(Layout::words(" \t").gaps, [" \t"]);
    }

    #[test]
    fn sentences_end_at_marks_and_line_breaks() {
        let text = "She has 3.5 eggs. (Not many!) Why?\n1. She sells them\n\nA: 26 ";
        let layout = Layout::sentences(text);
        assert_eq!(layout.units, ["She has 3.5 eggs.", "(Not many!)", "Why?", "1. She sells them", "A: 26"]);
        assert_eq!(layout.gaps, ["", " ", " ", "\n", "\n\n", " "]);
    }

    #[test]
    fn a_text_comes_back_as_it_was() {
        for text in ["", " ", "one", "\r\n x  y.\tZ! \u{2003}", "他有3个。 好！ 对"] {
            assert_eq!(Layout::words(text).join(), text);
            assert_eq!(Layout::sentences(text).join(), text);
        }
    }
}
