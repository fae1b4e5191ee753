//! Validators' step logs and coldint's state.

use serde_json::{Value, json};

use super::{import, imported, judged, recorded};
use crate::folder::Folder;

/// What the summary says of a log: kind of number → how many and the largest difference.
fn audit(folder: &Folder, files: &[&str]) -> (Value, Vec<(String, u64, f64)>) {
    let run = import(folder, "step-log", files, &["--format", "json"]).succeeded();
    let found: Value = serde_json::from_str(&run.stdout()).unwrap();
    let rows = found["log"].as_array().unwrap().iter();
    let rows = rows.map(|row| {
        let name = row["quantity"].as_str().unwrap().to_owned();
        (name, row["compared"].as_u64().unwrap(), row["largest_difference"].as_f64().unwrap())
    });
    let rows = rows.collect();
    (found, rows)
}

fn assert_agrees(rows: &[(String, u64, f64)], compared: &[(&str, u64)]) {
    let found: Vec<(&str, u64)> = rows.iter().map(|(name, count, _)| (name.as_str(), *count)).collect();
    assert_eq!(found, compared);
    for (name, _, largest) in rows {
        let tolerance = if name.starts_with("win") { 0.0 } else { 3e-6 };
        assert!(*largest <= tolerance, "{name}: {largest}");
    }
}

#[test]
fn a_log_is_what_the_rules_of_its_network_make_of_its_losses() {
    let folder = Folder::new("import");
    for (name, preset) in [("pretraining", "pretraining"), ("successor", "finetuning-successor")] {
        let mut written = Vec::new();
        for shape in ["steps", "wandb-history"] {
            let (found, rows) = audit(&folder, &[&recorded(&format!("{name}-{shape}.jsonl"))]);
            assert_eq!((&found["preset"], &found["steps"]), (&Value::from(preset), &Value::from(2)));
            assert_eq!(found["participants"], 3, "each once, in however many steps");
            assert_agrees(&rows, &[("win_rate", 6), ("win_total", 6), ("epsilon", 6), ("weight", 6), ("average", 6)]);
            written.push(std::fs::read(folder.path("losses.parquet")).unwrap());
        }
        // Steps alone hold no block of the chain, but boosts that fall with it.
        assert_eq!(written[0], written[1]);
    }
    let (found, rows) = audit(&folder, &[&recorded("coldint-step.json")]);
    assert_eq!(found["preset"], "coldint");
    assert_agrees(&rows, &[("win_rate", 4), ("win_total", 4), ("epsilon", 3), ("weight", 4)]);
    // The same by the command that judges.
    let (folder, run) = judged(&folder, "coldint");
    let again: Value = serde_json::from_str(&run.stdout()).unwrap();
    assert_eq!(again["log"], found["log"]);
    assert_eq!(folder.table("log").texts("quantity"), ["win_rate", "win_total", "epsilon", "weight"]);
}

/// A log that begins in the middle of a validator's life: later steps go on from its first weights.
#[test]
fn a_log_may_begin_later_than_its_validator() {
    let folder = Folder::new("import");
    let text = std::fs::read_to_string(recorded("successor-steps.jsonl")).unwrap();
    let steps: Vec<&str> = text.lines().collect();
    // The leader of these steps had half of the weight before them; alpha is .5 of the successor's rules or less.
    let earlier = steps[0]
        .replace("\"norm_weight\": 1.0", "\"norm_weight\": 0.75")
        .replace("\"norm_weight\": 0.0", "\"norm_weight\": 0.125");
    folder.write("late.jsonl", format!("{earlier}\n{}\n", steps[1]));
    let (found, rows) = audit(&folder, &["late.jsonl"]);
    let average = rows.iter().find(|row| row.0 == "average").unwrap();
    assert_eq!(average.1, 3, "only the second step is compared: {found}");
    assert!(average.2 > 0.01, "the second step goes on from other weights than it logged: {found}");
    let run = import(&folder, "step-log", &["late.jsonl"], &[]).succeeded();
    assert!(run.stdout().contains("3 logged weights rest on steps ahead of the log"), "{}", run.stdout());
}

#[test]
fn a_changed_number_of_a_log_is_found() {
    let folder = Folder::new("import");
    let text = std::fs::read_to_string(recorded("coldint-step.json")).unwrap();
    folder.write("step.json", text.replace("\"win_rate\":0.2,", "\"win_rate\":0.25,"));
    let run = import(&folder, "step-log", &["step.json"], &["--format", "json"]).succeeded();
    let found: Value = serde_json::from_str(&run.stdout()).unwrap();
    let rate = &found["log"][0];
    assert_eq!((&rate["quantity"], &rate["uid"]), (&Value::from("win_rate"), &Value::from(41)));
    assert!((rate["largest_difference"].as_f64().unwrap() - 0.05).abs() < 1e-12, "{found}");
}

#[test]
fn runs_of_a_dashboard_are_read_and_numbered_through() {
    let folder = Folder::new("import");
    let steps = std::fs::read_to_string(recorded("pretraining-steps.jsonl")).unwrap();
    let list = format!("[{}]", steps.lines().collect::<Vec<_>>().join(","));
    let later = list.replace("17356", "17366");
    folder.write("runs.json", format!("{{\"validator-1-b\": {later},\n \"validator-1-a\": {list}}}"));
    let run = import(&folder, "step-log", &["runs.json"], &[]).succeeded();
    assert!(run.stderr().contains("sorted by it"), "{}", run.stderr());
    let table = crate::table::Table::read(&folder.path("losses.parquet"));
    assert_eq!(table.counts("step"), [[Some(0); 3], [Some(1); 3], [Some(2); 3], [Some(3); 3]].concat());
    folder.write("twice.json", format!("{{\"validator-1-a\": {list},\n \"validator-1-b\": {list}}}"));
    let line = import(&folder, "step-log", &["twice.json"], &[]).refused(65);
    assert!(line.contains("give each step once"), "{line}");
    folder.write("two.json", format!("{{\"validator-1-a\": {list},\n \"validator-9-a\": {later}}}"));
    let line = import(&folder, "step-log", &["two.json"], &[]).refused(65);
    assert!(line.contains("runs of the validators 1 and 9"), "{line}");
}

#[test]
fn what_cannot_be_judged_is_refused_with_its_place() {
    let folder = Folder::new("import");
    for (name, place) in [
        ("finetuning-steps.jsonl", "line 1"),
        ("finetuning-wandb-history.jsonl", "line 1"),
        ("dashboard-validator-runs.json", "row 1"),
    ] {
        let line = import(&folder, "step-log", &[&recorded(name)], &[]).refused(65);
        assert!(line.contains(&format!("{name}, {place}: holds the mean loss over samples")), "{line}");
    }
    let line = import(&folder, "step-log", &[&recorded("coldint-benchmark.json")], &[]).refused(65);
    assert!(line.contains("give a step log"), "{line}");
    let line =
        import(&folder, "step-log", &[&recorded("pretraining-steps.jsonl"), &recorded("coldint-step.json")], &[]);
    assert!(line.refused(65).contains("a step of coldint after steps of pretraining"));
    assert!(!folder.path("losses.parquet").exists());
    let line = import(&folder, "step-log", &["none.jsonl"], &[]).refused(66);
    assert!(line.contains("none.jsonl: no such file"), "{line}");
}

#[test]
fn the_state_of_coldint_has_its_keys_blocks_and_pages() {
    let folder = Folder::new("import");
    let [one, two] = imported(&folder, "evalstate", &[&recorded("coldint-vali-state/evalstate")]);
    assert_eq!(one, [700.5, 812.25, 95.0], "one model is not measured on the fourth sample yet");
    assert_eq!(two, [699.0, f64::INFINITY, 95.5]);
    let table = crate::table::Table::read(&folder.path("losses.parquet"));
    assert_eq!(table.counts("block")[0], Some(4_990_000), "that of the state, not of the submissions");
    assert_eq!(table.texts("source"), vec!["part/300/train"; 6]);
    assert_eq!(table.texts("sample_id")[1], "part/300/train/1");
    judged(&folder, "coldint");
    let line = import(&folder, "evalstate", &[&recorded("coldint-vali-state/evalstate")], &[]).refused(65);
    assert!(
        line.contains("hotkey hotkey-12 has no uid; give --submissions FILE with a row of hotkey hotkey-12"),
        "{line}"
    );
    let line = import(&folder, "evalstate", &["nowhere"], &[]).refused(66);
    assert!(line.contains("eval_state.json: no such file"), "{line}");
}

/// coldint judges all competitions of a step and moves its weights once; its log has the shares.
#[test]
fn competitions_of_one_step_move_the_weights_of_coldint_once() {
    let folder = Folder::new("import");
    let participant = |uid: u32, competition: &str, loss: f64, weight: f64| {
        let average = json!({"uid": uid, "competition": competition, "block": 100 + uid, "losses": [loss, loss], "n_samples": 2, "n_inf": 0});
        let mut participant = average.as_object().unwrap().clone();
        participant.insert("weight".into(), json!(weight));
        Value::Object(participant)
    };
    let step = |time: u32, weights: [f64; 3], leader: usize| {
        let losses = [[1.0, 2.0], [2.0, 1.0]][leader];
        json!({
            "timestamp": time, "block": 5_000_000, "uids": [1, 2, 3],
            "competitions": {"c01": {"reward": 0.7}, "c02": {"reward": 0.3}},
            "uid_data": {
                "1": participant(1, "c01", losses[0], weights[0]),
                "2": participant(2, "c01", losses[1], weights[1]),
                "3": participant(3, "c02", 1.0, weights[2]),
            },
        })
    };
    let alpha = 0.5;
    let flipped = [alpha * 0.7, (1.0 - alpha) * 0.7, 0.3];
    folder.write("steps.jsonl", format!("{}\n{}\n", step(1, [0.7, 0.0, 0.3], 0), step(2, flipped, 1)));
    let (_, rows) = audit(&folder, &["steps.jsonl"]);
    let weight = rows.iter().find(|row| row.0 == "weight").unwrap();
    assert!(weight.1 == 6 && weight.2 < 1e-6, "{rows:?}");
}

#[test]
fn odd_values_of_a_log_are_refused_or_told() {
    let folder = Folder::new("import");
    let text = std::fs::read_to_string(recorded("pretraining-steps.jsonl")).unwrap();
    let with = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        folder.write("log.jsonl", text.replacen(from, to, 1));
        import(&folder, "step-log", &["log.jsonl"], &["--format", "json"])
    };
    for (from, to, expected) in [
        (
            "\"block\": 4999900",
            "\"block\": \"49999OO\"",
            "`uid_data.41.block` is \"49999OO\"; it must be a whole number",
        ),
        ("\"block\": 4999900, ", "", "uid 41 has no block; give --submissions FILE"),
        ("{\"uid\": 41", "{\"uid\": 42", "`uid_data.41.uid` is 42"),
        ("\"average_loss\": 1.985, ", "", "`uid_data.41.average_loss` is null"),
        ("\"norm_weight\": 1.0", "\"other\": 1.0", "holds the mean loss over samples"),
        ("\"uids\": [41", "\"uids\": [44", "`uids` is 44"),
    ] {
        let line = with(from, to).refused(65);
        assert!(line.contains("log.jsonl, line 1") && line.contains(expected), "{line}");
    }
    let run = with("\"average_loss\": Infinity", "\"average_loss\": null").succeeded();
    assert!(run.stderr().contains("null scores: 1; they count as infinite"), "{}", run.stderr());
    let found: Value = serde_json::from_str(&run.stdout()).unwrap();
    assert_eq!(found["log"][0]["largest_difference"], 0.0, "{found}");
    let run = with("\"epsilon_adv\": 0.004965972222222222", "\"epsilon_adv\": 0.0047").succeeded();
    assert!(run.stderr().contains("at no block those of the preset: 1"), "{}", run.stderr());
    let found: Value = serde_json::from_str(&run.stdout()).unwrap();
    assert_eq!(found["log"][2]["quantity"], "epsilon");
    assert!(found["log"][2]["largest_difference"].as_f64().unwrap() > 1e-5, "{found}");
    folder.write("empty.jsonl", "");
    let line = import(&folder, "step-log", &["empty.jsonl"], &[]).refused(65);
    assert!(line.contains("empty.jsonl: holds no loss"), "{line}");
}
