//! The cache in its standard layout, shared with other tools.

use std::path::Path;
use std::process::Stdio;

use serde_json::json;

use crate::bench::{Bench, names, tree};
use crate::repos::{Files, WEIGHTS, blob_name, fixture};
use crate::serve_hub::Action;

/// Lays a repository out as the hub's own library does.
fn lay_out(bench: &Bench, id: &str, commit: &str, files: &Files) {
    let repo = bench.cached(id);
    for folder in ["blobs".to_owned(), "refs".to_owned(), format!("snapshots/{commit}")] {
        std::fs::create_dir_all(repo.join(folder)).unwrap();
    }
    std::fs::write(repo.join("refs/main"), commit).unwrap();
    for (path, bytes) in files {
        let blob = blob_name(path, bytes);
        std::fs::write(repo.join("blobs").join(&blob), bytes).unwrap();
        link(&format!("../../blobs/{blob}"), &repo.join("snapshots").join(commit).join(path));
    }
}

fn link(target: &str, path: &Path) {
    std::os::unix::fs::symlink(target, path).unwrap();
}

/// Changes a byte of a file and leaves its size.
fn damage(path: &Path, at: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[at] ^= 0x55;
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn files_land_where_other_tools_look_for_them() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    bench.pull(&[]).succeeded();
    let (repo, files) = (bench.cached("ns/a"), fixture("llama-first"));
    let commit = std::fs::read_to_string(repo.join("refs/main")).unwrap();
    assert_eq!(names(&repo), ["blobs", "refs", "snapshots"]);
    assert_eq!(names(&repo.join("snapshots")), std::slice::from_ref(&commit));
    for (path, bytes) in &files {
        let link = std::fs::read_link(repo.join("snapshots").join(&commit).join(path)).unwrap();
        assert_eq!(link, Path::new("../../blobs").join(blob_name(path, bytes)), "{path}");
        assert_eq!(std::fs::read(repo.join("blobs").join(blob_name(path, bytes))).unwrap(), *bytes);
    }
    assert_eq!(bench.blobs("ns/a").len(), files.len(), "nothing is left over");
}

#[test]
fn what_another_tool_put_there_is_used() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    let commit = bench.server.edit(|site| site.repo("ns/a").branches["main"].clone());
    lay_out(&bench, "ns/a", &commit, &fixture("llama-first"));
    let rows = bench.pull_rows(&[], 0);
    assert_eq!((&rows[0]["status"], &rows[0]["commit"]), (&json!("cached"), &json!(commit)));
    bench.evaluate(&[]).succeeded();
    assert!(!bench.was_asked("/resolve/") && !bench.was_asked("/cdn/"), "no file was asked for");
    let listed = bench.run_command(bench.command(&["store", "list", "--store", "store", "--format", "json"]));
    assert_eq!(listed.stdout().trim(), "[]", "it is not this program's");
}

#[test]
fn what_a_commit_shares_with_another_is_not_fetched_again() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    bench.pull(&[]).succeeded();
    let mut files = fixture("llama-first");
    files.insert("config.json".into(), [&files["config.json"][..], b"\n"].concat());
    let commit = bench.publish("ns/a", files);
    let seen = bench.server.requests().len();
    bench.pull(&[]).succeeded();
    let asked: Vec<String> = bench.server.requests()[seen..].iter().map(|seen| seen.path.clone()).collect();
    assert_eq!(asked[2..], [format!("/ns/a/resolve/{commit}/config.json")], "{asked:?}");
}

#[test]
fn two_runs_at_once_fetch_a_file_once() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    bench.fault("/cdn/ns/a/* -", Action::Throttle(600_000));
    let start = |store: &str| {
        let mut command = bench.command(&["pull", "submissions.jsonl", "--store", store]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let (mut one, mut other) = (start("store"), start("another"));
    assert!(one.wait().unwrap().success() && other.wait().unwrap().success());
    assert_eq!(bench.downloads("ns/a").len(), 1);
}

#[test]
fn another_cache_may_be_named() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    let cache = bench.top().join("home/elsewhere");
    let mut command = bench.pull_command(&[]);
    command.env("HF_HUB_CACHE", &cache);
    bench.run_command(command).succeeded();
    assert!(!bench.hub_home().exists() && tree(&cache).iter().any(|path| path.ends_with(WEIGHTS)));
}

#[test]
fn damaged_contents_are_told_and_fetched_again() {
    let files = fixture("llama-first");
    for (path, at) in [(WEIGHTS, files[WEIGHTS].len() - 1), (WEIGHTS, 3), (WEIGHTS, 20), ("config.json", 9)] {
        let bench = Bench::with(&[("ns/a", "llama-first")]);
        bench.pull(&[]).succeeded();
        let blob = bench.cached("ns/a").join("blobs").join(blob_name(path, &files[path]));
        damage(&blob, at);
        let run = bench.pull(&[]).succeeded();
        let told = run.warnings();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].ends_with("is damaged and is fetched again") && told[0].contains("blobs"), "{told:?}");
        assert_eq!(std::fs::read(&blob).unwrap(), files[path], "{path}");
    }
}

#[test]
fn a_content_that_is_too_short_is_fetched_again() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    bench.pull(&[]).succeeded();
    let files = fixture("llama-first");
    let blob = bench.cached("ns/a").join("blobs").join(blob_name(WEIGHTS, &files[WEIGHTS]));
    std::fs::write(&blob, &files[WEIGHTS][..1000]).unwrap();
    bench.evaluate(&[]).succeeded();
    assert_eq!(std::fs::read(&blob).unwrap(), files[WEIGHTS]);
}

#[test]
fn a_name_in_the_snapshot_that_leads_elsewhere_is_set_right() {
    let bench = Bench::with(&[("ns/a", "llama-first")]);
    let commit = bench.server.edit(|site| site.repo("ns/a").branches["main"].clone());
    lay_out(&bench, "ns/a", &commit, &fixture("llama-first"));
    let (name, elsewhere) =
        (bench.cached("ns/a").join("snapshots").join(commit).join("config.json"), bench.path("mine"));
    std::fs::write(&elsewhere, "mine").unwrap();
    std::fs::remove_file(&name).unwrap();
    link(elsewhere.to_str().unwrap(), &name);
    bench.evaluate(&[]).succeeded();
    assert_eq!(std::fs::read_to_string(&elsewhere).unwrap(), "mine");
    assert_eq!(std::fs::read(&name).unwrap(), fixture("llama-first")["config.json"]);
}
