//! The outcome as JUnit has it: a suite for each gate, a case for each table, submission or limit. What fails here is what
//! fails the comparison; what does not rule, or cannot be said, is skipped with the reason.

use std::path::Path;

use minijinja::{AutoEscape, Environment, Value, context};

use super::words;
use crate::excerpt::escaped;
use crate::judge::compare::{GateName, Outcome, Ruling};
use crate::report::ReportError;

const TEMPLATE: &str = include_str!("junit.xml.jinja");

/// The whole document.
pub fn document(outcome: &Outcome, path: &Path) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    // What escapes HTML escapes XML as well.
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let allowed: Vec<Value> = words::allowed(outcome).iter().map(|sentence| context! { sentence }).collect();
    let suites: Vec<Value> = outcome.gates.all.iter().map(|gate| suite(outcome, gate.name, gate.ruling)).collect();
    let page =
        environment.template_from_str(TEMPLATE).and_then(|template| template.render(context! { suites, allowed }));
    page.map_err(|cause| ReportError::Page { path: path.to_path_buf(), cause })
}

fn suite(outcome: &Outcome, name: GateName, ruling: Ruling) -> Value {
    let case = |case: String, ruling: Ruling, why: String| {
        let fails = outcome.gates.fails(name, ruling);
        let skipped = !fails && ruling != Ruling::Passed;
        context! { name => escaped(&case), why => escaped(&why), fails, skipped }
    };
    let cases: Vec<Value> = match name {
        GateName::Exact => tables(outcome).into_iter().map(|(table, ruling, why)| case(table, ruling, why)).collect(),
        GateName::Statistical => {
            let note = |one| words::note(one).unwrap_or_else(|| "losses rose beyond the margins".to_owned());
            let cases = outcome.submissions.iter();
            cases.map(|one| case(format!("uid {}", one.uid), one.ruling(), note(one))).collect()
        }
        GateName::Speed => vec![case("speed and memory".to_owned(), ruling, words::speed(outcome))],
    };
    let count = |of: &str| cases.iter().filter(|case| case.get_attr(of).is_ok_and(|value| value.is_true())).count();
    context! { name => name.name(), failures => count("fails"), skipped => count("skipped"), cases }
}

/// Each table once, with the columns that differ.
fn tables(outcome: &Outcome) -> Vec<(String, Ruling, String)> {
    let mut tables: Vec<(String, Ruling, String)> = Vec::new();
    for column in outcome.agreement.iter().flat_map(|agreement| &agreement.columns) {
        let is_known = tables.last().is_some_and(|(table, ..)| *table == column.table);
        if !is_known {
            tables.push((column.table.clone(), Ruling::Passed, String::new()));
        }
        let Some((_, ruling, why)) = tables.last_mut().filter(|_| column.differing > 0) else { continue };
        *ruling = Ruling::Regressed;
        let name = column.column.as_deref().unwrap_or("rows");
        why.push_str(&format!(
            "{}{name}: {} of {}",
            if why.is_empty() { "" } else { "; " },
            column.differing,
            column.cells
        ));
    }
    tables
}
