//! The `weighhouse` binary: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    weighhouse::cli::main()
}
