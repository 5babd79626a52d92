//! VPC links.

use expect_test::expect;

use super::harness::{Gateway, patch};

#[test]
fn links_are_made_changed_and_removed() {
    let gateway = Gateway::new();
    let arn = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/n/1";
    let body = format!(r#"{{"name": "l", "targetArns": ["{arn}"]}}"#);
    let link = gateway.create("LINK", "POST /vpclinks", &body);
    assert_eq!(link["status"], "PENDING");
    gateway.check(
        &[
            ("GET /vpclinks/LINK", ""),
            ("PATCH /vpclinks/LINK", &patch("replace", "/name", "m")),
            ("PATCH /vpclinks/LINK", &patch("replace", "/name", "")),
            ("PATCH /vpclinks/LINK", &patch("replace", "/targetArns", "x")),
            ("POST /vpclinks", r#"{"name": "", "targetArns": []}"#),
            ("POST /vpclinks", r#"{"name": "l", "targetArns": ["x"]}"#),
            ("GET /vpclinks", ""),
            ("DELETE /vpclinks/LINK", ""),
            ("GET /vpclinks/LINK", ""),
        ],
        expect![[r#"
            200 {"id":"LINK","name":"l","targetArns":["arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/n/1"],"status":"AVAILABLE","statusMessage":"Your vpc link is ready for use"}
            200 {"id":"LINK","name":"m","targetArns":["arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/n/1"],"status":"AVAILABLE","statusMessage":"Your vpc link is ready for use"}
            400 BadRequestException: Name cannot be empty
            400 BadRequestException: Invalid patch path  '/targetArns' specified for op 'replace'. Must be one of: [/name, /description]
            400 BadRequestException: Name cannot be empty
            400 BadRequestException: Invalid ARN. ARN is not well formed x
            200 {"item":[{"id":"LINK","name":"m","targetArns":["arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/n/1"],"status":"AVAILABLE","statusMessage":"Your vpc link is ready for use"}]}
            202
            404 NotFoundException: Invalid Vpc Link identifier specified
        "#]],
    );
}
