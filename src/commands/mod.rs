//! One file or folder per subcommand, each the story of that command. Commands see resolved settings and a
//! [`Reporter`](crate::reporter::Reporter): no command line, no environment, no printing.

pub mod calibrate;
mod candidates;
pub mod evaluate;
mod notices;
pub mod outcome;
pub mod pull;
pub mod settings;
pub mod store;

pub use outcome::{Ending, Interrupted, Outcome};
