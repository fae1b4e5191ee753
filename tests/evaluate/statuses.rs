//! Samples that give no finite loss: how each is recorded, told and judged.

use std::path::Path;

use serde_json::json;

use crate::run::Run;
use crate::workbench::{Workbench, root};

/// Six samples, a model that is damaged, uid 1, and a good one, uid 2, submitted later.
fn beside_a_good_one(fixture: &str) -> (Workbench, crate::model::Model) {
    let good = root().join("fixtures/models/llama-hasty");
    let bench = Workbench::with_models(&[Path::new("models/damaged"), &good]);
    let model = bench.copy_model(fixture, "damaged");
    (bench, model)
}

/// Statuses and losses of a submission.
fn outcomes(bench: &Workbench, uid: u32) -> Vec<(String, Option<f64>)> {
    let losses = bench.table("losses");
    let rows = losses.numbers("uid").into_iter().zip(losses.texts("status").into_iter().zip(losses.floats("loss")));
    rows.filter(|(of, _)| *of == uid).map(|(_, outcome)| outcome).collect()
}

/// Wins of the two against each other, and what the run said of uid 1.
fn wins(bench: &Workbench) -> Vec<Option<u64>> {
    bench.table("wins").counts("wins")
}

fn warnings_of(run: &Run, uid: u32) -> Vec<String> {
    let beginning = format!("uid {uid}");
    run.warnings().into_iter().filter(|warning| warning.starts_with(&beginning)).collect()
}

#[test]
fn nan_weights_are_tampering_unless_norms_are_not_looked_at() {
    let (bench, model) = beside_a_good_one("llama-first");
    model.fill("model.layers.0.mlp.up_proj.weight", f32::NAN);
    let run = bench.run(&[]).succeeded();
    let warnings = warnings_of(&run, 1);
    assert!(
        warnings[0].starts_with("uid 1 is skipped: the weight norm of projection up in layer 0 is NaN"),
        "{warnings:?}"
    );
    for _ in 0..2 {
        let run = bench.run(&["--weight-norms=false"]).succeeded();
        let warning = "uid 1: of 6 losses 6 are NaN and 0 infinite; it wins none of these, so look at its weights";
        assert_eq!(run.warnings(), [warning], "once, also from the store");
        let all = outcomes(&bench, 1);
        assert!(all.len() == 6 && all.iter().all(|(status, loss)| status == "nan" && loss.is_some_and(f64::is_nan)));
        assert!(outcomes(&bench, 2).iter().all(|(status, _)| status == "ok"));
        assert_eq!(wins(&bench), [Some(0), Some(0)], "nobody wins against NaN");
        assert_eq!(bench.table("wins").counts("matches"), [Some(6), Some(6)]);
    }
}

#[test]
fn nan_where_no_norm_is_looked_at_is_recorded_too() {
    let (bench, model) = beside_a_good_one("llama-first");
    model.fill("model.embed_tokens.weight", f32::NAN);
    bench.run(&[]).succeeded();
    assert!(outcomes(&bench, 1).iter().all(|(status, _)| status == "nan"));
}

#[test]
fn blown_up_weights_are_tampering() {
    let (bench, model) = beside_a_good_one("llama-first");
    model.fill("model.layers.1.self_attn.q_proj.weight", 1e20);
    let run = bench.run(&[]).succeeded();
    let warnings = warnings_of(&run, 1);
    assert!(warnings[0].contains("projection q in layer 1") && warnings[0].contains("above 1000"), "{warnings:?}");
    bench.run(&["--weight-norms=false"]).succeeded();
    assert_eq!(outcomes(&bench, 1).len(), 6);
}

#[test]
fn token_ids_outside_the_vocabulary_are_errors_and_infinite() {
    let (bench, model) = beside_a_good_one("llama-first");
    model.edit_json("tokenizer_config.json", |config| {
        let token = json!({"content": "plums", "special": false});
        config.insert("added_tokens_decoder".into(), json!({"600": token}));
    });
    let run = bench.run(&[]).succeeded();
    let warnings = warnings_of(&run, 1);
    let problem = "the first: token id 512 lies outside the model's vocabulary of 512";
    assert!(warnings.len() == 1 && warnings[0].ends_with(problem), "{warnings:?}");
    let text = std::fs::read_to_string(bench.path("samples.jsonl")).unwrap();
    for ((status, loss), line) in outcomes(&bench, 1).iter().zip(text.lines()) {
        let expected = if line.contains("plums") { "error" } else { "ok" };
        assert_eq!((status.as_str(), loss.is_none()), (expected, expected == "error"), "{line}");
    }
    let averages = bench.table("weights").floats("average_loss");
    assert_eq!(averages[0], Some(f64::INFINITY));
    assert!(bench.parts("store").len() >= 2, "the other samples are kept");
}

#[test]
fn a_prompt_that_fills_the_sequence_has_no_target() {
    let (bench, _) = beside_a_good_one("llama-first");
    let text = std::fs::read_to_string(bench.path("samples.jsonl")).unwrap();
    let long = json!({"prompt": "How many? ".repeat(100), "response": "None."});
    bench.write("samples.jsonl", format!("{text}{long}\n"));
    for _ in 0..2 {
        let run = bench.run(&["--sequence-length", "300"]).succeeded();
        let warning = "uid 1 and those with its tokenizer: in 1 samples the prompt fills the sequence length and \
                       nothing is scored; raise --sequence-length or shorten them";
        assert_eq!(run.warnings(), [warning]);
        for uid in [1, 2] {
            let statuses: Vec<String> = outcomes(&bench, uid).into_iter().map(|(status, _)| status).collect();
            assert_eq!(statuses, ["ok", "ok", "ok", "ok", "ok", "ok", "no-target"]);
        }
        assert_eq!(bench.table("losses").numbers("scored_tokens")[6], 0);
    }
    bench.run(&[]).succeeded();
    assert!(outcomes(&bench, 1).iter().all(|(status, _)| status == "ok"));
}

#[test]
fn a_sample_that_the_template_refuses_costs_only_itself() {
    let (bench, model) = beside_a_good_one("llama-first");
    let refusal = "{% if 'plums' in messages[0].content %}{{ raise_exception('no plums') }}{% endif %}";
    let turns = "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content + eos_token }}{% endfor %}";
    model.write("chat_template.jinja", format!("{refusal}{turns}"));
    let run = bench.run(&[]).succeeded();
    let warnings = warnings_of(&run, 1);
    assert!(warnings.len() == 1 && warnings[0].contains("count as an infinite loss; the first: "), "{warnings:?}");
    assert!(warnings[0].contains("chat_template.jinja: the chat template refuses the conversation: no plums"));
    let statuses: Vec<String> = outcomes(&bench, 1).into_iter().map(|(status, _)| status).collect();
    assert!(statuses.iter().any(|status| status == "error") && statuses.iter().any(|status| status == "ok"));
}

/// What is not rendered here, though Jinja would, is a limit of this program: no sample may lose by it.
#[test]
fn a_template_that_cannot_be_followed_is_its_models_fault_and_no_loss() {
    let (bench, model) = beside_a_good_one("llama-first");
    let turns = "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content + eos_token }}{% endfor %}";
    let loops = "{% for a in range(3000) %}{% for b in range(3000) %}{% endfor %}{% endfor %}";
    for (branch, told) in [(loops, "cannot take more than 5000000 steps"), ("{{ 'a'|wordwrap(5) }}", "wordwrap")] {
        model.write(
            "chat_template.jinja",
            format!("{{% if 'plums' in messages[0].content %}}{branch}{{% endif %}}{turns}"),
        );
        let run = bench.run(&["--fresh"]).succeeded();
        let warnings = warnings_of(&run, 1);
        assert!(
            warnings.len() == 1 && warnings[0].contains("is skipped: ") && warnings[0].contains(told),
            "{warnings:?}"
        );
    }
}

#[test]
fn a_tokenizer_built_by_its_class_is_told() {
    let (bench, model) = beside_a_good_one("llama-first");
    model.edit_json("tokenizer_config.json", |config| {
        config.insert("tokenizer_class".into(), "GPT2Tokenizer".into());
    });
    let run = bench.run(&[]).succeeded();
    let line = "uid 1: GPT2Tokenizer builds its tokenizer otherwise than tokenizer.json says and is followed";
    assert_eq!(run.stderr().matches(line).count(), 1, "{}", run.stderr());
}
