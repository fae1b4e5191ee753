//! A run that lasts long enough to be stopped in the middle.

use std::process::{Child, Stdio};
use std::time::Duration;

use crate::run::Run;
use crate::table::Table;
use crate::workbench::{Workbench, root};

/// Tokens that went through models, by timings.parquet.
pub fn tokens(timings: &Table) -> u64 {
    timings.counts("tokens").into_iter().flatten().sum()
}

/// Runs into another output and store, undisturbed.
pub fn undisturbed(bench: &Workbench, flags: &[&str]) {
    bench.run_into("undisturbed", "other", flags).succeeded();
}

/// So much work that a run can be stopped in the middle of its first model, whatever the machine: if a run is too quick
/// to be caught, it is tried again with twice as many samples. Samples go through the model one by one.
pub struct LongRun {
    pub bench: Workbench,
    pub samples: usize,
    flags: Vec<&'static str>,
}

impl LongRun {
    pub const FLAGS: [&'static str; 4] = ["--batch-tokens", "1", "--samples-per-step", "1000000"];

    /// With these flags, beside those that make it long.
    pub fn new(flags: &[&'static str]) -> Self {
        let models = ["llama-first", "stablelm-wide"].map(|name| root().join("fixtures/models").join(name));
        let flags = [&Self::FLAGS[..], flags].concat();
        Self { bench: Workbench::with_models(&[&models[0], &models[1]]), samples: 600, flags }
    }

    fn start(&self) -> Child {
        let arguments = [&["submissions.jsonl"], &Workbench::PLACES[..], &self.flags].concat();
        let mut command = self.bench.command(&arguments);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Starts a run, waits for the first part in the store, lets `stop` end it, and gives how it ended.
    pub fn stopped(&mut self, stop: impl FnMut(&mut Child)) -> Run {
        self.caught(stop, |this| !this.bench.path("out/run.json").exists() && this.bench.stored() < 2 * this.samples)
    }

    /// Starts a run, waits for the first part in the store, lets `disturb` do something to it, and gives how it ended; once
    /// more with more samples unless `was_caught`.
    pub fn caught(&mut self, mut disturb: impl FnMut(&mut Child), was_caught: impl Fn(&Self) -> bool) -> Run {
        for _ in 0..6 {
            self.bench.write_samples(self.samples);
            let mut child = self.start();
            while self.bench.parts("store").is_empty() && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_millis(2));
            }
            disturb(&mut child);
            let output = child.wait_with_output().unwrap();
            if was_caught(self) {
                return Run::new(output);
            }
            self.samples *= 2;
            std::fs::remove_dir_all(self.bench.path("store")).unwrap();
            std::fs::remove_dir_all(self.bench.path("out")).unwrap();
        }
        panic!("every run was over before it could be caught");
    }

    /// Runs the same to the end. What was stored is neither measured again nor touched, and the tables are as they would be.
    pub fn continues(&self) {
        let (bench, stored) = (&self.bench, self.bench.stored());
        let parts = bench.parts("store");
        let before: Vec<Vec<u8>> = parts.iter().map(|part| std::fs::read(part).unwrap()).collect();
        assert!((1..2 * self.samples).contains(&stored), "{stored} are stored");
        bench.run(&self.flags).succeeded();
        let after: Vec<Vec<u8>> = parts.iter().map(|part| std::fs::read(part).unwrap()).collect();
        assert!(before == after, "parts are written once");
        assert_eq!(self.bench.stored(), 2 * self.samples, "each sample is measured once");
        undisturbed(bench, &Self::FLAGS);
        assert!(bench.tables("out") == bench.tables("undisturbed"));
        let (continued, whole) = (tokens(&bench.table("timings")), tokens(&bench.table_of("undisturbed", "timings")));
        assert!(0 < continued && continued < whole, "{continued} of {whole} tokens");
    }
}
