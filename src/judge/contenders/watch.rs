//! What every contender is worth as time goes on: its period, its own metric and what it borrows, each kept until it
//! changes by more than its decay.

use std::collections::HashMap;
use std::rc::Rc;

use super::recording::{Period, Recording};
use super::rules::Rules;
use super::spans::Spans;

/// Contenders as time goes on; moments must not run back.
pub(super) struct Watch<'a> {
    recording: &'a Recording,
    rules: &'a Rules,
    spans: &'a Spans,
    states: Vec<State>,
    left: Left,
    /// Contenders that are ever on a node with a task.
    sites: Rc<HashMap<Site, Vec<usize>>>,
}

/// A task on a node.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Site {
    node: u32,
    task: u32,
}

/// What is kept of a contender.
#[derive(Debug, Clone, Copy)]
struct State {
    period: Option<usize>,
    /// When it enters another period.
    period_until: f64,
    own: Value,
    global: Value,
}

/// What a history was worth at a moment, and until when nothing but its age changes.
#[derive(Debug, Clone, Copy)]
struct Value {
    value: f64,
    at: f64,
    until: f64,
}

/// What is left of a history after a while, the last one remembered: most contenders change together.
#[derive(Debug, Clone, Copy)]
struct Left {
    seconds: f64,
    share: f64,
}

impl<'a> Watch<'a> {
    pub fn new(recording: &'a Recording, rules: &'a Rules, spans: &'a Spans) -> Self {
        let unknown = Value { value: 0.0, at: 0.0, until: f64::NEG_INFINITY };
        let new = State { period: None, period_until: f64::NEG_INFINITY, own: unknown, global: unknown };
        let mut sites: HashMap<Site, Vec<usize>> = HashMap::new();
        for (place, contender) in recording.contenders.iter().enumerate() {
            for period in recording.periods(place) {
                let places = sites.entry(Site { node: period.node, task: contender.task }).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        }
        let states = vec![new; recording.contenders.len()];
        let left = Left { seconds: 0.0, share: 1.0 };
        Self { recording, rules, spans, states, left, sites: Rc::new(sites) }
    }

    /// The period that a contender is in, as a place among its periods.
    pub fn period(&mut self, place: usize, now: f64) -> Option<usize> {
        let state = &mut self.states[place];
        if now >= state.period_until {
            let periods = self.recording.periods(place);
            state.period = self.spans.at(periods, now);
            let next = periods.partition_point(|period| period.end <= now);
            state.period_until = match (state.period, periods.get(next)) {
                (Some(_), Some(period)) => period.end,
                (None, Some(_)) => self.spans.start(periods, next),
                (_, None) => f64::INFINITY,
            };
        }
        state.period
    }

    /// What a contender's own history is worth.
    fn own(&mut self, place: usize, now: f64) -> Value {
        let state = &mut self.states[place];
        if now >= state.own.until {
            let periods = self.recording.periods(place);
            let Steady { since, until } = steady(periods, now, self.rules.window);
            let at = if since.is_finite() { since } else { now };
            state.own = Value { value: super::metric::own(periods, at, self.rules), at, until };
        }
        state.own
    }

    /// What it is worth with what the contender borrows.
    pub fn global(&mut self, place: usize, now: f64) -> f64 {
        if now >= self.states[place].global.until {
            self.states[place].global = self.with_loans(place, now);
        }
        let Value { value, at, .. } = self.states[place].global;
        value * self.left(now - at)
    }

    fn with_loans(&mut self, place: usize, now: f64) -> Value {
        let recording = self.recording;
        let own = self.own(place, now);
        let Some(period) = self.period(place, now) else { return own };
        let mut found = Value { value: own.value * self.left(now - own.at), at: now, until: own.until };
        found.until = found.until.min(self.states[place].period_until);
        let node = recording.periods(place)[period].node;
        let sites = Rc::clone(&self.sites);
        for one in recording.lenders(recording.contenders[place].task) {
            for &lender in sites.get(&Site { node, task: one.right }).map_or(&[][..], Vec::as_slice) {
                let is_there = |period: usize| recording.periods(lender)[period].node == node;
                let is_lending = self.period(lender, now).is_some_and(is_there);
                let own = self.own(lender, now);
                if is_lending {
                    found.value += self.rules.similarity(one.similarity) * own.value * self.left(now - own.at);
                }
                found.until = found.until.min(own.until).min(self.states[lender].period_until);
            }
        }
        found
    }

    fn left(&mut self, seconds: f64) -> f64 {
        if seconds != self.left.seconds {
            self.left = Left { seconds, share: self.rules.left(seconds) };
        }
        self.left.share
    }

    /// What every contender that serves says it takes.
    pub fn capacities(&mut self, now: f64) -> Vec<Option<f64>> {
        let recording = self.recording;
        let capacity = |place: usize| Some(recording.periods(place)[self.period(place, now)?].capacity);
        (0..recording.contenders.len()).map(capacity).collect()
    }
}

/// From when until when the history of these periods holds the same ones: a period ends, or one is too old.
struct Steady {
    since: f64,
    until: f64,
}

fn steady(periods: &[Period], now: f64, window: f64) -> Steady {
    let next = periods.partition_point(|period| period.end <= now);
    let oldest = periods.partition_point(|period| now - period.end >= window);
    let end = |place: Option<&Period>, none: f64| place.map_or(none, |period| period.end);
    let before = |place: usize| place.checked_sub(1).and_then(|place| periods.get(place));
    let ended = end(before(next), f64::NEG_INFINITY);
    let left = end(before(oldest), f64::NEG_INFINITY) + window;
    let ends = end(periods.get(next), f64::INFINITY);
    let leaves = if oldest < next { periods[oldest].end + window } else { f64::INFINITY };
    Steady { since: ended.max(left), until: ends.min(leaves) }
}
