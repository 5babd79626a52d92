//! The outside things that the control API needs, as traits that the shell implements.

use axum::http::request::Parts;
use bytes::Bytes;
use model::{Digest, FunctionName, Plugin};

use crate::refusal::Refusal;

/// Who a signed request is from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Caller {
    /// `arn:aws:iam::{account}:root` or `arn:aws:iam::{account}:user/{name}`.
    pub arn: String,
}

/// Decides who a request is from and whether they may do what it asks: before anything else looks
/// at it.
pub trait Authentication: Send + Sync {
    /// Verifies the signature over the whole request, which must be for the service of this name.
    ///
    /// # Errors
    /// A request that is not signed, or wrongly. There is no request that needs no signature.
    fn authenticate(
        &self,
        signing_name: &str,
        head: &Parts,
        body: &Bytes,
    ) -> Result<Caller, Refusal>;

    /// Whether the caller may do an action, such as `apigateway:GET`, on a resource.
    ///
    /// # Errors
    /// When they may not.
    fn authorize(&self, caller: &Caller, action: &str, resource: &str) -> Result<(), Refusal>;
}

/// Refuses everything: what stands where no authentication was given.
pub struct Locked;

impl Authentication for Locked {
    fn authenticate(&self, _: &str, _: &Parts, _: &Bytes) -> Result<Caller, Refusal> {
        Err(Refusal::unsigned())
    }

    fn authorize(&self, _: &Caller, _: &str, _: &str) -> Result<(), Refusal> {
        Err(Refusal::unsigned())
    }
}

/// Time and randomness.
pub trait Ambient: Send + Sync {
    /// Seconds since 1970-01-01T00:00:00Z.
    fn now(&self) -> i64;

    /// Fills with bytes that nobody can guess: keys are made of them.
    fn fill(&self, bytes: &mut [u8]);
}

/// The functions that integrations and authorizers may name.
pub trait Functions: Send + Sync {
    /// The component of a function as it is now, by its name and its version or alias.
    fn find(&self, name: &FunctionName, qualifier: Option<&str>) -> Option<Plugin>;

    /// The component that a deployment was made with.
    fn pinned(&self, name: &FunctionName, digest: Digest) -> Option<Plugin>;
}
