//! Settings that cannot be granted end the run at once, in one line, with the code of wrong usage (or of the file that
//! is missing or bad).

use crate::workbench::{Workbench, lacks_bf16, root};

fn bench() -> Workbench {
    Workbench::with_models(&[&root().join("fixtures/models/llama-hasty")])
}

#[test]
fn an_output_or_a_store_that_cannot_be_written_is_named() {
    let bench = bench();
    bench.write("taken", "a file");
    let line = bench.run_into("taken", "store", &[]).refused(2);
    assert!(line.contains("taken") && line.ends_with("choose another with --out"), "{line}");
    let line = bench.run_into("taken/out", "store", &[]).refused(2);
    assert!(line.contains("taken/out") && line.ends_with("choose another with --out"), "{line}");
    for store in ["taken", "taken/store"] {
        let line = bench.run_into("out", store, &[]).refused(2);
        assert!(line.starts_with(&format!("cannot use the folder {store} as a store")), "{line}");
        assert!(line.contains("name another with --store"), "{line}");
    }
    assert_eq!(std::fs::read_to_string(bench.path("taken")).unwrap(), "a file");
}

#[cfg(not(any(feature = "cuda", feature = "metal")))]
#[test]
fn an_absent_device_is_no_other_device() {
    for (device, feature) in [("cuda", "cuda"), ("cuda:3", "cuda"), ("metal", "metal")] {
        let line = bench().run(&["--device", device]).refused(2);
        let remedy = format!("build with `--features {feature}`, or use `--device cpu`");
        assert!(line.contains("cannot be used") && line.ends_with(&remedy), "{line}");
    }
}

#[cfg(not(any(feature = "cuda", feature = "metal")))]
#[test]
fn several_absent_devices_are_told_in_one_line() {
    for (device, first) in [("cuda:0,1", "cuda:0"), ("cuda:3,2", "cuda:3"), ("cuda:all", "cuda:all")] {
        let line = bench().run(&["--device", device]).refused(2);
        assert!(line.starts_with(&format!("device `{first}` cannot be used: this build has no CUDA")), "{line}");
    }
    let line = bench().run(&["--device", "cuda:0,1", "--processes", "3"]).refused(2);
    assert!(line.ends_with("` cannot be used: these are 2, one process each; leave out `--processes 3`"), "{line}");
    for number in ["0", "99999999999"] {
        let line = bench().run(&["--processes", number]).refused(2);
        let expected = format!("invalid value `{number}` for --processes: expected a whole number from 1 to 1024");
        assert_eq!(line, expected);
    }
}

#[test]
fn a_number_type_that_the_cpu_lacks_is_refused() {
    let line = bench().run(&["--device", "cpu", "--dtype", "f16"]).refused(2);
    assert_eq!(line, "device `cpu` cannot be used: it has no products of f16; use `--dtype f32`");
    if lacks_bf16() {
        let line = bench().run(&["--device", "cpu", "--dtype", "bf16"]).refused(2);
        assert!(line.starts_with("device `cpu` cannot be used: this processor has no AVX512-BF16"), "{line}");
        assert!(line.ends_with("use `--dtype f32`"), "{line}");
    }
}

#[test]
fn a_template_file_is_checked_once_and_at_once() {
    let bench = bench();
    let line = bench.run(&["--template", "none.jinja"]).refused(66);
    assert!(line.starts_with("none.jinja: cannot be read: "), "{line}");
    bench.write("bad.jinja", "{% for x in %}");
    let line = bench.run(&["--template", "bad.jinja"]).refused(65);
    assert!(line.starts_with("bad.jinja: the chat template is not valid: "), "{line}");
}

#[test]
fn values_out_of_range_name_their_flag() {
    for (flag, value) in [("--epsilon", "1"), ("--steps", "0"), ("--device", "tpu"), ("--sequence-length", "1")] {
        let line = bench().run(&[flag, value]).refused(2);
        assert!(line.starts_with(&format!("invalid value `{value}` for {flag}: ")), "{line}");
    }
}

#[test]
fn competitions_that_do_not_add_up_are_refused() {
    let bench = bench();
    bench.write("weighhouse.toml", "[competitions.l3]\nreward_share = 0.5\n");
    let line = bench.run(&[]).refused(65);
    assert_eq!(line, "weighhouse.toml: the reward shares of all competitions sum to 0.5; make it 1");
}
