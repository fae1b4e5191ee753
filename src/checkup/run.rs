//! The examination from its first section to its last.

use super::bench::{self, BenchPlan};
use super::conformance::Models;
use super::error::CheckupError;
use super::examination::Examination;
use super::program::Program;
use super::{ceilings, conformance, determinism, environment, faults, operations};
use crate::check::{Check, Section, Standing};
use crate::engine::EngineError;
use crate::engine::request::{DeviceRequest, DtypeRequest};
use crate::reporter::Reporter;

/// What to examine.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckupPlan {
    /// The device.
    pub device: DeviceRequest,
    /// The number type to compute in.
    pub dtype: DtypeRequest,
    /// The models with recorded losses.
    pub models: Models,
    /// What to time, if anything.
    pub bench: Option<BenchPlan>,
    /// This program.
    pub program: Program,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkup {
    /// Every check, in order.
    pub checks: Vec<Check>,
    /// Whether the device failed.
    pub has_fault: bool,
}

impl Checkup {
    /// How many checks ended so.
    pub fn count(&self, standing: Standing) -> usize {
        self.checks.iter().filter(|check| check.standing == standing).count()
    }
}

/// A section, and what makes its rows.
type Part<'p> = (Section, Box<dyn FnOnce(&mut Examination) -> Result<(), CheckupError> + 'p>);

/// Examines the device.
///
/// # Errors
/// It cannot be opened, a file of the checkup's own cannot be written, or the user asked to stop.
pub fn examine(plan: &CheckupPlan, reporter: &dyn Reporter) -> Result<Checkup, CheckupError> {
    let mut examination = Examination::open(plan.device, plan.dtype, reporter)?;
    for (section, part) in parts(plan) {
        if let Some(fault) = &examination.fault {
            let why = format!("the device failed before: {fault}");
            examination.note(Check::skipped(section, "all", why));
            continue;
        }
        reporter.start(&format!("checking {}", section.name()), 1);
        match part(&mut examination) {
            Err(CheckupError::Engine(EngineError::Fault(fault))) => examination.fault = Some(fault),
            other => other?,
        }
        reporter.finish();
        if reporter.interrupted() {
            return Err(CheckupError::Interrupted);
        }
    }
    Ok(Checkup { has_fault: examination.fault.is_some(), checks: examination.checks })
}

fn parts(plan: &CheckupPlan) -> Vec<Part<'_>> {
    let mut parts: Vec<Part> = vec![
        (Section::Environment, Box::new(environment::look_around)),
        (Section::Operations, Box::new(operations::check_all)),
        (Section::Conformance, Box::new(|examination| conformance::check_all(examination, &plan.models))),
        (Section::Faults, Box::new(|examination| faults::check(examination, &plan.program))),
        (Section::Determinism, Box::new(determinism::check)),
        (Section::Ceilings, Box::new(ceilings::measure)),
    ];
    if let Some(bench) = &plan.bench {
        parts.push((Section::Bench, Box::new(|examination| bench::time_all(examination, bench))));
    }
    parts
}
