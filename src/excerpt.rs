//! Texts that the program did not write, as its messages and reports show them: on one line, not endless, and without
//! a character that steers a terminal.

/// The longest message of a library that is shown, in characters; some hold the whole value that they are about.
const LONGEST_MESSAGE: usize = 300;

/// A library's message as part of one of ours.
pub(crate) fn message(text: &str) -> String {
    keep_start(&escaped(&text.split_whitespace().collect::<Vec<_>>().join(" ")), LONGEST_MESSAGE)
}

/// A value that is named in a message.
pub(crate) fn value(text: &str) -> String {
    keep_start(&escaped(text), 60)
}

/// `text` on one line, its control characters escaped.
pub(crate) fn escaped(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line
}

/// The beginning of `text`, at most `width` characters, with `…` where the end was cut.
pub(crate) fn keep_start(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.into();
    }
    text.chars().take(width - 1).chain(std::iter::once('…')).collect()
}

/// The end of `text`, at most `width` characters, with `…` where the beginning was cut: paths and repository names
/// differ at their end.
pub(crate) fn keep_end(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return text.into();
    }
    std::iter::once('…').chain(text.chars().skip(length + 1 - width)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_by_characters_and_cleaned() {
        assert_eq!(keep_end("abcdef", 4), "…def");
        assert_eq!(keep_start("äöüßx", 4), "äöü…");
        assert_eq!(keep_end("äöüß", 4), "äöüß");
        assert_eq!(escaped("a\u{1b}[31mb\nc"), "a\\u{1b}[31mb\\nc");
    }

    #[test]
    fn a_librarys_message_is_one_line_and_not_endless() {
        assert_eq!(message(" bad\n  value\u{7} "), "bad value\\u{7}");
        assert_eq!(message(&"x".repeat(5000)).chars().count(), LONGEST_MESSAGE);
        assert_eq!(value(&"\n".repeat(5000)).chars().count(), 60);
    }
}
