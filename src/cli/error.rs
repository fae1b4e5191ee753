//! What can be wrong with the settings. Each message is one line with the place, the value and what was expected.

use std::path::PathBuf;

/// Settings that cannot be resolved.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A flag or an environment variable with a value that does not fit.
    #[error("invalid value `{value}` for {name}: {reason}")]
    Value {
        /// The flag or variable.
        name: String,
        /// What was given.
        value: String,
        /// Why it does not fit.
        reason: String,
    },
    /// A key of the configuration file with a value that does not fit.
    #[error("{}: invalid value `{value}` for `{key}`: {reason}", file.display())]
    FileValue {
        /// The configuration file.
        file: PathBuf,
        /// The key.
        key: String,
        /// What was given.
        value: String,
        /// Why it does not fit.
        reason: String,
    },
    /// A key that nothing knows.
    #[error("{}: unknown key `{key}`; the nearest known key is `{nearest}`", file.display())]
    UnknownKey {
        /// The configuration file.
        file: PathBuf,
        /// The key.
        key: String,
        /// The known key that is spelled most like it.
        nearest: String,
    },
    /// A configuration file that is not TOML, or says something twice.
    #[error("{}: {problem}", file.display())]
    Malformed {
        /// The configuration file.
        file: PathBuf,
        /// Where and what.
        problem: String,
    },
    /// A configuration file that cannot be read.
    #[error("cannot read the settings in {}; check --config and WEIGHHOUSE_CONFIG", file.display())]
    Unreadable {
        /// The configuration file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Settings that do not go together.
    #[error("{0}")]
    Conflict(String),
}
