//! The environment that chat templates are rendered in, as transformers sets Jinja up for them: blocks on lines of their
//! own leave no trace, loops can be left, and all that Python's Jinja has is there or refused by name.

use chrono::NaiveDateTime;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, escape_formatter};

use super::{budget, filters, globals, methods, namespace, numbers, python, source};

/// Instructions that one rendering may take; a usual one takes some hundreds. Templates come from strangers.
pub const FUEL: u64 = 5_000_000;
/// Under which a template is compiled.
pub const NAME: &str = "chat_template";

/// An environment that holds `source` as its only template.
pub fn compile(source: &str, now: NaiveDateTime) -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_fuel(Some(FUEL));
    environment.set_unknown_method_callback(methods::call);
    environment.set_formatter(|output, state, value| match numbers::shown_float(value) {
        Some(text) => output.write_str(&text).map_err(Error::from),
        None => budget::kept(value.clone()).and_then(|value| escape_formatter(output, state, &value)),
    });
    filters::add(&mut environment);
    globals::add(&mut environment);
    environment.add_filter("tojson", python::to_json);
    environment.add_function("__kept", budget::kept);
    environment.add_function("__written", budget::written);
    environment.add_function("__into_namespace", namespace::into_namespace);
    environment.add_function("raise_exception", python::raise_exception);
    environment.add_function("strftime_now", move |format: &str| python::strftime(now, format));
    environment.add_template_owned(NAME, source::as_plain_jinja(source)?)?;
    Ok(environment)
}
