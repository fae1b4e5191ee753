//! `weighhouse replay utility`: its settings, and how they resolve into [`ReplayUtilitySettings`].

use std::path::PathBuf;
use std::str::FromStr;

use clap::ValueHint;

use super::declared::Declared;
use super::error::SettingsError;
use super::grid::{self, GRID};
use super::groups::{self, Group};
use super::keys::{Optional, Setting, choice, names, own, setting, within};
use super::layers::Layers;
use super::resolving::{reachable, reading};
use super::utility_rules::{RULES, TIME_TERMS, utility, weight};
use crate::commands::settings::{Origin, ReplayUtilitySettings, SchemaFile};
use crate::judge::utility::{Questions, SpotQuestions, TimeTerm, Weights};
use crate::payload::Extra;
use crate::records::Source;
use crate::stats::BootstrapSpec;

/// What stands below the options in `--help`.
const EXAMPLES: &str = "\
Examples:
  weighhouse replay utility
      Weigh the answers of the recording that comes with the program.
  weighhouse replay utility answers.jsonl --schema profile=profile.json,tweets=tweets.json
      Your own, each endpoint with its schema.
  weighhouse replay utility answers.jsonl --schema schema.json --truth truth.jsonl
      How good is what users get under each rule?
  weighhouse replay utility --time-term logistic --broken zero --empty zero
      What if speed had a bound, and nothing were worth nothing?
  weighhouse replay utility --preset masa-volume --volumes volumes.jsonl
      What does volume pay, and what would splitting it gain?
  weighhouse replay utility --grid time-term=inverse,logistic,rank
      Who leads by score at other weights of speed, with which time term?

Exit codes:
  0 done; 1 internal; 2 usage; 4 nobody has a score; 65 bad input; 66 missing input; 130 interrupted";

const EXTRA: [(&str, Extra); 2] = [("allowed", Extra::Allowed), ("forbidden", Extra::Forbidden)];

/// The sample data beside the sample answers.
const SAMPLE: [(&str, &str); 3] = [
    (
        "schema",
        "profile=datasets/utility/schema-profile.json,followers=datasets/utility/schema-followers.json,\
         tweets=datasets/utility/schema-tweets.json",
    ),
    ("truth", "datasets/utility/truth.jsonl.gz"),
    ("volumes", "datasets/utility/volumes.jsonl"),
];

const REPLIES: Setting<Source> = setting(
    "replies",
    "RESPONSES",
    "What miners answered, in the order of time: .jsonl, .json or .csv, perhaps .gz or .zst, .parquet, a folder of *.parquet; \
     - for JSON lines from stdin",
    own,
)
.hint(ValueHint::FilePath)
.default("datasets/utility/responses.jsonl.gz")
.positional();
const SCHEMA: Optional<Vec<SchemaFile>> = setting(
    "schema",
    "ENDPOINT=FILE,…",
    "JSON Schemas of the endpoints' answers, like profile=a.json,tweets=b.json; FILE alone for all others",
    schemas,
)
.or("whatever is JSON is valid");
const TRUTH: Optional<Source> =
    setting("truth", "FILE", "The right answers: request_id and payload, one row each", own)
        .hint(ValueHint::FilePath)
        .or("none");
const VOLUMES: Optional<Source> =
    setting("volumes", "FILE", "Delivered volumes in the order of time: tempo, uid and volume, one row each", own)
        .hint(ValueHint::FilePath)
        .or("none");
const EXTRA_KEYS: Setting<Extra> =
    setting("extra", "HOW", "Keys that a schema does not name", |text| choice(text, &EXTRA))
        .one_of(&names(&EXTRA))
        .default("allowed");
const PROFILE: Setting<String> = setting(
    "profile-endpoint",
    "NAME",
    "Endpoint of single profiles: a null is missing there, and nothing counts unless Username is the query",
    own,
)
.default("profile");
const WEIGHTS: Setting<Vec<Weights>> = setting(
    "weights-grid",
    "W1/W2/W3,…",
    "Weights of fields, speed and size that the grid of winners goes over",
    weights,
)
.default("1/0/0,0.9/0.1/0,0.8/0.2/0,0.7/0.3/0,0.6/0.4/0,0.5/0.5/0,0.4/0.6/0,0.3/0.7/0,0.2/0.8/0,0.1/0.9/0,0/1/0");
const TIMES: Setting<Vec<TimeTerm>> = setting(
    "time-terms",
    "HOW,…",
    "Time terms that it goes over: inverse, timeout, fastest, logistic, rank",
    |text| listed(text, |name| choice(name, &TIME_TERMS)),
)
.default("inverse,timeout,fastest,logistic,rank");
const FAST: Setting<Vec<f64>> = setting(
    "fast-seconds",
    "SECONDS,…",
    "Times of answers that nothing is in, beside the fastest recorded one",
    |text| listed(text, |one| within(one, 1e-6..=1e9, "numbers of seconds from 1e-6 to 1e9, separated by commas")),
)
.default("0.25");
const SPLITS: Setting<Vec<usize>> = setting("splits", "COUNT,…", "Over how many uids a miner is split", |text| {
    listed(text, |one| within(one, 2..=64, "whole numbers from 2 to 64, separated by commas"))
})
.default("2,4,8");
const LEADS: Setting<Vec<f64>> =
    setting("leads", "NUMBER,…", "Rewards of newcomers over the leader's, for the rounds to dethrone it", |text| {
        listed(text, |one| within(one, 1e-3..=1e6, "numbers from 0.001 to 1e6, separated by commas"))
    })
    .default("1.05,1.1,1.25,1.5,2");
const SUCCESSIONS: Setting<usize> =
    setting("successions", "COUNT", "Simulated successions of each miner to the leader", rounds).default("200");
const ROUNDS: Setting<usize> =
    setting("succession-rounds", "COUNT", "Rounds of a succession at most", rounds).default("1000");
const SPURIOUS: Setting<Vec<f64>> =
    setting("spot-failures", "RATE,…", "Probabilities that fetching a real item again fails, for spot checks", shares)
        .default("0.01,0.05,0.1,0.2");
const SPOT_ITEMS: Setting<Vec<usize>> =
    setting("spot-items", "COUNT,…", "Items of an answer that is checked", counts).default("10,20,50,100");
const FAKES: Setting<Vec<f64>> =
    setting("spot-fakes", "SHARE,…", "Shares of them that are made up", shares).default("0.05,0.1,0.2,0.5");
const SPOT_SAMPLES: Setting<Vec<usize>> =
    setting("spot-samples", "COUNT,…", "Items that are fetched again", counts).default("1,3,5,10");
const DETECTIONS: Setting<Vec<f64>> = setting(
    "spot-detections",
    "RATE,…",
    "Probabilities of finding a made-up item that a number of items is chosen for",
    |text| listed(text, groups::rate),
)
.default("0.5,0.9,0.95,0.99");
const RESAMPLES: Setting<usize> = groups::RESAMPLES.default("1000");
const OUT: Setting<PathBuf> = groups::OUT.default("reports/replay-utility");

/// Most values of a list, and most points of the grid of winners: those of the judge.
const MOST_VALUES: usize = 64;

/// The values of a list, each once.
fn listed<T: PartialEq>(text: &str, one: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    let mut values: Vec<T> = Vec::new();
    for typed in text.split(',').map(str::trim) {
        let value = one(typed)?;
        if values.contains(&value) {
            return Err(format!("has {typed} twice"));
        }
        if values.len() == MOST_VALUES {
            return Err(format!("expected at most {MOST_VALUES} values"));
        }
        values.push(value);
    }
    Ok(values)
}

fn counts(text: &str) -> Result<Vec<usize>, String> {
    listed(text, |one| within(one, 1..=1_000_000, "whole numbers from 1 to 1000000, separated by commas"))
}

fn shares(text: &str) -> Result<Vec<f64>, String> {
    listed(text, |one| within(one, 0.0..=1.0, "numbers from 0 to 1, separated by commas"))
}

fn rounds(text: &str) -> Result<usize, String> {
    within(text, 1..=10_000, "a whole number from 1 to 10000")
}

fn weights(text: &str) -> Result<Vec<Weights>, String> {
    let expected = || "expected W1/W2/W3,… with numbers from 0 to 1e6".to_owned();
    listed(text, |one| {
        let parts = one.split('/').map(|part| weight(part.trim())).collect::<Result<Vec<f64>, String>>();
        match parts.map_err(|_| expected())?[..] {
            [fields, time, size] => Ok(Weights { fields, time, size }),
            _ => Err(expected()),
        }
    })
}

/// `ENDPOINT=FILE` or `FILE`, separated by commas; each endpoint once.
fn schemas(text: &str) -> Result<Vec<SchemaFile>, String> {
    let mut found: Vec<SchemaFile> = Vec::new();
    for part in text.split(',') {
        let (endpoint, path) = match part.split_once('=') {
            Some((endpoint, path)) => (Some(endpoint.trim().to_owned()), path.trim()),
            None => (None, part.trim()),
        };
        if path.is_empty() || endpoint.as_deref() == Some("") {
            return Err("expected ENDPOINT=FILE,… or FILE".to_owned());
        }
        if found.iter().any(|one| one.endpoint == endpoint) {
            return Err(format!("has {} twice", endpoint.as_deref().unwrap_or("a file for all endpoints")));
        }
        let path = PathBuf::from_str(path).map_err(|error| error.to_string())?;
        found.push(SchemaFile { endpoint, path });
    }
    Ok(found)
}

/// `replay utility` on the command line.
pub const UTILITY: Declared = Declared {
    name: "utility",
    about: "Weigh answers to requests for data again: how complete and how fast they are, what that pays and invites",
    examples: EXAMPLES,
    groups: &[
        groups::arguments(&[&REPLIES.key]),
        Group { heading: Some("Input"), keys: &[&SCHEMA.key, &EXTRA_KEYS.key, &PROFILE.key, &TRUTH.key, &VOLUMES.key] },
        groups::RECORDS,
        RULES,
        Group {
            heading: Some("What if"),
            keys: &[
                &WEIGHTS.key,
                &TIMES.key,
                &FAST.key,
                &SPLITS.key,
                &LEADS.key,
                &SUCCESSIONS.key,
                &ROUNDS.key,
                &GRID.key,
            ],
        },
        Group {
            heading: Some("Spot checks"),
            keys: &[&SPURIOUS.key, &SPOT_ITEMS.key, &FAKES.key, &SPOT_SAMPLES.key, &DETECTIONS.key],
        },
        Group { heading: Some("Output"), keys: &[&OUT.key] },
        Group { heading: Some("Uncertainty"), keys: &[&RESAMPLES.key, &groups::CONFIDENCE.key, &groups::SEED.key] },
    ],
};

/// Resolves every setting of `replay utility`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit.
pub fn resolve(mut layers: Layers) -> Result<ReplayUtilitySettings, SettingsError> {
    let replies = layers.get(&REPLIES)?;
    if layers.source_of(&REPLIES.key) == Some(&Origin::Default) {
        layers.set_preset("sample data", SAMPLE.map(|(key, file)| (key, file.to_owned())).into());
    }
    let (schemas, truth) = (layers.find(&SCHEMA)?.unwrap_or_default(), layers.find(&TRUTH)?);
    let volumes = layers.find(&VOLUMES)?;
    let reading = reading(&mut layers)?;
    let bootstrap = BootstrapSpec {
        resamples: layers.get(&RESAMPLES)?,
        confidence: layers.get(&groups::CONFIDENCE)?,
        seed: layers.get(&groups::SEED)?,
    };
    reachable(bootstrap)?;
    let settings = ReplayUtilitySettings {
        replies,
        schemas,
        truth,
        volumes,
        reading,
        extra: layers.get(&EXTRA_KEYS)?,
        profile_endpoint: layers.get(&PROFILE)?,
        utility: utility(&mut layers)?,
        grid: grid::resolve(&mut layers, RULES.keys, utility)?,
        questions: questions(&mut layers)?,
        bootstrap,
        out: layers.get(&OUT)?,
        format: layers.get(&groups::FORMAT)?,
        sources: Vec::new(),
    };
    Ok(ReplayUtilitySettings { sources: layers.into_resolved(), ..settings })
}

fn questions(layers: &mut Layers) -> Result<Questions, SettingsError> {
    Ok(Questions {
        weights: layers.get(&WEIGHTS)?,
        times: layers.get(&TIMES)?,
        fast_seconds: layers.get(&FAST)?,
        copies: layers.get(&SPLITS)?,
        leads: layers.get(&LEADS)?,
        successions: layers.get(&SUCCESSIONS)?,
        rounds: layers.get(&ROUNDS)?,
        spot: SpotQuestions {
            spurious: layers.get(&SPURIOUS)?,
            items: layers.get(&SPOT_ITEMS)?,
            fakes: layers.get(&FAKES)?,
            samples: layers.get(&SPOT_SAMPLES)?,
            detections: layers.get(&DETECTIONS)?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::ConfigFile;
    use crate::cli::testing::{assert_all_resolved, parsed};
    use crate::judge::utility::{KindPenalty, NAMES, Nothing, Rules};

    fn resolved(flags: &[&str]) -> Result<ReplayUtilitySettings, SettingsError> {
        let file = ConfigFile::default();
        let flags = parsed("replay utility", flags);
        resolve(Layers::new(&flags, &|_| None, &file))
    }

    #[test]
    fn every_key_of_the_command_line_is_resolved() {
        assert_all_resolved(&UTILITY, &resolved(&[]).expect("resolves").sources);
    }

    #[test]
    fn every_preset_comes_through_as_it_is() {
        for name in NAMES {
            let utility = resolved(&["--preset", name]).expect("resolves").utility;
            assert_eq!(Some(&utility.rules), Rules::preset(name).as_ref(), "{name}");
            assert_eq!(utility.rules, utility.baseline, "{name}");
        }
    }

    #[test]
    fn the_questions_are_the_judge_s() {
        let (found, own) = (resolved(&[]).expect("resolves").questions, Questions::default());
        let close = |one: &Weights, other: &Weights| {
            (one.fields - other.fields).abs() < 1e-12 && one.time == other.time && one.size == other.size
        };
        assert!(found.weights.iter().zip(&own.weights).all(|(one, other)| close(one, other)));
        assert_eq!(found.weights.len(), own.weights.len());
        assert_eq!(Questions { weights: own.weights.clone(), ..found }, own);
    }

    #[test]
    fn rules_are_the_preset_s_but_for_what_was_changed() {
        let flags = ["--broken", "zero", "--kind-penalties", "missing=0.2,json_invalid=1", "--null-penalty", "0"];
        let utility = resolved(&flags).expect("resolves").utility;
        let of = |kind: &str, penalty| KindPenalty { kind: kind.into(), penalty };
        assert_eq!(utility.rules.penalties, [of("missing", 0.2), of("json_invalid", 1.0)]);
        assert_eq!((utility.rules.broken, utility.rules.null_penalty), (Nothing::Zero, Some(0.0)));
        assert_eq!(Some(utility.baseline), Rules::preset("issue"));
    }

    #[test]
    fn schemas_are_of_endpoints_or_of_all_others() {
        let of = |text: &str| resolved(&["r.jsonl", "--schema", text]).map(|settings| settings.schemas);
        let file = |endpoint: Option<&str>, path: &str| SchemaFile {
            endpoint: endpoint.map(str::to_owned),
            path: path.into(),
        };
        assert_eq!(of("p=a.json, b.json").expect("resolves"), [file(Some("p"), "a.json"), file(None, "b.json")]);
        assert!(resolved(&["r.jsonl"]).expect("resolves").schemas.is_empty());
        assert_eq!(resolved(&[]).expect("resolves").schemas.len(), 3);
        for bad in ["", "=a.json", "p=", "p=a,p=b", "a,b"] {
            assert!(of(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_grid_has_the_rules_of_each_point() {
        let grid = resolved(&["--grid", "speed-weight=0,1 time-term=rank,inverse"]).expect("resolves").grid;
        let points = grid.expect("a grid").points;
        let of = |place: usize| (points[place].rules.rules.weights.time, points[place].rules.rules.time);
        assert_eq!([of(0), of(3)], [(0.0, TimeTerm::Rank), (1.0, TimeTerm::Inverse)]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for flag in [
            "--preset=masa",
            "--speed-weight=-1",
            "--time-term=log",
            "--items=median",
            "--kind-penalties=mising=0.2",
            "--kind-penalties=missing",
            "--null-penalty=much",
            "--timeout-seconds=0",
            "--new-weight=2",
            "--window-buckets=0",
            "--weights-grid=1/0",
            "--weights-grid=0.5/0.5/0,0.50/0.5/0",
            "--time-terms=rank,rank",
            "--splits=1",
            "--successions=0",
            "--spot-detections=1",
            "--extra=maybe",
        ] {
            let (name, _) = flag.split_once('=').expect("a value");
            let refusal = resolved(&[flag]).expect_err("refused").to_string();
            assert!(refusal.contains(&format!("` for {name}: ")), "{refusal}");
        }
    }
}
