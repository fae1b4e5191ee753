//! The parent with a script for a child, which does what its device is called.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use super::*;
use crate::engine::conversation::Conversation;
use crate::measure::conversations::Conversations;
use crate::store::testing::identity;

/// A store for children to leave a line in, and what they said.
struct Yard {
    store: tempfile::TempDir,
    told: Mutex<Vec<String>>,
    is_over: AtomicBool,
}

impl Yard {
    fn new() -> Self {
        Self { store: tempfile::tempdir().unwrap(), told: Mutex::default(), is_over: AtomicBool::new(false) }
    }

    fn worker(&self, device: &str) -> Worker<'_> {
        let place = Place {
            device: device.into(),
            dtype: "f32".into(),
            kernels: "fused".into(),
            store: self.store.path().to_owned(),
            batch_tokens: 1,
        };
        let program = &|| Ok(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/child.sh"));
        Worker::new(program, place, 1, &self.is_over)
    }

    /// The processes that were started.
    fn started(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.store.path().join("started")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }

    /// What an order comes to that is given to a child which hangs, if the run is over meanwhile; no process is left.
    fn abandons(&self, device: &str, order: &Order) -> Result<Answer, ChildError> {
        let result = thread::scope(|scope| {
            let measured = scope.spawn(|| self.worker(device).measure(order, self));
            let start = Instant::now();
            while self.started().is_empty() && start.elapsed() < PATIENCE {
                thread::sleep(GLANCE);
            }
            self.is_over.store(true, Ordering::Relaxed);
            measured.join().unwrap()
        });
        assert!(!self.started().is_empty(), "no child was started");
        for process in self.started() {
            let lives = Command::new("kill").args(["-0", &process]).output().unwrap().status.success();
            assert!(!lives, "{process} is left");
        }
        result
    }
}

impl Reporter for Yard {
    fn info(&self, message: &str) {
        self.told.lock().unwrap().push(message.to_owned());
    }
    fn warn(&self, warning: &str) {
        self.told.lock().unwrap().push(warning.to_owned());
    }
    fn start(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn finish(&self) {}
}

/// An order with so many samples.
fn order(samples: usize) -> Order {
    let mut conversations = Conversations::default();
    let sample = Conversation { ids: vec![70_000; 100], prompt_len: 1 };
    (0..samples).for_each(|_| conversations.push(Some(&sample)).unwrap());
    Order {
        label: "uid 7".into(),
        folder: "model".into(),
        identity: identity(),
        conversations: Arc::new(conversations),
    }
}

/// How long a child may take to start.
const PATIENCE: Duration = Duration::from_secs(60);
/// More than a pipe holds.
const LARGE: usize = 1000;

const ANSWER: Answer = Answer {
    lost: None,
    loading: 0.25,
    loading_peak_bytes: Some(7),
    samples: 3,
    tokens: 70,
    seconds: 0.5,
    refused: 1,
    peak_bytes: Some(9),
};

#[test]
fn one_child_carries_out_all_orders_and_ends_with_its_worker() {
    let yard = Yard::new();
    let mut worker = yard.worker("good");
    for _ in 0..2 {
        assert_eq!(worker.measure(&order(0), &yard).unwrap(), ANSWER);
    }
    drop(worker);
    assert_eq!((yard.started().len(), yard.told()), (1, vec!["a word".to_owned(); 2]));
}

#[test]
fn a_child_that_falls_is_followed_by_one_whose_answer_says_what_was_lost() {
    let yard = Yard::new();
    let answer = yard.worker("dies").measure(&order(0), &yard).unwrap();
    assert!(answer.lost.is_some_and(|seconds| seconds > 0.0), "{answer:?}");
    assert_eq!(Answer { lost: None, ..answer }, ANSWER);
    let told = "uid 7: its process ended early (exit status: 3): out of luck; what is left of it is measured in a new \
                process";
    assert_eq!((yard.started().len(), yard.told()), (2, vec![told.to_owned(), "a word".to_owned()]));
}

#[test]
fn a_model_that_fails_costs_no_child() {
    let yard = Yard::new();
    let mut worker = yard.worker("model");
    for _ in 0..2 {
        let error = worker.measure(&order(0), &yard).unwrap_err();
        assert!(matches!(&error, ChildError::Model(problem) if problem == "no such tensor"), "{error:?}");
    }
    assert_eq!(yard.started().len(), 1);
}

#[test]
fn what_is_broken_or_babbles_is_tried_twice_and_what_is_short_once() {
    for (device, told, attempts) in
        [("broken", "the device is gone, in two", 2), ("babbles", "(signal: 9", 2), ("short", "too little of it", 1)]
    {
        let yard = Yard::new();
        let error = yard.worker(device).measure(&order(0), &yard).unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
        assert_eq!(yard.started().len(), attempts, "{device}");
    }
}

#[test]
fn a_stopped_child_is_killed_when_the_run_is_over() {
    for samples in [0, LARGE] {
        let result = Yard::new().abandons("stopped", &order(samples));
        assert!(matches!(result, Err(ChildError::Interrupted)), "{result:?}");
    }
}

#[test]
fn a_child_that_neither_reads_nor_ends_is_killed_when_the_run_is_over() {
    let result = Yard::new().abandons("deaf", &order(LARGE));
    assert!(matches!(result, Err(ChildError::Interrupted)), "{result:?}");
}

#[test]
fn whoever_holds_the_pipes_of_a_dead_child_holds_nobody_up() {
    let yard = Yard::new();
    let result = yard.abandons("outlived", &order(LARGE));
    assert!(matches!(result, Err(ChildError::Interrupted)), "{result:?}");
    let heir = std::fs::read_to_string(yard.store.path().join("heir")).unwrap();
    assert!(Command::new("kill").arg(heir.trim()).status().unwrap().success(), "it was waited for");
}

#[test]
fn an_order_that_cannot_be_written_is_told() {
    let folder = std::ffi::OsStr::from_bytes(b"h\xff").into();
    let error = Yard::new().worker("good").measure(&Order { folder, ..order(0) }, &Yard::new()).unwrap_err();
    assert!(matches!(&error, ChildError::Store(problem) if problem.contains("UTF-8")), "{error:?}");
}

#[test]
fn a_program_that_is_gone_is_told_with_a_remedy() {
    let yard = Yard::new();
    let mut worker = yard.worker("good");
    worker.program = &|| Ok("no/such/program".into());
    let error = worker.measure(&order(0), &yard).unwrap_err().to_string();
    assert!(error.contains("cannot be started: ") && error.contains("try again"), "{error}");
}
