//! What every picture must be. For tests only.

use super::scene::{Area, Scene, Shape, Size};

/// A scene is a whole SVG in which no text leaves the picture or touches another.
pub(in crate::report) fn assert_drawable(name: &str, scene: &Scene) {
    assert_legible(name, scene);
    assert_whole_svg(name, scene);
}

/// No text of a scene leaves the picture or touches another.
fn assert_legible(name: &str, scene: &Scene) {
    let Size { width, height } = scene.size();
    let words = scene.shapes().iter().filter_map(|shape| match shape {
        Shape::Words(words) => Some(words),
        _ => None,
    });
    let words: Vec<_> = words.collect();
    for (index, one) in words.iter().enumerate() {
        let Area { left, top, right, bottom } = one.extent();
        assert!(left >= 0 && top >= 0 && right <= width && bottom <= height, "{name}: {one:?} leaves");
        for other in &words[..index] {
            assert!(!one.extent().touches(&other.extent()), "{name}: {one:?} on {other:?}");
        }
    }
}

/// A scene is one whole SVG document without impossible places.
fn assert_whole_svg(name: &str, scene: &Scene) {
    let svg = scene.to_svg().unwrap();
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\""), "{name}");
    assert!(svg.trim_end().ends_with("</svg>") && svg.matches("<svg").count() == 1, "{name}");
    assert!(svg.contains("aria-label=") && svg.contains("DejaVu Sans, sans-serif"), "{name}");
    assert!(!svg.contains("NaN\"") && !svg.contains("2147483647"), "{name}");
}
