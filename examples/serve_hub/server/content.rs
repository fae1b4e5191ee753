//! The bytes of a file: in memory, made on demand, or on disk. All three are a length and a way to read at an offset,
//! so a file of many gigabytes needs no memory.

use std::fs;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use sha1::Sha1;
use sha2::{Digest, Sha256};

/// How much is read, hashed and sent at a time.
pub const CHUNK: usize = 64 * 1024;

type Fill = dyn Fn(u64, &mut [u8]) -> io::Result<()> + Send + Sync;

/// Some bytes that can be read at any offset below `len`; clones share them.
#[derive(Clone)]
pub struct Content {
    len: u64,
    fill: Arc<Fill>,
}

impl Content {
    /// Bytes held in memory.
    pub fn bytes(bytes: Arc<[u8]>) -> Self {
        Self::lazy(bytes.len() as u64, move |at, out| {
            out.copy_from_slice(&bytes[at as usize..at as usize + out.len()]);
        })
    }

    /// `len` bytes made on demand: `fill` writes the bytes from an offset on.
    pub fn lazy(len: u64, fill: impl Fn(u64, &mut [u8]) + Send + Sync + 'static) -> Self {
        let fill = move |at, out: &mut [u8]| {
            fill(at, out);
            Ok(())
        };
        Self { len, fill: Arc::new(fill) }
    }

    /// `len` zeros.
    pub fn zeros(len: u64) -> Self {
        Self::lazy(len, |_, out| out.fill(0))
    }

    /// A file on disk, read when it is asked for.
    pub fn disk(path: PathBuf) -> io::Result<Self> {
        let len = fs::metadata(&path)?.len();
        let fill = move |at, out: &mut [u8]| {
            let mut file = fs::File::open(&path)?;
            file.seek(SeekFrom::Start(at))?;
            file.read_exact(out)
        };
        Ok(Self { len, fill: Arc::new(fill) })
    }

    /// The same bytes, but for the one at `offset`, whose bits are all turned.
    pub fn flipped(self, offset: u64) -> Self {
        let fill = move |at, out: &mut [u8]| {
            (self.fill)(at, out)?;
            if let Some(byte) = offset.checked_sub(at).and_then(|index| out.get_mut(index as usize)) {
                *byte = !*byte;
            }
            Ok(())
        };
        Self { len: self.len, fill: Arc::new(fill) }
    }

    /// How many bytes there are.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Fills `out` with the bytes from `at` on.
    pub fn read_at(&self, at: u64, out: &mut [u8]) -> io::Result<()> {
        (self.fill)(at, out)
    }

    /// The sha256 of the bytes, in hex: the oid of an LFS file.
    pub fn sha256(&self) -> io::Result<String> {
        self.digest(Sha256::new())
    }

    /// The sha1 that git gives the bytes as a blob, in hex: the oid of a file that is not in LFS.
    pub fn blob_id(&self) -> io::Result<String> {
        self.digest(Sha1::new_with_prefix(format!("blob {}\0", self.len)))
    }

    fn digest(&self, mut digest: impl Digest) -> io::Result<String> {
        let mut buffer = vec![0; CHUNK];
        let mut at = 0;
        while at < self.len {
            let chunk = &mut buffer[..(self.len - at).min(CHUNK as u64) as usize];
            self.read_at(at, chunk)?;
            digest.update(&*chunk);
            at += chunk.len() as u64;
        }
        Ok(hex(&digest.finalize()))
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::bytes(text.into_bytes().into())
    }
}

/// The sha1 of a text, in hex.
pub fn sha1_hex(text: &str) -> String {
    hex(&Sha1::digest(text))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
