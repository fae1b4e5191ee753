//! The story of `weighhouse replay horde`: recorded jobs are scored by the rules of an era, and the questions about these
//! rules are answered from the same recording.

mod answers;
mod folder;
mod input;

use anyhow::Result;

use self::answers::Answers;
use self::input::Input;
use crate::commands::clock::{Clock, timed};
use crate::commands::embedder::OpenEmbedder;
use crate::commands::finished::{Ending, Finished, summary};
use crate::commands::notices::Notices;
use crate::commands::record::{Embedded, of_judging};
use crate::commands::settings::{AnswerSettings, ChainSettings, ReplayHordeSettings, Scoring};
use crate::commands::what_if::at_each_point;
use crate::excerpt::value;
use crate::judge::horde::{
    AnswerCheck, Burn, HordeSpec, Kind, OnChain, Recording, Rules, check_answers, examine, suppose,
};
use crate::records::{Source, open};
use crate::report::horde::{HORDE_FIGURES, HordeReplay, horde_results};
use crate::report::{InputRecord, ReportFolder, Timing, counted};
use crate::reporter::Reporter;

pub use self::folder::FolderError;

/// Replays ComputeHorde's scores as `settings` say.
///
/// # Errors
/// Whatever kept it from its end, with the file, the value and the remedy.
pub fn run(settings: &ReplayHordeSettings, reporter: &dyn Reporter) -> Result<Finished> {
    let (clock, notices) = (Clock::start(), Notices::new(reporter));
    let folder = ReportFolder::open(&settings.out)?;
    // A file that is not there is told of before anything is read.
    if let Some(Source::File(path)) = settings.answers.as_ref().map(|asked| &asked.source) {
        open(path)?;
    }
    let input = Input::read(settings, &notices)?;
    say_what_is_missing(&input.recording, &settings.scoring.rules, &notices);
    let spec = spec(settings, &input);
    let (found, judging) = timed("judge", || examine(&input.recording, &spec));
    let found = found.map_err(|error| input.placed(error))?;
    let checked = settings.answers.as_ref().map(|asked| check(settings, asked, &notices)).transpose()?;
    let embedded = checked.iter().flat_map(|checked| checked.timings.clone());
    let grid = at_each_point(settings.grid.as_ref(), &HORDE_FIGURES, &notices, |point: &Scoring| {
        let supposed = suppose(&input.recording, &point.rules, &found).map_err(|error| input.placed(error))?;
        Ok(horde_results(&supposed))
    })?;
    let replay = HordeReplay {
        grid,
        recording: input.recording,
        found,
        spec: Some(spec),
        timings: embedded.chain([judging, clock.whole()]).collect(),
        cheats: checked.as_ref().map_or_else(Vec::new, |checked| checked.cheats.clone()),
        answers: checked.as_ref().map(|checked| checked.check.clone()),
    };
    let seed = settings.bootstrap.seed;
    let records = input.records.into_iter().chain(checked.iter().map(|checked| checked.record.clone())).collect();
    let record = of_judging("replay horde", &settings.sources, seed, records, notices.warnings());
    let record = match &checked {
        Some(checked) => record.embedded(&checked.tools),
        None => record,
    };
    folder.write(&replay, &record)?;
    notices.info(&format!("report in {}", folder.path().display()));
    Ok(Finished { summary: summary(&replay, settings.format)?, ending: ending(&replay, &notices) })
}

/// The check of answers, and what it rests on.
struct Checked {
    check: AnswerCheck,
    /// Names of the kinds of cheats.
    cheats: Vec<String>,
    tools: OpenEmbedder,
    record: InputRecord,
    timings: Vec<Timing>,
}

/// Holds equality against similarities on recorded answers.
fn check(settings: &ReplayHordeSettings, asked: &AnswerSettings, reporter: &dyn Reporter) -> Result<Checked> {
    if asked.is_sample_embedder {
        reporter.warn("texts are compared by the tiny embedder of the fixtures; give a real one with --embedder");
    }
    let tools = OpenEmbedder::open(&asked.embedding, reporter)?;
    let Answers { prompts, record, timings } =
        answers::compare(asked, &settings.reading, &tools, settings.bootstrap.seed, reporter)?;
    let check = check_answers(&prompts, asked.target, &settings.bootstrap)?;
    if let Some(needed) = check.needed {
        reporter.warn(&format!(
            "{}: {} are too few to choose a similarity by; it takes {needed}",
            asked.source,
            counted(check.chosen_on, "prompt")
        ));
    }
    tools.report(reporter);
    let edits = asked.cheats.iter().map(ToString::to_string);
    let cheats = std::iter::once("another prompt's answer".to_owned()).chain(edits).collect();
    Ok(Checked { check, cheats, tools, record, timings })
}

fn spec(settings: &ReplayHordeSettings, input: &Input) -> HordeSpec {
    let Scoring { rules, baseline } = settings.scoring.clone();
    HordeSpec {
        rules,
        baseline,
        other_stake: settings.other_stake,
        cheat_share: settings.cheat_share,
        error_rate: settings.error_rate,
        chain: chain(&settings.chain, input),
        bootstrap: settings.bootstrap,
    }
}

/// Burners stand in the order of their hotkeys, as the original has them.
fn chain(settings: &ChainSettings, input: &Input) -> OnChain {
    let mut burners = input.burners.clone();
    burners.sort_by_key(|&number| input.recording.hotkeys.name(number));
    burners.dedup();
    let burn = Burn {
        rate: settings.burn_rate,
        partition: settings.burn_partition,
        main: input.burners.first().copied(),
        burners,
    };
    OnChain { most: settings.max_weight, burn }
}

fn say_what_is_missing(recording: &Recording, rules: &Rules, reporter: &dyn Reporter) {
    let lacks_weight = |class: u32| rules.class_weights.get(recording.classes.name(class)).is_none();
    for (number, class) in (0..).zip(recording.classes.texts()) {
        let synthetic = recording.jobs.iter().filter(|job| job.kind == Kind::Synthetic);
        let jobs = synthetic.filter(|job| job.class == number).count();
        if jobs > 0 && lacks_weight(number) {
            reporter.warn(&format!(
                "{} of class {}, which has no weight and earns nothing; give one by --class-weights",
                counted(jobs, "job"),
                value(class)
            ));
        }
    }
    if !recording.receipts.is_empty() && recording.validators.is_empty() && recording.own.is_empty() {
        reporter.warn("no validator is given, so that no receipt counts; add validators, or name --own-hotkeys");
    }
}

/// Nothing is said of anybody where nobody has a score.
fn ending(replay: &HordeReplay, reporter: &dyn Reporter) -> Ending {
    if replay.found.has_scores() {
        return Ending::Done;
    }
    reporter.warn(&format!(
        "nobody has a score: of {} none earns anything in a batch that counts",
        counted(replay.recording.jobs.len(), "job")
    ));
    Ending::NothingMeasured
}
