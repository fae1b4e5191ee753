//! What the reports of today do not show, in the kinds that must cope with it: levels, values below zero, crowds.

use super::axis::Axis;
use super::boxes::{Group, Spread};
use super::dots::Dot;
use super::frame::Mark;
use super::palette::{ALERT, INK, category};
use super::scene::Shape;
use super::testing::assert_drawable;
use super::*;
use crate::stats::Interval;

fn plot(kind: Kind) -> Plot {
    Plot { name: "plot", caption: "Differences.", title: "Differences", subtitle: "of two runs".into(), kind }
}

fn levels() -> Vec<Mark> {
    let levels = [(0.0, "no difference"), (0.001, "margin 0.001"), (0.002, "twice the margin"), (0.01, "far")];
    levels.map(|(at, label)| Mark::new(at, label.into(), ALERT)).into()
}

fn dots(count: usize) -> Plot {
    let ends = |index: usize| Interval { low: -0.001 * (index % 7) as f64, high: 0.004 };
    let dot = |index: usize| Dot { label: index.to_string(), value: 0.001, interval: Some(ends(index)), ink: INK };
    let upwards = Axis::around("difference", (0..count).flat_map(|index| [ends(index).low, ends(index).high]));
    let dots = (0..count).map(dot).collect();
    plot(Kind::Dots(Dots { height: 1000, upwards, slots: "submission (uid)", dots, levels: levels() }))
}

fn boxes(count: usize) -> Plot {
    let values = |index: usize| (0..50).map(|sample| 0.01 * ((index * 50 + sample) as f64).sin()).collect();
    let mut boxes: Vec<_> = (0..count).map(|index| Spread::new(index.to_string(), INK, values(index))).collect();
    boxes.push(Spread::new("stray".into(), INK, vec![-7.0, 7.0, f64::NAN]));
    let groups = ["one", "two"].map(|label| Group { label: label.into(), ink: category(0) }).into();
    plot(Kind::Boxes(Boxes { upwards: "difference", slots: "submission (uid)", boxes, levels: levels(), groups }))
}

#[test]
fn levels_and_values_below_zero_are_legible() {
    for (count, plot) in [1, 2, 8, 64, 256].into_iter().flat_map(|count| [(count, dots(count)), (count, boxes(count))])
    {
        assert_drawable(&format!("{count}: {plot:?}"), &plot.scene());
    }
}

#[test]
fn what_lies_outside_of_the_axis_is_left_out_or_marked() {
    let svg = dots(8).scene().to_svg().unwrap();
    assert!(svg.contains("margin 0.001") && !svg.contains("far"));
    let scene = boxes(8).scene();
    let is_triangle = |shape: &&Shape| matches!(shape, Shape::Patch { fill, .. } if *fill == ALERT);
    assert_eq!(scene.shapes().iter().filter(is_triangle).count(), 2);
    let svg = scene.to_svg().unwrap();
    assert!(svg.contains("▲ beyond the scale") && svg.contains("▼ below the scale"));
}
