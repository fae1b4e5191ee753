//! What a hub says, and what names on it.

use std::path::{Component, Path};

use chrono::{DateTime, Utc};
use ureq::http::{HeaderMap, HeaderName, HeaderValue};
use weighhouse::hub::{Entry, Ledger, Listing, ModelReference, RepoPath, RepoReference, addresses, retry_after};

use crate::case::Case;
use crate::harness::Target;

pub const REFERENCES: Target = Target {
    name: "references",
    run: references,
    dictionary: &[
        "@",
        "/",
        "..",
        "--",
        "main",
        "refs/pr/1",
        "C:",
        "\\",
        "a/b@main",
        "https://hub.example/",
        "models--",
        "/tree/",
        "\u{202e}",
        "%2e",
    ],
    also: Vec::new,
    inputs: 4000,
};

pub const LISTINGS: Target = Target {
    name: "listings",
    run: |case, _| listing(case),
    dictionary: &["type", "file", "directory", "path", "oid", "size", "lfs", "..", "a/b", "/", "\\", "config.json"],
    also: Vec::new,
    inputs: 4000,
};

pub const HEADERS: Target = Target {
    name: "headers",
    run: |case, _| headers(case),
    dictionary: &[
        "link",
        "location",
        "content-range",
        "retry-after",
        "rel=\"next\"",
        "<",
        ">",
        ",",
        "bytes ",
        "*/",
        "-",
        "https://",
        "//",
        "Wed, 21 Oct 2015 07:28:00 GMT",
        "Thu, 31 Dec 262142 23:59:60 +2359",
    ],
    also: Vec::new,
    inputs: 4000,
};

pub const LEDGER: Target = Target {
    name: "ledger",
    run: ledger,
    dictionary: &["schema", "repo", "commit", "cache", "pulled_at", "used_at", "evaluated", "files", "..", "a/../b"],
    also: Vec::new,
    inputs: 2000,
};

/// Every line is a model's name, and one behind a tab a revision. No name leads out of the folder it starts from, and
/// no revision out of that of the references.
fn references(case: &Case, folder: &Path) -> String {
    let text = String::from_utf8_lossy(case.bytes());
    let mut answer = String::new();
    for line in text.lines() {
        let (model, revision) = line.split_once('\t').map_or((line, None), |(model, revision)| (model, Some(revision)));
        match ModelReference::parse(model, revision, folder, "https://hub.example") {
            Ok(ModelReference::Folder(_)) => answer.push_str("folder "),
            Ok(ModelReference::Repo(repo)) => {
                answer.push_str("repo ");
                assert!(is_below(Path::new(&repo.id)) && is_below(Path::new(&repo.revision)), "{repo}");
            }
            Err(error) => answer.push_str(&error.to_string()),
        }
        match RepoPath::new(line) {
            Ok(path) => assert!(is_below(Path::new(path.as_str())) && path.below(folder).starts_with(folder), "{path}"),
            Err(problem) => answer.push_str(problem),
        }
    }
    answer
}

/// Whether a path stays in the folder that it starts from.
fn is_below(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_)))
}

/// Pages of entries, one a line, as the hub sends them.
fn listing(case: &Case) -> String {
    let mut entries = Vec::new();
    for page in case.bytes().split(|&byte| byte == b'\n') {
        match serde_json::from_slice::<Vec<Entry>>(page) {
            Ok(page) => entries.extend(page),
            Err(error) => return error.to_string(),
        }
    }
    let reference = RepoReference { id: "a/b".into(), revision: "main".into() };
    match Listing::new(reference, "0".repeat(40), entries) {
        Ok(listing) => {
            assert!(listing.files.iter().all(|file| is_below(Path::new(file.path.as_str()))));
            let _sum = listing.bytes();
            "listed".into()
        }
        Err(error) => error.to_string(),
    }
}

/// Every line is a header.
fn headers(case: &Case) -> String {
    let mut headers = HeaderMap::new();
    for line in case.bytes().split(|&byte| byte == b'\n') {
        let colon = line.iter().position(|&byte| byte == b':').unwrap_or(line.len());
        let value = line.get(colon + 1..).unwrap_or_default();
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(&line[..colon]), HeaderValue::from_bytes(value)) {
            headers.insert(name, value);
        }
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let now: DateTime<Utc> = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let found = [
        addresses::next_page(text("link")).is_some(),
        addresses::content_range(&headers).is_some(),
        addresses::redirection(text("link"), &headers).is_some(),
        retry_after(text("retry-after"), now).is_some(),
    ];
    let _origin = addresses::origin(text("location"));
    found.map(|found| if found { "found " } else { "none " }).concat()
}

fn ledger(case: &Case, folder: &Path) -> String {
    let entries = folder.join("pulled");
    std::fs::create_dir_all(&entries).unwrap();
    std::fs::write(entries.join("a--b.json"), case.bytes()).unwrap();
    let (pulled, damaged) = Ledger::new(folder).entries().unwrap();
    pulled.iter().for_each(|pulled| assert_eq!(pulled.held(), 0));
    damaged.concat()
}
