//! One file or folder per subcommand, each the story of that command. Commands see resolved settings and a
//! [`Reporter`](crate::reporter::Reporter): no command line, no environment, no printing.

pub mod baseline;
pub mod calibrate;
mod candidates;
mod clock;
pub mod compare;
pub mod evaluate;
pub mod finished;
pub mod import;
pub mod models;
mod notices;
pub mod pull;
pub mod replay;
pub mod schema;
pub mod settings;

pub use finished::{Ending, Finished, Interrupted};
