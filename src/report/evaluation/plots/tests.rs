//! Every plot of every size is a valid picture in which no text leaves the picture or touches another text.

use super::*;
use crate::outcome::SampleOutcome;
use crate::report::evaluation::testing;
use crate::report::plots::scene::{Scene, Size};
use crate::report::plots::testing::assert_drawable;

fn scenes(evaluation: &Evaluation) -> Vec<Scene> {
    plots(evaluation).into_iter().map(|plot| plot.scene()).collect()
}

/// Evaluations that a plot must cope with.
fn cases() -> Vec<(String, Evaluation)> {
    let mut cases: Vec<(String, Evaluation)> = Vec::new();
    for submissions in [0, 1, 2, 3, 8, 16, 17, 64, 256] {
        for steps in [0, 1, 2, 100] {
            cases.push((format!("{submissions} × {steps}"), testing::evaluation(submissions, 20, steps)));
        }
    }
    for (name, outcome) in [
        ("equal", SampleOutcome::measured(2.0, 14)),
        ("zero", SampleOutcome::measured(0.0, 14)),
        ("nan", SampleOutcome::measured(f64::NAN, 14)),
        ("inf", SampleOutcome::measured(f64::INFINITY, 14)),
        ("huge", SampleOutcome::measured(1e300, 14)),
        ("failed", SampleOutcome::failed(14)),
    ] {
        let mut evaluation = testing::evaluation(8, 20, 2);
        evaluation.outcomes.iter_mut().flatten().for_each(|place| *place = outcome);
        cases.push((name.into(), evaluation));
    }
    let mut unjudged = testing::evaluation(8, 20, 3);
    unjudged.judgement.steps.iter_mut().for_each(|step| step.weights.fill(f64::NAN));
    cases.push(("weights nan".into(), unjudged));
    let mut unmeasured = testing::evaluation(8, 0, 1);
    unmeasured.outcomes.iter_mut().for_each(Vec::clear);
    cases.push(("no samples".into(), unmeasured));
    cases
}

#[test]
fn every_plot_is_whole_and_no_text_leaves_it_or_touches_another() {
    for (name, evaluation) in cases() {
        scenes(&evaluation).iter().for_each(|scene| assert_drawable(&name, scene));
    }
}

#[test]
fn pngs_have_the_size_of_their_scene_and_are_not_blank() {
    for submissions in [0, 1, 8, 64] {
        for scene in scenes(&testing::evaluation(submissions, 20, 3)) {
            let png = scene.to_png().unwrap();
            let mut reader = png::Decoder::new(png.as_slice()).read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size()];
            let info = reader.next_frame(&mut pixels).unwrap();
            assert_eq!(Size { width: info.width as i32, height: info.height as i32 }, scene.size());
            assert!(pixels.iter().any(|value| *value < 100) && pixels.ends_with(&[255; 30]));
        }
    }
}

#[test]
fn large_matrices_stay_small_files() {
    let svg = wins(&testing::evaluation(256, 20, 2)).scene().to_svg().unwrap();
    assert!(svg.len() < 6_000_000, "{}", svg.len());
}

#[test]
fn the_map_sums_steps_and_orders_by_competition_and_rate() {
    let evaluations = [testing::evaluation(6, 30, 2), testing::evaluation(6, 30, 4)];
    let [once, twice] = evaluations.each_ref().map(|evaluation| &evaluation.judgement.pairs);
    let pairs = (0..36).map(|cell| (cell / 6, cell % 6));
    assert!(pairs.into_iter().all(|(a, b)| once.total(a, b).wins * 2 == twice.total(a, b).wins));
    let [HeatMap { rows: Side { labels, .. }, cells, .. }, twice] = evaluations.each_ref().map(win_map);
    assert_eq!((&labels, &cells), (&twice.rows.labels, &twice.cells));
    // uids 1, 7, 13 are in the first competition; of 4, 10, 16 the last was skipped and has no match.
    let mut groups = [labels[..3].to_vec(), labels[3..].to_vec()];
    groups.iter_mut().for_each(|group| group.sort());
    assert_eq!(groups, [vec!["1", "13", "7"], vec!["10", "4"]]);
    let rate = |row: usize| cells[row * 5..][..3].iter().flatten().sum::<f64>();
    assert!(rate(0) >= rate(1) && rate(1) >= rate(2));
    assert_eq!([cells[0], cells[4]], [None, None]);
}

#[test]
fn the_heaviest_come_first_and_nan_last() {
    let mut evaluation = testing::evaluation(4, 10, 2);
    evaluation.judgement.steps[1].weights = vec![0.1, f64::NAN, 0.3, 0.2];
    let order: Vec<_> = courses(&evaluation).into_iter().map(|course| course.label).collect();
    assert_eq!(order, ["7", "10", "1", "4"]);
}

#[test]
#[ignore = "writes pictures to look at into the folder that WEIGHHOUSE_PLOTS names"]
fn gallery() {
    let folder = std::path::PathBuf::from(std::env::var_os("WEIGHHOUSE_PLOTS").unwrap());
    let page = crate::report::ReportFolder::open(folder.join("page")).unwrap();
    page.write(&testing::evaluation(8, 200, 12), &testing::record()).unwrap();
    for (submissions, steps) in [(0, 0), (1, 1), (3, 1), (8, 12), (16, 1), (32, 40), (64, 200), (256, 1), (256, 6)] {
        for plot in plots(&testing::evaluation(submissions, 200, steps)) {
            let figure = plot.draw(&folder).unwrap();
            let name = format!("{}-{submissions}-{steps}", figure.name);
            std::fs::write(folder.join(format!("{name}.png")), &figure.png).unwrap();
            std::fs::write(folder.join(format!("{name}.svg")), &figure.svg).unwrap();
        }
    }
}
