//! What a load balancer that speaks the PROXY protocol tells of a connection, before anything that the client sent.
//!
//! Source: <https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt>, versions 1 and 2; for endpoints of VPCs,
//! Elastic Load Balancing, "Proxy protocol" of Network Load Balancers. Not for whom to believe: see `entrance`.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr};

use ppp::{v1, v2};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Longest header of version 2. Network load balancers send less than 100 bytes; HAProxy may send the certificate of
/// a client.
const BYTES_MAX: usize = 4 * 1024;

/// Longest header of version 1, with its end.
const TEXT_BYTES_MAX: usize = 107;

/// What each version begins with is told apart by.
const BEGINNING_BYTES: usize = 6;

const TEXT_BEGINNING: &[u8; BEGINNING_BYTES] = b"PROXY ";

/// Signature, version, command, family, protocol and length of version 2.
const FIXED_BYTES: usize = 16;

/// `PP2_TYPE_AWS`
const TYPE_AWS: u8 = 0xEA;

/// `PP2_SUBTYPE_AWS_VPCE_ID`
const SUBTYPE_VPC_ENDPOINT: u8 = 0x01;

/// What is told.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct ProxyHeader {
    /// Who called the load balancer: `0.0.0.0` where it does not say; none where it is the client itself, as for checks
    /// of the node's health.
    pub(crate) client: Option<IpAddr>,
    /// The endpoint of a VPC that the client came through.
    pub(crate) vpc_endpoint: Option<String>,
}

/// Why a connection has no header.
pub(crate) enum ProxyHeaderError {
    Broken(io::Error),
    /// It begins with something else.
    Missing,
    Malformed(String),
    TooLong(usize),
}

impl fmt::Display for ProxyHeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(error) => write!(f, "the connection broke: {error}"),
            Self::Missing => f.write_str("it does not begin with a header of the PROXY protocol"),
            Self::Malformed(reason) => write!(f, "the header is malformed: {reason}"),
            Self::TooLong(bytes) => {
                write!(f, "the header has {bytes} bytes, more than {BYTES_MAX}")
            }
        }
    }
}

impl From<io::Error> for ProxyHeaderError {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

impl ProxyHeader {
    /// Takes the header off the beginning of a connection, and nothing of what follows.
    pub(crate) async fn read(
        stream: &mut (impl AsyncRead + Unpin + ?Sized),
    ) -> Result<Self, ProxyHeaderError> {
        let mut header = vec![0; BEGINNING_BYTES];
        stream.read_exact(&mut header).await?;
        if header == TEXT_BEGINNING {
            while !header.ends_with(b"\n") {
                if header.len() == TEXT_BYTES_MAX {
                    return Err(ProxyHeaderError::Malformed("its line does not end".to_owned()));
                }
                header.push(stream.read_u8().await?);
            }
            return Self::from_text(&header);
        }
        if !v2::PROTOCOL_PREFIX.starts_with(&header) {
            return Err(ProxyHeaderError::Missing);
        }
        header.resize(FIXED_BYTES, 0);
        stream.read_exact(&mut header[BEGINNING_BYTES..]).await?;
        let bytes = FIXED_BYTES + usize::from(u16::from_be_bytes([header[14], header[15]]));
        if BYTES_MAX < bytes {
            return Err(ProxyHeaderError::TooLong(bytes));
        }
        header.resize(bytes, 0);
        stream.read_exact(&mut header[FIXED_BYTES..]).await?;
        Self::from_binary(&header)
    }

    fn from_text(header: &[u8]) -> Result<Self, ProxyHeaderError> {
        let parsed = v1::Header::try_from(header).map_err(malformed)?;
        let client = match parsed.addresses {
            v1::Addresses::Tcp4(it) => it.source_address.into(),
            v1::Addresses::Tcp6(it) => it.source_address.into(),
            v1::Addresses::Unknown => UNKNOWN,
        };
        Ok(Self { client: Some(client), vpc_endpoint: None })
    }

    fn from_binary(header: &[u8]) -> Result<Self, ProxyHeaderError> {
        let parsed = v2::Header::try_from(header).map_err(malformed)?;
        if parsed.command == v2::Command::Local {
            return Ok(Self::default());
        }
        if parsed.protocol == v2::Protocol::Datagram {
            return Err(malformed("it is of datagrams"));
        }
        let client = match parsed.addresses {
            v2::Addresses::IPv4(it) => it.source_address.into(),
            v2::Addresses::IPv6(it) => it.source_address.into(),
            v2::Addresses::Unix(_) | v2::Addresses::Unspecified => UNKNOWN,
        };
        let mut vpc_endpoint = None;
        for record in parsed.tlvs() {
            let record = record.map_err(malformed)?;
            if record.kind == TYPE_AWS
                && let Some((&SUBTYPE_VPC_ENDPOINT, id)) = record.value.split_first()
            {
                let id = std::str::from_utf8(id).map_err(malformed)?;
                if vpc_endpoint.replace(id.to_owned()).is_some() {
                    return Err(malformed("it names two endpoints of VPCs"));
                }
            }
        }
        Ok(Self { client: Some(client), vpc_endpoint })
    }
}

/// Not the load balancer's own, which policies may trust.
const UNKNOWN: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

fn malformed(reason: impl ToString) -> ProxyHeaderError {
    ProxyHeaderError::Malformed(reason.to_string())
}

#[cfg(test)]
mod tests;
