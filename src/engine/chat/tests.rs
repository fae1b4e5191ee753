//! Which template is chosen, and what its errors say. What templates render is compared in tests/chat_templates.rs.

use super::super::request::TokenizerRules;
use super::super::tokenizer::testing::folder;
use super::*;
use serde_json::json;

fn now() -> NaiveDateTime {
    NaiveDateTime::default()
}

fn template(source: &str) -> Result<ChatTemplate, TextError> {
    ChatTemplate::new("m/chat_template.jinja".into(), source, std::iter::empty(), now())
}

fn render(source: &str) -> Result<String, TextError> {
    template(source)?.render(&[json!({"role": "user", "content": "hi"})], true)
}

/// What `choice` renders on a model with these files.
fn chosen(choice: &TemplateRequest, files: &[(&str, String)]) -> Result<Option<String>, TextError> {
    let tokenizer = ModelTokenizer::load(folder(files).path(), TokenizerRules::default())?;
    // The folder is gone by now; only the files of the model itself are read again.
    let template = ChatTemplate::choose(choice, &tokenizer, now())?;
    template.map(|template| template.render(&[], false)).transpose()
}

fn config(template: serde_json::Value) -> (&'static str, String) {
    ("tokenizer_config.json", json!({ "chat_template": template }).to_string())
}

#[test]
fn a_model_brings_its_template_in_three_ways() {
    let auto = TemplateRequest::Auto;
    assert_eq!(chosen(&auto, &[config(json!("plain"))]).unwrap().unwrap(), "plain");
    let named = json!([{"name": "tool_use", "template": "tools"}, {"name": "default", "template": "usual"}]);
    assert_eq!(chosen(&auto, &[config(named)]).unwrap().unwrap(), "usual");
    let by_name = json!({"tool_use": "tools", "default": "usual"});
    assert_eq!(chosen(&auto, &[config(by_name)]).unwrap().unwrap(), "usual");
    let folder = folder(&[config(json!("plain")), ("chat_template.jinja", "file".into())]);
    let tokenizer = ModelTokenizer::load(folder.path(), TokenizerRules::default()).unwrap();
    let template = ChatTemplate::choose(&auto, &tokenizer, now()).unwrap().unwrap();
    assert_eq!(template.render(&[], false).unwrap(), "file", "the file goes first");
}

#[test]
fn other_templates_can_be_chosen() {
    let own = config(json!("plain"));
    assert!(chosen(&TemplateRequest::None, std::slice::from_ref(&own)).unwrap().is_none());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.jinja");
    std::fs::write(&path, "given").unwrap();
    assert_eq!(chosen(&TemplateRequest::File(path), std::slice::from_ref(&own)).unwrap().unwrap(), "given");
    let missing = chosen(&TemplateRequest::File("none.jinja".into()), &[own]).unwrap_err().to_string();
    assert!(missing.starts_with("none.jinja: cannot be read: "), "{missing}");
}

#[test]
fn without_template_the_remedy_is_named() {
    let error = chosen(&TemplateRequest::Auto, &[]).unwrap_err().to_string();
    assert!(error.contains("the model has no chat template") && error.contains("`--template none`"), "{error}");
    let unnamed = chosen(&TemplateRequest::Auto, &[config(json!([{"name": "rag", "template": "x"}]))]).unwrap_err();
    assert!(unnamed.to_string().contains("no chat template is named `default`, only `rag`"), "{unnamed}");
    let number = chosen(&TemplateRequest::Auto, &[config(json!(3))]).unwrap_err().to_string();
    assert!(number.contains("tokenizer_config.json: `chat_template` is 3; it must be a text"), "{number}");
}

#[test]
fn errors_name_the_file_and_the_line() {
    let syntax = template("a\n{% if %}").unwrap_err().to_string();
    assert!(syntax.starts_with("m/chat_template.jinja: the chat template is not valid: "), "{syntax}");
    assert!(syntax.contains("(line 2)"), "{syntax}");
    let refusal = render("\n{{ raise_exception('no\nway') }}").unwrap_err().to_string();
    assert_eq!(
        refusal,
        "m/chat_template.jinja: the chat template refuses the conversation: no way (line 2); \
         give another with `--template FILE`"
    );
    let raised = render("{% macro m() %}{{ raise_exception('no') }}{% endmacro %}{{ m() }}").unwrap_err();
    assert!(raised.is_of_the_text(), "{raised}");
    // What fails, or cannot be followed here, says nothing of the conversation.
    for failing in ["{{ nothing.at.all }}", "{{ 'a b'|wordwrap(1) }}", "{{ '%d' % 1.5 }}", "{{ 'a' * 9999999 }}"] {
        assert!(!render(failing).unwrap_err().is_of_the_text(), "{failing}");
    }
    assert!(render("{{ strftime_now('%Q') }}").unwrap_err().to_string().contains("cannot format \"%Q\""));
    assert!(render("{{ nothing.at.all }}").unwrap_err().to_string().contains("undefined"));
    assert!(render("{{ nothing | tojson }}").unwrap_err().to_string().contains("cannot be written as JSON"));
}

#[test]
fn an_endless_template_runs_dry() {
    let loops = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}";
    assert!(render(loops).unwrap_err().to_string().contains("cannot take more than 5000000 steps"));
}

#[test]
fn tools_and_documents_are_none() {
    assert_eq!(
        render("{{ tools is none }} {{ documents is none }} {{ bos_token is defined }}").unwrap(),
        "True True False"
    );
}
