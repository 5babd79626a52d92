//! Who is let in.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyPair, PKCS_ED25519,
    date_time_ymd,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use super::maker::{Authority, NOW, authority_params, client, intermediate, key, named, root};
use crate::{PeerChain, TrustStore};

fn store(pems: &[String]) -> Arc<TrustStore> {
    Arc::new(TrustStore::parse(pems.concat().as_bytes(), NOW).unwrap().0)
}

/// The client's name, or why it is refused.
fn verify(chain: &[&CertificateDer<'static>], store: &Arc<TrustStore>) -> Result<String, String> {
    let chain = PeerChain::new(chain.iter().map(|der| (*der).clone()).collect());
    let verified = chain.verify(store, NOW);
    verified.map(|found| found.subject_dn.clone()).map_err(|error| error.to_string())
}

#[track_caller]
fn accepted(chain: &[&CertificateDer<'static>], store: &Arc<TrustStore>) {
    assert_eq!(verify(chain, store), Ok("CN=me".to_owned()));
}

#[track_caller]
fn refused(chain: &[&CertificateDer<'static>], store: &Arc<TrustStore>) {
    let outcome = verify(chain, store);
    assert!(outcome.is_err(), "{outcome:?}");
}

fn me(issuer: &Authority) -> CertificateDer<'static> {
    client(&named("me"), issuer)
}

#[test]
fn chains_lead_to_an_authority_by_at_most_four_certificates() {
    let root = root(authority_params("root"));
    let (one, two) = {
        let one = intermediate("one", &root);
        let two = intermediate("two", &one);
        (one, two)
    };
    let three = intermediate("three", &two);
    let trusted = store(&[root.pem()]);
    accepted(&[&me(&root)], &trusted);
    accepted(&[&me(&one), one.der()], &trusted);
    accepted(&[&me(&two), two.der(), one.der()], &trusted);
    accepted(&[&me(&two), one.der(), two.der(), root.der()], &trusted);
    refused(&[&me(&three), three.der(), two.der(), one.der()], &trusted);
    refused(&[&me(&one)], &trusted);
    refused(&[], &trusted);
    // More than a chain has are not looked at: paths through them would be too many.
    let more = [&me(&one), two.der(), three.der(), root.der(), one.der()];
    accepted(&more, &trusted);
    refused(&[&more[..], &[two.der()]].concat(), &trusted);
    // An authority below another is trusted as it is.
    accepted(&[&me(&three)], &store(&[three.pem()]));
}

#[test]
fn another_authority_is_none_though_it_has_the_name() {
    let (ours, theirs) = (root(authority_params("root")), root(authority_params("root")));
    refused(&[&me(&theirs)], &store(&[ours.pem()]));
    refused(&[&me(&theirs), theirs.der()], &store(&[ours.pem()]));
}

#[test]
fn who_was_issued_a_certificate_issues_none() {
    let root = root(authority_params("root"));
    let params = {
        let mut params = named("client");
        params.is_ca = IsCa::ExplicitNoCa;
        params
    };
    let key = KeyPair::generate().unwrap();
    let issued = rcgen::CertifiedIssuer::signed_by(params, key, &root).unwrap();
    refused(&[&me(&issued), issued.der()], &store(&[root.pem()]));
    let mut params = authority_params("narrow");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let narrow = super::maker::root(params);
    let below = intermediate("below", &narrow);
    accepted(&[&me(&narrow)], &store(&[narrow.pem()]));
    refused(&[&me(&below), below.der()], &store(&[narrow.pem()]));
}

#[test]
fn time_use_and_strength_count() {
    let root = root(authority_params("root"));
    let trusted = store(&[root.pem()]);
    let changed = |change: fn(&mut CertificateParams)| {
        let mut params = named("me");
        change(&mut params);
        client(&params, &root)
    };
    refused(&[&changed(|params| params.not_after = date_time_ymd(2023, 1, 1))], &trusted);
    refused(&[&changed(|params| params.not_before = date_time_ymd(2024, 1, 1))], &trusted);
    let for_clients = |params: &mut CertificateParams| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    };
    accepted(&[&changed(for_clients)], &trusted);
    let for_servers = |params: &mut CertificateParams| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    };
    refused(&[&changed(for_servers)], &trusted);
    let weak = named("me").signed_by(&key(&PKCS_ED25519), &root).unwrap();
    refused(&[weak.der()], &trusted);
    let mut bytes = me(&root).to_vec();
    bytes.push(0);
    refused(&[&bytes.into()], &trusted);
}

#[test]
fn an_authority_that_has_expired_is_not_believed() {
    let mut params = authority_params("root");
    params.not_after = date_time_ymd(2023, 1, 1);
    let old = root(params);
    let (stores, warnings) = TrustStore::parse(old.pem().as_bytes(), NOW).unwrap();
    assert_eq!(warnings.len(), 1);
    refused(&[&me(&old)], &Arc::new(stores));
}

#[test]
fn a_certificate_of_the_trust_store_is_its_own_authority() {
    let own = named("me").self_signed(&KeyPair::generate().unwrap()).unwrap();
    let same_name = named("me").self_signed(&KeyPair::generate().unwrap()).unwrap();
    let trusted = store(&[own.pem()]);
    accepted(&[own.der()], &trusted);
    refused(&[same_name.der()], &trusted);
    let authority = root(authority_params("me"));
    accepted(&[authority.der()], &store(&[authority.pem()]));
}

#[test]
fn one_signature_bit_decides() {
    let root = root(authority_params("root"));
    let good = me(&root);
    let trusted = store(&[root.pem()]);
    for position in [good.len() - 1, good.len() - 40, good.len() / 2] {
        let mut bytes = good.to_vec();
        bytes[position] ^= 1;
        refused(&[&bytes.into()], &trusted);
    }
}

#[test]
fn answers_are_kept_for_each_trust_store_and_no_longer_than_they_are_good() {
    let (ours, theirs) = (root(authority_params("ours")), root(authority_params("theirs")));
    let mut params = named("me");
    params.not_after = date_time_ymd(2024, 1, 1);
    let chain = PeerChain::new(vec![client(&params, &ours)]);
    let (trusted, other) = (store(&[ours.pem()]), store(&[theirs.pem()]));
    let end_of_2023 = 1_704_067_200;
    for _ in 0..2 {
        assert!(chain.verify(&trusted, NOW).is_ok());
        assert!(chain.verify(&other, NOW).is_err());
        assert!(chain.verify(&trusted, end_of_2023).is_ok());
        assert!(chain.verify(&trusted, end_of_2023 + 1).is_err());
    }
    // More trust stores than are kept: none is taken for another.
    let others: Vec<_> = (0..20).map(|_| store(&[theirs.pem()])).collect();
    for _ in 0..2 {
        assert!(others.iter().all(|other| chain.verify(other, NOW).is_err()));
        assert!(chain.verify(&trusted, NOW).is_ok());
    }
}

/// 2033: valid when these were made, and for a hundred years.
const LATER: i64 = 2_000_000_000;

#[test]
fn certificates_of_version_1_are_issued_by_an_authority_itself() {
    // As `openssl x509 -req` makes them: so the walk-through of AWS has clients make theirs.
    let pem = include_bytes!("version_1.pem");
    let leaf = CertificateDer::from_pem_slice(pem).unwrap();
    let issuer = include_str!("version_1_issuer.pem");
    let trusted = |bundle: &str| Arc::new(TrustStore::parse(bundle.as_bytes(), NOW).unwrap().0);
    let verify = |leaf: &[u8], store: &Arc<TrustStore>| {
        let chain = PeerChain::new(vec![leaf.to_vec().into()]);
        chain.verify(store, LATER).map(|found| found.serial_number.clone()).ok()
    };
    let ours = trusted(issuer);
    assert_eq!(verify(&leaf, &ours).as_deref(), Some("1"));
    let others = root(authority_params("Root")).pem();
    assert_eq!(verify(&leaf, &trusted(&others)), None);
    // But for the type of the outer algorithm's name, which is not signed and reads the same.
    const UNREAD: usize = 309;
    for position in (0..leaf.len()).filter(|position| *position != UNREAD) {
        let mut changed = leaf.to_vec();
        changed[position] ^= 1;
        assert_eq!(verify(&changed, &ours), None, "{position}");
    }
}

#[test]
fn an_authority_of_the_same_name_did_not_issue_it() {
    let leaf = CertificateDer::from_pem_slice(include_bytes!("version_1.pem")).unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CountryName, "US");
    params.distinguished_name.push(rcgen::DnType::OrganizationName, "Example");
    params.distinguished_name.push(rcgen::DnType::CommonName, "Root");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let trusted = store(&[root(params).pem()]);
    assert!(PeerChain::new(vec![leaf]).verify(&trusted, LATER).is_err());
}
