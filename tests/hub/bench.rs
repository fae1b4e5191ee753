//! A hub and the folders to pull from it into: `work` to run in, `home` with the cache, `tmp`. Nothing else is written.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::repos::fixture;
use crate::run::Run;
use crate::serve_hub::{Action, Fault, Seen, Server, Site};
use crate::table::Table;

/// Far longer than any run here takes; a run that hangs fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A hub and empty folders, gone at the end.
pub struct Bench {
    folder: tempfile::TempDir,
    pub server: Server,
}

impl Bench {
    /// A hub without repositories, and six samples.
    pub fn new() -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap(), server: Server::start(Site::default()).unwrap() };
        for name in ["work", "home", "tmp"] {
            std::fs::create_dir(bench.folder.path().join(name)).unwrap();
        }
        let samples = std::fs::read_to_string(root().join("datasets/samples.jsonl")).unwrap();
        bench.write("samples.jsonl", samples.split_inclusive('\n').take(6).collect::<String>());
        bench
    }

    /// A hub with fixtures as repositories, each submitted as it is named.
    pub fn with(repos: &[(&str, &str)]) -> Self {
        let bench = Self::new();
        repos.iter().for_each(|(id, name)| drop(bench.publish(id, fixture(name))));
        bench.submit(&repos.iter().map(|(id, _)| *id).collect::<Vec<_>>());
        bench
    }

    /// Commits files to a repository's `main`; gives the commit.
    pub fn publish<F: Into<crate::serve_hub::File>>(
        &self,
        id: &str,
        files: impl IntoIterator<Item = (String, F)>,
    ) -> String {
        self.server.edit(|site| site.repo(id).commit(files)).unwrap()
    }

    /// From now on something goes wrong.
    pub fn fault(&self, pattern: &str, action: Action) {
        self.server.edit(|site| site.fault(Fault::new(pattern, action)));
    }

    /// Something goes wrong once.
    pub fn fault_once(&self, pattern: &str, action: Action) {
        self.server.edit(|site| site.fault(Fault::new(pattern, action).times(1)));
    }

    /// Nothing goes wrong any more.
    pub fn mend(&self) {
        self.server.edit(|site| site.faults.clear());
    }

    /// Writes `submissions.jsonl` with one submission of each model, from uid 1 and block 100 on.
    pub fn submit(&self, models: &[&str]) {
        let row = |(model, uid): (&&str, u64)| json!({"uid": uid, "model": model, "block": 99 + uid});
        self.submit_rows(&models.iter().zip(1..).map(row).collect::<Vec<_>>());
    }

    pub fn submit_rows(&self, rows: &[Value]) {
        self.write("submissions.jsonl", rows.iter().map(|row| format!("{row}\n")).collect::<String>());
    }

    /// All that a test may write to.
    pub fn top(&self) -> &Path {
        self.folder.path()
    }

    /// A path below the folder that the program runs in.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("work").join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// The folder of the hub's tools.
    pub fn hub_home(&self) -> PathBuf {
        self.folder.path().join("home/hf")
    }

    /// The cache's folder of a repository.
    pub fn cached(&self, id: &str) -> PathBuf {
        self.hub_home().join("hub").join(format!("models--{}", id.replace('/', "--")))
    }

    /// Names of the blobs of a repository, partial ones too, in order.
    pub fn blobs(&self, id: &str) -> Vec<String> {
        names(&self.cached(id).join("blobs"))
    }

    /// A subcommand, without settings from the machine it runs on.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weighhouse"));
        command.env_clear().current_dir(self.path("")).args(arguments);
        command.env("HOME", self.folder.path().join("home")).env("TMPDIR", self.folder.path().join("tmp"));
        command.env("HF_HOME", self.hub_home()).env("HF_ENDPOINT", self.server.url());
        command
    }

    pub fn run_command(&self, command: Command) -> Run {
        let mut command = assert_cmd::Command::from_std(command);
        Run::new(command.timeout(PATIENCE).output().unwrap())
    }

    /// `weighhouse pull`, with the store `store`.
    pub fn pull_command(&self, arguments: &[&str]) -> Command {
        self.command(&[&["pull", "submissions.jsonl", "--store", "store"], arguments].concat())
    }

    pub fn pull(&self, arguments: &[&str]) -> Run {
        self.run_command(self.pull_command(arguments))
    }

    /// What `pull` says of each submission to a machine; the exit code is `code`.
    pub fn pull_rows(&self, arguments: &[&str], code: i32) -> Vec<Value> {
        let run = self.pull(&[&["--format", "json"], arguments].concat());
        assert_eq!(run.code(), code, "{}", run.stderr());
        serde_json::from_str(&run.stdout()).unwrap()
    }

    /// `weighhouse evaluate` into `out`, with the store `store` and few resamples.
    pub fn evaluate_command(&self, arguments: &[&str]) -> Command {
        self.evaluate_into("out", "store", arguments)
    }

    pub fn evaluate_into(&self, out: &str, store: &str, arguments: &[&str]) -> Command {
        let places = ["evaluate", "submissions.jsonl", "--samples", "samples.jsonl", "--resamples", "1000"];
        self.command(&[&places[..], &["--out", out, "--store", store], arguments].concat())
    }

    pub fn evaluate(&self, arguments: &[&str]) -> Run {
        self.run_command(self.evaluate_command(arguments))
    }

    pub fn table(&self, name: &str) -> Table {
        Table::read(&self.path("out").join(format!("{name}.parquet")))
    }

    /// The bytes of the tables that equal runs write alike.
    pub fn tables(&self, out: &str) -> Vec<Vec<u8>> {
        let names = ["losses", "wins", "weights", "steps"];
        names.map(|name| std::fs::read(self.path(out).join(format!("{name}.parquet"))).unwrap()).into()
    }

    /// `run.json` of the run into `out`.
    pub fn record(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.path("out/run.json")).unwrap()).unwrap()
    }

    /// Tokens that went through models in the run into `out`.
    pub fn tokens(&self) -> u64 {
        self.table("timings").counts("tokens").into_iter().flatten().sum()
    }

    /// Requests for the weights of a repository, but for those that read a header.
    pub fn downloads(&self, id: &str) -> Vec<Seen> {
        let prefix = format!("/cdn/{id}/");
        let is_header = |seen: &Seen| seen.range.as_ref().is_some_and(|range| !range.ends_with('-'));
        self.server.requests().into_iter().filter(|seen| seen.path.starts_with(&prefix) && !is_header(seen)).collect()
    }

    /// Whether any request spoke of this.
    pub fn was_asked(&self, part: &str) -> bool {
        self.server.requests().iter().any(|seen| seen.path.contains(part))
    }
}

/// Names in a folder, in order; none where there is no folder.
pub fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Every file and link below a folder, by path from there, in order.
pub fn tree(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for name in names(folder) {
        let path = folder.join(&name);
        match path.is_dir() && !path.is_symlink() {
            true => found.extend(tree(&path).into_iter().map(|below| format!("{name}/{below}"))),
            false => found.push(name),
        }
    }
    found
}

/// Waits until it is so; a test that waits for ever fails.
pub fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
