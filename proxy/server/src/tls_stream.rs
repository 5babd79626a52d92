//! A connection over TLS as Pingora wants it: what its own is, with a configuration of each handshake's own.

use std::fmt;
use std::io::Result;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use pingora_core::protocols::raw_connect::ProxyDigest;
use pingora_core::protocols::tls::SslDigest;
use pingora_core::protocols::{
    ALPN, GetProxyDigest, GetSocketDigest, GetTimingDigest, Peek, Shutdown, SocketDigest, Ssl,
    Stream, TimingDigest, UniqueID, UniqueIDType,
};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio_rustls::server;

/// The identifier of HTTP/2 (RFC 9113 section 3.1).
pub(crate) const H2: &[u8] = b"h2";

/// A connection after its handshake.
pub(crate) struct TlsStream {
    tls: server::TlsStream<Stream>,
    /// Tells Pingora that the connection is over TLS; what of it matters is in the arrival.
    digest: Arc<SslDigest>,
}

impl TlsStream {
    pub(crate) fn new(tls: server::TlsStream<Stream>) -> Self {
        Self { tls, digest: Arc::new(SslDigest::new("", "", None, None, Vec::new())) }
    }

    fn beneath(&self) -> &Stream {
        self.tls.get_ref().0
    }
}

impl AsyncRead for TlsStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        Pin::new(&mut self.tls).poll_read(cx, buf)
    }
}

impl AsyncWrite for TlsStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.tls).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.tls).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.tls).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[std::io::IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.tls).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.tls.is_write_vectored()
    }
}

#[async_trait]
impl Shutdown for TlsStream {
    /// Who is gone need not be told.
    async fn shutdown(&mut self) {
        if let Err(error) = self.tls.shutdown().await {
            tracing::debug!(%error, "a connection over TLS was not closed in order");
        }
    }
}

impl UniqueID for TlsStream {
    fn id(&self) -> UniqueIDType {
        self.beneath().id()
    }
}

impl Ssl for TlsStream {
    fn get_ssl_digest(&self) -> Option<Arc<SslDigest>> {
        Some(Arc::clone(&self.digest))
    }

    fn selected_alpn_proto(&self) -> Option<ALPN> {
        let (_, connection) = self.tls.get_ref();
        let selected = connection.alpn_protocol()?;
        Some(if selected == H2 { ALPN::H2 } else { ALPN::H1 })
    }
}

impl GetTimingDigest for TlsStream {
    fn get_timing_digest(&self) -> Vec<Option<TimingDigest>> {
        self.beneath().get_timing_digest()
    }

    fn get_read_pending_time(&self) -> Duration {
        self.beneath().get_read_pending_time()
    }

    fn get_write_pending_time(&self) -> Duration {
        self.beneath().get_write_pending_time()
    }
}

impl GetProxyDigest for TlsStream {
    fn get_proxy_digest(&self) -> Option<Arc<ProxyDigest>> {
        self.beneath().get_proxy_digest()
    }

    fn set_proxy_digest(&mut self, digest: ProxyDigest) {
        self.tls.get_mut().0.set_proxy_digest(digest);
    }
}

impl GetSocketDigest for TlsStream {
    fn get_socket_digest(&self) -> Option<Arc<SocketDigest>> {
        self.beneath().get_socket_digest()
    }
}

impl Peek for TlsStream {}

impl fmt::Debug for TlsStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsStream").finish_non_exhaustive()
    }
}
