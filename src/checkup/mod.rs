//! Is this machine fit to measure? Its device computes every operation of the loss once more against plain loops in
//! double precision, whole models against recorded losses, fails on purpose, repeats itself, and is timed. Knows the
//! engine and nothing of submissions, wins or reports.

mod accelerator;
mod bench;
mod ceilings;
mod conformance;
mod determinism;
mod environment;
mod error;
mod examination;
mod faults;
mod kernels;
mod operations;
mod peaks;
mod program;
mod reference;
mod run;
mod values;

pub(crate) use bench::{BenchPlan, SHAPES, Shape};
pub(crate) use conformance::Models;
pub(crate) use error::CheckupError;
pub(crate) use program::Program;
pub(crate) use run::{Checkup, CheckupPlan, examine};
