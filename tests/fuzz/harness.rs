//! Runs a target on many inputs. Each target has a process of its own, so that nothing an input does, be it to overflow
//! the stack, ends more than that; the input in work stands in a file that both processes see.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use memmap2::MmapMut;
use rand::Rng;
use rand::SeedableRng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use weighhouse::guard;

use crate::case::{Case, corpus, kept_in};
use crate::memory;
use crate::mutate::{LONGEST, Mutator};

/// A parser of strangers' bytes.
pub struct Target {
    /// Its name, and that of its corpus.
    pub name: &'static str,
    /// Parses an input in an empty folder that it may write to, and says in words what came of it.
    pub run: fn(&Case, &Path) -> String,
    /// Words that its inputs are made of.
    pub dictionary: &'static [&'static str],
    /// Inputs that are here for other tests and serve this target too.
    pub also: fn() -> Vec<Case>,
    /// Inputs of a short run.
    pub inputs: u64,
}

/// How long one input may take on a busy machine; it guards against a hang and times nothing.
const PATIENCE: Duration = Duration::from_secs(20);
/// Largest number of inputs that are kept in memory because they came to something new.
const MOST_FOUND: usize = 1024;
/// Room for an input in work, with its length before it.
const ROOM: usize = 4 * LONGEST;

const IN_WORK: &str = "WEIGHHOUSE_FUZZ_IN_WORK";
const INPUTS: &str = "WEIGHHOUSE_FUZZ_INPUTS";
const SEED: &str = "WEIGHHOUSE_FUZZ_SEED";

/// Runs `target` in a process of its own: this test again, which then finds [`IN_WORK`] set.
pub fn run(target: &Target) {
    if let Some(in_work) = std::env::var_os(IN_WORK) {
        return Worker::new(target, Path::new(&in_work)).run();
    }
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = tempfile::tempdir_in(&place).unwrap();
    let in_work = folder.path().join("in-work");
    File::create(&in_work).unwrap().set_len(ROOM as u64).unwrap();
    let mut worker = Command::new(std::env::current_exe().unwrap());
    worker.args([target.name, "--exact", "--nocapture", "--test-threads=1", "--quiet"]);
    worker.env(IN_WORK, &in_work).env("TMPDIR", folder.path()).stdout(std::process::Stdio::null());
    let status = worker.status().unwrap();
    assert!(status.success(), "{}: {status}; the input is saved in {}", target.name, save(target, &in_work).display());
}

/// Keeps the input that was in work when its process ended.
fn save(target: &Target, in_work: &Path) -> PathBuf {
    let bytes = fs::read(in_work).unwrap();
    let (length, rest) = bytes.split_first_chunk::<8>().unwrap();
    let packed = &rest[..u64::from_le_bytes(*length) as usize];
    let name = format!("{}-{:016x}", target.name, hash_of(packed));
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz").join(name);
    Case::unpacked(packed).write(&path);
    path
}

fn hash_of(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// A number from the environment.
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} must be a whole number")))
}

/// The process of one target.
struct Worker<'t> {
    target: &'t Target,
    in_work: MmapMut,
    scratch: tempfile::TempDir,
    rng: ChaCha8Rng,
    kept: Vec<Case>,
    /// Inputs whose answer was a new one.
    found: Vec<Case>,
    answers: HashSet<u64>,
    done: u64,
}

/// Milliseconds from the start of the process to that of the input in work; 0 between inputs.
static SINCE: AtomicU64 = AtomicU64::new(0);

impl<'t> Worker<'t> {
    fn new(target: &'t Target, in_work: &Path) -> Self {
        let file = OpenOptions::new().read(true).write(true).open(in_work).unwrap();
        // SAFETY: the other process reads the file only when this one has ended.
        let in_work = unsafe { MmapMut::map_mut(&file) }.unwrap();
        let rng = ChaCha8Rng::seed_from_u64(setting(SEED).unwrap_or(0));
        let scratch = tempfile::tempdir().unwrap();
        let kept = kept_in(&corpus(target.name)).into_iter().chain((target.also)()).collect();
        let (found, answers) = (Vec::new(), HashSet::new());
        Self { target, in_work, scratch, rng, kept, found, answers, done: 0 }
    }

    fn run(mut self) {
        silence_guarded_panics();
        let start = Instant::now();
        std::thread::spawn(move || watch(start));
        let inputs = setting(INPUTS).unwrap_or(self.target.inputs);
        let mut told = Instant::now();
        for case in self.kept.clone() {
            self.give(case, start);
        }
        while self.done < inputs {
            let case = self.make();
            self.give(case, start);
            if told.elapsed() > Duration::from_secs(60) {
                told = Instant::now();
                self.tell(start);
            }
        }
        if start.elapsed() > Duration::from_secs(60) {
            self.tell(start);
        }
    }

    /// Long runs say how far they are.
    fn tell(&self, start: Instant) {
        let (name, done, answers) = (self.target.name, self.done, self.answers.len());
        eprintln!("{name}: {done} inputs, {answers} kinds of answer, {} s", start.elapsed().as_secs());
    }

    fn make(&mut self) -> Case {
        let pool = if self.found.is_empty() || self.rng.random() { &self.kept } else { &self.found };
        let mut case = pool.choose(&mut self.rng).unwrap().clone();
        let other = self.kept.choose(&mut self.rng).unwrap();
        Mutator { rng: &mut self.rng, dictionary: self.target.dictionary }.change(&mut case, other);
        case
    }

    /// Gives an input to the target; anything but an answer ends the process.
    fn give(&mut self, case: Case, start: Instant) {
        let packed = case.packed();
        if packed.len() + 8 > ROOM {
            return;
        }
        self.in_work[..8].copy_from_slice(&(packed.len() as u64).to_le_bytes());
        self.in_work[8..8 + packed.len()].copy_from_slice(&packed);
        SINCE.store(1 + start.elapsed().as_millis() as u64, Ordering::Relaxed);
        let work = || memory::limited(|| (self.target.run)(&case, self.scratch.path()));
        let Ok(answer) = panic::catch_unwind(AssertUnwindSafe(work)) else { std::process::exit(1) };
        SINCE.store(0, Ordering::Relaxed);
        self.done += 1;
        if self.answers.insert(hash_of(kind_of(&answer))) && case.length() < LONGEST / 4 {
            self.remember(case);
        }
    }

    fn remember(&mut self, case: Case) {
        match self.found.len() {
            MOST_FOUND => {
                let index = self.rng.random_range(0..MOST_FOUND);
                self.found[index] = case;
            }
            _ => self.found.push(case),
        }
    }
}

/// What kind of answer it is: its words without numbers and what it quotes.
fn kind_of(answer: &str) -> String {
    let outside: String = answer.split(['`', '"']).step_by(2).collect();
    outside.chars().filter(|character| character.is_alphabetic()).take(300).collect()
}

/// Panics that a guard turns into errors say nothing; the first other one ends the run, and says where.
fn silence_guarded_panics() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !guard::is_guarded() {
            usual(panic);
        }
    }));
}

fn watch(start: Instant) {
    loop {
        std::thread::sleep(Duration::from_secs(1));
        let since = Duration::from_millis(SINCE.load(Ordering::Relaxed));
        if !since.is_zero() && start.elapsed() > since + PATIENCE {
            eprintln!("the input takes more than {} s", PATIENCE.as_secs());
            std::process::abort();
        }
    }
}
