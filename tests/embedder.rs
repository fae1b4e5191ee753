//! The fixture embedder, through the same door as any other: it tells copies from other solutions, both ways of computing
//! agree, and what a folder asks for is done or refused by name.

#[path = "../examples/make_fixtures/corpus/mod.rs"]
mod corpus;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use corpus::Corpus;
use serde_json::{Value, json};
use weighhouse::engine::bert::BertEmbedder;
use weighhouse::engine::device::embedding_dtype;
use weighhouse::engine::embedder::{Embedder, Embedding};
use weighhouse::engine::request::DtypeRequest;

fn fixture() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/models/embedder")
}

fn load(folder: &Path) -> Result<BertEmbedder, String> {
    BertEmbedder::load(folder, &Device::Cpu, DType::F32).map_err(|error| error.to_string())
}

/// Solutions that no training ever saw.
fn solutions() -> Vec<String> {
    let Corpus { train, validation, held_out } = Corpus::generate(1);
    drop((train, validation));
    held_out.into_iter().map(|conversation| conversation.response).collect()
}

fn embed(embedder: &BertEmbedder, texts: &[String]) -> Vec<Embedding> {
    embedder.embed(&texts.iter().map(String::as_str).collect::<Vec<_>>()).unwrap()
}

fn cosine(a: &Embedding, b: &Embedding) -> f32 {
    a.iter().zip(b.iter()).map(|(a, b)| a * b).sum()
}

/// A change of a JSON file.
type Change = fn(&mut Value);

/// A copy of the fixture in which things can be changed.
struct Changed(tempfile::TempDir);

impl Changed {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("1_Pooling")).unwrap();
        for file in ["", "1_Pooling"] {
            for entry in fs::read_dir(fixture().join(file)).unwrap().map(|entry| entry.unwrap().path()) {
                if entry.is_file() {
                    fs::copy(&entry, folder.path().join(file).join(entry.file_name().unwrap())).unwrap();
                }
            }
        }
        Self(folder)
    }

    fn json(&self, file: &str, change: impl FnOnce(&mut Value)) -> &Self {
        let path = self.0.path().join(file);
        let mut json = fs::read(&path).map_or(json!({}), |bytes| serde_json::from_slice(&bytes).unwrap());
        change(&mut json);
        fs::write(path, json.to_string()).unwrap();
        self
    }

    fn without(&self, file: &str) -> &Self {
        fs::remove_file(self.0.path().join(file)).unwrap();
        self
    }

    /// Writes the tensors under other names, or others.
    fn tensors(&self, change: impl Fn(String, Tensor) -> (String, Tensor)) -> &Self {
        let path = self.0.path().join("model.safetensors");
        let tensors = candle_core::safetensors::load(&path, &Device::Cpu).unwrap();
        let changed: BTreeMap<String, Tensor> =
            tensors.into_iter().map(|(name, tensor)| change(name, tensor)).collect();
        fs::write(path, safetensors::serialize(changed, None).unwrap()).unwrap();
        self
    }

    fn load(&self) -> Result<BertEmbedder, String> {
        load(self.0.path())
    }
}

#[test]
fn an_edited_copy_is_nearer_than_any_other_solution() {
    let (embedder, solutions) = (load(&fixture()).unwrap(), solutions());
    let edit = |text: &String| {
        let words = text.split_whitespace().enumerate().filter(|(at, _)| at % 9 != 4);
        words.map(|(_, word)| word.to_uppercase()).collect::<Vec<_>>().join("  ")
    };
    let originals = embed(&embedder, &solutions);
    let copies = embed(&embedder, &solutions.iter().map(edit).collect::<Vec<_>>());
    for (index, copy) in copies.iter().enumerate() {
        let own = cosine(copy, &originals[index]);
        let others = originals.iter().enumerate().filter(|(other, _)| *other != index);
        let nearest = others.map(|(_, other)| cosine(copy, other)).fold(-1.0, f32::max);
        assert!(own > nearest, "{own} to its original, {nearest} to another: {}", solutions[index]);
    }
}

#[test]
fn both_ways_of_computing_agree_in_any_company() {
    let mut solutions = solutions();
    solutions.truncate(60);
    solutions.extend([String::new(), "π ≈ 3.14, 漢字".into(), "many words ".repeat(300)]);
    for mode in ["pooling_mode_mean_tokens", "pooling_mode_cls_token"] {
        let changed = Changed::new();
        changed.json("1_Pooling/config.json", |json| *json = json!({ mode: true }));
        let mut fused = changed.load().unwrap();
        let expected = embed(&BertEmbedder::load_portable(changed.0.path(), &Device::Cpu).unwrap(), &solutions);
        let first = embed(&fused, &solutions);
        for (a, b) in expected.iter().zip(&first) {
            assert!(a.iter().zip(b.iter()).all(|(a, b)| (a - b).abs() < 1e-5));
            assert!((cosine(b, b) - 1.0).abs() < 1e-6);
        }
        for tokens in [1, 700, 100_000] {
            fused = fused.with_batch_tokens(tokens);
            assert!(embed(&fused, &solutions).iter().zip(&expected).all(|(a, b)| (cosine(a, b) - 1.0).abs() < 1e-5));
        }
    }
}

/// In bf16 an embedding is another, near by, and still the same to the bit in any company.
#[test]
fn half_precision_is_apart_and_near() {
    let Ok(dtype) = embedding_dtype(DtypeRequest::Bf16, &Device::Cpu) else {
        return println!("skipped: this processor has no products of bf16");
    };
    let solutions = &solutions()[..60];
    let (wide, mut narrow) = (load(&fixture()).unwrap(), BertEmbedder::load(&fixture(), &Device::Cpu, dtype).unwrap());
    assert_ne!(wide.fingerprint(), narrow.fingerprint());
    let found = embed(&narrow, solutions);
    for (wide, narrow) in embed(&wide, solutions).iter().zip(&found) {
        let cosine = cosine(wide, narrow);
        assert!(wide != narrow && cosine > 0.9999, "{cosine}");
    }
    for tokens in [1, 700, 100_000] {
        narrow = narrow.with_batch_tokens(tokens);
        assert_eq!(embed(&narrow, solutions), found);
    }
}

#[test]
fn only_the_first_pieces_of_a_long_text_count() {
    let embedder = load(&fixture()).unwrap();
    let long = format!("{}and one end", "word ".repeat(400));
    let other = format!("{}and another", "word ".repeat(400));
    assert_eq!(embedder.tokens(&long).unwrap().len(), 256);
    let embeddings = embed(&embedder, &[long, other, "word ".repeat(100)]);
    assert_eq!(embeddings[0], embeddings[1]);
    assert_ne!(embeddings[0], embeddings[2]);
}

#[test]
fn other_spellings_of_a_checkpoint_are_the_same_model() {
    let solutions = &solutions()[..5];
    let expected = embed(&load(&fixture()).unwrap(), solutions);
    let old = |name: String, tensor| {
        let name = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
        (format!("bert.{name}"), tensor)
    };
    let changed = Changed::new();
    assert_eq!(embed(&changed.tensors(old).load().unwrap(), solutions), expected);
    let portable = BertEmbedder::load_portable(changed.0.path(), &Device::Cpu).unwrap();
    assert!(embed(&portable, solutions).iter().zip(&expected).all(|(a, b)| (cosine(a, b) - 1.0).abs() < 1e-5));
    let bare = Changed::new();
    bare.without("modules.json");
    assert_eq!(
        embed(&bare.load().unwrap(), solutions),
        expected,
        "mean and normalised is what there is without modules"
    );
}

/// A vocabulary that skips ids, and special tokens with ids of their own, once made the encoder read past its rows.
#[test]
fn ids_outside_the_model_are_refused() {
    let skipping = Changed::new();
    skipping.json("tokenizer.json", |json| {
        let vocabulary = json["model"]["vocab"].as_object_mut().unwrap();
        vocabulary.insert("answer".into(), json!(70_000));
    });
    let around = Changed::new();
    around.json("tokenizer.json", |json| {
        json["post_processor"] =
            json!({"type": "BertProcessing", "sep": ["[SEP]", 4_000_000_000_u32], "cls": ["[CLS]", 0]});
    });
    for (changed, id) in [(skipping, "70000"), (around, "4000000000")] {
        let embed = |embedder: BertEmbedder| embedder.embed(&["answer"]).map_err(|error| error.to_string());
        let error = changed.load().and_then(embed).unwrap_err();
        assert!(error.contains("tokenizer.json: it gives id ") && error.contains(id), "{error}");
    }
}

#[test]
fn lower_case_and_normalising_are_done_only_where_asked_for() {
    let plain = Changed::new();
    plain.json("modules.json", |json| json.as_array_mut().unwrap().truncate(2));
    let embedding = embed(&plain.load().unwrap(), &solutions()[..1]).remove(0);
    assert!((cosine(&embedding, &embedding) - 1.0).abs() > 1e-3);
    let cased = Changed::new();
    cased.json("tokenizer.json", |json| json["normalizer"]["lowercase"] = json!(false));
    let ids = |embedder: &BertEmbedder, text: &str| embedder.tokens(text).unwrap();
    let embedder = cased.load().unwrap();
    assert_ne!(ids(&embedder, "ANSWER"), ids(&embedder, "answer"));
    cased.json("sentence_bert_config.json", |json| json["do_lower_case"] = json!(true));
    let embedder = cased.load().unwrap();
    assert_eq!(ids(&embedder, "ANSWER"), ids(&embedder, "answer"));
}

#[test]
fn whatever_decides_an_embedding_is_in_the_fingerprint() {
    let fingerprint = |changed: &Changed| changed.load().unwrap().fingerprint().to_owned();
    let same = fingerprint(&Changed::new());
    assert_eq!(same.len(), 64);
    let changed = Changed::new();
    fs::write(changed.0.path().join("README.md"), "about it").unwrap();
    assert_eq!(fingerprint(&changed), same);
    let different: [(&str, Change); 5] = [
        ("1_Pooling/config.json", |json| *json = json!({"pooling_mode": "cls"})),
        ("modules.json", |json| json.as_array_mut().unwrap().truncate(2)),
        ("sentence_bert_config.json", |json| json["max_seq_length"] = json!(128)),
        ("config.json", |json| json["layer_norm_eps"] = json!(1e-5)),
        ("tokenizer.json", |json| json["normalizer"]["lowercase"] = json!(false)),
    ];
    for (file, change) in different {
        assert_ne!(fingerprint(Changed::new().json(file, change)), same, "{file}");
    }
    assert_ne!(fingerprint(Changed::new().tensors(|name, tensor| (name, (tensor * 1.01).unwrap()))), same);
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    let cases: [(&str, Change, &str); 9] = [
        (
            "modules.json",
            |json| json[2]["type"] = json!("sentence_transformers.models.Dense"),
            "`sentence_transformers.models.Dense`",
        ),
        ("modules.json", |json| json[1]["path"] = json!("../elsewhere"), "`../elsewhere`"),
        ("modules.json", |json| json.as_array_mut().unwrap().swap(1, 2), "Transformer, Normalize, Pooling"),
        ("modules.json", |json| *json = json!([]), "modules.json"),
        ("1_Pooling/config.json", |json| json["pooling_mode_max_tokens"] = json!(true), "max_tokens"),
        ("config.json", |json| json["model_type"] = json!("mpnet"), "`mpnet`"),
        ("config.json", |json| json["vocab_size"] = json!(100), "1024"),
        ("sentence_bert_config.json", |json| json["max_seq_length"] = json!(257), "257"),
        ("config_sentence_transformers.json", |json| json["default_prompt_name"] = json!("query"), "`query`"),
    ];
    for (file, change, named) in cases {
        let error = Changed::new().json(file, change).load().err().unwrap_or_else(|| panic!("{file}: {named}"));
        assert!(error.contains(named) && error.contains(".json") && !error.contains('\n'), "{file}: {error}");
    }
}

#[test]
fn damaged_folders_are_errors_of_one_line() {
    for file in ["config.json", "tokenizer.json", "model.safetensors", "1_Pooling/config.json"] {
        let error = Changed::new().without(file).load().err().unwrap();
        assert!(error.contains(file) && !error.contains('\n'), "{error}");
        let changed = Changed::new();
        fs::write(changed.0.path().join(file), b"{\x00").unwrap();
        let error = changed.load().err().unwrap();
        assert!(error.contains(file) && !error.contains('\n'), "{error}");
    }
    let changed = Changed::new();
    changed.tensors(|name, tensor| (name.replace("layer.1.output.dense.bias", "gone"), tensor));
    assert!(changed.load().err().unwrap().contains("encoder.layer.1.output.dense.bias"));
    let short = Changed::new();
    short.json("sentence_bert_config.json", |json| json["max_seq_length"] = json!(2));
    assert!(short.load().err().unwrap().contains("2 tokens"));
    let broken = Changed::new();
    let nan = |name: String, tensor: Tensor| (name, (tensor * f64::NAN).unwrap());
    let error = broken.tensors(nan).load().unwrap().embed(&["a text"]).unwrap_err().to_string();
    assert!(error.contains("not finite"), "{error}");
    // As many tokens as rows, but one of them beyond the last; and another that only the post-processor gives.
    let vocabulary: Change = |json| json["model"]["vocab"]["the"] = json!(5000);
    let around: Change = |json| json["post_processor"]["special_tokens"]["[CLS]"]["ids"] = json!([6000]);
    for (change, id) in [(vocabulary, "5000"), (around, "6000")] {
        let other = Changed::new();
        let error = other
            .json("tokenizer.json", change)
            .load()
            .and_then(|embedder| embedder.embed(&["the text"]).map_err(|error| error.to_string()));
        let error = error.unwrap_err();
        assert!(
            error.contains("tokenizer.json") && error.contains(id) && error.contains("`vocab_size` of 1024"),
            "{error}"
        );
    }
    // A text that is cut, and then stands there thrice.
    let thrice = Changed::new();
    thrice.json("tokenizer.json", |json| {
        let single = json["post_processor"]["single"].as_array_mut().unwrap();
        single.extend([single[1].clone(), single[1].clone()]);
    });
    let error = thrice.load().unwrap().embed(&["the text ".repeat(200).as_str()]).unwrap_err().to_string();
    assert!(error.contains("tokenizer.json") && error.contains("256 positions"), "{error}");
}
