//! Every plot of every calibration is a valid picture in which no text leaves the picture or touches another.

use super::*;
use crate::report::Summary;
use crate::report::calibration::testing;
use crate::report::plots::scene::{Scene, Shape};
use crate::report::plots::testing::assert_drawable;

fn names(findings: &CalibrationFindings) -> Vec<&'static str> {
    plots(findings).into_iter().map(|plot| plot.name).collect()
}

/// All text of one plot.
fn texts(findings: &CalibrationFindings, name: &str) -> String {
    let plot = plots(findings).into_iter().find(|plot| plot.name == name).unwrap();
    plot.scene().to_svg().unwrap()
}

#[test]
fn every_plot_is_whole_and_no_text_leaves_it_or_touches_another() {
    for (case, findings) in testing::cases() {
        for plot in plots(&findings) {
            assert_drawable(&format!("{case}, {}", plot.name), &plot.scene());
        }
    }
}

#[test]
fn curves_of_copies_are_drawn_only_where_there_are_copies() {
    assert_eq!(names(&testing::findings(50, 2, None)), ["scores", "fpr"]);
    assert_eq!(names(&testing::labelled()), NAMES[..5], "and no grid, which nobody asked for");
}

#[test]
fn plots_name_the_threshold_the_target_and_the_kinds() {
    let findings = testing::labelled();
    for (name, expected) in [
        ("scores", &["threshold 0.95 (given)", "independent: 1639 responses", "words 30 %: 200 responses"][..]),
        ("fpr", &["0.95 given, in use", "target 0.5 %", "empirical (pair)", "minibatch: 3.00 %", "0.1 %"]),
        ("roc", &["recorded copies: ", "exact: 1.0000", "threshold 0.95 in use", "chance: 0.5"]),
        ("det", &["exact: 0 %, no line", "equal errors", "0.1 %", "50 %"]),
        ("attacks", &["truncated", "recorded copies", "exact", "words 30 %"]),
    ] {
        let text = texts(&findings, name);
        expected.iter().for_each(|word| assert!(text.contains(word), "{name}: {word}"));
    }
}

/// The line of a unit ends at the bottom where no flag is seen, its band where even a flag more may be.
#[test]
fn without_a_flag_the_band_says_what_may_still_be() {
    let plot = |alike| plots(&testing::findings(300, alike, Some(0.95))).remove(1).scene();
    let bands = |scene: &Scene| scene.shapes().iter().filter(|shape| matches!(shape, Shape::Patch { .. })).count();
    assert_eq!((bands(&plot(5)), bands(&plot(0))), (3, 3));
    assert_eq!(bands(&plots(&testing::judged(vec![], vec![], &testing::spec(None))).remove(1).scene()), 0);
}

#[test]
#[ignore = "writes pictures to look at into the folder that WEIGHHOUSE_PLOTS names"]
fn gallery() {
    let folder = std::path::PathBuf::from(std::env::var_os("WEIGHHOUSE_PLOTS").unwrap());
    for (case, findings) in testing::cases() {
        let case = case.replace(' ', "-");
        let page = crate::report::ReportFolder::open(folder.join(&case)).unwrap();
        page.write(&findings, &testing::record()).unwrap();
        std::fs::write(folder.join(format!("{case}.txt")), findings.terminal()).unwrap();
    }
}
