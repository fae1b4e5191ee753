//! Tells the crate which git commit it is built from: `WEIGHHOUSE_COMMIT` where it is set (a packager knows best),
//! otherwise what git says of this folder. Without git, or in a tarball, there is no commit and the build goes on.
//! It runs again only when the checked-out commit changes. With the feature `cuda` it compiles our own kernels too.

use std::error::Error;
use std::path::Path;
use std::process::Command;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=WEIGHHOUSE_COMMIT");
    let version = env!("CARGO_PKG_VERSION");
    match given_commit().or_else(git_commit) {
        Some(commit) => {
            println!("cargo:rustc-env=WEIGHHOUSE_COMMIT={commit}");
            println!("cargo:rustc-env=WEIGHHOUSE_VERSION={version} ({commit})");
        }
        None => println!("cargo:rustc-env=WEIGHHOUSE_VERSION={version}"),
    }
    #[cfg(feature = "cuda")]
    compile_kernels()?;
    Ok(())
}

/// Compiles `src/engine/cuda/*.cu` to PTX, and writes a constant with the text of each.
#[cfg(feature = "cuda")]
fn compile_kernels() -> Result<(), Box<dyn Error>> {
    let folder = Path::new("src/engine/cuda");
    let mut headers = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("h") => headers.push(path.clone()),
            Some("cu") => {}
            _ => continue,
        }
        println!("cargo:rerun-if-changed={}", path.display());
    }
    let kernels = cudaforge::KernelBuilder::new().source_dir(folder).watch(headers).args(["-std=c++17", "-O3"]);
    kernels.build_ptx()?.write(Path::new(&std::env::var("OUT_DIR")?).join("cuda_kernels.rs"))?;
    Ok(())
}

fn given_commit() -> Option<String> {
    std::env::var("WEIGHHOUSE_COMMIT").ok().filter(|commit| !commit.is_empty())
}

/// The commit of the checkout that this folder is the root of, not of one that merely surrounds it.
fn git_commit() -> Option<String> {
    let root = git(&["rev-parse", "--show-toplevel"])?;
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).canonicalize().ok()?;
    if Path::new(&root).canonicalize().ok()? != here {
        return None;
    }
    // The log of HEAD grows with every commit and checkout; HEAD itself only names a branch.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"]).filter(|log| Path::new(log).exists());
    if let Some(log) = log {
        println!("cargo:rerun-if-changed={log}");
    }
    git(&["rev-parse", "--short=12", "HEAD"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
