//! The judge against five validators' own steps: made-up losses, and what the originals' code made of them. Rules and
//! provenance: `tests/data/wins/README.md`.

use std::collections::HashMap;

use serde_json::Value;
use weighhouse::judge::wins::{
    Averaging, Competition, Entrant, Rules, RunningWeights, Season, Sources, StepPlan, StepTable, Weighting, presets,
};

/// Each original with the preset that stands for it.
pub const ORIGINALS: [(&str, &str); 5] = [
    ("finetuning", "finetuning-subnet"),
    ("pretraining-batches", "pretraining-batches"),
    ("pretraining", "pretraining"),
    ("successor", "finetuning-successor"),
    ("coldint", "coldint"),
];

pub fn rows(name: &str) -> Vec<Value> {
    let path = format!("{}/tests/data/wins/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// JSON has no infinity and no NaN.
pub fn loss(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

/// The preset with what the case changes.
fn rules(preset: &str, case: &Value) -> Rules {
    let mut rules = presets::preset(preset).unwrap().rules;
    let epsilon = case["epsilon"].as_str().map_or_else(|| case["epsilon"].to_string(), str::to_owned);
    rules.epsilon = epsilon.parse().unwrap();
    rules.alpha = case["alpha"].as_f64().unwrap();
    rules.sample_min = case["sample_min"].as_u64().unwrap() as usize;
    match &mut rules.weighting {
        Weighting::Softmax { temperature } => *temperature = case["temperature"].as_f64().unwrap(),
        Weighting::Power { skew } => *skew = case["skew"].as_f64().unwrap(),
        _ => {}
    }
    if let Averaging::PerCompetition { minimum } = &mut rules.averaging {
        *minimum = case["minimum"].as_f64().unwrap_or(0.0);
    }
    let competition = |pair: &Value| Competition {
        id: text(&pair[0]),
        architectures: vec![],
        max_parameters: None,
        reward_share: pair[1].as_f64().unwrap(),
    };
    rules.competitions = case["schedule"].as_array().unwrap().iter().map(competition).collect();
    rules
}

/// The steps of a case, each with its rows, as recorded.
fn steps<'a>(recorded: &'a [Value], case: &str) -> Vec<&'a [Value]> {
    let of_case = recorded.chunk_by(|a, b| (&a["case"], &a["step"]) == (&b["case"], &b["step"]));
    of_case.filter(|rows| rows[0]["case"] == case).collect()
}

fn uids(steps: &[&[Value]], initial: &Value) -> Vec<u32> {
    let before = initial.as_object().into_iter().flatten().map(|(uid, _)| uid.parse().unwrap());
    let recorded = steps.iter().copied().flatten().map(|row| row["uid"].as_u64().unwrap() as u32);
    let mut uids: Vec<u32> = before.chain(recorded).collect();
    uids.sort_unstable();
    uids.dedup();
    uids
}

/// A case judged step by step.
fn judged(rules: &Rules, case: &Value, steps: &[&[Value]]) -> (Vec<u32>, Vec<StepTable>) {
    let uids = uids(steps, &case["initial"]);
    let initial = uids.iter().map(|uid| case["initial"][uid.to_string()].as_f64().unwrap_or(0.0)).collect();
    let weights = RunningWeights::starting_at(rules, initial).unwrap();
    let mut season = Season::new(rules, &uids, weights, None, None).unwrap();
    let mut tables = Vec::new();
    for rows in steps {
        let entrant = |row: &Value| {
            let losses: Vec<f64> = row["losses"].as_array().unwrap().iter().map(loss).collect();
            let submission = uids.binary_search(&(row["uid"].as_u64().unwrap() as u32)).unwrap();
            Entrant { submission, block: row["block"].as_u64(), losses: (!losses.is_empty()).then_some(losses) }
        };
        let entrants: Vec<Entrant> = rows.iter().map(entrant).collect();
        let samples = entrants.iter().filter_map(|entrant| entrant.losses.as_ref()).map(Vec::len).max().unwrap_or(0);
        let id = text(&rows[0]["competition"]);
        let plan = StepPlan {
            step: rows[0]["step"].as_u64().unwrap() as usize,
            competition: rules.competitions.iter().position(|competition| competition.id == id).unwrap(),
            current_block: rows[0]["current_block"].as_u64().unwrap(),
            samples: (0..samples).collect(),
            concludes: true,
        };
        tables.push(season.step(&plan, &entrants, &Sources::default()).unwrap());
    }
    (uids, tables)
}

pub fn assert_close(what: &str, found: f64, expected: &Value) {
    let expected = loss(expected);
    let far = (found - expected).abs();
    let is_close = far <= 3e-6 * expected.abs() || far <= 1e-30 || found.total_cmp(&expected).is_eq();
    assert!(is_close || found.is_nan() && expected.is_nan(), "{what}: {found} instead of {expected}");
}

/// One expected row against the step that it is of.
fn check(original: &str, expected: &Value, (uids, table): (&[u32], &StepTable)) {
    let uid = expected["uid"].as_u64().unwrap() as u32;
    let at = format!("{original}, {}, step {}, uid {uid}", expected["case"], expected["step"]);
    let submission = uids.binary_search(&uid).unwrap();
    assert_close(&format!("{at}: weight"), table.weights[submission], &expected["weight"]);
    assert!(table.is_void || expected.get("failed_step").is_none(), "{at}: the original fails here");
    let Some(wins) = expected.get("wins") else { return };
    let place = table.rows.iter().position(|row| row.submission == submission).unwrap();
    let row = &table.rows[place];
    assert_eq!(row.wins, wins.as_u64().unwrap(), "{at}: wins");
    if let Some(matches) = expected.get("matches") {
        assert_eq!(row.matches, matches.as_u64().unwrap(), "{at}: matches");
    }
    assert_close(&format!("{at}: win rate"), row.win_rate, &expected["win_rate"]);
    // Where NaN is among the losses, the original takes its sample for the NaN's.
    let is_clean = table.rows.iter().all(|row| !row.average_loss.is_nan());
    if let Some(rate) = expected.get("win_abs_rate").filter(|_| is_clean) {
        assert_close(&format!("{at}: win rate without boost"), row.unboosted_win_rate, rate);
    }
    if let Some(kept) = expected["kept"].as_bool() {
        assert_eq!(row.kept, kept, "{at}: kept");
    }
    for of in expected["against"].as_array().unwrap() {
        let rival = uids.binary_search(&(of[0].as_u64().unwrap() as u32)).unwrap();
        let other = table.rows.iter().position(|row| row.submission == rival).unwrap();
        assert_eq!(table.wins.wins[place * table.rows.len() + other], of[1].as_u64().unwrap(), "{at}: against {of}");
    }
    if let Some(loss) = expected.get("average_loss") {
        assert_close(&format!("{at}: average loss"), row.average_loss, loss);
        // The original's is that of the average; ours, as its documentation has it, the mean over the samples.
        assert_close(&format!("{at}: perplexity"), row.average_loss.exp(), &expected["perplexity"]);
    }
    if let Some(epsilon) = expected.get("epsilon").filter(|epsilon| epsilon.is_number()) {
        assert_close(&format!("{at}: epsilon"), row.epsilon, epsilon);
    }
    // The successor's original gives 1 to each winner and divides later; here the winners' shares stand.
    let winners = table.rows.iter().filter(|row| row.step_weight > 0.0).count() as f64;
    let shares = if original == "successor" { winners } else { 1.0 };
    assert_close(&format!("{at}: step weight"), row.step_weight * shares, &expected["step_weight"]);
}

#[test]
fn every_step_of_every_original_holds() {
    for (original, preset) in ORIGINALS {
        let (recorded, expected) = (rows(original), rows(&format!("{original}.expected")));
        let mut by_step: HashMap<(String, u64), Vec<&Value>> = HashMap::new();
        for row in &expected {
            by_step.entry((text(&row["case"]), row["step"].as_u64().unwrap())).or_default().push(row);
        }
        for case in rows(&format!("{original}.cases")) {
            let name = text(&case["case"]);
            let steps = steps(&recorded, &name);
            let (uids, tables) = judged(&rules(preset, &case), &case, &steps);
            for table in &tables {
                let expected = by_step.remove(&(name.clone(), table.plan.step as u64)).unwrap_or_default();
                expected.into_iter().for_each(|row| check(original, row, (&uids, table)));
            }
        }
        // A step without a row had nobody and changed nothing: nothing of it is expected but the weights as they were.
        assert!(by_step.values().flatten().all(|row| row.get("wins").is_none()), "{original}: a step was not judged");
    }
}
