//! Stripping as the recorded field does it, so that a text is empty here exactly where it is empty there.

/// `text` without white space at both ends, as Python's `str.strip` sees it: Unicode white space and the four
/// information separators U+001C to U+001F.
pub(super) fn strip(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c))
}

#[cfg(test)]
mod tests {
    use super::strip;

    #[test]
    fn strips_what_python_strips() {
        assert_eq!(strip(" \t\u{1f}\u{a0}\u{3000}a b\u{1c}\u{85}\r\n"), "a b");
        assert_eq!(strip("\u{200b}a\u{feff}"), "\u{200b}a\u{feff}", "zero-width marks are no white space");
        assert_eq!(strip(" \u{1d} \n"), "");
    }
}
