//! Serves folders as Hugging Face model repositories on loopback, so that a hub's client can be tried without a network,
//! and with faults. `shelf/NAMESPACE/NAME` becomes the repository NAMESPACE/NAME, its files one commit on `main`:
//!
//!     mkdir shelf && ln -s "$PWD/fixtures/models" shelf/tiny
//!     cargo run --example serve_hub -- shelf --port 8000 --fault 'GET /cdn/=cut:100000:2'
//!     HF_ENDPOINT=http://127.0.0.1:8000 weighhouse pull submissions.jsonl

mod server;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io, thread};

use clap::Parser;

use server::{Fault, SYNTAX, Server, Site};

/// Serve folders as Hugging Face model repositories on loopback.
#[derive(Parser)]
#[command(name = "serve_hub")]
struct Args {
    /// Holds a folder per namespace, which holds a folder per repository; its files become one commit on `main`.
    root: PathBuf,
    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The token that gated and private repositories ask for.
    #[arg(long, default_value = "hf_test")]
    token: String,
    /// A repository (NAMESPACE/NAME) whose files need the token.
    #[arg(long, value_name = "REPO")]
    gated: Vec<String>,
    /// A repository (NAMESPACE/NAME) that exists only for those who send the token.
    #[arg(long, value_name = "REPO")]
    private: Vec<String>,
    /// Entries per page of a tree listing.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    page_size: u32,
    /// Redirect small files too (307, a relative location), as the Hub does.
    #[arg(long)]
    resolve_cache: bool,
    /// Something to go wrong.
    #[arg(long, value_name = "FAULT", long_help = SYNTAX)]
    fault: Vec<Fault>,
}

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("serve_hub: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> io::Result<()> {
    let port = args.port;
    let site = site(args)?;
    let repos: Vec<String> = site.repos.keys().cloned().collect();
    let server = Server::start_on(port, site, |seen| eprintln!("{seen}"))?;
    println!("serving {} at {} (files in LFS at {})", repos.join(", "), server.url(), server.cdn_url());
    println!("use it with HF_ENDPOINT={}; stop it with ctrl-c", server.url());
    eprintln!("status method path range token bytes");
    loop {
        thread::park();
    }
}

fn site(args: Args) -> io::Result<Site> {
    let mut site = Site { faults: args.fault, page_size: args.page_size as usize, ..Site::default() };
    site.resolve_cache = args.resolve_cache;
    for (namespace, path) in folders(&args.root)? {
        for (name, path) in folders(&path)? {
            site.repo(&format!("{namespace}/{name}")).folder(&path)?;
        }
    }
    if let Some(id) = args.gated.iter().chain(&args.private).find(|id| !site.repos.contains_key(*id)) {
        return Err(io::Error::other(format!("there is no {id} in {}", args.root.display())));
    }
    for id in &args.gated {
        site.repo(id).gated(&[&args.token]);
    }
    for id in &args.private {
        site.repo(id).private(&[&args.token]);
    }
    Ok(site)
}

/// The folders in a folder, by name.
fn folders(root: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let entries = fs::read_dir(root).map_err(|error| io::Error::other(format!("{}: {error}", root.display())))?;
    let paths: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(paths.into_iter().filter(|path| path.is_dir()).map(|path| (name(&path), path)).collect())
}
