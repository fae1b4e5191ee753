//! The story of `weighhouse measure-models`, a child of `evaluate`: models in one place, told line by line.

use std::io::{BufRead, Lines};

pub(crate) use crate::measure::models::SUBCOMMAND;
use crate::measure::models::child;
pub(crate) use crate::measure::models::{Place, Said};
pub(crate) use crate::measure::read_place;

/// Measures what `lines` order and hands every line that there is to say to `say` at once, until these end;
/// `last` then runs in the background.
pub fn run(
    place: &Place,
    lines: Lines<impl BufRead + Send + 'static>,
    say: &(dyn Fn(&Said) + Sync),
    last: impl FnOnce() + Send + 'static,
) {
    child::measure_models(place, lines, say, last);
}
