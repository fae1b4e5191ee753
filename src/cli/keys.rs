//! What a setting is: one declaration with its key, help, grammar and default, from which the flag, the environment
//! variable, the key of `weighhouse.toml` and the row of `--show-settings` follow.

use std::fmt::Display;
use std::ops::RangeBounds;
use std::str::FromStr;

use clap::{Arg, ValueHint};

/// Name of the value of every switch.
const SWITCH: &str = "BOOL";

/// A setting, whatever the type of its values.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name, with hyphens.
    pub name: &'static str,
    /// What the help calls its value.
    value: &'static str,
    /// One sentence without a full stop.
    help: &'static str,
    /// The names that it can have, which end the help.
    pub choices: &'static [&'static str],
    /// What holds where nobody says anything, in the grammar of the value.
    default: Option<&'static str>,
    /// The same in words, where there is no value.
    unset: Option<&'static str>,
    /// What the value is, as far as shells and the place of a file matter.
    pub hint: ValueHint,
    /// Variables of the wider world that also set it, behind its own.
    pub variables: &'static [&'static str],
    /// A letter that stands for the flag.
    letter: Option<char>,
    /// Whether the command line has it without a flag.
    is_positional: bool,
    /// Whether it has one or more values, each on a line of its text.
    is_list: bool,
}

impl Key {
    const fn new(name: &'static str, value: &'static str, help: &'static str) -> Self {
        Key {
            name,
            value,
            help,
            choices: &[],
            default: None,
            unset: None,
            hint: ValueHint::Unknown,
            variables: &[],
            letter: None,
            is_positional: false,
            is_list: false,
        }
    }

    /// The key's environment variable.
    pub fn variable(&self) -> String {
        format!("WEIGHHOUSE_{}", self.name.replace('-', "_").to_uppercase())
    }

    /// The key as the command line shows it.
    pub fn typed(&self) -> String {
        if self.is_positional { self.value.to_owned() } else { format!("--{}", self.name) }
    }

    /// Whether it is on or off.
    pub fn is_switch(&self) -> bool {
        self.value == SWITCH
    }

    /// The key as clap knows it. A switch stands alone, `--fresh`, or takes a value after `=`, `--fresh=false`, to
    /// overrule what a file says. Any other flag takes negative numbers, if only to refuse them with the numbers that it
    /// wants.
    pub fn argument(&self) -> Arg {
        let argument = Arg::new(self.name).help(self.sentence()).value_hint(self.hint).default_value(self.default);
        let argument = argument.short(self.letter).value_name(self.value);
        match (self.is_positional, self.value) {
            (true, _) if self.is_list => argument.num_args(1..),
            (true, _) => argument,
            (_, SWITCH) => argument.long(self.name).num_args(0..=1).require_equals(true).default_missing_value("true"),
            _ => argument.long(self.name).allow_negative_numbers(true),
        }
    }

    fn sentence(&self) -> String {
        let choices = match self.choices {
            [] => String::new(),
            [only] => format!(": {only}"),
            [others @ .., last] => format!(": {} or {last}", others.join(", ")),
        };
        let unset = self.unset.map_or(String::new(), |words| format!(" [default: {words}]"));
        format!("{}{choices}{unset}", self.help)
    }
}

/// A setting that always has a value: its default's, or a preset's.
#[derive(Debug, Clone, Copy)]
pub struct Setting<T> {
    /// Its declaration.
    pub key: Key,
    /// Its grammar: the value of a text, or what was expected.
    pub parse: fn(&str) -> Result<T, String>,
}

/// A setting that may have no value.
#[derive(Debug, Clone, Copy)]
pub struct Optional<T> {
    /// Its declaration.
    pub key: Key,
    /// Its grammar: the value of a text, or what was expected.
    pub parse: fn(&str) -> Result<T, String>,
    /// What holds without a value, in words.
    pub unset: &'static str,
}

/// Declares a setting: its name, what the help calls its value, its help and its grammar.
pub const fn setting<T>(
    name: &'static str,
    value: &'static str,
    help: &'static str,
    parse: fn(&str) -> Result<T, String>,
) -> Setting<T> {
    Setting { key: Key::new(name, value, help), parse }
}

/// Declares a switch, which is off where nobody turns it on.
pub const fn switch(name: &'static str, help: &'static str) -> Setting<bool> {
    Setting { key: Key::new(name, SWITCH, help), parse: flag }
}

impl<T> Setting<T> {
    /// With this default.
    pub const fn default(self, default: &'static str) -> Self {
        Setting { key: Key { default: Some(default), ..self.key }, ..self }
    }

    /// With the preset's value behind what the user says.
    pub const fn of_preset(self) -> Self {
        Setting { key: Key { unset: Some("the preset's"), ..self.key }, ..self }
    }

    /// With no value where nobody says one; `unset` says in words what holds then.
    pub const fn or(self, unset: &'static str) -> Optional<T> {
        // What a preset gives goes before these words in the help.
        let said = if self.key.unset.is_some() { self.key.unset } else { Some(unset) };
        Optional { key: Key { unset: said, ..self.key }, parse: self.parse, unset }
    }

    /// With other help, for a command in which it means something of its own.
    pub const fn help(self, help: &'static str) -> Self {
        Setting { key: Key { help, ..self.key }, ..self }
    }

    /// With another name of its value in the help.
    pub const fn called(self, value: &'static str) -> Self {
        Setting { key: Key { value, ..self.key }, ..self }
    }

    /// With a value that is a path, a model or an address.
    pub const fn hint(self, hint: ValueHint) -> Self {
        Setting { key: Key { hint, ..self.key }, ..self }
    }

    /// With one of these names as its value.
    pub const fn one_of(self, choices: &'static [&'static str]) -> Self {
        Setting { key: Key { choices, ..self.key }, ..self }
    }

    /// With variables of the wider world that also set it.
    pub const fn also(self, variables: &'static [&'static str]) -> Self {
        Setting { key: Key { variables, ..self.key }, ..self }
    }

    /// With a letter that stands for the flag.
    pub const fn letter(self, letter: char) -> Self {
        Setting { key: Key { letter: Some(letter), ..self.key }, ..self }
    }

    /// Without a flag and with one or more values, the last thing on the command line.
    pub const fn list(self) -> Self {
        Setting { key: Key { is_positional: true, is_list: true, ..self.key }, ..self }
    }

    /// Without a flag: the command line has it behind the command.
    pub const fn positional(self) -> Self {
        Setting { key: Key { is_positional: true, ..self.key }, ..self }
    }
}

/// The names of choices, to be shown in the help.
pub const fn names<T: Copy, const N: usize>(choices: &[(&'static str, T); N]) -> [&'static str; N] {
    let mut names = [""; N];
    let mut index = 0;
    while index < N {
        names[index] = choices[index].0;
        index += 1;
    }
    names
}

/// The choice of a name.
pub fn choice<T: Copy>(text: &str, choices: &[(&'static str, T)]) -> Result<T, String> {
    let known = choices.iter().find(|(name, _)| *name == text);
    let names = || choices.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    known.map(|(_, choice)| *choice).ok_or_else(|| format!("expected one of {}", names()))
}

/// The grammar of a type that has its own.
pub fn own<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// A whole number above 0.
pub fn count<T: FromStr + PartialOrd + From<u8>>(text: &str) -> Result<T, String> {
    within(text, T::from(1).., "a whole number above 0")
}

/// A whole number of what each takes memory and threads of its own.
pub fn several(text: &str) -> Result<usize, String> {
    within(text, 1..=1024, "a whole number from 1 to 1024")
}

/// A whole number that may be 0.
pub fn natural<T: FromStr + PartialOrd + From<u8>>(text: &str) -> Result<T, String> {
    within(text, T::from(0).., "a whole number, 0 or more")
}

/// A number from 0 to 1.
pub fn share(text: &str) -> Result<f64, String> {
    within(text, 0.0..=1.0, "a number from 0 to 1")
}

/// A number in `range`, which `expected` describes.
pub fn within<T: FromStr + PartialOrd>(text: &str, range: impl RangeBounds<T>, expected: &str) -> Result<T, String> {
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("expected {expected}"))
}

fn flag(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err("expected true or false".to_owned()),
    }
}
