//! What Pingora does with nothing of ours on it: the peer that `make bench` measures against.
//!
//! `bare_pingora LISTEN UPSTREAM THREADS`: `/static` and `/kilobyte` are answered here, everything else is
//! proxied.

#![forbid(unsafe_code)]

use std::net::SocketAddr;

use async_trait::async_trait;
use bytes::Bytes;
use pingora_core::server::Server;
use pingora_core::server::configuration::ServerConf;
use pingora_core::upstreams::peer::HttpPeer;
use pingora_core::{Error, ErrorType, Result};
use pingora_http::ResponseHeader;
use pingora_proxy::{ProxyHttp, Session, http_proxy_service};

/// As many bytes as the function answers that it is compared with.
const BODY: &str = "{\"hello\":\"world\"}";

struct Bare {
    upstream: SocketAddr,
    /// As large as the cached response that it is compared with.
    kilobyte: Bytes,
}

#[async_trait]
impl ProxyHttp for Bare {
    type CTX = ();

    fn new_ctx(&self) {}

    async fn request_filter(&self, session: &mut Session, (): &mut ()) -> Result<bool> {
        let body = match session.req_header().uri.path() {
            "/static" => Bytes::from_static(BODY.as_bytes()),
            "/kilobyte" => self.kilobyte.clone(),
            _ => return Ok(false),
        };
        let mut head = ResponseHeader::build(200, Some(4))?;
        head.insert_header("Content-Type", "application/json")?;
        head.insert_header("Content-Length", body.len())?;
        session.write_response_header(Box::new(head), false).await?;
        session.write_response_body(Some(body), true).await?;
        Ok(true)
    }

    async fn upstream_peer(&self, _: &mut Session, (): &mut ()) -> Result<Box<HttpPeer>> {
        Ok(Box::new(HttpPeer::new(self.upstream, false, String::new())))
    }
}

fn main() -> Result<()> {
    let usage =
        || Error::explain(ErrorType::InternalError, "usage: bare_pingora LISTEN UPSTREAM THREADS");
    let mut arguments = std::env::args().skip(1);
    let listen: SocketAddr =
        arguments.next().and_then(|text| text.parse().ok()).ok_or_else(usage)?;
    let upstream = arguments.next().and_then(|text| text.parse().ok()).ok_or_else(usage)?;
    let threads = arguments.next().and_then(|text| text.parse().ok()).ok_or_else(usage)?;
    let configuration = ServerConf { threads, ..ServerConf::default() };
    let mut server = Server::new_with_opt_and_conf(None, configuration);
    server.bootstrap();
    let kilobyte = format!("{{\"kilobyte\":\"{}\"}}", "x".repeat(1_009)).into();
    let mut service = http_proxy_service(&server.configuration, Bare { upstream, kilobyte });
    service.add_tcp(&listen.to_string());
    server.add_service(service);
    server.run_forever()
}
