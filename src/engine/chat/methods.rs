//! The methods of Python's texts, lists and dictionaries that Jinja's sandbox lets a template call. Those that change
//! something are refused there, and here.

use minijinja::formatting::FormatStyle;
use minijinja::value::{Tuple, ValueKind};
use minijinja::{Error, State, Value};

use super::arguments::{Arguments, fault, text_of};
use super::budget::{kept, spend_text, weighed};
use super::characters::*;
use super::numbers::format_within_width;

/// Calls a method that the engine itself does not know.
///
/// # Errors
/// There is no such method, or it refuses its arguments.
pub fn call(state: &mut State, value: &Value, method: &str, values: &[Value]) -> Result<Value, Error> {
    let arguments = Arguments::new(values)?;
    if let (Some(text), "format") = (value.as_str(), method) {
        return format_within_width(FormatStyle::StrFormat, text, values).map(Value::from);
    }
    let own = match value.kind() {
        ValueKind::String => on_text(value.as_str().unwrap_or_default(), method, &arguments)?,
        ValueKind::Seq => on_list(value, method, &arguments)?,
        ValueKind::Map if method == "copy" => arguments.finish(0).map(|()| Some(value.clone()))?,
        _ => None,
    };
    match own {
        Some(result) => kept(result),
        None => minijinja_contrib::pycompat::unknown_method_callback(state, value, method, values).and_then(kept),
    }
}

/// Counts the text that joining a list makes, before it is made.
///
/// # Errors
/// It is too large, or too much is made.
pub fn spend_join(list: &Value, between: &str) -> Result<(), Error> {
    let items = list.len().or_else(|| list.as_str().map(str::len)).unwrap_or(0);
    spend_text(weighed(list)?.saturating_add(items.saturating_mul(between.len())))
}

fn on_list(list: &Value, method: &str, arguments: &Arguments) -> Result<Option<Value>, Error> {
    let result = match method {
        "copy" => list.clone(),
        "index" => {
            let wanted = arguments.required(0, "")?;
            let at = list.try_iter()?.position(|item| item == wanted);
            Value::from(at.ok_or_else(|| fault(format!("{wanted} is not in the list")))?)
        }
        _ => return Ok(None),
    };
    arguments.finish(1).map(|()| Some(result))
}

fn on_text(text: &str, method: &str, arguments: &Arguments) -> Result<Option<Value>, Error> {
    for family in [searching, cutting, padding, changing, asking] {
        if let Some(result) = family(text, method, arguments)? {
            return Ok(Some(result));
        }
    }
    Ok(None)
}

/// The part of a text that `start` and `end`, arguments 1 and 2, leave; and how many characters lie before it.
fn part(text: &str, arguments: &Arguments) -> Result<Option<(Vec<char>, usize)>, Error> {
    let characters: Vec<char> = text.chars().collect();
    let length = characters.len() as i64;
    let bound = |at: i64| if at < 0 { (at + length).max(0) } else { at };
    let start = bound(arguments.number_or(1, "", 0)?);
    let end = bound(arguments.number_or(2, "", length)?).min(length);
    arguments.finish(3)?;
    let inside = start <= length && start <= end;
    Ok(inside.then(|| (characters[start as usize..end as usize].to_vec(), start as usize)))
}

/// Where `wanted` first, or last, begins.
fn find(characters: &[char], wanted: &[char], last: bool) -> Option<usize> {
    let mut places = 0..(characters.len() + 1).saturating_sub(wanted.len());
    let is_there = |at: &usize| characters[*at..].starts_with(wanted);
    if last { places.rev().find(is_there) } else { places.find(is_there) }
}

fn searching(text: &str, method: &str, arguments: &Arguments) -> Result<Option<Value>, Error> {
    if !matches!(method, "find" | "rfind" | "index" | "rindex" | "count" | "startswith" | "endswith") {
        return Ok(None);
    }
    let (part, given) = (part(text, arguments)?, arguments.required(0, "")?);
    if method == "startswith" || method == "endswith" {
        let affixes = match given.kind() {
            ValueKind::String => vec![text_of(&given)?],
            _ => given.try_iter()?.map(|affix| text_of(&affix)).collect::<Result<_, _>>()?,
        };
        let fits = |affix: &String| {
            let affix: Vec<char> = affix.chars().collect();
            let ends =
                |part: &Vec<char>| if method == "endswith" { part.ends_with(&affix) } else { part.starts_with(&affix) };
            part.as_ref().is_some_and(|(part, _)| ends(part))
        };
        return Ok(Some(Value::from(affixes.iter().any(fits))));
    }
    let wanted: Vec<char> = text_of(&given)?.chars().collect();
    if method == "count" {
        return Ok(Some(Value::from(part.map_or(0, |(part, _)| count(&part, &wanted)))));
    }
    let found = part.and_then(|(part, start)| Some(start + find(&part, &wanted, method.starts_with('r'))?));
    match found {
        Some(at) => Ok(Some(Value::from(at))),
        None if method.ends_with("find") => Ok(Some(Value::from(-1))),
        None => Err(fault("substring not found")),
    }
}

fn count(part: &[char], wanted: &[char]) -> usize {
    if wanted.is_empty() {
        return part.len() + 1;
    }
    let (mut at, mut number) = (0, 0);
    while let Some(found) = find(&part[at..], wanted, false) {
        at += found + wanted.len();
        number += 1;
    }
    number
}

fn cutting(text: &str, method: &str, arguments: &Arguments) -> Result<Option<Value>, Error> {
    let three = |parts: [&str; 3]| Value::from(Tuple::from(parts.map(Value::from)));
    let result = match method {
        "split" | "rsplit" => {
            let separator = arguments.get(0, "sep")?.filter(|value| !value.is_none());
            let most = usize::try_from(arguments.number_or(1, "maxsplit", -1)?).unwrap_or(usize::MAX);
            let separator = separator.map(|value| text_of(&value)).transpose()?;
            split(text, separator.as_deref(), most, method == "rsplit")?
        }
        "partition" | "rpartition" => {
            let separator = arguments.text(0, "")?;
            if separator.is_empty() {
                return Err(fault("empty separator"));
            }
            let last = method == "rpartition";
            let cut = if last { text.rsplit_once(&separator) } else { text.split_once(&separator) };
            match cut {
                Some((before, after)) => three([before, &separator, after]),
                None if last => three(["", "", text]),
                None => three([text, "", ""]),
            }
        }
        "splitlines" => Value::from(lines(text, arguments.flag_or(0, "keepends", false)?)),
        "strip" | "lstrip" | "rstrip" => {
            let given = arguments.get(0, "")?.filter(|value| !value.is_none());
            let characters = given.map(|value| text_of(&value)).transpose()?;
            let is_cut = |char: char| characters.as_ref().map_or_else(|| is_space(char), |set| set.contains(char));
            let left = if method == "rstrip" { text } else { text.trim_start_matches(is_cut) };
            Value::from(if method == "lstrip" { left } else { left.trim_end_matches(is_cut) })
        }
        "removeprefix" => {
            let prefix = arguments.text(0, "")?;
            Value::from(text.strip_prefix(prefix.as_str()).unwrap_or(text))
        }
        "removesuffix" => {
            let suffix = arguments.text(0, "")?;
            Value::from(text.strip_suffix(suffix.as_str()).unwrap_or(text))
        }
        _ => return Ok(None),
    };
    arguments.finish(2).map(|()| Some(result))
}

/// At `separator`, or at runs of white space, at most so many times, from the left or from the right.
fn split(text: &str, separator: Option<&str>, most: usize, right: bool) -> Result<Value, Error> {
    let Some(separator) = separator else { return Ok(Value::from(words(text, most, right))) };
    if separator.is_empty() {
        return Err(fault("empty separator"));
    }
    let pieces = most.saturating_add(1);
    let mut parts: Vec<&str> = match right {
        true => text.rsplitn(pieces, separator).collect(),
        false => text.splitn(pieces, separator).collect(),
    };
    if right {
        parts.reverse();
    }
    Ok(parts.into_iter().map(str::to_owned).collect())
}

fn words(text: &str, most: usize, right: bool) -> Vec<String> {
    let (mut words, mut rest) = (Vec::new(), text.trim_matches(is_space));
    while !rest.is_empty() {
        let cut = if right { rest.rfind(is_space) } else { rest.find(is_space) };
        let (Some(at), true) = (cut, words.len() < most) else { break };
        let behind = at + rest[at..].chars().next().map_or(0, char::len_utf8);
        let (word, left) = if right { (&rest[behind..], &rest[..at]) } else { (&rest[..at], &rest[behind..]) };
        words.push(word.to_owned());
        rest = left.trim_matches(is_space);
    }
    // What is left in the end keeps the space at its far side, where a limit stopped the cutting.
    let outer = if right { text.trim_end_matches(is_space) } else { text.trim_start_matches(is_space) };
    if !rest.is_empty() {
        let at = if right { outer.find(rest).unwrap_or(0) } else { outer.rfind(rest).unwrap_or(0) };
        let limited = words.len() >= most;
        words.push(match (limited, right) {
            (false, _) => rest.to_owned(),
            (true, true) => outer[..at + rest.len()].to_owned(),
            (true, false) => outer[at..].to_owned(),
        });
    }
    if right {
        words.reverse();
    }
    words
}

fn padding(text: &str, method: &str, arguments: &Arguments) -> Result<Option<Value>, Error> {
    if !matches!(method, "center" | "ljust" | "rjust" | "zfill" | "expandtabs") {
        return Ok(None);
    }
    if method == "expandtabs" {
        let size = usize::try_from(arguments.number_or(0, "tabsize", 8)?).unwrap_or(0).min(1 << 10);
        spend_text(text.matches('\t').count().saturating_mul(size))?;
        return arguments.finish(1).map(|()| Some(Value::from(expand_tabs(text, size))));
    }
    let width = i64::try_from(arguments.required(0, "")?)?;
    if method == "zfill" {
        let (sign, digits) = text.split_at(usize::from(text.starts_with(['-', '+'])));
        let zeros = padded(digits, "rjust", width - sign.len() as i64, "0")?;
        return arguments.finish(1).map(|()| Some(Value::from(format!("{sign}{zeros}"))));
    }
    let padded = padded(text, method, width, &arguments.text_or(1, "", " ")?)?;
    arguments.finish(2).map(|()| Some(Value::from(padded)))
}

fn changing(text: &str, method: &str, arguments: &Arguments) -> Result<Option<Value>, Error> {
    let result = match method {
        "replace" => {
            let (old, new) = (arguments.text(0, "")?, arguments.text(1, "")?);
            let most = usize::try_from(arguments.number_or(2, "count", -1)?).unwrap_or(usize::MAX);
            arguments.finish(3)?;
            return replaced(text, &old, &new, most).map(|text| Some(Value::from(text)));
        }
        "join" => {
            let list = arguments.required(0, "")?;
            spend_join(&list, text)?;
            let parts: Vec<String> = list.try_iter()?.map(|part| text_of(&part)).collect::<Result<_, _>>()?;
            parts.join(text)
        }
        "title" => title(text),
        "capitalize" => capitalized(text),
        "swapcase" => text.chars().flat_map(swapped).collect(),
        "casefold" => text.chars().flat_map(folded).collect(),
        "format_map" => {
            let map = arguments.required(0, "")?;
            arguments.finish(1)?;
            let names: Vec<String> = map.try_iter()?.map(|name| name.to_string()).collect();
            let values = names.iter().map(|name| Ok((name.as_str(), map.get_item(&Value::from(name.as_str()))?)));
            let named = values.collect::<Result<minijinja::value::Kwargs, Error>>()?;
            let style = FormatStyle::StrFormat;
            return format_within_width(style, text, &[named.into()]).map(|text| Some(Value::from(text)));
        }
        _ => return Ok(None),
    };
    arguments.finish(usize::from(method == "join")).map(|()| Some(Value::from(result)))
}

fn asking(text: &str, method: &str, arguments: &Arguments) -> Result<Option<Value>, Error> {
    let all = |is: fn(char) -> bool| !text.is_empty() && text.chars().all(is);
    let cased = |is: fn(char) -> bool, not: fn(char) -> bool| text.chars().any(is) && !text.chars().any(not);
    let answer = match method {
        "isalnum" => all(|char| char.is_alphabetic() && !is_mark(char) || is_number(char)),
        "isalpha" => all(|char| char.is_alphabetic() && !is_mark(char)),
        "isdecimal" => all(is_decimal),
        "isdigit" => all(is_digit),
        "isnumeric" => all(is_number),
        "isspace" => all(is_space),
        "isprintable" => text.chars().all(is_printable),
        "isidentifier" => is_identifier(text),
        "islower" => cased(char::is_lowercase, char::is_uppercase),
        "isupper" => cased(char::is_uppercase, char::is_lowercase),
        "istitle" => is_title(text),
        _ => return Ok(None),
    };
    arguments.finish(0).map(|()| Some(Value::from(answer)))
}
