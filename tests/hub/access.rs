//! Private and gated models: how the token is found, where it is sent, and that it shows up nowhere.

use std::path::Path;

use serde_json::json;

use crate::bench::{Bench, tree};
use crate::run::Run;

const TOKEN: &str = "hf_AbCdEfGhIjKlMnOpQrStUvWxYz";

/// An open, a gated and a private repository.
fn guarded() -> Bench {
    let repos = [("ns/open", "llama-hasty"), ("ns/gated", "llama-first"), ("ns/private", "stablelm-hasty")];
    let bench = Bench::with(&repos);
    bench.server.edit(|site| _ = site.repo("ns/gated").gated(&[TOKEN]));
    bench.server.edit(|site| _ = site.repo("ns/private").private(&[TOKEN]));
    bench
}

/// The token went to the hub and to nobody else, and no file that a run wrote and nothing it said holds it.
fn is_secret(bench: &Bench, run: &Run) {
    for seen in bench.server.requests() {
        let expected = (!seen.path.starts_with("/cdn/")).then(|| format!("Bearer {TOKEN}"));
        assert_eq!(seen.authorization, expected, "{seen}");
    }
    assert!(!run.stdout().contains(TOKEN) && !run.stderr().contains(TOKEN));
    for folder in [bench.path(""), bench.hub_home().join("hub")] {
        holds_no_token(&folder);
    }
}

fn holds_no_token(folder: &Path) {
    for file in tree(folder) {
        let bytes = std::fs::read(folder.join(&file)).unwrap();
        assert!(!bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes()), "{file}");
        assert!(!file.contains(TOKEN), "{file}");
    }
}

#[test]
fn without_a_token_closed_models_are_skipped_with_the_remedy() {
    let bench = guarded();
    let rows = bench.pull_rows(&[], 0);
    let note = |row: usize| rows[row]["note"].as_str().unwrap_or_default();
    assert_eq!(rows[0]["status"], json!("pulled"));
    assert!(note(1).ends_with("access is denied (401); give a token that may read it in HF_TOKEN"), "{}", note(1));
    assert!(note(2).contains("knows no such repository; if it is private, give a token"), "{}", note(2));
    assert!(bench.server.requests().iter().all(|seen| seen.authorization.is_none()));
}

#[test]
fn a_token_that_may_not_read_is_told_from_none() {
    let bench = guarded();
    let mut command = bench.pull_command(&["--format", "json"]);
    let run = bench.run_command({
        command.env("HF_TOKEN", "hf_another");
        command
    });
    let rows: Vec<serde_json::Value> = serde_json::from_str(&run.succeeded().stdout()).unwrap();
    let note = rows[1]["note"].as_str().unwrap();
    assert!(note.contains("access is denied (403); accept the repository's terms on the hub"), "{note}");
    bench.server.edit(|site| site.revoked.insert("hf_another".into()));
    let mut command = bench.pull_command(&[]);
    command.env("HF_TOKEN", "hf_another");
    let run = bench.run_command(command);
    assert_eq!(run.code(), 4, "a token that is refused everywhere opens nothing: {}", run.stderr());
    assert!(run.warnings()[0].contains("access is denied (401)"), "{}", run.stderr());
}

#[test]
fn a_token_of_the_environment_opens_them_and_stays_secret() {
    let bench = guarded();
    let mut command = bench.evaluate_command(&[]);
    command.env("HF_TOKEN", TOKEN);
    let run = bench.run_command(command).succeeded();
    assert_eq!(run.warnings(), Vec::<String>::new());
    assert!(bench.was_asked("/cdn/ns/gated/") && bench.was_asked("/cdn/ns/private/"));
    is_secret(&bench, &run);
}

#[test]
fn a_token_s_file_opens_them_and_stays_secret() {
    let (named, usual) = (guarded(), guarded());
    let path = named.top().join("home/my-token");
    std::fs::write(&path, format!("{TOKEN}\n")).unwrap();
    let mut command = named.pull_command(&[]);
    command.env("HF_TOKEN_PATH", &path);
    let run = named.run_command(command).succeeded();
    is_secret(&named, &run);
    std::fs::create_dir_all(usual.hub_home()).unwrap();
    std::fs::write(usual.hub_home().join("token"), TOKEN).unwrap();
    let run = usual.pull(&[]).succeeded();
    is_secret(&usual, &run);
    assert_eq!((named.downloads("ns/gated").len(), usual.downloads("ns/private").len()), (1, 1));
}

#[test]
fn a_gated_model_s_small_files_may_be_redirected() {
    let bench = guarded();
    bench.server.edit(|site| site.resolve_cache = true);
    let mut command = bench.pull_command(&[]);
    command.env("HF_TOKEN", TOKEN);
    let run = bench.run_command(command).succeeded();
    assert_eq!(run.warnings(), Vec::<String>::new());
    is_secret(&bench, &run);
}

#[test]
fn errors_and_settings_hold_no_token() {
    let bench = guarded();
    bench.server.edit(|site| site.revoked.insert(TOKEN.into()));
    let with_token = |mut command: std::process::Command| {
        command.env("HF_TOKEN", TOKEN);
        bench.run_command(command)
    };
    let failed = with_token(bench.evaluate_command(&[]));
    assert_eq!(failed.code(), 4);
    is_secret(&bench, &failed);
    for format in ["table", "json", "markdown"] {
        let shown = with_token(bench.evaluate_command(&["--show-settings", "--format", format])).succeeded();
        assert!(shown.stdout().contains("endpoint") && !shown.stdout().contains(TOKEN), "{}", shown.stdout());
    }
    let mut command = bench.pull_command(&[]);
    command.env("HF_TOKEN", format!("{TOKEN} and more"));
    let error = bench.run_command(command).refused(2);
    assert!(error.contains("HF_TOKEN cannot be used") && !error.contains(TOKEN), "{error}");
}
