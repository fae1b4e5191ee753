//! One file or folder per subcommand, each the story of that command. Commands see resolved settings and a
//! [`Reporter`](crate::reporter::Reporter): no command line, no environment, no printing.

mod agreement;
pub(crate) mod baseline;
pub(crate) mod calibrate;
mod candidates;
mod clock;
pub(crate) mod compare;
mod comparing;
pub(crate) mod doctor;
mod embedder;
pub(crate) mod evaluate;
pub(crate) mod finished;
pub(crate) mod import;
pub(crate) mod measure_call;
pub(crate) mod measure_models;
pub(crate) mod models;
mod notices;
pub(crate) mod pull;
mod reading;
mod record;
pub(crate) mod replay;
pub(crate) mod schema;
pub(crate) mod settings;
pub(crate) mod sweep;
mod what_if;

pub(crate) use finished::{Ending, Finished, Interrupted};
