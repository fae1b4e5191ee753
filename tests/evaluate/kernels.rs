//! The same models by the fastest kernels and by the portable ones, over one store.

use crate::workbench::{Workbench, root};

fn bench() -> Workbench {
    let [hasty, stablelm] = ["llama-hasty", "stablelm-first"].map(|name| root().join("fixtures/models").join(name));
    Workbench::with_models(&[&hasty, &stablelm])
}

fn losses(bench: &Workbench) -> Vec<f64> {
    bench.table("losses").floats("loss").into_iter().map(Option::unwrap).collect()
}

/// The value of `kernels` in the record of the run into `out`, and where it came from.
fn recorded(bench: &Workbench) -> [String; 2] {
    let record = bench.record("out");
    let settings = record["settings"].as_array().unwrap();
    let found = settings.iter().find(|setting| setting["key"] == "kernels").unwrap();
    ["value", "source"].map(|part| found[part].as_str().unwrap().to_owned())
}

#[test]
fn portable_kernels_agree_and_are_measured_anew() {
    let bench = bench();
    bench.run(&[]).succeeded();
    assert_eq!((bench.stored(), recorded(&bench)), (12, ["fused", "default"].map(str::to_owned)));
    let (fused, tables) = (losses(&bench), bench.tables("out"));

    let run = bench.run(&["--kernels", "portable"]).succeeded();
    assert!(!run.stderr().contains("from the store"), "{}", run.stderr());
    assert_eq!((bench.stored(), &recorded(&bench)[0]), (24, &"portable".to_owned()));
    let portable = losses(&bench);
    assert!(portable.len() == 12 && portable != fused, "not one loss was rounded in another way");
    for (portable, fused) in portable.iter().zip(&fused) {
        assert!((portable - fused).abs() <= 1e-5, "{portable} against {fused}");
    }

    for flags in [&["--kernels", "portable"][..], &[]] {
        let again = bench.run(flags).succeeded();
        assert_eq!(again.stderr().matches("from the store").count(), 2, "{}", again.stderr());
    }
    assert_eq!(bench.stored(), 24);
    assert!(bench.tables("out") == tables, "losses of the two were mixed");
}
