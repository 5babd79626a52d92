//! Private domain names, and who may reach them.

use expect_test::expect;
use model::PrivateDomain;

use super::harness::{Gateway, patch};
use crate::{ServedDomain, ServedDomainEndpoint, ServedRouting};

const PRIVATE: &str = r#"{"domainName": "p.example.com", "certificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/1",
    "endpointConfiguration": {"types": ["PRIVATE"]}}"#;

const ASSOCIATIONS: &str = "/domainnameaccessassociations";
const ARN: &str = "arn:aws:apigateway:us-east-1:000000000000:/domainnameaccessassociations/domainname/p.example.com+ID/vpcesource/vpce-1a";
const DOMAIN_ARN: &str = "arn:aws:apigateway:us-east-1:000000000000:/domainnames/p.example.com+ID";

/// With a private domain name, whose id is `ID`.
fn gateway() -> Gateway {
    let gateway = Gateway::with_api();
    let private = r#"{"name": "private", "endpointConfiguration": {"types": ["PRIVATE"]}}"#;
    gateway.create("PRIVATE_API", "POST /restapis", private);
    let (_, _, answer) = gateway.send("POST /domainnames", PRIVATE);
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    gateway.name("ID", answer["domainNameId"].as_str().unwrap());
    gateway
}

/// Who reaches a private domain name.
fn reach(domain: &ServedDomain) -> (&[String], &PrivateDomain) {
    let ServedDomainEndpoint::Private { endpoints, domain } = &domain.endpoint else {
        panic!("{domain:?}")
    };
    (endpoints, domain)
}

fn association(domain: &str, source: &str) -> String {
    serde_json::json!({
        "domainNameArn": domain,
        "accessAssociationSourceType": "VPCE",
        "accessAssociationSource": source,
    })
    .to_string()
}

#[test]
fn private_domain_names_have_an_id_and_policies() {
    let gateway = gateway();
    let one = |verb: &str| format!("{verb} /domainnames/p.example.com?domainNameId=ID");
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}]}"#;
    gateway.check(
        &[
            (&one("GET"), ""),
            ("GET /domainnames/p.example.com", ""),
            ("POST /domainnames", r#"{"domainName": "p.example.com"}"#),
            (
                "POST /domainnames/p.example.com/basepathmappings?domainNameId=ID",
                r#"{"restApiId": "API"}"#,
            ),
            (
                "POST /domainnames/p.example.com/basepathmappings?domainNameId=ID",
                r#"{"restApiId": "PRIVATE_API"}"#,
            ),
            ("POST /domainnames/p.example.com/basepathmappings", r#"{"restApiId": "PRIVATE_API"}"#),
            ("GET /domainnames/p.example.com/basepathmappings", ""),
            (&one("PATCH"), &patch("replace", "/policy", "x")),
            (&one("PATCH"), &patch("replace", "/policy", policy)),
            (&one("PATCH"), &patch("replace", "/policy", &policy.replace(r#""*", "Action""#, r#"{"AWS": "000000000000"}, "Action""#))),
            (&one("PATCH"), &patch("replace", "/policy", &policy.replace(r#""Resource": "*""#, r#""Resource": "execute-api:/prod/*""#))),
            (&one("PATCH"), &patch("replace", "/policy", &policy.replace(r#""Resource": "*""#, r#""Resource": ["execute-api:/*"]"#))),
            (&one("PATCH"), &patch("replace", "/managementPolicy", "x")),
            (&one("PATCH"), &patch("replace", "/managementPolicy", policy)),
            ("GET /domainnames/p.example.com+ID", ""),
            ("GET /v2/domainnames/p.example.com+ID", ""),
            ("PATCH /domainnames/p.example.com", &patch("replace", "/managementPolicy", policy)),
            (&one("PATCH"), &patch("replace", "/endpointConfiguration/types/PRIVATE", "REGIONAL")),
            (
                "PATCH /domainnames/p.example.com",
                &patch("replace", "/endpointConfiguration/types/EDGE", "PRIVATE"),
            ),
            ("PATCH /domainnames/p.example.com", &patch("replace", "/policy", policy)),
            (&format!("PUT /tags/{DOMAIN_ARN}"), r#"{"tags": {"k": "v"}}"#),
            (&format!("GET /tags/{DOMAIN_ARN}"), ""),
        ],
        expect![[r#"
            200 {"domainName":"p.example.com","domainNameId":"ID","domainNameArn":"arn:aws:apigateway:us-east-1:000000000000:/domainnames/p.example.com+ID","certificateArn":"arn:aws:acm:us-east-1:000000000000:certificate/1","certificateUploadDate":1700000000,"endpointConfiguration":{"types":["PRIVATE"],"ipAddressType":"dualstack"},"domainNameStatus":"AVAILABLE","securityPolicy":"TLS_1_2","routingMode":"BASE_PATH_MAPPING_ONLY"}
            404 NotFoundException: Invalid domain name identifier specified
            201 {"domainName":"p.example.com","distributionDomainName":"dbmovsxfxm5.cloudfront.net","distributionHostedZoneId":"Z2FDTNDATAQYW2","endpointConfiguration":{"types":["EDGE"],"ipAddressType":"ipv4"},"domainNameStatus":"AVAILABLE","securityPolicy":"TLS_1_2","routingMode":"BASE_PATH_MAPPING_ONLY"}
            400 BadRequestException: Private custom domain names lead to private APIs, and public ones to public APIs
            201 {"basePath":"(none)","restApiId":"PRIVATE_API"}
            400 BadRequestException: Private custom domain names lead to private APIs, and public ones to public APIs
            200 {"item":[]}
            400 BadRequestException: Invalid policy document. Please check the policy syntax and ensure that Principals are valid. policy is not valid JSON with unique keys: expected value at line 1 column 1
            200 {"domainName":"p.example.com","domainNameId":"ID","domainNameArn":"arn:aws:apigateway:us-east-1:000000000000:/domainnames/p.example.com+ID","certificateArn":"arn:aws:acm:us-east-1:000000000000:certificate/1","certificateUploadDate":1700000000,"endpointConfiguration":{"types":["PRIVATE"],"ipAddressType":"dualstack"},"domainNameStatus":"AVAILABLE","securityPolicy":"TLS_1_2","policy":"{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"execute-api:Invoke\", \"Resource\": \"*\"}]}","routingMode":"BASE_PATH_MAPPING_ONLY"}
            400 BadRequestException: Invalid policy document. A policy of a domain name has the Principal *: it says which endpoints and networks may call; who may is said by the policies of its APIs
            400 BadRequestException: Invalid policy document. A policy of a domain name has the resource execute-api:/*, or an ARN
            200 {"domainName":"p.example.com","domainNameId":"ID","domainNameArn":"arn:aws:apigateway:us-east-1:000000000000:/domainnames/p.example.com+ID","certificateArn":"arn:aws:acm:us-east-1:000000000000:certificate/1","certificateUploadDate":1700000000,"endpointConfiguration":{"types":["PRIVATE"],"ipAddressType":"dualstack"},"domainNameStatus":"AVAILABLE","securityPolicy":"TLS_1_2","policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"execute-api:Invoke\",\"Resource\":[\"arn:aws:execute-api:us-east-1:000000000000:/domainnames/p.example.com+ID\"]}]}","routingMode":"BASE_PATH_MAPPING_ONLY"}
            400 BadRequestException: Invalid policy document. Please check the policy syntax and ensure that Principals are valid. policy is not valid JSON with unique keys: expected value at line 1 column 1
            200 {"domainName":"p.example.com","domainNameId":"ID","domainNameArn":"arn:aws:apigateway:us-east-1:000000000000:/domainnames/p.example.com+ID","certificateArn":"arn:aws:acm:us-east-1:000000000000:certificate/1","certificateUploadDate":1700000000,"endpointConfiguration":{"types":["PRIVATE"],"ipAddressType":"dualstack"},"domainNameStatus":"AVAILABLE","securityPolicy":"TLS_1_2","managementPolicy":"{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"execute-api:Invoke\", \"Resource\": \"*\"}]}","policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"execute-api:Invoke\",\"Resource\":[\"arn:aws:execute-api:us-east-1:000000000000:/domainnames/p.example.com+ID\"]}]}","routingMode":"BASE_PATH_MAPPING_ONLY"}
            404 NotFoundException: Invalid domain name identifier specified
            404 NotFoundException: Invalid domain name identifier specified
            400 BadRequestException: Policies are supported for private custom domain names only
            400 BadRequestException: Cannot update endpoint type from or to PRIVATE.
            400 BadRequestException: Cannot update endpoint type from or to PRIVATE.
            400 BadRequestException: Policies are supported for private custom domain names only
            204
            200 {"tags":{"k":"v"}}
        "#]],
    );
    let served = crate::domains(&gateway.store, &gateway.control.identity).unwrap();
    let [private, public] = &served[..] else { panic!("{served:?}") };
    assert_eq!(public.endpoint, ServedDomainEndpoint::Edge);
    assert_eq!(public.routing, ServedRouting::Mappings(Vec::new()));
    let (endpoints, domain) = reach(private);
    let arn = DOMAIN_ARN.replace("apigateway", "execute-api");
    assert_eq!(gateway.with_names(&domain.arn), arn);
    assert!(domain.policy.is_some() && endpoints.is_empty());
    assert!(matches!(&private.routing, ServedRouting::Mappings(mappings) if mappings.len() == 1));
}

#[test]
fn associations_are_made_listed_and_removed() {
    let gateway = gateway();
    let all = |verb: &str| format!("{verb} {ASSOCIATIONS}");
    let one = |source: &str| {
        format!("DELETE {ASSOCIATIONS}/{}", ARN.replace("vpce-1a", source).replace('/', "%2F"))
    };
    let reject = |domain: &str| {
        format!(
            "POST /rejectdomainnameaccessassociations?domainNameAccessAssociationArn={}&domainNameArn={}",
            gateway.with_ids(ARN).replace('+', "%2B"),
            gateway.with_ids(domain).replace('+', "%2B")
        )
    };
    gateway.check(
        &[
            (&all("POST"), &association(DOMAIN_ARN, "vpce-1a")),
            (&all("POST"), &association(DOMAIN_ARN, "vpce-1a")),
            (&all("POST"), &association(DOMAIN_ARN, "vpce-2b")),
            (&all("GET"), ""),
            (&format!("{}?limit=1", all("GET")), ""),
            (&format!("{}?resourceOwner=OTHER_ACCOUNTS", all("GET")), ""),
            (&format!("PUT /tags/{ARN}"), r#"{"tags": {"k": "v"}}"#),
            (&format!("GET /tags/{ARN}"), ""),
            (&reject("x"), ""),
            (&reject(DOMAIN_ARN), ""),
            (&reject(DOMAIN_ARN), ""),
            (&one("vpce-2b"), ""),
            (&one("vpce-2b"), ""),
            (&all("POST"), &association(DOMAIN_ARN, "vpce-1a")),
            ("DELETE /domainnames/p.example.com?domainNameId=ID", ""),
            (&all("GET"), ""),
        ],
        expect![[r#"
            201 {"domainNameAccessAssociationArn":"arn:aws:apigateway:us-east-1:000000000000:/domainnameaccessassociations/domainname/p.example.com+ID/vpcesource/vpce-1a","domainNameArn":"arn:aws:apigateway:us-east-1:000000000000:/domainnames/p.example.com+ID","accessAssociationSourceType":"VPCE","accessAssociationSource":"vpce-1a"}
            409 ConflictException: The domain name access association already exists
            201 {"domainNameAccessAssociationArn":"arn:aws:apigateway:us-east-1:000000000000:/domainnameaccessassociations/domainname/p.example.com+ID/vpcesource/vpce-2b","domainNameArn":"arn:aws:apigateway:us-east-1:000000000000:/domainnames/p.example.com+ID","accessAssociationSourceType":"VPCE","accessAssociationSource":"vpce-2b"}
            200 {"item":[{"domainNameAccessAssociationArn":"arn:aws:apigateway:us-east-1:000000000000:/domainnameaccessassociations/domainname/p.example.com+ID/vpcesource/vpce-1a","domainNameArn":"arn:aws:apigateway:us-east-1:000000000000:/domainnames/p.example.com+ID","accessAssociationSourceType":"VPCE","accessAssociationSource":"vpce-1a"},{"domainNameAccessAssociationArn":"arn:aws:apigateway:us-east-1:000000000000:/domainnameaccessassociations/domainname/p.example.com+ID/vpcesource/vpce-2b","domainNameArn":"arn:aws:apigateway:us-east-1:000000000000:/domainnames/p.example.com+ID","accessAssociationSourceType":"VPCE","accessAssociationSource":"vpce-2b"}]}
            200 {"item":[{"domainNameAccessAssociationArn":"arn:aws:apigateway:us-east-1:000000000000:/domainnameaccessassociations/domainname/p.example.com+ID/vpcesource/vpce-1a","domainNameArn":"arn:aws:apigateway:us-east-1:000000000000:/domainnames/p.example.com+ID","accessAssociationSourceType":"VPCE","accessAssociationSource":"vpce-1a"}],"position":"c"}
            200 {"item":[]}
            204
            200 {"tags":{"k":"v"}}
            400 BadRequestException: The domain name access association is not of the domain name specified
            202
            404 NotFoundException: Invalid domain name access association identifier specified
            202
            404 NotFoundException: Invalid domain name access association identifier specified
            201 {"domainNameAccessAssociationArn":"arn:aws:apigateway:us-east-1:000000000000:/domainnameaccessassociations/domainname/p.example.com+ID/vpcesource/vpce-1a","domainNameArn":"arn:aws:apigateway:us-east-1:000000000000:/domainnames/p.example.com+ID","accessAssociationSourceType":"VPCE","accessAssociationSource":"vpce-1a"}
            202
            200 {"item":[]}
        "#]],
    );
}

#[test]
fn an_endpoint_leads_to_one_domain_name_of_a_name() {
    let gateway = gateway();
    let (_, _, answer) = gateway.send("POST /domainnames", PRIVATE);
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    gateway.name("OTHER", answer["domainNameId"].as_str().unwrap());
    let post = format!("POST {ASSOCIATIONS}");
    let endpoints = |at: usize| {
        let served = crate::domains(&gateway.store, &gateway.control.identity).unwrap();
        reach(&served[at]).0.to_vec()
    };
    gateway.ok(&post, &association(DOMAIN_ARN, "vpce-1a"));
    let other = DOMAIN_ARN.replace("ID", "OTHER");
    assert_eq!(
        gateway.answer(&post, &association(&other, "vpce-1a")),
        "409 ConflictException: The access association source vpce-1a is associated with another domain name p.example.com"
    );
    gateway.ok(&post, &association(&other, "vpce-2b"));
    assert_eq!(
        (endpoints(0), endpoints(1)),
        (vec!["vpce-1a".to_owned()], vec!["vpce-2b".to_owned()])
    );
    let deny = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "apigateway:CreateAccessAssociation", "Resource": "*"}]}"#;
    let update = "PATCH /domainnames/p.example.com?domainNameId=OTHER";
    gateway.ok(update, &patch("replace", "/managementPolicy", deny));
    let denied = gateway.answer(&post, &association(&other, "vpce-3c"));
    assert!(denied.starts_with("403 AccessDeniedException: User: "), "{denied}");
    assert!(denied.ends_with("with an explicit deny in a resource-based policy"), "{denied}");
}

#[test]
fn what_cannot_be_associated_is_refused() {
    let gateway = gateway();
    gateway.ok("POST /domainnames", r#"{"domainName": "p.example.com"}"#);
    let public = "arn:aws:apigateway:us-east-1:000000000000:/domainnames/p.example.com";
    let post = format!("POST {ASSOCIATIONS}");
    gateway.check(
        &[
            (&post, "{}"),
            (&post, &association("x", "vpce-1a")),
            (&post, &association(public, "vpce-1a")),
            (&post, &association(DOMAIN_ARN, "vpc-1a")),
            (&post, &association(DOMAIN_ARN, "vpce-")),
            (&post, &association(DOMAIN_ARN, "vpce-a/b")),
            (&post, &association(DOMAIN_ARN, &format!("vpce-{}", "a".repeat(60)))),
            (&post, &association(DOMAIN_ARN, "vpce-1a").replace("VPCE", "VPC")),
            (&format!("GET {ASSOCIATIONS}"), ""),
        ],
        expect![[r#"
            400 ValidationException: 3 validation errors detected: Value null at 'domainNameArn' failed to satisfy constraint: Member must not be null; Value null at 'accessAssociationSourceType' failed to satisfy constraint: Member must not be null; Value null at 'accessAssociationSource' failed to satisfy constraint: Member must not be null
            400 BadRequestException: Invalid domain name ARN specified: x
            400 BadRequestException: Invalid domain name ARN specified: arn:aws:apigateway:us-east-1:000000000000:/domainnames/p.example.com
            400 BadRequestException: Invalid access association source specified: vpc-1a
            400 BadRequestException: Invalid access association source specified: vpce-
            400 BadRequestException: Invalid access association source specified: vpce-a/b
            400 BadRequestException: Invalid access association source specified: vpce-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
            400 ValidationException: 1 validation error detected: Value 'VPC' at 'accessAssociationSourceType' failed to satisfy constraint: Member must satisfy enum value set: [VPCE]
            200 {"item":[]}
        "#]],
    );
}
