//! Outgoing `wasi:http` over TLS: who is trusted, and what is spoken.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::service::service_fn;
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use wasm_host::OutboundSettings;
use wasmtime_wasi_http::io::TokioIo;

use crate::setup::{Setup, host, host_with_outbound, invoke};

/// A server with a certificate for `localhost` that nobody else has signed.
struct Server {
    port: u16,
    certificate: Vec<u8>,
    accepted: Arc<AtomicUsize>,
}

async fn server(protocol: &'static str) -> Server {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a pair");
    let certificate = certified.cert.der().clone();
    let key = PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], PrivateKeyDer::Pkcs8(key))
        .expect("a certificate");
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let accepted = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&accepted);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            count.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                let io = TokioIo::new(stream);
                let _ = match protocol {
                    "h2" => {
                        let server = hyper::server::conn::http2::Builder::new(Spawn);
                        server.serve_connection(io, service_fn(answer)).await
                    }
                    _ => {
                        let server = hyper::server::conn::http1::Builder::new();
                        server.serve_connection(io, service_fn(answer)).await
                    }
                };
            });
        }
    });
    Server { port, certificate: certificate.to_vec(), accepted }
}

#[derive(Clone)]
struct Spawn;

impl<F: Future<Output: Send> + Send + 'static> hyper::rt::Executor<F> for Spawn {
    fn execute(&self, future: F) {
        tokio::spawn(future);
    }
}

async fn answer(
    request: Request<hyper::body::Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let authority = request.uri().authority().map(ToString::to_string);
    let host = request.headers().get("host").map(|host| host.to_str().expect("text").to_owned());
    let host = authority.or(host).expect("a host");
    Ok(Response::new(Full::from(format!("{:?} to {host}", request.version()))))
}

#[tokio::test]
async fn server_has_to_be_certified_by_an_authority() {
    for (protocol, spoken) in [("http/1.1", "HTTP/1.1"), ("h2", "HTTP/2.0")] {
        let server = server(protocol).await;
        let url = format!("https://localhost:{}", server.port);
        let by_address = format!("https://127.0.0.1:{}", server.port);
        let function = || {
            let addresses = ["127.0.0.1", "::1"];
            Setup::guest("outbound").outbound_at(&url, &addresses).outbound(&by_address)
        };
        let refused = r#"{"error":"ErrorCode::TlsCertificateError"}"#;
        let plugin = function().load(&host()).await;
        assert_eq!(invoke(&plugin, &json!(url).to_string()).await, refused);
        let host = host_with_outbound(OutboundSettings {
            authorities: Some(vec![server.certificate]),
            ..OutboundSettings::default()
        });
        let plugin = function().load(&host).await;
        let expected =
            json!({ "status": 200, "body": format!("{spoken} to localhost:{}", server.port) });
        for _ in 0..3 {
            assert_eq!(invoke(&plugin, &json!(url).to_string()).await, expected.to_string());
        }
        assert_eq!(server.accepted.load(Ordering::Relaxed), 1, "{protocol}");
        assert_eq!(invoke(&plugin, &json!(by_address).to_string()).await, refused);
    }
}

#[tokio::test]
async fn requests_at_once_share_a_connection_of_http2() {
    let server = server("h2").await;
    let url = format!("https://localhost:{}", server.port);
    let host = host_with_outbound(OutboundSettings {
        authorities: Some(vec![server.certificate]),
        ..OutboundSettings::default()
    });
    let plugin =
        Setup::guest("outbound").outbound_at(&url, &["127.0.0.1", "::1"]).load(&host).await;
    for event in [json!(url), json!({ "url": url, "atOnce": 10 })] {
        let answer = invoke(&plugin, &event.to_string()).await;
        assert!(answer.contains("HTTP/2.0"), "{answer}");
    }
    assert_eq!(server.accepted.load(Ordering::Relaxed), 1);
}
