//! One file per subcommand, each the story of that command. Commands see resolved settings and a
//! [`Reporter`](crate::reporter::Reporter): no command line, no environment, no printing.

pub mod calibrate;
pub mod evaluate;
mod notices;
pub mod outcome;
pub mod settings;

pub use outcome::{Ending, Interrupted, Outcome};
