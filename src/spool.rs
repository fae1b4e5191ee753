//! Bytes set aside: appended now, read back later by their place. A little stays in memory; more goes to a temporary
//! file without a name, which the system removes when the process ends, however it ends.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

use tempfile::SpooledTempFile;

/// What stays in memory before anything goes to disk.
const IN_MEMORY: usize = 8 << 20;

/// An append-only heap of bytes.
#[derive(Debug)]
pub struct Spool {
    file: Mutex<SpooledTempFile>,
    length: u64,
}

impl Default for Spool {
    fn default() -> Self {
        Self { file: Mutex::new(SpooledTempFile::new(IN_MEMORY)), length: 0 }
    }
}

impl Spool {
    /// Takes `bytes` and gives their place.
    ///
    /// # Errors
    /// The folder for temporary files cannot be written, or is full.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let file = self.file.get_mut().unwrap_or_else(PoisonError::into_inner);
        let place = self.length;
        file.seek(SeekFrom::Start(place))?;
        file.write_all(bytes).map_err(|error| named(&error))?;
        self.length += bytes.len() as u64;
        Ok(place)
    }

    /// Reads `length` bytes from `place` on.
    ///
    /// # Errors
    /// The temporary file cannot be read.
    pub fn read(&self, place: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(place))?;
        let mut bytes = vec![0; length];
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// The error, with the folder and what a person can do.
fn named(error: &io::Error) -> io::Error {
    let folder = std::env::temp_dir();
    let message = format!(
        "the folder for temporary files, {}, cannot take more: {error}; make room or name another in TMPDIR",
        folder.display()
    );
    io::Error::new(error.kind(), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_aside_comes_back_from_memory_and_from_disk() {
        let mut spool = Spool::default();
        let piece = |n: usize| vec![n as u8; 1 + n * 100_003 % 3_000_000];
        let places: Vec<u64> = (0..20).map(|n| spool.append(&piece(n)).unwrap()).collect();
        assert!(spool.length > 2 * IN_MEMORY as u64 && spool.file.lock().unwrap().is_rolled());
        for (n, place) in places.into_iter().enumerate().rev() {
            assert_eq!(spool.read(place, piece(n).len()).unwrap(), piece(n));
        }
        let again = spool.append(b"more").unwrap();
        assert_eq!(spool.read(again, 4).unwrap(), b"more", "appending goes on at the end after reading");
        assert!(spool.read(again, 5).is_err());
    }
}
