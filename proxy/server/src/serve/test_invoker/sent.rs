//! The request of a test: as if a client had sent it.

use bytes::Bytes;
use control::TestInvocation;
use pingora_http::RequestHeader;
use pipeline::{BodyError, BoxFuture, Failure, Rejection, Request, RequestBody};

use crate::request_head::{self, Cased, RequestHead};

/// `$context.domainName` of every test, as on AWS.
pub(super) const DOMAIN: &str = "testPrefix.testDomainName";

/// A request that nobody sent.
pub(super) struct Sent {
    header: RequestHeader,
    head: RequestHead,
    /// The access key of who asked for the test.
    tester: String,
}

impl Sent {
    /// # Errors
    /// If it is no HTTP.
    pub(super) fn new(test: &TestInvocation) -> Result<Self, String> {
        let path = test.path_and_query.as_str().as_bytes();
        let header = RequestHeader::build(test.verb.to_http(), path, Some(test.headers.len()));
        let mut header = header.map_err(|error| error.to_string())?;
        for (name, value) in &test.headers {
            let appended = header.append_header(name.clone(), value.clone());
            appended.map_err(|error| error.to_string())?;
        }
        let head = RequestHead::unsent(&header);
        Ok(Self { header, head, tester: test.tester.access_key_id.clone() })
    }

    pub(super) fn request_id(&self) -> &str {
        self.head.request_id()
    }

    pub(super) fn header(&self) -> Cased<'_> {
        Cased(&self.header)
    }

    pub(super) fn request<'a>(&'a self, header: &'a Cased<'a>) -> Request<'a> {
        let tester = Some(self.tester.as_str());
        Request { authority: DOMAIN, tester, ..self.head.request(header) }
    }

    /// Why the gateway would not look at it.
    pub(super) fn malformed(&self) -> Option<Failure> {
        let what = request_head::malformed(&self.header)?;
        Some(Rejection::Malformed(what).into())
    }
}

/// A body that is there.
pub(super) struct WholeBody(pub(super) Bytes);

impl RequestBody for WholeBody {
    fn is_empty(&mut self) -> bool {
        self.0.is_empty()
    }

    fn read(&mut self, bytes_max: usize) -> BoxFuture<'_, Result<Bytes, BodyError>> {
        let is_too_large = self.0.len() > bytes_max;
        let body = if is_too_large { Err(BodyError::TooLarge) } else { Ok(self.0.clone()) };
        Box::pin(std::future::ready(body))
    }
}
