//! Sending a reply over a socket: its range, its fault, its pace.

use std::io::{self, Write};
use std::thread;
use std::time::{Duration, Instant};

use super::content::{CHUNK, Content};
use super::fault::{Action, Endless};
use super::http::{Reply, Request, range};

const TICK: Duration = Duration::from_millis(20);

/// Who watches a reply being sent.
pub trait Watch {
    /// The body is about to grow by so many bytes.
    fn sending(&self, bytes: u64);
    /// Whether the server is being stopped.
    fn stopped(&self) -> bool;
}

/// A reply ready to be sent.
pub struct Outgoing {
    /// The status it carries.
    pub status: u16,
    head: String,
    body: Content,
    from: u64,
    to: u64,
    chunked: bool,
    rate: Option<u64>,
    close: bool,
}

impl Outgoing {
    /// Applies the request's method and range and the fault to a reply.
    pub fn new(request: &Request, reply: Reply, fault: Option<Action>) -> Self {
        let mut reply = replaced(reply, fault);
        let part = part(request, &mut reply, fault);
        let mut close = request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        match fault {
            Some(Action::Endless(Endless::Chunked)) => reply = reply.with("Transfer-Encoding", "chunked"),
            Some(Action::Endless(Endless::Raw)) => close = true,
            _ => reply = reply.with("Content-Length", (part.1 - part.0).to_string()),
        }
        if close {
            reply = reply.with("Connection", "close");
        }
        let (head, status, body) = (head(&reply), reply.status, reply.body);
        let mut out = Self { status, head, body, from: part.0, to: part.1, chunked: false, rate: None, close };
        if request.method == "HEAD" {
            out.to = out.from;
        }
        out.spoil(fault);
        out
    }

    fn spoil(&mut self, fault: Option<Action>) {
        match fault {
            Some(Action::Cut(bytes)) => self.stop_after(bytes),
            Some(Action::Throttle(rate)) => self.rate = Some(rate.max(1)),
            Some(Action::Endless(Endless::Chunked)) => self.chunked = true,
            _ => {}
        }
    }

    fn stop_after(&mut self, bytes: u64) {
        self.to = self.to.min(self.from.saturating_add(bytes));
        self.close = true;
    }

    /// Sends it; `Ok(true)` when the connection may be used again.
    pub fn send(&self, stream: &mut impl Write, watch: &impl Watch) -> io::Result<bool> {
        stream.write_all(self.head.as_bytes())?;
        let begun = Instant::now();
        let step = self.rate.map_or(CHUNK as u64, |rate| (rate / 20).clamp(1, CHUNK as u64));
        let mut buffer = vec![0; step as usize];
        let mut at = self.from;
        while at < self.to && !watch.stopped() {
            let chunk = &mut buffer[..step.min(self.to - at) as usize];
            self.body.read_at(at, chunk)?;
            at += chunk.len() as u64;
            if let Some(rate) = self.rate {
                wait_until(begun + Duration::from_secs_f64((at - self.from) as f64 / rate as f64), watch);
            }
            watch.sending(chunk.len() as u64);
            self.send_chunk(stream, chunk)?;
        }
        Ok(!self.close)
    }

    fn send_chunk(&self, stream: &mut impl Write, chunk: &[u8]) -> io::Result<()> {
        if !self.chunked {
            return stream.write_all(chunk);
        }
        write!(stream, "{:x}\r\n", chunk.len())?;
        stream.write_all(chunk)?;
        stream.write_all(b"\r\n")
    }
}

fn wait_until(end: Instant, watch: &impl Watch) {
    while !watch.stopped() && Instant::now() < end {
        thread::sleep(TICK.min(end.saturating_duration_since(Instant::now())));
    }
}

/// The reply that a fault puts in the place of the right one.
fn replaced(reply: Reply, fault: Option<Action>) -> Reply {
    match fault {
        Some(Action::Status(status, retry_after)) => {
            let error = Reply::error(status, "", "A fault of the test server");
            retry_after.into_iter().fold(error, |error, seconds| error.with("Retry-After", seconds.to_string()))
        }
        Some(Action::Html) => Reply::text(200, "text/html", "<!doctype html><title>Hub</title><p>Hello".to_owned()),
        Some(Action::Flip(offset)) => Reply { body: reply.body.flipped(offset), ..reply },
        Some(Action::Endless(_)) => Reply { body: Content::zeros(1 << 62), ranges: false, ..reply },
        _ => reply,
    }
}

/// The part of the body to send; status and headers are made to say so.
fn part(request: &Request, reply: &mut Reply, fault: Option<Action>) -> (u64, u64) {
    let len = reply.body.len();
    if reply.status != 200 || !reply.ranges || fault == Some(Action::IgnoreRange) {
        return (0, len);
    }
    match range(request.header("range"), len) {
        Ok(None) => (0, len),
        Ok(Some(part)) => {
            let off = u64::from(fault == Some(Action::WrongRange));
            let told = format!("bytes {}-{}/{len}", part.start + off, part.end - 1 + off);
            reply.status = 206;
            reply.headers.push(("Content-Range", told));
            (part.start, part.end)
        }
        Err(()) => {
            *reply = Reply::error(416, "", "Range not satisfiable").with("Content-Range", format!("bytes */{len}"));
            (0, reply.body.len())
        }
    }
}

fn head(reply: &Reply) -> String {
    let headers: String = reply.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let reason = if reply.status < 400 { "OK" } else { "Error" };
    format!("HTTP/1.1 {} {reason}\r\n{headers}\r\n", reply.status)
}
