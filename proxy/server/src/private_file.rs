//! Files that are for their owner alone: keys.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Writes a file, which is whole and on the disk when this returns.
pub(crate) fn write(file: &Path, text: &str) -> io::Result<()> {
    let partial = file.with_extension("partial");
    if partial.exists() {
        fs::remove_file(&partial)?;
    }
    let mut written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&partial)?;
    written.write_all(text.as_bytes())?;
    written.sync_all()?;
    rename(&partial, file)
}

/// Renames a file, and makes sure that it stays so after a loss of power.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    match to.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
