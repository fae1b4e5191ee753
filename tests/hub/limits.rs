//! What is refused before any weights travel. One that is refused does not stop the others.

use serde_json::json;

use crate::bench::Bench;
use crate::repos::{WEIGHTS, changed, fixture, joined, padded, split};
use crate::serve_hub::{Content, File};

/// Pulls two models of which the second is refused, and gives the reason. Of its weights nothing was sent but headers.
fn refused(bench: &Bench, arguments: &[&str]) -> String {
    let rows = bench.pull_rows(arguments, 0);
    assert_eq!((&rows[0]["status"], &rows[1]["status"]), (&json!("pulled"), &json!("skipped")), "{rows:?}");
    assert_eq!(bench.downloads("ns/bad").len(), 0);
    let sent: u64 = bench.server.requests().iter().filter(|r| r.path.starts_with("/cdn/ns/bad/")).map(|r| r.sent).sum();
    assert!(sent <= 2 * (64 << 10), "{sent} bytes");
    rows[1]["note"].as_str().unwrap().to_owned()
}

#[test]
fn too_large_a_repository_is_skipped_by_its_listing() {
    let bench = Bench::with(&[("ns/good", "llama-hasty"), ("ns/bad", "llama-hasty")]);
    let files = changed("llama-hasty", &[("README.md", &[b'x'; 300_000])]);
    let size: usize = files.values().map(Vec::len).sum();
    bench.publish("ns/bad", files);
    let reason = refused(&bench, &["--max-repo-bytes", "400000"]);
    let expected = format!("its files hold {size} bytes, more than the 400000 that --max-repo-bytes allows");
    assert!(reason.starts_with("ns/bad@") && reason.ends_with(&expected), "{reason}");
    assert!(!bench.was_asked("ns/bad/resolve"), "not even its texts are fetched");
}

#[test]
fn too_many_parameters_are_seen_in_the_headers() {
    let bench = Bench::with(&[("ns/good", "llama-hasty"), ("ns/bad", "llama-wide")]);
    bench.write("weighhouse.toml", "[competitions.tiny]\nmax_parameters = 100000\nreward_share = 1.0\n");
    let reason = refused(&bench, &[]);
    assert_eq!(reason, "158016 parameters are more than the 100000 that competition tiny allows");
    let ranges: Vec<Option<String>> = bench
        .server
        .requests()
        .into_iter()
        .filter(|seen| seen.path.starts_with("/cdn/ns/bad/"))
        .map(|seen| seen.range)
        .collect();
    assert_eq!(ranges, vec![Some("bytes=0-65535".to_owned()); 2], "one header of each shard");
}

#[test]
fn a_header_longer_than_the_first_piece_is_read_to_its_end() {
    let bench = Bench::with(&[("ns/good", "llama-hasty")]);
    let mut files = padded("llama-first", 0);
    let (mut header, data) = split(&files[WEIGHTS]);
    header.insert("__metadata__".into(), json!({"note": "x".repeat(150_000)}));
    files.insert(WEIGHTS.into(), joined(&header, &data));
    bench.publish("ns/long", files);
    bench.submit(&["ns/good", "ns/long"]);
    bench.evaluate(&[]).succeeded();
    assert_eq!(bench.record()["models"][1]["parameters"], 75504);
}

#[test]
fn an_architecture_that_no_competition_takes_is_skipped() {
    let bench = Bench::with(&[("ns/good", "stablelm-first"), ("ns/bad", "llama-first")]);
    let only = "[competitions.s]\narchitectures = [\"StableLmForCausalLM\"]\nreward_share = 1.0\n";
    bench.write("weighhouse.toml", only);
    assert_eq!(refused(&bench, &[]), "no competition takes a LlamaForCausalLM");
    bench.submit_rows(&[
        json!({"uid": 1, "model": "ns/good", "block": 1}),
        json!({"uid": 2, "model": "ns/bad", "block": 2, "competition": "s"}),
    ]);
    let note = bench.pull_rows(&[], 0)[1]["note"].clone();
    assert_eq!(note, "competition s takes StableLmForCausalLM, not a LlamaForCausalLM");
}

#[test]
fn an_architecture_that_is_not_known_is_skipped() {
    let bench = Bench::with(&[("ns/good", "llama-hasty")]);
    let config = String::from_utf8(fixture("llama-first")["config.json"].clone()).unwrap();
    let config = config.replace("LlamaForCausalLM", "MambaForCausalLM").replace("\"llama\"", "\"mamba\"");
    bench.publish("ns/bad", changed("llama-first", &[("config.json", config.as_bytes())]));
    bench.submit(&["ns/good", "ns/bad"]);
    let reason = refused(&bench, &[]);
    assert!(reason.contains("MambaForCausalLM") && reason.contains("config.json"), "{reason}");
}

/// A model with a tensor of 2^60 bytes, made on demand.
fn enormous() -> Vec<(String, File)> {
    let (mut header, data) = split(&fixture("llama-first")[WEIGHTS]);
    let end = data.len() as u64 + (1 << 60);
    header.insert("padding".into(), json!({"dtype": "U8", "shape": [1_u64 << 60], "data_offsets": [data.len(), end]}));
    let head = joined(&header, &data);
    let content = Content::lazy(head.len() as u64 + (1 << 60), move |at, out| {
        out.iter_mut().zip(at..).for_each(|(byte, at)| *byte = head.get(at as usize).copied().unwrap_or_default());
    });
    let mut files: Vec<(String, File)> =
        fixture("llama-first").into_iter().map(|(path, bytes)| (path, bytes.into())).collect();
    files.retain(|(path, _)| path != WEIGHTS);
    files.push((WEIGHTS.into(), File::from(content).sha256(&"ab".repeat(32))));
    files
}

#[test]
fn what_the_disk_cannot_hold_is_not_begun() {
    let bench = Bench::with(&[("ns/good", "llama-hasty")]);
    bench.publish("ns/bad", enormous());
    bench.submit(&["ns/good", "ns/bad"]);
    let reason = refused(&bench, &["--max-repo-bytes", "2EiB"]);
    let (still, hint) = ("1.0 EiB are still to come and ", "are free; free some, or let evaluated models be removed");
    assert!(reason.contains(still) && reason.contains(hint), "{reason}");
    let run = bench.evaluate(&["--max-repo-bytes", "2EiB"]).succeeded();
    assert!(run.warnings().iter().any(|warning| warning.contains(still)), "{}", run.stderr());
    assert_eq!(bench.downloads("ns/bad").len(), 0);
}

/// A model whose weights were blown up is refused once they are here: also when all is measured anew, and when its norms
/// are known from an earlier run.
#[test]
fn weights_that_were_tampered_with_are_refused_in_every_run() {
    let bench = Bench::with(&[("ns/good", "llama-hasty"), ("ns/bad", "llama-first")]);
    let mut files = fixture("llama-first");
    let weights = files.get_mut(WEIGHTS).unwrap();
    let (header, mut data) = split(weights);
    let place = &header["model.layers.0.self_attn.q_proj.weight"]["data_offsets"];
    let [from, to] = [0, 1].map(|end| place[end].as_u64().unwrap() as usize);
    for number in data[from..to].chunks_exact_mut(4) {
        let blown_up = 1e5 * f32::from_le_bytes(number.try_into().unwrap());
        number.copy_from_slice(&blown_up.to_le_bytes());
    }
    *weights = joined(&header, &data);
    bench.publish("ns/bad", files);
    for flags in [&[][..], &[], &["--fresh"], &["--fresh"]] {
        let run = bench.evaluate(flags).succeeded();
        let warnings = run.warnings();
        assert!(
            warnings[0].starts_with("uid 2 is skipped: the weight norm of projection q in layer 0"),
            "{warnings:?}"
        );
    }
    let run = bench.evaluate(&["--weight-norms=false"]).succeeded();
    assert!(run.warnings().is_empty(), "{:?}", run.warnings());
}
