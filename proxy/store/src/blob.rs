//! Bytes that are found by their SHA-256: function code and compiled deployments.
//!
//! A blob is kept for as long as a document uses it; documents that use equal bytes share them.

use model::Digest;
use rusqlite::{OptionalExtension, params};
use sha2::{Digest as _, Sha256};

use crate::{Document, ReadTransaction, Row, StoreError, WriteTransaction};

impl ReadTransaction<'_> {
    /// The bytes of a digest, if some document uses them.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if they are not what was written.
    pub fn blob(&self, digest: Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT bytes FROM blobs WHERE digest = ?")?;
        let read = statement.query_row(params![digest.as_bytes()], |row| row.get(0));
        let bytes: Option<Vec<u8>> = read.optional()?;
        match bytes {
            Some(bytes) if self::digest(&bytes) != digest => Err(StoreError::Damaged {
                file: self.connection.path().unwrap_or_default().into(),
                reason: format!("the blob {digest} has other bytes"),
            }),
            bytes => Ok(bytes),
        }
    }

    /// Whether some document uses bytes of this digest.
    pub fn has_blob(&self, digest: Digest) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM blobs WHERE digest = ?)";
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row(params![digest.as_bytes()], |row| row.get(0))?)
    }
}

impl WriteTransaction<'_> {
    /// Keeps bytes for as long as the document uses them, and says what they are found by.
    pub fn put_blob<D: Document>(&self, user: Row<D>, bytes: &[u8]) -> Result<Digest, StoreError> {
        self.mark_changed();
        let digest = digest(bytes);
        let mut insert = self
            .connection
            .prepare_cached("INSERT INTO blobs VALUES (?, ?) ON CONFLICT DO NOTHING")?;
        insert.execute(params![digest.as_bytes(), bytes])?;
        let mut use_it = self
            .connection
            .prepare_cached("INSERT INTO blob_uses VALUES (?, ?) ON CONFLICT DO NOTHING")?;
        use_it.execute(params![user.0, digest.as_bytes()])?;
        Ok(digest)
    }

    /// Keeps bytes that are there for as long as this document uses them too. False if they are not
    /// there.
    pub fn use_blob<D: Document>(&self, user: Row<D>, digest: Digest) -> Result<bool, StoreError> {
        self.mark_changed();
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO blob_uses SELECT ?, digest FROM blobs WHERE digest = ?
             ON CONFLICT DO NOTHING",
        )?;
        statement.execute(params![user.0, digest.as_bytes()])?;
        self.has_blob(digest)
    }

    /// Says that the document uses these bytes no more.
    pub fn release_blob<D: Document>(
        &self,
        user: Row<D>,
        digest: Digest,
    ) -> Result<(), StoreError> {
        self.mark_changed();
        let mut statement =
            self.connection.prepare_cached("DELETE FROM blob_uses WHERE row = ? AND digest = ?")?;
        statement.execute(params![user.0, digest.as_bytes()])?;
        Ok(())
    }
}

/// What bytes are found by.
pub fn digest(bytes: &[u8]) -> Digest {
    Digest::new(Sha256::digest(bytes).into())
}
