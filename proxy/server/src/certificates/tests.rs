use model::{AccountId, Region, Snapshot};
use mutual_tls::TrustStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::*;
use crate::followed_file::FollowedFiles;

fn snapshot() -> Snapshot {
    Snapshot::new(AccountId::parse("000000000000").unwrap(), Region::parse("us-east-1").unwrap())
}

fn certificate(name: &str) -> ServerCertificate {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    ServerCertificate { chain: made.cert.pem(), private_key: made.signing_key.serialize_pem() }
}

fn der(certificate: &ServerCertificate) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(certificate.chain.as_bytes()).unwrap()
}

#[test]
fn a_name_has_its_certificate_or_that_of_its_wildcard() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = FollowedFiles::default();
    let mut in_file = |certificate: &ServerCertificate| {
        let [chain, key] = ["c.pem", "k.pem"].map(|name| folder.path().join(name));
        std::fs::write(&chain, &certificate.chain).unwrap();
        std::fs::write(&key, &certificate.private_key).unwrap();
        files.read(CertificateFiles { chain, key }).unwrap()
    };
    let names = ["api.example.com", "*.example.com", "*.files.org", "both.files.org", "b.org"];
    let [exact, wildcard, in_files, both, broken] = names.map(certificate);
    let broken = ServerCertificate { private_key: "x".to_owned(), ..broken };
    let stale = certificate("both.files.org");
    let called = [
        ("api.example.com", &exact),
        ("*.example.com", &wildcard),
        ("both.files.org", &stale),
        ("given.files.org", &both),
        ("b.org", &broken),
    ];
    let private = certificate("private.example.com");
    let edge = certificate("edge.example.com");
    let regional = called.map(|(name, given)| (EndpointType::Regional, name, given));
    let others = [
        (EndpointType::Private, "private.example.com", &private),
        (EndpointType::Edge, "edge.example.com", &edge),
    ];
    let certificates = DomainCertificates::new(regional.into_iter().chain(others));
    let live = Live::uncounted(snapshot(), Vec::new());
    let live = live.with_certificates(Arc::new(certificates));
    let all = Certificates {
        live: Arc::new(ArcSwap::from_pointee(Live::uncounted(snapshot(), Vec::new()))),
        in_files: Arc::new(HashMap::from([
            ("*.files.org".to_owned(), in_file(&in_files)),
            ("both.files.org".to_owned(), in_file(&both)),
        ])),
        own: in_file(&certificate("own")),
        endpoint: Some(PublicEndpoint::Any),
    };
    let shown =
        |at: &Certificates, name: &str| at.find(&live, name).map(|found| found.cert[0].clone());
    let find = |name| shown(&all, name);
    assert_eq!(find("api.example.com"), Some(der(&exact)));
    assert_eq!(find("other.example.com"), Some(der(&wildcard)));
    assert_eq!(find("any.files.org"), Some(der(&in_files)));
    assert_eq!(find("both.files.org"), Some(der(&both)), "files before calls");
    assert_eq!(find("given.files.org"), Some(der(&both)), "the whole name before a wildcard");
    assert_eq!(find("private.example.com"), Some(der(&wildcard)), "private names are not there");
    for name in ["example.com", "a.b.example.com", "b.org", "com", ""] {
        assert_eq!(find(name), None, "{name}");
    }
    assert_eq!(find("edge.example.com"), Some(der(&edge)));
    let at_edge = Certificates { endpoint: Some(PublicEndpoint::Edge), ..all };
    assert_eq!(shown(&at_edge, "edge.example.com"), Some(der(&edge)));
    assert_eq!(shown(&at_edge, "both.files.org"), Some(der(&both)), "files are for all");
    assert_eq!(shown(&at_edge, "api.example.com"), None, "regional names are not there");
    let at_endpoint = Certificates { endpoint: None, ..at_edge };
    let find = |name| shown(&at_endpoint, name);
    assert_eq!(find("private.example.com"), Some(der(&private)));
    assert_eq!(find("both.files.org"), Some(der(&both)));
    assert_eq!(find("api.example.com"), None, "nor are public ones at endpoints");
}

#[test]
fn clients_are_asked_for_certificates_where_the_name_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let made = certificate("own");
    let [chain, key] = ["c.pem", "k.pem"].map(|name| folder.path().join(name));
    std::fs::write(&chain, &made.chain).unwrap();
    std::fs::write(&key, &made.private_key).unwrap();
    let own = FollowedFiles::default().read(CertificateFiles { chain, key }).unwrap();
    let trust_store = Some(Arc::new(TrustStore::nobody()));
    let mutual = DomainTls { trust_store, ..DomainTls::default() };
    let mut snapshot = snapshot();
    snapshot.add_domain("a.com", Domain::of_routing_rules(Vec::new()).with_tls(mutual));
    let live = Arc::new(ArcSwap::from_pointee(Live::uncounted(snapshot, Vec::new())));
    for (endpoint, expected) in [
        (Some(PublicEndpoint::Any), true),
        (Some(PublicEndpoint::Regional), true),
        (Some(PublicEndpoint::Edge), false),
        (None, false),
    ] {
        let certificates = Certificates {
            live: Arc::clone(&live),
            in_files: Arc::default(),
            own: Arc::clone(&own),
            endpoint,
        };
        assert_eq!(certificates.are_mutual("A.com"), expected, "{endpoint:?}");
    }
}

#[test]
fn what_is_no_certificate_of_a_name_is_refused() {
    let read = DomainCertificate::parse("*.Example.com=/a/c.pem,key=/a/k.pem").unwrap();
    assert_eq!(read.name, "*.example.com");
    assert_eq!(
        (read.files.chain.to_str(), read.files.key.to_str()),
        (Some("/a/c.pem"), Some("/a/k.pem"))
    );
    for text in [
        "",
        "api.example.com",
        "api.example.com=c.pem",
        "api.example.com=c.pem,key=",
        "api.example.com=,key=k.pem",
        "api.example.com=c.pem,key=k.pem,more=x",
        "=c.pem,key=k.pem",
        "a..com=c.pem,key=k.pem",
        "*.*.com=c.pem,key=k.pem",
        "https://a.com=c.pem,key=k.pem",
    ] {
        assert!(DomainCertificate::parse(text).is_err(), "{text}");
    }
}
