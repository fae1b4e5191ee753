//! Two recordings of losses: the statistical gate.

use crate::workbench::{compared, moved, recording, usual, verdict, wave};

#[test]
fn the_same_losses_are_ok_and_everything_is_written() {
    let text = recording(60, usual);
    let (folder, run) = compared(&text, &text, &[]);
    let stdout = run.succeeded().stdout();
    assert!(stdout.trim_end().ends_with("ok: b.jsonl against a.jsonl"), "{stdout}");
    assert!(stdout.contains("identical"), "{stdout}");
    for file in ["run.json", "report.html", "verdict.json", "verdict.md", "junit.xml", "submissions.parquet"] {
        assert!(folder.path("out").join(file).is_file(), "{file}");
    }
    let found = verdict(&folder);
    assert_eq!((&found["verdict"], &found["cells"]["differing"]), (&"ok".into(), &serde_json::json!([])));
    assert_eq!(found["submissions"][0]["win_rate_change"], 0.0);
}

#[test]
fn a_rise_beyond_the_margins_is_a_regression_everywhere() {
    let baseline = recording(200, usual);
    let candidate = recording(200, |uid, sample| moved(uid, sample, if uid == 5 { 0.2 } else { 0.0 }, 0.02));
    let (folder, run) = compared(&baseline, &candidate, &["--format", "json"]);
    assert_eq!(run.code(), 3, "{}", run.stderr());
    let found = verdict(&folder);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&run.stdout()).unwrap(), found);
    assert_eq!(found["verdict"], "regressed");
    let rows = found["submissions"].as_array().unwrap();
    assert_eq!((&rows[0]["uid"], &rows[0]["verdict"]), (&5.into(), &"regressed".into()), "the worst comes first");
    assert!(rows[1..].iter().all(|row| row["verdict"] == "ok"), "{rows:?}");
    assert!(rows[0]["win_rate_change_high"].as_f64().unwrap() < 0.0);
    assert!(rows[0]["p_value_adjusted"].as_f64().unwrap() <= 0.05);
    let junit = std::fs::read_to_string(folder.path("out/junit.xml")).unwrap();
    assert!(junit.contains("<testsuite name=\"statistical\" tests=\"3\" failures=\"1\""), "{junit}");
    assert!(junit.contains("name=\"uid 5\"><failure message=\"losses rose beyond the margins\"/>"), "{junit}");
    // The exact gate does not rule here, and so fails nothing.
    assert!(
        junit.contains("<testsuite name=\"exact\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\">"),
        "{junit}"
    );
    let markdown = std::fs::read_to_string(folder.path("out/verdict.md")).unwrap();
    assert!(markdown.starts_with("### regressed: b.jsonl against a.jsonl\n\n| uid |"), "{markdown}");
    assert!(std::fs::read_to_string(folder.path("out/report.html")).unwrap().contains("regressed: b.jsonl"));
}

#[test]
fn what_the_samples_cannot_tell_is_inconclusive_and_fails_only_on_demand() {
    let baseline = recording(30, usual);
    let candidate = recording(30, |uid, sample| moved(uid, sample, 0.02, 0.3));
    let (folder, run) = compared(&baseline, &candidate, &[]);
    run.succeeded();
    assert_eq!(verdict(&folder)["verdict"], "inconclusive");
    let (folder, run) = compared(&baseline, &candidate, &["--fail-on-inconclusive"]);
    assert_eq!(run.code(), 5);
    let junit = std::fs::read_to_string(folder.path("out/junit.xml")).unwrap();
    assert!(junit.contains("failures=\"3\"") && junit.contains("on both sides of a margin"), "{junit}");
}

#[test]
fn one_sample_tells_nothing() {
    let (folder, run) = compared(&recording(1, |_, _| 1.0), &recording(1, |_, _| 9.0), &[]);
    let stdout = run.succeeded().stdout();
    assert_eq!(verdict(&folder)["verdict"], "inconclusive");
    assert!(stdout.contains("sources of equal size: 1; it takes 20"), "{stdout}");
}

#[test]
fn a_loss_that_became_none_is_a_regression_and_one_that_was_none_is_not() {
    let broken = |uid, sample| if uid == 8 && sample == 4 { f64::NAN } else { usual(uid, sample) };
    let (whole, hurt) = (recording(40, usual), recording(40, broken));
    let (folder, run) = compared(&whole, &hurt, &[]);
    assert_eq!(run.code(), 3, "{}", run.stderr());
    let row = &verdict(&folder)["submissions"][0];
    assert_eq!((&row["uid"], &row["broken"]), (&8.into(), &1.into()));
    assert_eq!(row["note"], "1 loss is no number any more");
    let (folder, run) = compared(&hurt, &whole, &[]);
    run.succeeded();
    let found = verdict(&folder);
    let mended = found["submissions"].as_array().unwrap().iter().find(|row| row["uid"] == 8).unwrap();
    assert_eq!((&mended["mended"], &mended["samples"]), (&1.into(), &39.into()));
    let (folder, run) = compared(&hurt, &hurt, &[]);
    run.succeeded();
    assert_eq!(verdict(&folder)["verdict"], "ok", "NaN in both is the same");
}

#[test]
fn the_order_of_rows_says_nothing() {
    let (baseline, candidate) = (recording(50, usual), recording(50, |uid, sample| moved(uid, sample, 0.1, 0.05)));
    let mut lines: Vec<&str> = candidate.lines().collect();
    lines.reverse();
    let ((one, run), (other, again)) =
        (compared(&baseline, &candidate, &[]), compared(&baseline, &(lines.join("\n") + "\n"), &[]));
    assert_eq!(run.code(), again.code());
    let tables = |folder: &crate::folder::Folder| std::fs::read(folder.path("out/submissions.parquet")).unwrap();
    assert!(tables(&one) == tables(&other));
}

#[test]
fn samples_of_one_source_count_as_one() {
    let with_sources = |text: &str| {
        let source = |line: &str| {
            let sample: usize = line.split("\"s").nth(2).unwrap().split('"').next().unwrap().parse().unwrap();
            line.replace("\"loss\"", &format!("\"source\": \"from {}\", \"loss\"", sample / 10))
        };
        text.lines().map(source).collect::<Vec<_>>().join("\n") + "\n"
    };
    // What samples of a source have in common moves them together.
    let together = |uid: u32, sample: usize| usual(uid, sample) + 0.06 * wave(77 + sample / 10) + 0.001 * wave(sample);
    let (baseline, candidate) = (recording(400, usual), recording(400, together));
    let error = |baseline: &str, candidate: &str| {
        let (folder, run) = compared(baseline, candidate, &[]);
        assert_eq!(run.code(), 0, "{}", run.stderr());
        let row = verdict(&folder)["submissions"][0].clone();
        (
            row["sources"].as_u64().unwrap(),
            row["difference_high"].as_f64().unwrap() - row["difference_low"].as_f64().unwrap(),
        )
    };
    let (alone, narrow) = error(&baseline, &candidate);
    let (sources, wide) = error(&with_sources(&baseline), &with_sources(&candidate));
    assert_eq!((alone, sources), (400, 40));
    assert!(wide > 2.0 * narrow, "{wide} {narrow}");
}

#[test]
fn the_gate_may_be_chosen() {
    let (baseline, candidate) = (recording(60, usual), recording(60, |uid, sample| moved(uid, sample, 0.0, 1e-4)));
    assert_eq!(compared(&baseline, &candidate, &[]).1.code(), 0);
    assert_eq!(compared(&baseline, &candidate, &["--gate", "exact"]).1.code(), 3);
    assert_eq!(compared(&baseline, &candidate, &["--gate", "exact", "--atol", "0.001"]).1.code(), 0);
    assert_eq!(compared(&baseline, &candidate, &["--gate", "both"]).1.code(), 3);
    assert_eq!(compared(&baseline, &candidate, &["--gate", "statistical"]).1.code(), 0);
}

#[test]
fn rare_rises_are_allowed_for_on_demand() {
    let (baseline, candidate) = (recording(60, usual), recording(60, |uid, sample| moved(uid, sample, 0.0, 0.005)));
    let (_, run) = compared(&baseline, &candidate, &[]);
    assert!(run.succeeded().stdout().contains("Rises in fewer than 4.87 % of the samples cannot be seen"));
    let (folder, run) = compared(&baseline, &candidate, &["--tail-loss", "5"]);
    run.succeeded();
    let found = verdict(&folder);
    assert_eq!(found["verdict"], "inconclusive");
    assert!(found["submissions"][0]["note"].as_str().unwrap().starts_with("rare rises; about "), "{found}");
}

#[test]
fn equal_comparisons_write_equal_files() {
    let (baseline, candidate) = (recording(60, usual), recording(60, |uid, sample| moved(uid, sample, 0.05, 0.1)));
    let ((one, _), (other, _)) = (compared(&baseline, &candidate, &[]), compared(&baseline, &candidate, &[]));
    for entry in std::fs::read_dir(one.path("out")).unwrap() {
        let name = entry.unwrap().file_name();
        let read = |folder: &crate::folder::Folder| std::fs::read(folder.path("out").join(&name)).unwrap();
        assert!(read(&one) == read(&other), "{name:?}");
    }
}

#[test]
fn a_source_that_one_side_tells_counts_for_both() {
    let text = recording(40, usual);
    let told = text.replace("\"loss\"", "\"source\": \"one\", \"loss\"");
    for (baseline, candidate) in [(&text, &told), (&told, &text)] {
        let (folder, run) = compared(baseline, candidate, &[]);
        run.succeeded();
        assert_eq!(verdict(&folder)["submissions"][0]["sources"], 1);
    }
}

#[test]
fn a_later_block_changes_the_win_rate_without_a_change_of_losses() {
    let text = recording(60, |uid, sample| usual(uid, sample) * if uid == 3 { 0.995 } else { 1.0 });
    let later = text.replace("\"block\": 103", "\"block\": 903");
    let (folder, run) = compared(&text, &later, &[]);
    run.succeeded();
    let rows = verdict(&folder)["submissions"].as_array().unwrap().clone();
    let first = rows.iter().find(|row| row["uid"] == 3).unwrap();
    assert_eq!(first["difference"], 0.0);
    assert!(first["win_rate_change"].as_f64().unwrap() < -0.05, "{first}");
}
