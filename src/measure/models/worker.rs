//! The parent's side: a child that measures one order after another, and another in its place where it fell. What is left
//! of a model whose child fell is tried once more; what was measured until then is in the store.

use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::SUBCOMMAND;
use super::error::ChildError;
use super::job::{Place, write_line, write_order};
use super::leash::Leash;
use super::said::{Said, Why};
use crate::measure::workplace::Order;
use crate::reporter::Reporter;

/// How long a child that is to end may take before it is killed: longer than it gives itself.
const GRACE: Duration = Duration::from_secs(3);
/// Time between two looks at a child that is to end.
const GLANCE: Duration = Duration::from_millis(5);

/// What a child says of an order that it carried out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// Seconds that loading took.
    pub loading: f64,
    /// Distinct samples that went through the model.
    pub samples: usize,
    /// Their tokens.
    pub tokens: u64,
    /// Seconds spent in the model.
    pub seconds: f64,
    /// Samples that the model cannot take.
    pub refused: usize,
    /// The most memory that the child held so far, in bytes, where the system tells it.
    pub peak_bytes: Option<u64>,
}

/// A place to measure in, with a child from the first order on.
pub struct Worker<'a> {
    program: &'a Path,
    place: Place,
    threads: usize,
    leash: &'a Leash,
    child: Option<Running>,
}

impl<'a> Worker<'a> {
    /// Will measure at `place` in children of `program`, which is this program, with so many threads each. They end when
    /// `leash` is cut.
    pub fn new(program: &'a Path, place: Place, threads: usize, leash: &'a Leash) -> Self {
        Self { program, place, threads, leash, child: None }
    }

    /// Has an order carried out, in a second child where the first falls; losses are then in the store.
    ///
    /// # Errors
    /// The model cannot be measured, children fall or cannot be started, or the run is to end.
    pub fn measure(&mut self, order: &Order, reporter: &dyn Reporter) -> Result<Answer, ChildError> {
        match self.attempt(order, reporter) {
            Err(ChildError::Fell(how)) => {
                reporter.warn(&format!("{}: {how}; what is left of it is measured in a new process", order.label));
                self.attempt(order, reporter)
            }
            result => result,
        }
    }

    fn attempt(&mut self, order: &Order, reporter: &dyn Reporter) -> Result<Answer, ChildError> {
        let child = match &mut self.child {
            Some(child) => child,
            none => {
                let child = Running::start(self.program, &self.place, self.threads, self.leash);
                none.insert(child.map_err(ChildError::Start)?)
            }
        };
        self.leash.write(|stdin| write_order(order, stdin)).map_err(|error| ChildError::Store(error.to_string()))?;
        let result = child.hear(reporter);
        // Only a child that may go on does.
        if let Ok(Heard::Answer(answer)) = result {
            return Ok(answer);
        }
        if let Ok(Heard::Failure(Why::Model, problem)) = result {
            return Err(ChildError::Model(problem));
        }
        self.leash.let_go();
        let ended = self.child.take().map(Running::end);
        if self.leash.is_cut() {
            return Err(ChildError::Interrupted);
        }
        Err(match result {
            Ok(Heard::Failure(Why::Lack, problem)) => ChildError::Lack(problem),
            Ok(Heard::Failure(Why::Store, problem)) => ChildError::Store(problem),
            Ok(Heard::Failure(Why::Broken, how)) => ChildError::Fell(how),
            _ => ChildError::Fell(ended.map_or_else(String::new, early)),
        })
    }
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        self.leash.let_go();
        drop(self.child.take().map(Running::end));
    }
}

/// How a child ended of which more was expected.
fn early((status, line): (io::Result<ExitStatus>, String)) -> String {
    let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
    let line = if line.is_empty() { line } else { format!(": {line}") };
    format!("its process ended early ({status}){line}")
}

/// What ends the hearing of an order.
enum Heard {
    Answer(Answer),
    Failure(Why, String),
}

/// A child.
struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    last_line: JoinHandle<String>,
}

impl Running {
    fn start(program: &Path, place: &Place, threads: usize, leash: &Leash) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.arg(SUBCOMMAND).env("RAYON_NUM_THREADS", threads.to_string());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let last_line = std::thread::Builder::new().spawn(|| last_line(stderr))?;
        leash.hold(stdin);
        leash.write(|mut stdin| write_line(&mut stdin, place))?;
        Ok(Self { child, stdout: BufReader::new(stdout), last_line })
    }

    /// Hears what the child says of an order and passes it on; an error is its end before it has said all.
    fn hear(&mut self, reporter: &dyn Reporter) -> io::Result<Heard> {
        let mut loading = 0.0;
        loop {
            let mut line = String::new();
            if self.stdout.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            match serde_json::from_str(&line)? {
                Said::Info(message) => reporter.info(&message),
                Said::Warn(warning) => reporter.warn(&warning),
                Said::Advance(amount) => reporter.advance(amount),
                Said::Loaded { seconds } => loading = seconds,
                Said::Done { samples, tokens, seconds, refused, peak_bytes } => {
                    return Ok(Heard::Answer(Answer { loading, samples, tokens, seconds, refused, peak_bytes }));
                }
                Said::Failed { why, problem } => return Ok(Heard::Failure(why, problem)),
            }
        }
    }

    /// Waits for the end of a child whose stdin is closed: how it ended, and its last line on stderr.
    fn end(mut self) -> (io::Result<ExitStatus>, String) {
        let start = Instant::now();
        while start.elapsed() < GRACE && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(GLANCE);
        }
        // One that has ended already is not hurt.
        let _ = self.child.kill();
        (self.child.wait(), self.last_line.join().unwrap_or_default())
    }
}

/// The last line that says anything.
fn last_line(stderr: ChildStderr) -> String {
    let mut last = String::new();
    let mut lines = BufReader::new(stderr).split(b'\n');
    while let Some(Ok(line)) = lines.next() {
        let line = String::from_utf8_lossy(&line).trim().to_owned();
        if !line.is_empty() {
            last = line;
        }
    }
    last
}
