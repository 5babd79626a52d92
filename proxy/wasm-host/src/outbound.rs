//! Outgoing `wasi:http` under a function's allow-list.
//!
//! The list is checked where the request is sent, against the very URI that is connected to.

use std::sync::Arc;

use model::{OutboundDestination, OutboundScheme};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

/// What the host of `wasi:http` asks before and while it sends.
#[derive(Clone, Debug)]
pub(crate) struct Outbound {
    destinations: Arc<[OutboundDestination]>,
}

type Sent =
    Result<(http::Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>), Error>;

impl Outbound {
    pub(crate) fn new(destinations: &[OutboundDestination]) -> Self {
        Self { destinations: destinations.into() }
    }

    fn allows(&self, uri: &http::Uri) -> bool {
        let scheme = match uri.scheme_str() {
            Some("http") => OutboundScheme::Http,
            Some("https") => OutboundScheme::Https,
            _ => return false,
        };
        let Some(authority) = uri.authority() else {
            return false;
        };
        // `user@host` would be resolved as a whole: there is nothing that it could be meant for.
        if authority.as_str().contains('@') {
            return false;
        }
        let port = authority.port_u16().unwrap_or(scheme.default_port());
        self.destinations.iter().any(|granted| granted.allows(scheme, authority.host(), port))
    }
}

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _processed: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let is_allowed = self.allows(request.uri());
        Box::new(async move {
            if !is_allowed {
                return Err(Error::HttpRequestDenied);
            }
            let (response, io) = wasmtime_wasi_http::default_send_request(request, options).await?;
            let io: Box<dyn Future<Output = Result<(), Error>> + Send> = Box::new(io);
            Ok((response.map(http_body_util::BodyExt::boxed_unsync), io))
        })
    }
}

#[cfg(test)]
mod tests;
