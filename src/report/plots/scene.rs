//! A picture as a list of plain shapes, and its two media. Composing a plot cannot fail and is independent of the
//! medium; only drawing it can. One unit is half a CSS pixel, so that both media place shapes finely: the SVG is shown
//! at half its coordinates, the PNG has one pixel per unit, smoothed from four.

use std::sync::OnceLock;

use plotters::backend::{BitMapBackend, SVGBackend};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, FontTransform, RGBColor, ShapeStyle, TextStyle};

use super::palette::{INK, PAPER};
use crate::report::error::PlotError;

/// The family as SVG viewers look it up; for the PNG, DejaVu Sans is registered under this very name.
const FAMILY: &str = "DejaVu Sans, sans-serif";

/// Height of a font, from ascender to descender, in em: what plotters' rasteriser takes as the font's size.
const RASTER_SIZE_PER_EM: f64 = 1.1641;

/// A place, in units from the top left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) struct Point {
    pub x: i32,
    pub y: i32,
}

/// The place `x` units from the left and `y` from the top.
pub(in crate::report) const fn at(x: i32, y: i32) -> Point {
    Point { x, y }
}

/// Width and height in units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) struct Size {
    pub width: i32,
    pub height: i32,
}

/// An upright rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) struct Area {
    pub left: i32,
    pub top: i32,
    pub right: i32,
    pub bottom: i32,
}

impl Area {
    pub fn width(&self) -> i32 {
        self.right - self.left
    }

    pub fn height(&self) -> i32 {
        self.bottom - self.top
    }

    /// Its middle, rounded to the top left.
    pub fn middle(&self) -> Point {
        at((self.left + self.right) / 2, (self.top + self.bottom) / 2)
    }

    /// Whether the two have a place in common, other than on their edges.
    #[cfg(test)]
    pub fn touches(&self, other: &Self) -> bool {
        self.right > other.left && other.right > self.left && self.bottom > other.top && other.bottom > self.top
    }
}

/// One thing to draw.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) enum Shape {
    /// A filled rectangle.
    Block { area: Area, fill: RGBColor },
    /// A filled polygon with its corners in order.
    Patch { corners: Vec<Point>, fill: RGBColor },
    /// An open line through points.
    Line { points: Vec<Point>, ink: RGBColor, width: u32 },
    /// A filled disc.
    Disc { centre: Point, radius: i32, fill: RGBColor },
    /// A line of text.
    Words(Words),
}

/// Where a text lies relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Align {
    /// It begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// A line of text, placed by its baseline.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Words {
    text: String,
    at: Point,
    em: i32,
    ink: RGBColor,
    align: Align,
    bold: bool,
    turned: bool,
}

impl Words {
    /// Text that starts at `at` on its baseline, `em` units high.
    pub fn new(text: impl Into<String>, at: Point, em: i32) -> Self {
        Self { text: text.into(), at, em, ink: INK, align: Align::Start, bold: false, turned: false }
    }

    /// The same with another alignment.
    pub fn align(self, align: Align) -> Self {
        Self { align, ..self }
    }

    /// The same in another ink.
    pub fn ink(self, ink: RGBColor) -> Self {
        Self { ink, ..self }
    }

    /// The same in bold.
    pub fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// The same, turned to read upwards.
    pub fn turned(self) -> Self {
        Self { turned: true, ..self }
    }

    /// Where the text lies.
    pub fn extent(&self) -> Area {
        let width = text_width(&self.text, self.em);
        let before = match self.align {
            Align::Start => 0,
            Align::Middle => width / 2,
            Align::End => width,
        };
        let Point { x, y } = self.at;
        let (above, below) = (self.em * 3 / 4, self.em / 4);
        if self.turned {
            Area { left: x - above, top: y + before - width, right: x + below, bottom: y + before }
        } else {
            Area { left: x - before, top: y - above, right: x - before + width, bottom: y + below }
        }
    }
}

/// Width of `text` in units.
pub(in crate::report) fn text_width(text: &str, em: i32) -> i32 {
    // A font is looked up as soon as it is described, hence after it is registered.
    let measure = || {
        register_fonts().ok()?;
        let size = f64::from(em) * RASTER_SIZE_PER_EM;
        FontDesc::new(FontFamily::Name(FAMILY), size, FontStyle::Normal).box_size(text).ok()
    };
    measure().map_or_else(|| text.chars().count() as i32 * em * 3 / 5, |(width, _)| width as i32)
}

/// A picture: its size in units, what it shows and its shapes, later ones over earlier ones.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Scene {
    size: Size,
    about: String,
    shapes: Vec<Shape>,
}

impl Scene {
    /// An empty white picture; `about` describes it to those who cannot see it.
    pub fn new(size: Size, about: impl Into<String>) -> Self {
        Self { size, about: about.into(), shapes: Vec::new() }
    }

    /// Adds a shape on top.
    pub fn add(&mut self, shape: Shape) {
        self.shapes.push(shape);
    }

    /// Adds a filled rectangle on top.
    pub fn block(&mut self, area: Area, fill: RGBColor) {
        self.shapes.push(Shape::Block { area, fill });
    }

    /// Adds text on top.
    pub fn write(&mut self, words: Words) {
        self.shapes.push(Shape::Words(words));
    }

    /// Adds a straight line on top.
    pub fn rule(&mut self, from: Point, to: Point, ink: RGBColor, width: u32) {
        self.shapes.push(Shape::Line { points: vec![from, to], ink, width });
    }

    /// Size in units.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The shapes, bottom first.
    #[cfg(test)]
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// The picture as an SVG document, described for screen readers.
    pub fn to_svg(&self) -> Result<String, PlotError> {
        register_fonts()?;
        let mut svg = String::new();
        let backend = SVGBackend::with_string(&mut svg, VECTOR.extent(self.size));
        self.draw(backend.into_drawing_area(), &VECTOR)?;
        let body = svg.split_once('\n').map_or("", |(_head, body)| body);
        Ok(format!("{}\n{body}", self.svg_head()))
    }

    /// The picture as a PNG file.
    pub fn to_png(&self) -> Result<Vec<u8>, PlotError> {
        register_fonts()?;
        let (width, height) = RASTER.extent(self.size);
        let mut pixels = vec![0; (width * height * 3) as usize];
        self.draw(BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area(), &RASTER)?;
        encode_png(&halved(&pixels, width as usize), self.size).map_err(PlotError::from_backend)
    }

    fn draw<B: DrawingBackend>(&self, area: DrawingArea<B, Shift>, medium: &Medium) -> Result<(), PlotError> {
        area.fill(&PAPER).map_err(PlotError::from_backend)?;
        self.shapes.iter().try_for_each(|shape| medium.draw(&area, shape))?;
        area.present().map_err(PlotError::from_backend)
    }

    fn svg_head(&self) -> String {
        let Size { width, height } = self.size;
        let about = minijinja::HtmlEscape(&self.about);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {width} {height}\" \
             role=\"img\" aria-label=\"{about}\">",
            width / 2,
            height / 2
        )
    }
}

/// How a medium differs from the units of a scene.
struct Medium {
    /// Its coordinates per unit.
    scale: i32,
    /// What plotters calls the size of a font one em high.
    size_per_em: f64,
    /// From the top of a text, as plotters places it, down to its baseline, in em.
    ascent_per_em: f64,
}

const VECTOR: Medium = Medium { scale: 1, size_per_em: 1.24, ascent_per_em: 0.76 };

const RASTER: Medium = Medium { scale: 2, size_per_em: RASTER_SIZE_PER_EM, ascent_per_em: RASTER_SIZE_PER_EM / 2.0 };

impl Medium {
    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>, shape: &Shape) -> Result<(), PlotError> {
        match shape {
            Shape::Block { area: Area { left, top, right, bottom }, fill } => {
                let corners = [at(*left, *top), at(*right, *bottom)].map(|corner| self.place(corner));
                area.draw(&Rectangle::new(corners, fill.filled()))
            }
            Shape::Patch { corners, fill } => area.draw(&Polygon::new(self.places(corners), fill.filled())),
            Shape::Line { points, ink, width } => {
                let style = ShapeStyle::from(ink).stroke_width(width * self.scale as u32);
                area.draw(&PathElement::new(self.places(points), style))
            }
            Shape::Disc { centre, radius, fill } => {
                area.draw(&Circle::new(self.place(*centre), radius * self.scale, fill.filled()))
            }
            Shape::Words(words) => area.draw_text(&words.text, &self.style(words), self.anchor(words)),
        }
        .map_err(PlotError::from_backend)
    }

    /// A size as plotters takes it.
    fn extent(&self, size: Size) -> (u32, u32) {
        ((size.width * self.scale) as u32, (size.height * self.scale) as u32)
    }

    /// A place as plotters takes it.
    fn place(&self, point: Point) -> (i32, i32) {
        (point.x * self.scale, point.y * self.scale)
    }

    fn places(&self, points: &[Point]) -> Vec<(i32, i32)> {
        points.iter().map(|point| self.place(*point)).collect()
    }

    fn style(&self, words: &Words) -> TextStyle<'static> {
        let style = if words.bold { FontStyle::Bold } else { FontStyle::Normal };
        let transform = if words.turned { FontTransform::Rotate270 } else { FontTransform::None };
        let size = f64::from(words.em * self.scale) * self.size_per_em;
        let horizontal = match words.align {
            Align::Start => HPos::Left,
            Align::Middle => HPos::Center,
            Align::End => HPos::Right,
        };
        let font = FontDesc::new(FontFamily::Name(FAMILY), size, style).transform(transform);
        TextStyle { font, color: words.ink.to_backend_color(), pos: Pos::new(horizontal, VPos::Top) }
    }

    /// Where plotters has to be told to put the top of a text so that its baseline is in its place.
    fn anchor(&self, words: &Words) -> (i32, i32) {
        let (x, y) = self.place(words.at);
        let ascent = (f64::from(words.em * self.scale) * self.ascent_per_em).round() as i32;
        if words.turned { (x - ascent, y) } else { (x, y - ascent) }
    }
}

fn register_fonts() -> Result<(), PlotError> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    let register = |style, bytes| plotters::style::register_font(FAMILY, style, bytes).is_ok();
    let registered = REGISTERED.get_or_init(|| {
        register(FontStyle::Normal, dejavu::sans::regular()) && register(FontStyle::Bold, dejavu::sans::bold())
    });
    if *registered { Ok(()) } else { Err(PlotError("the built-in font DejaVu Sans cannot be read".into())) }
}

/// The image at half its size: each pixel the mean of four. `width` is that of `pixels`, three bytes each.
fn halved(pixels: &[u8], width: usize) -> Vec<u8> {
    let row = width * 3;
    let mut small = Vec::with_capacity(pixels.len() / 4);
    for pair in pixels.chunks_exact(2 * row) {
        let (upper, lower) = pair.split_at(row);
        for (upper, lower) in upper.chunks_exact(6).zip(lower.chunks_exact(6)) {
            for channel in 0..3 {
                let four = [upper[channel], upper[channel + 3], lower[channel], lower[channel + 3]];
                small.push(((four.iter().map(|value| u16::from(*value)).sum::<u16>() + 2) / 4) as u8);
            }
        }
    }
    small
}

fn encode_png(pixels: &[u8], size: Size) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, size.width as u32, size.height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // Flat colours repeat whole rows: without a row filter they compress best, to a quarter of the default's size.
    encoder.set_compression(png::Compression::Default);
    encoder.set_filter(png::FilterType::NoFilter);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(file)
}
