//! This program as a child: what it does when its device fails, seen from outside.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::error::CheckupError;

/// This program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Its file.
    pub path: PathBuf,
    /// Variables of the environment that steer it and that a child must not hear.
    pub silenced: Vec<String>,
    /// Its exit code where the device failed.
    pub try_again: u8,
}

impl Program {
    /// Runs it in `folder` to its end.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn run(&self, folder: &Path, arguments: &[&str]) -> Result<Output, CheckupError> {
        let mut command = Command::new(&self.path);
        command.current_dir(folder).args(arguments).stdin(Stdio::null());
        for variable in &self.silenced {
            command.env_remove(variable);
        }
        command.output().map_err(CheckupError::at(&self.path))
    }
}
