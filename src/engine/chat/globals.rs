//! Jinja's functions and tests where our engine has none of the name, or one that says something else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use minijinja::value::{Kwargs, Object, ObjectRepr, Rest, ValueKind, ValueOrKwargs};
use minijinja::{Environment, Error, ErrorKind, State, Value};

use super::arguments::{Arguments, fault};
use super::budget::kept;
use super::numbers;

/// Tests of our engine that Jinja has not.
const UNKNOWN: [&str; 4] = ["endingwith", "int", "safe", "startingwith"];

/// Puts the functions and tests into an environment.
pub fn add(environment: &mut Environment<'static>) {
    environment.remove_global("debug");
    environment.add_function("__iterable", iterable);
    environment.add_function("__percent", numbers::percent);
    environment.add_function("cycler", cycler);
    environment.add_function("dict", dict);
    environment.add_function("joiner", joiner);
    environment.add_function("lipsum", |_: Rest<ValueOrKwargs>| -> Result<Value, Error> {
        Err(fault("lipsum makes another text each time"))
    });
    UNKNOWN.iter().for_each(|name| environment.remove_test(name));
    environment.add_test("callable", is_callable);
    environment.add_test("false", |value: &Value| value.kind() == ValueKind::Bool && !value.is_true());
    environment.add_test("integer", |value: &Value| value.is_integer() && value.kind() == ValueKind::Number);
    environment.add_test("iterable", |value: &Value| !value.is_none() && value.try_iter().is_ok());
    environment
        .add_test("sequence", |value: &Value| !value.is_none() && (value.len().is_some() || value.is_undefined()));
    environment.add_test("true", |value: &Value| value.kind() == ValueKind::Bool && value.is_true());
}

/// What a loop goes over: with a length, which a loop may ask for.
fn iterable(value: Value) -> Result<Value, Error> {
    let value = kept(value)?;
    match value.kind() {
        ValueKind::None => Err(fault("none is not iterable")),
        ValueKind::Iterable if value.len().is_some() => Ok(value),
        ValueKind::String | ValueKind::Iterable => Ok(Value::from(value.try_iter()?.collect::<Vec<Value>>())),
        _ => Ok(value),
    }
}

/// What is not there can be called in Jinja's eyes, as it can there.
fn is_callable(value: &Value) -> bool {
    let is_function = value.kind() == ValueKind::Plain && value.downcast_object_ref::<Cycler>().is_none();
    let is_macro = || value.get_attr("caller").is_ok_and(|caller| caller.kind() == ValueKind::Bool);
    value.is_undefined() || is_function || value.kind() == ValueKind::Map && is_macro()
}

fn dict(rest: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let values = rest.into_values();
    let (first, named): (Option<Value>, Kwargs) = minijinja::value::from_args(&values)?;
    let mut pairs: Vec<(Value, Value)> = Vec::new();
    if let Some(first) = first {
        for item in first.try_iter()? {
            pairs.push(match first.kind() {
                ValueKind::Map => (item.clone(), first.get_item(&item)?),
                _ => (item.get_item_by_index(0)?, item.get_item_by_index(1)?),
            });
        }
    }
    for name in named.args() {
        pairs.push((Value::from(name), named.peek(name)?));
    }
    Ok(Value::from_pairs(pairs))
}

/// Goes round a list.
#[derive(Debug)]
struct Cycler {
    items: Vec<Value>,
    at: AtomicUsize,
}

fn cycler(rest: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let items = rest.into_values();
    if items.is_empty() {
        return Err(fault("at least one item has to be provided"));
    }
    Ok(Value::from_object(Cycler { items, at: AtomicUsize::new(0) }))
}

impl Cycler {
    fn current(&self) -> Value {
        self.items[self.at.load(Ordering::Relaxed)].clone()
    }
}

impl Object for Cycler {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "current" => Some(self.current()),
            _ => None,
        }
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, _: &[Value]) -> Result<Value, Error> {
        match method {
            "next" => {
                let current = self.current();
                self.at.store((self.at.load(Ordering::Relaxed) + 1) % self.items.len(), Ordering::Relaxed);
                Ok(current)
            }
            "reset" => {
                self.at.store(0, Ordering::Relaxed);
                Ok(Value::from(()))
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

/// Gives nothing the first time, and what stands between items from then on.
#[derive(Debug)]
struct Joiner {
    between: Value,
    used: AtomicBool,
}

fn joiner(rest: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let arguments = Arguments::rest(rest)?;
    let between = arguments.get(0, "sep")?.unwrap_or_else(|| Value::from(", "));
    arguments.finish(1)?;
    Ok(Value::from_object(Joiner { between, used: AtomicBool::new(false) }))
}

impl Object for Joiner {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, _: &[Value]) -> Result<Value, Error> {
        Ok(if self.used.swap(true, Ordering::Relaxed) { self.between.clone() } else { Value::from("") })
    }
}
