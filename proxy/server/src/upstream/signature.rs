//! Requests for services of AWS, signed as they are sent: each attempt anew, with the time that it is.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign as sign_request,
};
use aws_sigv4::sign::v4::SigningParams;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderName, HeaderValue};
use model::Scheme;
use pingora_core::{Error, ErrorType, OrErr as _, Result};
use pingora_http::RequestHeader;
use pipeline::{UpstreamHead, UpstreamSignature};

use crate::clock::Clock;

/// Adds the signature's headers.
///
/// # Errors
/// If a header that is signed is no text.
pub(super) fn sign(
    request: &mut RequestHeader,
    head: &UpstreamHead,
    signature: &UpstreamSignature,
    body: &Bytes,
) -> Result<()> {
    let failed = |error: String| Error::explain(ErrorType::InternalError, error);
    let scheme = match head.peer().scheme {
        Scheme::Http => "http",
        Scheme::Https => "https",
    };
    let host = head.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let uri = format!("{scheme}://{host}{}", head.path_and_query);
    let headers = head.headers.iter().filter(|(name, _)| is_signed(name));
    let headers = headers.map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let headers: Option<Vec<_>> = headers.collect();
    let headers = headers.ok_or_else(|| failed("a signed header is no text".to_owned()))?;
    let UpstreamSignature { of: signature, key } = signature;
    let (id, secret) = (key.access_key_id.clone(), key.secret_access_key.clone());
    let identity = Credentials::new(id, secret, key.session_token.clone(), None, "edgeway").into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region(&signature.region)
        .name(&signature.service)
        .time(SystemTime::UNIX_EPOCH + Duration::from_millis(Clock::epoch_millis()))
        .settings(settings(&signature.service))
        .build()
        .map_err(|error| failed(error.to_string()))?
        .into();
    let method = head.method.as_str();
    let signable =
        SignableRequest::new(method, uri, headers.into_iter(), SignableBody::Bytes(body));
    let signable = signable.map_err(|error| failed(error.to_string()))?;
    let signed = sign_request(signable, &params).map_err(|error| failed(error.to_string()))?;
    for (name, value) in signed.output().headers() {
        let value = HeaderValue::try_from(value).or_err(ErrorType::InternalError, "sign")?;
        request.insert_header(name.to_owned(), value)?;
    }
    Ok(())
}

/// What AWS's clients sign; proxies may change the rest on the way.
fn is_signed(name: &HeaderName) -> bool {
    *name == HOST || *name == CONTENT_TYPE || name.as_str().starts_with("x-amz-")
}

/// S3 takes paths as they are, and the digest of the body; the other services as all of AWS does.
fn settings(service: &str) -> SigningSettings {
    let mut settings = SigningSettings::default();
    if service == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    settings
}

#[cfg(test)]
mod tests;
