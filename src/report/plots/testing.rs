//! What every picture must be. For tests only.

use super::scene::{Scene, Shape, Words};

fn words(scene: &Scene) -> Vec<&Words> {
    let words = scene.shapes().iter().filter_map(|shape| match shape {
        Shape::Words(words) => Some(words),
        _ => None,
    });
    words.collect()
}

/// No text of a scene leaves the picture or touches another.
pub(in crate::report) fn assert_legible(name: &str, scene: &Scene) {
    let (width, height) = (scene.size().0 as i32, scene.size().1 as i32);
    let words = words(scene);
    for (index, one) in words.iter().enumerate() {
        let ((left, top), (right, bottom)) = one.extent();
        assert!(left >= 0 && top >= 0 && right <= width && bottom <= height, "{name}: {one:?} leaves");
        for other in &words[..index] {
            let ((l, t), (r, b)) = other.extent();
            assert!(right <= l || r <= left || bottom <= t || b <= top, "{name}: {one:?} on {other:?}");
        }
    }
}

/// A scene is one whole SVG document without impossible places.
pub(in crate::report) fn assert_whole_svg(name: &str, scene: &Scene) {
    let svg = scene.to_svg().unwrap();
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\""), "{name}");
    assert!(svg.trim_end().ends_with("</svg>") && svg.matches("<svg").count() == 1, "{name}");
    assert!(svg.contains("aria-label=") && svg.contains("DejaVu Sans, sans-serif"), "{name}");
    assert!(!svg.contains("NaN\"") && !svg.contains("2147483647"), "{name}");
}
