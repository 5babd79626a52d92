//! Builders for the patches of both transform kinds: the same words for the same changes.

use crate::{Header, HeaderOperation, ImmediateResponse, Parameter, QueryOperation};
use crate::{RequestOutcome, RequestPatch, ResponseOutcome, ResponsePatch};

impl RequestPatch {
    /// A patch that changes nothing yet.
    pub fn new() -> Self {
        Self { headers: Vec::new(), query: Vec::new(), body: None }
    }

    /// Replaces every value of a header.
    #[must_use]
    pub fn set_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push(HeaderOperation::set(name, value));
        self
    }

    /// Adds a value of a header.
    #[must_use]
    pub fn append_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push(HeaderOperation::append(name, value));
        self
    }

    /// Drops a header.
    #[must_use]
    pub fn remove_header(mut self, name: impl Into<String>) -> Self {
        self.headers.push(HeaderOperation::remove(name));
        self
    }

    /// Replaces every value of a query parameter.
    #[must_use]
    pub fn set_query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push(QueryOperation::Set(Parameter::new(name, value)));
        self
    }

    /// Adds a value of a query parameter.
    #[must_use]
    pub fn append_query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push(QueryOperation::Append(Parameter::new(name, value)));
        self
    }

    /// Drops a query parameter.
    #[must_use]
    pub fn remove_query(mut self, name: impl Into<String>) -> Self {
        self.query.push(QueryOperation::Remove(name.into()));
        self
    }

    /// Replaces the body.
    #[must_use]
    pub fn set_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }
}

impl Default for RequestPatch {
    fn default() -> Self {
        Self::new()
    }
}

impl ResponsePatch {
    /// A patch that changes nothing yet.
    pub fn new() -> Self {
        Self { status: None, headers: Vec::new(), body: None }
    }

    /// Replaces the status; 200 to 599.
    #[must_use]
    pub fn set_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Replaces every value of a header.
    #[must_use]
    pub fn set_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push(HeaderOperation::set(name, value));
        self
    }

    /// Adds a value of a header.
    #[must_use]
    pub fn append_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push(HeaderOperation::append(name, value));
        self
    }

    /// Drops a header.
    #[must_use]
    pub fn remove_header(mut self, name: impl Into<String>) -> Self {
        self.headers.push(HeaderOperation::remove(name));
        self
    }

    /// Replaces the body.
    #[must_use]
    pub fn set_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }
}

impl Default for ResponsePatch {
    fn default() -> Self {
        Self::new()
    }
}

impl ImmediateResponse {
    /// An answer without headers and body; the status is 200 to 599.
    pub fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// An answer of `application/json`.
    pub fn json<T: serde::Serialize>(status: u16, value: &T) -> Result<Self, serde_json::Error> {
        let answer = Self::new(status).with_header("content-type", "application/json");
        Ok(answer.with_body(serde_json::to_vec(value)?))
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push(Header::new(name, value));
        self
    }

    /// Replaces the body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }
}

impl From<RequestPatch> for RequestOutcome {
    fn from(patch: RequestPatch) -> Self {
        Self::Patch(patch)
    }
}

impl From<ImmediateResponse> for RequestOutcome {
    fn from(answer: ImmediateResponse) -> Self {
        Self::Respond(answer)
    }
}

impl From<ResponsePatch> for ResponseOutcome {
    fn from(patch: ResponsePatch) -> Self {
        Self::Patch(patch)
    }
}
