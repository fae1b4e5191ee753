//! `weighhouse replay schedule` through the binary: sleeps and synchronisations of the original, the default data, and what
//! is refused.

use serde_json::Value;

use crate::folder::{Folder, root};
use crate::run::Run;

/// Quick intervals, which these tests do not look at.
const QUICK: [&str; 4] = ["--confidence", "0.5", "--resamples", "100"];

fn lines(name: &str) -> Vec<(Value, Value)> {
    let read = |name: &str| -> Vec<Value> {
        let path = root().join(format!("tests/data/schedule/logicnet-{name}.jsonl"));
        let text = std::fs::read_to_string(path).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    read(name).into_iter().zip(read(&format!("{name}.expected"))).collect()
}

/// A folder with the data sets beside it, as the defaults name them.
fn folder() -> Folder {
    let folder = Folder::new("replay");
    std::fs::create_dir(folder.path("datasets")).unwrap();
    for name in ["batches.jsonl", "rates.jsonl", "calls.jsonl"] {
        std::fs::copy(root().join("datasets").join(name), folder.path("datasets").join(name)).unwrap();
    }
    folder
}

fn replay(folder: &Folder, arguments: &[&str]) -> Run {
    folder.run_plain(&[&["schedule"], arguments, &["--out", "out"], &QUICK].concat())
}

#[test]
fn loops_are_handed_on_in_the_original_s_time() {
    let folder = folder();
    folder.write("b.jsonl", "{\"seconds\": 0}\n");
    for (row, expected) in lines("schedule").into_iter().step_by(4) {
        let limits = row["rate_limits"].as_array().unwrap().iter().enumerate();
        let rates: Vec<String> = limits
            .map(|(uid, limit)| {
                let limit = limit.as_f64().map_or("null".to_owned(), |limit| format!("{limit:.0}"));
                format!("{{\"uid\": {uid}, \"rate_limit\": {limit}}}")
            })
            .collect();
        folder.write("r.jsonl", rates.join("\n"));
        let (batch, seconds) = (row["batch_size"].to_string(), row["loop_seconds"].to_string());
        let settings =
            ["b.jsonl", "--rates", "r.jsonl", "--batch", &batch, "--loop-seconds", &seconds, "--hours", "0.02"];
        replay(&folder, &settings).succeeded();
        let loops = folder.table("loops");
        let (parts, workers) = (loops.texts("part"), loops.texts("workers"));
        let (numbers, submitted) = (loops.counts("loop"), loops.floats("submitted"));
        for (part, name) in
            [("before", "total_before"), ("after", "total_after"), ("first version", "total_first_version")]
        {
            let first = (0..loops.rows()).find(|&at| parts[at] == part && numbers[at] == Some(0)).unwrap();
            let wanted = expected[name].as_f64().unwrap();
            let found = submitted[first].unwrap();
            assert!((found - wanted).abs() < 1e-9, "{row} {part} {} {found} {wanted}", workers[first]);
            assert_eq!(loops.counts("batches")[first], expected["batches"].as_u64(), "{row}");
        }
    }
}

#[test]
fn miners_synchronise_as_often_as_the_original_s() {
    let folder = folder();
    for (row, expected) in lines("sync").into_iter().step_by(3) {
        let (start, update) = (row["start_block"].as_u64().unwrap(), row["last_update"].as_u64().unwrap());
        let Some(since) = start.checked_sub(update) else { continue };
        let hours = (row["horizon_seconds"].as_f64().unwrap() / 3600.0).to_string();
        let text = |name: &str| row[name].to_string();
        let (epoch, block, sync) = (text("epoch_length"), text("block_seconds"), text("sync_seconds"));
        let since = since.to_string();
        let settings = [
            "--hours",
            &hours,
            "--epoch-length",
            &epoch,
            "--block-seconds",
            &block,
            "--sync-seconds",
            &sync,
            "--blocks-since-update",
            &since,
        ];
        replay(&folder, &settings).succeeded();
        let counts = folder.table("syncs").counts("syncs");
        assert_eq!(counts, [expected["before"].as_u64(), expected["after"].as_u64()], "{row}");
    }
}

#[test]
fn a_recorded_chain_of_equal_times_is_the_regular_one() {
    let folder = folder();
    let blocks: Vec<String> = (0..=600)
        .map(|number| {
            format!("{{\"block\": {}, \"recorded_at\": {}}}", 5_000_000 + number, 1_750_000_000 + 12 * number)
        })
        .collect();
    folder.write("blocks.jsonl", blocks.join("\n"));
    replay(&folder, &["--hours", "2"]).succeeded();
    let regular = folder.table("syncs").counts("syncs");
    replay(&folder, &["--hours", "24", "--blocks", "blocks.jsonl"]).succeeded();
    assert_eq!(folder.table("syncs").counts("syncs"), regular, "no longer than it was recorded");
    assert_eq!(regular, [Some(6599), Some(11)]);
}

#[test]
fn the_default_day_tells_the_story_of_the_pull_request() {
    let folder = folder();
    let run = replay(&folder, &[]).succeeded();
    let policies = folder.table("policies");
    let (parts, peaks) = (policies.texts("part"), policies.floats("peak_running"));
    let peak = |part: &str| peaks[parts.iter().position(|one| one == part).unwrap()].unwrap();
    assert!(peak("before") > 2.0 * peak("after"), "{} {}", peak("before"), peak("after"));
    assert_eq!(peak("after"), 32.0);
    for name in ["concurrency", "memory", "backlog"] {
        assert!(folder.path(&format!("out/{name}.svg")).exists(), "{name}");
    }
    let page = std::fs::read_to_string(folder.path("out/report.html")).unwrap();
    assert!(page.contains("What the pull request said") && page.contains("99 % of the memory"), "{}", run.stdout());
    assert!(folder.table("claims").rows() > 5);
}

#[test]
fn equal_runs_write_equal_tables_and_drawn_times_have_a_seed() {
    let folder = folder();
    let written = |arguments: &[&str]| {
        replay(&folder, arguments).succeeded();
        ["policies", "loads", "loops", "syncs", "claims"]
            .map(|name| std::fs::read(folder.path(&format!("out/{name}.parquet"))).unwrap())
    };
    let drawn = |seed| written(&["--service", "drawn", "--hours", "6", "--seed", seed]);
    assert!(drawn("1") == drawn("1"));
    assert!(drawn("1")[0] != drawn("2")[0]);
}

#[test]
fn impossible_input_is_refused_with_its_place() {
    let folder = folder();
    let refused = |name: &str, content: &str, arguments: &[&str]| {
        folder.write(name, content);
        replay(&folder, arguments).refused(65)
    };
    let told = refused("b.jsonl", "{\"seconds\": 3}\n{\"seconds\": -1}\n", &["b.jsonl"]);
    assert_eq!(told, "b.jsonl, line 2: column `seconds` is -1; give seconds from 0 to 1000000000");
    let told = refused(
        "r.jsonl",
        "{\"uid\": 1, \"rate_limit\": 5}\n{\"uid\": 1, \"rate_limit\": 6}\n",
        &["--rates", "r.jsonl"],
    );
    assert_eq!(told, "r.jsonl, line 2: column `uid` is 1, as on line 1; give each line its own");
    let told = refused("r.jsonl", "{\"uid\": 1, \"rate_limit\": -2}\n", &["--rates", "r.jsonl"]);
    assert!(told.starts_with("r.jsonl, line 1: column `rate_limit` is -2; give a whole number"), "{told}");
    let blocks = "{\"block\": 7, \"recorded_at\": 1750000000}\n{\"block\": 7, \"recorded_at\": 1750000012}\n";
    let told = refused("k.jsonl", blocks, &["--blocks", "k.jsonl"]);
    assert!(told.starts_with("k.jsonl, line 2: column `block` is 7; give a whole number, greater than"), "{told}");
    let told = refused(
        "c.jsonl",
        "{\"concurrency\": 0, \"texts\": 4, \"base_bytes\": 1, \"peak_bytes\": 2}\n",
        &["--calls", "c.jsonl"],
    );
    assert!(told.starts_with("c.jsonl, line 1: column `concurrency` is 0"), "{told}");
    let told = refused("b.jsonl", "", &["b.jsonl"]);
    assert_eq!(told, "b.jsonl: holds no batch; give at least one");
    let usage = |arguments: &[&str]| folder.run_plain(&[&["schedule"], arguments].concat()).refused(2);
    assert!(usage(&["--pool", "0"]).contains("--pool") && usage(&["--loop-seconds", "-3"]).contains("--loop-seconds"));
}

#[test]
fn nobody_to_ask_is_said_and_hands_nothing_on() {
    let folder = folder();
    folder.write("r.jsonl", "{\"uid\": 1, \"rate_limit\": null}\n");
    let run = replay(&folder, &["--rates", "r.jsonl", "--hours", "1"]).succeeded();
    assert_eq!(run.warnings(), ["no miner has a rate limit, so no batch is ever handed on"]);
    assert_eq!(folder.table("policies").floats("batches"), [Some(0.0); 6]);
}

#[test]
fn calls_that_say_nothing_leave_memory_open() {
    let folder = folder();
    folder.write("c.jsonl", "{\"concurrency\": 1, \"texts\": 4, \"base_bytes\": 1, \"peak_bytes\": 2}\n");
    let run = replay(&folder, &["--calls", "c.jsonl", "--hours", "1"]).succeeded();
    assert!(run.stdout().contains("How memory grows with calls is not known"), "{}", run.stdout());
    assert_eq!(folder.table("policies").floats("peak_bytes"), [None; 6]);
    assert!(!folder.path("out/memory.svg").exists());
}

#[test]
fn a_grid_of_pools_has_one_row_a_pool_and_a_plot() {
    let folder = folder();
    replay(&folder, &["--hours", "6", "--grid", "pool=8,64"]).succeeded();
    let grid = folder.table("grid");
    let (figures, values) = (grid.texts("figure"), grid.texts("value"));
    let of = |figure: &str, pool: &str| {
        let at = (0..grid.rows()).find(|&at| figures[at] == figure && values[at] == pool).unwrap();
        grid.floats("result")[at].unwrap()
    };
    assert_eq!((of("peak running", "8"), of("busy", "8") > 0.95), (8.0, true));
    assert!(of("loop seconds", "8") > 2.0 * of("loop seconds", "64"));
    assert!(of("memory", "64") > of("memory", "8"));
    assert!(folder.path("out/grid.png").exists());
    replay(&folder, &["--hours", "6", "--pool", "8"]).succeeded();
    let policies = folder.table("policies");
    let after = policies.texts("part").iter().position(|part| part == "after").unwrap();
    assert_eq!(policies.floats("loop_seconds")[after], Some(of("loop seconds", "8")));
}

/// Calls are measured in processes of their own, and what was measured is read again.
#[test]
fn calls_are_measured_once_and_judged_again() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let folder = folder();
    let embedder = root().join("fixtures/models/embedder").display().to_string();
    let measure =
        ["--measure", "--embedder", &embedder, "--concurrency", "1,4,8", "--repetitions", "2", "--hours", "1"];
    let run = replay(&folder, &measure).succeeded();
    let calls = folder.table("calls");
    assert_eq!(calls.numbers("concurrency"), [1, 4, 8].repeat(4));
    assert_eq!(calls.numbers("texts"), [4, 4, 4, 32, 32, 32].repeat(2), "a minibatch, and a whole batch");
    let peaks = calls.counts("peak_bytes").into_iter().zip(calls.counts("base_bytes"));
    assert!(peaks.clone().all(|(peak, base)| peak >= base && base > Some(0)), "{}", run.stderr());
    let story = |run: &Run| {
        let text = run.stdout();
        text.lines().filter(|line| line.contains("call")).map(str::to_owned).collect::<Vec<_>>()
    };
    std::fs::copy(folder.path("out/calls.parquet"), folder.path("calls.parquet")).unwrap();
    let again = replay(&folder, &["--calls", "calls.parquet", "--hours", "1"]).succeeded();
    assert_eq!(story(&run), story(&again));
}
