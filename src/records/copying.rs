//! Who copied whom in a request: each copy has its original there, and no chain of copies is a circle.

use std::collections::HashMap;

use super::responses::Response;

/// What can be wrong with who copied whom.
pub(super) enum CopyingFault {
    /// No response of the request has the uid that is copied.
    NoOriginal(u32),
    /// The response with this uid is, through others, a copy of itself.
    Circle(u32),
}

/// The first response whose copying cannot be, by its line. Every chain of copies must end at a response that is none.
pub(super) fn copying_fault(responses: &[Response]) -> Option<(u64, CopyingFault)> {
    let copied: HashMap<u32, Option<u32>> = responses.iter().map(|response| (response.uid, response.copy_of)).collect();
    let lost = responses.iter().find_map(|response| {
        let original = response.copy_of.filter(|uid| !copied.contains_key(uid))?;
        Some((response.line, CopyingFault::NoOriginal(original)))
    });
    let is_circle = |response: &&Response| {
        let next = |uid: &u32| copied.get(uid).copied().flatten();
        let mut later = std::iter::successors(next(&response.uid), next).take(copied.len());
        later.any(|uid| uid == response.uid)
    };
    lost.or_else(|| {
        let found = responses.iter().filter(|response| response.copy_of.is_some()).find(is_circle)?;
        Some((found.line, CopyingFault::Circle(found.uid)))
    })
}
