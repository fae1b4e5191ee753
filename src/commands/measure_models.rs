//! The story of `weighhouse measure-models`, a child of `evaluate`: models in one place, told line by line.

use std::io::BufRead;

pub(crate) use crate::measure::models::SUBCOMMAND;
use crate::measure::models::child;
pub(crate) use crate::measure::models::{Place, Said};

/// Measures what is ordered on `input` and hands every line that there is to say to `say` at once, until the input ends;
/// `last` then runs in the background.
pub fn run(
    place: &Place,
    input: impl BufRead + Send + 'static,
    say: &(dyn Fn(&Said) + Sync),
    last: impl FnOnce() + Send + 'static,
) {
    child::measure_models(place, input, say, last);
}
