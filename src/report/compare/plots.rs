//! The plots of a comparison: the differences of every submission as boxes, and their means with intervals, both beside
//! zero and the margin.

use plotters::style::RGBColor;

use crate::judge::compare::{Compared, Outcome, Ruling};
use crate::judge::wins::Change;
use crate::report::numbers::{counted, decimal};
use crate::report::plots::axis::Axis;
use crate::report::plots::boxes::{Boxes, Group, Spread};
use crate::report::plots::dots::{Dot, Dots};
use crate::report::plots::frame::Mark;
use crate::report::plots::palette::{ALERT, CATEGORIES, FAINT_INK};
use crate::report::plots::{Kind, Plot};

/// Every name that a plot may have.
pub const NAMES: &[&str] = &["differences", "intervals", "win-rates"];

/// Height of the pictures of dots.
const HEIGHT: i32 = 1000;

/// Describes every plot; none where no losses were compared.
pub fn plots(outcome: &Outcome) -> Vec<Plot> {
    if outcome.submissions.is_empty() {
        return Vec::new();
    }
    let rates = outcome.changes.iter().any(Option::is_some).then(|| win_rates(outcome));
    [differences(outcome), intervals(outcome)].into_iter().chain(rates).collect()
}

/// The colour of a verdict.
fn ink(ruling: Ruling) -> RGBColor {
    match ruling {
        Ruling::Passed => CATEGORIES[0],
        Ruling::Inconclusive => CATEGORIES[5],
        Ruling::Regressed => ALERT,
    }
}

fn groups() -> Vec<Group> {
    let rulings = [Ruling::Passed, Ruling::Inconclusive, Ruling::Regressed];
    rulings.map(|ruling| Group { label: ruling.name().into(), ink: ink(ruling) }).into()
}

/// Zero, and the margin in nats.
fn levels(outcome: &Outcome) -> Vec<Mark> {
    let mark = |at: f64, label: String| Mark::new(at, label, FAINT_INK);
    let margin = outcome.spec.map(|spec| spec.margins.absolute).filter(|margin| *margin > 0.0);
    let margin = margin.map(|margin| mark(margin, format!("margin {}", decimal(Some(margin), 4))));
    std::iter::once(mark(0.0, "equal".into())).chain(margin).collect()
}

fn differences(outcome: &Outcome) -> Plot {
    let spread = |one: &Compared| {
        let unlike = vec![f64::NAN; usize::try_from(one.broken).unwrap_or(0)];
        let values = one.differences.iter().copied().chain(unlike).collect();
        Spread::new(one.uid.to_string(), ink(one.ruling()), values)
    };
    Plot {
        name: "differences",
        caption: "Candidate minus baseline, sample by sample, of every submission.",
        title: "Paired differences per submission",
        subtitle: format!(
            "{}. Box: quartiles, line: median, diamond: mean, whiskers: 1.5 × interquartile range, dots: outliers",
            counted(outcome.submissions.len(), "submission"),
        ),
        kind: Kind::Boxes(Boxes {
            upwards: "candidate − baseline (nats)",
            slots: "submission (uid)",
            boxes: outcome.submissions.iter().map(spread).collect(),
            levels: levels(outcome),
            groups: groups(),
        }),
    }
}

fn intervals(outcome: &Outcome) -> Plot {
    let dot = |one: &Compared| Dot {
        label: one.uid.to_string(),
        value: one.paired.difference.map_or(f64::NAN, |difference| difference.value),
        interval: one.paired.difference.and_then(|difference| difference.interval),
        ink: ink(one.ruling()),
    };
    let dots: Vec<Dot> = outcome.submissions.iter().map(dot).collect();
    dotted(
        "intervals",
        "The mean difference of every submission with its interval.",
        "Mean difference per submission",
        "candidate − baseline (nats)",
        dots,
        levels(outcome),
    )
}

fn win_rates(outcome: &Outcome) -> Plot {
    let dot = |(one, change): (&Compared, &Option<Change>)| {
        let change = (*change)?;
        Some(Dot {
            label: one.uid.to_string(),
            value: change.win_rate.after - change.win_rate.before,
            interval: change.win_rate.interval,
            ink: ink(one.ruling()),
        })
    };
    let dots = outcome.submissions.iter().zip(&outcome.changes).filter_map(dot).collect();
    dotted(
        "win-rates",
        "How the win rate of every submission changes, with its interval.",
        "Change of the win rate per submission",
        "candidate − baseline",
        dots,
        vec![Mark::new(0.0, "equal".into(), FAINT_INK)],
    )
}

fn dotted(
    name: &'static str,
    caption: &'static str,
    title: &'static str,
    upwards: &str,
    dots: Vec<Dot>,
    levels: Vec<Mark>,
) -> Plot {
    let ends = dots.iter().flat_map(|dot| dot.interval.map_or([dot.value; 2], |ends| [ends.low, ends.high]));
    let values = ends.chain(levels.iter().map(|level| level.at));
    let upwards = Axis::around(upwards, values);
    let subtitle = "Lines are intervals over the sources of the samples; colours are verdicts: blue ok, amber \
                    inconclusive, red regressed";
    let kind = Kind::Dots(Dots { height: HEIGHT, upwards, slots: "submission (uid)", dots, levels });
    Plot { name, caption, title, subtitle: subtitle.into(), kind }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::compare::{Subject, compare};
    use crate::report::plots::testing::assert_drawable;
    use crate::stats::{BootstrapSpec, Margins, PairedLoss, PairedSpec};

    /// So many submissions with losses that rise with their number, NaN and one sample among them.
    fn outcome(submissions: u32, samples: usize, by: f64) -> Outcome {
        let spec = PairedSpec {
            bootstrap: BootstrapSpec { resamples: 9999, confidence: 0.95, seed: 1 },
            margins: Margins { absolute: 0.01, relative: 0.01 },
            tail_loss: None,
            looks: 1,
        };
        let loss = |uid: u32, sample: usize| {
            let baseline = 1.0 + (sample as f64 * 0.37).sin() * 0.3;
            let candidate = baseline + by * f64::from(uid) + (sample as f64 * 1.7 + f64::from(uid)).cos() * 0.02;
            let candidate = if uid == 3 && sample == 0 { f64::NAN } else { candidate };
            PairedLoss { source: sample, baseline, candidate }
        };
        let subject = |uid: u32| {
            let losses = (0..samples).map(|sample| loss(uid, sample)).collect();
            Subject { uid, competition: None, losses }
        };
        let subjects: Vec<Subject> = (0..submissions).map(subject).collect();
        let submissions = compare(&spec, &subjects).unwrap().submissions;
        Outcome { spec: Some(spec), submissions, ..Outcome::default() }
    }

    #[test]
    fn every_plot_is_a_legible_picture() {
        for (submissions, samples, by) in [(1, 1, 0.0), (3, 30, 0.1), (12, 60, 0.004), (64, 20, -0.05), (256, 20, 5.0)]
        {
            let plots = plots(&outcome(submissions, samples, by));
            assert_eq!(plots.len(), 2);
            for plot in plots {
                let name = format!("{} of {submissions}", plot.name);
                assert_drawable(&name, &plot.scene());
            }
        }
        assert!(plots(&Outcome::default()).is_empty());
    }
}
