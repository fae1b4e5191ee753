//! A template's source as our engine takes it: what only Python's Jinja or transformers knows is written otherwise, on
//! the same line. `generation` blocks become plain scopes, loops ask for something iterable, `%` may format a text, and
//! what is put into a namespace is looked at.

use minijinja::Error;

use super::arguments::fault;

/// Words that end an operand to their right.
const WORDS: [&str; 17] = [
    "and",
    "or",
    "not",
    "in",
    "is",
    "if",
    "else",
    "elif",
    "for",
    "set",
    "print",
    "with",
    "call",
    "filter",
    "recursive",
    "do",
    "macro",
];
/// Operators that bind as tightly as `%`, or more.
const TIGHT: [&str; 5] = ["*", "/", "//", "**", "|"];
/// Remainders in one tag that are looked at; beyond, our engine's own `%` counts, which knows numbers only.
const MOST_PERCENTS: usize = 50;
/// Signs of two characters.
const PAIRS: [&str; 6] = ["**", "//", "==", "!=", "<=", ">="];

/// Most tokens of one tag: the time to compile a chain of operators, calls or filters grows with its square.
const MOST_TOKENS: usize = 1000;
/// Most signs of one tag that join texts or lists, each of which may double them.
const MOST_JOINS: usize = 100;
/// Most `*` of one tag, each of which may make a text of 100 MB.
const MOST_TIMES: usize = 2;
/// Longest text between tags that is white space, or that a raw block holds: what a loop writes of it is not counted.
const MOST_UNCOUNTED: usize = 1000;
/// Longest text between tags that is not worth counting.
const SHORT: usize = 64;

/// One token of an expression, with the space before it.
struct Token {
    space: String,
    text: String,
    /// Brackets around it.
    depth: usize,
}

impl Token {
    fn is(&self, text: &str) -> bool {
        self.text == text
    }

    fn is_operand(&self) -> bool {
        let first = self.text.chars().next().unwrap_or(' ');
        (first.is_alphanumeric() || "_\"')]}".contains(first)) && !WORDS.contains(&self.text.as_str())
    }

    fn opens(&self) -> bool {
        matches!(self.text.as_str(), "(" | "[" | "{")
    }

    fn closes(&self) -> bool {
        matches!(self.text.as_str(), ")" | "]" | "}")
    }
}

/// The source in the words of our engine; line ends become `\n`.
///
/// # Errors
/// A tag or a text between tags is longer than a template may have it.
pub fn as_plain_jinja(source: &str) -> Result<String, Error> {
    let source = source.replace("\r\n", "\n").replace('\r', "\n");
    let mut plain = String::with_capacity(source.len());
    let mut rest = source.as_str();
    while let Some(start) = next_tag(rest) {
        let (before, tag) = rest.split_at(start);
        push_text(before, &mut plain)?;
        rest = match &tag[..2] {
            "{#" => verbatim(tag, "#}", &mut plain),
            opening if opening == "{%" && is_raw(tag) => verbatim_raw(tag, &mut plain)?,
            opening => rewritten(tag, if opening == "{%" { "%}" } else { "}}" }, &mut plain)?,
        };
    }
    push_text(rest, &mut plain)?;
    Ok(plain)
}

/// Copies a text between tags and has it counted when it is written. The sign for that stands behind its first character
/// that is no white space, and before another one, so that what tags do to white space beside them stays.
fn push_text(text: &str, plain: &mut String) -> Result<(), Error> {
    let mut characters = text.trim_start().char_indices().skip(1);
    let start = characters.find(|(at, _)| !text.trim_start()[..*at].ends_with('{')).map_or(0, |(at, _)| at);
    let cut = text.len() - text.trim_start().len() + start;
    let (first, others) = text.split_at(cut);
    if text.len() <= SHORT {
        plain.push_str(text);
    } else if start == 0 || others.trim().is_empty() {
        refuse_longer(text, "a text of white space between tags")?;
        plain.push_str(text);
    } else {
        *plain += &format!("{first}{{{{__written({})}}}}{others}", text.len());
    }
    Ok(())
}

fn refuse_longer(text: &str, what: &str) -> Result<(), Error> {
    match text.len() > MOST_UNCOUNTED {
        true => Err(fault(format!("{what} has {} bytes; at most {MOST_UNCOUNTED} are read", text.len()))),
        false => Ok(()),
    }
}

/// Where the next tag or comment begins.
fn next_tag(text: &str) -> Option<usize> {
    let opens = |at: &usize| matches!(text.as_bytes().get(at + 1), Some(b'{' | b'%' | b'#'));
    text.match_indices('{').map(|(at, _)| at).find(opens)
}

/// Copies up to and with `end`.
fn verbatim<'s>(tag: &'s str, end: &str, plain: &mut String) -> &'s str {
    let length = tag.find(end).map_or(tag.len(), |at| at + end.len());
    plain.push_str(&tag[..length]);
    &tag[length..]
}

fn word_of(tag: &str) -> &str {
    let inner = tag.get(2..).unwrap_or_default().trim_start_matches(['-', '+']).trim_start();
    inner.split(|char: char| !char.is_alphanumeric() && char != '_').next().unwrap_or_default()
}

fn is_raw(tag: &str) -> bool {
    word_of(tag) == "raw"
}

/// Copies a raw block, in which nothing is a tag but its end.
fn verbatim_raw<'s>(tag: &'s str, plain: &mut String) -> Result<&'s str, Error> {
    let mut from = 2;
    while let Some(at) = tag.get(from..).and_then(|rest| rest.find("{%")) {
        from += at;
        if word_of(&tag[from..]) == "endraw" {
            refuse_longer(&tag[..from], "a raw block")?;
            plain.push_str(&tag[..from]);
            return Ok(verbatim(&tag[from..], "%}", plain));
        }
        from += 2;
    }
    plain.push_str(tag);
    Ok("")
}

/// Writes one tag; from one that does not end all is left for the engine to refuse.
fn rewritten<'s>(tag: &'s str, end: &str, plain: &mut String) -> Result<&'s str, Error> {
    let inner = &tag[2..];
    let sign = usize::from(inner.starts_with(['-', '+']));
    let Some((tokens, length)) = tokens(&inner[sign..], end) else {
        plain.push_str(tag);
        return Ok("");
    };
    refuse_chains(&tokens)?;
    let closing = &inner[sign + length..];
    let whole = closing.find(end).map_or(closing.len(), |at| at + end.len());
    let names = if end == "%}" { names_given(&tokens) } else { Vec::new() };
    plain.push_str(&tag[..2 + sign]);
    plain.push_str(&written(tokens, end == "%}"));
    plain.push_str(&closing[..whole]);
    for name in names {
        *plain += &format!("{{% set {name} = __kept({name}) {}", &closing[..whole]);
    }
    Ok(&closing[whole..])
}

fn refuse_chains(tokens: &[Token]) -> Result<(), Error> {
    let count = |signs: &[&str]| tokens.iter().filter(|token| signs.contains(&token.text.as_str())).count();
    let (joins, times) = (count(&["~", "+"]), count(&["*"]));
    match tokens.len() {
        length if length > MOST_TOKENS => {
            Err(fault(format!("a tag has {length} words and signs; at most {MOST_TOKENS} are read")))
        }
        _ if joins > MOST_JOINS => {
            Err(fault(format!("a tag has {joins} of `~` and `+`; at most {MOST_JOINS} are read")))
        }
        _ if times > MOST_TIMES => Err(fault(format!("a tag has {times} of `*`; at most {MOST_TIMES} are read"))),
        _ => Ok(()),
    }
}

/// Names that get a value at each call: arguments of a macro, items of a loop that calls itself.
fn names_given(tokens: &[Token]) -> Vec<String> {
    let is_call = tokens.get(1).is_some_and(|token| token.is("("));
    let recurs = || tokens.iter().any(|token| token.depth == 0 && token.is("recursive"));
    let is_loop = match tokens.first().map(|token| token.text.as_str()) {
        Some("macro") => false,
        Some("call") if is_call => false,
        Some("for") if recurs() => true,
        _ => return Vec::new(),
    };
    let given = tokens.iter().skip(1).take_while(|token| !(token.is("in") || token.depth == 0 && token.is(")")));
    let is_name = |(before, token): &(&Token, &Token)| {
        let begins = before.opens() || before.is(",") || before.is("for");
        (is_loop || token.depth == 1) && token.is_operand() && begins
    };
    tokens.iter().zip(given).filter(is_name).map(|(_, token)| token.text.clone()).collect()
}

/// The tokens up to the end of a tag, and how long they are; `None` where the tag does not end.
fn tokens(text: &str, end: &str) -> Option<(Vec<Token>, usize)> {
    let (mut tokens, mut at, mut depth) = (Vec::new(), 0, 0_usize);
    loop {
        let rest = &text[at..];
        let space = rest.len() - rest.trim_start().len();
        let after = &rest[space..];
        let first = after.chars().next()?;
        let closes =
            after.strip_prefix(['-', '+']).is_some_and(|after| after.starts_with(end)) || after.starts_with(end);
        if closes && depth == 0 {
            return Some((tokens, at));
        }
        let length = token_length(after, first)?;
        depth -= usize::from(")]}".contains(first) && depth > 0);
        tokens.push(Token { space: rest[..space].to_owned(), text: after[..length].to_owned(), depth });
        depth += usize::from("([{".contains(first));
        at += space + length;
    }
}

fn token_length(text: &str, first: char) -> Option<usize> {
    if first == '"' || first == '\'' {
        let mut escaped = false;
        let close = text.char_indices().skip(1).find(|(_, char)| {
            let ends = !escaped && *char == first;
            escaped = !escaped && *char == '\\';
            ends
        });
        return close.map(|(at, _)| at + 1);
    }
    if first.is_ascii_digit() {
        return Some(number_length(text));
    }
    if first.is_alphanumeric() || first == '_' {
        return Some(text.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(text.len()));
    }
    let pair = PAIRS.iter().any(|pair| text.starts_with(pair));
    Some(if pair { 2 } else { first.len_utf8() })
}

/// Length of a number: `1`, `1_000`, `0x1f`, `1.5`, `1e-3`.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut end = 0;
    while end < bytes.len() {
        let (byte, next) = (bytes[end], bytes.get(end + 1).copied().unwrap_or(b' '));
        let exponent = matches!(bytes.get(end.wrapping_sub(1)), Some(b'e' | b'E')) && !text.starts_with("0x");
        let belongs = byte.is_ascii_alphanumeric()
            || byte == b'_'
            || byte == b'.' && next.is_ascii_digit()
            || matches!(byte, b'-' | b'+') && exponent && next.is_ascii_digit();
        if !belongs {
            break;
        }
        end += 1;
    }
    end
}

/// The tokens of a tag as our engine takes them.
fn written(mut tokens: Vec<Token>, is_block: bool) -> String {
    let percents = tokens.iter().filter(|token| token.is("%")).count();
    for _ in 0..if percents <= MOST_PERCENTS { percents } else { 0 } {
        let Some(at) = deepest_percent(&tokens) else { break };
        let (from, to) = (left_operand(&tokens, at, is_block), right_operand(&tokens, at));
        if from == at || to == at + 1 {
            break;
        }
        let (left, right) = (joined(&tokens[from..at]), joined(&tokens[at + 1..to]));
        let (space, depth) = (tokens[from].space.clone(), tokens[at].depth);
        let text = format!("__percent(({left}), ({right}))");
        tokens.splice(from..to, [Token { space, text, depth }]);
    }
    drop_plus_signs(&mut tokens);
    if is_block {
        rewrite_block(&mut tokens);
    }
    joined(&tokens)
}

fn joined(tokens: &[Token]) -> String {
    tokens.iter().flat_map(|token| [token.space.as_str(), token.text.as_str()]).collect()
}

fn deepest_percent(tokens: &[Token]) -> Option<usize> {
    let percents = tokens.iter().enumerate().filter(|(_, token)| token.is("%"));
    percents.rev().max_by_key(|(_, token)| token.depth).map(|(at, _)| at)
}

/// Where the left operand of the operator at `at` begins: with all that binds as tightly.
fn left_operand(tokens: &[Token], at: usize, is_block: bool) -> usize {
    let depth = tokens[at].depth;
    let mut from = at;
    while from > usize::from(is_block) {
        let token = &tokens[from - 1];
        let inside = token.depth > depth;
        let named = from > 1 && tokens[from - 2].is(".");
        let word = !inside && !named && WORDS.contains(&token.text.as_str());
        let bracket = token.opens() || token.closes();
        let sign = matches!(token.text.as_str(), "-" | "+") && !(from > 1 && tokens[from - 2].is_operand());
        let binds = token.is(".") || TIGHT.contains(&token.text.as_str()) || sign;
        if token.depth < depth || word || !(inside || bracket || binds || token.is_operand()) {
            break;
        }
        from -= 1;
    }
    from
}

/// Where the right operand ends: one value with its signs, attributes, calls, filters and powers.
fn right_operand(tokens: &[Token], at: usize) -> usize {
    let depth = tokens[at].depth;
    let mut to = at + 1;
    while tokens.get(to).is_some_and(|token| matches!(token.text.as_str(), "-" | "+")) {
        to += 1;
    }
    let start = to;
    while let Some(token) = tokens.get(to) {
        let previous = &tokens[to - 1];
        let joins = to == start
            || token.depth > depth
            || matches!(token.text.as_str(), "." | "|" | "**" | "(" | "[" | ")" | "]" | "}")
            || matches!(previous.text.as_str(), "." | "|" | "**")
            || token.text.starts_with(['"', '\'']) && previous.text.starts_with(['"', '\'']);
        let word = token.depth == depth && !previous.is(".") && WORDS.contains(&token.text.as_str());
        if token.depth < depth || !joins || word {
            break;
        }
        to += 1;
    }
    to
}

/// A plus sign before a number changes nothing, and our engine has none.
fn drop_plus_signs(tokens: &mut Vec<Token>) {
    let signs: Vec<usize> =
        (0..tokens.len()).filter(|&at| tokens[at].is("+") && !(at > 0 && tokens[at - 1].is_operand())).collect();
    signs.into_iter().rev().for_each(|at| drop(tokens.remove(at)));
}

/// The blocks that differ: `generation`, and those that give a value to a name, which is counted there.
fn rewrite_block(tokens: &mut [Token]) {
    let Some(word) = tokens.first().map(|token| token.text.clone()) else { return };
    match word.as_str() {
        "generation" if tokens.len() == 1 => tokens[0].text = "with".into(),
        "endgeneration" if tokens.len() == 1 => tokens[0].text = "endwith".into(),
        "for" => {
            let outer = |token: &Token, word: &str| token.depth == 0 && token.is(word);
            let Some(start) = tokens.iter().position(|token| outer(token, "in")) else { return };
            let behind = |token: &Token| outer(token, "if") || outer(token, "recursive");
            let end = tokens[start..].iter().position(behind).map_or(tokens.len(), |at| start + at);
            enclose(&mut tokens[start + 1..end], "__iterable((", "))");
        }
        "set" => {
            let Some(start) = tokens.iter().position(|token| token.depth == 0 && token.is("=")) else { return };
            let dotted = tokens[..start].iter().any(|token| token.is("."));
            enclose(&mut tokens[start + 1..], if dotted { "__into_namespace((" } else { "__kept((" }, "))");
        }
        "with" => {
            let at = |text: &str| -> Vec<usize> {
                let outer = tokens.iter().enumerate().filter(|(_, token)| token.depth == 0 && token.is(text));
                outer.map(|(at, _)| at).collect()
            };
            let (starts, commas) = (at("="), at(","));
            for start in starts {
                let end = commas.iter().find(|comma| **comma > start).map_or(tokens.len(), |comma| *comma);
                enclose(&mut tokens[start + 1..end], "__kept((", "))");
            }
        }
        _ => {}
    }
}

fn enclose(tokens: &mut [Token], before: &str, after: &str) {
    if let Some(first) = tokens.first_mut() {
        first.text.insert_str(0, before);
    }
    if let Some(last) = tokens.last_mut() {
        last.text.push_str(after);
    }
}
