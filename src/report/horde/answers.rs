//! How equality and similarities check answers, side by side.

use super::HordeReplay;
use crate::judge::horde::AnswerRow;
use crate::report::grid::Heading::{Number, Text};
use crate::report::numbers::{decimal, estimated, percent, with_interval};
use crate::report::table::Table;

/// Every test and kind of answer.
pub(super) fn rows(replay: &HordeReplay) -> impl Iterator<Item = &AnswerRow> {
    replay.answers.iter().flat_map(|check| &check.rows)
}

/// The kind of answers that a row is about.
fn kind<'a>(replay: &'a HordeReplay, row: &AnswerRow) -> &'a str {
    let cheat = |cheat: usize| replay.cheats.get(cheat).map_or("", String::as_str);
    row.cheat.map_or("an honest miner's", cheat)
}

/// What each test does to each kind.
pub(super) fn table(replay: &HordeReplay) -> Table<'_, &AnswerRow> {
    Table::new("How answers fare that are held against the trusted one. One row per test and kind of answer.")
        .column("test", "equality, or the similarity that must reach the threshold", |row: &AnswerRow| row.test.name())
        .shown(Text("test"))
        .column(
            "threshold",
            "the least similarity that passes, chosen on the other half of the prompts; null for equality",
            |row| row.threshold,
        )
        .shown_as(Number("at least"), |row| decimal(row.threshold, 3))
        .column("answers", "whose answers: an honest miner's, or a cheat's", move |row| kind(replay, row))
        .shown(Text("answers"))
        .column("prompts", "prompts that were judged", |row| row.prompts)
        .shown(Number("prompts"))
        .column("rejected", "share of them that is rejected", |row| row.rejected.value)
        .interval("rejected", "the interval of rejected, by Clopper and Pearson", |row| row.rejected.interval)
        .shown_as(Number("rejected"), |row| with_interval(Some(row.rejected.value), row.rejected.interval, 3))
        .column("rejected_of_5", "probability that any of 5 sampled answers is rejected", |row| row.of_sampled[0].value)
        .interval("rejected_of_5", "the interval of rejected_of_5", |row| row.of_sampled[0].interval)
        .shown_as(Number("any of 5"), |row| estimated(Some(row.of_sampled[0]), 3))
        .column("rejected_of_10", "the same of 10", |row| row.of_sampled[1].value)
        .interval("rejected_of_10", "the interval of rejected_of_10", |row| row.of_sampled[1].interval)
        .shown_as(Number("any of 10"), |row| estimated(Some(row.of_sampled[1]), 3))
}

/// What equality costs honest miners, and what a similarity does instead.
pub(super) fn sentence(replay: &HordeReplay) -> Option<String> {
    let honest =
        |is_equality: bool| rows(replay).find(|row| row.cheat.is_none() && row.threshold.is_none() == is_equality);
    let (equality, similarity) = (honest(true)?, honest(false));
    let share = |row: &AnswerRow| percent((row.rejected.value * 1e4).round() / 1e4);
    let instead = similarity.map_or_else(
        || "there are too few prompts to choose a similarity by".to_owned(),
        |row| {
            let cheat = rows(replay).find(|other| other.test == row.test && other.cheat == Some(0));
            let caught =
                cheat.map_or_else(String::new, |cheat| format!(" and {} % of other prompts' answers", share(cheat)));
            let least = decimal(row.threshold, 3);
            format!("a {} of at least {least} rejects {} % of them{caught}", row.test.name(), share(row))
        },
    );
    Some(format!("Equality rejects {} % of an honest miner's answers; {instead}.", share(equality)))
}
