//! The tables of copies, clones, a candidate and the fall of ε, each column declared once.

use super::Sweep;
use crate::judge::wins::sweep::{
    Chance, Cloned, DecayPoint, FLOOR, Improvement, Likeness, Other, Perturbed, Reach, Spread, Threshold, Winner,
};
use crate::report::grid::Heading::{Number, Text};
use crate::report::numbers::{decimal, estimated, with_interval};
use crate::report::table::Table;

/// How likely the candidate is to lead.
pub(super) fn chances<'a>(sweep: &'a Sweep) -> Table<'a, &'a Chance> {
    let table = Table::new(
        "How likely the candidate is to have the highest win rate in a step of fresh samples, and how much better it must be. \
         One row per epsilon and number of samples.",
    )
    .column("epsilon", "boost of the earlier submission, as it is typed", |row: &'a Chance| row.epsilon.to_string())
    .shown(Text("epsilon"))
    .column("samples", "samples of a step", |row| row.samples as u64)
    .shown(Number("samples"))
    .column("sources", "sources of the recorded samples; a sample without one counts as its own", |row| {
        row.sources as u64
    })
    .column("drawn", "sources that a step draws: as many as have so many samples on average", |row| row.drawn as u64)
    .column("rivals", "others that can lead, or decide who does", |row| row.rivals as u64)
    .column("leader", "uid with the highest win rate on the recorded samples", |row| sweep.uid(row.leader))
    .shown(Number("leader"))
    .column("win_rate", "the candidate's win rate there", |row| row.win_rate)
    .shown_as(Number("win rate"), |row| decimal(Some(row.win_rate), 3))
    .column("rank", "its rank by win rate there", |row| row.rank as u64)
    .shown(Number("rank"))
    .column("probability", "probability that its win rate is above that of every other in a step", |row| {
        row.probability.value
    })
    .interval("probability", "the interval of probability", |row| row.probability.interval)
    .shown_as(Number("probability"), |row| estimated(Some(row.probability), 3));
    improvement(
        improvement(improvement(table, 0, ["reduction_50", "for .5"]), 1, ["reduction_90", "for .9"]),
        2,
        ["reduction_99", "for .99"],
    )
}

/// The improvement for one of the probabilities that are asked for.
fn improvement<'a>(
    table: Table<'a, &'a Chance>,
    place: usize,
    [name, heading]: [&'static str; 2],
) -> Table<'a, &'a Chance> {
    let of = move |row: &Chance| row.improvements[place];
    let about = format!(
        "smallest relative reduction of all its losses with which that probability is at least {}; below 0 where they may rise, \
         null where 0.5 does not do",
        ["0.5", "0.9", "0.99"][place]
    );
    table
        .column(name, &about, move |row| of(row).reduction)
        .column(&format!("{name}_low"), &format!("lower end of the interval of {name}"), move |row| {
            of(row).interval.map(|ends| ends.low)
        })
        .column(&format!("{name}_high"), "its upper end; null above 0.5, or without an interval", move |row| {
            of(row).interval.and_then(|ends| ends.high)
        })
        .shown_as(Number(heading), move |row| shown(of(row)))
}

/// `+1.5 % [0.8–2.1]`.
fn shown(improvement: Improvement) -> String {
    let percent = |share: f64| format!("{:.1}", 100.0 * share + 0.0);
    let Some(reduction) = improvement.reduction else { return "> 50 %".to_owned() };
    let ends = improvement.interval.map(|Reach { low, high }| {
        let high = high.map_or_else(|| "> 50".to_owned(), percent);
        format!(" [{} to {high}]", percent(low))
    });
    format!("{} %{}", percent(reduction), ends.unwrap_or_default())
}

/// Who is like whom.
pub(super) fn likenesses<'a>(sweep: &'a Sweep) -> Table<'a, &'a Likeness> {
    Table::new(
        "Of every later submission the earlier one of its competition that it is most like, in the last step. One row per \
         submission with losses that has an earlier one.",
    )
    .column("competition", "the competition", |row: &'a Likeness| sweep.competition(row.competition))
    .shown(Text("competition"))
    .column("uid", "uid of the later submission", |row| sweep.uid(row.later))
    .shown(Number("uid"))
    .column("like", "uid of the earlier one", |row| sweep.uid(row.earlier))
    .shown(Number("like"))
    .column("samples", "samples that both have", |row| row.samples as u64)
    .column("mean_difference", "mean difference of their losses in nats, without signs", |row| row.mean_difference)
    .shown_as(Number("difference"), |row| decimal(Some(row.mean_difference), 4))
    .column("largest_lead", "largest relative lead of the later one over samples; null without a loss above 0", |row| {
        row.largest_lead
    })
    .column("no_win_from", "smallest epsilon from which on it wins no sample; null where none below 1 does", |row| {
        row.beats_up_to
    })
    .shown_as(Number("no win from"), |row| decimal(row.beats_up_to, 4))
    .column("half_from", "smallest epsilon from which on it wins at most half of the samples; null likewise", |row| {
        row.half
    })
    .interval("half_from", "the interval of half_from; 1 stands for no epsilon below 1", |row| row.half_interval)
    .shown_as(Number("half from"), |row| with_interval(row.half, row.half_interval, 4))
}

/// Copies of the leaders with noise.
pub(super) fn perturbed<'a>(sweep: &'a Sweep) -> Table<'a, &'a Perturbed> {
    let no_gain_from = format!(
        "smallest epsilon from which on, up to 0.5, they have on average never more than {FLOOR} of step weight above an exact \
         copy; null where they have at 0.5"
    );
    Table::new(
        "Copies of each competition's leader whose losses have noise, made one block later. One row per competition and size \
         of the noise.",
    )
    .column("competition", "the competition", |row: &'a Perturbed| sweep.competition(row.competition))
    .shown(Text("competition"))
    .column("uid", "uid of the leader by the rules that all is held against", |row| sweep.uid(row.original))
    .shown(Number("uid"))
    .column("noise", "standard deviation of the noise, as a share of the loss", |row| row.noise)
    .shown_as(Number("noise"), |row| decimal(Some(row.noise), 4))
    .column("no_win_from", "smallest epsilon from which on a copy wins no sample against the leader, mean", |row| {
        row.no_win_from.mean
    })
    .shown_as(Text("no win from"), |row| spread(row.no_win_from))
    .column("no_win_from_low", "the least of the copies", |row| row.no_win_from.low)
    .column("no_win_from_high", "the greatest of the copies", |row| row.no_win_from.high)
    .column("no_gain_from", &no_gain_from, |row| row.no_gain_from.value)
    .shown_as(Number("no gain from"), |row| threshold(row.no_gain_from))
    .column("no_gain_from_low", "the same by that mean less 1.96 standard errors over the copies; null likewise", |row| {
        row.no_gain_from.low
    })
    .column("no_gain_from_high", "the same by that mean and 1.96 standard errors; null likewise", |row| {
        row.no_gain_from.high
    })
    .column(
        "gain_at_own",
        "mean step weight of the copies less that of an exact copy, at the epsilon of the rules that all is held against; null \
         where that falls",
        |row| row.own.map(|own| own.gain),
    )
    .shown_as(Number("gain"), |row| decimal(row.own.map(|own| own.gain), 4))
    .column("exact_at_own", "step weight of the exact copy there; null likewise", |row| row.own.map(|own| own.exact))
    .shown_as(Number("exact copy"), |row| decimal(row.own.map(|own| own.exact), 4))
    .column("gain_left", "mean gain in step weight where no copy wins a sample: luck against others", |row| {
        row.gain_left
    })
}

/// `0.0022 (0.0014 to 0.0033)`: the mean of the copies, with the least and the greatest of them.
fn spread(Spread { mean, low, high, .. }: Spread) -> String {
    let ends = low.zip(high).map(|(low, high)| format!(" ({} to {})", decimal(Some(low), 4), decimal(Some(high), 4)));
    format!("{}{}", decimal(mean, 4), ends.unwrap_or_default())
}

/// `0.0034 [0.0010 to 0.0060]`, as far as it is not above 0.5.
fn threshold(Threshold { value, low, high }: Threshold) -> String {
    let [value, low, high] =
        [value, low, high].map(|epsilon| epsilon.map_or_else(|| "> 0.5".to_owned(), |it| decimal(Some(it), 4)));
    format!("{value} [{low} to {high}]")
}

/// Clones of the leaders.
pub(super) fn clones<'a>(sweep: &'a Sweep) -> Table<'a, &'a Cloned> {
    let other = |row: &'a Cloned, read: fn(Other) -> f64| row.other.map(read);
    Table::new(
        "What exact clones of each competition's leader, under other hashes, do in its last step. One row per competition, \
         block and number of clones.",
    )
    .column("competition", "the competition", |row: &'a Cloned| sweep.competition(row.competition))
    .shown(Text("competition"))
    .column("uid", "uid that is cloned", |row| sweep.uid(row.original))
    .shown(Number("uid"))
    .column("block", "block of the clones; null where the original's is not known", |row| row.block)
    .shown(Number("block"))
    .column("clones", "clones that are added", |row| row.clones as u64)
    .shown(Number("clones"))
    .column("win_rate", "win rate of the original", |row| row.win_rate)
    .shown_as(Number("win rate"), |row| decimal(Some(row.win_rate), 3))
    .column("weight", "its step weight", |row| row.weight)
    .shown_as(Number("weight"), |row| decimal(Some(row.weight), 4))
    .column("clone_win_rate", "win rate of each clone; null without any", |row| row.clone_win_rate)
    .column("clones_weight", "step weight of all clones together", |row| row.clones_weight)
    .column("together", "step weight of the original and its clones together", |row| row.together)
    .shown_as(Number("with clones"), |row| decimal(Some(row.together), 4))
    .column("other", "uid of the best of the others; null where there is none", |row| {
        row.other.map(|other| sweep.uid(other.submission))
    })
    .shown(Number("best other"))
    .column("other_win_rate", "its win rate", move |row| other(row, |other| other.win_rate))
    .column("other_weight", "its step weight", move |row| other(row, |other| other.weight))
    .shown_as(Number("its weight"), move |row| decimal(other(row, |other| other.weight), 4))
    .column("winner", "uid with the highest win rate; null where that is a clone", |row| match row.winner {
        Winner::Submission(submission) => Some(sweep.uid(submission)),
        Winner::Clone => None,
    })
}

/// ε over the age of the earlier submission.
pub(super) fn decay<'a>() -> Table<'a, &'a DecayPoint> {
    Table::new("Epsilon over the age of the earlier submission. One row per epsilon and age.")
        .column("epsilon", "the epsilon, as it would be typed", |row: &'a DecayPoint| row.label.as_str())
        .column("blocks", "age of the earlier submission in blocks", |row| row.blocks)
        .column("value", "the boost at that age", |row| row.epsilon)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn square_brackets_are_intervals_and_round_ones_ranges_of_copies() {
        let copies = Spread { mean: Some(0.00218), low: Some(0.00152), high: Some(0.00329), beyond: 0 };
        assert_eq!(spread(copies), "0.0022 (0.0015 to 0.0033)");
        assert_eq!(spread(Spread { mean: None, low: None, high: None, beyond: 20 }), "–");
        let gain = Threshold { value: Some(0.0034), low: Some(0.001), high: None };
        assert_eq!(threshold(gain), "0.0034 [0.0010 to > 0.5]");
    }
}
