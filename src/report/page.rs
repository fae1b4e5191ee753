//! What every `report.html` shares: the look, the plots and how the run was made. One page needs no other file and no
//! network. Everything from outside is escaped; only our own SVG is taken as it is.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::{Environment, Value, context};

use super::error::ReportError;
use super::numbers::or_unknown;
use super::plots::Figure;
use super::run_record::{InputRecord, ModelRecord, RunRecord, Setting};
use crate::excerpt::escaped;

const PAGE: &str = include_str!("page.html.jinja");

/// An SVG longer than this is shown as its PNG: browsers become slow with many shapes.
const LONGEST_SVG: usize = 1_000_000;

/// What is of one kind of report on a page.
pub struct Page {
    /// Fills the blocks of the page that all reports share.
    pub template: &'static str,
    /// What the template sees beside the figures and the record.
    pub findings: Value,
}

/// The whole page; `path` only names it in errors.
pub(super) fn render(path: &Path, page: &Page, record: &RunRecord, figures: &[Figure]) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    let figures = figures.iter().map(figure_view).collect::<Vec<_>>();
    let values = context! { figures, record => record_view(record), ..page.findings.clone() };
    let page = environment
        .add_template("page.html", PAGE)
        .and_then(|()| environment.template_from_named_str("report.html", page.template))
        .and_then(|page| page.render(values));
    page.map_err(|cause| ReportError::Page { path: path.to_path_buf(), cause })
}

fn record_view(record: &RunRecord) -> Value {
    context! {
        command => record.command.as_str(),
        seed => record.seed,
        settings => record.settings.iter().map(setting_view).collect::<Vec<_>>(),
        inputs => record.inputs.iter().map(input_view).collect::<Vec<_>>(),
        models => record.models.iter().map(model_view).collect::<Vec<_>>(),
        device => record.device.as_str(),
        compute_dtype => record.compute_dtype.as_str(),
        loss_dtype => record.loss_dtype.as_deref(),
        crate_version => record.crate_version.as_str(),
        git_commit => or_unknown(record.git_commit.as_ref()),
        warnings => record.warnings.iter().map(|warning| escaped(warning)).collect::<Vec<_>>(),
    }
}

fn setting_view(setting: &Setting) -> Value {
    let value = setting.value.as_str().map_or_else(|| setting.value.to_string(), escaped);
    context! { key => setting.key.as_str(), value, source => setting.source.as_str() }
}

fn input_view(input: &InputRecord) -> Value {
    context! { path => escaped(&input.path), rows => input.rows, sha256 => input.sha256.as_str() }
}

/// A model that belongs to no submission has no cell for a uid.
fn model_view(model: &ModelRecord) -> Value {
    let uid = model.uid.map(|uid| uid.to_string());
    let others = [
        escaped(&model.path),
        or_unknown(model.architecture.as_deref().map(escaped)),
        or_unknown(model.parameters),
        or_unknown(model.weight_dtype.as_deref()),
        or_unknown(model.commit.as_deref()),
        or_unknown(model.content_hash.as_deref()),
    ];
    context! { cells => uid.into_iter().chain(others).collect::<Vec<_>>() }
}

fn figure_view(figure: &Figure) -> Value {
    if figure.svg.len() <= LONGEST_SVG {
        return context! { caption => figure.caption, svg => figure.svg.as_str() };
    }
    context! { caption => figure.caption, png => STANDARD.encode(&figure.png) }
}

/// Asserts what keeps a page inside a narrow window: each table stands in a frame that scrolls, text breaks anywhere
/// rather than widen the page, notes break inside their cell, and plots shrink.
#[cfg(test)]
pub(super) fn assert_fits(page: &str) {
    let tables: Vec<&str> = page.split("<table>").collect();
    assert!(tables.len() > 1, "no table");
    for before in &tables[..tables.len() - 1] {
        let frame = before.trim_end().rsplit('\n').next().unwrap_or_default();
        assert!(frame.starts_with("<div class=\"scroll\""), "a table without a frame after {frame}");
    }
    for rule in [
        ".scroll { overflow-x: auto; max-width: 100%; }",
        "max-width: 80rem; overflow-wrap: anywhere;",
        ".note { overflow-wrap: anywhere; min-width: 13rem; max-width: 28rem; }",
        "figure svg, figure img { display: block; max-width: 100%; height: auto;",
    ] {
        assert!(page.contains(rule), "{rule}");
    }
}

/// A page with one plot.
#[cfg(test)]
pub(super) fn rendered(page: &Page, record: &RunRecord) -> String {
    let figure = Figure { name: "losses", caption: "Losses.", svg: "<svg>✓</svg>".into(), png: vec![1, 2, 3] };
    render(Path::new("report.html"), page, record, &[figure]).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::evaluation::testing;

    #[test]
    fn a_plot_of_very_many_shapes_is_shown_as_png() {
        let svg = "x".repeat(LONGEST_SVG + 1);
        let big = Figure { name: "losses", caption: "Losses.", svg, png: vec![1, 2, 3] };
        let page = Page { template: "{% extends \"page.html\" %}", findings: context! {} };
        let page = render(Path::new("r"), &page, &testing::record(), &[big]).unwrap();
        assert!(page.contains("src=\"data:image/png;base64,AQID\"") && page.len() < LONGEST_SVG);
    }
}
