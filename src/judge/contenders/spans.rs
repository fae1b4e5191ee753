//! Which period a contender is in at which moment, and the windows of time that intervals are made over.

use super::recording::{Period, Recording};

/// When periods begin and end. A period begins where the contender's last one ended, or a period's length before its end,
/// whichever is later; the running ones end a length after the last end that is recorded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spans {
    /// Seconds of a period.
    length: f64,
    /// The last end that is recorded, if any is.
    last: Option<f64>,
    /// Where windows are counted from.
    first: f64,
    /// The last moment that anything is recorded of.
    recorded: f64,
}

impl Spans {
    /// Those of a recording whose periods have this length.
    pub fn new(recording: &Recording, length: f64) -> Self {
        let ends = || recording.all_periods().iter().map(|period| period.end).filter(|end| end.is_finite());
        let last = ends().reduce(f64::max);
        let starts = ends().map(|end| end - length);
        let first = starts.chain(recording.requests.first().map(|request| request.time)).reduce(f64::min);
        let recorded = recording.last_moment().unwrap_or(0.0);
        Self { length, last, first: first.unwrap_or(0.0), recorded }
    }

    /// When one of a contender's periods began.
    pub fn start(&self, periods: &[Period], place: usize) -> f64 {
        let before = place.checked_sub(1).map_or(f64::NEG_INFINITY, |before| periods[before].end);
        match periods[place].is_running() {
            true => self.last.map_or(f64::NEG_INFINITY, |last| last.max(before)),
            false => before.max(periods[place].end - self.length),
        }
    }

    /// The period that a contender is in at a moment, as a place among its periods.
    pub fn at(&self, periods: &[Period], moment: f64) -> Option<usize> {
        let place = periods.partition_point(|period| period.end <= moment);
        (place < periods.len() && self.start(periods, place) <= moment).then_some(place)
    }

    /// The window of time that a moment lies in, from 0; what ends at its end lies in it.
    pub fn window(&self, moment: f64) -> usize {
        (((moment - self.first) / self.length).ceil() - 1.0).max(0.0) as usize
    }

    /// How many windows there are of what is recorded, up to a moment.
    pub fn windows(&self, moment: f64) -> usize {
        self.window(moment.min(self.recorded)) + 1
    }

    /// The moments at which windows end, from the end of the first on, up to `last`.
    pub fn boundaries(&self, last: f64) -> impl Iterator<Item = f64> + use<> {
        let Self { first, length, .. } = *self;
        (1..=self.windows(last)).map(move |window| first + window as f64 * length).take_while(move |&end| end <= last)
    }
}

/// How many windows of this length a recording has.
pub fn windows(recording: &Recording, length: f64) -> usize {
    Spans::new(recording, length).windows(f64::INFINITY)
}
