//! What a template may put into a namespace, the only thing in it that changes. A namespace that holds itself has no end,
//! and one that holds a list in a list in a list a far one: our engine would end the whole program over either.

use minijinja::value::ValueKind;
use minijinja::{Error, Value};

use super::arguments::fault;
use super::budget::kept;

/// Most values in what a namespace holds, those in them included.
const MOST_PARTS: usize = 1000;

/// A value on its way into a namespace.
///
/// # Errors
/// It is or holds a namespace, or holds too much.
pub fn into_namespace(value: Value) -> Result<Value, Error> {
    count_parts(&value, &mut 0).and_then(|()| kept(value))
}

fn count_parts(value: &Value, count: &mut usize) -> Result<(), Error> {
    *count += 1;
    if *count > MOST_PARTS {
        return Err(fault(format!("a namespace cannot hold more than {MOST_PARTS} values")));
    }
    let is_map = value.kind() == ValueKind::Map;
    match value.as_object() {
        Some(object) if is_map && object.type_name().ends_with("Namespace") => {
            Err(fault("a namespace cannot hold a namespace"))
        }
        Some(_) if is_map => value.try_iter()?.try_for_each(|key| count_parts(&value.get_item(&key)?, count)),
        Some(_) if value.kind() == ValueKind::Seq => value.try_iter()?.try_for_each(|item| count_parts(&item, count)),
        _ => Ok(()),
    }
}
