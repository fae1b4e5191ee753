//! Jinja's filters where our engine has none of the name, or one that says something else.

use std::sync::Arc;

use minijinja::value::{Enumerator, Kwargs, Object, ObjectRepr, Rest, ValueKind, ValueOrKwargs};
use minijinja::{Environment, Error, State, Value, filters};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::arguments::{Arguments, fault, text_of};
use super::budget::{kept, spend_text};
use super::characters::{capitalized, is_space, lines, padded, replaced};
use super::methods::spend_join;
use super::numbers;

/// What an address keeps as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const PATH: &AsciiSet = &PLAIN.remove(b'/');

/// Filters that go over their value, which Python cannot where it is none.
const GOING_OVER: [&str; 18] = [
    "batch",
    "first",
    "groupby",
    "join",
    "last",
    "list",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "reverse",
    "select",
    "selectattr",
    "slice",
    "sort",
    "sum",
    "unique",
];
/// Filters of our engine that Jinja has not, or that show values as Jinja does not.
const UNKNOWN: [&str; 6] = ["bool", "chain", "lines", "pprint", "split", "zip"];

type Result<T> = std::result::Result<T, Error>;

/// Puts the filters into an environment.
pub fn add(environment: &mut Environment<'static>) {
    UNKNOWN.iter().for_each(|name| environment.remove_filter(name));
    add_aliases(environment);
    for name in GOING_OVER {
        let guarded =
            move |state: &mut State<'_, '_>, value: Value, rest: Rest<ValueOrKwargs>| go_over(state, name, value, rest);
        environment.add_filter(name, guarded);
    }
    environment.add_filter("capitalize", |value: &Value| capitalized(&shown(value)));
    environment.add_filter("center", center);
    environment.add_filter("d", default);
    environment.add_filter("default", default);
    environment.add_filter("dictsort", dictsort);
    environment.add_filter("e", escape);
    environment.add_filter("escape", escape);
    environment.add_filter("float", numbers::float);
    environment.add_filter("format", numbers::format_filter);
    environment.add_filter("indent", indent);
    environment.add_filter("int", numbers::int);
    environment.add_filter("items", items);
    environment.add_filter("length", length);
    environment.add_filter("count", length);
    environment.add_filter("replace", replace);
    environment.add_filter("trim", trim);
    environment.add_filter("truncate", truncate);
    environment.add_filter("urlencode", urlencode);
    environment.add_filter("wordcount", wordcount);
}

/// Our engine's own filters under other names, for those here that only check what they are given.
fn add_aliases(environment: &mut Environment<'static>) {
    environment.add_filter("__batch", filters::batch);
    environment.add_filter("__dictsort", filters::dictsort);
    environment.add_filter("__first", filters::first);
    environment.add_filter("__groupby", filters::groupby);
    environment.add_filter("__items", filters::items);
    environment.add_filter("__join", filters::join);
    environment.add_filter("__last", filters::last);
    environment.add_filter("__length", filters::length);
    environment.add_filter("__list", filters::list);
    environment.add_filter("__map", filters::map);
    environment.add_filter("__max", filters::max);
    environment.add_filter("__min", filters::min);
    environment.add_filter("__reject", filters::reject);
    environment.add_filter("__rejectattr", filters::rejectattr);
    environment.add_filter("__reverse", filters::reverse);
    environment.add_filter("__select", filters::select);
    environment.add_filter("__selectattr", filters::selectattr);
    environment.add_filter("__slice", filters::slice);
    environment.add_filter("__sort", filters::sort);
    environment.add_filter("__sum", filters::sum);
    environment.add_filter("__unique", filters::unique);
}

/// A value as it is printed.
fn shown(value: &Value) -> String {
    value.to_string()
}

fn go_over(state: &mut State<'_, '_>, name: &str, value: Value, rest: Rest<ValueOrKwargs>) -> Result<Value> {
    if value.is_none() {
        return Err(fault(format!("none cannot be gone over by `{name}`")));
    }
    if value.is_undefined() && matches!(name, "first" | "last" | "min" | "max") {
        return Ok(value);
    }
    let mut values = vec![value];
    values.extend(rest.into_values());
    if name == "sort" {
        sort_as_python(&mut values)?;
    }
    if name == "join" {
        let between = Arguments::new(&values)?.get(1, "d")?.unwrap_or_else(|| Value::from(""));
        spend_join(&values[0], &between.to_string())?;
    }
    if matches!(name, "batch" | "slice") {
        // So many lists, or values of a list that is filled up, before a result can be counted.
        values.get(1).and_then(Value::as_usize).map_or(Ok(()), |count| spend_text(count.saturating_mul(16)))?;
    }
    let result = kept(state.apply_filter(&format!("__{name}"), &values)?)?;
    if name == "groupby" { named_by_first(&result, &Arguments::new(&values)?) } else { Ok(result) }
}

/// `sort(reverse, case_sensitive, attribute)` by name, as our engine takes it; texts and numbers have no order.
fn sort_as_python(values: &mut Vec<Value>) -> Result<()> {
    let arguments = Arguments::new(values)?;
    let names = ["reverse", "case_sensitive", "attribute"];
    let mut named = Vec::new();
    for (index, name) in names.into_iter().enumerate() {
        named.extend(arguments.get(index + 1, name)?.map(|value| (name, value)));
    }
    arguments.finish(4)?;
    let kinds: Vec<ValueKind> = values[0].try_iter()?.map(|item| item.kind()).collect();
    if kinds.contains(&ValueKind::String) && kinds.contains(&ValueKind::Number) {
        return Err(fault("texts and numbers cannot be sorted together"));
    }
    values.truncate(1);
    if !named.is_empty() {
        values.push(Kwargs::from_iter(named).into());
    }
    Ok(())
}

/// A group of `groupby`: a pair whose parts have names too.
#[derive(Debug)]
struct Group {
    grouper: Value,
    list: Value,
}

impl Object for Group {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match (key.as_str(), key.as_usize()) {
            (Some("grouper"), _) | (_, Some(0)) => Some(self.grouper.clone()),
            (Some("list"), _) | (_, Some(1)) => Some(self.list.clone()),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(2)
    }
}

/// Groups that are named by their first item's word, not by its small letters.
fn named_by_first(groups: &Value, arguments: &Arguments) -> Result<Value> {
    let attribute = arguments.required(1, "attribute")?;
    let mut named = Vec::new();
    for group in groups.try_iter()? {
        let (label, list) = (group.get_item_by_index(0)?, group.get_item_by_index(1)?);
        let mut grouper = list.get_item_by_index(0)?;
        for part in attribute.to_string().split('.') {
            grouper = grouper.get_item(&Value::from(part)).unwrap_or_default();
        }
        let other = label.kind() == ValueKind::String && grouper.kind() == ValueKind::String;
        named.push(Value::from_object(Group { grouper: if other { grouper } else { label }, list }));
    }
    Ok(Value::from(named))
}

fn center(value: &Value, rest: Rest<ValueOrKwargs>) -> Result<String> {
    let arguments = Arguments::rest(rest)?;
    let width = arguments.number_or(0, "width", 80)?;
    arguments.finish(1)?;
    padded(&shown(value), "center", width, " ")
}

fn default(value: Value, rest: Rest<ValueOrKwargs>) -> Result<Value> {
    let arguments = Arguments::rest(rest)?;
    let other = arguments.get(0, "default_value")?.unwrap_or_else(|| Value::from(""));
    let boolean = arguments.flag_or(1, "boolean", false)?;
    arguments.finish(2)?;
    Ok(if value.is_undefined() || boolean && !value.is_true() { other } else { value })
}

fn dictsort(state: &mut State<'_, '_>, value: Value, rest: Rest<ValueOrKwargs>) -> Result<Value> {
    let arguments = Arguments::rest(rest)?;
    let mut named = Vec::new();
    for (index, name) in ["case_sensitive", "by", "reverse"].into_iter().enumerate() {
        named.extend(arguments.get(index, name)?.map(|value| (name, value)));
    }
    arguments.finish(3)?;
    state.apply_filter("__dictsort", &[value, Kwargs::from_iter(named).into()])
}

/// With the entities that Jinja writes; what is safe stays.
fn escape(value: Value) -> Value {
    if value.is_safe() {
        return value;
    }
    let escaped = shown(&value).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    Value::from_safe_string(escaped.replace('"', "&#34;").replace('\'', "&#39;"))
}

fn indent(value: &Value, rest: Rest<ValueOrKwargs>) -> Result<String> {
    let arguments = Arguments::rest(rest)?;
    let width = arguments.get(0, "width")?.unwrap_or_else(|| Value::from(4));
    let (first, blank) = (arguments.flag_or(1, "first", false)?, arguments.flag_or(2, "blank", false)?);
    arguments.finish(3)?;
    let step = match width.as_str() {
        Some(step) => step.to_owned(),
        None => " ".repeat(usize::try_from(width)?.min(1 << 10)),
    };
    let (text, mut indented) = (shown(value) + "\n", String::new());
    spend_text(text.matches(['\n', '\r']).count().saturating_mul(step.len()))?;
    for (index, line) in lines(&text, false).iter().enumerate() {
        let steps = if index == 0 { first } else { blank || !line.is_empty() };
        indented += if index == 0 { "" } else { "\n" };
        indented += if steps { &step } else { "" };
        indented += line;
    }
    Ok(indented)
}

fn items(state: &mut State<'_, '_>, value: Value) -> Result<Value> {
    if value.is_undefined() { Ok(Value::from(Vec::<Value>::new())) } else { state.apply_filter("__items", &[value]) }
}

fn length(state: &mut State<'_, '_>, value: Value) -> Result<Value> {
    if value.is_undefined() { Ok(Value::from(0)) } else { state.apply_filter("__length", &[value]) }
}

fn replace(value: &Value, rest: Rest<ValueOrKwargs>) -> Result<String> {
    let arguments = Arguments::rest(rest)?;
    let (old, new) = (shown(&arguments.required(0, "old")?), shown(&arguments.required(1, "new")?));
    let most = usize::try_from(arguments.number_or(2, "count", -1)?).unwrap_or(usize::MAX);
    arguments.finish(3)?;
    replaced(&shown(value), &old, &new, most)
}

fn trim(value: &Value, rest: Rest<ValueOrKwargs>) -> Result<String> {
    let arguments = Arguments::rest(rest)?;
    let given = arguments.get(0, "chars")?.filter(|value| !value.is_none());
    arguments.finish(1)?;
    let characters = given.map(|value| text_of(&value)).transpose()?;
    let is_cut = |char: char| characters.as_ref().map_or_else(|| is_space(char), |set| set.contains(char));
    Ok(shown(value).trim_matches(is_cut).to_owned())
}

fn truncate(value: &Value, rest: Rest<ValueOrKwargs>) -> Result<String> {
    let arguments = Arguments::rest(rest)?;
    let length = usize::try_from(arguments.number_or(0, "length", 255)?).unwrap_or(0);
    let kills_words = arguments.flag_or(1, "killwords", false)?;
    let end = arguments.text_or(2, "end", "...")?;
    let leeway = usize::try_from(arguments.number_or(3, "leeway", 5)?).unwrap_or(0);
    arguments.finish(4)?;
    let (text, tail) = (shown(value), end.chars().count());
    if length < tail {
        return Err(fault(format!("expected length >= {tail}, got {length}")));
    }
    if text.chars().count() <= length.saturating_add(leeway) {
        return Ok(text);
    }
    let cut: String = text.chars().take(length - tail).collect();
    let kept = if kills_words { cut.as_str() } else { cut.rsplit_once(' ').map_or(cut.as_str(), |(kept, _)| kept) };
    Ok(format!("{kept}{end}"))
}

fn urlencode(value: &Value) -> Result<String> {
    let quoted = |text: String| utf8_percent_encode(&text, PLAIN).to_string().replace("%20", "+");
    let pair = |key: &Value, value: &Value| format!("{}={}", quoted(shown(key)), quoted(shown(value)));
    let pairs: Vec<String> = match value.kind() {
        ValueKind::Map => {
            let keys: Vec<Value> = value.try_iter()?.collect();
            keys.iter().map(|key| Ok(pair(key, &value.get_item(key)?))).collect::<Result<_>>()?
        }
        ValueKind::Seq | ValueKind::Iterable => {
            let parts =
                value.try_iter()?.map(|item| Ok(pair(&item.get_item_by_index(0)?, &item.get_item_by_index(1)?)));
            parts.collect::<Result<_>>()?
        }
        _ => return Ok(utf8_percent_encode(&shown(value), PATH).to_string()),
    };
    Ok(pairs.join("&"))
}

fn wordcount(value: &Value) -> usize {
    let text = shown(value);
    text.split(|char: char| !char.is_alphanumeric() && char != '_').filter(|word| !word.is_empty()).count()
}
