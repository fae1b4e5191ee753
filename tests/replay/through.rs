//! The originals' cases through the binary: what is read, judged and written.

use serde_json::Value;

use crate::folder::Folder;
use crate::golden::{ORIGINALS, assert_close, rows, text};

/// What the command line has to say of a case; `None` where a case changes what no setting can.
fn settings(preset: &str, case: &Value) -> Option<Vec<String>> {
    let can_be_said = case.get("initial").is_none();
    let share = |pair: &Value| format!("{}={}", text(&pair[0]), pair[1]);
    let shares: Vec<String> = case["schedule"].as_array().unwrap().iter().map(share).collect();
    let epsilon = case["epsilon"].as_str().map_or_else(|| case["epsilon"].to_string(), str::to_owned);
    let mut settings = vec![
        format!("--preset={preset}"),
        format!("--shares={}", shares.join(",")),
        format!("--epsilon={epsilon}"),
        format!("--alpha={}", case["alpha"]),
        format!("--sample-min={}", case["sample_min"]),
    ];
    settings.extend(case.get("temperature").map(|temperature| format!("--temperature={temperature}")));
    settings.extend(case.get("skew").map(|skew| format!("--skew={skew}")));
    can_be_said.then_some(settings)
}

fn check(original: &str, case: &str, folder: &Folder, expected: &[Value]) -> usize {
    let weights = folder.table("weights");
    let (steps, uids) = (weights.numbers("step"), weights.numbers("uid"));
    let (wins, matches, kept) = (weights.counts("win_total"), weights.counts("match_total"), weights.flags("kept"));
    let (rates, weight) = (weights.floats("win_rate"), weights.floats("weight"));
    let mut checked = 0;
    for expected in expected.iter().filter(|row| row["case"] == case && row.get("wins").is_some()) {
        let (step, uid) = (expected["step"].as_u64().unwrap() as u32, expected["uid"].as_u64().unwrap() as u32);
        let at = format!("{original}, {case}, step {step}, uid {uid}");
        let row = (0..weights.rows()).find(|&row| (steps[row], uids[row]) == (step, uid)).expect(&at);
        assert_eq!(wins[row], expected["wins"].as_u64(), "{at}");
        if let Some(expected) = expected.get("matches") {
            assert_eq!(matches[row], expected.as_u64(), "{at}");
        }
        if let Some(expected) = expected["kept"].as_bool() {
            assert_eq!(kept[row], Some(expected), "{at}");
        }
        assert_close(&format!("{at}: win rate"), rates[row].unwrap(), &expected["win_rate"]);
        assert_close(&format!("{at}: weight"), weight[row].unwrap(), &expected["weight"]);
        checked += 1;
    }
    checked
}

#[test]
fn every_case_that_can_be_said_holds_through_the_binary() {
    let mut checked = 0;
    for (original, preset) in ORIGINALS {
        let (recorded, expected) = (rows(original), rows(&format!("{original}.expected")));
        for case in rows(&format!("{original}.cases")) {
            let Some(mut settings) = settings(preset, &case) else { continue };
            let name = text(&case["case"]);
            let folder = Folder::new("replay");
            let lines = recorded.iter().filter(|row| row["case"] == case["case"]).map(|row| format!("{row}\n"));
            folder.write("losses.jsonl", lines.collect::<String>());
            settings.extend(["--out=out", "--resamples=1000", "-q"].map(str::to_owned));
            let arguments = ["wins", "losses.jsonl"].into_iter().chain(settings.iter().map(String::as_str));
            let run = folder.run_plain(&arguments.collect::<Vec<_>>());
            let of_case = recorded.iter().filter(|row| row["case"] == case["case"]);
            let is_measured =
                of_case.clone().any(|row| row["losses"].as_array().is_some_and(|losses| !losses.is_empty()));
            assert_eq!(run.code(), if is_measured { 0 } else { 4 }, "{original} {name}: {}", run.stderr());
            checked += check(original, &name, &folder, &expected);
        }
    }
    assert!(checked > 1300, "{checked} rows");
}
