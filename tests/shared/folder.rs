//! A folder to run the program in, without settings from the machine it runs on.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::run::Run;
use crate::table::Table;

/// Far longer than any run here takes; a run that hangs fails.
const PATIENCE: Duration = Duration::from_secs(300);

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// An empty folder, removed at the end, and the subcommand that is run in it.
pub struct Folder {
    folder: tempfile::TempDir,
    subcommand: &'static str,
}

impl Folder {
    pub fn new(subcommand: &'static str) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), subcommand }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// The program in this folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weighhouse"));
        command.env_clear().env("HOME", self.folder.path()).current_dir(self.folder.path());
        command.arg(self.subcommand).args(arguments);
        command
    }

    /// Runs with these arguments and nothing else.
    pub fn run_plain(&self, arguments: &[&str]) -> Run {
        let mut command = assert_cmd::Command::from_std(self.command(arguments));
        Run::new(command.timeout(PATIENCE).output().unwrap())
    }

    /// A table of the run into `out`.
    pub fn table(&self, name: &str) -> Table {
        self.table_of("out", name)
    }

    pub fn table_of(&self, out: &str, name: &str) -> Table {
        Table::read(&self.path(out).join(format!("{name}.parquet")))
    }
}
