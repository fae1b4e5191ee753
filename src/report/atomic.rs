//! Files that appear whole or not at all: written under a temporary name in the same folder, then renamed.
//! A reader, or a run after a crash, never sees half a file.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::error::ReportError;

/// Writes `path` by `fill`; on any error the old file, if there was one, stays as it was.
pub(super) fn write_with(
    path: &Path,
    fill: impl FnOnce(&mut File) -> Result<(), ReportError>,
) -> Result<(), ReportError> {
    let mut file = temporary_in(folder_of(path)).map_err(ReportError::file(path))?;
    fill(file.as_file_mut())?;
    file.persist(path).map_err(|error| ReportError::file(path)(error.error))?;
    Ok(())
}

/// Writes `bytes` as the file `path`.
pub(crate) fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    write_with(path, |file| file.write_all(bytes).map_err(ReportError::file(path)))
}

/// A temporary file in `folder` that, once renamed, is as readable as any file the user makes there.
pub(super) fn temporary_in(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".weighhouse-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_keeps_the_old_file_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write_bytes(&path, b"old").unwrap();
        let failed = write_with(&path, |file| {
            file.write_all(b"half").unwrap();
            Err(ReportError::file(&path)(io::Error::other("disk full")))
        });
        assert!(failed.unwrap_err().to_string().contains("disk full"));
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_what_the_umask_allows() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (ours, plain) = (folder.path().join("ours"), folder.path().join("plain"));
        write_bytes(&ours, b"x").unwrap();
        std::fs::write(&plain, b"x").unwrap();
        let mode = |path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(ours), mode(plain));
    }

    #[test]
    fn a_missing_folder_is_an_error_naming_the_file() {
        let error = write_bytes(Path::new("/no/such/folder/file.txt"), b"x").unwrap_err();
        assert!(error.to_string().contains("/no/such/folder/file.txt"));
    }
}
