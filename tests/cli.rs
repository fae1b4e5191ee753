//! The command line through the binary: what is printed where, and which exit code a shell sees.

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The binary in an empty folder of its own, without settings from the machine it runs on.
struct Run {
    folder: tempfile::TempDir,
}

impl Run {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn with_file(name: &str, text: &str) -> Self {
        let run = Self::new();
        let path = run.folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("makes");
        std::fs::write(path, text).expect("writes");
        run
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weighhouse"));
        command.args(arguments).current_dir(self.folder.path()).env_clear().env("HOME", self.folder.path());
        command
    }

    fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("runs")
    }

    /// Code and the one line on stderr of a run that fails.
    fn failure(&self, arguments: &[&str]) -> (Option<i32>, String) {
        failure(self.output(arguments))
    }

    /// The line of a setting in the settings shown.
    fn setting(&self, arguments: &[&str], key: &str) -> String {
        let mut all = vec!["evaluate", "--show-settings", "--format", "markdown"];
        all.extend(arguments);
        setting(&self.output(&all), key)
    }
}

fn failure(output: Output) -> (Option<i32>, String) {
    assert_eq!(stdout(&output), "");
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.starts_with("error: "), "{stderr}");
    (output.status.code(), stderr.trim_end().to_owned())
}

fn setting(output: &Output, key: &str) -> String {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let cells = |line: &str| line.split('|').map(str::trim).collect::<Vec<_>>().join("|");
    let lines = stdout(output);
    let line = lines.lines().map(cells).find(|line| line.starts_with(&format!("|{key}|")));
    line.expect("the setting").trim_matches('|').to_owned()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

#[test]
fn help_shows_examples_settings_and_codes() {
    let output = Run::new().output(&["evaluate", "--help"]);
    assert_eq!(output.status.code(), Some(0));
    let help = stdout(&output);
    for part in ["[SUBMISSIONS]", "--samples <FILE>", "Examples:", "weighhouse.toml", "Exit codes:", "Rules:"] {
        assert!(help.contains(part), "{part} is missing in\n{help}");
    }
    assert!(output.stderr.is_empty());
}

#[test]
fn help_and_version_are_no_failures() {
    for argument in ["--help", "-h", "help", "--version", "-V"] {
        let output = Run::new().output(&[argument]);
        assert_eq!(output.status.code(), Some(0), "{argument}");
        assert!(!output.stdout.is_empty() && output.stderr.is_empty(), "{argument}");
    }
}

#[test]
fn the_version_is_that_of_the_crate() {
    let version = stdout(&Run::new().output(&["--version"]));
    assert!(version.starts_with(&format!("weighhouse {}", env!("CARGO_PKG_VERSION"))), "{version}");
}

#[test]
fn without_a_command_the_help_is_shown_as_a_usage_error() {
    let output = Run::new().output(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("evaluate"));
}

#[test]
fn what_is_typed_wrong_is_one_line_and_code_2() {
    let run = Run::new();
    let (code, line) = run.failure(&["evaluate", "--epsilonn", "1"]);
    assert_eq!(code, Some(2));
    assert!(line.contains("--epsilonn") && line.contains("'--epsilon'"), "{line}");
    let (code, line) = run.failure(&["evalute"]);
    assert_eq!(code, Some(2));
    assert!(line.contains("'evaluate'"), "{line}");
    assert_eq!(run.failure(&["evaluate", "a", "b"]).0, Some(2));
    assert_eq!(run.failure(&["evaluate", "--seed"]).0, Some(2));
}

#[test]
fn a_bad_value_names_its_flag() {
    let (code, line) = Run::new().failure(&["evaluate", "--epsilon", "lots"]);
    assert_eq!(code, Some(2));
    assert!(line.starts_with("error: invalid value `lots` for --epsilon: "), "{line}");
}

#[test]
fn a_bad_variable_is_named() {
    let run = Run::new();
    let (code, line) = failure(run.command(&["evaluate"]).env("WEIGHHOUSE_STEPS", "0").output().expect("runs"));
    assert_eq!(code, Some(2));
    assert_eq!(line, "error: invalid value `0` for WEIGHHOUSE_STEPS: expected a whole number above 0");
}

#[test]
fn a_bad_configuration_file_is_bad_input() {
    let (code, line) = Run::with_file("weighhouse.toml", "epsilonn = 0.1").failure(&["evaluate"]);
    assert_eq!(code, Some(65));
    assert_eq!(line, "error: weighhouse.toml: unknown key `epsilonn`; the nearest known key is `epsilon`");
    let (code, line) = Run::with_file("weighhouse.toml", "epsilon = 2").failure(&["evaluate"]);
    assert_eq!(code, Some(65));
    assert!(line.starts_with("error: weighhouse.toml: invalid value `2` for `epsilon`: "), "{line}");
    let (code, line) = Run::with_file("weighhouse.toml", "seed = 1\nseed").failure(&["evaluate"]);
    assert_eq!(code, Some(65));
    assert!(line.starts_with("error: weighhouse.toml: line 2: "), "{line}");
}

#[test]
fn a_configuration_file_that_was_named_must_be_there() {
    let (code, line) = Run::new().failure(&["evaluate", "--config", "no.toml"]);
    assert_eq!(code, Some(66));
    assert!(line.contains("no.toml"), "{line}");
}

#[test]
fn flag_is_stronger_than_environment_than_file_than_preset_than_default() {
    let run = Run::with_file("weighhouse.toml", "epsilon = 0.03");
    let with_variable = |arguments: &[&str]| {
        let mut all = vec!["evaluate", "--show-settings", "--format", "markdown"];
        all.extend(arguments);
        setting(&run.command(&all).env("WEIGHHOUSE_EPSILON", "0.02").output().expect("runs"), "epsilon")
    };
    assert_eq!(with_variable(&["--epsilon", "0.05"]), "epsilon|0.05|flag");
    assert_eq!(with_variable(&[]), "epsilon|0.02|environment WEIGHHOUSE_EPSILON");
    assert_eq!(run.setting(&[], "epsilon"), "epsilon|0.03|file weighhouse.toml");
    assert_eq!(Run::new().setting(&[], "epsilon"), "epsilon|0.01|preset finetuning-subnet");
    assert_eq!(Run::new().setting(&[], "seed"), "seed|0|default");
}

#[test]
fn paths_in_a_configuration_file_are_relative_to_it() {
    let run = Run::with_file("project/w.toml", "samples = 'mine.jsonl'\npreset = 'pretraining'");
    let named = ["--config", "project/w.toml"];
    let samples = Path::new("project").join("mine.jsonl").display().to_string();
    assert_eq!(run.setting(&named, "samples"), format!("samples|{samples}|file project/w.toml"));
    assert_eq!(run.setting(&named, "alpha"), "alpha|0.5|preset pretraining");
}

#[test]
fn a_configuration_file_can_be_named_by_a_variable() {
    let run = Run::with_file("other.toml", "seed = 9");
    let arguments = ["evaluate", "--show-settings", "--format", "markdown"];
    let output = run.command(&arguments).env("WEIGHHOUSE_CONFIG", "other.toml").output().expect("runs");
    assert_eq!(setting(&output, "seed"), "seed|9|file other.toml");
}

#[test]
fn settings_are_shown_for_machines_too() {
    let output = Run::new().output(&["evaluate", "--show-settings", "--format=json", "--seed=5"]);
    let settings: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).expect("json");
    let seed = settings.iter().find(|setting| setting["setting"] == "seed").expect("the seed");
    assert_eq!((&seed["value"], &seed["from"]), (&"5".into(), &"flag".into()));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let run = Run::new();
    for arguments in [&["evaluate", "--show-settings"][..], &["evaluate", "--help"]] {
        let mut command = run.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("ends");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(output.stderr.is_empty(), "{output:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_stdout_that_is_full_is_named() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("opens");
    let output = Run::new().command(&["schema", "samples"]).stdout(full).output().expect("runs");
    let (code, line) = failure(output);
    assert_eq!(code, Some(1));
    assert_eq!(line, "error: stdout takes no more: No space left on device (os error 28); send it elsewhere");
}

/// The schemas of all that has columns, by name.
fn schemas() -> serde_json::Map<String, serde_json::Value> {
    let output = Run::new().output(&["schema", "--format", "json"]);
    serde_json::from_str(&stdout(&output)).expect("JSON")
}

#[test]
fn every_kind_tells_its_columns_in_every_form() {
    let schemas = schemas();
    for name in
        ["submissions", "samples", "responses", "losses", "evaluate/weights", "calibrate/rates", "replay-wins/ranks"]
    {
        assert!(schemas.contains_key(name), "{name}");
    }
    let run = Run::new();
    for (name, schema) in &schemas {
        let alone: serde_json::Value =
            serde_json::from_str(&stdout(&run.output(&["schema", name, "--format", "json"]))).expect("JSON");
        assert_eq!(&alone, schema);
        let text = stdout(&run.output(&["schema", name]));
        let columns = schema["properties"].as_object().expect("columns");
        assert!(!columns.is_empty() && columns.keys().all(|column| text.contains(column.as_str())), "{name}: {text}");
        assert!(columns.values().all(|column| column["description"].as_str().is_some_and(|about| !about.is_empty())));
    }
    let (code, line) = run.failure(&["schema", "sampels"]);
    assert!(
        code == Some(2) && line.contains("invalid value `sampels` for KIND") && line.ends_with("is samples"),
        "{line}"
    );
}

/// What comes with the program is what the schemas say.
#[test]
fn the_recorded_inputs_keep_to_their_schemas() {
    let schemas = schemas();
    for (kind, file) in [
        ("submissions", "fixtures/submissions.jsonl"),
        ("samples", "datasets/samples.jsonl"),
        ("responses", "datasets/minibatches.jsonl"),
        ("losses", "datasets/losses.jsonl"),
        ("calls", "datasets/calls.jsonl"),
    ] {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("a file");
        let schema = &schemas[kind];
        for line in text.lines() {
            let row: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).expect("an object");
            let required = schema["required"].as_array().expect("a list");
            assert!(
                required.iter().filter_map(|name| name.as_str()).all(|name| row.contains_key(name)),
                "{file}: {line}"
            );
        }
        let known = schema["properties"].as_object().expect("columns");
        assert!(known.keys().any(|name| text.contains(&format!("\"{name}\""))), "{file}");
    }
}

/// The commands that have none of their own, each with the words that lead there.
fn leaves(run: &Run, words: &[String]) -> Vec<Vec<String>> {
    let mut arguments: Vec<&str> = words.iter().map(String::as_str).collect();
    arguments.push("--help");
    let help = stdout(&run.output(&arguments));
    let Some((_, listed)) = help.split_once("Commands:\n") else { return vec![words.to_vec()] };
    let names = listed.lines().take_while(|line| !line.is_empty());
    let names = names.filter_map(|line| line.strip_prefix("  ")?.split(' ').next().filter(|name| !name.is_empty()));
    let below = |name: &str| leaves(run, &[words, &[name.to_owned()]].concat());
    names.filter(|name| *name != "help").flat_map(below).collect()
}

/// The words of a line as a shell parts them: of the program's part of a pipe, up to where it leads the output elsewhere or
/// a remark begins.
fn words(line: &str) -> Vec<String> {
    let line = line.split(" | ").find(|part| part.contains("weighhouse")).unwrap_or(line);
    let line = line.split(" > ").next().unwrap_or(line).trim();
    let line = line.split("   ").next().unwrap_or(line);
    let mut words = Vec::new();
    for (place, part) in line.split('\'').enumerate() {
        match place % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

#[test]
fn every_help_shows_examples_and_each_is_understood() {
    let run = Run::new();
    let leaves = leaves(&run, &[]);
    assert!(leaves.len() > 12 && leaves.contains(&vec!["replay".to_owned(), "wins".to_owned()]), "{leaves:?}");
    for leaf in leaves {
        let arguments: Vec<&str> = leaf.iter().map(String::as_str).chain(["--help"]).collect();
        let help = stdout(&run.output(&arguments));
        let lines = help.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        let examples: Vec<Vec<String>> =
            lines.map(words).filter(|words| words.iter().any(|word| word == "weighhouse")).collect();
        assert!(examples.len() >= 3, "{leaf:?} shows {} examples", examples.len());
        for example in examples {
            let place = example.iter().position(|word| word == "weighhouse").expect("the program");
            let arguments: Vec<&str> = example[place + 1..].iter().map(String::as_str).collect();
            let mut command = run.command(&arguments);
            let variables = example[..place].iter().filter_map(|word| word.split_once('='));
            command.env("USER", "somebody").envs(variables);
            // These two have no settings, and nothing that they would change.
            if !["completions", "man"].contains(&leaf[0].as_str()) {
                command.arg("--show-settings");
            }
            let output = command.output().expect("runs");
            assert_eq!(output.status.code(), Some(0), "{example:?}: {output:?}");
        }
    }
}

#[test]
fn every_shell_has_a_script_that_knows_the_presets() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = stdout(&Run::new().output(&["completions", shell]));
        assert!(script.contains("allow-mismatch"), "{shell}");
    }
    // These three complete the values of a flag as well.
    for shell in ["bash", "zsh", "fish"] {
        let script = stdout(&Run::new().output(&["completions", shell]));
        assert!(script.contains("finetuning-successor"), "{shell}");
    }
    let (code, line) = Run::new().failure(&["completions", "cmd"]);
    assert!(code == Some(2) && line.contains("bash"), "{line}");
}

#[test]
fn each_command_has_a_page_of_the_manual_and_others_have_none() {
    let page = |words: &[&str]| Run::new().output(&[&["man"], words].concat());
    assert!(stdout(&page(&[])).contains(".TH weighhouse 1"));
    let wins = stdout(&page(&["replay", "wins"]));
    assert!(wins.contains(".TH weighhouse-replay-wins 1") && wins.contains("minimum\\-weight"), "{wins}");
    let (code, line) = failure(page(&["replay", "losses"]));
    assert_eq!(code, Some(2));
    assert!(line.contains("weighhouse-replay has no command `losses`; `weighhouse replay --help`"), "{line}");
}
