//! Memory of simultaneous calls, measured through the binary on the fixture embedder.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;

use weighhouse::call::Call;
use weighhouse::engine::request::{DeviceRequest, DtypeRequest};
use weighhouse::judge::schedule::{Growth, MemoryModel};
use weighhouse::measure::calls::{CallError, CallPlan, measure_calls};
use weighhouse::records::{Reading, Source, read_calls};
use weighhouse::reporter::Reporter;
use weighhouse::stats::Confidence;

const PROGRAM: &str = env!("CARGO_BIN_EXE_weighhouse");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn plan(concurrencies: &[u32]) -> CallPlan {
    CallPlan {
        folder: root().join("fixtures/models/embedder"),
        device: DeviceRequest::Cpu,
        dtype: DtypeRequest::Auto,
        concurrencies: concurrencies.to_vec(),
        texts: vec![4],
        tokens: None,
        repetitions: 1,
    }
}

#[derive(Default)]
struct Told {
    warnings: Mutex<Vec<String>>,
}

impl Reporter for Told {
    fn info(&self, _: &str) {}
    fn warn(&self, warning: &str) {
        self.warnings.lock().unwrap().push(warning.to_owned());
    }
    fn start(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn finish(&self) {}
}

/// The rows of a plan, whether it came to its end, and what was said.
fn measure(program: &Path, plan: &CallPlan) -> (Vec<Call>, Result<(), CallError>, Vec<String>) {
    let (told, mut rows) = (Told::default(), Vec::new());
    let ended = measure_calls(program, plan, &told, |call| {
        rows.push(call);
        Ok(())
    });
    (rows, ended, told.warnings.into_inner().unwrap())
}

#[test]
#[cfg(target_os = "linux")]
fn more_calls_at_once_need_more_memory() {
    let (rows, ended, _) = measure(Path::new(PROGRAM), &plan(&[1, 4, 16]));
    ended.unwrap();
    assert_eq!(rows.iter().map(|row| row.concurrency).collect::<Vec<_>>(), [1, 4, 16]);
    for row in &rows {
        assert!(row.peak_bytes.unwrap() >= row.base_bytes.unwrap() && row.seconds.unwrap() >= 0.0, "{row:?}");
        assert_eq!((row.texts, row.tokens, row.device.as_deref()), (4, Some(256), Some("cpu")));
    }
    // A workspace is some hundred KiB here, and 15 of them are far more than what a measurement is off by.
    let needed: Vec<u64> = rows.iter().filter_map(Call::needed_bytes).collect();
    assert!(needed[2] > needed[0] + (1 << 20), "{needed:?}");
}

#[test]
#[cfg(unix)]
fn a_child_that_is_killed_makes_a_row_without_a_peak_and_the_rest_go_on() {
    let (rows, ended, warnings) = measure(&root().join("tests/data/dies.sh"), &plan(&[1, 512]));
    ended.unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.base_bytes == Some(4096) && row.peak_bytes.is_none() && row.seconds.is_none()));
    let expected = "512 calls of 4 texts at once: their process ended early (signal: 9 (SIGKILL)): memory allocation of \
                    9 bytes failed; their peak stays unknown";
    assert_eq!(warnings[1], expected);
}

#[test]
#[cfg(target_os = "linux")]
fn a_device_that_fails_makes_a_row_and_a_model_that_is_not_there_an_error() {
    let failing = CallPlan { device: "rehearse:memory:1".parse().unwrap(), ..plan(&[2]) };
    let (rows, ended, warnings) = measure(Path::new(PROGRAM), &failing);
    ended.unwrap();
    assert!(rows[0].peak_bytes.is_none() && warnings[0].contains("did not hold"), "{warnings:?}");
    let absent = CallPlan { folder: PathBuf::from("no-such-folder"), ..plan(&[1, 2]) };
    let (rows, ended, _) = measure(Path::new(PROGRAM), &absent);
    let error = ended.unwrap_err();
    assert!(rows.is_empty() && matches!(error, CallError::Refused { code: 66, .. }), "{error:?}");
    assert!(error.to_string().starts_with("no-such-folder"), "{error}");
}

fn child(stdin: &str) -> Output {
    let mut command = Command::new(PROGRAM);
    let piped = command.arg("measure-call").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn the_child_is_in_no_help_and_tells_who_calls_it_by_hand() {
    let help = Command::new(PROGRAM).arg("--help").output().unwrap();
    assert!(!String::from_utf8_lossy(&help.stdout).contains("measure-call"));
    let output = child("{}");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("error: stdin holds no call to measure: ") && stderr.lines().count() == 1, "{stderr}");
}

/// Expected values: SciPy 1.17, `linregress` of the mean need / k over 1 / k.
#[test]
fn the_recorded_calls_give_the_bytes_per_call_that_scipy_finds() {
    let recording = Source::from(root().join("datasets/calls.jsonl"));
    let calls = read_calls(&recording, &Reading::strict()).unwrap().rows;
    for (texts, bytes, half_width) in [(4, 9_022_477.731_8, 182_267.452_1), (32, 9_492_971.621_9, 678_372.160_5)] {
        let model = MemoryModel::fit(&calls, texts, Confidence::new(0.95).unwrap()).unwrap();
        assert_eq!(model.growth(), Growth::Shown);
        let (found, ends) = (model.bytes_per_call.value, model.bytes_per_call.interval.unwrap());
        assert!((found - bytes).abs() < 0.01 && (ends.high - found - half_width).abs() < 0.01, "{model:?}");
    }
}
