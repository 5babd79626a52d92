//! The root key: given, or made by the first start and left in a file.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use control::{Ambient, Credentials};
use store::Store;

use crate::arguments::Serve;

/// In the data directory.
const FILE: &str = "root-credentials";

/// Sees to it that the account has a root key: the one that is given, or else one that is there, or
/// else a new one.
///
/// # Errors
/// If it cannot be kept.
pub(super) fn ensure(serve: &Serve, store: &Store, ambient: &dyn Ambient) -> anyhow::Result<()> {
    let credentials = match (&serve.root_access_key_id, &serve.root_secret_access_key) {
        (Some(id), Some(secret)) => {
            Credentials { access_key_id: id.clone(), secret_access_key: secret.clone() }
        }
        _ if control::has_root_key(store)? => return Ok(()),
        _ => {
            let made = Credentials::generate(ambient);
            let file = serve.node.data_dir.join(FILE);
            // Before it is good: a key that nobody was told would lock everybody out.
            write(&file, &made).with_context(|| format!("write {}", file.display()))?;
            tracing::info!("the root key is in {}", file.display());
            made
        }
    };
    Ok(control::set_root_key(store, &credentials)?)
}

/// As AWS's clients read it, for its owner alone.
fn write(file: &Path, credentials: &Credentials) -> std::io::Result<()> {
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
    fs::rename(partial, file)
}
