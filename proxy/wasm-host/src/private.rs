//! Whether a file is this user's and nobody else's. Not for the files that are served.

use std::fs::Metadata;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// What the group and all others may do: nothing.
const OTHERS: u32 = 0o077;

/// What is wrong with a file's owner or mode, and what to do about it.
pub(crate) fn problem(path: &Path, metadata: &Metadata) -> Option<String> {
    let user = rustix::process::geteuid().as_raw();
    if metadata.uid() != user {
        let owner = metadata.uid();
        return Some(format!("it belongs to user {owner}, and this process runs as user {user}"));
    }
    let mode = metadata.permissions().mode() & 0o7777;
    (mode & OTHERS != 0).then(|| {
        let path = path.display();
        format!("others may use it (mode {mode:04o}); close it with `chmod go= {path}`")
    })
}
