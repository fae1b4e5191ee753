//! The pages for people: what they show of the program is what it prints (last digits of fractions aside), where they point to is there, every column is
//! on one of them, and nothing is said twice.
//!
//! A page shows output in one of two ways, and both hold to the letter: as a block ```` ```console ```` of commands
//! after `$ weighhouse`, each with what it prints on stdout, or, where that is Markdown, between
//! `<!-- weighhouse COMMAND -->` and `<!-- end -->`. The commands of a page run one after the other in one folder, which
//! has copies of `fixtures/`, `datasets/` and `tests/data/imports/`. There is no shell: words are parted by blanks, a part in double quotes is
//! one word. With `WEIGHHOUSE_DOCS=write` the pages take over what is printed, and the test fails once more where that
//! changed them.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use serde_json::{Map, Value};

/// Most bytes of the README, which is one page.
const README_BYTES: usize = 10_000;
/// From this many characters on, two equal sentences are no accident.
const LONG: usize = 60;
/// Far longer than any command of a page takes; one that hangs fails.
const PATIENCE: Duration = Duration::from_secs(300);
/// What ends output that is Markdown.
const END: &str = "<!-- end -->";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A page of the repository.
struct Page {
    /// Its path from the root.
    name: String,
    text: String,
}

impl Page {
    fn read(name: &str) -> Self {
        let text = fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { name: name.to_owned(), text }
    }

    /// All of them.
    fn all() -> Vec<Self> {
        let docs = fs::read_dir(root().join("docs")).unwrap();
        let names = docs.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> =
            names.filter(|name| name.ends_with(".md")).map(|name| format!("docs/{name}")).collect();
        names.extend(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(str::to_owned));
        names.sort();
        names.iter().map(|name| Self::read(name)).collect()
    }

    /// Its lines without code, in whose place there are empty ones.
    fn prose(&self) -> Vec<&str> {
        let (mut lines, mut is_fenced) = (Vec::new(), false);
        for line in self.text.lines() {
            let is_fence = line.starts_with("```");
            lines.push(if is_fence || is_fenced || line.starts_with("    ") { "" } else { line });
            is_fenced ^= is_fence;
        }
        lines
    }

    /// Where its links lead, but for other sites.
    fn links(&self) -> Vec<String> {
        let prose = self.prose().join("\n");
        let targets = prose.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()));
        targets.filter(|target| !target.contains("://")).collect()
    }

    /// The anchors of its headings.
    fn anchors(&self) -> HashSet<String> {
        let headings = self.prose().into_iter().filter(|line| line.starts_with('#'));
        headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
    }

    /// What stands in paragraphs and lists, sentence by sentence, on one line each.
    fn sentences(&self) -> Vec<String> {
        let mut paragraphs = vec![String::new()];
        for line in self.prose() {
            let line = line.trim();
            let is_apart = line.is_empty() || ["#", "|", "<!--"].into_iter().any(|sign| line.starts_with(sign));
            if is_apart || begins_item(line) {
                paragraphs.push(String::new());
            }
            if let Some(paragraph) = paragraphs.last_mut().filter(|_| !is_apart) {
                paragraph.push_str(line.trim_start_matches("- "));
                paragraph.push(' ');
            }
        }
        let sentences = paragraphs.iter().flat_map(|paragraph| paragraph.split(". ").flat_map(|part| part.split("? ")));
        sentences.map(|sentence| sentence.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }

    /// What it shows of the program, in its order.
    fn shown(&self) -> Vec<Shown> {
        let (mut found, mut end) = (Vec::<Shown>::new(), None);
        for line in self.text.lines() {
            match end {
                None if line == "```console" => end = Some("```"),
                None => {
                    let command = line.strip_prefix("<!-- weighhouse ").and_then(|rest| rest.strip_suffix(" -->"));
                    found.extend(command.map(|command| Shown::new(line, command, "\n")));
                    end = command.map(|_| END);
                }
                Some(last) if line == last => end = None,
                Some(_) => match line.strip_prefix("$ weighhouse ") {
                    Some(command) => found.push(Shown::new(line, command, "")),
                    None => found.last_mut().expect("a command stands first").output.extend([line, "\n"]),
                },
            }
        }
        assert_eq!(end, None, "{}: what it shows last has no end", self.name);
        found
    }
}

/// A command, and what a page shows of its output.
struct Shown {
    /// The line with the command.
    line: String,
    command: String,
    output: String,
    /// What stands before and after the output.
    margin: &'static str,
}

impl Shown {
    fn new(line: &str, command: &str, margin: &'static str) -> Self {
        Self { line: line.to_owned(), command: command.to_owned(), output: String::new(), margin }
    }

    fn words(&self) -> Vec<&str> {
        let quoted = self.command.split('"').enumerate().map(|(place, part)| (place % 2 == 1, part));
        quoted
            .flat_map(|(is_quoted, part)| if is_quoted { vec![part] } else { part.split_whitespace().collect() })
            .collect()
    }

    /// The text of a page with what is printed in the place of what it shows.
    fn renewed(&self, text: &str, printed: &str) -> String {
        let Self { line, output, margin, .. } = self;
        text.replacen(&format!("{line}\n{output}"), &format!("{line}\n{margin}{printed}\n{margin}"), 1)
    }

    /// What it is the schema of, if it is one for a page.
    fn kind(&self) -> Option<&str> {
        self.command.strip_prefix("schema ")?.strip_suffix(" --format markdown")
    }
}

/// The anchor that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|&c| c.is_alphanumeric() || [' ', '-', '_'].contains(&c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect::<String>().to_lowercase()
}

fn begins_item(line: &str) -> bool {
    let numbered = line.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok());
    line.starts_with("- ") || numbered
}

/// Runs the program in a folder, without settings from the machine it runs on.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_weighhouse"));
    command.args(arguments).current_dir(folder).env_clear().env("HOME", folder);
    assert_cmd::Command::from_std(command).timeout(PATIENCE).output().unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Whether two texts are the same but for the last digits of fractions: processors round sums of losses apart.
fn is_alike(one: &str, other: &str) -> bool {
    let is_of_number = |c: char| c.is_ascii_digit() || ['.', 'e', '-'].contains(&c);
    let parts = |text: &str| -> Vec<String> {
        text.split_inclusive(|c| !is_of_number(c)).map(|part| part.trim_end_matches(['\n', ' ']).to_owned()).collect()
    };
    let (ones, others) = (parts(one), parts(other));
    ones.len() == others.len() && ones.iter().zip(&others).all(|(one, other)| one == other || is_near(one, other))
}

/// Whether two fractions differ by one in their last digit at most.
fn is_near(one: &str, other: &str) -> bool {
    let unit = |text: &str| {
        let (digits, exponent) = text.split_once('e').unwrap_or((text, "0"));
        Some(10_f64.powi(exponent.parse::<i32>().ok()? - digits.split_once('.')?.1.len() as i32))
    };
    let numbers = [one, other].map(|text| text.trim_end_matches(|c: char| !c.is_ascii_digit()));
    let ([Ok(a), Ok(b)], Some(unit)) = (numbers.map(str::parse::<f64>), unit(numbers[0])) else { return false };
    (a - b).abs() < 1.5 * unit
}

#[test]
fn only_last_digits_may_differ() {
    for (one, other) in [("a 0.998 [0.992–1.000]", "a 0.997 [0.992–0.999]"), ("4.3e-5\n x", "4.4e-5\n x")] {
        assert!(is_alike(one, other), "{one} {other}");
    }
    for (one, other) in
        [("a 0.998", "a 0.996"), ("12 rows", "13 rows"), ("uid 1", "uld 1"), ("0.5 0.5", "0.5"), ("", "0.5")]
    {
        assert!(!is_alike(one, other), "{one} {other}");
    }
}

/// Runs what a page shows; tells what is printed otherwise, and the text of the page with that.
fn differences(page: &Page) -> (Vec<String>, String) {
    let (folder, shown) = (tempfile::tempdir().unwrap(), page.shown());
    for name in ["fixtures", "datasets", "tests/data/imports"].iter().filter(|_| !shown.is_empty()) {
        copy(&root().join(name), &folder.path().join(name));
    }
    let (mut found, mut text) = (Vec::new(), page.text.clone());
    for shown in shown {
        let output = run(folder.path(), &shown.words());
        let printed = String::from_utf8(output.stdout).unwrap();
        let (printed, expected) = (printed.trim_matches('\n'), shown.output.trim_matches('\n'));
        if !is_alike(printed, expected) {
            let (name, command, heard) = (&page.name, &shown.command, String::from_utf8_lossy(&output.stderr));
            found.push(format!(
                "{name} shows of `weighhouse {command}`:\n{expected}\n\nIt prints:\n{printed}\n\n{heard}"
            ));
            text = shown.renewed(&text, printed);
        }
    }
    (found, text)
}

#[test]
fn the_program_prints_what_the_pages_show() {
    let renews = std::env::var("WEIGHHOUSE_DOCS").is_ok_and(|wish| wish == "write");
    let mut all = Vec::new();
    for page in Page::all() {
        let (found, text) = differences(&page);
        if renews && !found.is_empty() {
            fs::write(root().join(&page.name), text).unwrap();
        }
        all.extend(found);
    }
    assert!(all.is_empty(), "{}", all.join("\n\n"));
}

#[test]
fn every_command_has_a_page_with_an_example() {
    for (name, command) in [
        ("docs/evaluate.md", "evaluate"),
        ("docs/calibrate.md", "calibrate"),
        ("docs/replay-wins.md", "replay wins"),
        ("docs/import.md", "import"),
        ("docs/pull.md", "pull"),
        ("docs/store.md", "models list"),
    ] {
        let shown = Page::read(name).shown();
        assert!(shown.iter().any(|shown| shown.command.starts_with(command)), "{name} has no example of {command}");
    }
}

#[test]
fn the_readme_is_one_page() {
    let bytes = Page::read("README.md").text.len();
    assert!(bytes <= README_BYTES, "README.md has {bytes} bytes, of at most {README_BYTES}");
}

#[test]
fn every_link_leads_somewhere() {
    let pages = Page::all();
    for page in &pages {
        let folder = Path::new(&page.name).parent().unwrap();
        for link in page.links() {
            let (file, anchor) = link.split_once('#').unwrap_or((link.as_str(), ""));
            let path = if file.is_empty() { root().join(&page.name) } else { root().join(folder).join(file) };
            assert!(path.exists(), "{}: {link}: there is no such file", page.name);
            if !anchor.is_empty() {
                let text = fs::read_to_string(path).unwrap();
                let target = Page { name: link.clone(), text };
                assert!(target.anchors().contains(anchor), "{}: {link}: there is no such heading", page.name);
            }
        }
    }
    assert!(pages.iter().map(|page| page.links().len()).sum::<usize>() > 50);
}

/// Whoever adds a setting makes the example anew, by the command that its page shows.
#[test]
fn the_example_report_was_made_with_the_settings_that_there_are() {
    let page = Page::read("docs/evaluate.md").text.replace("\\\n", "");
    let (_, command) = page.split_once("    cargo run --release -- ").unwrap();
    let arguments: Vec<&str> = command.lines().next().unwrap().split_whitespace().collect();
    let shown = run(root(), &[&arguments[..], &["--show-settings", "--format", "json"]].concat());
    let shown: Vec<Value> = serde_json::from_slice(&shown.stdout).unwrap();
    let record = fs::read(root().join("reports/example/run.json")).unwrap();
    let record: Value = serde_json::from_slice(&record).unwrap();
    let texts = |rows: &[Value], names: [&str; 3]| {
        let row = |row: &Value| names.map(|name| row[name].as_str().unwrap().to_owned());
        rows.iter().map(row).filter(|[key, ..]| key != "format").collect::<Vec<_>>()
    };
    let recorded = texts(record["settings"].as_array().unwrap(), ["key", "value", "source"]);
    assert_eq!(recorded, texts(&shown, ["setting", "value", "from"]));
}

/// The schemas of all that has columns, by name.
fn schemas() -> Map<String, Value> {
    let output = run(root(), &["schema", "--format", "json"]);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What two tables of the same name must have in common to be told as one.
fn columns(schema: &Value) -> String {
    ["description", "properties", "required"].map(|part| schema[part].to_string()).concat()
}

/// What is between the marks is checked by [`the_program_prints_what_the_pages_show`]; this is about what must be there.
#[test]
fn every_column_is_on_one_page() {
    let (pages, schemas) = (Page::all(), schemas());
    let mut homes = HashMap::new();
    for page in &pages {
        for shown in page.shown() {
            let Some(kind) = shown.kind().map(str::to_owned) else { continue };
            let other = homes.insert(kind.clone(), page.name.as_str());
            assert_eq!(other, None, "{}: the columns of {kind} stand on another page too", page.name);
        }
    }
    for (kind, page) in [
        ("submissions", "docs/evaluate.md"),
        ("samples", "docs/evaluate.md"),
        ("responses", "docs/calibrate.md"),
        ("losses", "docs/replay-wins.md"),
    ] {
        assert_eq!(homes.get(kind), Some(&page), "{kind} belongs on the page of the command that reads it");
    }
    let last = |name: &str| name.rsplit('/').next().unwrap().to_owned();
    for (name, schema) in schemas.iter().filter(|(name, _)| !homes.contains_key(*name)) {
        let is_told_as = |(other, page): (&String, &&str)| {
            let same = last(other) == last(name) && columns(&schemas[other]) == columns(schema);
            same && Page::read(page).text.contains(&format!("`{name}`"))
        };
        assert!(homes.iter().any(is_told_as), "no page has `<!-- weighhouse schema {name} --format markdown -->`");
    }
}

#[test]
fn no_sentence_stands_in_two_places() {
    let pages = Page::all();
    let mut places: HashMap<String, &str> = HashMap::new();
    for page in &pages {
        for sentence in page.sentences().into_iter().filter(|sentence| sentence.chars().count() >= LONG) {
            let sentence = sentence.trim_end_matches('.').to_owned();
            let told = places.insert(sentence.clone(), &page.name);
            assert_eq!(told, None, "{} says it again: {sentence}", page.name);
        }
    }
    assert!(places.len() > 200, "{} sentences", places.len());
}
