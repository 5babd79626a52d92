//! The key that the secrets of a data directory are sealed with: one that is given, or one that the first
//! start makes and keeps beside the state, but not in it.
//!
//! Which key it must be is what the state says. Another one is never used, and none is made where there
//! was one: what is sealed would be lost.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, anyhow, bail, ensure};
use store::{DataDirectory, SecretsKey, SecretsKeyId};

use crate::arguments::{RotateSecretsKey, SecretsKeySource};
use crate::private_file;

/// In the data directory.
const FILE: &str = "secrets-key";

/// The next one, until it is in use.
const NEXT_FILE: &str = "secrets-key.next";

/// More than any text that is a key.
const FILE_BYTES_MAX: u64 = 4_096;

const KEY_BYTES: usize = 32;

/// The key for a data directory that is served: the first time, it may be made.
pub(crate) fn to_serve(
    given: &SecretsKeySource,
    directory: &DataDirectory,
) -> anyhow::Result<SecretsKey> {
    if let Some(wanted) = directory.sealed_by()? {
        return find(given, directory.path(), wanted);
    }
    if let Some((key, _)) = read_given(given)? {
        return Ok(key);
    }
    let file = directory.path().join(FILE);
    if let Some(key) = read(&file)? {
        return Ok(key);
    }
    let key = make(&file)?;
    tracing::info!(
        "secrets are sealed with the key in {}: keep a copy of it, apart from backups",
        file.display()
    );
    Ok(key)
}

/// The key of this id: the one that is given, else that of the data directory.
///
/// # Errors
/// That it is not there, with what to do.
pub(crate) fn find(
    given: &SecretsKeySource,
    data_dir: &Path,
    wanted: SecretsKeyId,
) -> anyhow::Result<SecretsKey> {
    let file = data_dir.join(FILE);
    let (key, place) = match read_given(given)? {
        Some(given) => given,
        None => match own(data_dir, wanted)? {
            Some(key) => (key, file.display().to_string()),
            None => bail!(
                "the secrets are sealed with the key {wanted}, and there is no {}: put it back, or give \
                 the key with --secrets-key-file or EDGEWAY_SECRETS_KEY",
                file.display()
            ),
        },
    };
    ensure!(
        key.id() == wanted,
        "the secrets are sealed with the key {wanted}, and that of {place} is {}: give the one that they \
         are sealed with; `edgeway rotate-secrets-key` seals them with another one",
        key.id()
    );
    Ok(key)
}

/// The key of the data directory itself.
fn own(data_dir: &Path, wanted: SecretsKeyId) -> anyhow::Result<Option<SecretsKey>> {
    let key = read(&data_dir.join(FILE))?;
    if key.as_ref().is_some_and(|key| key.id() == wanted) {
        return Ok(key);
    }
    match read(&data_dir.join(NEXT_FILE))? {
        // A rotation was cut off after it was done.
        Some(next) if next.id() == wanted => Ok(Some(next)),
        _ => Ok(key),
    }
}

/// `edgeway rotate-secrets-key`: seals everything with another key.
///
/// # Errors
/// What stands against it. What was sealed with the key before then still is.
pub(crate) fn rotate(arguments: &RotateSecretsKey) -> anyhow::Result<()> {
    let RotateSecretsKey { data_dir, key, next } = arguments;
    let context = || format!("seal the secrets of {} with another key", data_dir.display());
    // Before anything is made.
    store::sealed_by(data_dir).with_context(context)?;
    let directory = DataDirectory::lock(data_dir).with_context(context)?;
    let wanted = directory.sealed_by().with_context(context)?;
    let wanted = wanted.context(
        "the secrets are in clear text: the next start of `edgeway serve` seals them, with the key that \
         it is given",
    )?;
    let next = match read_given(&next.source())? {
        Some((next, _)) => Some(next),
        None if key.is_given() => bail!(
            "the next key is not given: name it with --new-secrets-key-file or EDGEWAY_NEW_SECRETS_KEY"
        ),
        None => None,
    };
    let is_own = next.is_none();
    let next = match next {
        Some(next) => next,
        None => read_or_make(&data_dir.join(NEXT_FILE))?,
    };
    if next.id() == wanted {
        // Cut off after it was sealed, but perhaps before what was sealed before was gone.
        store::rotate(&directory, &next, &next).with_context(context)?;
    } else {
        let key = find(key, data_dir, wanted)?;
        store::rotate(&directory, &key, &next).with_context(context)?;
    }
    tracing::info!("the secrets of {} are sealed with the key {}", data_dir.display(), next.id());
    retire(data_dir, next.id())?;
    if is_own {
        let (from, to) = (data_dir.join(NEXT_FILE), data_dir.join(FILE));
        private_file::rename(&from, &to).with_context(|| format!("write {}", to.display()))?;
    }
    Ok(())
}

/// Puts keys of the data directory aside that are no longer the one: backups that were made before need them, and
/// none of them is ever taken for the next one.
fn retire(data_dir: &Path, current: SecretsKeyId) -> anyhow::Result<()> {
    for file in [FILE, NEXT_FILE].map(|name| data_dir.join(name)) {
        let Some(before) = read(&file)?.filter(|before| before.id() != current) else { continue };
        let retired = data_dir.join(format!("{FILE}-{}", before.id()));
        let context = || format!("rename {}", file.display());
        private_file::rename(&file, &retired).with_context(context)?;
        tracing::info!("backups that were made before need the key in {}", retired.display());
    }
    Ok(())
}

/// The key that the arguments or the environment give, and what to call its place.
fn read_given(given: &SecretsKeySource) -> anyhow::Result<Option<(SecretsKey, String)>> {
    if let Some(file) = &given.file {
        let key = read(file)?.with_context(|| format!("there is no {}", file.display()))?;
        return Ok(Some((key, file.display().to_string())));
    }
    let Some(text) = &given.text else { return Ok(None) };
    let key = SecretsKey::parse(text.as_str()).context("read the key of the environment")?;
    Ok(Some((key, "the environment".to_owned())))
}

/// The key of a file; none if it is not there.
fn read(file: &Path) -> anyhow::Result<Option<SecretsKey>> {
    let context = || format!("read the key in {}", file.display());
    let opened = match File::open(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.with_context(context)?,
    };
    let mode = opened.metadata().with_context(context)?.permissions().mode() & 0o7777;
    ensure!(
        mode & 0o007 == 0,
        "everybody may use {} (mode {mode:04o}); close it with `chmod o= {}`",
        file.display(),
        file.display()
    );
    let mut text = String::new();
    opened.take(FILE_BYTES_MAX).read_to_string(&mut text).with_context(context)?;
    Ok(Some(SecretsKey::parse(&text).with_context(context)?))
}

fn read_or_make(file: &Path) -> anyhow::Result<SecretsKey> {
    match read(file)? {
        Some(key) => Ok(key),
        None => make(file),
    }
}

fn make(file: &Path) -> anyhow::Result<SecretsKey> {
    let mut bytes = [0; KEY_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("get randomness for a key: {error}"))?;
    let digits = base16ct::lower::encode_string(&bytes);
    private_file::write(file, &format!("{digits}\n"))
        .with_context(|| format!("write {}", file.display()))?;
    Ok(SecretsKey::new(&bytes))
}
