//! How the hub is reached and where its cache is.

use std::path::PathBuf;

use super::token::Token;

/// How the hub is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubAccess {
    /// Address of the hub.
    pub endpoint: String,
    /// Folder of the cache.
    pub cache: PathBuf,
    /// What opens private and gated repositories.
    pub token: Option<Token>,
    /// Whether nothing may be fetched.
    pub offline: bool,
    /// Files that are fetched at the same time.
    pub jobs: usize,
}
