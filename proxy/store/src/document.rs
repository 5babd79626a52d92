//! What is kept: typed documents, each owned by another one.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A value that is kept as JSON, and found by its owner, its kind and its id.
pub trait Document: Serialize + DeserializeOwned {
    /// What it belongs to, and goes with.
    type Owner: Document;

    /// The name of the type, as it stands in the file: never changed.
    const KIND: &'static str;

    /// Its members that are secret, as JSON pointers: sealed in the file, where null stands in their
    /// place. Who reads without a key reads null.
    const SEALED: &'static [&'static str] = &[];

    /// Which of them, by its position, is a second name as well, if one is: a text that it is found by
    /// ([`ReadTransaction::get_by_secret`](crate::ReadTransaction::get_by_secret)) and as unique as the id. In its place
    /// stands what only the key makes of it.
    const SECRET_NAME: Option<usize> = None;

    /// What it is found by: unique among the documents of its kind with the same owner.
    fn id(&self) -> &str;

    /// A second name that it is found by, as unique as the id, and no secret; not read where one is.
    fn alias(&self) -> Option<String> {
        None
    }
}

/// Where a document is.
pub struct Row<D>(pub(crate) i64, PhantomData<fn() -> D>);

impl<D> Row<D> {
    pub(crate) fn new(number: i64) -> Self {
        Self(number, PhantomData)
    }

    /// Its number, which grows in the order in which documents are made.
    pub fn number(self) -> i64 {
        self.0
    }
}

impl<D> Clone for Row<D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D> Copy for Row<D> {}

/// A document as it was read.
#[derive(Clone)]
pub struct Stored<D> {
    /// Where it is.
    pub row: Row<D>,
    /// The change that wrote it.
    pub(crate) change: i64,
    /// What was written.
    pub document: D,
}

/// The root of all documents: always there, owned by itself.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Account(pub serde_json::Map<String, serde_json::Value>);

impl Account {
    /// Where it is.
    pub fn row() -> Row<Self> {
        Row::new(crate::schema::ACCOUNT_ROW)
    }
}

impl Document for Account {
    type Owner = Self;
    const KIND: &'static str = "account";

    fn id(&self) -> &'static str {
        ""
    }
}
