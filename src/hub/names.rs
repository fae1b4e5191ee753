//! Which texts can be names on the hub: repositories, revisions, commits and hashes.

/// What git calls the state that a repository shows when nobody names one.
pub const DEFAULT_REVISION: &str = "main";

/// Longest name of a repository, and of a revision, in bytes.
const LONGEST: usize = 96;
const LONGEST_REVISION: usize = 255;

/// Forty lower-case hex digits.
pub(super) fn is_commit(text: &str) -> bool {
    text.len() == 40 && is_hex(text)
}

/// Lower-case hex digits only.
pub(super) fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// `namespace/name` as the hub allows it.
pub(super) fn is_repo_id(text: &str) -> bool {
    let part = |part: &str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let edges = !part.starts_with(['-', '.']) && !part.ends_with(['-', '.']);
        !part.is_empty() && edges && part.bytes().all(known) && !part.contains("--") && !part.contains("..")
    };
    text.len() <= LONGEST && text.split_once('/').is_some_and(|(namespace, name)| part(namespace) && part(name))
}

/// What git takes for the name of a branch, tag or commit; it becomes a path of the cache.
pub(super) fn is_revision(text: &str) -> bool {
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with('.') && !part.contains("..");
    let forbidden = |char: char| char.is_control() || char.is_whitespace() || "\\~^:?*[".contains(char);
    text.len() <= LONGEST_REVISION && !text.starts_with('-') && !text.contains(forbidden) && text.split('/').all(part)
}
