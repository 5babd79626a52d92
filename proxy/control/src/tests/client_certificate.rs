//! Client certificates.

use expect_test::expect;
use serde_json::Value;
use store::{Account, ReadTransaction};
use x509_parser::pem::Pem;

use super::harness::{Gateway, patch};
use crate::client_certificate::ClientCertificate;
use crate::refusal::Refusal;

const NOW: i64 = 1_700_000_000;
const YEAR: i64 = 365 * 24 * 60 * 60;

/// With the certificate `CERTIFICATE`, whose text is `PEM`.
fn gateway() -> Gateway {
    let gateway = Gateway::with_api();
    generate(&gateway, "CERTIFICATE", "PEM");
    gateway
}

fn generate(gateway: &Gateway, id: &str, pem: &str) -> String {
    let (_, _, answer) = gateway.send("POST /clientcertificates", r#"{"description": "d"}"#);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let text = answer["pemEncodedCertificate"].as_str().unwrap();
    gateway.name(id, answer["clientCertificateId"].as_str().unwrap());
    gateway.name(pem, &text.escape_default().to_string());
    text.to_owned()
}

#[test]
fn certificates_are_made_changed_and_removed() {
    let gateway = gateway();
    generate(&gateway, "OTHER", "OTHER_PEM");
    let one = |verb: &str| format!("{verb} /clientcertificates/CERTIFICATE");
    let tags = |verb: &str| {
        format!("{verb} /tags/arn:aws:apigateway:us-east-1::/clientcertificates/CERTIFICATE")
    };
    gateway.check(
        &[
            (&one("GET"), ""),
            (&one("PATCH"), &patch("replace", "/description", "e")),
            (&one("PATCH"), &patch("replace", "/privateKey", "e")),
            (&one("PATCH"), &patch("remove", "/description", "")),
            (&tags("PUT"), r#"{"tags": {"k": "v"}}"#),
            (&tags("GET"), ""),
            ("GET /clientcertificates", ""),
            (&one("DELETE"), ""),
            (&one("DELETE"), ""),
            (&one("GET"), ""),
            (&one("PATCH"), &patch("replace", "/description", "e")),
            ("POST /clientcertificates", r#"{"tags": {"aws:k": "v"}}"#),
        ],
        expect![[r#"
            200 {"clientCertificateId":"CERTIFICATE","description":"d","pemEncodedCertificate":"PEM","createdDate":1700000000,"expirationDate":1731536000}
            200 {"clientCertificateId":"CERTIFICATE","description":"e","pemEncodedCertificate":"PEM","createdDate":1700000000,"expirationDate":1731536000}
            400 BadRequestException: Invalid patch path  '/privateKey' specified for op 'replace'. Must be one of: [/description]
            400 BadRequestException: Invalid patch path  '/description' specified for op 'remove'. Please choose supported operations
            204
            200 {"tags":{"k":"v"}}
            200 {"item":[{"clientCertificateId":"CERTIFICATE","description":"e","pemEncodedCertificate":"PEM","createdDate":1700000000,"expirationDate":1731536000,"tags":{"k":"v"}},{"clientCertificateId":"OTHER","description":"d","pemEncodedCertificate":"OTHER_PEM","createdDate":1700000000,"expirationDate":1731536000}]}
            202
            404 NotFoundException: Invalid Client Certificate identifier specified
            404 NotFoundException: Invalid Client Certificate identifier specified
            404 NotFoundException: Invalid Client Certificate identifier specified
            400 BadRequestException: aws: prefixed tag key names are not allowed
        "#]],
    );
}

#[test]
fn certificates_are_self_signed_and_valid_for_a_year() {
    let gateway = Gateway::with_api();
    let first = generate(&gateway, "CERTIFICATE", "PEM");
    let second = generate(&gateway, "OTHER", "OTHER_PEM");
    let pems =
        [first, second].map(|text| Pem::iter_from_buffer(text.as_bytes()).next().unwrap().unwrap());
    let [first, second] = [&pems[0], &pems[1]].map(|pem| pem.parse_x509().unwrap());
    assert_eq!(first.subject().to_string(), "CN=ApiGateway, O=Edgeway");
    assert_eq!(first.issuer(), first.subject());
    assert_eq!(first.validity().not_before.timestamp(), NOW);
    assert_eq!(first.validity().not_after.timestamp(), NOW + YEAR);
    assert!(!first.is_ca());
    assert!(first.extended_key_usage().unwrap().unwrap().value.client_auth);
    assert_ne!(first.serial, second.serial);
    assert_ne!(first.public_key().raw, second.public_key().raw);
    let stored = |transaction: &ReadTransaction<'_>| -> Result<String, Refusal> {
        let certificates = transaction.list::<ClientCertificate>(Account::row())?;
        Ok(certificates[0].document.private_key.clone())
    };
    let key = rcgen::KeyPair::from_pem(&gateway.store.read(stored).unwrap()).unwrap();
    assert_eq!(key.public_key_raw(), &*first.public_key().subject_public_key.data);
}

#[test]
fn a_certificate_that_a_stage_uses_stays() {
    const METHOD: &str = "PUT /restapis/API/resources/ROOT/methods/GET";
    const STAGE: &str = "PATCH /restapis/API/stages/prod";
    let gateway = gateway();
    gateway.ok(METHOD, r#"{"authorizationType": "NONE"}"#);
    gateway.ok(&format!("{METHOD}/integration"), r#"{"type": "MOCK"}"#);
    gateway.ok("POST /restapis/API/deployments", r#"{"stageName": "prod"}"#);
    let certificate = |id: &str| patch("replace", "/clientCertificateId", id);
    gateway.ok(STAGE, &certificate("CERTIFICATE"));
    gateway.check(
        &[(STAGE, &certificate("nobody")), ("DELETE /clientcertificates/CERTIFICATE", "")],
        expect![[r#"
            404 NotFoundException: Invalid Client Certificate identifier specified
            409 ConflictException: Cannot delete client certificate 'CERTIFICATE', is referenced in stage: API/prod
        "#]],
    );
    gateway.ok(STAGE, &certificate(""));
    gateway.ok("DELETE /clientcertificates/CERTIFICATE", "");
}
