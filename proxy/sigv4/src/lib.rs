//! AWS Signature Version 4: verification, and the signing it shares its rules with.
//!
//! [`Claim::parse`] reads what a request claims (who signed, when, for which service), from its
//! `Authorization` header or from the parameters of a presigned URL. [`Claim::check`] compares
//! time and scope; the caller then looks the access key up, and [`CheckedClaim::verify`] compares the signature.
//! Not for finding keys, nor for what a caller may do.
//!
//! The rules are those of the IAM User Guide, "Create a signed AWS API request", as AWS's own test suite
//! (`suite/`) has them. Where the guide leaves a choice:
//!
//! - **Path**: it is signed as the clients sign it, without dot segments and empty segments, and each segment encoded
//!   once more than it was sent; S3 alone signs it as sent. Two paths may so have one signature: who
//!   routes must refuse or remove dot segments and empty segments as well.
//! - **Payload**: the digest of the body that arrived. `UNSIGNED-PAYLOAD` and the `STREAMING-…` forms
//!   (`aws-chunked`) are refused by name: in the models of API Gateway, Lambda, IAM and STS no operation has an
//!   unsigned body or a checksum in a trailer, which is what makes a client send them. They are S3's.
//! - **Headers**: `host` must be signed, as on AWS. So must any `x-amz-*` header that arrives, as the guide asks of clients;
//!   AWS does not insist, but an unsigned one could be added on the way and change what a call does.
//! - **Session token**: in a header it may be unsigned (its holder is known by the key that signs); in a presigned URL it is part of the signed query.
//! - **Plus** in a query is a space, as the AWS SDKs for Go and Rust sign it; the others send none.
//! - **SigV4A** (`AWS4-ECDSA-P256-SHA256`) is refused as an unsupported algorithm.
//!
//! Invariants: pure (no clock, no I/O); nothing a request holds can panic; no signature is compared before time and scope are
//! checked; signatures are compared in constant time; neither secrets nor keys are printed.

#![forbid(unsafe_code)]

mod authorization;
mod body_digest;
mod canonical;
mod claim;
mod credential;
mod date;
mod hex;
mod presented;
mod presigned;
mod protocol;
mod query;
mod request;
mod signature_error;
mod signed_headers;
mod signer;
mod signing_key;
mod timestamp;

pub use body_digest::BodyDigest;
pub use claim::{CheckedClaim, Claim, Expected};
pub use credential::Scope;
pub use protocol::Protocol;
pub use request::Request;
pub use signature_error::{ErrorKind, SignatureError};
pub use signer::Signer;
pub use signing_key::SigningKey;

#[cfg(test)]
mod tests;
