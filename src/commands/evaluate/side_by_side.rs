//! Models measured in several processes at once, each of which takes the next model when it is done with one. What they
//! say of a model is told when all before it is told, so that equal runs say and record the same, whoever was first.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Result;

use super::bench::Bench;
use super::fatal::ends_the_run;
use super::reply::{Left, Reply};
use crate::commands::finished::Interrupted;
use crate::engine::request::DeviceRequest;
use crate::hub::Puller;
use crate::measure::models::{Answer, ChildError, Place, Worker};
use crate::measure::program::own_program;
use crate::measure::{self, Measured};
use crate::report::Timing;
use crate::reporter::{Reporter, Silent};

/// How often the user's wish to stop is looked at while waiting.
const GLANCE: Duration = Duration::from_millis(50);

/// Measures what is left in a child on each of `devices` and hands each reply to `settle`, with its index, in order; one
/// that ends the run at once.
///
/// # Errors
/// Those of `settle`, or the user asked to stop.
pub fn measure_in_children(
    bench: &Bench,
    devices: &[DeviceRequest],
    left: &[Left],
    puller: &Puller,
    settle: impl FnMut(usize, Reply) -> Result<()>,
) -> Result<()> {
    let devices = &devices[..devices.len().min(left.len())];
    let threads = (rayon::current_num_threads() / devices.len().max(1)).max(1);
    let (is_over, next) = (AtomicBool::new(false), AtomicUsize::new(0));
    let floor = Floor { bench, left, puller, threads, next, is_over };
    let (sender, replies) = channel();
    thread::scope(|scope| {
        let _ends = Ends { is_over: &floor.is_over, puller };
        for device in devices {
            let (floor, sender) = (&floor, sender.clone());
            let work = move || floor.work(*device, &sender);
            thread::Builder::new().spawn_scoped(scope, work).map_err(ChildError::Start)?;
        }
        drop(sender);
        gather(bench, &replies, settle)
    })
}

/// Puts replies in order and settles them.
fn gather(
    bench: &Bench,
    replies: &Receiver<(usize, Told)>,
    mut settle: impl FnMut(usize, Reply) -> Result<()>,
) -> Result<()> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    loop {
        match replies.recv_timeout(GLANCE) {
            Ok((index, told)) if told.reply.result.as_ref().is_err_and(ends_the_run) => {
                return settle(index, told.tell(bench.notices));
            }
            Ok((index, told)) => {
                waiting.insert(index, told);
                while let Some(told) = waiting.remove(&next) {
                    settle(next, told.tell(bench.notices))?;
                    next += 1;
                }
            }
            Err(RecvTimeoutError::Timeout) if bench.notices.interrupted() => return Err(Interrupted.into()),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

/// Ends all children and all waiting when the work is over, however it ends.
struct Ends<'a> {
    is_over: &'a AtomicBool,
    puller: &'a Puller<'a>,
}

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.puller.close();
    }
}

/// What the workers of all devices share.
struct Floor<'a> {
    bench: &'a Bench<'a>,
    left: &'a [Left],
    puller: &'a Puller<'a>,
    threads: usize,
    /// The first model that nobody has taken.
    next: AtomicUsize,
    /// Nothing more is to be measured.
    is_over: AtomicBool,
}

impl Floor<'_> {
    /// Measures one model after another, until none is left or the run is to end.
    fn work(&self, device: DeviceRequest, replies: &Sender<(usize, Told)>) {
        let mut worker = Worker::new(&own_program, self.place(device), self.threads, &self.is_over);
        while !self.is_over.load(Ordering::Relaxed) {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(left) = self.left.get(index) else { return };
            let told = self.measure(left, &mut worker);
            let is_last = told.reply.result.as_ref().is_err_and(ends_the_run);
            // Whoever does not listen any more has ended the run.
            if replies.send((index, told)).is_err() || is_last {
                return;
            }
        }
    }

    fn place(&self, device: DeviceRequest) -> Place {
        let settings = self.bench.settings;
        Place {
            device: device.to_string(),
            dtype: self.bench.devices.dtype.as_str().into(),
            kernels: settings.kernels.to_string(),
            store: settings.store.clone(),
            batch_tokens: settings.batch_tokens,
        }
    }

    fn measure(&self, left: &Left, worker: &mut Worker) -> Told {
        let held = Held::new(self.bench);
        let mut timings = Vec::new();
        let mut result = self.measure_one(left, worker, &held, &mut timings);
        if let Err(error) = left.release(self.puller, &result) {
            result = Err(error);
        }
        Told { messages: held.into_messages(), reply: Reply { result, timings } }
    }

    fn measure_one(
        &self,
        left: &Left,
        worker: &mut Worker,
        held: &Held,
        timings: &mut Vec<Timing>,
    ) -> Result<Measured> {
        left.fetch(self.bench, self.puller, timings)?;
        let answer = worker.measure(&left.order, held)?;
        let Answer { samples, tokens, seconds, refused, .. } = answer;
        timings.extend(answer.lost.map(|lost| left.timing("first attempt", lost, None)));
        let (load, evaluate) =
            (left.timing("load", answer.loading, None), left.timing("evaluate", seconds, Some(tokens)));
        timings.push(Timing { peak_bytes: answer.loading_peak_bytes, ..load });
        timings.push(Timing { peak_bytes: answer.peak_bytes, ..evaluate });
        let known = self.bench.store.read(left.order.identity.key(), &Silent)?;
        let outcomes = measure::recount(&left.order.conversations, &known, refused);
        let outcomes = outcomes.ok_or_else(|| {
            ChildError::Store("the store does not hold what was just measured; is something else changing it?".into())
        })?;
        Ok(Measured { outcomes, samples, tokens, seconds, refused })
    }
}

/// A reply and what was said meanwhile.
struct Told {
    messages: Vec<Message>,
    reply: Reply,
}

impl Told {
    /// Says what was said.
    fn tell(self, reporter: &dyn Reporter) -> Reply {
        for message in &self.messages {
            match message {
                Message::Info(message) => reporter.info(message),
                Message::Warning(warning) => reporter.warn(warning),
            }
        }
        self.reply
    }
}

#[derive(PartialEq)]
enum Message {
    Info(String),
    Warning(String),
}

/// Keeps messages for later and passes progress on, but no more of it than a model has samples.
struct Held<'a> {
    bench: &'a Bench<'a>,
    messages: Mutex<Vec<Message>>,
    advanced: AtomicU64,
}

impl<'a> Held<'a> {
    fn new(bench: &'a Bench<'a>) -> Self {
        Self { bench, messages: Mutex::default(), advanced: AtomicU64::new(0) }
    }

    /// Keeps what is new: a child in another's place says again what that one had said of the model.
    fn keep(&self, message: Message) {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        if !messages.contains(&message) {
            messages.push(message);
        }
    }

    fn into_messages(self) -> Vec<Message> {
        self.messages.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reporter for Held<'_> {
    fn info(&self, message: &str) {
        self.keep(Message::Info(message.to_owned()));
    }

    fn warn(&self, warning: &str) {
        self.keep(Message::Warning(warning.to_owned()));
    }

    fn start(&self, _task: &str, _total: u64) {}

    fn advance(&self, amount: u64) {
        let before = self.advanced.fetch_add(amount, Ordering::Relaxed);
        let room = (self.bench.samples as u64).saturating_sub(before);
        self.bench.notices.advance(amount.min(room));
    }

    fn finish(&self) {}

    fn interrupted(&self) -> bool {
        self.bench.notices.interrupted()
    }
}
