//! The summary as text: a table for a terminal, JSON and Markdown. Only strings are made here; printing them is the
//! command line's work.

use super::rows::SummaryRow;
use crate::excerpt::{escaped, keep_end, keep_start};
use crate::report::grid::{Grid, Heading};
use crate::report::numbers::{UNKNOWN, decimal, or_unknown, with_interval};

/// The table's columns.
pub const HEADERS: [&str; 12] = [
    "rank",
    "uid",
    "competition",
    "model",
    "block",
    "loss",
    "ppl",
    "win rate",
    "lead",
    "step weight",
    "weight",
    "note",
];

/// Columns that hold text; the others hold numbers and are aligned to the right.
const TEXT_COLUMNS: [usize; 3] = [2, 3, 11];

/// Longest model name and note that a table shows; JSON, HTML and the Parquet tables have them whole.
const MODEL_WIDTH: usize = 32;
const NOTE_WIDTH: usize = 48;

/// The cells of a row, as [`HEADERS`]: numbers as people read them, names whole and on one line.
pub fn cells(row: &SummaryRow) -> [String; HEADERS.len()] {
    [
        or_unknown(row.rank),
        row.uid.to_string(),
        row.competition.as_deref().map_or_else(|| UNKNOWN.into(), escaped),
        escaped(&row.model),
        or_unknown(row.block),
        decimal(row.average_loss, 4),
        decimal(row.perplexity, 3),
        with_interval(row.win_rate, row.win_rate_low.zip(row.win_rate_high), 3),
        lead(row),
        decimal(row.step_weight, 4),
        decimal(row.weight, 4),
        row.note.as_deref().map_or_else(String::new, escaped),
    ]
}

/// `+0.289 [0.275–0.301] over 12`; nothing where there is no other to be ahead of.
fn lead(row: &SummaryRow) -> String {
    let (Some(by), Some(over)) = (row.lead, row.lead_over) else { return String::new() };
    let sign = if by > 0.0 { "+" } else { "" };
    format!("{sign}{} over {over}", with_interval(row.lead, row.lead_low.zip(row.lead_high), 3))
}

/// A table for a terminal, without a line break at its end.
pub fn table(rows: &[SummaryRow]) -> String {
    grid(rows, short_cells).terminal()
}

/// An array of objects with full precision, in the table's order; null where a value is unknown or not finite.
pub fn json(rows: &[SummaryRow]) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(rows)
}

/// A Markdown table, as GitHub reads it.
pub fn markdown(rows: &[SummaryRow]) -> String {
    grid(rows, cells).markdown()
}

fn grid(rows: &[SummaryRow], cells: fn(&SummaryRow) -> [String; HEADERS.len()]) -> Grid {
    let heading = |(index, name): (usize, &'static str)| {
        if TEXT_COLUMNS.contains(&index) { Heading::Text(name) } else { Heading::Number(name) }
    };
    let columns = HEADERS.into_iter().enumerate().map(heading).collect();
    Grid { columns, rows: rows.iter().map(|row| cells(row).to_vec()).collect() }
}

fn short_cells(row: &SummaryRow) -> [String; HEADERS.len()] {
    let mut cells = cells(row);
    cells[3] = keep_end(&cells[3], MODEL_WIDTH);
    cells[11] = keep_start(&cells[11], NOTE_WIDTH);
    cells
}

#[cfg(test)]
mod tests {
    use super::super::summarise;
    use super::*;
    use crate::report::evaluation::testing;

    fn rows() -> Vec<SummaryRow> {
        let mut evaluation = testing::evaluation(5, 20, 2);
        evaluation.submissions[0].model = "models/of/somebody/with/a/very/long/path/to/the-model-itself".into();
        summarise(&evaluation)
    }

    #[test]
    fn the_table_has_a_line_per_submission_and_fits_its_content() {
        let text = table(&rows());
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 3 + 5 + 1, "{text}");
        for header in HEADERS {
            assert!(lines[1].contains(header), "{text}");
        }
        assert!(text.contains("…y/long/path/to/the-model-itself"), "{text}");
        assert!(text.contains("inf") && text.contains(UNKNOWN) && text.contains("skipped: model.safetensors"));
        assert!(text.contains("lead") && text.contains(" over 7 "), "{text}");
        assert!(lines.iter().all(|line| *line == line.trim_end()));
    }

    #[test]
    fn json_keeps_full_precision_and_has_null_for_what_is_no_number() {
        let rows = rows();
        let values: serde_json::Value = serde_json::from_str(&json(&rows).unwrap()).unwrap();
        let skipped = values.as_array().unwrap().iter().find(|row| row["status"] == "skipped").unwrap();
        assert!(skipped["average_loss"].is_null() && skipped["rank"].is_null() && skipped["commit"].is_null());
        assert_eq!(values[0]["weight"].as_f64(), rows[0].weight);
        assert_eq!(values[0]["win_rate_low"].as_f64(), rows[0].win_rate_low);
        assert_eq!(values[0]["rank"], 1);
    }

    #[test]
    fn markdown_cells_cannot_break_the_table() {
        let mut rows = rows();
        rows[0].model = "a|b\\<img>_x_\n".into();
        let text = markdown(&rows);
        assert!(text.contains("a\\|b\\\\&lt;img>\\_x\\_\\\\n"), "{text}");
        assert!(text.lines().all(|line| line.replace("\\\\", "").replace("\\|", "").matches('|').count() == 13));
        assert_eq!(text.lines().count(), 2 + 5);
    }

    #[test]
    fn hostile_names_cannot_steer_the_terminal() {
        let mut rows = rows();
        rows[0].model = "\u{1b}[2Jx".into();
        assert!(!table(&rows).contains('\u{1b}'));
    }

    #[test]
    fn without_submissions_there_is_a_header_only() {
        assert_eq!(table(&[]).lines().count(), 3 + 1);
        assert_eq!(markdown(&[]).lines().count(), 2);
        assert_eq!(json(&[]).unwrap(), "[]");
    }
}
