//! What a user may have meant by a name that is none.

/// The known name that is spelled most like `name`.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let distance = |known: &&str| strsim::damerau_levenshtein(name, known);
    known.into_iter().min_by_key(distance).unwrap_or_default().to_owned()
}
