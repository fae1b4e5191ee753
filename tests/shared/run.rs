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

    /// The warnings on stderr, without what makes them such, and without those that few samples always bring.
    pub fn warnings(&self) -> Vec<String> {
        let stderr = self.stderr();
        let warnings = stderr.lines().filter_map(|line| line.strip_prefix("warning: "));
        warnings.filter(|warning| !Self::is_about_sources(warning)).map(str::to_owned).collect()
    }

    /// Whether a warning says that the samples come from few sources, or that only some name theirs.
    fn is_about_sources(warning: &str) -> bool {
        warning.starts_with("a step draws its samples from ") || warning.contains(" samples name no `source`; ")
    }
}
