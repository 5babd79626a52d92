//! Aliases, and how they share calls among two versions.

use std::collections::BTreeMap;

use expect_test::expect;

use super::super::harness::Gateway;
use super::f;

fn with_versions() -> Gateway {
    let gateway = Gateway::with_function();
    gateway.ok(&f("POST", "/versions"), "{}");
    gateway.update_code("two");
    gateway.ok(&f("POST", "/versions"), "{}");
    gateway
}

#[test]
fn an_alias_is_made_moved_and_removed() {
    let gateway = with_versions();
    let alias = |verb: &str| f(verb, "/aliases/prod");
    gateway.check_lambda(
        &[
            (&f("POST", "/aliases"), r#"{"Name": "prod", "FunctionVersion": "1"}"#),
            (&f("GET", "/configuration?Qualifier=prod"), ""),
            (
                &alias("PUT"),
                r#"{"FunctionVersion": "2", "RoutingConfig": {"AdditionalVersionWeights": {"1": 0.1}}}"#,
            ),
            (&alias("PUT"), r#"{"Description": "all"}"#),
            (&alias("PUT"), r#"{"RoutingConfig": {}}"#),
            (&alias("GET"), ""),
            (&f("POST", "/aliases"), r#"{"Name": "latest", "FunctionVersion": "$LATEST"}"#),
            (&f("GET", "/aliases"), ""),
            (&f("GET", "/aliases?FunctionVersion=2"), ""),
            (&f("GET", "/aliases?MaxItems=1"), ""),
            (&alias("DELETE"), ""),
            (&alias("DELETE"), ""),
            (&alias("GET"), ""),
        ],
        expect![[r#"
            201 {"AliasArn":"arn:aws:lambda:us-east-1:000000000000:function:f:prod","Description":"","FunctionVersion":"1","Name":"prod","RevisionId":"UUID"}
            200 {"Architectures":["x86_64"],"Description":"","EphemeralStorage":{"Size":512},"Handler":"bootstrap","LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/f"},"MemorySize":128,"PackageType":"Zip","Role":"arn:aws:iam::000000000000:role/r","Runtime":"provided.al2023","SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"},"Timeout":3,"TracingConfig":{"Mode":"PassThrough"},"FunctionName":"f","FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:f:prod","Version":"1","CodeSha256":"ir6VqYUqUxSkh+bAzXe72GwVjIyzWNSL1sEEW71tcx8=","CodeSize":11,"LastModified":"2023-11-14T22:13:20.000+0000","RevisionId":"UUID","State":"Active","LastUpdateStatus":"Successful"}
            200 {"AliasArn":"arn:aws:lambda:us-east-1:000000000000:function:f:prod","Description":"","FunctionVersion":"2","Name":"prod","RevisionId":"UUID","RoutingConfig":{"AdditionalVersionWeights":{"1":0.1}}}
            200 {"AliasArn":"arn:aws:lambda:us-east-1:000000000000:function:f:prod","Description":"all","FunctionVersion":"2","Name":"prod","RevisionId":"UUID","RoutingConfig":{"AdditionalVersionWeights":{"1":0.1}}}
            200 {"AliasArn":"arn:aws:lambda:us-east-1:000000000000:function:f:prod","Description":"all","FunctionVersion":"2","Name":"prod","RevisionId":"UUID"}
            200 {"AliasArn":"arn:aws:lambda:us-east-1:000000000000:function:f:prod","Description":"all","FunctionVersion":"2","Name":"prod","RevisionId":"UUID"}
            201 {"AliasArn":"arn:aws:lambda:us-east-1:000000000000:function:f:latest","Description":"","FunctionVersion":"$LATEST","Name":"latest","RevisionId":"UUID"}
            200 {"Aliases":[{"AliasArn":"arn:aws:lambda:us-east-1:000000000000:function:f:prod","Description":"all","FunctionVersion":"2","Name":"prod","RevisionId":"UUID"},{"AliasArn":"arn:aws:lambda:us-east-1:000000000000:function:f:latest","Description":"","FunctionVersion":"$LATEST","Name":"latest","RevisionId":"UUID"}]}
            200 {"Aliases":[{"AliasArn":"arn:aws:lambda:us-east-1:000000000000:function:f:prod","Description":"all","FunctionVersion":"2","Name":"prod","RevisionId":"UUID"}]}
            200 {"Aliases":[{"AliasArn":"arn:aws:lambda:us-east-1:000000000000:function:f:prod","Description":"all","FunctionVersion":"2","Name":"prod","RevisionId":"UUID"}],"NextMarker":"11"}
            204
            204
            404 ResourceNotFoundException: Cannot find alias arn: arn:aws:lambda:us-east-1:000000000000:function:f:prod
        "#]],
    );
}

#[test]
fn an_alias_that_cannot_be_is_refused() {
    let gateway = with_versions();
    gateway.ok(&f("POST", "/aliases"), r#"{"Name": "prod", "FunctionVersion": "1"}"#);
    let post = f("POST", "/aliases");
    let put = f("PUT", "/aliases/prod");
    gateway.check_lambda(
        &[
            (&post, "{}"),
            (&post, r#"{"Name": "1", "FunctionVersion": "1"}"#),
            (&post, r#"{"Name": "a b", "FunctionVersion": "1"}"#),
            (&post, r#"{"Name": "prod", "FunctionVersion": "1"}"#),
            (&post, r#"{"Name": "a", "FunctionVersion": "9"}"#),
            (&post, r#"{"Name": "a", "FunctionVersion": "prod"}"#),
            (&put, r#"{"RevisionId": "x"}"#),
            (&put, r#"{"RoutingConfig": {"AdditionalVersionWeights": {"9": 0.5}}}"#),
            (&put, r#"{"RoutingConfig": {"AdditionalVersionWeights": {"1": 0.5}}}"#),
            (&put, r#"{"RoutingConfig": {"AdditionalVersionWeights": {"2": 1.5}}}"#),
            (&put, r#"{"RoutingConfig": {"AdditionalVersionWeights": {"x": 0.5}}}"#),
            (&put, r#"{"RoutingConfig": {"AdditionalVersionWeights": {"2": 0.5, "3": 0.1}}}"#),
            (
                &put,
                r#"{"FunctionVersion": "$LATEST", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.5}}}"#,
            ),
            (&f("PUT", "/aliases/none"), "{}"),
            ("POST /2015-03-31/functions/g/aliases", r#"{"Name": "a", "FunctionVersion": "1"}"#),
        ],
        expect![[r#"
            400 ValidationException: 2 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must not be null; Value null at 'functionVersion' failed to satisfy constraint: Member must not be null
            400 ValidationException: 1 validation error detected: Value '1' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)
            400 ValidationException: 1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)
            409 ResourceConflictException: Alias already exists: arn:aws:lambda:us-east-1:000000000000:function:f:prod
            404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:9
            400 ValidationException: 1 validation error detected: Value 'prod' at 'functionVersion' failed to satisfy constraint: Member must satisfy regular expression pattern: (\$LATEST(\.PUBLISHED)?|[0-9]+)
            412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id
            404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:9
            400 InvalidParameterValueException: Invalid function version 1. Function version 1 is already included in routing configuration.
            400 ValidationException: 1 validation error detected: Value '{2=1.5}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]
            400 ValidationException: 1 validation error detected: Value '{x=0.5}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+, Member must not be null]
            400 InvalidParameterValueException: Number of items in AdditionalVersionWeights cannot be greater than 1
            400 InvalidParameterValueException: $LATEST is not supported for an alias pointing to more than 1 version
            404 ResourceNotFoundException: Cannot find alias arn: arn:aws:lambda:us-east-1:000000000000:function:f:none
            404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:g
        "#]],
    );
}

#[test]
fn calls_are_shared_by_weight() {
    let gateway = with_versions();
    gateway.ok(
        &f("POST", "/aliases"),
        r#"{"Name": "prod", "FunctionVersion": "2", "RoutingConfig": {"AdditionalVersionWeights": {"1": 0.25}}}"#,
    );
    let mut calls = BTreeMap::new();
    for _ in 0..400 {
        let (_, headers, _) = gateway.send(&f("POST", ":prod/invocations"), "{}");
        let version = headers["x-amz-executed-version"].to_str().unwrap().to_owned();
        *calls.entry(version).or_insert(0) += 1;
    }
    assert!((70..130).contains(&calls["1"]), "{calls:?}");
    assert_eq!(calls["1"] + calls["2"], 400);
}
