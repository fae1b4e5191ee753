//! The summary of an evaluation: one row per submission, best weight first. Loss, win rate and step weight are those of
//! the last step that it took part in; the weight is the one after the run's last step.

use super::findings::Evaluation;
use super::ranking::Ranked;
use super::tables::score_columns;
use crate::excerpt::escaped;
use crate::judge::wins::StepRow;
use crate::report::grid::Heading::{Name, Note, Number, Text};
use crate::report::numbers::{decimal, with_interval};
use crate::report::table::Table;

/// Longest model name and note that a terminal shows.
const MODEL_WIDTH: usize = 32;
const NOTE_WIDTH: usize = 48;

/// The table of the summary; fields have the names of `weights.parquet`.
pub fn summary<'a>(evaluation: &'a Evaluation) -> Table<'a, &'a Ranked<'a>> {
    let table = Table::new("What the run found of each submission. One row per submission, best weight first.")
        .column(
            "rank",
            "place by weight among the evaluated submissions, from 1; equal weights share the best",
            |row: &'a Ranked<'a>| row.rank,
        )
        .shown(Number("rank"))
        .column("uid", "uid of the submission", |row| row.submission.uid)
        .shown(Number("uid"))
        .column("hotkey", "hotkey of the miner, if recorded", |row| row.submission.hotkey.as_deref())
        .column("competition", "competition that took it", |row| row.submission.competition.as_deref())
        .shown(Text("competition"))
        .column("model", "model as it was submitted", |row| row.submission.model.as_str())
        .shown(Name("model", MODEL_WIDTH))
        .column("commit", "commit of the model's repository", |row| row.submission.commit.as_deref())
        .column("content_hash", "content hash of the model's files", |row| row.submission.content_hash.as_deref())
        .column("block", "block of the submission", |row| row.submission.block)
        .shown(Number("block"))
        .column("step", "last step that it took part in", |row| row.appearance.map(|(step, _)| step.plan.step as u64));
    let of_step = |row: &'a Ranked<'a>, read: fn(&StepRow) -> f64| row.row().map(read);
    score_columns(table, evaluation, |row| row.row())
        .shown_as(Number("loss"), move |row| decimal(of_step(row, |row| row.average_loss), 4))
        .shown_as(Number("ppl"), move |row| decimal(of_step(row, |row| row.perplexity), 3))
        .shown_as(Number("win rate"), move |row| {
            with_interval(of_step(row, |row| row.win_rate), row.row().and_then(|row| row.win_rate_interval), 3)
        })
        .shown_as(Number("lead"), |row| lead(row, evaluation))
        .shown_as(Number("step weight"), move |row| decimal(of_step(row, |row| row.step_weight), 4))
        .column("weight", "moving-average weight after the run's last step", |row| row.weight)
        .interval("weight", "the interval of weight", |row| row.weight_interval)
        .shown_as(Number("weight"), |row| decimal(row.weight, 4))
        .column("kept", "kept for the competition's next step", |row| row.row().map(|row| row.kept))
        .column("status", "evaluated or skipped", |row| row.submission.status.name())
        .column("note", "why it was skipped, or how many of its samples gave no finite loss", |row| row.note.as_deref())
        .shown_as(Note("note", NOTE_WIDTH), |row| row.note.as_deref().map_or_else(String::new, escaped))
}

/// `+0.289 [0.275–0.301] over 12`; nothing where there is no other to be ahead of.
fn lead(row: &Ranked<'_>, evaluation: &Evaluation) -> String {
    let Some(lead) = row.row().and_then(|row| row.lead) else { return String::new() };
    let sign = if lead.by > 0.0 { "+" } else { "" };
    let over = evaluation.submissions[lead.over].uid;
    format!("{sign}{} over {over}", with_interval(Some(lead.by), lead.interval, 3))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::report::Summary;
    use crate::report::evaluation::ranking::ranking;
    use crate::report::evaluation::testing;
    use crate::report::numbers::UNKNOWN;

    fn evaluation(model: &str) -> Evaluation {
        let mut evaluation = testing::evaluation(5, 20, 2);
        evaluation.submissions[0].model = model.into();
        evaluation
    }

    #[test]
    fn the_table_has_a_line_per_submission_and_fits_its_content() {
        let text = evaluation("models/of/somebody/with/a/very/long/path/to/the-model-itself").terminal();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 3 + 5 + 1, "{text}");
        for header in ["rank", "competition", "ppl", "win rate", "step weight", "note"] {
            assert!(lines[1].contains(header), "{text}");
        }
        assert!(text.contains("…y/long/path/to/the-model-itself"), "{text}");
        assert!(text.contains("inf") && text.contains(UNKNOWN) && text.contains("skipped: model.safetensors"));
        assert!(text.contains("lead") && text.contains(" over 7 "), "{text}");
        assert!(lines.iter().all(|line| *line == line.trim_end()));
    }

    #[test]
    fn json_keeps_full_precision_and_has_null_for_what_is_no_number() {
        let evaluation = evaluation("m");
        let values: Value = serde_json::from_str(&evaluation.json().unwrap()).unwrap();
        let skipped = values.as_array().unwrap().iter().find(|row| row["status"] == "skipped").unwrap();
        assert!(skipped["average_loss"].is_null() && skipped["rank"].is_null() && skipped["commit"].is_null());
        let ranking = ranking(&evaluation);
        let (first, row) = (&ranking[0], ranking[0].row().unwrap());
        assert_eq!(values[0]["weight"].as_f64(), first.weight);
        assert_eq!(values[0]["win_rate_low"].as_f64(), row.win_rate_interval.map(|interval| interval.low));
        assert_eq!(values[0]["rank"], 1);
    }

    #[test]
    fn markdown_cells_cannot_break_the_table() {
        let text = evaluation("a|b\\<img>_x_\n").markdown();
        assert!(text.contains("a\\|b\\\\&lt;img>\\_x\\_\\\\n"), "{text}");
        assert!(text.lines().all(|line| line.replace("\\\\", "").replace("\\|", "").matches('|').count() == 13));
        assert_eq!(text.lines().count(), 2 + 5);
    }

    #[test]
    fn hostile_names_cannot_steer_the_terminal() {
        assert!(!evaluation("\u{1b}[2Jx").terminal().contains('\u{1b}'));
    }

    #[test]
    fn without_submissions_there_is_a_header_only() {
        let none = testing::evaluation(0, 0, 0);
        assert_eq!((none.terminal().lines().count(), none.markdown().lines().count()), (3 + 1, 2));
        assert_eq!(none.json().unwrap(), "[]");
    }
}
