//! A server on loopback with TLS, in HTTP/1.1 or HTTP/2, that answers as the path of each request says.

use std::convert::Infallible;
use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::service::service_fn;
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use wasm_host::OutboundSettings;
use wasmtime_wasi_http::io::TokioIo;

use crate::setup::Setup;

/// What a stream of HTTP/2 may send before it was read.
const STREAM_WINDOW_BYTES: u32 = 1_024;

/// With a certificate for `localhost` that nobody else has signed.
pub(crate) struct TlsUpstream {
    port: u16,
    certificate: Vec<u8>,
    accepted: Arc<AtomicUsize>,
}

impl TlsUpstream {
    /// `http/1.1` or `h2`.
    pub(crate) async fn start(protocol: &'static str) -> Self {
        let certified =
            rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a pair");
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
        tokio::spawn(serve(listener, acceptor, protocol, Arc::clone(&accepted)));
        Self { port, certificate: certificate.to_vec(), accepted }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    pub(crate) fn url_by_address(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Whose authority is this server's.
    pub(crate) fn settings(&self) -> OutboundSettings {
        OutboundSettings {
            authorities: Some(vec![self.certificate.clone()]),
            ..OutboundSettings::default()
        }
    }

    /// A function that may send requests to it.
    pub(crate) fn client(&self) -> Setup {
        Setup::guest("outbound").outbound_at(&self.url(""), &["127.0.0.1", "::1"])
    }
}

async fn serve(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    protocol: &'static str,
    accepted: Arc<AtomicUsize>,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let Ok(stream) = acceptor.accept(stream).await else { continue };
        accepted.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            let io = TokioIo::new(stream);
            let _ = match protocol {
                "h2" => {
                    let mut server = hyper::server::conn::http2::Builder::new(Spawn);
                    server.initial_stream_window_size(STREAM_WINDOW_BYTES);
                    server.serve_connection(io, service_fn(answer)).await
                }
                _ => {
                    let server = hyper::server::conn::http1::Builder::new();
                    server.serve_connection(io, service_fn(answer)).await
                }
            };
        });
    }
}

#[derive(Clone)]
struct Spawn;

impl<F: Future<Output: Send> + Send + 'static> hyper::rt::Executor<F> for Spawn {
    fn execute(&self, future: F) {
        tokio::spawn(future);
    }
}

type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;

async fn answer(request: Request<hyper::body::Incoming>) -> Result<Answer, Infallible> {
    let mut response = Response::builder();
    let body = match request.uri().path() {
        "/early" => {
            let body = request.into_body();
            // Neither read nor refused: the stream's window stays closed.
            tokio::spawn(async move {
                let _body = body;
                pending::<()>().await;
            });
            Full::from("hello").boxed_unsync()
        }
        "/endless" => Endless.boxed_unsync(),
        "/large-for-head" => {
            response = response.header("content-length", "999999999");
            Empty::new().boxed_unsync()
        }
        "/many-headers" => {
            for _ in 0..300 {
                response = response.header("x", "1");
            }
            Full::from("hello").boxed_unsync()
        }
        _ => {
            let authority = request.uri().authority().map(ToString::to_string);
            let host = request.headers().get("host");
            let host = host.map(|host| host.to_str().expect("text").to_owned());
            let host = authority.or(host).expect("a host");
            Full::from(format!("{:?} to {host}", request.version())).boxed_unsync()
        }
    };
    Ok(response.body(body).expect("a response"))
}

/// As much as is taken.
struct Endless;

impl Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'a'; 16 * 1024])))))
    }
}
