//! What Python says of characters and makes of them, where Rust says something else.

use minijinja::Error;

use super::arguments::fault;
use super::budget::spend_text;

/// First characters of the tens of decimal digits outside ASCII, in the basic plane.
const DIGIT_TENS: [u32; 36] = [
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50,
    0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50,
    0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
];

/// White space, to which Python counts four separators.
pub fn is_space(char: char) -> bool {
    char.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&char)
}

/// A decimal digit of any script.
pub fn is_decimal(char: char) -> bool {
    let number = char as u32;
    char.is_ascii_digit()
        || DIGIT_TENS.iter().any(|zero| (*zero..zero + 10).contains(&number))
        || (0x1D7CE..=0x1D7FF).contains(&number)
}

/// A decimal digit, or one that is raised, lowered or circled.
pub fn is_digit(char: char) -> bool {
    let other = ['²', '³', '¹', '⁰', '\u{24EA}', '\u{24FF}'].contains(&char);
    let ranges = ['⁴'..='⁹', '₀'..='₉', '①'..='⑨', '⑴'..='⑼', '⒈'..='⒐', '⓵'..='⓽', '❶'..='❾', '➀'..='➈', '➊'..='➒'];
    is_decimal(char) || other || ranges.iter().any(|range| range.contains(&char))
}

/// Anything that stands for a number, Chinese numerals among it.
pub fn is_number(char: char) -> bool {
    char.is_numeric() || "〇零一二三四五六七八九十百千万億亿兆两兩".contains(char)
}

/// A mark on a letter, which Rust calls alphabetic and Python does not.
pub fn is_mark(char: char) -> bool {
    let marks = [0x0345..=0x0345, 0x05B0..=0x05C7, 0x0610..=0x061A, 0x064B..=0x0657, 0x0900..=0x0903, 0x093A..=0x094F];
    marks.iter().any(|range| range.contains(&(char as u32))) && !['\u{5BE}', '\u{93D}'].contains(&char)
}

/// Whether Python shows the character as it is.
pub fn is_printable(char: char) -> bool {
    let hidden = ['\u{ad}', '\u{600}', '\u{feff}', '\u{e000}'].contains(&char);
    let ranges = ['\u{200b}'..='\u{200f}', '\u{2028}'..='\u{202e}', '\u{2060}'..='\u{206f}', '\u{fff9}'..='\u{fffb}'];
    !(char.is_control() || hidden || char.is_whitespace() && char != ' ' || ranges.iter().any(|r| r.contains(&char)))
}

/// Whether a text can be a name.
pub fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|char| char == '_' || char.is_alphabetic())
        && characters.all(|char| char == '_' || char.is_alphanumeric())
}

fn is_cased(char: char) -> bool {
    char.is_lowercase() || char.is_uppercase()
}

/// Whether capitals begin words, and only they do.
pub fn is_title(text: &str) -> bool {
    let (mut inside, mut any) = (false, false);
    for char in text.chars() {
        if char.is_uppercase() && inside || char.is_lowercase() && !inside {
            return false;
        }
        inside = is_cased(char);
        any |= inside;
    }
    any
}

/// A capital and then small letters: what one character becomes at the start of a word.
fn capital(char: char) -> String {
    let mut upper = char.to_uppercase();
    let first = upper.next().unwrap_or(char);
    std::iter::once(first).chain(upper.flat_map(char::to_lowercase)).collect()
}

/// Every word with a capital; letters after anything that is no letter begin one.
pub fn title(text: &str) -> String {
    let (mut inside, mut titled) = (false, String::new());
    for char in text.chars() {
        if inside {
            titled.extend(char.to_lowercase());
        } else {
            titled += &capital(char);
        }
        inside = is_cased(char);
    }
    titled
}

/// A capital first, small letters behind it.
pub fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(capital).unwrap_or_default();
    first + &characters.as_str().to_lowercase()
}

/// Small for capital, capital for small.
pub fn swapped(char: char) -> Vec<char> {
    if char.is_uppercase() { char.to_lowercase().collect() } else { char.to_uppercase().collect() }
}

/// What is compared where upper and lower case are not told apart.
pub fn folded(char: char) -> Vec<char> {
    match char {
        'ı' => vec![char],
        _ => char.to_uppercase().flat_map(char::to_lowercase).collect(),
    }
}

/// The lines of a text, by all the ends that Python knows.
pub fn lines(text: &str, keep_ends: bool) -> Vec<String> {
    let ends = |char: char| {
        matches!(char, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
    };
    let (mut lines, mut rest) = (Vec::new(), text);
    while let Some(at) = rest.find(ends) {
        let end = if rest[at..].starts_with("\r\n") { 2 } else { rest[at..].chars().next().map_or(1, char::len_utf8) };
        lines.push(rest[..at + if keep_ends { end } else { 0 }].to_owned());
        rest = &rest[at + end..];
    }
    if !rest.is_empty() {
        lines.push(rest.to_owned());
    }
    lines
}

/// Tabs as spaces up to the next multiple of `size`.
pub fn expand_tabs(text: &str, size: usize) -> String {
    let (mut expanded, mut column) = (String::new(), 0);
    for char in text.chars() {
        if char == '\t' {
            let width = size.saturating_sub(column % size.max(1));
            expanded += &" ".repeat(width);
            column += width;
        } else {
            expanded.push(char);
            column = if char == '\n' || char == '\r' { 0 } else { column + 1 };
        }
    }
    expanded
}

/// Widest text that padding makes; a template comes from a stranger.
const WIDEST: i64 = 1 << 16;

/// The text with fill characters around it up to a width: `center`, `ljust` or `rjust`.
///
/// # Errors
/// The width is too large, or the fill is not one character.
pub fn padded(text: &str, method: &str, width: i64, fill: &str) -> Result<String, Error> {
    if width > WIDEST || fill.chars().count() != 1 {
        return Err(fault(format!("`{method}` takes a width of at most {WIDEST} and one fill character")));
    }
    let width = usize::try_from(width).unwrap_or(0);
    let missing = width.saturating_sub(text.chars().count());
    let left = match method {
        "center" => missing / 2 + (missing & width & 1),
        "rjust" => missing,
        _ => 0,
    };
    Ok(format!("{}{text}{}", fill.repeat(left), fill.repeat(missing - left)))
}

/// The text with the first `most` occurrences of `old` replaced; a blank one stands between all characters.
///
/// # Errors
/// The text that comes of it is too large.
pub fn replaced(text: &str, old: &str, new: &str, most: usize) -> Result<String, Error> {
    let times = text.matches(old).count().min(most);
    spend_text(times.saturating_mul(new.len()))?;
    Ok(text.replacen(old, new, most))
}
