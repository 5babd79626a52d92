//! What goes wrong with the durable state.

use std::path::PathBuf;

use rusqlite::ErrorCode;

use crate::secrets_key::Place;
use crate::{Document, SecretsKeyId};

/// Why a read, a write or an opening failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The document changed after it was read.
    #[error("the document was changed by another write")]
    Conflict,
    /// Its id or its second name is taken among its siblings.
    #[error("a document of this name exists already")]
    AlreadyExists,
    /// The file holds something else than was written.
    #[error("{} is damaged: {reason}; restore a backup", file.display())]
    Damaged {
        /// Which.
        file: PathBuf,
        /// What was found.
        reason: String,
    },
    /// It is a database of another program.
    #[error("{} is not a database of Edgeway; name another data directory", .0.display())]
    Foreign(PathBuf),
    /// Another process has the data directory.
    #[error("{} is in use by another process; stop it, or name another data directory", .0.display())]
    InUse(PathBuf),
    /// Another process was given the data directory.
    #[error("another process takes over")]
    HandedOver,
    /// It was written by a newer version.
    #[error("{} has version {found}, newer than {known}, which this program knows; run the newer program", file.display())]
    Newer {
        /// Which.
        file: PathBuf,
        /// Its version.
        found: i64,
        /// The newest that can be read.
        known: i64,
    },
    /// It was written by an older version, and not brought to this one yet.
    #[error("{} has version {found}, older than {needed}; run `edgeway serve` with it once, which brings it up to date", file.display())]
    Older {
        /// Which.
        file: PathBuf,
        /// Its version.
        found: i64,
        /// The oldest that can be read as it is.
        needed: i64,
    },
    /// A backup or a restore would overwrite something.
    #[error("{} exists already; name another file or remove it", .0.display())]
    FileExists(PathBuf),
    /// Nothing more fits on the disk.
    #[error("the disk is full")]
    Full,
    /// The disk may not be written, or cannot be.
    #[error("the disk cannot be written")]
    ReadOnly,
    /// The thread that writes is gone, or what it ran panicked.
    #[error("the write was not done")]
    Abandoned,
    /// A file or folder cannot be used.
    #[error("{} cannot be used", file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Another process holds the lock of the file, and has for seconds.
    #[error("the database is locked by another process")]
    Locked,
    /// A document cannot be read as what it should be, or not be written as JSON.
    #[error("a stored document is not a {kind}")]
    Document {
        /// What it should be.
        kind: &'static str,
        /// Why it is not.
        #[source]
        source: serde_json::Error,
    },
    /// A secret is not as it was sealed, or was sealed with another key.
    #[error("the secrets of the {kind} {id} are damaged; stop the program and restore a backup")]
    Sealed {
        /// Of the document.
        kind: String,
        /// Of the document.
        id: String,
    },
    /// The secrets are sealed with another key than the one that is given.
    #[error(
        "the secrets in {} are sealed with the key {wanted}, and not with {given}, which is given",
        file.display()
    )]
    WrongKey {
        /// The database.
        file: PathBuf,
        /// What they are sealed with.
        wanted: SecretsKeyId,
        /// What is given.
        given: SecretsKeyId,
    },
    /// The file, open, holds something else than was written.
    #[error("the database is damaged; stop the program and restore a backup")]
    Corrupt(#[source] rusqlite::Error),
    /// SQLite failed otherwise.
    #[error("the database failed")]
    Database(#[source] rusqlite::Error),
}

impl StoreError {
    pub(crate) fn file(file: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::File { file: file.into(), source }
    }

    pub(crate) fn document<D: Document>(source: serde_json::Error) -> Self {
        Self::Document { kind: D::KIND, source }
    }

    pub(crate) fn sealed(Place { kind, id, .. }: Place<'_>) -> Self {
        Self::Sealed { kind: kind.to_owned(), id: id.to_owned() }
    }

    pub(crate) fn no_randomness() -> Self {
        let source = std::io::Error::other("the operating system has no randomness");
        Self::file("secrets", source)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(error),
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => {
                Self::ReadOnly
            }
            _ => Self::Database(error),
        }
    }
}
