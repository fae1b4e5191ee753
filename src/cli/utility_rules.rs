//! The rules of `replay utility`: a preset, and a setting for each of its constants that a network would vary.

use super::error::SettingsError;
use super::groups::Group;
use super::keys::{Setting, choice, names, setting, share, within};
use super::layers::Layers;
use crate::commands::settings::Utility;
use crate::judge::utility::{Averaging, Items, KindPenalty, NAMES, Nothing, Rules, TimeTerm, Unanswered, Weights};
use crate::payload::Kind;

/// Time terms by name.
pub const TIME_TERMS: [(&str, TimeTerm); 5] = [
    ("inverse", TimeTerm::Inverse),
    ("timeout", TimeTerm::Timeout),
    ("fastest", TimeTerm::Fastest),
    ("logistic", TimeTerm::Logistic),
    ("rank", TimeTerm::Rank),
];
const ITEMS: [(&str, Items); 2] = [("sum", Items::Sum), ("mean", Items::Mean)];
const NOTHING: [(&str, Nothing); 2] = [("as-faulty", Nothing::AsFaulty), ("zero", Nothing::Zero)];
const UNANSWERED: [(&str, Unanswered); 2] = [("unchanged", Unanswered::Unchanged), ("zero", Unanswered::Zero)];
const AVERAGING: [(&str, Averaging); 2] = [("e9b6968", Averaging::E9b6968), ("dd11191", Averaging::Dd11191)];

/// The text of a penalty of nulls that is that of their kind.
const AS_KIND: &str = "as-kind";
/// The text of no penalties, and of a table that holds all uids.
const NONE: &str = "none";
const ALL: &str = "all";

/// A preset by name.
#[derive(Debug, Clone)]
struct NamedRules {
    name: String,
    rules: Rules,
}

const PRESET: Setting<NamedRules> = setting("preset", "NAME", "Rules of a network", |text| {
    let rules = Rules::preset(text).map(|rules| NamedRules { name: text.to_owned(), rules });
    rules.ok_or_else(|| format!("expected one of {}", NAMES.join(", ")))
})
.one_of(&NAMES)
.default("issue");
const FIELDS_WEIGHT: Setting<f64> =
    setting("fields-weight", "NUMBER", "Weight of the valid fields in utility: w1", weight).of_preset();
const SPEED_WEIGHT: Setting<f64> =
    setting("speed-weight", "NUMBER", "Weight of the time term in utility: w2", weight).of_preset();
const SIZE_WEIGHT: Setting<f64> =
    setting("size-weight", "NUMBER", "Weight of the size in utility: w3", weight).of_preset();
const TIME_TERM: Setting<TimeTerm> = setting(
    "time-term",
    "HOW",
    "How seconds count: 1 / seconds, 1 - seconds / timeout, the fastest / seconds, 1 / (1 + seconds), or the place",
    |text| choice(text, &TIME_TERMS),
)
.one_of(&names(&TIME_TERMS))
.of_preset();
const ITEMS_OF: Setting<Items> =
    setting("items", "HOW", "How faults of a list's items add up", |text| choice(text, &ITEMS))
        .one_of(&names(&ITEMS))
        .of_preset();
const PENALTY: Setting<f64> =
    setting("penalty", "NUMBER", "What a fault costs of the valid fields", weight).of_preset();
const KIND_PENALTIES: Setting<Vec<KindPenalty>> = setting(
    "kind-penalties",
    "KIND=NUMBER,…",
    "What faults of some kinds cost instead, like missing=0.2,extra_forbidden=0; or none",
    penalties,
)
.of_preset();
const NULL_PENALTY: Setting<Option<f64>> =
    setting("null-penalty", "NUMBER", "What a null costs whatever its kind, or as-kind", |text| {
        if text == AS_KIND { Ok(None) } else { weight(text).map(Some).map_err(|error| format!("{error}, or as-kind")) }
    })
    .of_preset();
const BROKEN: Setting<Nothing> = setting(
    "broken",
    "HOW",
    "What is valid of an answer that is no JSON, or of a wrong type as a whole: what its faults leave, or 0",
    |text| choice(text, &NOTHING),
)
.one_of(&names(&NOTHING))
.of_preset();
const EMPTY: Setting<Nothing> =
    setting("empty", "HOW", "What is valid of an answer that nothing is in: what its faults leave, or 0", |text| {
        choice(text, &NOTHING)
    })
    .one_of(&names(&NOTHING))
    .of_preset();
const NO_ANSWER: Setting<Unanswered> =
    setting("unanswered", "HOW", "What a timeout or an error does to the score", |text| choice(text, &UNANSWERED))
        .one_of(&names(&UNANSWERED))
        .of_preset();
const TIMEOUT: Setting<f64> =
    setting("timeout-seconds", "SECONDS", "Time that an answer may take where the recording does not say", |text| {
        within(text, 0.001..=1e9, "a number of seconds from 0.001 to 1e9")
    })
    .of_preset();
const NEW_WEIGHT: Setting<f64> = setting(
    "new-weight",
    "SHARE",
    "Weight of the new reward in the moving average of scores; that of the old score is the rest",
    share,
)
.of_preset();
const AVERAGING_HOW: Setting<Averaging> =
    setting("averaging", "COMMIT", "Which commit's moving average; they differ in rounding", |text| {
        choice(text, &AVERAGING)
    })
    .one_of(&names(&AVERAGING))
    .of_preset();
const WINDOW: Setting<usize> =
    setting("window-buckets", "COUNT", "Tempos with deliveries that count for the volume", |text| {
        within(text, 1..=1_000_000, "a whole number from 1 to 1000000")
    })
    .of_preset();
const TABLE: Setting<Option<u32>> = setting(
    "table-uids",
    "COUNT",
    "Uids of the network's table, beyond which one volume preset scores nobody; or all",
    |text| {
        let count = |text| within(text, 0..=u32::MAX, "a whole number of 0 or more, or all");
        if text == ALL { Ok(None) } else { count(text).map(Some) }
    },
)
.of_preset();

/// What rules come from.
pub const RULES: Group = Group {
    heading: Some("Rules"),
    keys: &[
        &PRESET.key,
        &FIELDS_WEIGHT.key,
        &SPEED_WEIGHT.key,
        &SIZE_WEIGHT.key,
        &TIME_TERM.key,
        &ITEMS_OF.key,
        &PENALTY.key,
        &KIND_PENALTIES.key,
        &NULL_PENALTY.key,
        &BROKEN.key,
        &EMPTY.key,
        &NO_ANSWER.key,
        &TIMEOUT.key,
        &NEW_WEIGHT.key,
        &AVERAGING_HOW.key,
        &WINDOW.key,
        &TABLE.key,
    ],
};

/// A weight or a penalty.
pub fn weight(text: &str) -> Result<f64, String> {
    within(text, 0.0..=1e6, "a number from 0 to 1e6")
}

/// Penalties of kinds, each once.
fn penalties(text: &str) -> Result<Vec<KindPenalty>, String> {
    if text == NONE {
        return Ok(Vec::new());
    }
    let known = || Kind::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ");
    let expected = || format!("expected KIND=NUMBER,… with numbers from 0 to 1e6 and kinds of {}, or none", known());
    let mut found: Vec<KindPenalty> = Vec::new();
    for pair in text.split(',') {
        let (kind, number) = pair.split_once('=').ok_or_else(expected)?;
        let kind = kind.trim();
        if !Kind::ALL.iter().any(|known| known.name() == kind) {
            return Err(expected());
        }
        if found.iter().any(|one| &*one.kind == kind) {
            return Err(format!("has the kind {kind} twice"));
        }
        let penalty = weight(number.trim()).map_err(|_| expected())?;
        found.push(KindPenalty { kind: kind.into(), penalty });
    }
    Ok(found)
}

/// The name of a choice.
fn name_of<T: Copy + PartialEq>(choices: &[(&'static str, T)], value: T) -> String {
    choices.iter().find(|(_, choice)| *choice == value).map_or("", |(name, _)| name).to_owned()
}

fn or_word(value: Option<impl ToString>, word: &str) -> String {
    value.map_or_else(|| word.to_owned(), |value| value.to_string())
}

/// The preset's constants in the grammar of their settings.
fn constants(rules: &Rules) -> Vec<(&'static str, String)> {
    let penalties: Vec<String> = rules.penalties.iter().map(|one| format!("{}={}", one.kind, one.penalty)).collect();
    vec![
        (FIELDS_WEIGHT.key.name, rules.weights.fields.to_string()),
        (SPEED_WEIGHT.key.name, rules.weights.time.to_string()),
        (SIZE_WEIGHT.key.name, rules.weights.size.to_string()),
        (TIME_TERM.key.name, rules.time.name().to_owned()),
        (ITEMS_OF.key.name, name_of(&ITEMS, rules.items)),
        (PENALTY.key.name, rules.penalty.to_string()),
        (KIND_PENALTIES.key.name, if penalties.is_empty() { NONE.to_owned() } else { penalties.join(",") }),
        (NULL_PENALTY.key.name, or_word(rules.null_penalty, AS_KIND)),
        (BROKEN.key.name, name_of(&NOTHING, rules.broken)),
        (EMPTY.key.name, name_of(&NOTHING, rules.empty)),
        (NO_ANSWER.key.name, name_of(&UNANSWERED, rules.unanswered)),
        (TIMEOUT.key.name, rules.timeout.to_string()),
        (NEW_WEIGHT.key.name, rules.alpha.to_string()),
        (AVERAGING_HOW.key.name, name_of(&AVERAGING, rules.averaging)),
        (WINDOW.key.name, rules.window.to_string()),
        (TABLE.key.name, or_word(rules.table, ALL)),
    ]
}

/// The preset's rules with the user's changes.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit.
pub fn utility(layers: &mut Layers) -> Result<Utility, SettingsError> {
    let NamedRules { name, rules: baseline } = layers.get(&PRESET)?;
    layers.set_preset(&name, constants(&baseline));
    let rules = Rules {
        source: baseline.source,
        weights: Weights {
            fields: layers.get(&FIELDS_WEIGHT)?,
            time: layers.get(&SPEED_WEIGHT)?,
            size: layers.get(&SIZE_WEIGHT)?,
        },
        time: layers.get(&TIME_TERM)?,
        items: layers.get(&ITEMS_OF)?,
        penalty: layers.get(&PENALTY)?,
        penalties: layers.get(&KIND_PENALTIES)?,
        null_penalty: layers.get(&NULL_PENALTY)?,
        broken: layers.get(&BROKEN)?,
        empty: layers.get(&EMPTY)?,
        unanswered: layers.get(&NO_ANSWER)?,
        timeout: layers.get(&TIMEOUT)?,
        alpha: layers.get(&NEW_WEIGHT)?,
        averaging: layers.get(&AVERAGING_HOW)?,
        window: layers.get(&WINDOW)?,
        table: layers.get(&TABLE)?,
    };
    // What a recording does not say is the network's, whatever the rules.
    let baseline = Rules { timeout: rules.timeout, table: rules.table, ..baseline };
    Ok(Utility { rules, baseline })
}
