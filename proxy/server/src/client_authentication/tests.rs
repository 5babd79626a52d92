use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::client::ResolvesClientCert;
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::version::{TLS12, TLS13};
use rustls::{
    ClientConfig, ClientConnection, Connection, RootCertStore, ServerConfig, ServerConnection,
    SignatureAlgorithm, SupportedProtocolVersion,
};

use super::*;

/// Signs as it wants, whatever it was offered.
#[derive(Debug)]
struct Stubborn {
    key: Arc<dyn SigningKey>,
    scheme: SignatureScheme,
}

impl SigningKey for Stubborn {
    fn choose_scheme(&self, _: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        self.key.choose_scheme(&[self.scheme])
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.key.algorithm()
    }
}

#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesClientCert for Always {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Shakes hands with a client that signs by this scheme.
fn handshake(
    key: &KeyPair,
    scheme: SignatureScheme,
    version: &'static SupportedProtocolVersion,
) -> Result<(), Error> {
    let provider = || Arc::new(ring::default_provider());
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let own_key = PrivateKeyDer::Pkcs8(own.signing_key.serialize_der().into());
    let server = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[version])
        .unwrap()
        .with_client_cert_verifier(Arc::new(AnyOwner::new()))
        .with_single_cert(vec![own.cert.der().clone()], own_key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(own.cert.der().clone()).unwrap();
    let shown = CertificateParams::default().self_signed(key).unwrap();
    let signing = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let signing = provider().key_provider.load_private_key(signing).unwrap();
    let signing = Arc::new(Stubborn { key: signing, scheme });
    let shown = Arc::new(CertifiedKey::new(vec![shown.der().clone()], signing));
    let client = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_client_cert_resolver(Arc::new(Always(shown)));
    let name = ServerName::try_from("localhost").unwrap();
    let mut client: Connection = ClientConnection::new(Arc::new(client), name).unwrap().into();
    let mut server: Connection = ServerConnection::new(Arc::new(server)).unwrap().into();
    while client.is_handshaking() || server.is_handshaking() {
        pass_on(&mut client, &mut server)?;
        pass_on(&mut server, &mut client).unwrap();
    }
    Ok(())
}

fn pass_on(from: &mut Connection, to: &mut Connection) -> Result<(), Error> {
    let mut bytes = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut bytes).unwrap();
    }
    let mut bytes = bytes.as_slice();
    while !bytes.is_empty() {
        to.read_tls(&mut bytes).unwrap();
        to.process_new_packets()?;
    }
    Ok(())
}

#[test]
fn clients_sign_as_their_version_of_tls_has_it() {
    let rsa = KeyPair::from_pem(include_str!("rsa.key")).unwrap();
    let pss = SignatureScheme::RSA_PSS_SHA256;
    assert_eq!(handshake(&rsa, pss, &TLS13), Ok(()));
    assert_eq!(handshake(&rsa, pss, &TLS12), Ok(()));
    let pkcs1 = SignatureScheme::RSA_PKCS1_SHA256;
    assert_eq!(handshake(&rsa, pkcs1, &TLS12), Ok(()));
    assert_eq!(handshake(&rsa, pkcs1, &TLS13), Err(NOT_OFFERED));
}

#[test]
fn clients_sign_with_keys_that_they_may_have() {
    let p256 = KeyPair::generate().unwrap();
    let ed25519 = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    for version in [&TLS12, &TLS13] {
        let good = handshake(&p256, SignatureScheme::ECDSA_NISTP256_SHA256, version);
        assert_eq!(good, Ok(()), "{version:?}");
        let refused = handshake(&ed25519, SignatureScheme::ED25519, version);
        assert_eq!(refused, Err(NOT_OFFERED), "{version:?}");
    }
}
