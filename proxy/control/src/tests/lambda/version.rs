//! Versions: numbered, and never changed.

use expect_test::expect;
use serde_json::{Value, json};

use super::super::harness::Gateway;
use super::{FUNCTIONS, code, f, function};

#[test]
fn a_version_is_what_latest_was() {
    let gateway = Gateway::with_function();
    gateway.check_lambda(
        &[(&f("POST", "/versions"), r#"{"Description": "first"}"#)],
        expect![[r#"
            201 {"Architectures":["x86_64"],"Description":"first","EphemeralStorage":{"Size":512},"Handler":"bootstrap","LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/f"},"MemorySize":128,"PackageType":"Zip","Role":"arn:aws:iam::000000000000:role/r","Runtime":"provided.al2023","SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"},"Timeout":3,"TracingConfig":{"Mode":"PassThrough"},"FunctionName":"f","FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:f:1","Version":"1","CodeSha256":"ir6VqYUqUxSkh+bAzXe72GwVjIyzWNSL1sEEW71tcx8=","CodeSize":11,"LastModified":"2023-11-14T22:13:20.000+0000","RevisionId":"UUID","State":"Active"}
        "#]],
    );
    gateway.update_code("two");
    let sha = |qualifier: &str| gateway.configured(qualifier, "CodeSha256");
    assert_ne!(sha("?Qualifier=1"), sha(""));
    assert_eq!(gateway.configured("?Qualifier=1", "Description"), "first");
    assert_eq!(gateway.configured("?Qualifier=1", "LastUpdateStatus"), "Successful");
    gateway.ok(&f("POST", "/versions"), "{}");
    assert_eq!(sha("?Qualifier=2"), sha("?Qualifier=$LATEST"));
    gateway.check_lambda(
        &[
            (&f("GET", "/versions?MaxItems=1"), ""),
            (&f("GET", ":2/configuration?Qualifier=1"), ""),
            (&f("GET", "?Qualifier=3"), ""),
            (&f("GET", "/configuration?Qualifier=prod"), ""),
        ],
        expect![[r#"
            200 {"Versions":[{"Architectures":["x86_64"],"Description":"","EphemeralStorage":{"Size":512},"Handler":"bootstrap","LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/f"},"MemorySize":128,"PackageType":"Zip","Role":"arn:aws:iam::000000000000:role/r","Runtime":"provided.al2023","SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"},"Timeout":3,"TracingConfig":{"Mode":"PassThrough"},"FunctionName":"f","FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST","Version":"$LATEST","CodeSha256":"lVl1oHWT4CbJLPMuaP8SR7ZfuI7ioNlFgDaEPswC2dU=","CodeSize":11,"LastModified":"2023-11-14T22:13:20.000+0000","RevisionId":"UUID"}],"NextMarker":"4"}
            400 InvalidParameterValueException: The derived qualifier from the function name does not match the specified qualifier.
            404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:3
            404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:prod
        "#]],
    );
}

#[test]
fn nothing_new_is_no_new_version() {
    let gateway = Gateway::with_function();
    let publish = || {
        let (_, _, answer) = gateway.send(&f("POST", "/versions"), "{}");
        serde_json::from_str::<Value>(&answer).unwrap()["Version"].clone()
    };
    assert_eq!((publish(), publish()), (json!("1"), json!("1")));
    gateway.ok(&f("PUT", "/configuration"), r#"{"Description": "other"}"#);
    gateway.settle();
    assert_eq!((publish(), publish()), (json!("2"), json!("2")));
    // A number is not given again.
    gateway.ok(&f("DELETE", "?Qualifier=2"), "");
    assert_eq!(publish(), "3");
}

#[test]
fn a_version_is_published_of_what_the_client_saw() {
    let gateway = Gateway::with_function();
    let revision = gateway.configured("", "RevisionId");
    let sha = gateway.configured("", "CodeSha256");
    let seen = json!({ "RevisionId": revision, "CodeSha256": sha }).to_string();
    gateway.check_lambda(
        &[
            (&f("POST", "/versions"), r#"{"RevisionId": "x"}"#),
            (&f("POST", "/versions"), r#"{"CodeSha256": "x"}"#),
            (&f("POST", "/versions"), r#"{"PublishTo": "LATEST_PUBLISHED"}"#),
            ("POST /2015-03-31/functions/g/versions", "{}"),
        ],
        expect![[r#"
            412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id
            400 InvalidParameterValueException: CodeSHA256 (x) is different from current CodeSHA256 in $LATEST (ir6VqYUqUxSkh+bAzXe72GwVjIyzWNSL1sEEW71tcx8=). Please try again with the CodeSHA256 in $LATEST.
            400 InvalidParameterValueException: PublishTo is not supported by this gateway: use Publish
            404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:g
        "#]],
    );
    gateway.ok(&f("POST", "/versions"), &seen);
}

#[test]
fn what_is_published_at_once_waits_for_its_check() {
    let gateway = Gateway::new();
    gateway.ok(FUNCTIONS, &function(json!({ "Publish": true })));
    assert_eq!(gateway.configured("?Qualifier=1", "State"), "Pending");
    gateway.settle();
    assert_eq!(gateway.configured("?Qualifier=1", "State"), "Active");
    let broken = json!({ "ZipFile": code("broken"), "Publish": true }).to_string();
    gateway.ok(&f("PUT", "/code"), &broken);
    gateway.settle();
    assert_eq!(gateway.configured("?Qualifier=2", "State"), "Failed");
    assert_eq!(gateway.configured("", "State"), "Active");
}
