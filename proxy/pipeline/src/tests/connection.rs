//! Which connections a domain name takes.

use std::sync::Arc;

use model::{Domain, DomainTls, EndpointAccessMode, TlsVersion};
use mutual_tls::{PeerChain, TrustStore};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use super::fixture::{Description, Gateway, TestRequest, target};
use crate::{Record, TlsConnection};

const FORBIDDEN: &str = r#"403 {"message":"Forbidden"}"#;
const REACHED: &str = "200 reached";
const NAME: &str = "mutual.example.com";

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn issued_by(authority: &Authority) -> PeerChain {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "me");
    let key = KeyPair::generate().unwrap();
    PeerChain::new(vec![params.signed_by(&key, authority).unwrap().der().clone()])
}

/// A gateway with a domain name that asks for this.
fn gateway(tls: DomainTls) -> Gateway {
    let mut gateway = Gateway::new(Description::default());
    let domain = Domain::new([(String::new(), target(Some("prod")))]);
    gateway.snapshot.add_domain(NAME, domain.with_tls(tls));
    *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"reached"}"#.into()));
    gateway
}

fn mutual(authority: &Authority) -> Gateway {
    let (store, _) = TrustStore::parse(authority.pem().as_bytes(), 0).unwrap();
    gateway(DomainTls { trust_store: Some(Arc::new(store)), ..DomainTls::default() })
}

fn connection(name: Option<&str>, peer: Option<PeerChain>) -> TlsConnection {
    let server_name = name.map(str::to_owned);
    TlsConnection { server_name, version: TlsVersion::V1_3, peer }
}

fn get(host: &str, tls: Option<TlsConnection>) -> TestRequest {
    let request = TestRequest::new("GET /pets/1").host(host);
    TestRequest { tls: tls.map(Arc::new), ..request }
}

#[test]
fn mutual_tls_lets_in_whom_an_authority_vouches_for() {
    let (ours, theirs) = (authority("ours"), authority("theirs"));
    let gateway = mutual(&ours);
    let of_ours = || Some(connection(Some(NAME), Some(issued_by(&ours))));
    assert_eq!(gateway.answer(&get(NAME, of_ours())), REACHED);
    assert_eq!(gateway.answer(&get("Mutual.Example.com:443", of_ours())), REACHED);
    gateway.world.take_calls();
    for tls in [
        None,
        Some(connection(Some(NAME), None)),
        Some(connection(Some(NAME), Some(issued_by(&theirs)))),
        Some(connection(Some(NAME), Some(PeerChain::new(Vec::new())))),
    ] {
        assert_eq!(gateway.answer(&get(NAME, tls)), FORBIDDEN);
    }
    let by_path = TestRequest::new("GET /_aws/execute-api/abc/prod/pets/1").host(NAME);
    assert_eq!(gateway.answer(&by_path), FORBIDDEN);
    assert_eq!(gateway.world.take_calls(), Vec::<String>::new());
    // Others ask for nothing, whoever calls.
    let other = "api.example.com";
    assert_eq!(gateway.answer(&get(other, None)), REACHED);
    let of_theirs = connection(Some(other), Some(issued_by(&theirs)));
    assert_eq!(gateway.answer(&get(other, Some(of_theirs))), REACHED);
    let event = gateway.world.take_calls().pop().unwrap();
    assert!(!event.contains("clientCert"), "{event}");
}

#[test]
fn a_connection_is_asked_for_each_name_that_it_is_used_for() {
    let ours = authority("ours");
    let gateway = mutual(&ours);
    let with = Some(connection(Some("api.example.com"), Some(issued_by(&ours))));
    assert_eq!(gateway.answer(&get(NAME, with)), REACHED);
    let without = Some(connection(Some("api.example.com"), None));
    assert_eq!(gateway.answer(&get(NAME, without)), FORBIDDEN);
}

#[test]
fn the_backend_is_told_who_called() {
    let ours = authority("ours");
    let gateway = mutual(&ours);
    let request = get(NAME, Some(connection(Some(NAME), Some(issued_by(&ours)))));
    gateway.answer(&request);
    let event: serde_json::Value = serde_json::from_str(&gateway.world.take_calls()[0]).unwrap();
    let shown = &event["requestContext"]["identity"]["clientCert"];
    let peer = request.tls.as_ref().unwrap().peer.as_ref().unwrap();
    let certificate = peer.certificate().unwrap();
    assert_eq!(
        *shown,
        serde_json::json!({
            "clientCertPem": certificate.pem,
            "issuerDN": "CN=ours",
            "serialNumber": certificate.serial_number,
            "subjectDN": "CN=me",
            "validity": {
                "notAfter": certificate.not_after,
                "notBefore": certificate.not_before,
            },
        })
    );
}

#[test]
fn the_log_is_told_who_was_refused() {
    let (ours, theirs) = (authority("ours"), authority("theirs"));
    let gateway = mutual(&ours);
    let mut record = Record::default();
    let peer = Some(issued_by(&theirs));
    gateway.recorded(&get(NAME, Some(connection(Some(NAME), peer))), &mut record);
    assert_eq!(record.peer_certificate.unwrap().issuer_dn, "CN=theirs");
    let cause = record.error.unwrap().cause;
    assert!(cause.starts_with("the client's certificate is not trusted: "), "{cause}");
}

#[test]
fn a_security_policy_says_how_old_a_version_may_be() {
    let newest = DomainTls { oldest_version: TlsVersion::V1_3, ..DomainTls::default() };
    let gateway = gateway(newest);
    let with = |version| Some(TlsConnection { version, ..connection(Some(NAME), None) });
    assert_eq!(gateway.answer(&get(NAME, with(TlsVersion::V1_3))), REACHED);
    assert_eq!(gateway.answer(&get(NAME, with(TlsVersion::V1_2))), FORBIDDEN);
    assert_eq!(gateway.answer(&get("api.example.com", with(TlsVersion::V1_2))), REACHED);
}

#[test]
fn strict_access_is_for_one_name() {
    let strict = DomainTls { access_mode: EndpointAccessMode::Strict, ..DomainTls::default() };
    let gateway = gateway(strict);
    let with = |name| Some(connection(name, None));
    assert_eq!(gateway.answer(&get(NAME, with(Some("MUTUAL.example.com")))), REACHED);
    for tls in [None, with(None), with(Some("api.example.com"))] {
        assert_eq!(gateway.answer(&get(NAME, tls)), FORBIDDEN);
    }
}
