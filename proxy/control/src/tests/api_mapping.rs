//! Domain names and API mappings, as the second API has them.

use expect_test::expect;

use super::harness::{Gateway, patch};

#[test]
fn domain_names_are_those_of_the_first_api() {
    let gateway = Gateway::with_stage();
    let all = "POST /v2/domainnames";
    let one = |verb: &str| format!("{verb} /v2/domainnames/a.b");
    let certificate = "arn:aws:acm:us-east-1:000000000000:certificate/1";
    gateway.ok("POST /domainnames", r#"{"domainName": "edge.b"}"#);
    let private = r#"{"domainName": "p.b", "endpointConfiguration": {"types": ["PRIVATE"]}}"#;
    gateway.ok("POST /domainnames", private);
    gateway.check(
        &[
            (
                all,
                &format!(
                    r#"{{"domainName": "a.b", "tags": {{"k": "v"}}, "domainNameConfigurations":
                        [{{"certificateArn": "{certificate}", "endpointType": "REGIONAL", "securityPolicy": "TLS_1_2"}}]}}"#
                ),
            ),
            (all, r#"{"domainName": "a.b"}"#),
            (all, r#"{"domainName": "A"}"#),
            (all, r#"{"domainName": "c.d", "domainNameConfigurations": []}"#),
            (all, r#"{"domainName": "c.d", "domainNameConfigurations": [{"hostedZoneId": "Z"}]}"#),
            (all, r#"{"domainName": "c.d", "domainNameConfigurations": [{"endpointType": "PRIVATE"}]}"#),
            (all, r#"{"domainName": "c.d", "mutualTlsAuthentication": {"truststoreUri": "s3://b/k"}}"#),
            ("GET /domainnames/a.b", ""),
            (
                &one("PATCH"),
                r#"{"routingMode": "ROUTING_RULE_ONLY", "domainNameConfigurations": [{"ipAddressType": "dualstack"}]}"#,
            ),
            (&one("PATCH"), r#"{"domainNameConfigurations": [{"securityPolicy": "TLS_9"}]}"#),
            (&one("GET"), ""),
            ("GET /v2/domainnames/edge.b", ""),
            ("GET /v2/domainnames/p.b", ""),
            ("GET /v2/domainnames?maxResults=1", ""),
            ("GET /v2/domainnames?maxResults=501", ""),
            (
                "POST /v2/tags/arn:aws:apigateway:us-east-1::%2Fdomainnames%2Fa.b",
                r#"{"tags": {"l": "w"}}"#,
            ),
            ("GET /v2/tags/arn:aws:apigateway:us-east-1::%2Fdomainnames%2Fa.b", ""),
            (&one("DELETE"), ""),
            (&one("DELETE"), ""),
        ],
        expect![[r#"
            201 {"apiMappingSelectionExpression":"$request.basepath","domainName":"a.b","domainNameArn":"arn:aws:apigateway:us-east-1::/domainnames/a.b","domainNameConfigurations":[{"apiGatewayDomainName":"d-6ih1o4u7ji.execute-api.us-east-1.amazonaws.com","certificateArn":"arn:aws:acm:us-east-1:000000000000:certificate/1","domainNameStatus":"AVAILABLE","endpointType":"REGIONAL","hostedZoneId":"Z1UJRXOUMOOFQ8","ipAddressType":"ipv4","securityPolicy":"TLS_1_2"}],"routingMode":"API_MAPPING_ONLY","tags":{"k":"v"}}
            409 ConflictException: The domain name you provided already exists.
            400 BadRequestException: Invalid domain name specified: A
            400 BadRequestException: A domain name has one configuration
            400 BadRequestException: hostedZoneId of a domain name configuration cannot be set: leave it out
            400 BadRequestException: 1 validation error detected: Value 'PRIVATE' at 'domainNameConfigurations.1.member.endpointType' failed to satisfy constraint: Member must satisfy enum value set: [REGIONAL, EDGE]
            400 BadRequestException: Invalid truststore URI s3://b/k: it names no bucket
            200 {"domainName":"a.b","regionalDomainName":"d-6ih1o4u7ji.execute-api.us-east-1.amazonaws.com","regionalHostedZoneId":"Z1UJRXOUMOOFQ8","regionalCertificateArn":"arn:aws:acm:us-east-1:000000000000:certificate/1","endpointConfiguration":{"types":["REGIONAL"],"ipAddressType":"ipv4"},"domainNameStatus":"AVAILABLE","securityPolicy":"TLS_1_2","tags":{"k":"v"},"routingMode":"BASE_PATH_MAPPING_ONLY"}
            200 {"apiMappingSelectionExpression":"$request.basepath","domainName":"a.b","domainNameArn":"arn:aws:apigateway:us-east-1::/domainnames/a.b","domainNameConfigurations":[{"apiGatewayDomainName":"d-6ih1o4u7ji.execute-api.us-east-1.amazonaws.com","certificateArn":"arn:aws:acm:us-east-1:000000000000:certificate/1","domainNameStatus":"AVAILABLE","endpointType":"REGIONAL","hostedZoneId":"Z1UJRXOUMOOFQ8","ipAddressType":"dualstack","securityPolicy":"TLS_1_2"}],"routingMode":"ROUTING_RULE_ONLY","tags":{"k":"v"}}
            400 BadRequestException: 1 validation error detected: Value 'TLS_9' at 'domainNameConfigurations.1.member.securityPolicy' failed to satisfy constraint: Member must satisfy enum value set: [TLS_1_0, TLS_1_2]
            200 {"apiMappingSelectionExpression":"$request.basepath","domainName":"a.b","domainNameArn":"arn:aws:apigateway:us-east-1::/domainnames/a.b","domainNameConfigurations":[{"apiGatewayDomainName":"d-6ih1o4u7ji.execute-api.us-east-1.amazonaws.com","certificateArn":"arn:aws:acm:us-east-1:000000000000:certificate/1","domainNameStatus":"AVAILABLE","endpointType":"REGIONAL","hostedZoneId":"Z1UJRXOUMOOFQ8","ipAddressType":"dualstack","securityPolicy":"TLS_1_2"}],"routingMode":"ROUTING_RULE_ONLY","tags":{"k":"v"}}
            200 {"apiMappingSelectionExpression":"$request.basepath","domainName":"edge.b","domainNameArn":"arn:aws:apigateway:us-east-1::/domainnames/edge.b","domainNameConfigurations":[{"apiGatewayDomainName":"dpyqkofrd01.cloudfront.net","domainNameStatus":"AVAILABLE","endpointType":"EDGE","hostedZoneId":"Z2FDTNDATAQYW2","ipAddressType":"ipv4","securityPolicy":"TLS_1_2"}],"routingMode":"API_MAPPING_ONLY"}
            404 NotFoundException: Invalid domain name identifier specified
            200 {"items":[{"apiMappingSelectionExpression":"$request.basepath","domainName":"edge.b","domainNameArn":"arn:aws:apigateway:us-east-1::/domainnames/edge.b","domainNameConfigurations":[{"apiGatewayDomainName":"dpyqkofrd01.cloudfront.net","domainNameStatus":"AVAILABLE","endpointType":"EDGE","hostedZoneId":"Z2FDTNDATAQYW2","ipAddressType":"ipv4","securityPolicy":"TLS_1_2"}],"routingMode":"API_MAPPING_ONLY"}],"nextToken":"a"}
            400 BadRequestException: Invalid maxResults specified: it is 1 to 500
            201
            200 {"tags":{"k":"v","l":"w"}}
            204
            404 NotFoundException: Invalid domain name identifier specified
        "#]],
    );
}

#[test]
fn a_mapping_may_have_several_levels() {
    let gateway = Gateway::with_stage();
    gateway.ok("POST /v2/domainnames", r#"{"domainName": "a.b"}"#);
    gateway.ok("POST /domainnames", r#"{"domainName": "edge.b"}"#);
    let all = "/v2/domainnames/a.b/apimappings";
    let post = format!("POST {all}");
    let key =
        |key: &str| format!(r#"{{"apiId": "API", "stage": "prod", "apiMappingKey": "{key}"}}"#);
    let (_, _, made) = gateway.send(&post, &key("orders/v1/items"));
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    gateway.name("MAPPING", made["apiMappingId"].as_str().unwrap());
    let one = |verb: &str| format!("{verb} {all}/MAPPING");
    gateway.check(
        &[
            (&one("GET"), ""),
            (&post, &key("orders/v1/items")),
            (&post, &key("orders//items")),
            (&post, &key("/orders")),
            (&post, &key("orders/")),
            (&post, &key("or ders")),
            (&post, r#"{"apiId": "nobody", "stage": "prod"}"#),
            (&post, r#"{"apiId": "API", "stage": "nobody"}"#),
            (&post, r#"{"apiId": "API"}"#),
            (&post, r#"{"apiId": "API", "stage": "prod"}"#),
            ("POST /v2/domainnames/edge.b/apimappings", &key("a/b")),
            ("POST /v2/domainnames/x.y/apimappings", &key("a")),
            ("GET /domainnames/a.b/basepathmappings", ""),
            ("GET /domainnames/a.b/basepathmappings/orders%2Fv1%2Fitems", ""),
            ("PATCH /domainnames/a.b", &patch("replace", "/securityPolicy", "TLS_1_0")),
            (&one("PATCH"), r#"{"apiId": "API", "apiMappingKey": ""}"#),
            (&one("PATCH"), r#"{"apiId": "API", "apiMappingKey": "orders"}"#),
            (&one("PATCH"), r#"{"apiId": "nobody"}"#),
            ("GET /domainnames/a.b/basepathmappings/orders", ""),
            (&format!("GET {all}?maxResults=1"), ""),
            (&format!("GET {all}/x"), ""),
            (&one("DELETE"), ""),
            (&one("DELETE"), ""),
        ],
        expect![[r#"
            200 {"apiId":"API","apiMappingId":"MAPPING","apiMappingKey":"orders/v1/items","stage":"prod"}
            409 ConflictException: ApiMapping key already exists for this domain name
            400 BadRequestException: API mapping key should not start with a '/' or have consecutive '/'s.
            400 BadRequestException: API mapping key should not start with a '/' or have consecutive '/'s.
            400 BadRequestException: API mapping key should not end with a '/'.
            400 BadRequestException: Invalid base path specified: or ders
            400 BadRequestException: Invalid REST API identifier specified
            400 BadRequestException: Invalid stage identifier specified
            400 BadRequestException: 1 validation error detected: Value null at 'stage' failed to satisfy constraint: Member must not be null
            201 {"apiId":"API","apiMappingId":"00000d","apiMappingKey":"","stage":"prod"}
            400 BadRequestException: Base paths of several levels are for regional custom domain names with TLS_1_2 or later
            404 NotFoundException: Invalid domain name identifier specified
            200 {"item":[{"basePath":"orders/v1/items","restApiId":"API","stage":"prod"},{"basePath":"(none)","restApiId":"API","stage":"prod"}]}
            200 {"basePath":"orders/v1/items","restApiId":"API","stage":"prod"}
            400 BadRequestException: Base paths of several levels are for regional custom domain names with TLS_1_2 or later
            409 ConflictException: ApiMapping key already exists for this domain name
            200 {"apiId":"API","apiMappingId":"MAPPING","apiMappingKey":"orders","stage":"prod"}
            400 BadRequestException: Invalid REST API identifier specified
            200 {"basePath":"orders","restApiId":"API","stage":"prod"}
            200 {"items":[{"apiId":"API","apiMappingId":"MAPPING","apiMappingKey":"orders","stage":"prod"}],"nextToken":"c"}
            404 NotFoundException: Invalid API mapping identifier specified
            204
            404 NotFoundException: Invalid API mapping identifier specified
        "#]],
    );
}
