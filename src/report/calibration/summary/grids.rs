//! The tables of the summary and of the page: which rows people see, under which title.

use crate::judge::calibration::{Class, Part, Unit};
use crate::report::calibration::CalibrationFindings;
use crate::report::calibration::tables;
use crate::report::calibration::words::percent;
use crate::report::grid::Grid;

/// A grid and what it shows.
pub struct Titled {
    pub title: String,
    pub grid: Grid,
}

impl Titled {
    fn new(title: impl Into<String>, grid: Grid) -> Self {
        Self { title: title.into(), grid }
    }
}

/// What a terminal has room for: rates at the threshold in use, all thresholds, copies of every kind.
pub fn main(findings: &CalibrationFindings) -> Vec<Titled> {
    let found = &findings.calibration;
    let at = format!("at threshold {} ({})", findings.shown_threshold(), findings.origin());
    let level = percent(found.spec.bootstrap.confidence);
    // Thresholds are chosen on independent answers only, so only their rates differ between the parts by design.
    let units = || Unit::ALL.into_iter().rev();
    let independent = units().flat_map(|unit| Part::ALL.map(|part| (unit, Class::Independent, part)));
    let keys = independent.chain(units().map(|unit| (unit, Class::Copied, Part::All)));
    let rates = keys.filter_map(|(unit, class, part)| found.rate(unit, class, part));
    let rates = tables::rates().grid(rates.filter(|row| row.counts.trials() > 0));
    let attacks = tables::attacks().grid(tables::attack_rows(found).into_iter());
    let mut tables = vec![
        Titled::new(format!("Rates {at}, {level} % intervals"), rates),
        Titled::new("Thresholds", tables::thresholds(found).grid(found.thresholds.iter())),
        Titled::new(format!("Copies found {at}"), attacks),
    ];
    tables.extend(findings.grid.as_ref().map(|grid| Titled::new("What if", grid.grid())));
    with_rows(tables)
}

/// What the page has beside those.
pub fn more(findings: &CalibrationFindings) -> Vec<Titled> {
    let found = &findings.calibration;
    let strata = tables::stratum_rows(found);
    let differences = tables::differences().grid(found.differences.iter());
    with_rows(vec![
        Titled::new("Thresholds against the one in use, on requests that neither was chosen on", differences),
        Titled::new("Other minibatch sizes", tables::sizes().grid(tables::size_rows(found).into_iter())),
        Titled::new("Strata", tables::strata().grid(strata.into_iter().take(found.strata.len()))),
        Titled::new("Windows of time, each against all the others", tables::windows().grid(found.windows.iter())),
        Titled::new("Whether colluders meet", tables::collusion().grid(found.meetings.iter())),
    ])
}

fn with_rows(grids: Vec<Titled>) -> Vec<Titled> {
    grids.into_iter().filter(|titled| !titled.grid.rows.is_empty()).collect()
}
