//! Recordings and constants that are refused, each in one line with its place.

use super::{BATCHES, LLM, MANIFESTS, job, replay, small};

const HASH: &str = "spin_up-4min.gpu-24gb";

/// What is said of a file of the small recording with this content; the exit code is that of bad input.
fn refused(name: &str, content: &str) -> String {
    let folder = small();
    folder.write(&format!("recording/{name}.jsonl"), content);
    replay(&folder, &["--quiet"]).refused(65)
}

#[test]
fn bad_batches_and_manifests_are_refused_with_their_place() {
    let told = refused("batches", &format!("{BATCHES}{BATCHES}"));
    assert_eq!(told, "recording/batches.jsonl, line 2: column `batch_id` is 1, as on line 1; give each line its own");
    let told = refused("batches", &BATCHES.replace("1430", "700"));
    assert!(told.starts_with("recording/batches.jsonl, line 1: column `cycle_stop` is"), "{told}");
    let earlier = "{\"batch_id\": 2, \"block\": 700}\n";
    let told = refused("batches", &format!("{BATCHES}{earlier}"));
    assert!(told.starts_with("recording/batches.jsonl, line 2: column `block` is 700; give a block"), "{told}");
    let overlapping = BATCHES.replace("\"batch_id\": 1", "\"batch_id\": 2").replace("1430", "1500");
    let told = refused("batches", &format!("{BATCHES}{overlapping}"));
    assert!(told.contains("is empty, or overlaps that of another batch"), "{told}");
    let told = refused("manifests", &format!("{MANIFESTS}{MANIFESTS}"));
    assert!(told.starts_with("recording/manifests.jsonl, line 2: column `class` is"), "{told}");
    let told = refused("manifests", &MANIFESTS.replace("\"executors\": 2", "\"executors\": -2"));
    assert!(told.starts_with("recording/manifests.jsonl, line 1: column `executors` is -2; give a whole"), "{told}");
    let told = refused("manifests", &MANIFESTS.replace("\"batch_id\": 1", "\"batch_id\": 9"));
    assert_eq!(
        told,
        "recording/manifests.jsonl, line 1: column `batch_id` is 9, which no batch has; leave the row out, or give the batch"
    );
    let told = refused("manifests", &MANIFESTS.replace(LLM, "tpu"));
    assert!(told.starts_with("recording/manifests.jsonl, line 1: column `class` is"), "{told}");
    assert!(told.contains(HASH) && told.contains(LLM), "{told}");
}

#[test]
fn bad_jobs_are_refused_with_their_place() {
    let told = refused("jobs", &(job("a", "") + &job("a", "")));
    assert!(told.starts_with("recording/jobs.jsonl, line 2: column `job_uuid` is"), "{told}");
    let told = refused("jobs", &job("a", "").replace("synthetic", "artificial"));
    assert!(told.contains("column `kind` is") && told.ends_with("give synthetic or organic"), "{told}");
    let told = refused("jobs", &job("a", "").replace("completed", "done"));
    assert!(
        told.contains("column `status` is") && told.ends_with("give completed, failed, excused or declined"),
        "{told}"
    );
    let told = refused("jobs", &job("a", "").replace("\"batch_id\": 1", "\"batch_id\": 7"));
    assert!(told.starts_with("recording/jobs.jsonl, line 1: column `batch_id` is 7, which no batch has"), "{told}");
    let told = refused("jobs", &job("a", "").replace("\"batch_id\": 1", "\"batch_id\": null"));
    assert!(told.contains("a synthetic job without a `batch_id`"), "{told}");
    let told = refused("jobs", &job("a", ", \"timeout\": -1"));
    assert!(told.contains("column `timeout` is -1"), "{told}");
    let told = refused("jobs", "");
    assert_eq!(told, "recording/jobs.jsonl: holds no job; give at least one");
}

#[test]
fn bad_receipts_and_validators_are_refused_with_their_place() {
    let receipt = format!(
        "{{\"presented_for\": \"a\", \"job_uuid\": \"x\", \"hotkey\": \"m\", \"validator\": \"v\", \"class\": \"{LLM}\", \
         \"organic\": true, \"timestamp\": 5, \"ttl\": 60, \"signature_ok\": true}}\n"
    );
    let folder = small();
    folder.write("recording/receipts.jsonl", format!("{receipt}{receipt}"));
    let run = replay(&folder, &[]).succeeded();
    assert!(run.warnings()[0].starts_with("no validator is given, so that no receipt counts"), "{:?}", run.warnings());
    let told = refused("receipts", &receipt.replace("\"presented_for\": \"a\"", "\"presented_for\": \"b\""));
    assert!(told.ends_with("give the job_uuid of a job of the recording"), "{told}");
    let told = refused("receipts", &receipt.replace("\"ttl\": 60", "\"ttl\": -1"));
    assert!(told.contains("column `ttl` is -1; give a number of seconds, 0 or more"), "{told}");
    let validator = "{\"hotkey\": \"v\", \"stake\": 5}\n";
    let told = refused("validators", &format!("{validator}{validator}"));
    assert!(told.starts_with("recording/validators.jsonl, line 2: column `hotkey` is"), "{told}");
    let told = refused("validators", &validator.replace('5', "-5"));
    assert!(told.contains("column `stake` is -5; give a number of 0 or more"), "{told}");
}

#[test]
fn folders_that_are_no_recording_are_refused() {
    let folder = small();
    folder.write("recording/jobs.csv", "job_uuid\n");
    assert_eq!(replay(&folder, &[]).refused(65), "recording: has both jobs.csv and jobs.jsonl; keep one of them");
    let folder = small();
    std::fs::remove_file(folder.path("recording/manifests.jsonl")).unwrap();
    let told = replay(&folder, &[]).refused(66);
    assert!(told.starts_with("recording: has no manifests.jsonl, .json or .csv"), "{told}");
    let told = folder.run_plain(&["horde", "nowhere"]).refused(66);
    assert!(told.starts_with("nowhere: cannot be read: "), "{told}");
}

#[test]
fn constants_without_a_score_are_refused() {
    let folder = small();
    folder.write("recording/jobs.jsonl", job("a", "").replace("completed", "failed").replace(LLM, HASH));
    let told = replay(&folder, &["--horde-alpha", "-1", "--quiet"]).refused(65);
    assert!(told.contains("have no horde score in this batch: the mean is 0 and alpha negative"), "{told}");
    let told = folder.run_plain(&["horde", "recording", "--preset", "computehorde"]).refused(2);
    assert!(told.contains("computehorde-2025-02-once"), "{told}");
}
