//! Signing, for whoever sends a request: the `Authorization` header that verification accepts.

use http::header::AUTHORIZATION;

use crate::authorization::DATE;
use crate::body_digest::BodyDigest;
use crate::canonical::{ALGORITHM, Signable};
use crate::credential::{Scope, TERMINATOR};
use crate::date;
use crate::hex;
use crate::request::Request;
use crate::signature_error::SignatureError;
use crate::signing_key::SigningKey;

#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    pub access_key_id: &'a str,
    pub scope: Scope<'a>,
    pub key: &'a SigningKey,
}

impl Signer<'_> {
    /// The value of `Authorization` for a request that has its date, and its session token if it has
    /// one. All its headers are signed.
    pub fn sign(&self, request: &Request<'_>, body: BodyDigest) -> Result<String, SignatureError> {
        let names = request.headers.keys().filter(|name| *name != AUTHORIZATION);
        let mut names: Vec<&str> = names.map(|name| name.as_str()).collect();
        if !names.contains(&"host") {
            names.push("host");
        }
        names.sort_unstable();
        let Some(date) = date::of_headers(request.headers)? else {
            return Err(SignatureError::IncompleteHeader {
                missing: vec![DATE],
                header_hash: String::new(),
            });
        };
        let signable = Signable {
            request,
            signed_headers: &names,
            signature_parameter: None,
            date,
            scope: self.scope,
        };
        let string_to_sign = signable.string_to_sign(&signable.canonical_request(body));
        let signature = hex::encode(&self.key.sign(&string_to_sign));
        let Scope { date, region, service } = self.scope;
        Ok(format!(
            "{ALGORITHM} Credential={}/{date}/{region}/{service}/{TERMINATOR}, SignedHeaders={}, Signature={}",
            self.access_key_id,
            names.join(";"),
            String::from_utf8_lossy(&signature)
        ))
    }
}
