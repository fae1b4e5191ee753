//! A server on loopback that answers like the Hugging Face Hub: the read side, models only, without Xet. Repositories are
//! plain data ([`Site`]), every request is kept ([`Seen`]), and faults can be attached to requests ([`Fault`]).
//! It stops when it is dropped.
#![allow(dead_code, unused_imports, reason = "each program that includes this module uses its own part of it")]

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufReader};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

mod content;
mod fault;
mod http;
mod hub;
mod send;
mod site;

use http::Request;
use hub::Hub;
use send::{Outgoing, Watch};

pub use content::Content;
pub use fault::{Action, Endless, Fault, SYNTAX};
pub use site::{Access, Commit, Entry, File, Lfs, Repo, Site};

/// A request that was seen, and what was answered.
#[derive(Clone, Debug)]
pub struct Seen {
    /// `GET`, `HEAD` or another.
    pub method: String,
    /// The path with its query, as it was sent.
    pub path: String,
    /// The Range header.
    pub range: Option<String>,
    /// The Authorization header.
    pub authorization: Option<String>,
    /// The status of the answer; 0 when the connection was closed instead.
    pub status: u16,
    /// How many bytes of the body were handed to the socket; it grows while they are.
    pub sent: u64,
}

impl Seen {
    fn new(request: &Request, status: u16) -> Self {
        let header = |name| request.header(name).map(str::to_owned);
        Self {
            method: request.method.clone(),
            path: request.target.clone(),
            range: header("range"),
            authorization: header("authorization"),
            status,
            sent: 0,
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        let range = self.range.as_deref().unwrap_or("-");
        let token = if self.authorization.is_some() { "token" } else { "-" };
        write!(out, "{} {} {} {range} {token} {}", self.status, self.method, self.path, self.sent)
    }
}

/// A running server; it listens on two ports, one for the hub and one for its CDN.
pub struct Server {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// What all threads share.
struct Shared {
    site: Mutex<Site>,
    seen: Mutex<Vec<Seen>>,
    sockets: Mutex<BTreeMap<usize, TcpStream>>,
    connections: AtomicUsize,
    stop: AtomicBool,
    report: fn(&Seen),
    hub: String,
    cdn: String,
}

impl Server {
    /// Serves on free ports of the loopback interface.
    ///
    /// # Errors
    /// When it cannot listen there.
    pub fn start(site: Site) -> io::Result<Self> {
        Self::start_on(0, site, |_| {})
    }

    /// Serves on that port (0 for a free one); `report` is given every request when it has been answered.
    ///
    /// # Errors
    /// When it cannot listen there.
    pub fn start_on(port: u16, site: Site, report: fn(&Seen)) -> io::Result<Self> {
        let (hub, cdn) = (TcpListener::bind(("127.0.0.1", port))?, TcpListener::bind(("127.0.0.1", 0))?);
        let shared = Arc::new(Shared {
            site: Mutex::new(site),
            seen: Mutex::default(),
            sockets: Mutex::default(),
            connections: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            report,
            hub: format!("http://{}", hub.local_addr()?),
            cdn: format!("http://{}", cdn.local_addr()?),
        });
        let listen = |listener: TcpListener| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || accept(&listener, &shared))
        };
        let threads = vec![listen(hub), listen(cdn)];
        Ok(Self { shared, threads })
    }

    /// The address to give as `HF_ENDPOINT`, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.shared.hub
    }

    /// The address LFS files are redirected to.
    pub fn cdn_url(&self) -> &str {
        &self.shared.cdn
    }

    /// Every request so far, in the order in which they came.
    pub fn requests(&self) -> Vec<Seen> {
        lock(&self.shared.seen).clone()
    }

    /// How many connections were made so far, to both ports.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Changes the site while it is served.
    pub fn edit<T>(&self, change: impl FnOnce(&mut Site) -> T) -> T {
        change(&mut lock(&self.shared.site))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        for url in [&self.shared.hub, &self.shared.cdn] {
            // A last connection wakes the thread that waits for one.
            let _ = TcpStream::connect(url.trim_start_matches("http://"));
        }
        for socket in lock(&self.shared.sockets).values() {
            let _ = socket.shutdown(Shutdown::Both);
        }
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// Locks, also after a thread has panicked with the lock held.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let id = shared.connections.fetch_add(1, Ordering::SeqCst);
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            // An error here means that the client went away, which is its right.
            let _ = shared.serve(id, &stream);
            let _ = stream.shutdown(Shutdown::Both);
            lock(&shared.sockets).remove(&id);
        });
    }
}

/// One entry of the log, grown while its answer is sent.
struct Counter<'a> {
    shared: &'a Shared,
    index: usize,
}

impl Watch for Counter<'_> {
    fn sending(&self, bytes: u64) {
        lock(&self.shared.seen)[self.index].sent += bytes;
    }

    fn stopped(&self) -> bool {
        self.shared.stop.load(Ordering::SeqCst)
    }
}

impl Shared {
    /// Answers the requests of a connection one after another.
    fn serve(&self, id: usize, mut stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        lock(&self.sockets).insert(id, stream.try_clone()?);
        let mut reader = BufReader::new(stream);
        while !self.stop.load(Ordering::SeqCst) {
            let Some(request) = Request::read(&mut reader)? else { break };
            let out = self.answer(&request);
            let index = self.log(Seen::new(&request, out.as_ref().map_or(0, |out| out.status)));
            let done = out.map(|out| out.send(&mut stream, &Counter { shared: self, index }));
            (self.report)(&lock(&self.seen)[index].clone());
            if !matches!(done, Some(Ok(true))) {
                break;
            }
        }
        Ok(())
    }

    /// What to send; `None` when the connection is to be closed instead.
    fn answer(&self, request: &Request) -> Option<Outgoing> {
        let mut site = lock(&self.site);
        let reply = Hub { site: &site, request, url: &self.hub, cdn: &self.cdn }.answer();
        let has_body = request.method == "GET" && reply.status == 200;
        let fault = fault::pick(&mut site.faults, request, has_body);
        (fault != Some(Action::Close)).then(|| Outgoing::new(request, reply, fault))
    }

    fn log(&self, seen: Seen) -> usize {
        let mut all = lock(&self.seen);
        all.push(seen);
        all.len() - 1
    }
}
