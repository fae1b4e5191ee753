//! `report.html` of `calibrate`: the sentences of the summary, the plots, and every table that people can take in.

use minijinja::{Value, context};

use super::CalibrationFindings;
use super::summary::grids::{self, Titled};
use super::summary::{Sentence, sentences};
use crate::report::Page;
use crate::report::numbers::counted;

/// Longest table that the page has; the Parquet tables have them whole.
const LONGEST: usize = 200;

/// What stands on the page.
pub fn page(findings: &CalibrationFindings) -> Page {
    let found = &findings.calibration;
    let sentences = sentences(findings);
    let topics = sentences.chunk_by(|a, b| a.topic == b.topic).map(topic_view).collect::<Vec<_>>();
    let views = |grids: Vec<Titled>| grids.iter().map(grid_view).collect::<Vec<_>>();
    let findings = context! {
        requests => counted(findings.requests.len(), "request"),
        responses => counted(findings.responses_that(|_| true), "response"),
        profile => found.spec.profile.to_string(),
        topics,
        main => views(grids::main(findings)),
        more => views(grids::more(findings)),
    };
    Page { template: include_str!("report.html.jinja"), findings }
}

fn topic_view(topic: &[Sentence]) -> Value {
    topic.iter().map(|sentence| Value::from(sentence.text.as_str())).collect()
}

fn grid_view(Titled { title, grid }: &Titled) -> Value {
    let columns = grid.columns.iter().map(|column| context! { name => column.name(), number => column.is_number() });
    context! {
        title => title.as_str(),
        columns => columns.collect::<Vec<_>>(),
        rows => grid.rows.iter().take(LONGEST).cloned().collect::<Vec<_>>(),
        left_out => grid.rows.len().saturating_sub(LONGEST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::calibration::attacked;
    use crate::report::RunRecord;
    use crate::report::calibration::testing;
    use crate::report::page::{assert_fits, rendered};

    fn page_of(findings: &CalibrationFindings, record: &RunRecord) -> String {
        rendered(&page(findings), record)
    }

    #[test]
    fn the_page_leads_with_sentences_then_plots_then_tables() {
        let page = page_of(&testing::labelled(), &testing::record());
        let parts = [
            "<h1>Weighhouse: calibrate</h1>",
            "440 requests with 1760 responses",
            "12 of 400 independent minibatches of 4 responses are flagged: 3.00 %",
            "80 of 1760 responses are marked as copies",
            "<svg>✓</svg>",
            "<h3>Rates at threshold 0.95 (given), 95 % intervals</h3>",
            "<h3>Thresholds</h3>",
            "not enough data: needs 598",
            "<summary>Strata</summary>",
            "How to read this",
            "<summary>Embedder</summary>",
        ];
        let places = parts.map(|part| page.find(part).unwrap_or_else(|| panic!("{part} is missing")));
        assert!(places.is_sorted(), "{places:?}");
        assert!(
            page.contains("example&#x2f;model-0") && page.contains("<th scope=\"col\" class=\"number\">rate in %</th>")
        );
    }

    #[test]
    fn nothing_from_outside_becomes_markup_or_is_loaded() {
        let hostile = "<script>alert(1)</script>\"'&";
        let mut findings = testing::labelled();
        findings.requests.iter_mut().for_each(|request| request.source = Some(hostile.into()));
        let attacks = vec![attacked(hostile, None, &[1.0])];
        let spec = findings.calibration.spec.clone();
        let findings = testing::judged(findings.requests, attacks, &spec);
        let mut record = testing::record();
        record.models[0].path = hostile.into();
        record.device = hostile.into();
        let page = page_of(&findings, &record);
        assert!(page.matches("&lt;script&gt;").count() >= 5, "a sentence, tables, the device and the model");
        for loader in ["<script", "src=\"http", "href=\"http", "@import", "url(", "<link"] {
            assert!(!page.contains(loader), "{loader}");
        }
    }

    #[test]
    fn long_tables_are_cut_and_say_so() {
        let mut findings = testing::labelled();
        let row = findings.calibration.strata[0].clone();
        findings.calibration.strata = vec![row; LONGEST + 3];
        assert!(page_of(&findings, &testing::record()).contains("3 more rows are in the Parquet table."));
    }

    #[test]
    fn every_case_has_a_page() {
        for (case, findings) in testing::cases() {
            let page = page_of(&findings, &testing::record());
            assert_fits(&page);
            assert!(page.trim_end().ends_with("</html>") && !page.contains("undefined"), "{case}");
        }
    }
}
