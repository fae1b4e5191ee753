//! lm-evaluation-harness, lighteval and llama-perplexity.

use std::path::PathBuf;

use serde_json::Value;

use super::{import, imported, judged, recorded};
use crate::folder::Folder;
use crate::table::Table;

const MODELS: [&str; 2] = ["org-a__model-one", "org-b__model-two"];

/// The samples of a task, of both models.
fn samples(task: &str) -> [String; 2] {
    MODELS.map(|model| recorded(&format!("lm-eval/{model}/samples_{task}_2025-01-01T00-00-00.000000.jsonl")))
}

fn details() -> [String; 2] {
    let file = "2025-01-01T00-00-00.000000/details_made_up_0_2025-01-01T00-00-00.000000.parquet";
    ["org-a/model-one", "org-b/model-two"].map(|model| recorded(&format!("lighteval/details/{model}/{file}")))
}

fn borrowed(names: &[String; 2]) -> [&str; 2] {
    [&names[0], &names[1]]
}

#[test]
fn each_task_of_the_harness_has_its_losses() {
    let folder = Folder::new("import");
    let [one, _] = imported(&folder, "lm-eval", &borrowed(&samples("made_up_rolling")));
    assert_eq!(one[0], 19.089329 / 17.0, "nats per byte");
    let [one, two] = imported(&folder, "lm-eval", &borrowed(&samples("made_up_target")));
    assert_eq!((one[0], two[0]), (4.77233225, 5.0060905));
    let [one, two] = imported(&folder, "lm-eval", &borrowed(&samples("made_up_choice")));
    assert_eq!((one[0], two[0]), (6.363109666666666, 6.674787333333334), "of the right choice, once for all filters");
    assert_eq!(one.len(), 4);
    let all = [samples("made_up_rolling"), samples("made_up_target"), samples("made_up_choice")].concat();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let [one, two] = imported(&folder, "lm-eval", &all);
    assert_eq!((one.len(), two.len()), (12, 12));
    let (folder, _) = judged(&folder, "finetuning-subnet");
    assert_eq!(folder.table("steps").counts("samples"), [Some(12)]);
}

#[test]
fn measurements_of_other_samples_are_refused() {
    let folder = Folder::new("import");
    folder.write("submissions.jsonl", super::SUBMISSIONS);
    let [one, two] = samples("made_up_target");
    let text = std::fs::read_to_string(&two).unwrap();
    let refusal = |text: &str| {
        folder.write("samples_made_up_target_x.jsonl", text);
        let files = [one.as_str(), "org-b/model-two=samples_made_up_target_x.jsonl"];
        import(&folder, "lm-eval", &files, &["--submissions", "submissions.jsonl"]).refused(65)
    };
    let hash = "\"prompt_hash\": \"08b4";
    assert!(text.contains(hash));
    let line = refusal(&text.replace(hash, "\"prompt_hash\": \"1111"));
    assert!(
        line.contains("line 1: sample made_up_target/0 is not the one of") && line.contains("another template"),
        "{line}"
    );
    let line = refusal(&text.lines().skip(1).collect::<Vec<_>>().join("\n"));
    assert!(line.contains("model org-b/model-two has no loss on sample made_up_target/0, which others have"), "{line}");
    let line = refusal(&text.repeat(2));
    assert!(line.contains("sample made_up_target/0 of model org-b/model-two was there before"), "{line}");
}

#[test]
fn what_a_harness_lacks_is_asked_for_by_its_name() {
    let folder = Folder::new("import");
    let files = samples("made_up_target");
    let line = import(&folder, "lm-eval", &borrowed(&files), &[]).refused(65);
    let expected = "model org-a/model-one@main has no uid and no block; give --submissions FILE with a row of model org-a/model-one@main";
    assert!(line.contains(expected), "{line}");
    folder.write("submissions.jsonl", super::SUBMISSIONS.lines().next().unwrap());
    let line = import(&folder, "lm-eval", &borrowed(&files), &["--submissions", "submissions.jsonl"]).refused(65);
    assert!(
        line.contains("model org-b/model-two@main has no uid")
            && line.contains("in a row of model org-b/model-two@main"),
        "{line}"
    );
    let files = [files[0].clone(), format!("org-a/model-one@main={}", samples("made_up_rolling")[1])];
    import(&folder, "lm-eval", &borrowed(&files), &["--submissions", "submissions.jsonl"]).succeeded();
    let line = import(&folder, "llama-perplexity", &[&recorded("llama-perplexity/output-type-0.txt")], &[]).refused(65);
    assert!(line.contains("does not write which model it measured; give MODEL=FILE"), "{line}");
}

#[test]
fn details_of_lighteval_have_the_loss_of_the_right_choice() {
    let folder = Folder::new("import");
    let [one, two] = imported(&folder, "lighteval", &borrowed(&details()));
    assert_eq!(one.len(), 3);
    assert_eq!(two.len(), 3);
    // Where the first file has 4.523932 and 6.723953 for " yes" and " no", and " yes" is right.
    assert!([one[0], two[0]].contains(&4.523932), "{one:?} {two:?}");
    let table = Table::read(&folder.path("losses.parquet"));
    assert_eq!(table.texts("sample_id")[..3], ["made_up/0", "made_up/1", "made_up/2"]);
}

#[test]
fn chunks_of_llama_perplexity_come_out_of_running_values_and_logits() {
    let folder = Folder::new("import");
    let expected: Vec<f64> = std::fs::read_to_string(recorded("llama-perplexity/expected.jsonl"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["mean"].as_f64().unwrap())
        .collect();
    for (name, tolerance) in [("output-type-0.txt", 1e-5), ("output-type-1.txt", 3.1e-6), ("all-logits.bin", 1e-4)] {
        let file = format!("org-a/model-one={}", recorded(&format!("llama-perplexity/{name}")));
        let [losses, _] = imported(&folder, "llama-perplexity", &[&file]);
        assert_eq!(losses.len(), expected.len(), "{name}");
        for (loss, expected) in losses.iter().zip(&expected) {
            assert!((loss - expected).abs() <= tolerance, "{name}: {loss} {expected}");
        }
    }
    // A value that is no number is none, and no perfect loss.
    let whole = std::fs::read(recorded("llama-perplexity/all-logits.bin")).unwrap();
    let header = 20 + 4 * 24;
    let mut bad = whole.clone();
    bad[header..header + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    folder.write("nan.bin", &bad);
    let [losses, _] = imported(&folder, "llama-perplexity", &["org-a/model-one=nan.bin"]);
    assert!(losses[0].is_nan() && losses[1].is_finite(), "{losses:?}");
    let mut bad = whole.clone();
    bad[20 + 4 * 5..20 + 4 * 6].copy_from_slice(&1000_i32.to_le_bytes());
    folder.write("token.bin", &bad);
    let line = import(&folder, "llama-perplexity", &["org-a/model-one=token.bin"], &[]).refused(65);
    assert!(line.contains("token.bin: has token 1000 in chunk 0"), "{line}");
    let loader = "llama_model_loader: arr[str,3] = [\"<unk>\", \"[2]\"]\n";
    folder.write(
        "kept.txt",
        loader.to_owned() + &std::fs::read_to_string(recorded("llama-perplexity/output-type-0.txt")).unwrap(),
    );
    assert_eq!(imported(&folder, "llama-perplexity", &["org-a/model-one=kept.txt"])[0].len(), 3);
    let cut = std::fs::read(recorded("llama-perplexity/all-logits.bin")).unwrap();
    for (length, expected) in
        [(cut.len() - 1, "ends before its last chunk"), (16, "ends before its last chunk"), (4, "holds no perplexity")]
    {
        let path: PathBuf = folder.path("cut.bin");
        std::fs::write(&path, &cut[..length]).unwrap();
        let line = import(&folder, "llama-perplexity", &["org-a/model-one=cut.bin"], &[]).refused(65);
        assert!(line.contains(&format!("cut.bin: {expected}")), "{line}");
    }
}

#[test]
fn a_model_of_several_submissions_is_told_apart_by_its_revision_or_not_at_all() {
    let folder = Folder::new("import");
    let row = |uid: u32, revision: &str| {
        format!("{{\"uid\": {uid}, \"model\": \"org-a/model-one@{revision}\", \"block\": 1}}\n")
    };
    folder.write("submissions.jsonl", row(1, "old") + &row(2, "new"));
    let [file, _] = samples("made_up_target");
    let submissions = ["--submissions", "submissions.jsonl"];
    let line = import(&folder, "lm-eval", &[&file], &submissions).refused(65);
    assert!(line.contains("model org-a/model-one@main may be any of the uids 1, 2"), "{line}");
    folder.write("submissions.jsonl", row(1, "new") + &row(2, "new"));
    let twice = [format!("org-a/model-one@new={file}")];
    let line = import(&folder, "lm-eval", &[&twice[0]], &submissions).refused(65);
    assert!(line.contains("may be any of the uids 1, 2"), "{line}");
    folder.write("submissions.jsonl", row(1, "old") + &row(2, "new"));
    import(&folder, "lm-eval", &[&format!("org-a/model-one@new={file}")], &submissions).succeeded();
    let table = Table::read(&folder.path("losses.parquet"));
    assert!(table.numbers("uid").iter().all(|uid| *uid == 2));
}
