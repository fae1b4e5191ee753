//! The files by which texts become token ids: tokenizer and chat template.

use std::path::Path;

use chrono::NaiveDateTime;
use serde_json::json;
use weighhouse::engine::chat::ChatTemplate;
use weighhouse::engine::conversation::ConversationEncoder;
use weighhouse::engine::request::{TemplateRequest, TokenizerRules};
use weighhouse::engine::tokenizer::ModelTokenizer;

use super::engine::put;
use crate::case::Case;
use crate::harness::Target;

pub const TOKENIZER: Target = Target {
    name: "tokenizer",
    run: tokenizer,
    dictionary: &[
        "model",
        "vocab",
        "merges",
        "type",
        "BPE",
        "WordPiece",
        "WordLevel",
        "Unigram",
        "unk_token",
        "unk_id",
        "byte_fallback",
        "dropout",
        "continuing_subword_prefix",
        "end_of_word_suffix",
        "fuse_unk",
        "ignore_merges",
        "max_input_chars_per_word",
        "normalizer",
        "Sequence",
        "normalizers",
        "pretokenizers",
        "Replace",
        "Prepend",
        "Precompiled",
        "precompiled_charsmap",
        "AAAAAA==",
        "NFKC",
        "BertNormalizer",
        "Lowercase",
        "Strip",
        "Nmt",
        "pattern",
        "Regex",
        "String",
        "content",
        "(a|a)*$",
        "(?<=(a+))b",
        "\\p{L}+",
        "[^\\s]+|\\s+(?!\\S)",
        "pre_tokenizer",
        "Split",
        "behavior",
        "Isolated",
        "MergedWithPrevious",
        "invert",
        "ByteLevel",
        "Metaspace",
        "replacement",
        "prepend_scheme",
        "Digits",
        "Punctuation",
        "FixedLength",
        "length",
        "CharDelimiterSplit",
        "UnicodeScripts",
        "post_processor",
        "TemplateProcessing",
        "single",
        "pair",
        "SpecialToken",
        "special_tokens",
        "ids",
        "tokens",
        "BertProcessing",
        "RobertaProcessing",
        "sep",
        "cls",
        "added_tokens",
        "id",
        "special",
        "lstrip",
        "rstrip",
        "single_word",
        "normalized",
        "added_tokens_decoder",
        "extra_special_tokens",
        "additional_special_tokens",
        "tokenizer_class",
        "GPT2Tokenizer",
        "GPTNeoXTokenizer",
        "add_prefix_space",
        "chat_template",
        "bos_token",
        "truncation",
        "padding",
        "max_length",
        "stride",
    ],
    also: Vec::new,
    inputs: 1000,
};

pub const TEMPLATE: Target = Target {
    name: "template",
    run: template,
    dictionary: &[
        "{%",
        "%}",
        "{{",
        "}}",
        "{#",
        "#}",
        "{%-",
        "-%}",
        "for",
        "endfor",
        "if",
        "elif",
        "else",
        "endif",
        "set",
        "endset",
        "macro",
        "endmacro",
        "call",
        "endcall",
        "filter",
        "endfilter",
        "with",
        "generation",
        "endgeneration",
        "raw",
        "break",
        "continue",
        "recursive",
        "loop(messages)",
        "loop.index",
        "loop.cycle",
        "loop.previtem",
        "namespace(",
        "messages",
        "add_generation_prompt",
        "message['content']",
        "[::-1]",
        "[1:]",
        "[-1]",
        "~",
        "+",
        "*",
        "**",
        "//",
        "%",
        "in",
        "not",
        "is defined",
        "is string",
        "|tojson(indent=",
        "|trim",
        "|length",
        "|join",
        "|indent(",
        "|format(",
        "|batch(",
        "|slice(",
        "|replace('', ",
        "|map(attribute=",
        "|selectattr(",
        "|groupby(",
        "|sort",
        "|unique",
        "|list",
        "|reverse",
        "|first",
        "|last",
        "|sum",
        "|round(",
        "|int",
        "|float",
        "|default(",
        "|items",
        "|dictsort",
        ".format(",
        ".split(",
        ".strip()",
        ".replace(",
        ".startswith(",
        ".items()",
        ".center(",
        ".join(",
        ".upper()",
        "range(",
        "dict(",
        "strftime_now('%d %b %Y')",
        "strftime_now('%",
        "raise_exception('no')",
        "'{:>9}'",
        "'%5d'",
        "lipsum(",
        "debug()",
        "self",
        "include",
        "extends",
        "block",
        "import",
        "autoescape",
        "true",
        "none",
        "(",
        ")",
    ],
    also: known_templates,
    inputs: 2000,
};

fn known_templates() -> Vec<Case> {
    let text = std::fs::read("tests/data/chat-templates.json").unwrap();
    let known: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let template = |case: &serde_json::Value| Case::single(case["template"].as_str().unwrap().into());
    known["cases"].as_array().unwrap().iter().map(template).collect()
}

fn noon() -> NaiveDateTime {
    "2026-01-31T12:00:00".parse().unwrap()
}

/// The part `text` is what is encoded; the others are the files of a tokenizer.
fn tokenizer(case: &Case, folder: &Path) -> String {
    put(case, folder);
    let text = case.text("text");
    let mut tokenizer = match ModelTokenizer::load(folder, TokenizerRules::default()) {
        Ok(tokenizer) => tokenizer,
        Err(error) => return error.to_string(),
    };
    let ids = |tokenizer: &ModelTokenizer, special| match tokenizer.encode(&text, special) {
        Ok(ids) => format!("{} ids", if ids.is_empty() { "no" } else { "some" }),
        Err(error) => error.to_string(),
    };
    let (with, without) = (ids(&tokenizer, true), ids(&tokenizer, false));
    let cut = tokenizer.truncate(8).map_or_else(|error| error.to_string(), |()| ids(&tokenizer, true));
    let turns = [json!({"role": "user", "content": "What?"}), json!({"role": "assistant", "content": text})];
    let conversation = ConversationEncoder::load(folder, &TemplateRequest::Auto, TokenizerRules::default(), noon())
        .and_then(|encoder| encoder.encode(&turns, 64))
        .map_or_else(|error| error.to_string(), |_| "encoded".into());
    format!("{with} {without} {cut} {conversation}")
}

fn template(case: &Case, _: &Path) -> String {
    let source = String::from_utf8_lossy(case.bytes());
    let tokens = [("bos_token", "<s>"), ("eos_token", "</s>")].into_iter();
    let template = match ChatTemplate::new("chat_template.jinja".into(), &source, tokens, noon()) {
        Ok(template) => template,
        Err(error) => return error.to_string(),
    };
    let turns =
        [json!({"role": "user", "content": "What is 2 + 2?\n"}), json!({"role": "assistant", "content": "4 — naïve"})];
    let render =
        |turns, prompt| template.render(turns, prompt).map_or_else(|error| error.to_string(), |_| "text".into());
    format!("{} {}", render(&turns, false), render(&turns[..1], true))
}

/// What a template renders without messages, or what it says.
pub fn rendering(source: &str) -> String {
    let template = ChatTemplate::new("chat_template.jinja".into(), source, [].into_iter(), noon());
    template.and_then(|template| template.render(&[], false)).unwrap_or_else(|error| error.to_string())
}
