//! A child as its parent has it. Threads of their own write to it, hear it and read its stderr: one that is stopped, or
//! hangs, neither reads nor speaks, and whoever waits for it must be able to end it all the same.

use std::io::{self, BufRead, BufReader, BufWriter};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::SUBCOMMAND;
use super::job::{Place, write_line, write_order};
use super::said::Said;
use crate::measure::workplace::Order;

/// How long a child that was killed, or its last words, may take to arrive.
const PARTING: Duration = Duration::from_millis(200);
/// Time between two looks at a child that is to end.
const GLANCE: Duration = Duration::from_millis(5);

/// What is heard of a child.
#[derive(Debug)]
pub enum Heard {
    /// It said this.
    Said(Said),
    /// An order could not be read to be written to it.
    Unsent(io::Error),
    /// Nothing more is to be heard.
    Silence,
}

/// A child.
#[derive(Debug)]
pub struct Process {
    child: Child,
    orders: Sender<Order>,
    heard: Receiver<Heard>,
    last_line: Receiver<String>,
}

impl Process {
    /// Starts `program`, which is this program, to measure at `place` with so many threads.
    ///
    /// # Errors
    /// It cannot be started, or no thread beside it.
    pub fn start(program: &Path, place: &Place, threads: usize) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.arg(SUBCOMMAND).env("RAYON_NUM_THREADS", threads.to_string());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let (orders, to_send) = channel();
        let (tell, heard) = channel();
        let (tell_last, last_line) = channel();
        let (place, unsent) = (place.clone(), tell.clone());
        let write = move || {
            if let Err(error) = send(&place, &to_send, stdin) {
                let _ = unsent.send(Heard::Unsent(error));
            }
        };
        thread::Builder::new().spawn(write)?;
        thread::Builder::new().spawn(move || hear(stdout, &tell))?;
        thread::Builder::new().spawn(move || tell_last.send(last_line_of(stderr)))?;
        Ok(Self { child, orders, heard, last_line })
    }

    /// Gives it an order, after all that it was given before.
    pub fn give(&self, order: Order) {
        // One that takes no more has fallen silent.
        let _ = self.orders.send(order);
    }

    /// The next that is heard of it, if it is heard within `patience`.
    pub fn hear(&self, patience: Duration) -> Option<Heard> {
        self.heard.recv_timeout(patience).ok()
    }

    /// Closes its stdin and waits for its end; one that takes more than `grace` is killed. How it ended, `None` for one
    /// that cannot even be killed, as it waits in the system for a device; and its last line on stderr.
    pub fn end(self, grace: Duration) -> (Option<ExitStatus>, String) {
        let Self { mut child, orders, last_line, .. } = self;
        drop(orders);
        let status = ended(&mut child, grace).or_else(|| {
            let _ = child.kill();
            ended(&mut child, PARTING)
        });
        (status, last_line.recv_timeout(PARTING).unwrap_or_default())
    }
}

/// How a child ended that did so within `grace`.
fn ended(child: &mut Child, grace: Duration) -> Option<ExitStatus> {
    let start = Instant::now();
    loop {
        let status = child.try_wait().ok().flatten();
        if status.is_some() || start.elapsed() > grace {
            return status;
        }
        thread::sleep(GLANCE);
    }
}

/// Writes a place and orders to a child until there are no more. That a child is gone is no error: its end says why.
fn send(place: &Place, orders: &Receiver<Order>, mut stdin: ChildStdin) -> io::Result<()> {
    let mut sent = write_line(&mut stdin, place);
    while sent.is_ok() {
        let Ok(order) = orders.recv() else { break };
        sent = write_order(&order, BufWriter::new(&mut stdin));
    }
    sent.or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}

/// Passes on what a child says until it ends or says what none would.
fn hear(stdout: ChildStdout, tell: &Sender<Heard>) {
    let lines = BufReader::new(stdout).lines();
    for said in lines.map_while(|line| serde_json::from_str(&line.ok()?).ok()) {
        let _ = tell.send(Heard::Said(said));
    }
    let _ = tell.send(Heard::Silence);
}

/// The last line that says anything.
fn last_line_of(stderr: ChildStderr) -> String {
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
