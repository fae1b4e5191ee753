//! What each policy would have done at each recorded request, by what was known then, and what became of it: an outcome is
//! known only where the request was sent to the one that the policy picks.

use super::policies::{Candidate, Field, POLICIES, Stats};
use super::recording::{ByTask, Recording, Request};
use super::scores::{At, Rows};
use super::spans::Spans;
use super::spec::{ContendersSpec, Load};
use super::tally::{Fared, Outcome, Tally};
use super::watch::Watch;
use crate::stats::Draws;

/// The purpose that names the streams of picks, one for each request and policy.
const PURPOSE: &[u8; 8] = b"contpick";

/// A request, and what a policy would have done with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Pick {
    /// The request, as a place in the recording.
    pub request: u32,
    /// The policy, as a place among all.
    pub policy: u32,
    /// Contenders that took anything.
    pub candidates: u32,
    /// Whom it would have been tried with, as places in the recording.
    pub tried: Box<[u32]>,
    /// The probability that the one that it was sent to comes first.
    pub chance: f64,
}

/// What the policies came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BackTest {
    /// Each policy that was looked at, by its place among all.
    pub policies: Vec<Fared>,
    /// Every request and policy.
    pub picks: Vec<Pick>,
}

/// What is asked of a back-test.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Policies, as places among all.
    pub policies: &'a [usize],
    /// Whether every pick is kept.
    pub keeps_picks: bool,
    /// Whether intervals are made.
    pub with_intervals: bool,
}

/// Replays every request; `told` hears of each that is done, and ends it early where it says so.
pub fn back_test(
    recording: &Recording,
    spec: &ContendersSpec,
    spans: &Spans,
    asked: Asked<'_>,
    told: &mut dyn FnMut() -> bool,
) -> BackTest {
    let mut replay = Replay::new(recording, spec, spans, asked);
    for (number, request) in recording.requests.iter().enumerate() {
        replay.request(number, request);
        if !told() {
            break;
        }
    }
    replay.finish()
}

/// Requests made to a contender in one of its periods.
#[derive(Clone, Copy, Default)]
struct Made {
    period: usize,
    requests: f64,
}

struct Replay<'a> {
    recording: &'a Recording,
    spec: &'a ContendersSpec,
    spans: &'a Spans,
    asked: Asked<'a>,
    watch: Watch<'a>,
    rows: Rows,
    by_task: ByTask,
    hotkey_ranks: Vec<u32>,
    /// Of each contender what it came to when scores were last computed.
    stats: Vec<Option<Stats>>,
    scored_until: f64,
    /// Of each policy and contender; by recorded requests all policies have the first one's.
    made: Vec<Vec<Made>>,
    tallies: Vec<Tally>,
    picks: Vec<Pick>,
}

/// Those that take anything, by their places.
struct Present {
    places: Vec<usize>,
    periods: Vec<usize>,
    candidates: Vec<Candidate>,
}

impl<'a> Replay<'a> {
    fn new(recording: &'a Recording, spec: &'a ContendersSpec, spans: &'a Spans, asked: Asked<'a>) -> Self {
        let contenders = recording.contenders.len();
        let windows = spans.windows(recording.requests.last().map_or(0.0, |request| request.time));
        Self {
            recording,
            spec,
            spans,
            asked,
            watch: Watch::new(recording, &spec.rules, spans),
            rows: Rows::new(recording),
            by_task: ByTask::new(recording, &recording.id_ranks()),
            hotkey_ranks: recording.hotkey_ranks(),
            stats: vec![None; contenders],
            scored_until: f64::NEG_INFINITY,
            made: vec![vec![Made::default(); contenders]; asked.policies.len()],
            tallies: asked.policies.iter().map(|_| Tally::new(windows, contenders)).collect(),
            picks: Vec::new(),
        }
    }

    fn request(&mut self, number: usize, request: &Request) {
        self.score(request.time);
        let mut present = self.present(request);
        let sent_to = self.recording.place(request.contender);
        let sent = sent_to.and_then(|place| present.places.iter().position(|&one| one == place));
        for (index, &policy) in self.asked.policies.iter().enumerate() {
            self.fill(&mut present, index);
            let field =
                Field { candidates: &present.candidates, is_organic: request.is_organic, rules: &self.spec.rules };
            let chances = POLICIES[policy].chances(&field);
            let chance = sent.map_or(0.0, |sent| chances[sent]);
            let outcome = Outcome { window: self.spans.window(request.time), chance, request };
            self.tallies[index].take(&outcome, &present.places, &chances);
            if self.asked.keeps_picks {
                let stream = number as u64 * POLICIES.len() as u64 + policy as u64;
                let mut draws = Draws::new(self.spec.bootstrap.seed, PURPOSE, stream);
                let tried = POLICIES[policy].order(&field, &mut draws);
                self.picks.push(Pick {
                    request: number as u32,
                    policy: policy as u32,
                    candidates: present.places.len() as u32,
                    tried: tried.into_iter().map(|place| present.places[place] as u32).collect(),
                    chance,
                });
            }
            if self.spec.load == Load::Own {
                let made = &mut self.made[index];
                let parts = present.places.iter().zip(&present.periods).zip(chances);
                parts.for_each(|((&place, &period), chance)| count(&mut made[place], period, chance));
            }
        }
        self.record(&present, sent);
    }

    /// Counts a recorded request for whom it was sent to.
    fn record(&mut self, present: &Present, sent: Option<usize>) {
        if let (Load::Recorded, Some(sent)) = (self.spec.load, sent) {
            for made in &mut self.made {
                count(&mut made[present.places[sent]], present.periods[sent], 1.0);
            }
        }
    }

    /// Those of the request's task that take anything when it comes.
    fn present(&mut self, request: &Request) -> Present {
        let (recording, now) = (self.recording, request.time);
        let mut present = Present { places: Vec::new(), periods: Vec::new(), candidates: Vec::new() };
        for index in 0..self.by_task.of(request.contender.task).len() {
            let place = self.by_task.of(request.contender.task)[index];
            let Some(period) = self.watch.period(place, now) else { continue };
            if recording.periods(place)[period].capacity > 0.0 {
                present.places.push(place);
                present.periods.push(period);
                present.candidates.push(Candidate {
                    hotkey_rank: self.hotkey_ranks[recording.contenders[place].hotkey as usize],
                    requests: 0.0,
                    global: self.watch.global(place, now),
                    stats: self.stats[place],
                });
            }
        }
        present
    }

    /// Gives the candidates the requests that a policy balances by.
    fn fill(&self, present: &mut Present, index: usize) {
        let made = &self.made[index];
        let places = present.places.iter().zip(&present.periods);
        for (candidate, (&place, &period)) in present.candidates.iter_mut().zip(places) {
            let Made { period: of, requests } = made[place];
            candidate.requests = if of == period { requests } else { 0.0 };
        }
    }

    /// Computes the scores that are due, by what was known when they were.
    fn score(&mut self, now: f64) {
        if now < self.scored_until {
            return;
        }
        let every = self.spec.scores_seconds;
        let due = (now / every).floor() * every;
        self.scored_until = due + every;
        let capacities = self.watch.capacities(now);
        let at = At { now: due, capacities: &capacities, rules: &self.spec.rules, times: &|_| 1 };
        self.stats.fill(None);
        for score in self.rows.scores(self.recording, &at) {
            let place = self.recording.place(score.contender);
            if let (Some(place), Some(share)) = (place, score.share) {
                let net_score = share.net_score.unwrap_or(0.0);
                self.stats[place] = Some(Stats { quality: score.quality, net_score });
            }
        }
    }

    fn finish(self) -> BackTest {
        let bootstrap = self.asked.with_intervals.then_some(&self.spec.bootstrap);
        let fared = |(tally, &policy): (Tally, &usize)| tally.finish(policy, self.recording, bootstrap);
        BackTest { policies: self.tallies.into_iter().zip(self.asked.policies).map(fared).collect(), picks: self.picks }
    }
}

fn count(made: &mut Made, period: usize, requests: f64) {
    if made.period != period {
        *made = Made { period, requests: 0.0 };
    }
    made.requests += requests;
}
