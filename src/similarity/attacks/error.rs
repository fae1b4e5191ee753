//! What can be wrong with the attacks that a user names. Each message is one line with the value and the remedy.

/// Why a list of attacks cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttackError {
    /// A name that no attack has.
    #[error("attack `{name}` is not known; give all, or names from {known}")]
    Unknown {
        /// What was given.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// A strength that is no share.
    #[error("strength `{strength}` of attack `{name}` is not a share; give a number from 0 to 1")]
    Strength {
        /// The attack.
        name: &'static str,
        /// What was given.
        strength: String,
    },
    /// A strength for an attack that changes nothing.
    #[error("attack `exact` changes nothing, so it takes no strength; write exact alone")]
    ExactStrength,
    /// One attack was asked for, but the name stands for several.
    #[error("attack `{0}` needs a strength; write for example {0}:0.3")]
    MissingStrength(&'static str),
    /// A list without an attack, or with two commas in a row.
    #[error("an attack has no name; give all, or names separated by commas, such as exact,words:0.2")]
    Empty,
}
