//! `weighhouse.toml`.

use weighhouse::cli::{ConfigFile, keys};

use crate::harness::Target;

pub const SETTINGS: Target = Target {
    name: "settings",
    run: |case, folder| {
        let path = folder.join("weighhouse.toml");
        std::fs::write(&path, case.bytes()).unwrap();
        ConfigFile::find(Some(&path), &keys()).map_or_else(|error| error.to_string(), |_| "read".into())
    },
    dictionary: &[
        "[competitions.a]",
        "reward_share",
        "max_parameters",
        "architectures",
        "epsilon",
        "preset",
        "seed",
        "out",
        "=",
        "\"\"\"",
        "'''",
        "[[",
        "]]",
        "{",
        "}",
        "1979-05-27T07:32:00Z",
        "0x",
        "inf",
        "nan",
        "_",
        "\\U0010FFFF",
        ".a.a",
    ],
    also: Vec::new,
    inputs: 2000,
};
