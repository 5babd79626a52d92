//! Mutual TLS and security policies of domain names: made with the AWS CLI, called by curl and OpenSSL.

mod sessions;

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
};
use tempfile::TempDir;

use super::Pets;
use super::node::{Node, client_program};
use super::services::Moto;
use crate::client::Connection;
use crate::patience::wait_for;
use crate::ports;

const NAME: &str = "mutual.example.com";
const OTHER: &str = "api.example.com";
const FORBIDDEN: &str = r#"{"message":"Forbidden"}"#;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn authority(name: &str) -> Authority {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A node with two domain names at a TLS listener, and the files of its clients.
struct Tls {
    pets: Pets,
    folder: TempDir,
    port: u16,
}

impl Tls {
    /// The API answers with the client's name.
    fn start(more: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let names = [NAME, OTHER, "newest.example.com"].map(str::to_owned);
        let own = rcgen::generate_simple_self_signed(names).unwrap();
        fs::write(folder.path().join("own.pem"), own.cert.pem()).unwrap();
        fs::write(folder.path().join("own.key"), own.signing_key.serialize_pem()).unwrap();
        let port = ports::free();
        let address = format!("127.0.0.1:{port}");
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (own, key, stores) = (path("own.pem"), path("own.key"), path(""));
        let log = path("access.log");
        let arguments = [
            &["--https", &address, "--tls-certificate", &own, "--tls-key", &key][..],
            // One thread, so that what is noted of one handshake would be seen by the next.
            &["--truststore-dir", &stores, "--threads", "1", "--access-log", &log],
            more,
        ];
        let pets = Pets::on(Node::start_with(TempDir::new().unwrap(), &arguments.concat()));
        pets.deploy(
            "$!context.identity.clientCert.subjectDN by $!context.identity.clientCert.issuerDN",
            &[],
        );
        Self { pets, folder, port }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn domain(&self, name: &str, more: &[&str]) {
        let regional = ["--domain-name", name, "--endpoint-configuration", "types=REGIONAL"];
        self.pets.node.aws("apigateway create-domain-name", &[&regional, more].concat());
        let mapping = ["--domain-name", name, "--rest-api-id", &self.pets.api, "--stage", "prod"];
        self.pets.node.aws("apigateway create-base-path-mapping", &mapping);
    }

    fn mutual(&self, bundle: &str) {
        let mutual = format!("truststoreUri=file://{bundle}");
        self.domain(NAME, &["--mutual-tls-authentication", &mutual]);
    }

    fn trust(&self, uri: &str) {
        let change = format!("op=replace,path=/mutualTlsAuthentication/truststoreUri,value={uri}");
        let more = ["--domain-name", NAME, "--patch-operations", &change];
        self.pets.node.aws("apigateway update-domain-name", &more);
    }

    /// Files of a client whom an authority vouches for.
    fn client(&self, name: &str, issuer: &Authority) {
        let key = KeyPair::generate().unwrap();
        let certificate = named(name).signed_by(&key, issuer).unwrap();
        fs::write(self.path(&format!("{name}.pem")), certificate.pem()).unwrap();
        fs::write(self.path(&format!("{name}.key")), key.serialize_pem()).unwrap();
    }

    fn bundle(&self, name: &str, authorities: &[&Authority]) {
        let pems: String = authorities.iter().map(|authority| authority.pem()).collect();
        fs::write(self.path(name), pems).unwrap();
    }

    fn curl(&self, host: &str, client: Option<&str>, more: &[&str]) -> Output {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--max-time", "30", "--insecure"]);
        curl.args(["--connect-to", &format!("::127.0.0.1:{}", self.port)]);
        if let Some(client) = client {
            curl.arg("--cert").arg(self.path(&format!("{client}.pem")));
            curl.arg("--key").arg(self.path(&format!("{client}.key")));
        }
        curl.args(more).arg(format!("https://{host}/pets")).output().unwrap()
    }

    /// What is answered, if anything is.
    fn get(&self, host: &str, client: Option<&str>, more: &[&str]) -> Option<String> {
        let output = self.curl(host, client, more);
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    }

    #[track_caller]
    fn check(&self, host: &str, client: Option<&str>, more: &[&str], expected: &str) {
        let answer = self.get(host, client, more);
        assert_eq!(answer.as_deref(), Some(expected), "{host} {client:?} {more:?}");
    }

    #[track_caller]
    fn wait_for(&self, host: &str, client: Option<&str>, expected: &str) {
        wait_for("the domain name to be served", || {
            (self.get(host, client, &[]).as_deref() == Some(expected)).then_some(())
        });
    }

    /// What OpenSSL tells of a handshake.
    fn handshake(&self, host: &str, more: &[&str]) -> String {
        let mut openssl = Command::new("openssl");
        openssl.args(["s_client", "-connect", &format!("127.0.0.1:{}", self.port)]);
        openssl.args(["-servername", host]).args(more);
        openssl.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = openssl.spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"Q\n").unwrap();
        let output = child.wait_with_output().unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    }
}

#[test]
fn clients_are_let_in_whom_an_authority_of_the_trust_store_vouches_for() {
    let tls = Tls::start(&[]);
    let (ours, theirs) = (authority("ours"), authority("theirs"));
    tls.client("me", &ours);
    tls.client("them", &theirs);
    tls.bundle("ours.pem", &[&ours]);
    tls.bundle("both.pem", &[&ours, &theirs]);
    tls.bundle("theirs.pem", &[&theirs]);
    tls.domain(OTHER, &[]);
    tls.mutual("ours.pem");
    tls.wait_for(NAME, Some("me"), "CN=me by CN=ours");
    for version in ["--tlsv1.3", "--tls-max=1.2"] {
        let version: &[&str] =
            if version == "--tlsv1.3" { &["--tlsv1.3"] } else { &["--tls-max", "1.2"] };
        for protocol in ["--http1.1", "--http2"] {
            let more = [version, &[protocol]].concat();
            tls.check(NAME, Some("me"), &more, "CN=me by CN=ours");
            tls.check(NAME, Some("them"), &more, FORBIDDEN);
            tls.check(NAME, None, &more, FORBIDDEN);
            tls.check(OTHER, None, &more, " by ");
            // Whoever is not asked at the handshake says nothing of itself, whatever the Host header says.
            let host = format!("Host: {NAME}");
            tls.check(OTHER, Some("me"), &[&more[..], &["--header", &host]].concat(), FORBIDDEN);
        }
    }
    let clear = tls.pets.node.get_at(NAME, "/pets");
    assert_eq!((clear.status, clear.text()), (403, FORBIDDEN));
    let log = fs::read_to_string(tls.path("access.log")).unwrap();
    let refused = log.lines().find(|line| line.contains(r#""subjectDN":"CN=them""#)).unwrap();
    assert!(refused.contains("the client's certificate is not trusted: "), "{refused}");
    // What is trusted changes while it serves.
    tls.trust("file://both.pem");
    tls.wait_for(NAME, Some("them"), "CN=them by CN=theirs");
    tls.check(NAME, Some("me"), &[], "CN=me by CN=ours");
    tls.trust("file://theirs.pem");
    tls.wait_for(NAME, Some("me"), FORBIDDEN);
    tls.trust("");
    tls.wait_for(NAME, None, " by ");
}

#[test]
fn clients_of_other_names_are_not_asked() {
    const ASKED: &str = "Requested Signature Algorithms";
    let tls = Tls::start(&[]);
    let ours = authority("ours");
    tls.client("me", &ours);
    tls.bundle("ours.pem", &[&ours]);
    tls.domain(OTHER, &[]);
    tls.mutual("ours.pem");
    tls.wait_for(NAME, Some("me"), "CN=me by CN=ours");
    for version in ["-tls1_2", "-tls1_3"] {
        for _ in 0..3 {
            assert!(tls.handshake(NAME, &[version]).contains(ASKED), "{version}");
            let other = tls.handshake(OTHER, &[version]);
            assert!(!other.contains(ASKED) && other.contains("Cipher is"), "{other}");
        }
    }
    // Where a session is taken up again nobody is asked: that is not taken for the next client.
    let session = tls.path("session");
    let session = session.to_str().unwrap();
    tls.handshake(OTHER, &["-tls1_2", "-sess_out", session]);
    let resumed = tls.handshake(OTHER, &["-tls1_2", "-sess_in", session]);
    assert!(resumed.contains("Reused, TLSv1.2"), "{resumed}");
    tls.check(NAME, Some("me"), &["--tls-max", "1.2"], "CN=me by CN=ours");
    // A session has the certificate that it began with.
    let key = tls.path("me.key");
    let pem = tls.path("me.pem");
    let shown = ["-cert", pem.to_str().unwrap(), "-key", key.to_str().unwrap()];
    tls.handshake(NAME, &[&shown[..], &["-tls1_2", "-sess_out", session]].concat());
    let resumed = tls.handshake(NAME, &["-tls1_2", "-sess_in", session]);
    assert!(resumed.contains("Reused, TLSv1.2"), "{resumed}");
}

#[test]
fn security_policies_say_what_is_spoken() {
    let tls = Tls::start(&[]);
    tls.domain(OTHER, &[]);
    let newest = ["--security-policy", "SecurityPolicy_TLS13_1_3_2025_09"];
    tls.domain(
        "newest.example.com",
        &[&newest[..], &["--endpoint-access-mode", "STRICT"]].concat(),
    );
    tls.wait_for("newest.example.com", None, " by ");
    tls.check(OTHER, None, &["--tls-max", "1.2"], " by ");
    let old = tls.curl("newest.example.com", None, &["--tls-max", "1.2"]);
    assert!(!old.status.success());
    let complaint = String::from_utf8_lossy(&old.stderr);
    assert!(complaint.contains("alert"), "{complaint}");
    let host = ["--header", "Host: newest.example.com"];
    tls.check(OTHER, None, &host, FORBIDDEN);
    tls.check("newest.example.com", None, &["--http2", "--tlsv1.3"], " by ");
    let clear = tls.pets.node.get_at("newest.example.com", "/pets");
    assert_eq!((clear.status, clear.text()), (403, FORBIDDEN), "strict: there is no handshake");
}

#[test]
fn trust_stores_are_fetched_from_s3() {
    let moto = Moto::start(client_program("moto_server"));
    let s3 = format!("--service=s3=http://127.0.0.1:{}", moto.port);
    let tls = Tls::start(&[&s3]);
    let (ours, theirs) = (authority("ours"), authority("theirs"));
    tls.client("me", &ours);
    tls.client("them", &theirs);
    tls.bundle("ours.pem", &[&ours]);
    tls.bundle("theirs.pem", &[&theirs]);
    let endpoint = format!("http://127.0.0.1:{}", moto.port);
    let s3api = |command: &str, more: &[&str]| {
        let more = [&["--endpoint-url", &endpoint][..], more].concat();
        tls.pets.node.aws(&format!("s3api {command}"), &more)
    };
    s3api("create-bucket --bucket certs", &[]);
    s3api("put-bucket-versioning --bucket certs --versioning-configuration Status=Enabled", &[]);
    let put = |name: &str| {
        let body = tls.path(name);
        let more = ["--key", "trust store/a+b.pem", "--body", body.to_str().unwrap()];
        s3api("put-object --bucket certs", &more)["VersionId"].as_str().unwrap().to_owned()
    };
    let first = put("ours.pem");
    put("theirs.pem");
    let uri = "truststoreUri=s3://certs/trust store/a+b.pem";
    tls.domain(NAME, &["--mutual-tls-authentication", uri]);
    tls.wait_for(NAME, Some("them"), "CN=them by CN=theirs");
    tls.check(NAME, Some("me"), &[], FORBIDDEN);
    let version = format!("op=add,path=/mutualTlsAuthentication/truststoreVersion,value={first}");
    let more = ["--domain-name", NAME, "--patch-operations", &version];
    tls.pets.node.aws("apigateway update-domain-name", &more);
    tls.wait_for(NAME, Some("me"), "CN=me by CN=ours");
    let none = "op=replace,path=/mutualTlsAuthentication/truststoreUri,value=s3://certs/none";
    let more = ["--domain-name", NAME, "--patch-operations", none];
    let refused = tls.pets.node.aws_refused("apigateway update-domain-name", &more);
    assert!(refused.contains("The truststore could not be fetched: S3 answers 404"), "{refused}");
    tls.check(NAME, Some("me"), &[], "CN=me by CN=ours");
}

#[test]
fn handshakes_that_fail_are_counted_and_do_not_flood_the_log() {
    const COUNT: u16 = 50;
    let tls = Tls::start(&[]);
    for number in 0..COUNT {
        let mut connection = Connection::open(tls.port);
        match number % 3 {
            0 => connection.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            1 => connection.write(b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"),
            _ => connection.end_writing(),
        }
        while !connection.is_closed() {
            connection.read_bytes(1); // The alert.
        }
    }
    let count =
        || tls.pets.node.metric("edgeway_connections_refused_total{reason=\"tls_handshake\"}");
    wait_for("every one to be counted", || (count() == f64::from(COUNT)).then_some(()));
    // After a handshake that promised HTTP/2.
    tls.handshake(OTHER, &["-alpn", "h2"]);
    assert!(!tls.pets.node.stderr.text().contains("ERROR"), "{}", tls.pets.node.stderr.text());
}

#[test]
fn a_key_that_is_slow_to_verify_with_is_none_of_a_client() {
    let tls = Tls::start(&[]);
    let path = |name: &str| tls.path(name).to_str().unwrap().to_owned();
    let (pem, key) = (path("p521.pem"), path("p521.key"));
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"]);
    openssl.args(["-nodes", "-subj", "/CN=slow", "-out", &pem, "-keyout", &key]);
    assert!(openssl.output().unwrap().status.success());
    let mutual = "truststoreUri=file://p521.pem";
    let regional = ["--domain-name", NAME, "--endpoint-configuration", "types=REGIONAL"];
    let more = [&regional[..], &["--mutual-tls-authentication", mutual]].concat();
    let refused = tls.pets.node.aws_refused("apigateway create-domain-name", &more);
    assert!(refused.contains("RSA of 2048 bits or more, or ECDSA P-256 or P-384"), "{refused}");
    let ours = authority("ours");
    tls.client("me", &ours);
    tls.bundle("ours.pem", &[&ours]);
    tls.mutual("ours.pem");
    tls.wait_for(NAME, Some("me"), "CN=me by CN=ours");
    // It cannot sign as it is asked to, and shows nothing.
    for version in [["--tlsv1.3", "--http2"], ["--tls-max", "1.2"]] {
        let answer = tls.get(NAME, Some("p521"), &version);
        assert!(answer.as_deref().is_none_or(|answer| answer == FORBIDDEN), "{answer:?}");
    }
}
