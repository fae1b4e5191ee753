//! What can be known of a repository before its weights are fetched: its files at one commit, its configuration and
//! tokenizer, the headers of its weight files, its hashes. The texts are fetched on the way; of the weights only the
//! headers travel, by Range.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::PathBuf;

use super::client::{Client, broken};
use super::download::{Download, Watch, holds};
use super::error::HubError;
use super::fingerprint::{Fingerprint, HashedFile, base64_of_hex, hash_path};
use super::listing::{Digest, Listing, RemoteFile};
use super::patience::{Fault, Pace};
use super::reference::RepoReference;
use super::{Hub, Need};
use crate::engine::files::{INDEX, WEIGHTS, shard_names};
use crate::engine::weights::WeightSummary;
use crate::reporter::Transfer;

/// Largest text of a model, in bytes: such files are read whole, and take many times as much memory.
const LONGEST_TEXT: u64 = 16 << 20;
/// The same of a tokenizer; the largest that are known hold half as much.
const LONGEST_TOKENIZER: u64 = 64 << 20;
/// Most bytes of files without a SHA-256 that are fetched of a model.
const MOST_SMALL: u64 = 256 << 20;
/// Longest header of a safetensors file, as the format has it, and of all those of a model together.
const LONGEST_HEADER: u64 = 100_000_000;
/// What is asked for first of a weight file: most headers fit.
const FIRST_PIECE: u64 = 64 << 10;
/// Endings of weights that are not read.
const OTHER_WEIGHTS: [&str; 10] =
    [".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".h5", ".msgpack", ".onnx", ".gguf"];

/// A repository that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Its files at the commit.
    pub listing: Listing,
    /// The folder that shows them; the weights are there once they were pulled.
    pub folder: PathBuf,
    /// Its configuration, tokenizer and the like, which are there.
    pub texts: Vec<RemoteFile>,
    /// Its weight files.
    pub weights: Vec<RemoteFile>,
}

/// The header of a weight file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeightHeader {
    /// The file, for messages.
    pub file: PathBuf,
    /// Its size.
    pub file_bytes: u64,
    /// Its first bytes: the length of the header, and the header.
    pub bytes: Vec<u8>,
}

impl Hub<'_> {
    /// Looks a model up, checks its size against `limit`, and fetches all that is needed of it but the weights.
    ///
    /// # Errors
    /// The repository cannot be had, or is refused.
    pub fn survey(&self, reference: &RepoReference, need: Need, limit: Option<u64>) -> Result<Survey, HubError> {
        let listing = self.client()?.list(reference, &|| self.stopped())?;
        let bytes = listing.bytes();
        if let Some(limit) = limit.filter(|limit| bytes > *limit) {
            return Err(HubError::TooLarge { model: listing.label(), bytes, limit });
        }
        let (indices, whole) = weights_in(&listing, need)?;
        self.hold(&listing.reference.id, &listing.commit)?;
        let known = listing.files.iter().filter(|file| need.reads(&file.path));
        let texts: Vec<RemoteFile> = known.chain(indices.iter().copied()).cloned().collect();
        for text in &texts {
            self.fetch_text(&listing, text)?;
        }
        let mut weights: Vec<RemoteFile> = whole.into_iter().cloned().collect();
        for index in indices {
            weights.extend(self.shards_of(&listing, index)?);
        }
        // A branch `a` and a branch `a/b` cannot both be written down; the models can be had all the same.
        if let Err(error) = self.cache.remember(&listing) {
            self.reporter.warn(&format!("{reference} will not be found offline: {error}"));
        }
        refuse_small_weights(&listing, &weights)?;
        let folder = self.cache.snapshot(&listing.reference.id, &listing.commit);
        Ok(Survey { listing, folder, texts, weights })
    }

    fn fetch_text(&self, listing: &Listing, file: &RemoteFile) -> Result<(), HubError> {
        let longest = if file.path.split().1 == "tokenizer.json" { LONGEST_TOKENIZER } else { LONGEST_TEXT };
        if file.bytes > longest {
            let problem = format!("{} holds {} bytes; at most {longest} are read", file.path, file.bytes);
            return Err(HubError::answer(&listing.reference, &problem));
        }
        self.fetch(listing, file, &Unseen(self))
    }

    /// The weight files that an index names.
    fn shards_of(&self, listing: &Listing, index: &RemoteFile) -> Result<Vec<RemoteFile>, HubError> {
        let path = self.path_of(listing, index);
        let text = std::fs::read(&path).map_err(HubError::read(&path))?;
        let names = shard_names(&text)
            .map_err(|problem| HubError::answer(&listing.reference, &format!("{}: {problem}", index.path)))?;
        let shard = |name: String| {
            let path = match index.path.split().0 {
                "" => name,
                folder => format!("{folder}/{name}"),
            };
            let found = listing.file(&path).cloned();
            found.ok_or_else(|| HubError::Incomplete { repo: listing.label(), file: path })
        };
        names.into_iter().map(shard).collect()
    }

    /// The headers of all weight files, from the cache where they are, else by Range.
    ///
    /// # Errors
    /// One cannot be had, or cannot be a header, or all together are too long.
    pub fn headers(&self, survey: &Survey) -> Result<Vec<WeightHeader>, HubError> {
        let mut sum = 0;
        let header = |file: &RemoteFile| {
            let bytes = match self.header_here(&survey.listing, file) {
                Some(bytes) => bytes,
                None => self.header_there(&survey.listing, file)?,
            };
            sum += bytes.len() as u64;
            if sum > LONGEST_HEADER {
                let problem = format!("the headers of its weights hold more than {LONGEST_HEADER} bytes");
                return Err(HubError::answer(&survey.listing.reference, &problem));
            }
            Ok(WeightHeader { file: self.path_of(&survey.listing, file), file_bytes: file.bytes, bytes })
        };
        survey.weights.iter().map(header).collect()
    }

    /// The header as the cache has it, if it may be right: what is damaged is fetched again, and no reason to skip.
    fn header_here(&self, listing: &Listing, file: &RemoteFile) -> Option<Vec<u8>> {
        let path = self.cache.blob(&listing.reference.id, &file.digest);
        let mut reader = File::open(&path).ok()?;
        let mut bytes = vec![0; 8];
        reader.read_exact(&mut bytes).ok()?;
        let whole = header_length(listing, file, &bytes).ok()?;
        bytes.resize(whole as usize, 0);
        reader.read_exact(&mut bytes[8..]).ok()?;
        WeightSummary::of_headers([(path.as_path(), file.bytes, bytes.as_slice())]).is_ok().then_some(bytes)
    }

    fn header_there(&self, listing: &Listing, file: &RemoteFile) -> Result<Vec<u8>, HubError> {
        let mut bytes = self.piece(listing, file, 0, FIRST_PIECE.min(file.bytes))?;
        let whole = header_length(listing, file, &bytes)?;
        if whole > bytes.len() as u64 {
            bytes.extend(self.piece(listing, file, bytes.len() as u64, whole)?);
        }
        bytes.truncate(whole as usize);
        bytes.shrink_to_fit();
        Ok(bytes)
    }

    /// The bytes of a file from `from` up to `to`.
    fn piece(&self, listing: &Listing, file: &RemoteFile, from: u64, to: u64) -> Result<Vec<u8>, HubError> {
        let client = self.client()?;
        let what = format!("{} {}", listing.label(), file.path);
        client.patience().retry(&what, &|| self.stopped(), |_| read_piece(client, listing, file, from..to))
    }

    /// The hashes of a model by which it is known: of files that are here from their bytes, of others from the listing.
    /// With `all`, the hash of the whole folder too, for which the small files that are not needed otherwise are fetched.
    ///
    /// # Errors
    /// A file cannot be fetched or read.
    pub fn fingerprint(&self, survey: &Survey, all: bool) -> Result<Fingerprint, HubError> {
        let listing = &survey.listing;
        let is_wanted = |file: &&RemoteFile| all || survey.texts.contains(file) || survey.weights.contains(file);
        let small = listing.files.iter().filter(|file| matches!(file.digest, Digest::Git(_))).filter(is_wanted);
        let bytes = small.fold(0_u64, |sum, file| sum.saturating_add(file.bytes));
        if bytes > MOST_SMALL {
            let problem = format!("its small files hold {bytes} bytes; at most {MOST_SMALL} are fetched");
            return Err(HubError::answer(&listing.reference, &problem));
        }
        let mut files = Vec::new();
        for file in &listing.files {
            let decisive = survey.texts.contains(file) || survey.weights.contains(file);
            let sha256 = match &file.digest {
                Digest::Sha256(hex) => base64_of_hex(hex),
                Digest::Git(_) if decisive || all => {
                    self.fetch(listing, file, &Unseen(self))?;
                    hash_path(&self.path_of(listing, file))?
                }
                Digest::Git(_) => continue,
            };
            files.push(HashedFile { path: file.path.to_string(), sha256, decisive });
        }
        Ok(Fingerprint::of_files(files, all))
    }

    /// Fetches a weight file, unless it is here, and shows how far it is.
    ///
    /// # Errors
    /// As [`Hub::fetch`].
    pub(super) fn fetch_weights(&self, listing: &Listing, file: &RemoteFile) -> Result<(), HubError> {
        let name = format!("{} {}", listing.label(), file.path);
        self.fetch(listing, file, &Seen { hub: self, name, bytes: file.bytes })
    }

    /// Fetches a file, unless it is here, and shows it in the snapshot.
    ///
    /// # Errors
    /// It cannot be had, is not what was listed, or cannot be written.
    fn fetch(&self, listing: &Listing, file: &RemoteFile, watch: &dyn Watch) -> Result<(), HubError> {
        let client = self.client()?;
        let _lock = self.cache.lock(&listing.reference.id, &file.digest, &|| self.stopped())?;
        let blob = self.cache.blob(&listing.reference.id, &file.digest);
        if holds(&blob, file)? {
            self.ledger.share(&self.cache, listing, file)?;
            return self.cache.link(listing, file);
        }
        if blob.exists() {
            self.reporter.warn(&format!("{} is damaged and is fetched again", blob.display()));
        } else {
            self.ledger.note(&self.cache, listing, file)?;
        }
        watch.begins();
        let result = Download { client, cache: &self.cache, listing, file, watch }.run();
        watch.ends(result.is_ok());
        result?;
        self.cache.link(listing, file)
    }

    pub(super) fn path_of(&self, listing: &Listing, file: &RemoteFile) -> PathBuf {
        file.path.below(&self.cache.snapshot(&listing.reference.id, &listing.commit))
    }
}

/// Large files come with a SHA-256 and by Range; weights that do not are the work of a hub that is none.
fn refuse_small_weights(listing: &Listing, weights: &[RemoteFile]) -> Result<(), HubError> {
    let odd = |file: &&RemoteFile| matches!(file.digest, Digest::Git(_)) && file.bytes > LONGEST_TEXT;
    match weights.iter().find(odd) {
        Some(file) => {
            let problem = format!("{} holds {} bytes and is listed without a SHA-256", file.path, file.bytes);
            Err(HubError::answer(&listing.reference, &problem))
        }
        None => Ok(()),
    }
}

/// The files that say which weights there are: indices, or the weights themselves where they are in one file.
///
/// # Errors
/// There are none that can be read, or only such as run code when they are opened.
fn weights_in(listing: &Listing, need: Need) -> Result<(Vec<&RemoteFile>, Vec<&RemoteFile>), HubError> {
    let named = |name: &str| -> Vec<&RemoteFile> {
        listing.files.iter().filter(|file| need.reaches(&file.path) && file.path.split().1 == name).collect()
    };
    let (indices, whole) = (named(INDEX), named(WEIGHTS));
    match (whole.is_empty(), indices.is_empty()) {
        (false, _) => Ok((Vec::new(), whole)),
        (true, false) => Ok((indices, whole)),
        (true, true) => Err(without_weights(listing)),
    }
}

fn without_weights(listing: &Listing) -> HubError {
    let other = |path: &&str| OTHER_WEIGHTS.iter().any(|ending| path.ends_with(ending));
    let files: Vec<&str> = listing.files.iter().map(|file| file.path.as_str()).filter(other).take(3).collect();
    match files.is_empty() {
        true => HubError::Incomplete { repo: listing.label(), file: WEIGHTS.into() },
        false => HubError::Pickle { repo: listing.label(), files: files.join(", ") },
    }
}

fn read_piece(client: &Client, listing: &Listing, file: &RemoteFile, part: Range<u64>) -> Result<Vec<u8>, Fault> {
    let Range { start: from, end: to } = part;
    let refuse = |problem: &str| HubError::answer(&listing.reference, &format!("{} {problem}", file.path));
    let mut stream = client.open(listing, file, from, Some(to))?;
    if stream.total.is_some_and(|total| total != file.bytes) {
        return Err(refuse("is sent with another size than the hub lists").into());
    }
    if stream.from != 0 && stream.from != from {
        return Err(refuse("is sent from another byte than was asked for").into());
    }
    let mut bytes = Vec::new();
    let (mut skip, mut pace) = (from - stream.from, Pace::new(client.patience()));
    let mut piece = [0; 1 << 16];
    while (bytes.len() as u64) < to - from {
        let read = match stream.reader.read(&mut piece) {
            Ok(0) => return Err(Fault::again("the connection ended early")),
            Ok(read) => read,
            Err(error) => return Err(Fault::again(broken(&error))),
        };
        pace.note(read as u64)?;
        let skipped = skip.min(read as u64);
        skip -= skipped;
        bytes.extend_from_slice(&piece[skipped as usize..read]);
    }
    bytes.truncate((to - from) as usize);
    Ok(bytes)
}

/// Length of the header with the number before it, if it can be one.
fn header_length(listing: &Listing, file: &RemoteFile, start: &[u8]) -> Result<u64, HubError> {
    let refuse = |problem: String| HubError::answer(&listing.reference, &format!("{} {problem}", file.path));
    let Some(number) = start.first_chunk::<8>() else {
        return Err(refuse("is too short for a safetensors file".into()));
    };
    let length = u64::from_le_bytes(*number);
    if length > LONGEST_HEADER || length + 8 > file.bytes {
        return Err(refuse(format!("has a header of {length} bytes, which no safetensors file of its size has")));
    }
    Ok(length + 8)
}

/// Nobody watches small files.
struct Unseen<'a>(&'a Hub<'a>);

impl Watch for Unseen<'_> {
    fn stopped(&self) -> bool {
        self.0.stopped()
    }
}

/// Tells the listener how far a file is.
struct Seen<'a> {
    hub: &'a Hub<'a>,
    name: String,
    bytes: u64,
}

impl Watch for Seen<'_> {
    fn stopped(&self) -> bool {
        self.hub.stopped()
    }

    fn begins(&self) {
        self.hub.reporter.transfer(Transfer::Began { file: &self.name, bytes: self.bytes });
    }

    fn at(&self, bytes: u64) {
        self.hub.reporter.transfer(Transfer::At { file: &self.name, bytes });
    }

    fn ends(&self, whole: bool) {
        self.hub.reporter.transfer(Transfer::Ended { file: &self.name, bytes: self.bytes, whole });
    }
}
