//! Components that passed their check: kept for as long as the function is there, so that what was
//! deployed with one can be loaded though `$LATEST` has gone on.

use serde::{Deserialize, Serialize};
use store::{Document, Row, Stored, WriteTransaction};

use super::function::Function;
use super::interface::StoredInterface;
use crate::refusal::Refusal;

/// What is known of a component. Its bytes are kept by the versions and deployments that need them.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Code {
    digest: String,
    pub(crate) interface: StoredInterface,
}

impl Document for Code {
    type Owner = Function;
    const KIND: &'static str = "function-code";

    fn id(&self) -> &str {
        &self.digest
    }
}

impl Code {
    pub(crate) fn keep(
        transaction: &WriteTransaction<'_>,
        function: Row<Function>,
        digest: &str,
        interface: &StoredInterface,
    ) -> Result<(), Refusal> {
        let known: Option<Stored<Self>> = transaction.get(function, digest)?;
        if known.is_none() {
            let code = Self { digest: digest.to_owned(), interface: interface.clone() };
            transaction.insert(function, &code)?;
        }
        Ok(())
    }
}
