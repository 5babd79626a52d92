//! Connections and TLS sessions from before mutual TLS was turned on: what they are answered, and that their clients
//! get in by beginning new ones.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::{FORBIDDEN, NAME, Tls, authority};
use crate::gateway::end;
use crate::patience::{PATIENCE, wait_for};

/// A connection over TLS that is kept, by OpenSSL.
struct Kept {
    child: Child,
    to: ChildStdin,
    from: ChildStdout,
    /// The other side said so, in HTTP/2.
    goes_away: bool,
}

impl Kept {
    fn open(tls: &Tls, protocol: &str) -> Self {
        // It waits for ever by itself.
        let mut openssl = Command::new("timeout");
        openssl.args([&PATIENCE.as_secs().to_string(), "openssl", "s_client", "-quiet"]);
        openssl.args(["-connect", &format!("127.0.0.1:{}", tls.port)]);
        openssl.args(["-servername", NAME, "-alpn", protocol]);
        openssl.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = openssl.spawn().unwrap();
        let (to, from) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, to, from, goes_away: false }
    }

    fn get(&mut self) {
        let request = format!("GET /pets HTTP/1.1\r\nHost: {NAME}\r\n\r\n");
        self.to.write_all(request.as_bytes()).unwrap();
    }

    /// What comes until it ends with this.
    fn read_until(&mut self, end: &str) -> String {
        let mut text = String::new();
        let mut byte = [0];
        while !text.ends_with(end) {
            self.from.read_exact(&mut byte).unwrap();
            text.push(char::from(byte[0]));
        }
        text
    }

    /// What comes until the other side closes the connection.
    fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        self.from.read_to_end(&mut rest).unwrap();
        rest
    }

    /// A frame of HTTP/2: its type, its stream, and what is in it.
    fn frame(&mut self) -> Option<(u8, u32, Vec<u8>)> {
        let mut head = [0; 9];
        self.from.read_exact(&mut head).ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        self.from.read_exact(&mut payload).ok()?;
        self.goes_away |= head[3] == GOAWAY;
        Some((head[3], u32::from_be_bytes([head[5], head[6], head[7], head[8]]), payload))
    }

    /// `GET /pets` on a stream of HTTP/2, without anything that the other side had to remember.
    fn get_on(&mut self, stream: u32) {
        let mut block = vec![0x82, 0x87]; // :method: GET, :scheme: https (RFC 7541 appendix A)
        for (name, value) in [(4, "/pets"), (1, NAME)] {
            block.extend([name, u8::try_from(value.len()).unwrap()]); // :path, :authority
            block.extend(value.as_bytes());
        }
        let length = u8::try_from(block.len()).unwrap();
        let mut frame = vec![0, 0, length, HEADERS, 0x5]; // END_HEADERS, END_STREAM
        frame.extend(stream.to_be_bytes());
        frame.extend(block);
        self.to.write_all(&frame).unwrap();
    }

    /// The body of an answer on a stream.
    fn body_on(&mut self, stream: u32) -> String {
        loop {
            let (kind, of, payload) = self.frame().unwrap();
            if (kind, of) == (DATA, stream) && !payload.is_empty() {
                return String::from_utf8(payload).unwrap();
            }
        }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Of a body.
const UPLOAD: usize = 4 * 1024 * 1024;

/// Types of frames (RFC 9113 section 6).
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const GOAWAY: u8 = 7;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// A node whose domain name does not ask for certificates yet; and a client that has one.
fn not_yet() -> Tls {
    let tls = Tls::start(&[]);
    let ours = authority("ours");
    tls.client("me", &ours);
    tls.bundle("ours.pem", &[&ours]);
    tls.domain(NAME, &[]);
    tls.wait_for(NAME, None, " by ");
    tls
}

impl Tls {
    /// Until whoever shows nothing is refused.
    fn turn_on(&self) {
        self.trust("file://ours.pem");
        self.wait_for(NAME, None, FORBIDDEN);
    }

    /// What OpenSSL tells of a connection that is asked for `/pets` and closed.
    fn converse(&self, more: &[&str]) -> String {
        let mut openssl = Command::new("openssl");
        openssl.args(["s_client", "-ign_eof", "-connect", &format!("127.0.0.1:{}", self.port)]);
        openssl.args(["-servername", NAME]).args(more);
        openssl.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = openssl.spawn().unwrap();
        let request = format!("GET /pets HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n");
        child.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    }
}

#[test]
fn a_kept_connection_is_closed_so_that_the_next_one_shows_a_certificate() {
    let tls = not_yet();
    let mut kept = Kept::open(&tls, "http/1.1");
    kept.get();
    assert!(kept.read_until(" by ").starts_with("HTTP/1.1 200 "));
    tls.turn_on();
    kept.get();
    let refused = String::from_utf8(kept.rest()).unwrap();
    assert!(refused.starts_with("HTTP/1.1 403 ") && refused.ends_with(FORBIDDEN), "{refused}");
    assert!(refused.to_ascii_lowercase().contains("\r\nconnection: close\r\n"), "{refused}");
    tls.check(NAME, Some("me"), &[], "CN=me by CN=ours");
    // Also who sends more than the node reads at once hears of it.
    let mut upload = Kept::open(&tls, "http/1.1");
    let head = format!("POST /pets HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: {UPLOAD}\r\n\r\n");
    upload.to.write_all(head.as_bytes()).unwrap();
    upload.to.write_all(&vec![b'x'; UPLOAD]).unwrap();
    let refused = String::from_utf8(upload.rest()).unwrap();
    assert!(refused.starts_with("HTTP/1.1 403 ") && refused.ends_with(FORBIDDEN), "{refused}");
}

#[test]
fn a_kept_connection_of_http_2_is_closed_once_its_requests_are_answered() {
    let tls = not_yet();
    let mut kept = Kept::open(&tls, "h2");
    kept.to.write_all(PREFACE).unwrap();
    kept.get_on(1);
    assert_eq!(kept.body_on(1), " by ");
    tls.turn_on();
    kept.get_on(3);
    assert_eq!(kept.body_on(3), FORBIDDEN);
    while !kept.goes_away {
        kept.frame().expect("the client is told that the connection ends");
    }
}

#[test]
fn a_session_that_showed_no_certificate_is_not_taken_up_again() {
    for version in ["-tls1_2", "-tls1_3"] {
        let tls = not_yet();
        let path = |name: &str| tls.path(name).to_str().unwrap().to_owned();
        let (session, pem, key) = (path("session"), path("me.pem"), path("me.key"));
        tls.converse(&[version, "-sess_out", &session]);
        let resumed = tls.converse(&[version, "-sess_in", &session]);
        assert!(resumed.contains("Reused, TLSv1."), "{resumed}");
        // A ticket of TLS 1.3 is good for one connection.
        tls.converse(&[version, "-sess_out", &session]);
        tls.turn_on();
        let shown = [version, "-sess_in", &session, "-cert", &pem, "-key", &key];
        let anew = wait_for("an answer", || {
            Some(tls.converse(&shown)).filter(|told| told.contains("HTTP/1.1 "))
        });
        assert!(anew.contains("New, TLSv1.") && anew.contains("CN=me by CN=ours"), "{anew}");
    }
}

#[test]
fn a_session_shows_what_its_client_showed_and_is_asked_for_it_again() {
    let tls = Tls::start(&[]);
    let (ours, theirs) = (authority("ours"), authority("theirs"));
    tls.client("me", &ours);
    tls.bundle("ours.pem", &[&ours]);
    tls.bundle("theirs.pem", &[&theirs]);
    tls.mutual("ours.pem");
    tls.wait_for(NAME, Some("me"), "CN=me by CN=ours");
    let path = |name: &str| tls.path(name).to_str().unwrap().to_owned();
    let (session, pem, key) = (path("session"), path("me.pem"), path("me.key"));
    let certificate = ["-cert", &*pem, "-key", &*key];
    let versions = ["-tls1_2", "-tls1_3"];
    for version in versions {
        // Of who was asked and showed nothing: nobody is asked where a session is taken up again.
        let refused = tls.converse(&[version, "-sess_out", &session]);
        assert!(refused.contains("New, TLSv1.") && refused.contains(FORBIDDEN), "{refused}");
        let resumed = [&[version, "-sess_in", &session][..], &certificate].concat();
        let refused = tls.converse(&resumed);
        assert!(refused.contains("Reused, TLSv1.") && refused.contains(FORBIDDEN), "{refused}");
        assert!(!refused.contains("CN=me by"), "{refused}");
        // Of who showed a certificate.
        let session = path(version);
        let shown = [&[version, "-sess_out", &session][..], &certificate].concat();
        let taken = tls.converse(&shown);
        assert!(taken.contains("New, TLSv1.") && taken.contains("CN=me by CN=ours"), "{taken}");
    }
    tls.trust("file://theirs.pem");
    tls.wait_for(NAME, Some("me"), FORBIDDEN);
    for version in versions {
        let refused = tls.converse(&[version, "-sess_in", &path(version)]);
        assert!(refused.contains("Reused, TLSv1.") && refused.contains(FORBIDDEN), "{refused}");
    }
}
