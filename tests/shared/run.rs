//! A run of the program that has ended: its exit code and what it said.

use std::process::Output;

/// A run that has ended.
pub struct Run {
    output: Output,
}

impl Run {
    pub fn new(output: Output) -> Self {
        Self { output }
    }

    pub fn code(&self) -> i32 {
        self.output.status.code().unwrap_or_else(|| panic!("ended by a signal: {}", self.stderr()))
    }

    pub fn stdout(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).unwrap()
    }

    pub fn stderr(&self) -> String {
        String::from_utf8(self.output.stderr.clone()).unwrap()
    }

    /// It did what was asked.
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code(), 0, "{}", self.stderr());
        self
    }

    /// It printed nothing but one line on stderr, which this gives; it starts with `error: `.
    #[track_caller]
    pub fn refused(&self, code: i32) -> String {
        let stderr = self.stderr();
        assert_eq!(self.code(), code, "{stderr}");
        assert_eq!(self.stdout(), "");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        let line = stderr.trim_end().strip_prefix("error: ");
        line.unwrap_or_else(|| panic!("{stderr}")).to_owned()
    }

    /// The warnings on stderr, without what makes them such.
    pub fn warnings(&self) -> Vec<String> {
        self.stderr().lines().filter_map(|line| line.strip_prefix("warning: ")).map(str::to_owned).collect()
    }
}
