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
    let perturbed = said["perturbed"].as_array().unwrap();
    assert!(!perturbed.is_empty() && !said["likenesses"].as_array().unwrap().is_empty());
    for row in perturbed {
        // Beyond 0.5 there is none.
        let epsilon = |name: &str| row[name].as_f64().unwrap_or(1.0);
        assert!(epsilon("no_gain_from_low") <= epsilon("no_gain_from"), "{row}");
        assert!(epsilon("no_gain_from") <= epsilon("no_gain_from_high"), "{row}");
        assert!(row["gain_at_own"].is_f64() && row["exact_at_own"].is_f64(), "{row}");
    }
    assert!(said["decay"].as_array().unwrap().len() > 60);
    // Uid 71 is a copy of uid 12.
    let copy = said["likenesses"].as_array().unwrap().iter().find(|row| row["uid"] == 71).unwrap();
    assert!(copy["like"] == 12 && copy["mean_difference"].as_f64().unwrap() < 0.001, "{copy}");
}

#[test]
fn a_rule_with_one_value_is_what_clones_and_copies_are_by() {
    let clones = |flags: &[&str]| {
        let folder = Folder::new("sweep");
        let said = sweep(&folder, &[&["--temperature", "0.04,0.08"], flags].concat());
        let ranks = said["points"].as_array().unwrap()[1]["ranks_changed"].as_u64().unwrap();
        (said["clones"].clone(), said["perturbed"][0]["exact_at_own"].clone(), ranks)
    };
    let (of_preset, own) = (clones(&[]), clones(&["--epsilon", "0.01"]));
    assert_eq!(of_preset, own, "the preset's epsilon, typed");
    let other = clones(&["--epsilon", "0.2"]);
    assert!(other.0 != own.0 && other.1 != own.1);
    // The second point has the preset's temperature, so it is what all is held against.
    assert_eq!((own.2, other.2), (0, 0));
    let folder = Folder::new("sweep");
    let said = folder.run_plain(&[&losses(), "--epsilon", "0.03", "--quiet"]).succeeded().stdout();
    assert!(said.contains("held against: finetuning-subnet with epsilon 0.03, temperature 0.08, alpha 0.9"), "{said}");
}

#[test]
fn the_sweep_of_a_run_begins_from_its_shares() {
    let evaluate = Folder::new("evaluate");
    evaluate.write("weighhouse.toml", "[competitions.l3]\nreward_share = 0.2\n[competitions.s1]\nreward_share = 0.8\n");
    let [submissions, samples] =
        ["fixtures/submissions.jsonl", "datasets/samples.jsonl"].map(|file| root().join(file).display().to_string());
    // Few samples suffice.
    evaluate
        .run_plain(&[&submissions, "--samples", &samples, "--samples-per-step", "8", "--out", "run", "--quiet"])
        .succeeded();
    let sweep = Folder::new("sweep");
    let run = evaluate.path("run").display().to_string();
    let said = sweep.run_plain(&[&run, "--epsilon", "0.01", "--quiet"]).succeeded().stdout();
    assert!(said.contains("reward shares l3 0.2, s1 0.8."), "{said}");
    let settings = std::fs::read_to_string(sweep.path("reports/sweep/run.json")).unwrap();
    assert!(settings.contains("reward 0.8"), "{settings}");
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
        (&["--candidate", "80", "--preset", "coldint,pretraining"], 2, "by the rules of one network"),
        (&["--epsilon", "0.01,0.010"], 2, "has the value 0.01 twice"),
        (&["--clone-blocks", "1,5000000,1"], 2, "has the value 1 twice"),
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
