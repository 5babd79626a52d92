//! The file that the root key is written to, as AWS's clients read it.

use std::io;
use std::path::Path;

use control::Credentials;

use crate::private_file;

/// In the data directory.
pub(super) const FILE: &str = "root-credentials";

/// For its owner alone, and on the disk when this returns.
pub(super) fn write(file: &Path, credentials: &Credentials) -> io::Result<()> {
    let Credentials { access_key_id, secret_access_key } = credentials;
    let text = format!(
        "[default]\naws_access_key_id = {access_key_id}\naws_secret_access_key = {secret_access_key}\n"
    );
    private_file::write(file, &text)
}
