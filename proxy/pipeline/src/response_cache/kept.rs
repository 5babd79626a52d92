//! A response as it is kept: without what is of the request that fetched it.

use std::any::Any;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::respond::{Response, Said, TRACE_ID};

/// What the shell may keep for each header of a response, beside its name twice: two entries of maps, and their places in
/// the index.
const PREPARED_HEADER_BYTES: usize = 352;

/// What it may keep beside that: the headers that are not the response's, and the maps.
const PREPARED_BYTES: usize = 2_048;

/// A whole response. Clones share it.
#[derive(Clone, Debug)]
pub struct KeptResponse(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    response: Response,
    said: Said,
    /// None of a copy that one request has to itself.
    prepared: Option<Prepared>,
}

/// What the shell made of a response, of a type of its own.
type Prepared = OnceLock<Box<dyn Any + Send + Sync>>;

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
        // Each request puts its own there.
        if headers.contains_key(TRACE_ID) {
            headers.insert(TRACE_ID, HeaderValue::from_static(""));
        }
        let body = Bytes::copy_from_slice(&response.body);
        let response = Response { status: response.status, headers, body };
        Self::of(response, Some(Prepared::new()))
    }

    fn of(response: Response, prepared: Option<Prepared>) -> Self {
        let said = Said::of(&response.headers);
        Self(Arc::new(Kept { response, said, prepared }))
    }

    /// As it is kept.
    pub fn response(&self) -> &Response {
        &self.0.response
    }

    pub(crate) fn said(&self) -> Said {
        self.0.said
    }

    /// Whether others may be sent the same, so that what is made of it is worth keeping.
    pub(crate) fn is_shared(&self) -> bool {
        self.0.prepared.is_some()
    }

    /// What the shell made of it when it was first sent.
    pub fn prepared<T: Any>(&self) -> Option<&T> {
        self.0.prepared.as_ref()?.get()?.downcast_ref()
    }

    /// Keeps what the shell makes of it for whoever it is sent to later. The memory that it takes is counted from the
    /// beginning.
    pub fn prepare<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) {
        if let Some(prepared) = &self.0.prepared {
            prepared.get_or_init(|| Box::new(make()));
        }
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
        let Response { headers, .. } = self.response();
        let of_header = |name: &HeaderName| PREPARED_HEADER_BYTES + 2 * name.as_str().len();
        let prepared: usize = headers.iter().map(|(name, _)| of_header(name)).sum();
        let kept = Self::size(self.response()) + headers.capacity() * HEADER_BYTES;
        kept + prepared + PREPARED_BYTES
    }

    /// As bytes, to encrypt them.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let Response { status, headers, body } = self.response();
        let mut bytes = Vec::with_capacity(Self::size(self.response()) + 8 * headers.len() + 64);
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
        Some(Self::of(Response { status, headers, body: bytes }, None))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_shell_makes_is_for_all_who_share_a_response() {
        let response =
            Response { status: StatusCode::OK, headers: HeaderMap::new(), body: Bytes::new() };
        let kept = KeptResponse::new(&response);
        let shared = kept.clone();
        assert_eq!(shared.prepared::<u8>(), None);
        kept.prepare(|| 1_u8);
        shared.prepare(|| 2_u8);
        assert_eq!(shared.prepared::<u8>(), Some(&1));
        assert_eq!(shared.prepared::<u16>(), None);
        // A copy of one request's own.
        let opened = KeptResponse::from_bytes(kept.to_bytes().into()).unwrap();
        opened.prepare(|| 3_u8);
        assert_eq!(opened.prepared::<u8>(), None);
    }
}
