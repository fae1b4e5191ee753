//! What a replay of ComputeHorde's scores says, in sentences.

use super::HordeReplay;
use super::job_tables::MOST_EXCUSES;
use super::tables::{by_weight, percent_of};
use crate::excerpt::escaped;
use crate::judge::horde::{CheckRow, Dancing, TrajectoryStep};
use crate::report::numbers::{counted, decimal, estimated, percent};
use crate::report::story::Term;

/// Numbers of prompts that the sentence about checks names.
const TOLD_PROMPTS: [u32; 2] = [1, 10];

/// What the words of the tables mean.
pub(super) const READING: &[Term] = &[
    Term {
        word: "score, weight",
        meaning: "In each batch the points of a class are scaled so that they add up to the weight of the class; a miner's score \
                  is what it has of all classes, with bonus and penalty. Its weight is its share of the scores of all batches. \
                  In brackets: intervals over batches, each with its scores as judged.",
    },
    Term {
        word: "committed",
        meaning: "The weight as the chain takes it: 65535 for the greatest, halves rounded to the even side.",
    },
    Term {
        word: "by the preset",
        meaning: "The weight and rank by the preset's rules, without what the settings change.",
    },
    Term {
        word: "from the run's, τ",
        meaning: "How far the weights by a preset are from those of the run, as the sum of the absolute differences, and how the \
                  orders agree: Kendall's τ-b.",
    },
    Term {
        word: "excused, declined",
        meaning: "A job declined as busy is excused where the jobs that the miner took on in the batch and its valid receipts \
                  reach its executors of the class.",
    },
    Term {
        word: "bonus, by toggling",
        meaning: "The share of a miner's score that comes of the bonus for a changed size, and what a miner would add to its \
                  steady score by merely toggling between all of its executors and fewer by the ratio, all others as they were.",
    },
    Term {
        word: "rate",
        meaning: "The share of the checks that ended, with an answer or without, which are right and within the timeout.",
    },
    Term {
        word: "moved",
        meaning: "The sum of the absolute differences of all weights from the row above: 0 nothing, 2 all of it.",
    },
];

/// What it came to, in one line.
pub(super) fn headline(replay: &HordeReplay) -> String {
    let found = &replay.found;
    let of = format!(
        "{} of {} over {} scored",
        counted(replay.recording.jobs.len(), "job"),
        counted(found.miners.len(), "hotkey"),
        match found.judged.batches.len() {
            1 => "1 batch".to_owned(),
            many => format!("{many} batches"),
        }
    );
    match by_weight(replay).first().filter(|row| row.weight.value > 0.0) {
        Some(row) => {
            format!(
                "{of}: {} leads with a weight of {}.",
                escaped(replay.hotkey(row.hotkey)),
                estimated(Some(row.weight), 4)
            )
        }
        None => format!("{of}: nobody has a score."),
    }
}

/// What is worth saying beside the tables.
pub(super) fn sentences(replay: &HordeReplay) -> Vec<String> {
    [
        against(replay),
        bonus(replay),
        excuses(replay),
        checks(replay),
        super::answers::sentence(replay),
        classes(replay),
        copier(replay),
        thin(replay),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// How the changed rules move ranks.
fn against(replay: &HordeReplay) -> Option<String> {
    let rows = &replay.found.miners;
    let has_moved = rows.iter().any(|row| row.weight.value != row.baseline);
    let moved = rows.iter().filter(|row| row.rank != row.baseline_rank).count();
    has_moved.then(|| {
        format!("Against the preset's rules {moved} of {} have another rank by weight.", counted(rows.len(), "hotkey"))
    })
}

fn bonus(replay: &HordeReplay) -> Option<String> {
    let share = replay.found.bonuses.share()?;
    let best = replay.found.best_toggled()?;
    let spec = replay.spec.as_ref()?;
    let makes = match spec.rules.dancing {
        Dancing::PerJob => {
            "Each job has its own bonus, which moves shares within a class and adds nothing to all scores.".to_owned()
        }
        _ => format!("The bonus for a changed size makes {} of all scores.", percent_of(Some(share))),
    };
    Some(format!(
        "{makes} Merely toggling its size by {} would add {} to what {} has at a \
         steady one, more than to any other.",
        spec.rules.ratio,
        percent_of(best.gain()),
        escaped(replay.hotkey(best.hotkey)),
    ))
}

fn excuses(replay: &HordeReplay) -> Option<String> {
    let rows = &replay.found.excuses;
    let spec = replay.spec.as_ref().filter(|_| !rows.is_empty())?;
    let excused = rows.iter().filter(|row| row.excuse.is_accepted).count();
    let flips = rows.iter().filter(|row| row.flips).count();
    let own = spec.rules.minimum_stake.map_or("no minimum".to_owned(), |stake| stake.to_string());
    Some(format!(
        "Of {} {excused} are excused; {flips} turn between {own} and {} of stake{}.",
        counted(rows.len(), "declined job"),
        spec.other_stake,
        if flips > MOST_EXCUSES { format!(", the first {MOST_EXCUSES} of them above") } else { String::new() }
    ))
}

fn checks(replay: &HordeReplay) -> Option<String> {
    let spec = replay.spec.as_ref()?;
    let at = |prompts: u32| replay.found.checks.iter().find(|row| row.prompts == prompts);
    let [fewest, most] = TOLD_PROMPTS;
    let (one, more): (&CheckRow, &CheckRow) = (at(fewest)?, at(most)?);
    Some(format!(
        "A cheat with {} % of right answers passes {} sampled prompt with probability {} and {} with {}; an honest miner that \
         errs in {} % of its answers then fails with {}.",
        percent(spec.cheat_share),
        one.prompts,
        decimal(Some(one.cheat_passes), 3),
        more.prompts,
        decimal(Some(more.cheat_passes), 3),
        percent(spec.error_rate),
        decimal(Some(more.honest_fails), 3),
    ))
}

fn classes(replay: &HordeReplay) -> Option<String> {
    let step: &TrajectoryStep = replay.found.greatest_step()?;
    Some(format!(
        "Of all changes of the class weights in production, that of {} to {}/{} would have moved weights most: by {}.",
        step.change.from,
        step.change.hash,
        step.change.llm,
        decimal(step.distance, 3)
    ))
}

fn copier(replay: &HordeReplay) -> Option<String> {
    let copier = &replay.found.copier;
    let (loss, without) = (copier.loss?, copier.without_bonus?);
    Some(format!(
        "A copier's weights, an interval old, are {} away on average from those that are due, and {} without the bonus.",
        decimal(Some(loss), 3),
        decimal(Some(without), 3)
    ))
}

fn thin(replay: &HordeReplay) -> Option<String> {
    (replay.found.judged.batches.len() == 1)
        .then(|| "There are no intervals: one batch does not tell how others would differ.".to_owned())
}
