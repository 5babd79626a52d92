//! Where trust stores of domain names are fetched from: S3, or what this node has for it, and a folder.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use control::{TrustStoreLocation, TrustStores};
use http::header::HOST;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use model::{Backends, Region, ServiceCredentials, ServiceSignature, UpstreamTls};
use mutual_tls::TrustStore;
use pipeline::{UpstreamError, UpstreamHead, UpstreamSignature};
use tokio::runtime::Handle;

use crate::clock::Clock;
use crate::upstream::UpstreamClient;

/// For a whole bundle.
const FETCH_TIME_MAX: Duration = Duration::from_secs(10);

pub(crate) struct FetchedTrustStores {
    upstreams: UpstreamClient,
    backends: Arc<Backends>,
    region: Region,
    /// What `file://` is beneath.
    folder: Option<PathBuf>,
}

impl FetchedTrustStores {
    pub(crate) fn new(backends: Arc<Backends>, region: Region, folder: Option<PathBuf>) -> Self {
        Self { upstreams: UpstreamClient::new(Clock::start()), backends, region, folder }
    }

    fn head(&self, bucket: &str, key: &str, version: Option<&str>) -> Result<UpstreamHead, String> {
        let service = self.backends.services.get("s3").ok_or(
            "this node does not know where S3 is; tell it: --service s3=http://HOST:PORT, or name a \
             file://PATH beneath its --truststore-dir",
        )?;
        let mut path = format!("/{bucket}/{}", encoded(key, b"/"));
        if let Some(version) = version {
            path += &format!("?versionId={}", encoded(version, b""));
        }
        let unusable = |_| "it has no address".to_owned();
        let target = &service.target;
        let host = HeaderValue::try_from(format!("{}:{}", target.host, target.port));
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.map_err(|_| "S3 has no address".to_owned())?);
        let signature = ServiceSignature {
            service: "s3".to_owned(),
            region: self.region.as_str().to_owned(),
            key: Arc::clone(&service.key),
            credentials: ServiceCredentials::Node,
        };
        let signature =
            UpstreamSignature { of: Arc::new(signature), key: Arc::clone(&service.key) };
        Ok(UpstreamHead {
            target: Arc::clone(target),
            link: None,
            tls: UpstreamTls::default(),
            signature: Some(signature),
            method: Method::GET,
            path_and_query: PathAndQuery::try_from(path).map_err(unusable)?,
            headers,
            timeout: FETCH_TIME_MAX,
        })
    }

    /// Waits for the whole bundle: called on a thread that may.
    fn get(&self, bucket: &str, key: &str, version: Option<&str>) -> Result<Vec<u8>, String> {
        let head = self.head(bucket, key, version)?;
        let fetched = self.upstreams.fetch(&head, TrustStore::BYTES_MAX);
        let response = Handle::current().block_on(fetched).map_err(|error| match error {
            UpstreamError::Network(problem) => format!("S3 cannot be reached: {problem}"),
            UpstreamError::TimedOut => format!("S3 does not answer within {FETCH_TIME_MAX:?}"),
            UpstreamError::TooLarge => too_large(),
        })?;
        match response.status {
            StatusCode::OK => Ok(response.body.to_vec()),
            status => Err(format!("S3 answers {status}")),
        }
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let folder = self
            .folder
            .as_deref()
            .ok_or("this node has no folder for them; tell it: --truststore-dir DIR")?;
        read_file(&folder.join(path)).map_err(|error| format!("{path}: {error}"))?
    }
}

impl TrustStores for FetchedTrustStores {
    fn fetch(&self, location: &TrustStoreLocation) -> Result<Vec<u8>, String> {
        match location {
            TrustStoreLocation::File(path) => self.read(path),
            TrustStoreLocation::S3 { bucket, key, version } => {
                self.get(bucket, key, version.as_deref())
            }
        }
    }
}

fn read_file(path: &Path) -> std::io::Result<Result<Vec<u8>, String>> {
    let file = File::open(path)?;
    // What is no file may have no end.
    if !file.metadata()?.is_file() {
        return Ok(Err("it is not a file".to_owned()));
    }
    let mut bytes = Vec::new();
    file.take(TrustStore::BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(if bytes.len() <= TrustStore::BYTES_MAX { Ok(bytes) } else { Err(too_large()) })
}

fn too_large() -> String {
    format!("it is larger than {} bytes", TrustStore::BYTES_MAX)
}

/// With every byte percent-encoded that is not unreserved (RFC 3986 section 2.3), but for those that are `kept`.
fn encoded(text: &str, kept: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded += &format!("%{byte:02X}");
        }
    }
    encoded
}
