//! The program that runs a kernel: compiled once, then given one case after another.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// The last one: the stand-in jumps between stacks, which a fortified `longjmp` takes for an error.
const FLAGS: [&str; 6] = ["-std=c++17", "-O2", "-Wall", "-Wextra", "-Werror", "-U_FORTIFY_SOURCE"];

const NO_COMPILER: &str = "there is no C++ compiler; install g++ or clang++, or name one in CXX";

/// A case for `harness.cpp`, which says what its line and its arrays mean.
pub struct Case {
    pub line: String,
    pub arrays: Vec<Vec<u8>>,
}

impl Case {
    /// The bytes that the kernel writes; `None` where there is no C++ compiler.
    pub fn run(&self) -> Option<Vec<u8>> {
        let output = self.output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {errors}", self.line);
        Some(output.stdout)
    }

    fn output(&self) -> Option<Output> {
        let mut child = Command::new(program()?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the compiled harness starts");
        let mut input = child.stdin.take().expect("standard input is piped");
        input.write_all(&self.bytes()).expect("the harness reads its whole case");
        drop(input);
        Some(child.wait_with_output().expect("the harness ends"))
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{}\n", self.line).into_bytes();
        for array in &self.arrays {
            bytes.extend((array.len() as u64).to_ne_bytes());
            bytes.extend(array);
        }
        bytes
    }
}

/// The compiled harness; `None` where there is no C++ compiler.
///
/// # Panics
/// There is none and the environment says that there must be.
fn program() -> Option<&'static Path> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| compiler().map(|compiler| compile(&compiler)));
    if program.is_none() {
        assert!(std::env::var("WEIGHHOUSE_CXX").as_deref() != Ok("required"), "{NO_COMPILER}");
        eprintln!("skipped: {NO_COMPILER}");
    }
    program.as_deref()
}

/// The compiler that CXX names, or the first of the usual ones that there is.
fn compiler() -> Option<String> {
    if let Ok(named) = std::env::var("CXX") {
        return Some(named);
    }
    let starts = |name: &&str| Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success());
    ["c++", "g++", "clang++"].iter().find(|name| starts(name)).map(|name| (*name).to_owned())
}

fn compile(compiler: &str) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cuda_kernels/harness.cpp");
    // One per process, so that two runs of the tests do not write one file.
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cuda_kernels-{}", std::process::id()));
    let output = Command::new(compiler).args(FLAGS).arg(source).arg("-o").arg(&program).output();
    let output = output.unwrap_or_else(|error| panic!("{compiler} does not start: {error}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    program
}

/// Runs a test of this program where no compiler is found.
fn without_compiler(variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
    command.args(["--exact", "gate::a_fault_does_not_vanish", "--nocapture"]).env_clear().env("PATH", "/nowhere");
    command.envs(variables.iter().copied()).output().expect("this program starts")
}

#[test]
fn without_a_compiler_a_test_says_that_it_is_skipped_and_fails_where_it_must_not_be() {
    let skipped = without_compiler(&[]);
    assert!(skipped.status.success(), "{skipped:?}");
    assert!(String::from_utf8_lossy(&skipped.stderr).contains(&format!("skipped: {NO_COMPILER}")), "{skipped:?}");
    let failed = without_compiler(&[("WEIGHHOUSE_CXX", "required")]);
    let errors = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert!(!failed.status.success() && errors.contains(NO_COMPILER) && !errors.contains("skipped: "), "{errors}");
}
