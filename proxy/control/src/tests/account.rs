//! The account.

use expect_test::expect;

use super::harness::{Gateway, patch};

#[test]
fn the_account_is_shown_and_changed() {
    let gateway = Gateway::new();
    let update = "PATCH /account";
    gateway.check(
        &[
            ("GET /account", ""),
            (update, &patch("replace", "/cloudwatchRoleArn", "arn:aws:iam::0:role/r")),
            (update, &patch("replace", "/cloudwatchRoleArn", "")),
            (update, &patch("replace", "/cloudwatchRoleArn", "x")),
            (update, &patch("add", "/features", "UsagePlans")),
            (update, &patch("remove", "/features", "UsagePlans")),
            (update, &patch("replace", "/throttleSettings", "x")),
            ("GET /account", ""),
        ],
        expect![[r#"
            200 {"features":["UsagePlans"],"throttleSettings":{"burstLimit":5000,"rateLimit":10000.0},"apiKeyVersion":"4"}
            200 {"cloudwatchRoleArn":"arn:aws:iam::0:role/r","features":["UsagePlans"],"throttleSettings":{"burstLimit":5000,"rateLimit":10000.0},"apiKeyVersion":"4"}
            200 {"features":["UsagePlans"],"throttleSettings":{"burstLimit":5000,"rateLimit":10000.0},"apiKeyVersion":"4"}
            400 BadRequestException: The role ARN is not well formed
            200 {"features":["UsagePlans"],"throttleSettings":{"burstLimit":5000,"rateLimit":10000.0},"apiKeyVersion":"4"}
            400 BadRequestException: Usage Plans cannot be disabled once enabled
            400 BadRequestException: Invalid patch path  '/throttleSettings' specified for op 'replace'. Must be one of: [/cloudwatchRoleArn]
            200 {"features":["UsagePlans"],"throttleSettings":{"burstLimit":5000,"rateLimit":10000.0},"apiKeyVersion":"4"}
        "#]],
    );
}

#[test]
fn the_throttle_of_the_node_is_shown() {
    let account_throttle = Some(throttle::Limit::new(20.5, 40));
    let gateway = Gateway::with(|control| crate::Control { account_throttle, ..control });
    let answer = gateway.answer("GET /account", "");
    assert!(
        answer.contains(r#""throttleSettings":{"burstLimit":40,"rateLimit":20.5}"#),
        "{answer}"
    );
}
