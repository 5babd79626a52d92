//! Payload compression: request bodies are decoded before anything reads them, responses are encoded last.
//!
//! Source: API Gateway Developer Guide, "Payload compression for REST APIs"; RFC 9110 section 12.5.3.

use std::io::Write as _;
use std::task::Poll;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::{GzDecoder, GzEncoder, ZlibDecoder, ZlibEncoder};
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use http::{HeaderMap, HeaderValue};
use model::{BODY_BYTES_MAX, CompressionSize};

use crate::exchange::Exchange;
use crate::failure::Rejection;
use crate::request::last_text;
use crate::respond::{Response, Whole};

/// What is encoded or decoded before other requests of the thread have their turn.
const CHUNK_BYTES: usize = 64 * 1024;

/// A content coding of API Gateway.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Coding {
    /// zlib (RFC 1950).
    Deflate,
    Gzip,
    Identity,
}

impl Coding {
    fn parse(name: &str) -> Option<Self> {
        [("deflate", Self::Deflate), ("gzip", Self::Gzip), ("identity", Self::Identity)]
            .into_iter()
            .find_map(|(known, coding)| name.eq_ignore_ascii_case(known).then_some(coding))
    }
}

/// A request's body as it was before it was encoded.
///
/// # Errors
/// 415 for another coding, or a body that is not what its coding says; 413 for one that decodes to more
/// than a body may be.
pub(crate) async fn decoded(headers: &HeaderMap, body: Bytes) -> Result<Bytes, Rejection> {
    let Some(name) = last_text(headers, &CONTENT_ENCODING).filter(|_| !body.is_empty()) else {
        return Ok(body);
    };
    let decoded = match Coding::parse(name.trim()) {
        Some(Coding::Identity) => return Ok(body),
        Some(Coding::Gzip) => {
            let mut decoder = GzDecoder::new(Bounded::default());
            in_chunks(&body, |chunk| decoder.write_all(chunk)).await.and_then(|()| decoder.finish())
        }
        Some(Coding::Deflate) => {
            let mut decoder = ZlibDecoder::new(Bounded::default());
            in_chunks(&body, |chunk| decoder.write_all(chunk)).await.and_then(|()| decoder.finish())
        }
        None => return Err(Rejection::UnsupportedMediaType),
    };
    match decoded {
        Ok(Bounded(bytes)) => Ok(bytes.into()),
        Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
            Err(Rejection::BodyTooLarge)
        }
        Err(_) => Err(Rejection::UnsupportedMediaType),
    }
}

/// Whether responses to this request may be encoded, so that the gateway needs the whole of them.
pub(crate) fn may_apply(exchange: &Exchange<'_>) -> bool {
    let minimum = exchange.stage.deployment.api().minimum_compression_size;
    minimum.is_some() && coding(exchange.request.headers) != Coding::Identity
}

/// The response encoded, if it is at least so large, not encoded yet, and the client accepts it.
pub(crate) async fn encoded(
    exchange: &Exchange<'_>,
    minimum: CompressionSize,
    response: Whole,
) -> Whole {
    let is_large_enough = minimum.bytes() <= response.body.len() && !response.body.is_empty();
    if !is_large_enough || response.headers.contains_key(CONTENT_ENCODING) {
        return response;
    }
    let plain = &response.body;
    let room = Vec::with_capacity(plain.len() / 4 + 64);
    let (name, encoded) = match coding(exchange.request.headers) {
        Coding::Identity => return response,
        Coding::Gzip => {
            let mut encoder = GzEncoder::new(room, Compression::fast());
            let written = in_chunks(plain, |chunk| encoder.write_all(chunk)).await;
            ("gzip", written.and_then(|()| encoder.finish()))
        }
        Coding::Deflate => {
            let mut encoder = ZlibEncoder::new(room, Compression::fast());
            let written = in_chunks(plain, |chunk| encoder.write_all(chunk)).await;
            ("deflate", written.and_then(|()| encoder.finish()))
        }
    };
    // Writing to memory does not fail.
    let Ok(encoded) = encoded else { return response };
    let Response { status, mut headers, .. } = response.into_own();
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
    Whole::Own(Response { status, headers, body: encoded.into() })
}

/// The coding that the client prefers; none of them, if what it prefers is none of these. A client that says
/// nothing takes any.
fn coding(headers: &HeaderMap) -> Coding {
    let mut best = None;
    for value in headers.get_all(ACCEPT_ENCODING) {
        for entry in value.to_str().unwrap_or_default().split(',') {
            let (name, quality) = preference(entry);
            if !name.is_empty() && 0.0 < quality && best.is_none_or(|(_, known)| known < quality) {
                best = Some((name, quality));
            }
        }
    }
    match best {
        None if headers.contains_key(ACCEPT_ENCODING) => Coding::Identity,
        None | Some(("*", _)) => Coding::Gzip,
        Some((name, _)) => Coding::parse(name).unwrap_or(Coding::Identity),
    }
}

/// `gzip;q=0.5`
fn preference(entry: &str) -> (&str, f32) {
    let mut parts = entry.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let quality = parts.find_map(|part| part.strip_prefix("q=")?.trim().parse().ok());
    (name, quality.unwrap_or(1.0))
}

/// Memory for what is decoded: a body, and not more.
#[derive(Default)]
struct Bounded(Vec<u8>);

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if BODY_BYTES_MAX - self.0.len() < bytes.len() {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Works on a chunk at a time, and lets others have the thread between two.
async fn in_chunks(
    bytes: &[u8],
    mut work: impl FnMut(&[u8]) -> std::io::Result<()>,
) -> std::io::Result<()> {
    for chunk in bytes.chunks(CHUNK_BYTES) {
        work(chunk)?;
        if chunk.len() == CHUNK_BYTES {
            give_way().await;
        }
    }
    Ok(())
}

async fn give_way() {
    let mut has_waited = false;
    std::future::poll_fn(|context| {
        if has_waited {
            return Poll::Ready(());
        }
        has_waited = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(accept: Option<&'static str>, expected: Coding) {
        let mut headers = HeaderMap::new();
        headers.extend(accept.map(|value| (ACCEPT_ENCODING, HeaderValue::from_static(value))));
        assert_eq!(coding(&headers), expected, "{accept:?}");
    }

    #[test]
    fn the_coding_is_the_one_that_the_client_prefers() {
        check(None, Coding::Gzip);
        check(Some(""), Coding::Identity);
        check(Some("*"), Coding::Gzip);
        check(Some("gzip"), Coding::Gzip);
        check(Some("deflate,gzip"), Coding::Deflate);
        check(Some("deflate;q=0.5, gzip;q=1.0"), Coding::Gzip);
        check(Some("gzip;q=1.0, identity; q=0.5, *;q=0"), Coding::Gzip);
        check(Some("br, gzip;q=0.9"), Coding::Identity);
        check(Some("gzip;q=0"), Coding::Identity);
        check(Some("identity"), Coding::Identity);
    }
}
