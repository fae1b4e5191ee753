//! Which build this is, for `--version` and for `run.json`. Fixed when the crate is compiled (see `build.rs`).

/// The version of the crate, for example `0.1.0`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The git commit the build was made from, abbreviated; `None` where the build could not know.
pub const COMMIT: Option<&str> = option_env!("WEIGHHOUSE_COMMIT");

/// Version and, where known, commit in one line.
pub const LONG: &str = env!("WEIGHHOUSE_VERSION");
