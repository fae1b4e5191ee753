//! The story of `weighhouse replay rewards`: recorded answers are rewarded again, loop by loop, at every threshold at
//! once.

mod copying;
mod rates;
mod register;

use anyhow::Result;

use self::copying::Copiers;
use self::register::Register;
use crate::commands::agreement::Agreement;
use crate::commands::clock::Clock;
use crate::commands::comparing::{Compared, Comparer};
use crate::commands::embedder::OpenEmbedder;
use crate::commands::finished::{Ending, Finished, Interrupted, summary};
use crate::commands::notices::Notices;
use crate::commands::reading::{Chunk, in_chunks};
use crate::commands::record::{Embedded, of_judging};
use crate::commands::settings::{Grid, GridPoint, Recompute, ReplayRewardsSettings};
use crate::judge::rewards::{Judged, RewardsRun, RewardsSpec, Round, Rules};
use crate::records::{Order, RecordError, Request, Response};
use crate::report::rewards::{Copies, REWARDS_FIGURES, ResponseRow, Responses, RewardsReplay, rewards_results};
use crate::report::{InputRecord, ReportFolder, RunRecord, WhatIf, counted};
use crate::reporter::Reporter;
use crate::similarity::{Pairs, Profile, Text, penalties};

/// Rewards a recording as `settings` say.
///
/// # Errors
/// Whatever kept it from its end, with the file, the value and the remedy.
pub fn run(settings: &ReplayRewardsSettings, reporter: &dyn Reporter) -> Result<Finished> {
    let (clock, notices) = (Clock::start(), Notices::new(reporter));
    let folder = ReportFolder::open(&settings.out)?;
    if settings.is_sample_embedder {
        notices.warn("texts are compared by the tiny embedder of the fixtures; give the network's with --embedder");
    }
    let tools = settings.recompute.as_ref().map(|how| OpenEmbedder::open(&how.embedding, &notices)).transpose()?;
    let mut register = Register::read(settings, &notices)?;
    let recorded = register.is_copier.iter().filter(|is| **is).count();
    let copiers = copiers(settings, &mut register)?;
    let rates = rates::compute(settings, &register, &notices)?;
    let mut rewarding = Rewarding::begin(settings, &register, copiers.as_ref(), tools.as_ref(), &notices)?;
    notices.start("rewarding", register.requests);
    let recording = in_chunks(&settings.recording, Order::Loops, &settings.reading, |chunk| rewarding.chunk(chunk))?;
    rewarding.close()?;
    if recording != register.recording {
        Err(RecordError::Changed { file: settings.recording.to_string() })?;
    }
    notices.finish();
    rewarding.agreement.report(&notices);
    if copiers.is_some() {
        notices.info(&format!("{} replaced by copies", counted(rewarding.forged as usize, "answer")));
    }
    let Rewarding { run, rivals, responses, comparer, .. } = rewarding;
    let timings = comparer.iter().flat_map(Comparer::timings).chain([clock.whole()]).collect();
    let judged = run.finish(&register.is_copier);
    let grid = settings.grid.as_ref().map(|grid| what_if(grid, rivals, &register, &judged));
    let replay = RewardsReplay {
        copies: copies(settings, recorded),
        judged,
        grid,
        uids: register.uids.clone(),
        rules: Some(settings.spec.rules),
        responses,
        rates: rates.rows,
        timings,
    };
    tools.iter().for_each(|tools| tools.report(&notices));
    folder.write(&replay, &record(settings, &register, rates.inputs, tools.as_ref(), notices.warnings()))?;
    notices.info(&format!("report in {}", folder.path().display()));
    Ok(Finished { summary: summary(&replay, settings.format)?, ending: ending(&replay, &notices) })
}

/// The runs by the rules of a grid, each held against the run's own.
fn what_if(grid: &Grid<Rules>, rivals: Vec<RewardsRun>, register: &Register, own: &Judged) -> WhatIf {
    let found = rivals.into_iter().map(|run| run.finish(&register.is_copier));
    let results = found.zip(&grid.points).map(|(judged, point)| rewards_results(&judged, &point.rules, own));
    grid.what_if(&REWARDS_FIGURES, results)
}

/// Nothing is known of anybody where no reward is.
fn ending(replay: &RewardsReplay, reporter: &dyn Reporter) -> Ending {
    if replay.judged.miners.iter().any(|row| row.responses > row.unknown) {
        return Ending::Done;
    }
    reporter.warn("no reward is known: every response up for one lacks something that it rests on");
    Ending::NothingMeasured
}

/// Draws those who are made to copy.
fn copiers(settings: &ReplayRewardsSettings, register: &mut Register) -> Result<Option<Copiers>> {
    let Some(copying) = settings.recompute.as_ref().and_then(|how| how.copying.as_ref()) else { return Ok(None) };
    let independent = register.independent();
    if copying.copiers >= independent.len() {
        let (file, miners) = (settings.recording.to_string(), independent.len());
        Err(RecordError::NobodyToCopy { file, miners, copiers: copying.copiers })?;
    }
    let copiers = Copiers::draw(copying, &independent, settings.seed);
    register.mark(&copiers);
    Ok(Some(copiers))
}

fn copies(settings: &ReplayRewardsSettings, recorded: usize) -> Copies {
    let made = settings.recompute.as_ref().and_then(|how| how.copying.as_ref());
    match made {
        Some(copying) => Copies::Made { attack: copying.name.clone(), made: copying.copiers, recorded },
        None if recorded > 0 => Copies::Recorded,
        None => Copies::None,
    }
}

fn record(
    settings: &ReplayRewardsSettings,
    register: &Register,
    others: Vec<InputRecord>,
    tools: Option<&OpenEmbedder>,
    warnings: Vec<String>,
) -> RunRecord {
    let recording = InputRecord {
        path: settings.recording.to_string(),
        sha256: register.recording.sha256.clone(),
        rows: register.recording.rows,
        skipped_rows: register.recording.skipped,
    };
    let inputs = std::iter::once(recording).chain(others).collect();
    let record = of_judging("replay rewards", &settings.sources, settings.seed, inputs, warnings);
    match tools {
        Some(tools) => record.embedded(tools),
        None => record,
    }
}

/// The second look: requests come chunk by chunk, and a loop is judged when the next one begins.
struct Rewarding<'a> {
    register: &'a Register,
    copiers: Option<&'a Copiers>,
    profile: Profile,
    comparer: Option<Comparer<'a>>,
    reporter: &'a dyn Reporter,
    run: RewardsRun,
    /// By the rules of the grid.
    rivals: Vec<RewardsRun>,
    open: Option<Open>,
    responses: Responses,
    agreement: Agreement,
    /// Answers that were replaced by copies.
    forged: u64,
}

/// A loop that is being read.
struct Open {
    number: Option<u64>,
    round: Round,
    /// Of each answer, its request and its uid.
    of: Vec<Owner>,
}

/// Whose an answer is.
#[derive(Clone, Copy)]
struct Owner {
    request: usize,
    uid: u32,
}

impl<'a> Rewarding<'a> {
    fn begin(
        settings: &'a ReplayRewardsSettings,
        register: &'a Register,
        copiers: Option<&'a Copiers>,
        tools: Option<&'a OpenEmbedder>,
        reporter: &'a dyn Reporter,
    ) -> Result<Self> {
        Ok(Self {
            register,
            copiers,
            profile: settings.recompute.as_ref().map_or_else(Profile::default, |Recompute { profile, .. }| *profile),
            comparer: tools.map(|tools| Comparer::new(tools, reporter)),
            reporter,
            run: RewardsRun::new(settings.spec.clone(), register.uids.len())?,
            rivals: rivals(settings, register)?,
            open: None,
            responses: Responses::default(),
            agreement: Agreement::default(),
            forged: 0,
        })
    }

    fn chunk(&mut self, mut chunk: Chunk) -> Result<()> {
        if self.reporter.interrupted() {
            return Err(Interrupted.into());
        }
        if let Some(copiers) = self.copiers {
            for (number, request) in (chunk.first as u64..).zip(&mut chunk.requests) {
                self.forged += copiers.forge(request, number);
            }
        }
        let computed = self.penalties(&chunk.requests)?;
        for (place, request) in chunk.requests.iter().enumerate() {
            self.request(request, computed.as_ref().map(|computed| &computed[place]))?;
        }
        self.reporter.advance(chunk.requests.len() as u64);
        Ok(())
    }

    /// The penalties of every response of each request, computed anew; `None` where they are taken as recorded.
    fn penalties(&mut self, requests: &[Request]) -> Result<Option<Vec<Vec<Option<f64>>>>> {
        let Some(comparer) = &mut self.comparer else { return Ok(None) };
        let texts: Vec<Vec<&str>> = requests.iter().map(texts).collect();
        let compared = comparer.compare(&texts)?;
        let profile = self.profile;
        Ok(Some(
            requests.iter().zip(&compared).map(|(request, compared)| computed(request, compared, profile)).collect(),
        ))
    }

    fn request(&mut self, request: &Request, computed: Option<&Vec<Option<f64>>>) -> Result<()> {
        let number = request.round();
        if self.open.as_ref().is_none_or(|open| open.number != number) {
            self.close()?;
            let round = Round { number: number.unwrap_or(0), answers: Vec::new() };
            self.open = Some(Open { number, round, of: Vec::new() });
        }
        self.responses.request(&request.id);
        for (place, response) in request.responses.iter().enumerate().filter(|(_, response)| response.rewarded) {
            let penalty = self.penalty(request, response, computed.map(|computed| computed[place]));
            let answer = self.register.answer(request, response, penalty);
            if let (Some(open), Some(answer)) = (&mut self.open, answer) {
                open.round.answers.push(answer);
                open.of.push(Owner { request: self.responses.place(), uid: response.uid });
            }
        }
        Ok(())
    }

    /// The penalty of a response; a computed one is held against the recorded one, unless its text was made.
    fn penalty(&mut self, request: &Request, response: &Response, computed: Option<Option<f64>>) -> Option<f64> {
        let Some(computed) = computed else { return response.penalty };
        if let (Some(recorded), Some(computed), None) = (response.penalty, computed, self.copiers) {
            self.agreement.note(recorded, computed, &request.id, response.uid);
        }
        computed
    }

    /// Judges the loop that is open.
    fn close(&mut self) -> Result<()> {
        let Some(Open { round, of, .. }) = self.open.take() else { return Ok(()) };
        let rewarded = self.run.round(&round);
        self.rivals.iter_mut().for_each(|rival| drop(rival.round(&round)));
        for ((answer, owner), rewarded) in round.answers.iter().zip(of).zip(rewarded) {
            let row = ResponseRow { round: round.number, uid: owner.uid, answer: *answer, rewarded };
            self.responses.take(owner.request, &row)?;
        }
        Ok(())
    }
}

/// A run by each of the grid's rules, without thresholds of its own and without intervals.
fn rivals(settings: &ReplayRewardsSettings, register: &Register) -> Result<Vec<RewardsRun>> {
    let points = settings.grid.iter().flat_map(|grid| &grid.points);
    let run = |point: &GridPoint<Rules>| {
        let spec = RewardsSpec { rules: point.rules, thresholds: Vec::new(), top: settings.spec.top, bootstrap: None };
        Ok(RewardsRun::new(spec, register.uids.len())?)
    };
    points.map(run).collect()
}

/// The texts that are compared.
fn texts(request: &Request) -> Vec<&str> {
    let answered = request.responses.iter().filter(|response| response.answered());
    answered.map(|response| response.reasoning.as_str()).collect()
}

/// The penalty of every response of a request, in their order; none of those that failed.
fn computed(request: &Request, compared: &Compared, profile: Profile) -> Vec<Option<f64>> {
    let answered: Vec<&Response> = request.responses.iter().filter(|response| response.answered()).collect();
    let empty: Vec<bool> = compared.texts.iter().map(Text::is_empty).collect();
    let members: Vec<usize> = (0..answered.len()).collect();
    let mut pairs = compared.pairs.clone();
    if profile == Profile::Joint {
        // By this profile a uid is never compared with itself.
        for (pair, (one, other)) in pairs.iter_mut().zip(Pairs::numbered(answered.len())) {
            if answered[one].uid == answered[other].uid {
                (pair.cosine, pair.partial_ratio) = (-1.0, 0.0);
            }
        }
    }
    let found = Pairs::new(&pairs, answered.len()).map(|pairs| penalties(profile, pairs, &empty, &members));
    let mut found = found.into_iter().flatten();
    let mut next = |response: &Response| if response.answered() { found.next() } else { None };
    request.responses.iter().map(|response| next(response).map(|penalty| f64::from(penalty.total))).collect()
}
