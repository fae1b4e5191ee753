//! The parent's side: a child for each cell, one after another, and a row for each, whatever became of the child.

use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::SUBCOMMAND;
use super::child::{Request, Said};
use super::error::CallError;
use super::plan::{CallPlan, Cell};
use crate::call::Call;
use crate::reporter::Reporter;

/// Measures every cell of `plan`, each in a child of `program`, which is this program, and hands each row to `each` as
/// soon as it is known. A child that dies, for example for its memory, makes a row with an unknown peak and a warning.
///
/// # Errors
/// The model or the device is not as it must be, no child can be started, `each` fails, or the user asked to stop.
pub fn measure_calls(
    program: &Path,
    plan: &CallPlan,
    reporter: &dyn Reporter,
    mut each: impl FnMut(Call) -> io::Result<()>,
) -> Result<(), CallError> {
    let cells = plan.cells();
    let mut is_told = false;
    reporter.start("measuring calls", cells.len() as u64);
    for cell in cells {
        if reporter.interrupted() {
            return Err(CallError::Interrupted);
        }
        let ended = Ended::of(program, &request(plan, cell)).map_err(CallError::Start)?;
        // Ctrl-C reaches the child as well, whose end then says nothing about its memory.
        if reporter.interrupted() && ended.is_cut_short() {
            return Err(CallError::Interrupted);
        }
        if let Some(refused) = ended.refusal() {
            return Err(refused);
        }
        if let Some(problem) = ended.problem() {
            reporter.warn(&format!(
                "{} calls of {} texts at once: {problem}; their peak stays unknown",
                cell.concurrency, cell.texts
            ));
        }
        if ended.is_sampled() && !std::mem::replace(&mut is_told, true) {
            reporter.warn("the system keeps no mark of the peak that can be set back; memory was sampled, which may miss a short peak");
        }
        each(ended.row(cell)).map_err(CallError::Keep)?;
        reporter.advance(1);
    }
    reporter.finish();
    Ok(())
}

fn request(plan: &CallPlan, cell: Cell) -> Request {
    Request {
        folder: plan.folder.clone(),
        device: plan.device.to_string(),
        dtype: plan.dtype.to_string(),
        concurrency: cell.concurrency,
        texts: cell.texts,
        tokens: plan.tokens,
    }
}

/// A child that has ended.
struct Ended {
    said: Vec<Said>,
    output: Output,
}

impl Ended {
    /// Starts a child and waits for its end.
    fn of(program: &Path, request: &Request) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.arg(SUBCOMMAND).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // A child that is gone already says why by its end.
            let _ = stdin.write_all(serde_json::to_string(request)?.as_bytes());
        }
        let output = child.wait_with_output()?;
        let said =
            String::from_utf8_lossy(&output.stdout).lines().map_while(|line| serde_json::from_str(line).ok()).collect();
        Ok(Self { said, output })
    }

    fn is_cut_short(&self) -> bool {
        !self.said.iter().any(|said| matches!(said, Said::Done { .. } | Said::Failed { .. }))
    }

    fn is_sampled(&self) -> bool {
        self.said.iter().any(|said| matches!(said, Said::Done { sampled: true, .. }))
    }

    /// The error of a child that ended by itself before it had anything to say.
    fn refusal(&self) -> Option<CallError> {
        let code = self.output.status.code().filter(|_| self.said.is_empty())?;
        let line = self.last_line();
        let line = line.strip_prefix("error: ").unwrap_or(&line).to_owned();
        Some(CallError::Refused { line, code: u8::try_from(code).ok().filter(|&code| code != 0).unwrap_or(1) })
    }

    /// Why there is no peak.
    fn problem(&self) -> Option<String> {
        if let Some(Said::Failed { problem }) = self.said.last() {
            return Some(problem.clone());
        }
        self.is_cut_short().then(|| match self.last_line() {
            line if line.is_empty() => format!("their process ended early ({})", self.output.status),
            line => format!("their process ended early ({}): {line}", self.output.status),
        })
    }

    fn last_line(&self) -> String {
        let stderr = String::from_utf8_lossy(&self.output.stderr);
        stderr.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned()
    }

    fn row(&self, cell: Cell) -> Call {
        let Cell { concurrency, texts, repetition } = cell;
        let mut row = Call { concurrency, texts, repetition: Some(repetition), ..Call::default() };
        for said in &self.said {
            match said {
                Said::Loaded { device, tokens, base_bytes } => {
                    row.device = Some(device.clone());
                    row.tokens = Some(*tokens);
                    row.base_bytes = Some(*base_bytes);
                }
                Said::Done { peak_bytes, seconds, .. } => {
                    row.peak_bytes = Some(*peak_bytes);
                    row.seconds = Some(*seconds);
                }
                Said::Failed { .. } => {}
            }
        }
        row
    }
}
