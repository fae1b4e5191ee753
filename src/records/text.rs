//! Texts: stripped as the recorded field does it, so that one is empty here exactly where it is empty there, and told
//! apart.

use sha2::{Digest, Sha256};

/// `text` without white space at both ends, as Python's `str.strip` sees it: Unicode white space and the four
/// information separators U+001C to U+001F.
pub(super) fn strip(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c))
}

/// The first half of a text's SHA-256: enough to tell texts apart, in little memory.
pub(super) fn digest(text: &str) -> [u8; 16] {
    let hash: [u8; 32] = Sha256::digest(text).into();
    std::array::from_fn(|index| hash[index])
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
