//! A checkup as a table and a sentence. Nothing here is written to a file.

use bytesize::ByteSize;

use super::Summary;
use super::grid::Heading::{Note, Number, Text};
use super::numbers::{counted, decimal};
use super::table::{Listing, Table};
use crate::check::{Check, Pace, Standing, condensed};
use crate::excerpt::escaped;

/// Longest check and note that a table for a terminal shows.
const WHAT_WIDTH: usize = 64;
const NOTE_WIDTH: usize = 96;

/// A checkup. JSON has every check; people see one row, the worst, for all cases that passed.
pub struct CheckupReport<'a>(pub &'a [Check]);

impl CheckupReport<'_> {
    /// How many checks ended how.
    pub fn sentence(&self) -> String {
        let count = |standing: Standing| self.0.iter().filter(|check| check.standing == standing).count();
        let [passed, failed, skipped] = [Standing::Passed, Standing::Failed, Standing::Skipped].map(count);
        format!("{} passed, {failed} failed, {skipped} skipped", counted(passed, "check"))
    }
}

impl Summary for CheckupReport<'_> {
    fn terminal(&self) -> String {
        listing(&condensed(self.0)).terminal()
    }

    fn markdown(&self) -> String {
        listing(&condensed(self.0)).markdown()
    }

    fn json(&self) -> serde_json::Result<String> {
        listing(self.0).json()
    }
}

fn listing(checks: &[Check]) -> Listing<'_, &Check> {
    let pace = |check: &Check| check.pace.unwrap_or_default();
    let table = Table::new("What was checked of this machine. One row per check.")
        .column("section", "what belongs together", |check: &Check| check.section.name())
        .shown(Text("section"))
        .column("check", "what is checked", |check| check.what.as_str())
        .column("case", "on which of several cases", |check| check.case.as_deref())
        .shown_as(Note("check", WHAT_WIDTH), what)
        .column("found", "the number that was found", |check| check.found)
        .shown_as(Number("found"), |check| number(check.found))
        .column("limit", "largest number that passes", |check| check.limit)
        .shown_as(Number("limit"), |check| number(check.limit))
        .column("unit", "what both count", |check| Some(check.unit).filter(|unit| !unit.is_empty()))
        .shown_as(Text("unit"), |check| check.unit.to_owned())
        .column("outcome", "passed, failed or skipped", |check| check.standing.name())
        .shown(Text("outcome"))
        .column("note", "a fact, a reason or a failure", |check| {
            Some(check.note.as_str()).filter(|note| !note.is_empty())
        })
        .shown_as(Note("note", NOTE_WIDTH), |check| escaped(&note(check)))
        .column("tokens", "tokens read in one pass of the bench", move |check| check.pace.map(|pace| pace.tokens))
        .column("mean_loss", "mean loss of its texts in nats", |check| check.pace.map(|pace| pace.mean_loss))
        .column(
            "measured_share",
            "matrix products per second as a share of the largest that was measured",
            move |check| pace(check).measured_share,
        )
        .column("nominal_share", "the same as a share of what the maker states", move |check| pace(check).nominal_share)
        .column("peak_bytes", "most bytes in use", move |check| pace(check).peak_bytes)
        .column("load_seconds", "seconds to load the model", |check| check.pace.map(|pace| pace.load_seconds))
        .column("waits", "waits of the host for the device in one pass", move |check| pace(check).waits)
        .column("launches", "kernels launched in one pass", move |check| pace(check).launches);
    Listing { table, rows: checks.iter().collect() }
}

fn what(check: &Check) -> String {
    match &check.case {
        Some(case) => escaped(&format!("{}: {case}", check.what)),
        None => escaped(&check.what),
    }
}

fn number(value: Option<f64>) -> String {
    match value {
        None => String::new(),
        Some(whole) if whole.fract() == 0.0 && whole.abs() < 1e6 => format!("{whole}"),
        value => decimal(value, if value.is_some_and(|value| value >= 100.0) { 0 } else { 2 }),
    }
}

/// What there is to say, with what else a bench found.
fn note(check: &Check) -> String {
    let Some(Pace { measured_share, nominal_share, peak_bytes, load_seconds, waits, launches, .. }) = check.pace else {
        return check.note.clone();
    };
    let percent = |share: Option<f64>, of: &str| share.map(|share| format!("{:.1} % of the {of} peak", 100.0 * share));
    let parts = [
        percent(measured_share, "measured"),
        percent(nominal_share, "nominal"),
        peak_bytes.map(|bytes| format!("peak {}", ByteSize(bytes))),
        Some(format!("loaded in {load_seconds:.1} s")),
        waits.map(|waits| counted(waits as usize, "wait")),
        launches.map(|launches| format!("{launches} launches")),
        Some(check.note.clone()).filter(|note| !note.is_empty()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Section;

    #[test]
    fn json_has_every_case_and_people_see_the_worst() {
        let case =
            |name: &str, found| Check::measured(Section::Operations, "product", found, Some(1e-5), "nats").of(name);
        let pace = Pace { load_seconds: 1.5, measured_share: Some(0.25), ..Pace::default() };
        let bench = Check { pace: Some(pace), ..Check::measured(Section::Bench, "tiny", 1234.5, None, "tokens/s") };
        let checks = [
            case("a", 1e-7),
            case("b", 3e-7),
            case("c", 0.5),
            Check::skipped(Section::Conformance, "models", "none|"),
            bench,
        ];
        let report = CheckupReport(&checks);
        assert_eq!(report.sentence(), "3 checks passed, 1 failed, 1 skipped");
        let table = report.terminal();
        assert!(table.contains("3.0e-7") && !table.contains("1.0e-7") && table.contains("product: c"), "{table}");
        assert!(table.contains("2 cases, the worst is b") && table.contains("25.0 % of the measured peak"), "{table}");
        assert!(report.markdown().contains("none\\|"));
        let rows: serde_json::Value = serde_json::from_str(&report.json().unwrap()).unwrap();
        assert_eq!(rows.as_array().unwrap().len(), 5);
        assert_eq!((&rows[2]["case"], &rows[2]["outcome"]), (&"c".into(), &"failed".into()));
        assert!(rows[0]["load_seconds"].is_null() && rows[4]["load_seconds"] == 1.5);
    }
}
