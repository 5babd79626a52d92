//! What a certificate says, as text.

use expect_test::expect;
use rcgen::{CertificateParams, DnType, KeyPair, SerialNumber, date_time_ymd};

use crate::PeerCertificate;

fn certificate(names: &[(DnType, &str)], serial: &[u8]) -> PeerCertificate {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    for (kind, value) in names {
        params.distinguished_name.push(kind.clone(), *value);
    }
    params.serial_number = Some(SerialNumber::from_slice(serial));
    params.not_before = date_time_ymd(2020, 8, 29);
    params.not_after = date_time_ymd(2120, 8, 5);
    let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
    let found = PeerCertificate::from_der(made.der()).unwrap();
    assert_eq!(found.subject_dn, found.issuer_dn);
    let lines: Vec<&str> = found.pem.lines().collect();
    assert!(lines.iter().all(|line| line.len() <= 64), "{}", found.pem);
    assert!(found.pem.ends_with("\n-----END CERTIFICATE-----\n"), "{}", found.pem);
    found
}

#[test]
fn names_stand_in_their_order() {
    let found = certificate(
        &[
            (DnType::CountryName, "US"),
            (DnType::StateOrProvinceName, "Washington"),
            (DnType::LocalityName, "Seattle"),
            (DnType::OrganizationName, "Example, Inc."),
            (DnType::OrganizationalUnitName, "Security"),
            (DnType::CommonName, "My Client"),
        ],
        &[1],
    );
    expect![[r"C=US,ST=Washington,L=Seattle,O=Example\, Inc.,OU=Security,CN=My Client"]]
        .assert_eq(&found.subject_dn);
    let dates = format!("{} to {}", found.not_before, found.not_after);
    expect!["Aug 29 00:00:00 2020 GMT to Aug  5 00:00:00 2120 GMT"].assert_eq(&dates);
}

#[test]
fn a_value_does_not_pass_for_more() {
    let name = |value| certificate(&[(DnType::CommonName, value)], &[1]).subject_dn;
    assert_eq!(name("me,O=Admins"), r"CN=me\,O\=Admins");
    assert_eq!(name("a+b\\"), r"CN=a\+b\\");
    assert_eq!(name(" a "), r"CN=\ a\ ");
    assert_eq!(name("a\nb"), r"CN=a\0Ab");
    assert_eq!(name("é"), "CN=é");
}

#[test]
fn serial_numbers_are_numbers_where_they_are_small() {
    let serial = |bytes: &[u8]| certificate(&[(DnType::CommonName, "x")], bytes).serial_number;
    assert_eq!(serial(&[1]), "1");
    assert_eq!(serial(&[0x7f; 8]), "9187201950435737471");
    assert_eq!(serial(&[0x80, 0, 0, 0, 0, 0, 0, 1]), "80:00:00:00:00:00:00:01");
    assert_eq!(serial(&[0xa1; 16]), ["a1"; 16].join(":"));
}

#[test]
fn what_is_no_certificate_says_nothing() {
    for bytes in [&b""[..], b"\x30", b"\x30\x82\xff\xff", &[0xff; 100]] {
        assert_eq!(PeerCertificate::from_der(bytes), None);
    }
}
