//! The request line and headers, as typed plugins see them.

pub use crate::bindings::host::edgeway::plugin::types::RequestHead;
use crate::header;
use crate::request_context::find;

impl RequestHead {
    /// The value of a header, compared without case; of several, the last, as in Lambda's events.
    /// None unless asked for in `needs`.
    pub fn header(&self, name: &str) -> Option<&str> {
        header::values(&self.headers, name).last()
    }

    /// Every value of a header, in the order of the message.
    pub fn header_values(&self, name: &str) -> impl Iterator<Item = &str> {
        header::values(&self.headers, name)
    }

    /// A path parameter, as sent: still percent-encoded.
    pub fn path_parameter(&self, name: &str) -> Option<&str> {
        find(&self.path_parameters, name)
    }

    /// A query parameter, decoded; of several, the last. None unless asked for in `needs`.
    pub fn query_parameter(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }
}
