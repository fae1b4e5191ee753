//! `report.html` of `evaluate`: what was found, for people who were not there.

use minijinja::{Value, context};

use super::{Evaluation, Status};
use crate::report::Page;
use crate::report::numbers::{UNKNOWN, counted};

/// What stands on the page.
pub fn page(evaluation: &Evaluation) -> Page {
    let grid = evaluation.summary();
    let columns = grid.columns.iter().map(|column| context! { name => column.name(), class => column.class() });
    let is_skipped = |row: &Vec<String>| row.first().is_some_and(|rank| rank == UNKNOWN);
    let rows = grid.rows.iter().map(|row| context! { cells => row.clone(), skipped => is_skipped(row) });
    let findings = context! {
        counts => counts(evaluation),
        columns => columns.collect::<Vec<_>>(),
        skipped => evaluation.submissions.iter().filter(|one| one.status != Status::Evaluated).count(),
        rows => rows.collect::<Vec<_>>(),
        sentences => evaluation.sentences(),
    };
    Page { template: include_str!("report.html.jinja"), findings }
}

fn counts(evaluation: &Evaluation) -> Value {
    context! {
        submissions => counted(evaluation.submissions.len(), "submission"),
        competitions => counted(evaluation.rules.competitions.len(), "competition"),
        samples => counted(evaluation.sample_ids.len(), "sample"),
        steps => counted(evaluation.judgement.steps.len(), "step"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::RunRecord;
    use crate::report::evaluation::testing;
    use crate::report::page::{assert_fits, rendered};

    fn page_of(evaluation: &Evaluation, record: &RunRecord) -> String {
        rendered(&page(evaluation), record)
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
        evaluation.submissions[1].status = crate::report::evaluation::Status::Skipped(hostile.into());
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

    /// Looked at in a browser from 400 pixels on; this holds what makes it fit.
    #[test]
    fn the_page_fits_a_narrow_window() {
        let mut evaluation = testing::evaluation(5, 20, 2);
        evaluation.submissions[1].status = crate::report::evaluation::Status::Skipped("x".repeat(5000));
        let page = page_of(&evaluation, &testing::record());
        assert_fits(&page);
        assert!(page.contains("<td class=\"note\">skipped: xxx"));
    }

    #[test]
    fn the_page_needs_nothing_else() {
        let page = page_of(&testing::evaluation(5, 20, 2), &testing::record());
        for loader in ["src=\"http", "href=\"http", "@import", "url(", "<link", "<script"] {
            assert!(!page.contains(loader), "{loader}");
        }
    }

    #[test]
    fn an_empty_run_still_gives_a_page() {
        let mut record = testing::record();
        (record.settings, record.models, record.inputs, record.warnings) = (vec![], vec![], vec![], vec![]);
        let page = page_of(&testing::evaluation(0, 0, 0), &record);
        assert!(page.contains("No submission") && page.trim_end().ends_with("</html>"));
    }
}
