//! A response as it is kept: without what is of the request that fetched it.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::respond::Response;

/// A whole response. Clones share the body.
#[derive(Clone, Debug)]
pub(crate) struct KeptResponse {
    response: Response,
}

impl KeptResponse {
    /// A copy, with nothing of the buffers that it was received in.
    pub(crate) fn new(response: &Response) -> Self {
        let copied = |value: &HeaderValue| {
            let copy = HeaderValue::from_bytes(value.as_bytes());
            copy.unwrap_or_else(|_| value.clone())
        };
        let mut headers = HeaderMap::with_capacity(response.headers.len());
        for (name, value) in &response.headers {
            headers.append(name, copied(value));
        }
        let body = Bytes::copy_from_slice(&response.body);
        Self { response: Response { status: response.status, headers, body } }
    }

    pub(crate) fn to_response(&self) -> Response {
        self.response.clone()
    }

    /// Of the body with the headers, as AWS limits it.
    pub(crate) fn size(response: &Response) -> usize {
        let Response { headers, body, .. } = response;
        let headers = headers.iter().map(|(name, value)| name.as_str().len() + value.len());
        headers.sum::<usize>() + body.len()
    }

    /// How much memory it takes, about.
    pub(super) fn bytes(&self) -> usize {
        /// An entry of the map of headers, its place in the index, and the allocation of the value.
        const HEADER_BYTES: usize = 160;
        Self::size(&self.response) + self.response.headers.capacity() * HEADER_BYTES
    }

    /// As bytes, to encrypt them.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let Response { status, headers, body } = &self.response;
        let mut bytes = Vec::with_capacity(Self::size(&self.response) + 8 * headers.len() + 64);
        bytes.extend(status.as_u16().to_le_bytes());
        bytes.extend(length(headers.len()));
        for (name, value) in headers {
            for part in [name.as_str().as_bytes(), value.as_bytes()] {
                bytes.extend(length(part.len()));
                bytes.extend(part);
            }
        }
        bytes.extend_from_slice(body);
        bytes
    }

    /// None for what [`Self::to_bytes`] did not write.
    pub(super) fn from_bytes(mut bytes: Bytes) -> Option<Self> {
        let status = take(&mut bytes, 2)?;
        let status = StatusCode::from_u16(u16::from_le_bytes(status[..].try_into().ok()?)).ok()?;
        let count = take_length(&mut bytes)?;
        let mut headers = HeaderMap::new();
        for _ in 0..count {
            let name = take_length(&mut bytes)?;
            let name = HeaderName::from_bytes(&take(&mut bytes, name)?).ok()?;
            let value = take_length(&mut bytes)?;
            headers.append(name, HeaderValue::from_maybe_shared(take(&mut bytes, value)?).ok()?);
        }
        Some(Self { response: Response { status, headers, body: bytes } })
    }
}

/// What is kept is at most 1 MB.
fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()
}

fn take(bytes: &mut Bytes, length: usize) -> Option<Bytes> {
    (length <= bytes.len()).then(|| bytes.split_to(length))
}

fn take_length(bytes: &mut Bytes) -> Option<usize> {
    let length = take(bytes, 4)?;
    usize::try_from(u32::from_le_bytes(length[..].try_into().ok()?)).ok()
}
