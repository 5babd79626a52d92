//! The file that the root key is written to, as AWS's clients read it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use control::Credentials;

/// In the data directory.
pub(super) const FILE: &str = "root-credentials";

/// For its owner alone, and on the disk when this returns.
pub(super) fn write(file: &Path, credentials: &Credentials) -> io::Result<()> {
    let Credentials { access_key_id, secret_access_key } = credentials;
    let partial = file.with_extension("partial");
    if partial.exists() {
        fs::remove_file(&partial)?;
    }
    let mut written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&partial)?;
    writeln!(
        written,
        "[default]\naws_access_key_id = {access_key_id}\naws_secret_access_key = {secret_access_key}"
    )?;
    written.sync_all()?;
    fs::rename(partial, file)?;
    match file.parent() {
        Some(folder) => fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
