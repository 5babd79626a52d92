//! Client certificates: there are none yet, so that nothing can name one.

use store::ReadTransaction;

use crate::refusal::Refusal;

/// That a stage may name this certificate.
pub(crate) fn check(_: &ReadTransaction<'_>, _: &str) -> Result<(), Refusal> {
    Err(Refusal::not_found("Invalid Client Certificate identifier specified"))
}
