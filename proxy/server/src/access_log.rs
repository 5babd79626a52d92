//! The access log: one JSON object a line, written beside the request path.
//!
//! A line is handed to a thread of its own. Should that fall behind, lines are dropped and counted:
//! a slow disk must not slow requests (AWS's access logs are best effort too).

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use anyhow::Context as _;
use mutual_tls::PeerCertificate;
use pipeline::{CacheResult, CustomDomainMatch};
use prometheus::IntCounter;
use serde::Serialize;

/// Of what a line says of a certificate that anybody may have made.
const CERTIFICATE_NAME_BYTES_MAX: usize = 512;

/// Lines that may wait to be written, and how long they may be together: clients choose what is in them.
const LINES_WAITING_MAX: usize = 16_384;
const BYTES_WAITING_MAX: usize = 16 * 1024 * 1024;

/// Where lines go.
#[derive(Clone)]
pub(crate) struct AccessLog {
    /// None when the log is off.
    lines: Option<Lines>,
    lost: IntCounter,
}

/// Lines on their way to the thread that writes them.
#[derive(Clone)]
struct Lines {
    sender: SyncSender<Vec<u8>>,
    bytes_waiting: Arc<AtomicUsize>,
}

/// Lines that wait.
struct WaitingLines {
    receiver: Receiver<Vec<u8>>,
    bytes_waiting: Arc<AtomicUsize>,
}

/// As many lines wait as may.
#[derive(Debug)]
struct Full;

impl Lines {
    fn new() -> (Self, WaitingLines) {
        let (sender, receiver) = sync_channel(LINES_WAITING_MAX);
        let bytes_waiting = Arc::new(AtomicUsize::new(0));
        let waiting = WaitingLines { receiver, bytes_waiting: Arc::clone(&bytes_waiting) };
        (Self { sender, bytes_waiting }, waiting)
    }

    fn add(&self, line: Vec<u8>) -> Result<(), Full> {
        let bytes = line.len();
        let before = self.bytes_waiting.fetch_add(bytes, Ordering::Relaxed);
        let is_room = before.saturating_add(bytes) <= BYTES_WAITING_MAX;
        if is_room && self.sender.try_send(line).is_ok() {
            return Ok(());
        }
        self.bytes_waiting.fetch_sub(bytes, Ordering::Relaxed);
        Err(Full)
    }
}

impl WaitingLines {
    /// Waits for a line; none when there will be no more.
    fn next(&self) -> Option<Vec<u8>> {
        self.taken(self.receiver.recv().ok())
    }

    /// None if no line waits.
    fn next_at_once(&self) -> Option<Vec<u8>> {
        self.taken(self.receiver.try_recv().ok())
    }

    fn taken(&self, line: Option<Vec<u8>>) -> Option<Vec<u8>> {
        let bytes = line.as_ref().map_or(0, Vec::len);
        self.bytes_waiting.fetch_sub(bytes, Ordering::Relaxed);
        line
    }
}

/// One request, named as API Gateway's `$context` variables are.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Line<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) extended_request_id: &'a str,
    pub(crate) api_id: Option<&'a str>,
    pub(crate) stage: Option<&'a str>,
    pub(crate) ip: String,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) request_time_epoch: u64,
    pub(crate) http_method: &'a str,
    pub(crate) domain_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) custom_domain: Option<LineCustomDomain<'a>>,
    pub(crate) path: &'a str,
    pub(crate) resource_path: Option<&'a str>,
    pub(crate) protocol: &'a str,
    pub(crate) status: u16,
    /// Bytes of the body.
    pub(crate) response_length: usize,
    /// Milliseconds.
    pub(crate) response_latency: f64,
    /// Milliseconds.
    pub(crate) integration_latency: Option<f64>,
    pub(crate) integration_status: Option<u16>,
    /// Where responses are cached. AWS has no variable for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) response_cache: Option<LineCacheResult>,
    /// Milliseconds.
    pub(crate) authorizer_latency: Option<f64>,
    pub(crate) principal_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) api_key_id: Option<&'a str>,
    /// Of who signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) access_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_cert: Option<LineClientCert<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_arn: Option<&'a str>,
    pub(crate) user_agent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<LineError<'a>>,
}

/// Whether the response was there.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LineCacheResult {
    Hit,
    Miss,
}

impl From<CacheResult> for LineCacheResult {
    fn from(result: CacheResult) -> Self {
        match result {
            CacheResult::Hit => Self::Hit,
            CacheResult::Miss => Self::Miss,
        }
    }
}

/// What of a custom domain name led to the stage.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum LineCustomDomain<'a> {
    BasePathMatched(&'a str),
    RoutingRuleIdMatched(&'a str),
}

/// What the client showed of itself, also where it was refused. Its certificate is left out: it takes kilobytes.
#[derive(Serialize)]
pub(crate) struct LineClientCert<'a> {
    #[serde(rename = "subjectDN")]
    subject_dn: &'a str,
    #[serde(rename = "issuerDN")]
    issuer_dn: &'a str,
    #[serde(rename = "serialNumber")]
    serial_number: &'a str,
    validity: LineValidity<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LineValidity<'a> {
    not_before: &'a str,
    not_after: &'a str,
}

impl<'a> From<&'a CustomDomainMatch> for LineCustomDomain<'a> {
    fn from(matched: &'a CustomDomainMatch) -> Self {
        match matched {
            CustomDomainMatch::BasePath(path) => Self::BasePathMatched(path),
            CustomDomainMatch::RoutingRule(id) => Self::RoutingRuleIdMatched(id),
        }
    }
}

impl<'a> From<&'a PeerCertificate> for LineClientCert<'a> {
    fn from(certificate: &'a PeerCertificate) -> Self {
        Self {
            subject_dn: excerpt(&certificate.subject_dn),
            issuer_dn: excerpt(&certificate.issuer_dn),
            serial_number: excerpt(&certificate.serial_number),
            validity: LineValidity {
                not_before: &certificate.not_before,
                not_after: &certificate.not_after,
            },
        }
    }
}

/// The beginning of what anybody may write into a certificate.
fn excerpt(text: &str) -> &str {
    &text[..text.floor_char_boundary(CERTIFICATE_NAME_BYTES_MAX)]
}

/// Why the gateway answered itself.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LineError<'a> {
    pub(crate) response_type: &'a str,
    /// What the client was told.
    pub(crate) message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) validation_error_string: Option<&'a str>,
    /// What really happened.
    pub(crate) cause: &'a str,
}

impl AccessLog {
    /// `-` is stdout, `off` is nowhere, anything else a file that is appended to.
    ///
    /// # Errors
    /// If the file cannot be opened or the thread not be started.
    pub(crate) fn open(target: &str, lost: IntCounter) -> anyhow::Result<Self> {
        let writer: Box<dyn Write + Send> = match target {
            "off" => return Ok(Self { lines: None, lost }),
            "-" => Box::new(io::stdout()),
            path => Box::new(append(path).with_context(|| format!("open the access log {path}"))?),
        };
        let (lines, waiting) = Lines::new();
        thread::Builder::new()
            .name("access-log".into())
            .spawn(move || write_lines(&waiting, writer))
            .context("start the access log")?;
        Ok(Self { lines: Some(lines), lost })
    }

    /// Hands over a line, made only if there is a log.
    pub(crate) fn write<'a>(&self, line: impl FnOnce() -> Line<'a>) {
        let Some(lines) = &self.lines else { return };
        let Ok(mut text) = serde_json::to_vec(&line()) else { return };
        text.push(b'\n');
        if let Err(Full) = lines.add(text) {
            self.lost.inc();
        }
    }
}

fn append(path: &str) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

/// Flushes when no line waits, so that a quiet log is never behind.
fn write_lines(lines: &WaitingLines, writer: Box<dyn Write + Send>) {
    let mut writer = BufWriter::with_capacity(64 * 1024, writer);
    let mut next = lines.next();
    while let Some(line) = next {
        if let Err(error) = writer.write_all(&line) {
            tracing::warn!(%error, "the access log cannot be written");
        }
        next = match lines.next_at_once() {
            Some(line) => Some(line),
            None => {
                if let Err(error) = writer.flush() {
                    tracing::warn!(%error, "the access log cannot be written");
                }
                lines.next()
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many lines of this length wait when nobody writes them.
    #[track_caller]
    fn check(line_bytes: usize, expected: usize) {
        let (lines, waiting) = Lines::new();
        let added = || lines.add(vec![b'x'; line_bytes]).is_ok();
        let count = (0..2 * LINES_WAITING_MAX).take_while(|_| added()).count();
        assert_eq!(count, expected);
        assert!(!added());
        assert_eq!(waiting.next().map(|line| line.len()), Some(line_bytes));
        assert!(added() && !added(), "there is room for one more");
        while waiting.next_at_once().is_some() {}
        assert_eq!(lines.bytes_waiting.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn lines_that_wait_are_bounded_by_their_number_and_by_their_bytes() {
        check(10, LINES_WAITING_MAX);
        check(BYTES_WAITING_MAX / LINES_WAITING_MAX, LINES_WAITING_MAX);
        check(1024 * 1024, 16);
        check(1024 * 1024 + 1, 15);
        check(BYTES_WAITING_MAX, 1);
        let (lines, _waiting) = Lines::new();
        assert!(lines.add(vec![b'x'; BYTES_WAITING_MAX + 1]).is_err());
    }
}
