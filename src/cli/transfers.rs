//! Files on their way, as people see them: a line with a bar for each, and one for all with rate and estimate. Where
//! stderr is no terminal, each file is a plain line when it has come.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bytesize::ByteSize;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::reporter::Transfer;

/// A file: its name, bar and place.
const FILE: &str = "  {msg} {wide_bar} {bytes}/{total_bytes}";
/// All files.
const ALL: &str = "fetching {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} ETA {eta}";

/// The bars of all files on their way.
#[derive(Debug, Default)]
pub struct Transfers {
    total: Option<ProgressBar>,
    files: HashMap<String, File>,
}

#[derive(Debug)]
struct File {
    bar: ProgressBar,
    start: Instant,
    /// Where it is, once that is known: what was here before is not waited for.
    at: Option<u64>,
    arrived: u64,
}

impl Transfers {
    /// Shows what happened among the other bars of `bars`; the text is a line to say, if there is one.
    pub fn note(&mut self, bars: &MultiProgress, transfer: Transfer<'_>) -> Option<String> {
        match transfer {
            Transfer::Expected(bytes) => {
                let total = self.total.get_or_insert_with(|| {
                    let bar = bars.add(ProgressBar::new(0).with_style(style(ALL)));
                    if !bar.is_hidden() {
                        bar.enable_steady_tick(Duration::from_millis(200));
                    }
                    bar
                });
                total.inc_length(bytes);
                None
            }
            Transfer::Began { file, bytes } => {
                let bar = bars.add(ProgressBar::new(bytes).with_style(style(FILE)).with_message(file.to_owned()));
                self.files.insert(file.to_owned(), File { bar, start: Instant::now(), at: None, arrived: 0 });
                None
            }
            Transfer::At { file, bytes } => {
                if let Some(known) = self.files.get_mut(file) {
                    let before = known.at.replace(bytes).unwrap_or(bytes);
                    known.bar.set_position(bytes);
                    known.arrived += bytes.saturating_sub(before);
                    if let Some(total) = &self.total {
                        total.set_position((total.position() + bytes).saturating_sub(before));
                    }
                }
                None
            }
            Transfer::Ended { file, bytes, whole } => {
                let known = self.files.remove(file)?;
                known.bar.finish_and_clear();
                let (arrived, seconds) = (ByteSize(known.arrived), known.start.elapsed().as_secs_f64());
                let of = if known.arrived < bytes {
                    format!("{arrived} of {}", ByteSize(bytes))
                } else {
                    arrived.to_string()
                };
                whole.then(|| format!("pulled {file}: {of} in {seconds:.1} s"))
            }
        }
    }

    /// Takes all bars away.
    pub fn clear(&mut self) {
        self.files.drain().for_each(|(_, file)| file.bar.finish_and_clear());
        if let Some(total) = self.total.take() {
            total.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use indicatif::ProgressDrawTarget;

    use super::*;

    #[test]
    fn the_templates_are_understood() {
        assert!(ProgressStyle::with_template(FILE).is_ok() && ProgressStyle::with_template(ALL).is_ok());
    }

    #[test]
    fn the_sum_counts_what_arrives_and_not_what_was_here() {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
        let mut transfers = Transfers::default();
        transfers.note(&bars, Transfer::Expected(70));
        transfers.note(&bars, Transfer::Began { file: "a", bytes: 100 });
        for bytes in [30, 60, 100] {
            transfers.note(&bars, Transfer::At { file: "a", bytes });
        }
        assert_eq!(transfers.total.as_ref().map(ProgressBar::position), Some(70));
        let line = transfers.note(&bars, Transfer::Ended { file: "a", bytes: 100, whole: true }).expect("a line");
        assert!(line.starts_with("pulled a: 70 B of 100 B in "), "{line}");
    }

    #[test]
    fn a_file_that_begins_anew_is_counted_anew() {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
        let mut transfers = Transfers::default();
        transfers.note(&bars, Transfer::Expected(100));
        transfers.note(&bars, Transfer::Began { file: "a", bytes: 100 });
        for bytes in [0, 60, 0, 100] {
            transfers.note(&bars, Transfer::At { file: "a", bytes });
        }
        assert_eq!(transfers.total.as_ref().map(ProgressBar::position), Some(100));
        assert!(transfers.note(&bars, Transfer::Ended { file: "a", bytes: 100, whole: false }).is_none());
        transfers.clear();
        assert!(transfers.total.is_none());
    }
}
