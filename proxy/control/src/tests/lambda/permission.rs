//! Permissions, reserved concurrency, and tags.

use expect_test::expect;
use serde_json::json;

use super::super::harness::Gateway;
use super::f;

const PERMISSION: &str = r#"{"StatementId": "api", "Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com", "SourceArn": "arn:aws:execute-api:us-east-1:000000000000:a1/*/GET/pets"}"#;

#[test]
fn permissions_are_added_shown_and_removed() {
    let gateway = Gateway::with_function();
    gateway.ok(&f("POST", "/versions"), "{}");
    gateway.ok(&f("POST", "/aliases"), r#"{"Name": "prod", "FunctionVersion": "1"}"#);
    let other = |sid: &str, principal: &str| {
        json!({"StatementId": sid, "Action": "lambda:InvokeFunction", "Principal": principal})
            .to_string()
    };
    let conditions = json!({
        "StatementId": "all", "Action": "lambda:InvokeFunction", "Principal": "*",
        "PrincipalOrgID": "o-1234567890", "SourceAccount": "000000000000",
    });
    gateway.check_lambda(
        &[
            (&f("GET", "/policy"), ""),
            (&f("POST", "/policy"), PERMISSION),
            (&f("POST", "/policy"), &other("account", "111111111111")),
            (&f("POST", "/policy?Qualifier=prod"), &conditions.to_string()),
            (&f("GET", "/policy"), ""),
            (&f("GET", ":prod/policy"), ""),
            (&f("GET", "/policy?Qualifier=1"), ""),
            (&f("DELETE", "/policy/api"), ""),
            (&f("DELETE", "/policy/api"), ""),
            (&f("DELETE", "/policy/account"), ""),
            (&f("DELETE", "/policy/account"), ""),
        ],
        expect![[r#"
            404 ResourceNotFoundException: The resource you requested does not exist.
            201 {"Statement":"{\"Sid\":\"api\",\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"apigateway.amazonaws.com\"},\"Action\":\"lambda:InvokeFunction\",\"Resource\":\"arn:aws:lambda:us-east-1:000000000000:function:f\",\"Condition\":{\"ArnLike\":{\"AWS:SourceArn\":\"arn:aws:execute-api:us-east-1:000000000000:a1/*/GET/pets\"}}}"}
            201 {"Statement":"{\"Sid\":\"account\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111111111111:root\"},\"Action\":\"lambda:InvokeFunction\",\"Resource\":\"arn:aws:lambda:us-east-1:000000000000:function:f\"}"}
            201 {"Statement":"{\"Sid\":\"all\",\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"lambda:InvokeFunction\",\"Resource\":\"arn:aws:lambda:us-east-1:000000000000:function:f:prod\",\"Condition\":{\"StringEquals\":{\"aws:PrincipalOrgID\":\"o-1234567890\",\"AWS:SourceAccount\":\"000000000000\"}}}"}
            200 {"Policy":"{\"Version\":\"2012-10-17\",\"Id\":\"default\",\"Statement\":[{\"Sid\":\"api\",\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"apigateway.amazonaws.com\"},\"Action\":\"lambda:InvokeFunction\",\"Resource\":\"arn:aws:lambda:us-east-1:000000000000:function:f\",\"Condition\":{\"ArnLike\":{\"AWS:SourceArn\":\"arn:aws:execute-api:us-east-1:000000000000:a1/*/GET/pets\"}}},{\"Sid\":\"account\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111111111111:root\"},\"Action\":\"lambda:InvokeFunction\",\"Resource\":\"arn:aws:lambda:us-east-1:000000000000:function:f\"}]}","RevisionId":"UUID"}
            200 {"Policy":"{\"Version\":\"2012-10-17\",\"Id\":\"default\",\"Statement\":[{\"Sid\":\"all\",\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"lambda:InvokeFunction\",\"Resource\":\"arn:aws:lambda:us-east-1:000000000000:function:f:prod\",\"Condition\":{\"StringEquals\":{\"aws:PrincipalOrgID\":\"o-1234567890\",\"AWS:SourceAccount\":\"000000000000\"}}}]}","RevisionId":"UUID"}
            404 ResourceNotFoundException: The resource you requested does not exist.
            204
            404 ResourceNotFoundException: Statement api is not found in resource policy.
            204
            404 ResourceNotFoundException: No policy is associated with the given resource.
        "#]],
    );
}

#[test]
fn a_permission_that_cannot_be_is_refused() {
    let gateway = Gateway::with_function();
    gateway.ok(&f("POST", "/policy"), PERMISSION);
    let with = |member: &str, value: &str| {
        let mut permission: serde_json::Value = serde_json::from_str(PERMISSION).unwrap();
        permission["StatementId"] = json!("other");
        permission[member] = json!(value);
        permission.to_string()
    };
    let policy = f("POST", "/policy");
    gateway.check_lambda(
        &[
            (&policy, PERMISSION),
            (&policy, "{}"),
            (&policy, &with("StatementId", "a b")),
            (&policy, &with("Action", "s3:GetObject")),
            (&policy, &with("Principal", "me")),
            (&policy, &with("SourceArn", "pets")),
            (&policy, &with("RevisionId", "x")),
            (&policy, &with("FunctionUrlAuthType", "NONE")),
            (&f("POST", "/policy?Qualifier=$LATEST"), &with("Action", "lambda:InvokeFunction")),
            (&f("POST", "/policy?Qualifier=prod"), &with("Action", "lambda:InvokeFunction")),
            (&f("POST", "/policy?Qualifier=7"), &with("Action", "lambda:InvokeFunction")),
            ("POST /2015-03-31/functions/g/policy", PERMISSION),
            ("DELETE /2015-03-31/functions/g/policy/api", ""),
            (&f("DELETE", "/policy/api?RevisionId=x"), ""),
        ],
        expect![[r#"
            409 ResourceConflictException: The statement id (api) provided already exists. Please provide a new statement id, or remove the existing statement.
            400 ValidationException: 3 validation errors detected: Value null at 'statementId' failed to satisfy constraint: Member must not be null; Value null at 'action' failed to satisfy constraint: Member must not be null; Value null at 'principal' failed to satisfy constraint: Member must not be null
            400 ValidationException: 1 validation error detected: Value 'a b' at 'statementId' failed to satisfy constraint: Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)
            400 ValidationException: 1 validation error detected: Value 's3:GetObject' at 'action' failed to satisfy constraint: Member must satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])
            400 InvalidParameterValueException: The provided principal was invalid. Please check the principal and try again.
            400 ValidationException: 1 validation error detected: Value 'pets' at 'sourceArn' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)
            412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id
            400 InvalidParameterValueException: FunctionUrlAuthType is not supported by this gateway: there are no function URLs; use an API
            400 InvalidParameterValueException: We currently do not support adding policies for $LATEST.
            404 ResourceNotFoundException: Cannot find alias arn: arn:aws:lambda:us-east-1:000000000000:function:f:prod
            404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:7
            404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:g
            404 ResourceNotFoundException: No policy found for: arn:aws:lambda:us-east-1:000000000000:function:g
            412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id
        "#]],
    );
}

#[test]
fn a_policy_has_a_limit() {
    let gateway = Gateway::with_function();
    let long = "x".repeat(256);
    let add = |number: usize| {
        let body = json!({
            "StatementId": number.to_string(), "Action": "lambda:InvokeFunction",
            "Principal": "apigateway.amazonaws.com", "EventSourceToken": long,
        });
        gateway.answer(&f("POST", "/policy"), &body.to_string())
    };
    let refused = (0..100).map(add).find(|answer| !answer.starts_with("201 "));
    expect!["400 PolicyLengthExceededException: The final policy size (20707) is bigger than the limit (20480)."].assert_eq(&refused.unwrap());
}

#[test]
fn concurrency_is_reserved_within_the_limits_of_the_account() {
    let gateway = Gateway::with_function();
    let path = |verb: &str, date: &str| format!("{verb} /{date}/functions/f/concurrency");
    let put = path("PUT", "2017-10-31");
    let get = path("GET", "2019-09-30");
    gateway.check_lambda(
        &[
            (&get, ""),
            (&put, r#"{"ReservedConcurrentExecutions": 900}"#),
            (&get, ""),
            (&put, r#"{"ReservedConcurrentExecutions": 901}"#),
            (&put, r#"{"ReservedConcurrentExecutions": 0}"#),
            (&put, r#"{"ReservedConcurrentExecutions": -1}"#),
            (&put, "{}"),
            ("PUT /2017-10-31/functions/f:1/concurrency", r#"{"ReservedConcurrentExecutions": 1}"#),
            ("PUT /2017-10-31/functions/g/concurrency", r#"{"ReservedConcurrentExecutions": 1}"#),
            (&path("DELETE", "2017-10-31"), ""),
            (&get, ""),
        ],
        expect![[r#"
            200 {}
            200 {"ReservedConcurrentExecutions":900}
            200 {"ReservedConcurrentExecutions":900}
            400 InvalidParameterValueException: Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].
            400 InvalidParameterValueException: ReservedConcurrentExecutions 0 is not supported by this gateway: a function that must not be called is deleted, or taken out of the API
            400 ValidationException: 1 validation error detected: Value '-1' at 'reservedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 0
            400 ValidationException: 1 validation error detected: Value null at 'reservedConcurrentExecutions' failed to satisfy constraint: Member must not be null
            400 InvalidParameterValueException: This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.
            404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:g
            204
            200 {}
        "#]],
    );
}

#[test]
fn functions_have_tags() {
    let gateway = Gateway::with_function();
    let tags = |verb: &str, rest: &str| {
        format!(
            "{verb} /2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af{rest}"
        )
    };
    let many: serde_json::Map<_, _> = (0..51).map(|n| (n.to_string(), json!("v"))).collect();
    gateway.check_lambda(
        &[
            (&tags("GET", ""), ""),
            (&tags("POST", ""), r#"{"Tags": {"team": "pets", "stage": "dev"}}"#),
            (&tags("GET", ""), ""),
            (&tags("DELETE", "?tagKeys=team&tagKeys=none"), ""),
            (&tags("GET", ""), ""),
            (&tags("POST", ""), r#"{"Tags": {}}"#),
            (&tags("POST", ""), &json!({ "Tags": many }).to_string()),
            (&tags("POST", ""), r#"{"Tags": {"a!": "b"}}"#),
            (&tags("DELETE", ""), ""),
            (&tags("GET", "%3A1"), ""),
            (&tags("GET", "f"), ""),
            ("GET /2017-03-31/tags/f", ""),
        ],
        expect![[r#"
            200 {"Tags":{}}
            204
            200 {"Tags":{"stage":"dev","team":"pets"}}
            204
            200 {"Tags":{"stage":"dev"}}
            400 InvalidParameterValueException: An error occurred and the request cannot be processed.
            400 InvalidParameterValueException: Number of tags exceeds resource tag limit.
            400 ValidationException: 1 validation error detected: Value '{a!=b}' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ([\p{L}\p{Z}\p{N}_.:/=+\-@]*), Member must not be null]
            400 ValidationException: 1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null
            400 InvalidParameterValueException: Tags on function aliases and versions are not supported. Please specify a function ARN.
            404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:ff
            400 ValidationException: 1 validation error detected: Value 'f' at 'resource' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|(capacity-provider|network-connector):[a-zA-Z0-9-_]{1,64})
        "#]],
    );
}
