//! Models that cannot be used. Each is skipped with one line that names its file and what is wrong, the tables are
//! written all the same, and the submissions beside it are evaluated as if it were not there.

use std::path::Path;

use serde_json::{Value, json};

use crate::model::Model;
use crate::run::Run;
use crate::workbench::{Workbench, root};

/// A way to damage a model, and what its reason must hold.
type Damage = (&'static str, fn(&Model), &'static [&'static str]);

fn good() -> std::path::PathBuf {
    root().join("fixtures/models/llama-hasty")
}

/// Evaluates a good model between damaged ones, and checks what became of each.
fn check(damages: &[Damage], flags: &[&str]) {
    let bench = Workbench::new();
    bench.write_samples(4);
    let mut rows = vec![json!({"uid": 1000, "model": good(), "block": 1})];
    for ((name, damage, _), uid) in damages.iter().zip(0..) {
        damage(&bench.copy_model("llama-first", name));
        rows.insert(uid / 2, json!({"uid": uid, "model": format!("models/{name}"), "block": 10 + uid}));
    }
    bench.write_submissions(&rows);
    let run = bench.run(&flags_with_json(flags)).succeeded();
    let summary: Vec<Value> = serde_json::from_str(&run.stdout()).unwrap();
    assert_eq!(summary.len(), damages.len() + 1);
    for ((name, _, expected), uid) in damages.iter().zip(0..) {
        check_skipped(&run, &summary, uid, name, expected);
    }
    let row = summary.iter().find(|row| row["uid"] == 1000).unwrap();
    assert_eq!((&row["status"], row["average_loss"].is_f64()), (&"evaluated".into(), true));
    assert_eq!(bench.table("losses").rows(), 4, "only the good one has losses");
    let weights = bench.table("weights");
    assert!(weights.texts("reason").iter().zip(weights.numbers("uid")).all(|(r, uid)| r.is_empty() == (uid == 1000)));
}

fn flags_with_json<'a>(flags: &[&'a str]) -> Vec<&'a str> {
    [&["--format", "json"], flags].concat()
}

/// One warning of the model `name` that holds `expected`; the same reason stands in the table.
fn check_skipped(run: &Run, summary: &[Value], uid: u64, name: &str, expected: &[&str]) {
    let beginning = format!("uid {uid} is skipped: ");
    let lines: Vec<String> = run.warnings().into_iter().filter(|line| line.starts_with(&beginning)).collect();
    let [line] = lines.as_slice() else { panic!("{name}: {}", run.stderr()) };
    let reason = line.strip_prefix(&beginning).unwrap();
    println!("{name}: {reason}");
    assert!(expected.iter().all(|part| reason.contains(part)), "{name}: `{reason}` lacks one of {expected:?}");
    let row = summary.iter().find(|row| row["uid"] == uid).unwrap();
    assert_eq!((&row["status"], &row["note"]), (&"skipped".into(), &format!("skipped: {reason}").into()), "{name}");
}

fn set(model: &Model, key: &str, value: Value) {
    model.edit_json("config.json", |config| {
        config.insert(key.to_owned(), value);
    });
}

fn unset(model: &Model, key: &str) {
    model.edit_json("config.json", |config| {
        config.remove(key).unwrap();
    });
}

#[test]
fn a_config_that_cannot_be_followed() {
    let damages: &[Damage] = &[
        ("config-missing", |m| m.remove("config.json"), &["models/config-missing/config.json: no such file"]),
        ("config-empty", |m| m.write("config.json", ""), &["models/config-empty/config.json: no JSON object"]),
        ("config-list", |m| m.write("config.json", "[]"), &["config-list/config.json: no JSON object"]),
        ("config-bytes", |m| m.write("config.json", b"\xff\0"), &["config-bytes/config.json: no JSON object"]),
        ("config-deep", |m| m.write("config.json", "[".repeat(1 << 20)), &["config-deep/config.json: no JSON object"]),
        ("key-missing", |m| unset(m, "hidden_size"), &["key-missing/config.json: `hidden_size` is missing"]),
        ("layers-missing", |m| unset(m, "num_hidden_layers"), &["`num_hidden_layers` is missing"]),
        ("kind", |m| set(m, "hidden_size", "many".into()), &["`hidden_size` is \"many\", expected a whole number"]),
        ("negative", |m| set(m, "num_attention_heads", (-4).into()), &["`num_attention_heads` is -4"]),
        ("too-many-layers", |m| set(m, "num_hidden_layers", 10_001.into()), &["`num_hidden_layers` is 10001"]),
        ("zero", |m| set(m, "num_attention_heads", 0.into()), &["`num_attention_heads` is 0"]),
        ("heads", |m| set(m, "num_attention_heads", 7.into()), &["heads"]),
        ("huge-layers", |m| set(m, "num_hidden_layers", u64::MAX.into()), &["huge-layers", "num_hidden_layers"]),
        ("many-layers", |m| set(m, "num_hidden_layers", 1_000_000_000.into()), &["many-layers", "num_hidden_layers"]),
        (
            "huge-vocabulary",
            |m| set(m, "vocab_size", (u64::MAX / 2).into()),
            &["huge-vocabulary", "`vocab_size` is 9223372036854775807"],
        ),
        ("huge-width", |m| set(m, "hidden_size", (u64::MAX / 2).into()), &["huge-width"]),
        ("huge-heads", |m| set(m, "num_attention_heads", (u64::MAX / 2).into()), &["huge-heads"]),
        ("huge-head", |m| set(m, "head_dim", (u64::MAX / 2).into()), &["huge-head"]),
        ("odd-head", |m| set(m, "head_dim", 11.into()), &["odd-head"]),
        (
            "quantized",
            |m| set(m, "quantization_config", json!({"bits": 4})),
            &["`quantization_config` is {\"bits\":4}"],
        ),
        ("activation", |m| set(m, "hidden_act", "swoosh".into()), &["swoosh"]),
        ("scaling", |m| set(m, "rope_scaling", json!({"rope_type": "spiral"})), &["spiral"]),
        (
            "unknown",
            |m| set(m, "model_type", "abacus".into()),
            &[
                "`LlamaForCausalLM` of type `abacus` is not known; known are ",
                "LlamaForCausalLM",
                "Starcoder2ForCausalLM",
            ],
        ),
    ];
    check(damages, &[]);
}

/// The header's length in its first eight bytes.
fn set_header_length(model: &Model, length: u64) {
    model.edit("model.safetensors", |bytes| bytes[..8].copy_from_slice(&length.to_le_bytes()));
}

fn edit_tensor(model: &Model, tensor: &str, key: &str, value: Value) {
    model.edit_header(|header| header[tensor][key] = value);
}

const EMBEDDING: &str = "model.embed_tokens.weight";
const NORM: &str = "model.norm.weight";

#[test]
fn weights_that_cannot_be_read() {
    let damages: &[Damage] = &[
        ("absent", |m| m.remove("model.safetensors"), &["absent/model.safetensors: no such file"]),
        ("empty", |m| m.write("model.safetensors", ""), &["empty/model.safetensors: damaged", "fetch it again"]),
        ("short", |m| m.write("model.safetensors", [1, 2, 3]), &["short/model.safetensors: damaged"]),
        ("cut", |m| m.edit("model.safetensors", |b| b.truncate(b.len() - 1)), &["cut/model.safetensors: damaged"]),
        ("half", |m| m.edit("model.safetensors", |b| b.truncate(b.len() / 2)), &["half/model.safetensors: damaged"]),
        ("longer", |m| m.edit("model.safetensors", |b| b.push(0)), &["longer/model.safetensors: damaged"]),
        ("exabytes", |m| set_header_length(m, 1 << 62), &["exabytes/model.safetensors: damaged"]),
        ("endless", |m| set_header_length(m, u64::MAX), &["endless/model.safetensors: damaged"]),
        ("no-header", |m| set_header_length(m, 0), &["no-header/model.safetensors: damaged"]),
        ("garbled", |m| m.edit("model.safetensors", |b| b[9] = b'?'), &["garbled/model.safetensors: damaged"]),
        (
            "outside",
            |m| edit_tensor(m, NORM, "data_offsets", json!([0, 1_u64 << 60])),
            &["outside/model.safetensors: damaged"],
        ),
        (
            "lying-shape",
            |m| edit_tensor(m, EMBEDDING, "shape", json!([512, 49])),
            &["lying-shape/model.safetensors: damaged"],
        ),
        (
            "overflow",
            |m| edit_tensor(m, EMBEDDING, "shape", json!([u64::MAX, u64::MAX])),
            &["overflow/model.safetensors: damaged"],
        ),
        (
            "integers",
            |m| edit_tensor(m, NORM, "dtype", "I32".into()),
            &["integers/model.safetensors: ", "`model.norm.weight` has dtype I32; F64, F32, F16 and BF16 are read"],
        ),
        (
            "misshaped",
            |m| edit_tensor(m, EMBEDDING, "shape", json!([48, 512])),
            &["misshaped/model.safetensors: ", "has shape [48, 512], config.json implies [512, 48]"],
        ),
        (
            "missing-tensor",
            |m| m.edit_header(|h| drop(h.insert("other".into(), h[NORM].clone()).or(h.remove(NORM)))),
            &["missing-tensor/model.safetensors: "],
        ),
        (
            "pickle",
            |m| std::fs::rename(m.file("model.safetensors"), m.file("pytorch_model.bin")).unwrap(),
            &["pickle/model.safetensors: no such file", "a pickle is never opened"],
        ),
    ];
    check(damages, &[]);
}

fn index(model: &Model, map: Value) {
    model.remove("model.safetensors");
    model.write("model.safetensors.index.json", json!({"weight_map": map}).to_string());
}

#[test]
fn shards_that_do_not_hold_together() {
    const OUTSIDE: &[&str] = &["index.json: shard `", "not the name of a file in this folder"];
    let damages: &[Damage] = &[
        ("climbs", |m| index(m, json!({"a": "../llama/model.safetensors"})), OUTSIDE),
        ("absolute", |m| index(m, json!({"a": "/etc/passwd.safetensors"})), OUTSIDE),
        ("backslash", |m| index(m, json!({"a": "..\\x.safetensors"})), OUTSIDE),
        ("other-kind", |m| index(m, json!({"a": "pytorch_model.bin"})), OUTSIDE),
        ("no-text", |m| index(m, json!({"a": 1})), &["index.json: `weight_map` names something that is no text"]),
        ("no-map", |m| index(m, json!({})), &["index.json: `weight_map` is missing or empty"]),
        ("gone", |m| index(m, json!({"a": "gone.safetensors"})), &["gone/gone.safetensors: no such file"]),
        (
            "no-index",
            |m| {
                m.remove("model.safetensors");
                m.write("model.safetensors.index.json", "{");
            },
            &["no-index/model.safetensors.index.json: no JSON"],
        ),
        (
            "twice",
            |m| {
                std::fs::copy(m.file("model.safetensors"), m.file("a.safetensors")).unwrap();
                m.fill(NORM, 0.5);
                std::fs::copy(m.file("model.safetensors"), m.file("b.safetensors")).unwrap();
                index(m, json!({"x": "a.safetensors", "y": "b.safetensors"}));
            },
            &["twice/b.safetensors: tensor `", "is in an earlier shard too, and is not the same there"],
        ),
    ];
    check(damages, &[]);
}

#[test]
fn a_tokenizer_or_template_that_cannot_be_used() {
    let damages: &[Damage] = &[
        ("no-tokenizer", |m| m.remove("tokenizer.json"), &["no-tokenizer/tokenizer.json: no such file; save"]),
        ("broken-tokenizer", |m| m.write("tokenizer.json", "{"), &["tokenizer.json: not a usable tokenizer"]),
        ("other-tokenizer", |m| m.write("tokenizer.json", "{}"), &["tokenizer.json: not a usable tokenizer"]),
        (
            "panicking-tokenizer",
            |m| {
                m.edit_json("tokenizer.json", |c| {
                    c["model"]["continuing_subword_prefix"] = "longer than any merge of the vocabulary".into();
                });
            },
            &["panicking-tokenizer/tokenizer.json: not a usable tokenizer: its content is corrupt; write it again"],
        ),
        ("broken-settings", |m| m.write("tokenizer_config.json", "{"), &["tokenizer_config.json: not a JSON object"]),
        (
            "no-template",
            |m| m.edit_json("tokenizer_config.json", |c| drop(c.remove("chat_template"))),
            &["no-template: the model has no chat template; give one with `--template FILE`, or `--template none`"],
        ),
        (
            "broken-template",
            |m| m.write("chat_template.jinja", "{{ "),
            &["broken-template/chat_template.jinja: the chat template is not valid"],
        ),
        (
            "refusing-template",
            |m| m.write("chat_template.jinja", "{{ raise_exception('not for you\nnor others') }}"),
            &["refusing-template/chat_template.jinja: the chat template refuses", "not for you nor others"],
        ),
        (
            "endless-template",
            |m| {
                m.write(
                    "chat_template.jinja",
                    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
                )
            },
            &[
                "endless-template/chat_template.jinja: the chat template cannot be rendered: a rendering cannot take more than",
            ],
        ),
        (
            "number-template",
            |m| m.edit_json("tokenizer_config.json", |c| drop(c.insert("chat_template".into(), 5.into()))),
            &["tokenizer_config.json: `chat_template` is 5"],
        ),
    ];
    check(damages, &[]);
}

#[test]
fn without_a_template_the_remedy_works() {
    let bench = Workbench::with_models(&[Path::new("models/plain")]);
    bench.copy_model("llama-first", "plain").edit_json("tokenizer_config.json", |c| drop(c.remove("chat_template")));
    assert_eq!(bench.run(&[]).code(), 4);
    bench.run(&["--template", "none"]).succeeded();
    assert_eq!(bench.table("losses").rows(), 6);
    bench.write("chat.jinja", "{% for m in messages %}{{ m.role + ': ' + m.content + '\n' }}{% endfor %}");
    bench.run(&["--template", "chat.jinja"]).succeeded();
    assert_eq!(bench.table("losses").rows(), 6);
}

/// The reasons of submissions that are rows of this kind: a good model with other words around it.
fn reasons(rows: &[Value], settings: &str, flags: &[&str]) -> (Run, Vec<String>) {
    let bench = Workbench::with_models(&[]);
    bench.write("weighhouse.toml", settings);
    bench.copy_model("llama-first", "model");
    bench.write_submissions(rows);
    let run = bench.run(&flags_with_json(flags));
    let reasons = bench.table("weights").texts("reason");
    (run, reasons[..rows.len()].to_vec())
}

#[test]
fn what_a_submission_says_must_be_true() {
    let row = |uid: u64, more: Value| {
        let mut row = json!({"uid": uid, "model": "models/model", "block": 1000 - uid});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let rows = [
        row(1, json!({"model": "./models/nowhere"})),
        row(2, json!({"hash": "AAAA", "hotkey": "5F"})),
        row(3, json!({"competition": "s1"})),
        row(4, json!({"competition": "l4"})),
        row(5, json!({"model": "./models/../models/./model"})),
        row(6, json!({"model": "submissions.jsonl"})),
    ];
    let (run, reasons) = reasons(&rows, "", &[]);
    assert_eq!(run.code(), 0, "{}", run.stderr());
    let missing = "no such folder; `model` names a local folder or namespace/name of a repository";
    assert_eq!(reasons[0], format!("models/nowhere: {missing}"));
    assert!(reasons[1].starts_with("content hash ") && reasons[1].contains("is not the AAAA of the submission"));
    assert_eq!(reasons[2], "competition s1 takes StableLmForCausalLM, not a LlamaForCausalLM");
    assert_eq!(reasons[3], "competition `l4` is not one of l3, s1");
    assert_eq!(reasons[4], "");
    assert_eq!(reasons[5], format!("submissions.jsonl: {missing}"));
}

#[test]
fn limits_are_kept_and_nothing_left_is_code_4() {
    let rows = [json!({"uid": 1, "model": "models/model", "block": 1})];
    let small = "[competitions.tiny]\nreward_share = 1\nmax_parameters = 1000\n";
    for (settings, flags, expected) in [
        (small, &[][..], " parameters are more than the 1000 that competition tiny allows"),
        ("", &["--max-repo-bytes", "1000"], "bytes, more than the 1000 that --max-repo-bytes allows"),
        ("[competitions.s]\nreward_share = 1\narchitectures = ['X']", &[], "no competition takes a LlamaForCausalLM"),
    ] {
        let (run, reasons) = reasons(&rows, settings, flags);
        assert_eq!(run.code(), 4, "{}", run.stderr());
        assert!(reasons[0].ends_with(expected), "{reasons:?}");
        let last = run.warnings().pop().unwrap();
        assert_eq!(last, "nothing was measured: every submission was skipped, for the reasons in the table");
        assert!(run.stdout().contains("skipped"));
    }
}

#[test]
fn tensors_without_a_place_are_told_and_not_used() {
    let bench = Workbench::with_models(&[Path::new("models/more")]);
    let model = bench.copy_model("llama-first", "more");
    model.edit_header(|header| {
        let nothing = json!({"dtype": "F32", "shape": [0], "data_offsets": [0, 0]});
        header.insert("extra.weight".into(), nothing);
    });
    let run = bench.run(&[]).succeeded();
    let line = "uid 1: `extra.weight` in its weight files, which the model has no place for, is not used";
    assert_eq!(run.warnings(), [line]);
}
