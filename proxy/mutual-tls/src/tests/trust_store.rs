//! What a bundle may be.

use expect_test::{Expect, expect};
use rcgen::{KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, date_time_ymd};

use super::maker::{NOW, authority_params, client, intermediate, key, named, root};
use crate::{TrustStore, TrustStoreError};

#[track_caller]
fn check(bundle: &[&str], expected: Expect) {
    let parsed = TrustStore::parse(bundle.concat().as_bytes(), NOW);
    expected.assert_eq(&match parsed {
        Ok((store, warnings)) => {
            let TrustStore { authorities, itself } = &store;
            let mut lines = vec![format!("{} {}", authorities.len(), itself.len())];
            lines.extend(warnings);
            lines.join("\n")
        }
        Err(error) => format!("error: {error}"),
    });
}

#[test]
fn what_cannot_be_trusted_is_left_out_with_a_warning() {
    let good = root(authority_params("Good"));
    let other = intermediate("Other", &good);
    let mut params = authority_params("Old");
    params.not_after = date_time_ymd(2021, 1, 1);
    let expired = root(params);
    let mut params = authority_params("New");
    params.not_before = date_time_ymd(2029, 1, 1);
    let early = root(params);
    let weak = authority_params("Weak").self_signed(&key(&PKCS_ED25519)).unwrap();
    let strong = authority_params("Strong").self_signed(&key(&PKCS_ECDSA_P384_SHA384)).unwrap();
    let own = named("Own").self_signed(&KeyPair::generate().unwrap()).unwrap();
    let issued = client(&named("Issued"), &good);
    let issued = pem(&issued);
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    check(&[&good.pem(), "text between is nothing\n", &other.pem(), &strong.pem()], expect!["3 2"]);
    check(
        &[&good.pem(), &expired.pem(), &early.pem(), &weak.pem(), &own.pem(), &issued, garbage],
        expect![[r#"
            3 4
            The certificate 2 with the subject 'CN=Old' is not valid: it has expired.
            The certificate 3 with the subject 'CN=New' is not valid: it is not valid yet.
            The certificate 4 with the subject 'CN=Weak' is not valid: its key must be RSA of 2048 bits or more, or ECDSA P-256 or P-384.
            The certificate 6 with the subject 'CN=Issued' is not valid: it is not one of a certificate authority.
            The certificate 7 with the subject '' is not valid: it cannot be read."#]],
    );
}

#[test]
fn one_name_has_one_issuer() {
    let (one, two) = (root(authority_params("One")), root(authority_params("Two")));
    let (of_one, of_two) = (intermediate("Same", &one), intermediate("Same", &two));
    check(&[&of_one.pem(), &intermediate("Same", &one).pem()], expect!["2 0"]);
    check(
        &[&of_one.pem(), &of_two.pem()],
        expect![
            "error: The certificate subject CN=Same conflicts with an existing certificate from a different issuer."
        ],
    );
}

#[test]
fn what_is_no_bundle_is_refused() {
    check(&[""], expect!["error: it has no certificate that can be trusted: it is empty"]);
    check(
        &["-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n"],
        expect![[r#"error: it is not in PEM: base64 decode error: InvalidCharacter(42)"#]],
    );
    let key = KeyPair::generate().unwrap().serialize_pem();
    check(&[&key], expect!["error: it has no certificate that can be trusted: it is empty"]);
}

#[test]
fn bundles_are_bounded() {
    let one = root(authority_params("One")).pem();
    let parse = |bundle: &str| TrustStore::parse(bundle.as_bytes(), NOW).map(|(store, _)| store);
    let most = one.repeat(TrustStore::CERTIFICATES_MAX);
    assert_eq!(parse(&most).unwrap().authorities.len(), TrustStore::CERTIFICATES_MAX);
    assert_eq!(parse(&(most + &one)).unwrap_err(), TrustStoreError::TooMany);
    let padded = |length: usize| one.clone() + &"\n".repeat(length - one.len());
    assert!(parse(&padded(TrustStore::BYTES_MAX)).is_ok());
    assert_eq!(parse(&padded(TrustStore::BYTES_MAX + 1)).unwrap_err(), TrustStoreError::TooLarge);
}

fn pem(der: &[u8]) -> String {
    crate::PeerCertificate::from_der(der).unwrap().pem
}
