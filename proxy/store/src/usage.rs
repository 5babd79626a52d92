//! How often something was used, day by day: counts of documents, which go with them.
//!
//! A count is no change of the state: nobody who waits for one is told. Days are numbers whose meaning
//! is the caller's.

use rusqlite::params;

use crate::{Document, ReadTransaction, Row, Store, StoreError};

/// The requests of one day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DayRequests {
    /// The number of the document's row.
    pub row: i64,
    /// When.
    pub day: i32,
    /// How many.
    pub requests: u64,
}

/// The counts of all documents.
#[derive(Clone, Copy)]
pub struct Usage<'a>(&'a Store);

impl<'a> Usage<'a> {
    pub(crate) fn new(store: &'a Store) -> Self {
        Self(store)
    }

    /// Adds to the counts. What is counted of a document that is gone is lost with it.
    ///
    /// # Errors
    /// That the file cannot be written; then nothing is added.
    pub fn record(self, counts: Vec<DayRequests>) -> Result<(), StoreError> {
        self.0.writer.write(move |transaction| {
            let sql = "INSERT INTO usage SELECT ?1, ?2, ?3
                       WHERE EXISTS (SELECT 1 FROM documents WHERE row = ?1)
                       ON CONFLICT DO UPDATE SET requests = requests + excluded.requests";
            let mut statement = transaction.connection.prepare_cached(sql)?;
            for DayRequests { row, day, requests } in counts {
                let requests = i64::try_from(requests).unwrap_or(i64::MAX);
                statement.execute(params![row, day, requests])?;
            }
            Ok(())
        })
    }

    /// Forgets what is older than `kept_since`, but for the last `days_kept` days that anything was
    /// counted on: who takes `kept_since` from a clock that is ahead loses nothing.
    ///
    /// # Errors
    /// That the file cannot be written.
    pub fn forget(self, kept_since: i32, days_kept: u32) -> Result<(), StoreError> {
        self.0.writer.write(move |transaction| {
            let sql = "DELETE FROM usage WHERE day < ?1 AND day < (SELECT MIN(day) FROM
                       (SELECT DISTINCT day FROM usage ORDER BY day DESC LIMIT ?2))";
            let mut statement = transaction.connection.prepare_cached(sql)?;
            statement.execute(params![kept_since, days_kept])?;
            Ok(())
        })
    }

    /// All counts, those of one document from the oldest day on.
    ///
    /// # Errors
    /// That the file cannot be read.
    pub fn all(self) -> Result<Vec<DayRequests>, StoreError> {
        self.0.read(|transaction| {
            let sql = "SELECT row, day, requests FROM usage ORDER BY row, day";
            let mut statement = transaction.connection.prepare_cached(sql)?;
            let rows = statement.query_map([], day_requests)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

impl ReadTransaction<'_> {
    /// The counts of one document from one day to another one, in order; days without any are left
    /// out.
    ///
    /// # Errors
    /// That the file cannot be read.
    pub fn usage<D: Document>(
        &self,
        row: Row<D>,
        from: i32,
        to: i32,
    ) -> Result<Vec<DayRequests>, StoreError> {
        let sql = "SELECT row, day, requests FROM usage
                   WHERE row = ? AND day BETWEEN ? AND ? ORDER BY day";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![row.0, from, to], day_requests)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn day_requests(row: &rusqlite::Row<'_>) -> rusqlite::Result<DayRequests> {
    let requests: i64 = row.get(2)?;
    let requests = u64::try_from(requests).unwrap_or_default();
    Ok(DayRequests { row: row.get(0)?, day: row.get(1)?, requests })
}
