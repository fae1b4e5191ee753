//! `report.html`: one page that needs no other file and no network, for people who were not there. Everything from
//! outside is escaped; only our own SVG is taken as it is.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::{Environment, Value, context};

use super::error::ReportError;
use super::evaluation::Evaluation;
use super::numbers::{counted, one_line, or_unknown};
use super::plots::Figure;
use super::run_record::{InputRecord, ModelRecord, RunRecord, Setting};
use super::summary::{self, SummaryRow};

const TEMPLATE: &str = include_str!("report.html.jinja");

/// An SVG longer than this is shown as its PNG: browsers become slow with many shapes.
const LONGEST_SVG: usize = 1_000_000;

/// The page; `path` only names it in errors.
pub fn page(
    path: &Path,
    evaluation: &Evaluation,
    record: &RunRecord,
    figures: &[Figure],
) -> Result<String, ReportError> {
    render(evaluation, record, figures).map_err(|cause| ReportError::Page { path: path.to_path_buf(), cause })
}

fn render(evaluation: &Evaluation, record: &RunRecord, figures: &[Figure]) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.add_template("report.html", TEMPLATE)?;
    let rows = summary::summarise(evaluation);
    environment.get_template("report.html")?.render(context! {
        counts => counts(evaluation),
        headers => summary::HEADERS.to_vec(),
        skipped => rows.iter().filter(|row| row.rank.is_none()).count(),
        rows => rows.iter().map(row_view).collect::<Vec<_>>(),
        figures => figures.iter().map(figure_view).collect::<Vec<_>>(),
        record => record_view(record),
    })
}

fn counts(evaluation: &Evaluation) -> Value {
    context! {
        submissions => counted(evaluation.submissions.len(), "submission"),
        competitions => counted(evaluation.rules.competitions.len(), "competition"),
        samples => counted(evaluation.sample_ids.len(), "sample"),
        steps => counted(evaluation.judgement.steps.len(), "step"),
    }
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
        loss_dtype => record.loss_dtype.as_str(),
        crate_version => record.crate_version.as_str(),
        git_commit => or_unknown(record.git_commit.as_ref()),
        warnings => record.warnings.iter().map(|warning| one_line(warning)).collect::<Vec<_>>(),
    }
}

fn row_view(row: &SummaryRow) -> Value {
    context! { cells => summary::cells(row).to_vec(), skipped => row.rank.is_none() }
}

fn setting_view(setting: &Setting) -> Value {
    let value = setting.value.as_str().map_or_else(|| setting.value.to_string(), one_line);
    context! { key => setting.key.as_str(), value, source => setting.source.as_str() }
}

fn input_view(input: &InputRecord) -> Value {
    context! { path => one_line(&input.path), rows => input.rows, sha256 => input.sha256.as_str() }
}

fn model_view(model: &ModelRecord) -> Value {
    context! {
        cells => vec![
            model.uid.to_string(),
            one_line(&model.path),
            or_unknown(model.architecture.as_deref().map(one_line)),
            or_unknown(model.parameters),
            or_unknown(model.weight_dtype.as_deref()),
            or_unknown(model.commit.as_deref()),
            or_unknown(model.content_hash.as_deref()),
        ]
    }
}

fn figure_view(figure: &Figure) -> Value {
    if figure.svg.len() <= LONGEST_SVG {
        return context! { caption => figure.caption, svg => figure.svg.as_str() };
    }
    context! { caption => figure.caption, png => STANDARD.encode(&figure.png) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing;

    fn figure(svg: String) -> Figure {
        Figure { name: "losses", caption: "Losses.", svg, png: vec![1, 2, 3] }
    }

    fn page_of(evaluation: &Evaluation, record: &RunRecord) -> String {
        page(Path::new("report.html"), evaluation, record, &[figure("<svg>✓</svg>".into())]).unwrap()
    }

    #[test]
    fn the_page_shows_summary_settings_warnings_and_plots() {
        let page = page_of(&testing::evaluation(5, 20, 2), &testing::record());
        for text in
            ["<svg>✓</svg>", "temperature", "preset finetuning-subnet", "3 tensors are not used", "lm_head.weight"]
        {
            assert!(page.contains(text), "{text}");
        }
        assert_eq!(page.matches("<tr class=\"submission").count(), 5);
        assert_eq!(page.matches("submission skipped").count(), 1);
    }

    #[test]
    fn nothing_from_outside_becomes_markup() {
        let (mut evaluation, mut record) = (testing::evaluation(2, 5, 1), testing::record());
        let hostile = "<script>alert(1)</script>\"'&";
        evaluation.submissions[0].model = hostile.into();
        evaluation.submissions[0].competition = Some(hostile.into());
        evaluation.submissions[1].status = crate::report::Status::Skipped(hostile.into());
        record.warnings.push(hostile.into());
        record.settings[0].value = hostile.into();
        record.settings[1].source = hostile.into();
        record.models[0].path = hostile.into();
        record.inputs[0].path = hostile.into();
        record.device = hostile.into();
        let page = page_of(&evaluation, &record);
        assert!(!page.contains("<script"), "{page}");
        assert_eq!(page.matches("&lt;script&gt;").count(), 9);
    }

    #[test]
    fn the_page_needs_nothing_else() {
        let page = page_of(&testing::evaluation(5, 20, 2), &testing::record());
        for loader in ["src=\"http", "href=\"http", "@import", "url(", "<link", "<script"] {
            assert!(!page.contains(loader), "{loader}");
        }
    }

    #[test]
    fn a_plot_of_very_many_shapes_is_shown_as_png() {
        let big = figure("x".repeat(LONGEST_SVG + 1));
        let page = page(Path::new("r"), &testing::evaluation(1, 1, 1), &testing::record(), &[big]).unwrap();
        assert!(page.contains("src=\"data:image/png;base64,AQID\"") && page.len() < LONGEST_SVG);
    }

    #[test]
    fn an_empty_run_still_gives_a_page() {
        let mut record = testing::record();
        (record.settings, record.models, record.inputs, record.warnings) = (vec![], vec![], vec![], vec![]);
        let page = page_of(&testing::evaluation(0, 0, 0), &record);
        assert!(page.contains("No submission") && page.trim_end().ends_with("</html>"));
    }
}
