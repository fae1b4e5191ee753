//! Where false positives come from: the rate of every stratum and of every window of time, in one table.

use crate::judge::calibration::{Calibration, Quoted, Unit, WindowRow};
use crate::report::calibration::words::{ends, in_percent};
use crate::report::grid::Heading::{Number, Text};
use crate::report::numbers::decimal;
use crate::report::table::Table;
use crate::stats::drift::{Chance, Drift};
use crate::stats::{Interval, Proportion};

/// A stratum, or a window of time as one of the strata named `window`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StratumView<'a> {
    stratum: &'static str,
    value: StratumValue<'a>,
    unit: Unit,
    counts: Proportion,
    wilson: Option<Interval>,
    quoted: Option<Quoted>,
    window: Option<&'a WindowRow>,
}

/// What tells a stratum from others.
#[derive(Debug, Clone, Copy, PartialEq)]
enum StratumValue<'a> {
    Named(&'a str),
    Window(usize),
}

impl StratumView<'_> {
    fn value(&self) -> String {
        match self.value {
            StratumValue::Named(name) => name.to_owned(),
            StratumValue::Window(number) => number.to_string(),
        }
    }

    fn drift<T>(&self, read: impl FnOnce(Drift) -> T) -> Option<T> {
        self.window?.drift.map(read)
    }

    fn chance<T>(&self, read: impl FnOnce(Chance) -> T) -> Option<T> {
        self.drift(|drift| drift.chance)?.map(read)
    }

    fn times(&self) -> Option<(f64, f64)> {
        self.window?.times
    }
}

/// The rows of [`strata`]: the strata, then the windows.
pub fn stratum_rows(found: &Calibration) -> Vec<StratumView<'_>> {
    let strata = found.strata.iter().map(|row| StratumView {
        stratum: row.stratum,
        value: StratumValue::Named(&row.value),
        unit: row.unit,
        counts: row.counts,
        wilson: row.wilson,
        quoted: row.quoted,
        window: None,
    });
    let windows = found.windows.iter().map(|row| StratumView {
        stratum: "window",
        value: StratumValue::Window(row.window),
        unit: Unit::Response,
        counts: row.counts,
        wilson: row.wilson,
        quoted: row.quoted,
        window: Some(row),
    });
    strata.chain(windows).collect()
}

/// One row per stratum and value.
pub fn strata<'a>() -> Table<'a, StratumView<'a>> {
    let table = Table::new(
        "False-positive rates of parts of the recording at the threshold in use. One row per stratum and value. Of \
         many strata some stand out by chance.",
    );
    let table = table
        .column("stratum", "what the values tell apart: source, length, correctness, uids or window", |row| {
            let row: StratumView<'a> = row;
            row.stratum
        })
        .shown(Text("stratum"))
        .column("value", "the value; for a window of time its number, from 0", |row| row.value())
        .shown(Text("value"))
        .column("unit", "what is counted: pair for uids, response otherwise", |row| row.unit.name())
        .shown(Text("unit"))
        .column("flags", "units above the threshold", |row| row.counts.events())
        .shown(Number("flags"))
        .column("trials", "units", |row| row.counts.trials())
        .shown(Number("trials"))
        .column("rate", "flags / trials; null without a trial", |row| row.counts.rate())
        .shown_as(Number("rate in %"), |row| in_percent(row.counts.rate()))
        .interval("wilson", "Wilson's interval, trials taken as independent", |row| row.wilson)
        .interval("interval", "the interval that the report quotes: it keeps requests, or problems, together; null where the threshold in use \
             was chosen on these requests", |row| {
            row.quoted.map(|quoted| quoted.interval)
        })
        .shown_as(Number("interval"), |row| ends(row.quoted.map(|quoted| quoted.interval)))
        .column("weak", "whether the estimate is weak: fewer than 30 flags", |row| row.counts.is_weak());
    window_columns(table)
}

/// What people see of a window, in a table beside that of the strata.
pub fn windows<'a>() -> Table<'a, &'a WindowRow> {
    let drift = |row: &WindowRow, read: fn(Drift) -> f64| decimal(row.drift.map(read), 3);
    let chance =
        |row: &WindowRow, read: fn(Chance) -> f64| decimal(row.drift.and_then(|drift| drift.chance).map(read), 3);
    Table::new("Rates and drift over time. One row per window.")
        .shown_as(Number("window"), |row: &WindowRow| row.window.to_string())
        .shown_as(Number("requests"), |row| row.requests.to_string())
        .shown_as(Number("flags"), |row| row.counts.events().to_string())
        .shown_as(Number("responses"), |row| row.counts.trials().to_string())
        .shown_as(Number("rate in %"), |row| in_percent(row.counts.rate()))
        .shown_as(Number("interval"), |row| ends(row.quoted.map(|quoted| quoted.interval)))
        .shown_as(Number("KS distance"), move |row| drift(row, |drift| drift.distance))
        .shown_as(Number("p"), move |row| chance(row, |chance| chance.p_value))
        .shown_as(Number("PSI"), move |row| drift(row, |drift| drift.psi))
        .shown_as(Number("PSI by chance up to"), move |row| chance(row, |chance| chance.psi))
}

fn window_columns<'a>(table: Table<'a, StratumView<'a>>) -> Table<'a, StratumView<'a>> {
    table
        .column("requests", "requests of the window; null for other strata, as all that follows", |row| {
            row.window.map(|window| window.requests)
        })
        .column("first_at", "time of its first request in seconds since 1970, if recorded", |row| {
            row.times().map(|times| times.0)
        })
        .column("last_at", "time of its last request in seconds since 1970, if recorded", |row| {
            row.times().map(|times| times.1)
        })
        .column(
            "ks_statistic",
            "largest distance of the largest penalties of its minibatches from those of all other windows, as \
             distributions (Kolmogorov-Smirnov)",
            |row| row.drift(|drift| drift.distance),
        )
        .column(
            "ks_p",
            "how often any window is as distant where whole requests, or problems, are dealt to the windows by chance; \
             null where there are too few of them to tell, as psi_by_chance",
            |row| row.chance(|chance| chance.p_value),
        )
        .column("psi", "population stability index against all other windows", |row| row.drift(|drift| drift.psi))
        .column("psi_by_chance", "what the index of no window exceeds in a share `confidence` of those deals", |row| {
            row.chance(|chance| chance.psi)
        })
}
