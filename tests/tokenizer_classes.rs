//! Every tokenizer class is built as by transformers 5: tests/data/tokenizer-classes.json holds its ids for tiny
//! tokenizers, by class, model type and settings, written by the program beside it.

use std::path::Path;

use serde_json::{Map, Value, json};
use weighhouse::engine::request::TokenizerRules;
use weighhouse::engine::tokenizer::ModelTokenizer;

/// A folder of files.
type Files = Map<String, Value>;

fn reference() -> Value {
    serde_json::from_str(include_str!("data/tokenizer-classes.json")).unwrap()
}

/// The files beside tokenizer.json of a case.
fn beside(reference: &Value, case: &Value) -> Files {
    let mut files = reference["beside"][case[1].as_u64().unwrap() as usize].as_object().unwrap().clone();
    let mut insert = |file: &str, key: &str, value: &Value| {
        files.entry(file).or_insert_with(|| json!({}))[key] = value.clone();
    };
    insert("config.json", "model_type", &case[3]);
    if !case[2].is_null() {
        insert("tokenizer_config.json", "tokenizer_class", &case[2]);
    }
    files
}

/// The tokenizer of a folder with these files.
fn load(tokenizer: &Value, beside: &Files, rules: TokenizerRules) -> Result<ModelTokenizer, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tokenizer.json"), tokenizer.to_string()).unwrap();
    for (name, content) in beside {
        std::fs::write(folder.path().join(name), content.to_string()).unwrap();
    }
    ModelTokenizer::load(folder.path(), rules).map_err(|error| error.to_string())
}

/// The outcome of a case, in the form of the reference.
fn outcome(tokenizer: Result<ModelTokenizer, String>, texts: &Value) -> Value {
    let Ok(tokenizer) = tokenizer else { return json!("refused") };
    let texts = || texts.as_array().unwrap().iter().map(|text| text.as_str().unwrap());
    let ids: Vec<_> = texts().map(|text| tokenizer.encode(text, false).ok()).collect();
    let around: Vec<_> = texts().map(|text| tokenizer.encode(text, true).ok()).collect();
    let special: Vec<_> = tokenizer.special_tokens().collect();
    json!({"ids": ids, "around": around, "size": tokenizer.vocabulary_size(), "special": special})
}

/// What the reference says, with the ids of every text with what stands around it.
fn expected(outcome: &Value) -> Value {
    if outcome.is_string() {
        return outcome.clone();
    }
    let around = outcome["ids"].as_array().unwrap().iter().map(|ids| {
        let ids = ids.as_array()?;
        let [before, after] = ["before", "after"].map(|part| outcome[part].as_array().unwrap());
        Some([before.as_slice(), ids, after].concat())
    });
    json!({"ids": outcome["ids"], "around": around.collect::<Vec<_>>(), "size": outcome["size"],
           "special": outcome["special"]})
}

#[test]
fn builds_as_transformers_does() {
    let reference = reference();
    let cases = reference["cases"].as_array().unwrap();
    assert!(cases.len() > 1000, "{}", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let files = beside(&reference, case);
        let tokenizer = &reference["files"][case[0].as_str().unwrap()];
        let loaded = load(tokenizer, &files, TokenizerRules::Transformers5);
        let refusal = loaded.as_ref().err().cloned();
        let found = outcome(loaded, &reference["texts"]);
        let expected = expected(&reference["outcomes"][case[4].as_u64().unwrap() as usize]);
        if found != expected {
            let files = Value::from(files);
            wrong.push(format!("{} {files}\n  {found}\n  instead of {expected}\n  {refusal:?}", case[0]));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong[..wrong.len().min(12)].join("\n"));
}

#[test]
fn by_the_other_rules_the_file_stands_whatever_the_class() {
    let reference = reference();
    let tokenizer = &reference["files"]["bytes"];
    let named = |class: &str| beside(&json!({"beside": [{}]}), &json!(["bytes", 0, class, "qwen2"]));
    let by = |class, rules| outcome(load(tokenizer, &named(class), rules), &reference["texts"]);
    let plain = by("PreTrainedTokenizerFast", TokenizerRules::File);
    for class in ["Qwen2Tokenizer", "LlamaTokenizer", "GPT2Tokenizer", "GPTNeoXTokenizerFast", "T5Tokenizer"] {
        assert_eq!(by(class, TokenizerRules::File), plain, "{class}");
    }
    assert_ne!(by("Qwen2Tokenizer", TokenizerRules::Transformers5), plain);
}

#[test]
fn a_class_of_another_kind_is_refused_by_name() {
    let reference = reference();
    let tokenizer = &reference["files"]["unigram"];
    let refusal = |class: &str, model_type: &str| {
        let files = beside(&json!({"beside": [{}]}), &json!(["unigram", 0, class, model_type]));
        load(tokenizer, &files, TokenizerRules::Transformers5).err().unwrap_or_default()
    };
    for class in ["T5Tokenizer", "XLMRobertaTokenizerFast", "BertTokenizer"] {
        let message = refusal(class, "llama");
        let name = class.trim_end_matches("Fast");
        assert!(message.contains(&format!("its tokenizer cannot be built: transformers 5 builds it as `{name}`")));
        assert!(message.contains("`--tokenizer-rules file`") && !message.contains('\n'), "{message}");
        assert_eq!(refusal(class, "mistral"), "", "the model type takes the file as it stands");
    }
}

#[test]
fn a_folder_without_a_tokenizer_is_told() {
    let error = ModelTokenizer::load(Path::new("nowhere"), TokenizerRules::File).unwrap_err().to_string();
    assert!(error.contains("tokenizer.json: no such file"), "{error}");
}
