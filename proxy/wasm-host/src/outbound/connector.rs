//! Makes connections. The addresses that are checked are the very ones that are connected to: a name
//! is resolved for each connection, once.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use model::{AddressRange, OutboundHost, OutboundScheme};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::{timeout, timeout_at};
use tokio_rustls::TlsConnector;
use wasmtime_wasi_http::Error;
use wasmtime_wasi_http::io::TokioIo;

use crate::clock;
use crate::outbound::address_check::is_allowed;
use crate::outbound::connection::{Connection, Protocol};
use crate::outbound::destination::Destination;
use crate::outbound::failure::{self, Failure};
use crate::outbound::network::Network;
use crate::outbound::trust;

/// Look-ups of one function at once: the resolver is everybody's.
const LOOKUPS_MAX: usize = 8;

/// Addresses of one name that are looked at: as many as a server of names may put into one packet.
const ADDRESSES_FOUND_MAX: usize = 64;

/// Addresses of one name that are tried.
const ADDRESSES_MAX: usize = 8;

/// Of one function.
pub(crate) struct Connector {
    network: Arc<Network>,
    lookups: Arc<Semaphore>,
    tls: OnceCell<TlsConnector>,
    /// That may be under way at once.
    requests_max: u32,
}

impl Connector {
    pub(crate) fn new(network: Arc<Network>, requests_max: u32) -> Self {
        let lookups = Arc::new(Semaphore::new(LOOKUPS_MAX));
        Self { network, lookups, tls: OnceCell::new(), requests_max }
    }

    /// A connection within this time, to an address that is public or granted.
    pub(crate) async fn connect(
        &self,
        destination: &Destination,
        granted: &[AddressRange],
        time_max: Duration,
    ) -> Result<Connection, Failure> {
        let end = clock::now() + time_max;
        let connected = timeout_at(end.into(), self.connect_until(destination, granted, end));
        connected.await.unwrap_or_else(|_elapsed| Err(Error::ConnectionTimeout.into()))
    }

    async fn connect_until(
        &self,
        destination: &Destination,
        granted: &[AddressRange],
        end: Instant,
    ) -> Result<Connection, Failure> {
        let addresses = self.addresses(destination, granted).await?;
        let stream = tcp(&addresses, end).await?;
        let connection = match destination.scheme {
            OutboundScheme::Http => {
                Connection::handshake(TokioIo::new(stream), Protocol::Http1).await?
            }
            OutboundScheme::Https => {
                let name = server_name(&destination.host)?;
                let connected = self.tls().await?.connect(name, stream).await;
                let stream = connected.map_err(|error| failure::from_tls(&error))?;
                let protocol = match stream.get_ref().1.alpn_protocol() {
                    Some(b"h2") => Protocol::Http2 { requests_max: self.requests_max },
                    _ => Protocol::Http1,
                };
                Connection::handshake(TokioIo::new(stream), protocol).await?
            }
        };
        Ok(connection)
    }

    /// The addresses that may be connected to: at least one.
    async fn addresses(
        &self,
        destination: &Destination,
        granted: &[AddressRange],
    ) -> Result<Vec<SocketAddr>, Failure> {
        let mut found = match &destination.host {
            OutboundHost::Address(address) => vec![*address],
            OutboundHost::Name(name) => self.look_up(name).await?,
        };
        found.truncate(ADDRESSES_FOUND_MAX);
        let forbidden = &self.network.settings.forbidden_addresses;
        let with_port =
            |address: &IpAddr| SocketAddr::new(address.to_canonical(), destination.port);
        let allowed = |address: &SocketAddr| is_allowed(*address, granted, forbidden);
        let addresses: Vec<SocketAddr> =
            found.iter().map(with_port).filter(allowed).take(ADDRESSES_MAX).collect();
        match (addresses.is_empty(), found.first()) {
            (false, _) => Ok(addresses),
            (true, None) => Err(Error::DestinationNotFound.into()),
            (true, Some(address)) => Err(Failure::refused(
                Error::DestinationIpProhibited,
                format!(
                    "{} is at {address}, which is not public and not granted, or a listener of this \
                     node; where it is meant, grant it with addresses in the function's outbound",
                    destination.host
                ),
            )),
        }
    }

    async fn look_up(&self, name: &str) -> Result<Vec<IpAddr>, Error> {
        let turn = Arc::clone(&self.lookups).acquire_owned();
        let (resolver, name) = (Arc::clone(&self.network.settings.resolver), name.to_owned());
        let look_up = async move {
            let turn = turn.await;
            // A look-up goes on when nobody waits for it any more, and so does its function's turn: names
            // whose servers are silent hold up nobody else's.
            let found = tokio::spawn(async move {
                let _turn = turn;
                resolver.resolve(&name).await
            });
            found.await.unwrap_or_else(|error| Err(io::Error::other(error)))
        };
        match timeout(self.network.settings.lookup_timeout, look_up).await {
            Ok(found) => found.map_err(|error| failure::from_lookup(&error)),
            Err(_elapsed) => Err(Error::DnsTimeout),
        }
    }

    async fn tls(&self) -> Result<&TlsConnector, Error> {
        let make = || async {
            let config = trust::client(self.network.authorities().await?)?;
            Ok(TlsConnector::from(Arc::new(config)))
        };
        self.tls.get_or_try_init(make).await
    }
}

/// The first address that answers; each has its part of the time.
async fn tcp(addresses: &[SocketAddr], end: Instant) -> Result<TcpStream, Error> {
    let mut failed = Error::DestinationNotFound;
    for (index, address) in addresses.iter().enumerate() {
        let rest = end.saturating_duration_since(clock::now());
        let parts = u32::try_from(addresses.len() - index).unwrap_or(u32::MAX);
        match timeout(rest / parts, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Requests are written as a whole; nothing is gained by waiting for more.
                stream.set_nodelay(true).map_err(|error| failure::from_connect(&error))?;
                return Ok(stream);
            }
            Ok(Err(error)) => failed = failure::from_connect(&error),
            Err(_elapsed) => failed = Error::ConnectionTimeout,
        }
    }
    Err(failed)
}

fn server_name(host: &OutboundHost) -> Result<ServerName<'static>, Error> {
    match host {
        OutboundHost::Address(address) => Ok(ServerName::from(*address)),
        OutboundHost::Name(name) => {
            ServerName::try_from(name.clone()).map_err(|_| Error::HttpRequestUriInvalid)
        }
    }
}
