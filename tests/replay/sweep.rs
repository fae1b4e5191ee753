//! `weighhouse sweep`: each point is what a replay by its rules comes to; two settings make a map; and what is refused.

use serde_json::Value;

use crate::folder::{Folder, root};

fn losses() -> String {
    root().join("datasets/losses.jsonl").display().to_string()
}

/// Sweeps over the dataset and gives the JSON on stdout.
fn sweep(folder: &Folder, arguments: &[&str]) -> Value {
    let losses = losses();
    let all = [&[losses.as_str(), "--out", "out", "--format", "json", "--quiet"], arguments].concat();
    serde_json::from_str(&folder.run_plain(&all).succeeded().stdout()).unwrap()
}

#[test]
fn a_point_is_what_a_replay_by_its_rules_comes_to() {
    let (folder, replay) = (Folder::new("sweep"), Folder::new("replay"));
    sweep(&folder, &["--epsilon", "0:0.04:0.02", "--alpha", "0.5,0.9", "--temperature", "0.04"]);
    let points = folder.table("points");
    assert_eq!(points.rows(), 6);
    let grid = ["wins", &losses(), "--temperature", "0.04", "--resamples", "1000", "--grid"];
    replay.run_plain(&[&grid[..], &["epsilon=0:0.04:0.02 alpha=0.5,0.9"]].concat()).succeeded();
    let grid = replay.table_of("reports/replay-wins", "grid");
    let (figures, results) = (grid.texts("figure"), grid.floats("result"));
    let figure = |name: &str| -> Vec<u64> {
        let named = figures.iter().zip(&results).filter(|(figure, _)| *figure == name);
        named.map(|(_, result)| result.unwrap().to_bits()).collect()
    };
    let bits = |values: Vec<Option<f64>>| values.into_iter().map(|value| value.unwrap().to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(points.floats("leader_weight")), figure("leader's weight"));
    let leaders: Vec<u64> = points.numbers("leader").into_iter().map(|uid| f64::from(uid).to_bits()).collect();
    assert_eq!(leaders, figure("leader"));
    let whole =
        |name: &str| points.counts(name).into_iter().map(|count| (count.unwrap() as f64).to_bits()).collect::<Vec<_>>();
    assert_eq!((whole("paid"), whole("kept")), (figure("paid"), figure("kept")));
    assert!(points.floats("another_leads").iter().all(|share| share.is_some_and(|share| (0.0..=1.0).contains(&share))));
    assert!(folder.path("out/leader.svg").exists() && replay.path("reports/replay-wins/grid.svg").exists());
}

#[test]
fn a_candidate_copies_and_clones_are_told() {
    let folder = Folder::new("sweep");
    let flags = ["--epsilon", "0,0.02,linear:0.05:0.01:36000", "--candidate", "96", "--samples-per-step", "40,160"];
    let said = sweep(&folder, &flags);
    let chances = said["chances"].as_array().unwrap();
    assert_eq!(chances.len(), 6);
    for chance in chances {
        let number = |name: &str| chance[name].as_f64().unwrap();
        let (low, value, high) = (number("probability_low"), number("probability"), number("probability_high"));
        assert!(low <= value && value <= high, "{chance}");
        assert!(number("reduction_50") <= number("reduction_90"), "{chance}");
    }
    let clones = said["clones"].as_array().unwrap();
    assert!(clones.iter().any(|row| row["clones"] == 20) && clones.iter().all(|row| row["uid"].is_u64()));
    assert!(!said["perturbed"].as_array().unwrap().is_empty() && !said["likenesses"].as_array().unwrap().is_empty());
    assert!(said["decay"].as_array().unwrap().len() > 60);
    // Uid 71 is a copy of uid 12.
    let copy = said["likenesses"].as_array().unwrap().iter().find(|row| row["uid"] == 71).unwrap();
    assert!(copy["like"] == 12 && copy["mean_difference"].as_f64().unwrap() < 0.001, "{copy}");
}

#[test]
fn equal_sweeps_write_equal_tables() {
    let [one, other] = [(); 2].map(|()| {
        let folder = Folder::new("sweep");
        sweep(&folder, &["--epsilon", "0,0.01", "--candidate", "80"]);
        ["points", "leaders", "chances", "clones", "perturbed", "likenesses", "decay"]
            .map(|name| std::fs::read(folder.path(&format!("out/{name}.parquet"))).unwrap())
    });
    assert!(one == other);
}

#[test]
fn what_cannot_be_swept_is_refused_in_one_line() {
    let folder = Folder::new("sweep");
    for (flags, code, said) in [
        (&["--epsilon", "0.02:0.01:0.001"][..], 2, "expected an END that is not below START"),
        (&["--epsilon", "0:0.5:0.001", "--alpha", "0:0.5:0.001"], 2, "more than 100000 points"),
        (&["--epsilon", ""], 2, "--epsilon"),
        (&["--candidate", "9999"], 2, "uid 9999 is not in the last recorded step"),
        (&["--candidate", "44"], 2, "uid 44 is not in the last recorded step"),
        (&["--at-block", "7"], 2, "--candidate UID"),
    ] {
        let losses = losses();
        let refusal = folder.run_plain(&[&[losses.as_str()], flags].concat()).refused(code);
        assert!(refusal.contains(said), "{flags:?}: {refusal}");
    }
    let refusal = folder.run_plain(&["nothing.jsonl"]).refused(66);
    assert!(refusal.contains("nothing.jsonl"), "{refusal}");
    std::fs::create_dir_all(folder.path("reports/replay-wins")).unwrap();
    folder.write("reports/replay-wins/run.json", "{}");
    let refusal = folder.run_plain(&["reports/replay-wins"]).refused(65);
    assert!(refusal.contains("run.json"), "{refusal}");
}
