//! What a replay of utility reads: answers, whose payloads are examined as they come and then dropped, the truth, volumes
//! and schemas.

use std::collections::HashMap;

use anyhow::Result;

use super::examining::{Examined, Examiner, Waiting, junk};
use super::schemas::Schemas;
use crate::commands::finished::Interrupted;
use crate::commands::record::{input, input_of};
use crate::commands::settings::ReplayUtilitySettings;
use crate::excerpt::value;
use crate::judge::utility::{JunkAnswer, Recording, Request, Response, Status, Table, UtilityError, Volume};
use crate::labels::Labels;
use crate::payload::{Kind, Value};
use crate::records::replies::{
    LONGEST_PAYLOAD, Payload, Reply, ReplyFile, ReplyRequest, ReplyRequests, ReplyStatus, read_replies,
};
use crate::records::truths::read_truths;
use crate::records::volumes::{VolumeEntry, read_volumes};
use crate::records::{List, Place, Reading, carrying};
use crate::report::utility::FaultPaths;
use crate::report::{InputRecord, counted};
use crate::reporter::Reporter;

/// Payloads that wait to be examined at most, and their bytes.
const WAITING: (usize, usize) = (4096, 8 << 20);
/// Requests below which intervals are called rough.
const FEW: usize = 20;

/// A recording, and where it is from.
pub struct Input {
    /// The recording.
    pub recording: Recording,
    /// Where faults are, response by response.
    pub paths: FaultPaths,
    /// Whether there is a truth.
    pub has_truth: bool,
    /// The files.
    pub records: Vec<InputRecord>,
    lines: Places,
}

/// Where rows stand.
struct Places {
    /// A reply without its number, and the numbers by response.
    of_replies: Place,
    replies: Vec<u64>,
    volumes: Vec<Place>,
}

/// A response that was read.
struct Read {
    response: Response,
    /// Numbers of the places of its faults.
    paths: Vec<u32>,
    line: u64,
}

/// Payloads that nobody looked at.
#[derive(Default)]
struct Long {
    count: usize,
    first: u64,
}

/// Responses on their way.
struct Collecting<'a> {
    examiner: Examiner<'a>,
    reporter: &'a dyn Reporter,
    found: Vec<Read>,
    paths: Labels,
    miners: Miners,
    /// Payloads that wait, the places of their responses, and their bytes.
    waiting: Vec<Waiting>,
    places: Vec<usize>,
    bytes: usize,
    long: Long,
}

/// Contenders by uid, in the order in which they are met.
#[derive(Default)]
struct Miners {
    numbers: HashMap<u32, usize>,
    uids: Vec<u32>,
    hotkeys: Vec<Option<Box<str>>>,
    /// One with two hotkeys, if any.
    changed: Option<u32>,
}

impl Miners {
    fn number(&mut self, uid: u32, hotkey: Option<&str>) -> usize {
        let Self { numbers, uids, hotkeys, changed } = self;
        let number = *numbers.entry(uid).or_insert_with(|| {
            uids.push(uid);
            hotkeys.push(None);
            uids.len() - 1
        });
        if let Some(hotkey) = hotkey {
            let known = hotkeys[number].as_deref();
            if known.is_some_and(|known| known != hotkey) {
                changed.get_or_insert(uid);
            }
            if known != Some(hotkey) {
                hotkeys[number] = Some(hotkey.into());
            }
        }
        number
    }
}

impl Input {
    /// Reads what `settings` name.
    ///
    /// # Errors
    /// A file that cannot be read, a schema that is none, or the user's wish to stop.
    pub fn read(settings: &ReplayUtilitySettings, reporter: &dyn Reporter) -> Result<Self> {
        let reading = || Reading::new(&settings.reading, reporter);
        let schemas = Schemas::read(&settings.schemas)?;
        let is_json = |text: &str| Value::parse(text).is_ok();
        let truth = settings.truth.as_ref().map(|source| read_truths(source, &reading(), is_json)).transpose()?;
        let volumes = settings.volumes.as_ref().map(|source| read_volumes(source, &reading())).transpose()?;
        let mut records = Vec::new();
        records.extend(settings.truth.iter().zip(&truth).map(|(source, list)| input(source, list)));
        records.extend(settings.volumes.iter().zip(&volumes).map(|(source, list)| input(source, list)));
        records.extend(schemas.records.iter().cloned());
        let has_truth = truth.is_some();
        let truths: HashMap<String, Box<str>> =
            truth.into_iter().flat_map(|list| list.rows).map(|truth| (truth.request, truth.payload)).collect();
        let examiner =
            Examiner { schemas: &schemas, truths: &truths, extra: settings.extra, profile: &settings.profile_endpoint };
        let mut collecting = Collecting::new(examiner, reporter);
        reporter.start("examining payloads", 0);
        let file = collecting.read(settings)?;
        reporter.finish();
        records.insert(0, input_of(&settings.replies, &file.sha256, file.rows, file.skipped));
        say_of_schemas(&schemas, &file.requests, reporter);
        collecting.say_what_is_odd(settings, &file);
        let unknown = truths.keys().filter(|id| file.requests.ids.find(id).is_none()).count();
        if unknown > 0 {
            reporter.warn(&format!("{} to none of the recorded requests, left out", counted(unknown, "truth")));
        }
        let junk = junk(&schemas, file.requests.endpoints.texts(), settings.extra);
        let input = collecting.finish(settings, file, volumes, Known { junk, has_truth, records });
        input.say_what_is_read(settings, reporter);
        Ok(input)
    }

    /// An error of judging with the file and line that it is about.
    pub fn placed(&self, error: UtilityError) -> anyhow::Error {
        let place = error.row().and_then(|row| match row.table {
            Table::Responses => {
                let number = *self.lines.replies.get(row.index)?;
                Some(Place { number, ..self.lines.of_replies.clone() })
            }
            Table::Volumes => self.lines.volumes.get(row.index).cloned(),
        });
        match place {
            Some(place) => anyhow::Error::new(error).context(place.to_string()),
            None => error.into(),
        }
    }

    fn say_what_is_read(&self, settings: &ReplayUtilitySettings, reporter: &dyn Reporter) {
        let Recording { responses, requests, uids, .. } = &self.recording;
        reporter.info(&format!(
            "{}: {} to {} by {}",
            settings.replies,
            counted(responses.len(), "response"),
            counted(requests.len(), "request"),
            counted(uids.len(), "miner"),
        ));
        if requests.len() < FEW {
            reporter.warn(&format!(
                "intervals draw requests again and are rough below {FEW} of them; here are {}",
                requests.len()
            ));
        }
    }
}

/// What is known beside the replies.
struct Known {
    junk: Vec<JunkAnswer>,
    has_truth: bool,
    records: Vec<InputRecord>,
}

impl<'a> Collecting<'a> {
    fn new(examiner: Examiner<'a>, reporter: &'a dyn Reporter) -> Self {
        Self {
            examiner,
            reporter,
            found: Vec::new(),
            paths: Labels::default(),
            miners: Miners::default(),
            waiting: Vec::new(),
            places: Vec::new(),
            bytes: 0,
            long: Long::default(),
        }
    }

    fn read(&mut self, settings: &ReplayUtilitySettings) -> Result<ReplyFile> {
        let reading = Reading::new(&settings.reading, self.reporter);
        let file = carrying(|each| {
            read_replies(&settings.replies, &reading, |requests, reply| each(self.take(requests, reply)))
        })?;
        self.examine(&file.requests);
        Ok(file)
    }

    fn take(&mut self, requests: &ReplyRequests, reply: Reply) -> Result<()> {
        if self.reporter.interrupted() {
            return Err(Interrupted.into());
        }
        let contender = self.miners.number(reply.uid, reply.hotkey.as_deref());
        let status = match reply.status {
            ReplyStatus::Ok => Status::Ok,
            ReplyStatus::Timeout => Status::Timeout,
            ReplyStatus::Error => Status::Error,
        };
        if let Some(payload) = reply.payload.filter(|_| status == Status::Ok) {
            self.wait(Waiting { request: reply.request, payload }, reply.line);
        }
        let response = Response {
            request: reply.request as usize,
            contender,
            status,
            process_time: reply.process_time,
            timeout: reply.timeout,
            size: reply.size,
            answer: None,
        };
        self.found.push(Read { response, paths: Vec::new(), line: reply.line });
        if self.waiting.len() >= WAITING.0 || self.bytes >= WAITING.1 {
            self.examine(requests);
        }
        self.reporter.advance(1);
        Ok(())
    }

    fn wait(&mut self, waiting: Waiting, line: u64) {
        match &waiting.payload {
            Payload::Text(text) => self.bytes += text.len(),
            Payload::Long => {
                self.long.first = if self.long.count == 0 { line } else { self.long.first };
                self.long.count += 1;
            }
        }
        self.places.push(self.found.len());
        self.waiting.push(waiting);
    }

    /// Examines what waits.
    fn examine(&mut self, requests: &ReplyRequests) {
        let examined = self.examiner.examine(requests, &self.waiting);
        for (&place, Examined { answer, paths }) in self.places.iter().zip(examined) {
            let read = &mut self.found[place];
            read.paths = paths.iter().map(|path| self.paths.number(path)).collect();
            read.response.answer = Some(answer);
        }
        self.waiting.clear();
        self.places.clear();
        self.bytes = 0;
    }

    fn say_what_is_odd(&self, settings: &ReplayUtilitySettings, file: &ReplyFile) {
        let Long { count, first } = self.long;
        if count > 0 {
            self.reporter.warn(&format!(
                "{}: {} of more than {LONGEST_PAYLOAD} bytes counted as broken, the first at {} {first}",
                settings.replies,
                counted(count, "payload"),
                file.unit
            ));
        }
        let times: Vec<f64> = file.requests.rows.iter().filter_map(|request| request.time).collect();
        if times.windows(2).any(|pair| pair[1] < pair[0]) {
            self.reporter.warn(&format!(
                "{}: requests are not in the order of time, and scores follow the order of the file; sort it by `time`",
                settings.replies
            ));
        }
        if let Some(uid) = self.miners.changed {
            self.reporter.warn(&format!(
                "uid {uid} has more than one hotkey and is taken as one miner, as are others like it; leave the rows of one out"
            ));
        }
    }

    /// The recording: requests in the order of their first rows, their responses in the order of the file.
    fn finish(
        mut self,
        settings: &ReplayUtilitySettings,
        file: ReplyFile,
        volumes: Option<List<VolumeEntry>>,
        known: Known,
    ) -> Input {
        self.found.sort_by_key(|read| read.response.request);
        let (entries, of_volumes) = volumes.map_or_else(Default::default, |list| (list.rows, list.places));
        if let Some(at) = entries.windows(2).position(|pair| pair[1].tempo < pair[0].tempo) {
            let place = of_volumes.get(at + 1).map(Place::to_string).unwrap_or_default();
            self.reporter.warn(&format!(
                "{place}: tempo {} comes after {}; tempos count in the order in which they arrive, and each run is a round",
                entries[at + 1].tempo,
                entries[at].tempo
            ));
        }
        let volume = |entry: &VolumeEntry| Volume {
            tempo: entry.tempo,
            contender: self.miners.number(entry.uid, None),
            volume: entry.volume,
        };
        let volumes = entries.iter().map(volume).collect();
        let mut paths = FaultPaths { texts: self.paths, places: Vec::new() };
        let (mut responses, mut lines) = (Vec::with_capacity(self.found.len()), Vec::new());
        for read in self.found {
            paths.places.extend(read.paths);
            responses.push(read.response);
            lines.push(read.line);
        }
        let Known { junk, has_truth, records } = known;
        let Miners { uids, hotkeys, .. } = self.miners;
        let requests = file.requests;
        let request = |(row, number): (ReplyRequest, u32)| Request {
            id: requests.ids.name(number).into(),
            time: row.time,
            block: row.block,
            endpoint: row.endpoint as usize,
            query: row.query,
        };
        let recording = Recording {
            requests: requests.rows.into_iter().zip(0..).map(request).collect(),
            responses,
            uids,
            hotkeys: hotkeys.into_iter().map(Option::unwrap_or_default).collect(),
            endpoints: requests.endpoints.texts().to_vec(),
            kinds: Kind::ALL.iter().map(|kind| kind.name().into()).collect(),
            volumes,
            junk,
        };
        let of_replies = Place { file: settings.replies.to_string(), unit: file.unit, number: 0 };
        Input {
            recording,
            paths,
            has_truth,
            records,
            lines: Places { of_replies, replies: lines, volumes: of_volumes },
        }
    }
}

fn say_of_schemas(schemas: &Schemas, requests: &ReplyRequests, reporter: &dyn Reporter) {
    let listed = |names: &[&str]| {
        let others = if names.len() > 1 { format!(" and {} more", names.len() - 1) } else { String::new() };
        names.first().map(|first| format!("{}{others}", value(first)))
    };
    let endpoints = requests.endpoints.texts();
    let without: Vec<&str> = endpoints.iter().map(|name| &**name).filter(|name| schemas.of(name).is_none()).collect();
    if let Some(names) = listed(&without) {
        reporter.warn(&format!(
            "no schema for the endpoint {names}: whatever is JSON counts as valid there; give one by --schema ENDPOINT=FILE"
        ));
    }
    let unused: Vec<&str> = schemas.endpoints().filter(|name| requests.endpoints.find(name).is_none()).collect();
    if let Some(names) = listed(&unused) {
        reporter.warn(&format!("no request is to the endpoint {names}, which --schema names"));
    }
}
