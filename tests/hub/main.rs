//! Pulling models through the binary from a hub of our own on loopback: `pull`, `evaluate`, `calibrate` and `models`
//! against a server that behaves like the real one, and against one that fails, lies or attacks. Each test has a server
//! and folders of its own; there is no other network.

mod access;
mod bench;
mod budget;
#[cfg(unix)]
mod caches;
mod contents;
mod embedder;
mod failures;
mod hostile;
mod limits;
mod models;
mod offline;
mod overlap;
#[cfg(target_os = "linux")]
#[path = "../shared/peak.rs"]
mod peak;
mod repos;
mod resolving;
#[path = "../shared/run.rs"]
mod run;
#[path = "../../examples/serve_hub/server/mod.rs"]
mod serve_hub;
mod server;
mod stopping;
#[expect(dead_code, reason = "no test here reads a column of every kind")]
#[path = "../shared/table.rs"]
mod table;
mod transfers;
