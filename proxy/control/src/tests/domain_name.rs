//! Domain names and their base path mappings.

use expect_test::expect;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use super::harness::{Gateway, patch};

#[test]
fn domain_names_are_made_changed_and_removed() {
    let gateway = Gateway::new();
    let create = "POST /domainnames";
    let update = "PATCH /domainnames/api.example.com";
    let certificate = "arn:aws:acm:us-east-1:000000000000:certificate/1";
    gateway.check(
        &[
            (
                create,
                &format!(
                    r#"{{"domainName": "api.example.com", "certificateArn": "{certificate}"}}"#
                ),
            ),
            (create, r#"{"domainName": "api.example.com"}"#),
            (
                create,
                r#"{"domainName": "*.example.com", "endpointConfiguration": {"types": ["REGIONAL"]},
                    "securityPolicy": "TLS_1_0", "tags": {"a": "b"}}"#,
            ),
            (
                create,
                r#"{"domainName": "a.b", "mutualTlsAuthentication": {"truststoreUri": "s3://b/k"}}"#,
            ),
            ("GET /domainnames/api.example.com", ""),
            ("GET /domainnames/api.example.com?domainNameId=x", ""),
            ("GET /domainnames/nobody.example.com", ""),
            (update, &patch("replace", "/endpointConfiguration/types/EDGE", "REGIONAL")),
            (update, &patch("add", "/endpointConfiguration/types", "EDGE")),
            (update, &patch("replace", "/securityPolicy", "TLS_1_0")),
            (update, &patch("replace", "/securityPolicy", "TLS_9")),
            (update, &patch("replace", "/endpointAccessMode", "")),
            (update, &patch("add", "/mutualTlsAuthentication/truststoreUri", "s3://b/k")),
            (update, &patch("replace", "/domainName", "x.y")),
            ("GET /domainnames?limit=1", ""),
            ("GET /domainnames?resourceOwner=OTHER_ACCOUNTS", ""),
            (
                "PUT /tags/arn:aws:apigateway:us-east-1::/domainnames/api.example.com",
                r#"{"tags": {"k": "v"}}"#,
            ),
            ("GET /tags/arn:aws:apigateway:us-east-1::/domainnames/api.example.com", ""),
            ("DELETE /domainnames/api.example.com", ""),
            ("DELETE /domainnames/api.example.com", ""),
        ],
        expect![[r#"
            201 {"domainName":"api.example.com","certificateArn":"arn:aws:acm:us-east-1:000000000000:certificate/1","certificateUploadDate":1700000000,"distributionDomainName":"d1n0229n8e7.cloudfront.net","distributionHostedZoneId":"Z2FDTNDATAQYW2","endpointConfiguration":{"types":["EDGE"],"ipAddressType":"ipv4"},"domainNameStatus":"AVAILABLE","securityPolicy":"TLS_1_2","routingMode":"BASE_PATH_MAPPING_ONLY"}
            409 ConflictException: The domain name you provided already exists.
            201 {"domainName":"*.example.com","regionalDomainName":"d-4qaarxwgb6.execute-api.us-east-1.amazonaws.com","regionalHostedZoneId":"Z1UJRXOUMOOFQ8","endpointConfiguration":{"types":["REGIONAL"],"ipAddressType":"ipv4"},"domainNameStatus":"AVAILABLE","securityPolicy":"TLS_1_0","tags":{"a":"b"},"routingMode":"BASE_PATH_MAPPING_ONLY"}
            400 BadRequestException: Invalid truststore URI s3://b/k: it names no bucket
            200 {"domainName":"api.example.com","certificateArn":"arn:aws:acm:us-east-1:000000000000:certificate/1","certificateUploadDate":1700000000,"distributionDomainName":"d1n0229n8e7.cloudfront.net","distributionHostedZoneId":"Z2FDTNDATAQYW2","endpointConfiguration":{"types":["EDGE"],"ipAddressType":"ipv4"},"domainNameStatus":"AVAILABLE","securityPolicy":"TLS_1_2","routingMode":"BASE_PATH_MAPPING_ONLY"}
            404 NotFoundException: Invalid domain name identifier specified
            404 NotFoundException: Invalid domain name identifier specified
            200 {"domainName":"api.example.com","certificateArn":"arn:aws:acm:us-east-1:000000000000:certificate/1","certificateUploadDate":1700000000,"regionalDomainName":"d-bc638yif2f.execute-api.us-east-1.amazonaws.com","regionalHostedZoneId":"Z1UJRXOUMOOFQ8","distributionDomainName":"d1n0229n8e7.cloudfront.net","distributionHostedZoneId":"Z2FDTNDATAQYW2","endpointConfiguration":{"types":["REGIONAL"],"ipAddressType":"ipv4"},"domainNameStatus":"AVAILABLE","securityPolicy":"TLS_1_2","routingMode":"BASE_PATH_MAPPING_ONLY"}
            400 BadRequestException: Cannot create an api with multiple Endpoint Types.
            200 {"domainName":"api.example.com","certificateArn":"arn:aws:acm:us-east-1:000000000000:certificate/1","certificateUploadDate":1700000000,"regionalDomainName":"d-bc638yif2f.execute-api.us-east-1.amazonaws.com","regionalHostedZoneId":"Z1UJRXOUMOOFQ8","distributionDomainName":"d1n0229n8e7.cloudfront.net","distributionHostedZoneId":"Z2FDTNDATAQYW2","endpointConfiguration":{"types":["REGIONAL"],"ipAddressType":"ipv4"},"domainNameStatus":"AVAILABLE","securityPolicy":"TLS_1_0","routingMode":"BASE_PATH_MAPPING_ONLY"}
            400 BadRequestException: Invalid value 'TLS_9' specified for path '/securityPolicy'
            400 BadRequestException: Invalid value '' specified for path '/endpointAccessMode'
            400 BadRequestException: Invalid truststore URI s3://b/k: it names no bucket
            400 BadRequestException: Invalid patch path  '/domainName' specified for op 'replace'. Must be one of: [/certificateName, /certificateArn, /regionalCertificateName, /regionalCertificateArn, /endpointAccessMode, /endpointConfiguration/ipAddressType, /endpointConfiguration/types/{type}, /managementPolicy, /mutualTlsAuthentication/truststoreUri, /mutualTlsAuthentication/truststoreVersion, /ownershipVerificationCertificateArn, /policy, /routingMode, /securityPolicy]
            200 {"item":[{"domainName":"api.example.com","certificateArn":"arn:aws:acm:us-east-1:000000000000:certificate/1","certificateUploadDate":1700000000,"regionalDomainName":"d-bc638yif2f.execute-api.us-east-1.amazonaws.com","regionalHostedZoneId":"Z1UJRXOUMOOFQ8","distributionDomainName":"d1n0229n8e7.cloudfront.net","distributionHostedZoneId":"Z2FDTNDATAQYW2","endpointConfiguration":{"types":["REGIONAL"],"ipAddressType":"ipv4"},"domainNameStatus":"AVAILABLE","securityPolicy":"TLS_1_0","routingMode":"BASE_PATH_MAPPING_ONLY"}],"position":"3"}
            200 {"item":[]}
            204
            200 {"tags":{"k":"v"}}
            202
            404 NotFoundException: Invalid domain name identifier specified
        "#]],
    );
}

#[test]
fn what_cannot_be_a_domain_name_is_refused() {
    let gateway = Gateway::new();
    let create = "POST /domainnames";
    gateway.check(
        &[
            (create, r#"{"domainName": "Example.com"}"#),
            (create, r#"{"domainName": "example"}"#),
            (create, r#"{"domainName": "a..b"}"#),
            (create, r#"{"domainName": "a.b", "certificateBody": "x"}"#),
            (create, r#"{"domainName": "a.b", "policy": "{}"}"#),
            (create, r#"{"domainName": "a.b", "routingMode": "API_MAPPING_ONLY"}"#),
        ],
        expect![[r#"
            400 BadRequestException: Invalid domain name specified: Example.com
            400 BadRequestException: Invalid domain name specified: example
            400 BadRequestException: Invalid domain name specified: a..b
            400 BadRequestException: Invalid certificate: certificateBody and certificatePrivateKey are both needed
            400 BadRequestException: Policies are supported for private custom domain names only
            400 ValidationException: 1 validation error detected: Value 'API_MAPPING_ONLY' at 'routingMode' failed to satisfy constraint: Member must satisfy enum value set: [BASE_PATH_MAPPING_ONLY, ROUTING_RULE_ONLY, ROUTING_RULE_THEN_BASE_PATH_MAPPING]
        "#]],
    );
    assert_eq!(gateway.answer("GET /domainnames", ""), "200 {\"item\":[]}");
}

#[test]
fn base_paths_lead_to_stages() {
    let gateway = Gateway::with_stage();
    gateway.ok("POST /domainnames", r#"{"domainName": "a.b"}"#);
    let all = "POST /domainnames/a.b/basepathmappings";
    let one = |verb: &str, path: &str| format!("{verb} /domainnames/a.b/basepathmappings/{path}");
    gateway.check(
        &[
            (all, r#"{"restApiId": "API"}"#),
            (all, r#"{"restApiId": "API", "basePath": "(none)"}"#),
            (all, r#"{"restApiId": "API", "basePath": "pets", "stage": "prod"}"#),
            (all, r#"{"restApiId": "API", "basePath": "a/b"}"#),
            (all, r#"{"restApiId": "API", "basePath": "a b"}"#),
            (all, r#"{"restApiId": "nobody", "basePath": "x"}"#),
            (all, r#"{"restApiId": "API", "basePath": "x", "stage": "nobody"}"#),
            ("POST /domainnames/x.y/basepathmappings", r#"{"restApiId": "API"}"#),
            (&one("GET", "%28none%29"), ""),
            (&one("GET", "nobody"), ""),
            (&one("PATCH", "pets"), &patch("replace", "/basePath", "cats")),
            (&one("PATCH", "cats"), &patch("replace", "/basepath", "")),
            (&one("PATCH", "cats"), &patch("replace", "/stage", "")),
            (&one("PATCH", "cats"), &patch("replace", "/restapiId", "nobody")),
            (&one("PATCH", "cats"), &patch("add", "/stage", "prod")),
            (&one("PATCH", "cats"), &patch("replace", "/x", "prod")),
            ("GET /domainnames/a.b/basepathmappings", ""),
            ("DELETE /restapis/API", ""),
            (&one("DELETE", "(none)"), ""),
            (&one("DELETE", "cats"), ""),
            ("GET /domainnames/a.b/basepathmappings", ""),
            ("DELETE /restapis/API", ""),
        ],
        expect![[r#"
            201 {"basePath":"(none)","restApiId":"API"}
            409 ConflictException: Base path already exists for this domain name
            201 {"basePath":"pets","restApiId":"API","stage":"prod"}
            400 BadRequestException: API Gateway V1 doesn't support the slash character (/) in base path mappings. To create a multi-level base path mapping, use API Gateway V2.
            400 BadRequestException: Invalid base path specified: a b
            400 BadRequestException: Invalid REST API identifier specified
            400 BadRequestException: Invalid stage identifier specified
            404 NotFoundException: Invalid domain name identifier specified
            200 {"basePath":"(none)","restApiId":"API"}
            404 NotFoundException: Invalid base path mapping identifier specified
            200 {"basePath":"cats","restApiId":"API","stage":"prod"}
            409 ConflictException: Base path already exists for this domain name
            200 {"basePath":"cats","restApiId":"API"}
            400 BadRequestException: Invalid REST API identifier specified
            400 BadRequestException: Invalid patch path  '/stage' specified for op 'add'. Please choose supported operations
            400 BadRequestException: Invalid patch path  '/x' specified for op 'replace'. Must be one of: [/basePath, /restapiId, /stage]
            200 {"item":[{"basePath":"(none)","restApiId":"API"},{"basePath":"cats","restApiId":"API"}]}
            400 BadRequestException: Please remove all base path mappings related to the API API: domain name a.b has one
            202
            202
            200 {"item":[]}
            202
        "#]],
    );
}

/// A certificate for these names and its key, each as a member of a call.
fn certificate(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> (String, String) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

fn with_certificate(name: &str, body: &str, key: &str, chain: &str) -> String {
    serde_json::json!({
        "domainName": name,
        "certificateName": "mine",
        "certificateBody": body,
        "certificatePrivateKey": key,
        "certificateChain": chain,
    })
    .to_string()
}

#[test]
fn a_certificate_is_kept_for_clients_and_its_key_for_nobody_else() {
    let gateway = Gateway::new();
    let (body, key) = certificate(&["api.example.com"], |_| {});
    let (issuer, _) = certificate(&["issuer"], |_| {});
    let call = with_certificate("api.example.com", &body, &key, &issuer);
    let made = gateway.answer("POST /domainnames", &call);
    assert!(made.starts_with("201 ") && made.contains(r#""certificateName":"mine""#), "{made}");
    assert!(made.contains(r#""certificateUploadDate":1700000000"#), "{made}");
    let patch = patch("replace", "/certificateName", "other");
    for answer in [
        made,
        gateway.answer("GET /domainnames/api.example.com", ""),
        gateway.answer("GET /domainnames", ""),
        gateway.answer("PATCH /domainnames/api.example.com", &patch),
    ] {
        assert!(!answer.contains("PRIVATE KEY") && !answer.contains("erver"), "{answer}");
    }
    let served = crate::domains(&gateway.store, &gateway.control.identity).unwrap();
    let served = served[0].certificate.as_ref().unwrap();
    assert_eq!(served.chain, format!("{}\n{}", body.trim(), issuer.trim()));
    assert_eq!(served.private_key, key.trim());
    assert!(!format!("{served:?}").contains("PRIVATE KEY"));
}

#[test]
fn a_certificate_that_clients_would_not_believe_is_refused() {
    let gateway = Gateway::new();
    let (body, key) = certificate(&["api.example.com"], |_| {});
    let (wildcard, wildcard_key) = certificate(&["*.example.com"], |_| {});
    let expire = |params: &mut CertificateParams| params.not_after = date_time_ymd(2020, 1, 1);
    let (expired, expired_key) = certificate(&["a.example.com"], expire);
    let wait = |params: &mut CertificateParams| params.not_before = date_time_ymd(2040, 1, 1);
    let (early, early_key) = certificate(&["a.example.com"], wait);
    let long = format!("{body}\n").repeat(10);
    let create = "POST /domainnames";
    gateway.check(
        &[
            (create, &with_certificate("a.example.com", &body, &key, "")),
            (create, &with_certificate("*.example.com", &body, &key, "")),
            (create, &with_certificate("a.b.example.com", &wildcard, &wildcard_key, "")),
            (create, &with_certificate("api.example.com", &body, &wildcard_key, "")),
            (create, &with_certificate("a.example.com", &expired, &expired_key, "")),
            (create, &with_certificate("a.example.com", &early, &early_key, "")),
            (create, &with_certificate("api.example.com", "x", &key, "")),
            (create, &with_certificate("api.example.com", &body, "x", "")),
            (create, &with_certificate("api.example.com", &body, "", "")),
            (create, &with_certificate("api.example.com", "", "", &body)),
            (create, &with_certificate("api.example.com", &body, &key, &long)),
            (create, &with_certificate("api.example.com", &body, &key, &"x".repeat(65_537))),
        ],
        expect![[r#"
            400 BadRequestException: Invalid certificate: it is not for a.example.com
            400 BadRequestException: Invalid certificate: it is not for *.example.com
            400 BadRequestException: Invalid certificate: it is not for a.b.example.com
            400 BadRequestException: Invalid certificate: its private key: keys may not be consistent: KeyMismatch
            400 BadRequestException: Invalid certificate: it has expired
            400 BadRequestException: Invalid certificate: it is not valid yet
            400 BadRequestException: Invalid certificate: it is not in PEM
            400 BadRequestException: Invalid certificate: its private key is not in PEM
            400 BadRequestException: Invalid certificate: certificateBody and certificatePrivateKey are both needed
            400 BadRequestException: Invalid certificate: certificateBody and certificatePrivateKey are both needed
            400 BadRequestException: Invalid certificate: its chain has more than 10
            400 BadRequestException: certificateChain is too large: at most 65536 bytes
        "#]],
    );
    let good = with_certificate("*.example.com", &wildcard, &wildcard_key, "");
    assert!(gateway.answer(create, &good).starts_with("201 "));
}
