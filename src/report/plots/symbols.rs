//! Small shapes around a point.

use plotters::style::RGBColor;

use super::scene::{Area, Point, Shape, at};

/// Shape and colour both tell series apart.
pub(in crate::report) fn marker(index: usize, centre: Point, fill: RGBColor) -> Shape {
    let Point { x, y } = centre;
    match index % 4 {
        0 => Shape::Disc { centre, radius: 8, fill },
        1 => Shape::Block { area: Area { left: x - 7, top: y - 7, right: x + 7, bottom: y + 7 }, fill },
        2 => triangle(centre, 9, fill),
        _ => diamond(centre, 10, fill),
    }
}

/// A triangle that points up, or down where `radius` is negative, as wide and high as twice its radius.
pub(in crate::report) fn triangle(centre: Point, radius: i32, fill: RGBColor) -> Shape {
    let Point { x, y } = centre;
    Shape::Patch { corners: vec![at(x, y - radius), at(x + radius, y + radius), at(x - radius, y + radius)], fill }
}

/// A square standing on a corner.
pub(in crate::report) fn diamond(centre: Point, radius: i32, fill: RGBColor) -> Shape {
    let Point { x, y } = centre;
    Shape::Patch { corners: vec![at(x, y - radius), at(x + radius, y), at(x, y + radius), at(x - radius, y)], fill }
}
