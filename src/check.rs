//! What a check of this machine came to: a row of what `doctor` shows, whoever made it.

/// What belongs together, in the order in which it is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Program, processor and device.
    Environment,
    /// Operations of the loss against plain loops in double precision.
    Operations,
    /// Whole models against losses in double precision.
    Conformance,
    /// What a failing device does to a run.
    Faults,
    /// The same again.
    Determinism,
    /// The most that the device computes and copies.
    Ceilings,
    /// Tokens per second of models as large as real ones.
    Bench,
}

impl Section {
    /// As the table has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Operations => "operations",
            Self::Conformance => "conformance",
            Self::Faults => "faults",
            Self::Determinism => "determinism",
            Self::Ceilings => "ceilings",
            Self::Bench => "bench",
        }
    }
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// What was found is within its limit, or there is none.
    Passed,
    /// It is not, or nothing could be found.
    Failed,
    /// It was not checked.
    Skipped,
}

impl Standing {
    /// As the table has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Where it belongs.
    pub section: Section,
    /// What is checked.
    pub what: String,
    /// On which of several cases.
    pub case: Option<String>,
    /// The number that was found; `None` where there is none to find, or where that failed.
    pub found: Option<f64>,
    /// Largest number that passes; `None` where any does.
    pub limit: Option<f64>,
    /// What both numbers count.
    pub unit: &'static str,
    /// How it ended.
    pub standing: Standing,
    /// What there is to say of it: a fact without a number, a reason, a failure.
    pub note: String,
    /// What else a bench found.
    pub pace: Option<Pace>,
}

/// What a bench finds beside tokens per second.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Pace {
    /// Tokens that were read in one pass.
    pub tokens: u64,
    /// Mean loss of its texts in nats.
    pub mean_loss: f64,
    /// Floating-point operations per second of the model's matrix products as a share of the largest that was measured.
    pub measured_share: Option<f64>,
    /// The same as a share of what the maker states, where that is known.
    pub nominal_share: Option<f64>,
    /// Most bytes in use while it computed.
    pub peak_bytes: Option<u64>,
    /// Seconds to load the model.
    pub load_seconds: f64,
    /// How often the host waited for the device in one pass; `None` on the CPU.
    pub waits: Option<u64>,
    /// Kernels that were launched in one pass; `None` on the CPU.
    pub launches: Option<u64>,
}

impl Check {
    /// A number that was found; it passes unless it is above the limit or no number.
    pub fn measured(
        section: Section,
        what: impl Into<String>,
        found: f64,
        limit: Option<f64>,
        unit: &'static str,
    ) -> Self {
        let passes = limit.map_or(found.is_finite(), |limit| found <= limit);
        let standing = if passes { Standing::Passed } else { Standing::Failed };
        Self { found: Some(found), limit, unit, ..Self::plain(section, what, standing, String::new()) }
    }

    /// A fact that passes whatever it says.
    pub fn told(section: Section, what: impl Into<String>, note: impl Into<String>) -> Self {
        Self::plain(section, what, Standing::Passed, note.into())
    }

    /// What could not be found out, or is not as it must be.
    pub fn failed(section: Section, what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::plain(section, what, Standing::Failed, why.into())
    }

    /// What was not checked, and why.
    pub fn skipped(section: Section, what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::plain(section, what, Standing::Skipped, why.into())
    }

    fn plain(section: Section, what: impl Into<String>, standing: Standing, note: String) -> Self {
        let what = what.into();
        Self { section, what, case: None, found: None, limit: None, unit: "", standing, note, pace: None }
    }

    /// With the case it is about.
    pub fn of(self, case: impl Into<String>) -> Self {
        Self { case: Some(case.into()), ..self }
    }
}

/// The same checks with one row, the worst, for all cases of a check that are within its limit, and one for all that
/// say the same.
pub fn condensed(checks: &[Check]) -> Vec<Check> {
    let mut rows: Vec<Check> = Vec::new();
    let mut counts: Vec<usize> = Vec::new();
    let is_shared = |check: &Check| check.limit.is_some() || check.found.is_none();
    let merges = |check: &Check| check.standing == Standing::Passed && check.case.is_some() && is_shared(check);
    for check in checks {
        let is_alike = |row: &Check| {
            merges(row) && row.section == check.section && row.what == check.what && row.note == check.note
        };
        match rows.iter().position(is_alike).filter(|_| merges(check)) {
            Some(index) => {
                counts[index] += 1;
                if check.found > rows[index].found {
                    rows[index] = check.clone();
                }
            }
            None => {
                rows.push(check.clone());
                counts.push(1);
            }
        }
    }
    for (row, count) in rows.iter_mut().zip(counts).filter(|(_, count)| *count > 1) {
        let worst = row.case.take().unwrap_or_default();
        let count = match row.found {
            Some(_) => format!("{count} cases, the worst is {worst}"),
            None => format!("{count} cases"),
        };
        row.note = if row.note.is_empty() { count } else { format!("{count}: {}", row.note) };
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(case: &str, found: f64) -> Check {
        Check::measured(Section::Operations, "product", found, Some(1.0), "nats").of(case)
    }

    #[test]
    fn what_is_above_its_limit_or_no_number_fails() {
        let standings = [0.5, 1.0, 1.5, f64::NAN].map(|found| measured("a", found).standing);
        assert_eq!(standings, [Standing::Passed, Standing::Passed, Standing::Failed, Standing::Failed]);
        let without = |found| Check::measured(Section::Ceilings, "copy", found, None, "GB/s").standing;
        assert_eq!([without(3.0), without(f64::INFINITY)], [Standing::Passed, Standing::Failed]);
    }

    #[test]
    fn cases_that_passed_become_one_row_and_the_others_stay() {
        let rows = condensed(&[measured("a", 0.1), measured("b", 2.0), measured("c", 0.3), measured("d", 0.2)]);
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].found, rows[0].note.as_str()), (Some(0.3), "3 cases, the worst is c"));
        assert_eq!((rows[1].standing, rows[1].case.as_deref()), (Standing::Failed, Some("b")));
        let single = [measured("a", 0.1)];
        assert_eq!(condensed(&single), single);
    }
}
