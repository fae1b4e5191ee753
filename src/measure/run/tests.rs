//! Measuring with an engine of a few lines: what it is asked, what becomes of its failures, what the store keeps.

use std::cell::RefCell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::engine::conversation::Conversation;
use crate::engine::{EngineError, Result};
use crate::store::LossStore;
use crate::store::testing::identity;

/// Says that a sequence's loss is its first id, and fails as it is told to.
#[derive(Default)]
struct Mock {
    /// The batches it was asked, as first ids.
    asked: RefCell<Vec<Vec<u32>>>,
    longest: Option<usize>,
    failure: Failure,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum Failure {
    #[default]
    None,
    /// A batch with the id 13 cannot be computed.
    OfModel,
    /// More samples than this do not fit into memory.
    OfMemory(usize),
    /// After this many batches the device is broken.
    OfDevice(usize),
}

impl Mock {
    fn failing(failure: Failure) -> Self {
        Self { failure, ..Self::default() }
    }

    fn check(&self, sequences: &[Sequence]) -> Result<()> {
        let (device, problem) = (String::from("cuda:0"), String::from("out of luck"));
        match self.failure {
            Failure::OfModel if sequences.iter().any(|sequence| sequence.ids.contains(&13)) => {
                Err(EngineError::Tensor(candle_core::Error::Msg(problem)))
            }
            Failure::OfMemory(most) if sequences.len() > most => {
                Err(DeviceFault::OutOfMemory { device, problem }.into())
            }
            Failure::OfDevice(after) if self.asked.borrow().len() > after => {
                Err(DeviceFault::Broken { device, problem }.into())
            }
            _ => Ok(()),
        }
    }
}

impl LossEngine for Mock {
    fn losses(&self, sequences: &[Sequence]) -> Result<Vec<f64>> {
        self.asked.borrow_mut().push(sequences.iter().map(|sequence| sequence.ids[0]).collect());
        self.check(sequences)?;
        Ok(sequences.iter().map(|sequence| f64::from(sequence.ids[0])).collect())
    }

    fn vocabulary(&self) -> usize {
        100
    }

    fn longest(&self) -> Option<usize> {
        self.longest
    }

    fn shares_prompts(&self) -> bool {
        false
    }
}

/// Remembers warnings and progress, and asks to stop after some batches.
#[derive(Default)]
struct Listener {
    warnings: Mutex<Vec<String>>,
    advanced: AtomicUsize,
    looks: AtomicUsize,
    stop_after: Option<usize>,
}

impl Reporter for Listener {
    fn info(&self, _message: &str) {}
    fn warn(&self, warning: &str) {
        self.warnings.lock().unwrap().push(warning.to_owned());
    }
    fn start(&self, _task: &str, _total: u64) {}
    fn advance(&self, amount: u64) {
        self.advanced.fetch_add(amount as usize, Ordering::Relaxed);
    }
    fn finish(&self) {}
    fn interrupted(&self) -> bool {
        let looks = self.looks.fetch_add(1, Ordering::Relaxed);
        self.stop_after.is_some_and(|after| looks >= after)
    }
}

/// A store in a folder of its own.
struct Shelf {
    store: LossStore,
    _folder: tempfile::TempDir,
}

impl Shelf {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { store: LossStore::open(folder.path()).unwrap(), _folder: folder }
    }

    fn known(&self) -> MeasuredLosses {
        self.store.read(identity().key(), &crate::reporter::Silent).unwrap()
    }

    /// Measures with what the shelf holds; batches hold two samples of three ids.
    fn measure(
        &self,
        engine: &Mock,
        conversations: &[Option<Conversation>],
        listener: &Listener,
    ) -> std::result::Result<Measured, MeasureError> {
        let conversations = &set_aside(conversations);
        let request = Task { conversations, known: self.known(), batch_tokens: 4, label: "uid 7" };
        measure(engine, request, self.store.writer(&identity()).unwrap(), listener)
    }
}

fn conversation(first: u32) -> Option<Conversation> {
    Some(Conversation { ids: vec![first, 50, 51], prompt_len: 1 })
}

fn set_aside(samples: &[Option<Conversation>]) -> Conversations {
    let mut conversations = Conversations::default();
    samples.iter().for_each(|sample| conversations.push(sample.as_ref()).unwrap());
    conversations
}

fn conversations(firsts: impl IntoIterator<Item = u32>) -> Vec<Option<Conversation>> {
    firsts.into_iter().map(conversation).collect()
}

fn losses(measured: &Measured) -> Vec<f64> {
    measured.outcomes.iter().map(|outcome| outcome.loss).collect()
}

#[test]
fn one_outcome_per_sample_in_their_order_and_duplicates_are_measured_once() {
    let (shelf, engine, listener) = (Shelf::new(), Mock::default(), Listener::default());
    let measured = shelf.measure(&engine, &conversations([4, 2, 4, 9, 2]), &listener).unwrap();
    assert_eq!(losses(&measured), [4.0, 2.0, 4.0, 9.0, 2.0]);
    assert_eq!((measured.samples, measured.tokens), (3, 9));
    assert_eq!(*engine.asked.borrow(), [vec![4, 2], vec![9]]);
    assert_eq!(listener.advanced.into_inner(), 5);
    assert_eq!(shelf.known().len(), 3);
}

#[test]
fn a_model_that_cannot_be_computed_has_no_loss_at_all() {
    let (shelf, listener) = (Shelf::new(), Listener::default());
    let engine = Mock::failing(Failure::OfModel);
    let error = shelf.measure(&engine, &conversations([1, 2, 13, 8]), &listener).unwrap_err();
    assert!(matches!(error, MeasureError::Model(_)), "{error}");
    assert_eq!(error.to_string(), "the model cannot be computed: out of luck");
    assert_eq!(shelf.known().len(), 2, "what was measured before is kept");
}

#[test]
fn a_batch_that_memory_does_not_hold_is_halved_until_it_does() {
    let (shelf, listener) = (Shelf::new(), Listener::default());
    let engine = Mock::failing(Failure::OfMemory(1));
    let measured = shelf.measure(&engine, &conversations([1, 2, 3, 4, 5]), &listener).unwrap();
    assert_eq!(losses(&measured), [1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(*engine.asked.borrow(), [vec![1, 2], vec![1], vec![2], vec![3], vec![4], vec![5]], "tried once");
    let warning = "uid 7: the device's memory did not hold 6 tokens at once; smaller batches were measured instead; a \
                   lower --batch-tokens saves the attempts";
    assert_eq!(listener.warnings.into_inner().unwrap(), [warning]);
    assert_eq!((measured.samples, shelf.known().len()), (5, 5));
}

#[test]
fn memory_that_holds_no_sample_ends_the_measuring() {
    let (shelf, engine) = (Shelf::new(), Mock::failing(Failure::OfMemory(0)));
    let error = shelf.measure(&engine, &conversations([1, 2]), &Listener::default()).unwrap_err();
    let text = "one sample of 3 tokens: cuda:0 ran out of memory: out of luck; free memory there, or give another \
                device with --device; what was measured until then is kept, and nothing is ranked";
    assert_eq!(error.to_string(), text);
    assert_eq!(*engine.asked.borrow(), [vec![1, 2], vec![1]]);
}

#[test]
fn a_broken_device_is_asked_nothing_more() {
    let (shelf, engine) = (Shelf::new(), Mock::failing(Failure::OfDevice(1)));
    let error = shelf.measure(&engine, &conversations([1, 2, 3, 4, 5, 6]), &Listener::default()).unwrap_err();
    assert!(matches!(&error, MeasureError::Device { fault: DeviceFault::Broken { .. }, .. }), "{error}");
    assert_eq!(*engine.asked.borrow(), [vec![1, 2], vec![3, 4]]);
    assert_eq!(shelf.known().len(), 2, "what was measured before is kept, and nothing else");
}

#[test]
fn what_the_model_must_not_see_is_settled_without_it() {
    let (shelf, listener) = (Shelf::new(), Listener::default());
    let engine = Mock { longest: Some(3), ..Mock::default() };
    let filled = Some(Conversation { ids: vec![1, 2], prompt_len: 2 });
    let outside = conversation(100);
    let long = Some(Conversation { ids: vec![1, 2, 3, 4], prompt_len: 1 });
    let measured = shelf.measure(&engine, &[filled, outside, long, None, conversation(99)], &listener).unwrap();
    let expected = [
        SampleOutcome::no_target(),
        SampleOutcome::failed(2),
        SampleOutcome::failed(3),
        SampleOutcome::failed(0),
        SampleOutcome::measured(99.0, 2),
    ];
    assert_eq!(measured.outcomes, expected);
    assert_eq!(*engine.asked.borrow(), [vec![99]]);
    let warnings = listener.warnings.into_inner().unwrap();
    let line = "uid 7: 2 samples count as an infinite loss; the first: token id 100 lies outside the model's \
                vocabulary of 100";
    assert_eq!(warnings, [line]);
    assert_eq!(listener.advanced.into_inner(), 5);
}

#[test]
fn what_is_known_is_not_measured_again() {
    let (shelf, first, second) = (Shelf::new(), Mock::default(), Mock::default());
    shelf.measure(&first, &conversations([1, 2]), &Listener::default()).unwrap();
    let measured = shelf.measure(&second, &conversations([3, 2, 1]), &Listener::default()).unwrap();
    assert_eq!(losses(&measured), [3.0, 2.0, 1.0]);
    assert_eq!((measured.samples, measured.tokens), (1, 3));
    assert_eq!(*second.asked.borrow(), [vec![3]]);
}

#[test]
fn stopped_anywhere_it_goes_on_with_the_batches_of_an_undisturbed_run() {
    let all = conversations([1, 2, 3, 4, 5, 6, 7]);
    for batches in 0..4 {
        let (shelf, first, second) = (Shelf::new(), Mock::default(), Mock::default());
        let listener = Listener { stop_after: Some(batches), ..Listener::default() };
        let stopped = shelf.measure(&first, &all, &listener);
        assert!(matches!(stopped, Err(MeasureError::Interrupted)));
        assert_eq!(shelf.known().len(), 2 * batches, "what was measured is kept");
        let measured = shelf.measure(&second, &all, &Listener::default()).unwrap();
        assert_eq!(losses(&measured), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
        let asked = [first.asked.into_inner(), second.asked.into_inner()].concat();
        assert_eq!(asked, [vec![1, 2], vec![3, 4], vec![5, 6], vec![7]]);
    }
}

#[test]
fn recall_needs_everything() {
    let (shelf, engine) = (Shelf::new(), Mock::default());
    shelf.measure(&engine, &conversations([1, 2]), &Listener::default()).unwrap();
    let known = shelf.known();
    let filled = Some(Conversation { ids: vec![1, 2], prompt_len: 5 });
    let outcomes = recall(&set_aside(&[conversation(2), filled, conversation(1)]), &known).unwrap();
    let expected = [SampleOutcome::measured(2.0, 2), SampleOutcome::no_target(), SampleOutcome::measured(1.0, 2)];
    assert_eq!(outcomes, expected);
    assert_eq!(recall(&set_aside(&conversations([1, 3])), &known), None);
    assert_eq!(recall(&set_aside(&[conversation(1), None]), &known), None);
}

#[test]
fn what_another_process_measured_is_what_it_found_itself() {
    let (shelf, engine) = (Shelf::new(), Mock { longest: Some(3), ..Mock::default() });
    let text = |ids: &[u32], prompt_len| Some(Conversation { ids: ids.to_vec(), prompt_len });
    let samples = [
        conversation(4),
        None,
        text(&[7, 200, 8], 1),
        text(&[7, 8], 2),
        conversation(4),
        text(&[1, 2, 3, 4], 0),
        text(&[7, 200, 8], 1),
    ];
    let measured = shelf.measure(&engine, &samples, &Listener::default()).unwrap();
    assert_eq!(measured.refused, 3, "of them two alike");
    let (conversations, known) = (set_aside(&samples), shelf.known());
    assert_eq!(recount(&conversations, &known, 3), Some(measured.outcomes));
    assert_eq!(recount(&conversations, &known, 2), None, "one sample is lost");
    assert_eq!(recount(&conversations, &MeasuredLosses::new(), 3), None);
}
