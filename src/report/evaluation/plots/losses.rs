//! Losses per submission: a box from the lower to the upper quartile with the median, whiskers to the last loss within
//! 1.5 interquartile ranges, outliers as dots and the mean as a diamond. Losses that are not finite are counted.

use plotters::style::RGBColor;

use crate::report::evaluation::{Evaluation, Status, SubmissionOutcome};
use crate::report::numbers::counted;
use crate::report::plots::axis::{Frame, SMALL, diamond, draw_heading, draw_nothing, triangle};
use crate::report::plots::palette::{ALERT, INK, PAPER, category, tint};
use crate::report::plots::scene::{Align, Scene, Shape, Words, text_width};
use crate::stats::quantile;

const SIZE: (u32, u32) = (1840, 1080);

/// A loss this many times the typical upper quartile lies beyond the scale, or one stray model would flatten all.
const SCALE_LIMIT: f64 = 5.0;

/// The losses of one submission, summed up.
#[derive(Debug, Clone, PartialEq)]
struct Spread {
    label: String,
    colour: RGBColor,
    /// Finite losses, ascending.
    finite: Vec<f64>,
    /// How many losses are not finite.
    broken: usize,
}

impl Spread {
    /// NaN without a finite loss.
    fn quantile(&self, share: f64) -> f64 {
        quantile(&self.finite, share).unwrap_or(f64::NAN)
    }

    /// The mean of the finite losses; NaN without one.
    fn mean(&self) -> f64 {
        self.finite.iter().sum::<f64>() / self.finite.len() as f64
    }

    /// The lowest and the highest loss within 1.5 interquartile ranges of the box.
    fn whiskers(&self) -> (f64, f64) {
        let (q1, q3) = (self.quantile(0.25), self.quantile(0.75));
        let reach = 1.5 * (q3 - q1);
        let within = || self.finite.iter().copied().filter(|loss| (q1 - reach..=q3 + reach).contains(loss));
        (within().next().unwrap_or(q1), within().next_back().unwrap_or(q3))
    }
}

/// The plot.
pub(super) fn scene(evaluation: &Evaluation) -> Scene {
    let mut scene = Scene::new(SIZE, "Box plot of the per-sample losses of every evaluated submission");
    let mut spreads = spreads(evaluation);
    spreads.sort_by(|a, b| sort_key(a).total_cmp(&sort_key(b)));
    draw_heading(&mut scene, "Loss per submission", &subtitle(evaluation, &spreads));
    if spreads.is_empty() {
        draw_nothing(&mut scene, "no submission was evaluated");
        return scene;
    }
    let labels: Vec<String> = spreads.iter().map(|spread| spread.label.clone()).collect();
    let frame = frame(&scene, &spreads, &labels);
    frame.draw_scale(&mut scene, "loss (nats per scored token)");
    frame.draw_slots(&mut scene, &labels, "submission (uid), lowest mean loss first");
    draw_key(&mut scene, evaluation, &spreads, frame.high);
    for (index, spread) in spreads.iter().enumerate() {
        let pen = Pen::new(&frame, index, spreads.len(), spread);
        pen.draw(&mut scene);
    }
    scene
}

fn frame(scene: &Scene, spreads: &[Spread], labels: &[String]) -> Frame {
    let (low, high) = scale(spreads);
    let frame = Frame { left: 190, top: 220, right: 1800, bottom: 0, low, high };
    Frame { bottom: Frame::bottom_above_slots(scene, labels, frame.slot_width(labels.len())), ..frame }
}

/// Unknown means sort last.
fn sort_key(spread: &Spread) -> f64 {
    if spread.finite.is_empty() { f64::INFINITY } else { spread.mean() }
}

fn spreads(evaluation: &Evaluation) -> Vec<Spread> {
    let mut losses: Vec<Vec<f64>> = vec![Vec::new(); evaluation.submissions.len()];
    for loss in evaluation.losses() {
        losses[loss.submission].push(loss.outcome.loss);
    }
    let evaluated = evaluation.submissions.iter().zip(losses);
    let evaluated = evaluated.filter(|(submission, _)| submission.status == Status::Evaluated);
    let spread = |(submission, losses): (&SubmissionOutcome, Vec<f64>)| {
        let all = losses.len();
        let mut finite: Vec<f64> = losses.into_iter().filter(|loss| loss.is_finite()).collect();
        finite.sort_by(f64::total_cmp);
        let broken = all - finite.len();
        let colour = colour_of(evaluation, submission.competition.as_deref());
        Spread { label: submission.uid.to_string(), colour, finite, broken }
    };
    evaluated.map(spread).collect()
}

fn colour_of(evaluation: &Evaluation, competition: Option<&str>) -> RGBColor {
    let place = evaluation.rules.competitions.iter().position(|known| Some(known.id.as_str()) == competition);
    category(place.unwrap_or(evaluation.rules.competitions.len()))
}

fn subtitle(evaluation: &Evaluation, spreads: &[Spread]) -> String {
    let skipped = evaluation.submissions.len() - spreads.len();
    let skipped = if skipped > 0 { format!(" ({skipped} skipped)") } else { String::new() };
    let samples = spreads.iter().map(|spread| spread.finite.len() + spread.broken).max().unwrap_or(0);
    format!(
        "{}{skipped}, {}. Box: quartiles, line: median, diamond: mean, whiskers: 1.5 × interquartile range, \
         dots: outliers",
        counted(spreads.len(), "submission"),
        counted(samples, "sample"),
    )
}

/// From a little below the lowest loss to the highest, but never so far that the boxes become flat.
fn scale(spreads: &[Spread]) -> (f64, f64) {
    let measured = || spreads.iter().filter(|spread| !spread.finite.is_empty());
    let mut quartiles: Vec<f64> = measured().map(|spread| spread.quantile(0.75)).collect();
    quartiles.sort_by(f64::total_cmp);
    let typical = quartiles.get(quartiles.len() / 2).copied().unwrap_or(0.0);
    let highest = measured().map(|spread| spread.finite[spread.finite.len() - 1]).fold(0.0, f64::max);
    let high = highest.min(if typical > 0.0 { SCALE_LIMIT * typical } else { highest });
    let low = measured().map(|spread| spread.finite[0]).fold(high, f64::min);
    if high <= 0.0 {
        return (0.0, 1.0);
    }
    // A scale from zero unless the losses fill only a small part of it; equal losses still need a scale.
    let low = if low < high * 0.5 { 0.0 } else { low };
    let span = (high - low).max(high * 0.2);
    ((low - span * 0.1).max(0.0), high + span * 0.05)
}

/// The colours of the competitions and the signs for what the scale cannot show, in one line above the frame.
fn draw_key(scene: &mut Scene, evaluation: &Evaluation, spreads: &[Spread], high: f64) {
    let (mut x, y) = (40, 150);
    if evaluation.rules.competitions.len() > 1 {
        for (index, competition) in evaluation.rules.competitions.iter().enumerate() {
            scene.add(Shape::Block { from: (x, y - 18), to: (x + 26, y + 4), fill: tint(category(index), 0.45) });
            scene.write(Words::new(&competition.id, (x + 36, y), SMALL));
            x += 36 + text_width(&competition.id, SMALL) + 40;
        }
    }
    let beyond = spreads.iter().any(|spread| spread.finite.last().is_some_and(|loss| *loss > high));
    let broken = spreads.iter().any(|spread| spread.broken > 0);
    for (sign, _) in [("▲ beyond the scale", beyond), ("✕ NaN, infinite or failed", broken)].iter().filter(|key| key.1)
    {
        scene.write(Words::new(*sign, (x, y), SMALL).ink(ALERT));
        x += text_width(sign, SMALL) + 40;
    }
}

/// Draws one submission in its slot.
struct Pen<'a> {
    frame: &'a Frame,
    spread: &'a Spread,
    x: i32,
    /// Half the width of the box.
    half: i32,
    slot_width: f64,
}

impl<'a> Pen<'a> {
    fn new(frame: &'a Frame, index: usize, count: usize, spread: &'a Spread) -> Self {
        let slot_width = frame.slot_width(count);
        let half = ((slot_width * 0.34) as i32).clamp(1, 46);
        Self { frame, spread, x: frame.slot(index, count), half, slot_width }
    }

    fn draw(&self, scene: &mut Scene) {
        if self.spread.broken > 0 {
            self.draw_broken(scene);
        }
        if !self.spread.finite.is_empty() {
            self.draw_outliers(scene);
            self.draw_whiskers(scene);
            self.draw_box(scene);
        }
    }

    fn draw_box(&self, scene: &mut Scene) {
        let Self { frame, spread, x, half, .. } = self;
        let y = |share| frame.y(spread.quantile(share));
        let (top, bottom) = (y(0.75), y(0.25).max(y(0.75) + 2));
        scene.add(Shape::Block { from: (x - half, top), to: (x + half, bottom), fill: self.fill() });
        if *half >= 4 {
            let corners = [(x - half, top), (x + half, top), (x + half, bottom), (x - half, bottom), (x - half, top)];
            scene.add(Shape::Line { points: corners.to_vec(), ink: spread.colour, width: 2 });
        }
        let thickness = if *half >= 6 { 4 } else { 2 };
        scene.rule((x - half, y(0.5)), (x + half, y(0.5)), INK, thickness);
        let (mean, radius) = (frame.y(spread.mean()), (half / 2).clamp(2, 11));
        if radius > 4 {
            scene.add(Shape::Patch { corners: diamond((*x, mean), radius + 3), fill: PAPER });
        }
        scene.add(Shape::Patch { corners: diamond((*x, mean), radius), fill: INK });
    }

    /// Boxes too narrow for an outline are filled more strongly, so that they stand out from their whiskers.
    fn fill(&self) -> RGBColor {
        tint(self.spread.colour, if self.half >= 4 { 0.45 } else { 0.85 })
    }

    fn draw_whiskers(&self, scene: &mut Scene) {
        let (low, high) = self.spread.whiskers();
        let (ink, width) = if self.half >= 4 { (self.spread.colour, 2) } else { (tint(self.spread.colour, 0.45), 1) };
        for (value, quartile) in [(low, 0.25), (high, 0.75)] {
            let (end, start) = (self.frame.y(value), self.frame.y(self.spread.quantile(quartile)));
            scene.rule((self.x, start), (self.x, end), ink, width);
            if self.half >= 6 {
                scene.rule((self.x - self.half / 2, end), (self.x + self.half / 2, end), ink, width);
            }
        }
    }

    /// Outliers as dots, one for those that would cover each other; beyond the scale, one triangle at its edge.
    fn draw_outliers(&self, scene: &mut Scene) {
        let (low, high) = self.spread.whiskers();
        let radius = (self.half / 3).clamp(2, 5);
        let outside = self.spread.finite.iter().copied().filter(|loss| *loss < low || *loss > high);
        let mut heights: Vec<i32> =
            outside.filter(|loss| *loss <= self.frame.high).map(|loss| self.frame.y(loss)).collect();
        heights.dedup_by_key(|y| *y / radius);
        for y in heights {
            scene.add(Shape::Disc { centre: (self.x, y), radius, fill: self.spread.colour });
        }
        if self.spread.finite.last().is_some_and(|loss| *loss > self.frame.high) {
            let size = self.half.clamp(3, 9);
            scene.add(Shape::Patch { corners: triangle((self.x, self.frame.top - size), size), fill: ALERT });
        }
    }

    /// A cross above the slot, with the number of broken losses where there is room.
    fn draw_broken(&self, scene: &mut Scene) {
        let label = format!("✕ {}", self.spread.broken);
        let fits = f64::from(text_width(&label, SMALL)) < self.slot_width;
        let label = if fits { label } else { "✕".into() };
        let at = (self.x, self.frame.top - 20);
        scene.write(Words::new(label, at, SMALL).ink(ALERT).align(Align::Middle));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(finite: &[f64]) -> Spread {
        Spread { label: "1".into(), colour: INK, finite: finite.to_vec(), broken: 0 }
    }

    #[test]
    fn quartiles_and_whiskers_are_those_of_numpy_and_tukey() {
        let data = spread(&[1.0, 2.0, 3.0, 4.0, 10.0]);
        assert_eq!([0.25, 0.5, 0.75].map(|share| data.quantile(share)), [2.0, 3.0, 4.0]);
        assert_eq!(data.whiskers(), (1.0, 4.0));
        assert_eq!(data.mean(), 4.0);
        assert_eq!(spread(&[1.0, 2.0]).quantile(0.25), 1.25);
        assert!(spread(&[]).quantile(0.5).is_nan());
    }

    #[test]
    fn one_stray_model_does_not_flatten_the_others() {
        let normal = || spread(&[1.0, 1.5, 2.0]);
        let (low, high) = scale(&[normal(), normal(), spread(&[400.0, 500.0])]);
        assert!(low == 0.0 && high < 10.0, "{low} {high}");
    }

    #[test]
    fn the_scale_is_never_empty() {
        for losses in [&[][..], &[0.0], &[2.0], &[2.0, 2.0], &[1e300]] {
            let (low, high) = scale(&[spread(losses)]);
            assert!(low < high && high.is_finite(), "{losses:?}: {low} {high}");
        }
    }
}
