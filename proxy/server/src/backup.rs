//! `edgeway backup` and `edgeway restore`: the state of a data directory, to a file and back.

use anyhow::Context as _;
use store::Existing;

use crate::arguments::{Backup, Restore};
use crate::secrets_key;

/// # Errors
/// What stands against it, by the name of the file.
pub(crate) fn backup(backup: &Backup) -> anyhow::Result<()> {
    store::backup(&backup.data_dir, &backup.file)
        .with_context(|| format!("back up {}", backup.data_dir.display()))?;
    tracing::info!("{} is backed up to {}", backup.data_dir.display(), backup.file.display());
    Ok(())
}

/// # Errors
/// What stands against it, by the name of the file; also that the key is not there which the secrets in the
/// backup are sealed with.
pub(crate) fn restore(restore: &Restore) -> anyhow::Result<()> {
    if let Some(wanted) = store::backup_sealed_by(&restore.file)? {
        secrets_key::find(&restore.secrets_key, &restore.data_dir, wanted)
            .with_context(|| format!("restore {}", restore.file.display()))?;
    }
    let existing = if restore.replace { Existing::Replace } else { Existing::Keep };
    store::restore(&restore.file, &restore.data_dir, existing).with_context(|| {
        let advice = "; --replace replaces the state that is there";
        let advice = if restore.replace { "" } else { advice };
        format!("restore {}{advice}", restore.data_dir.display())
    })?;
    tracing::info!("{} is restored from {}", restore.data_dir.display(), restore.file.display());
    Ok(())
}
