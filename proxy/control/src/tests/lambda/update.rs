//! Updates of code and settings.

use expect_test::expect;
use serde_json::json;

use super::super::harness::Gateway;
use super::{FUNCTIONS, code, f, function};

#[test]
fn what_served_goes_on_until_an_update_passed_its_check() {
    let gateway = Gateway::with_function();
    let invoke = f("POST", "/invocations");
    let before = gateway.answer(&invoke, "{}");
    let two = json!({ "ZipFile": code("two") }).to_string();
    gateway.check_lambda(&[(&f("PUT", "/code"), &two)], expect![[r#"
        200 {"Architectures":["x86_64"],"Description":"","EphemeralStorage":{"Size":512},"Handler":"bootstrap","LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/f"},"MemorySize":128,"PackageType":"Zip","Role":"arn:aws:iam::000000000000:role/r","Runtime":"provided.al2023","SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"},"Timeout":3,"TracingConfig":{"Mode":"PassThrough"},"FunctionName":"f","FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:f","Version":"$LATEST","CodeSha256":"lVl1oHWT4CbJLPMuaP8SR7ZfuI7ioNlFgDaEPswC2dU=","CodeSize":11,"LastModified":"2023-11-14T22:13:20.000+0000","RevisionId":"UUID","State":"Active","LastUpdateStatus":"InProgress","LastUpdateStatusReason":"The function is being created.","LastUpdateStatusReasonCode":"Creating"}
    "#]]);
    assert_eq!(gateway.answer(&invoke, "{}"), before);
    gateway.settle();
    assert_eq!(gateway.configured("", "LastUpdateStatus"), "Successful");
    assert_ne!(gateway.answer(&invoke, "{}"), before);
}

#[test]
fn an_update_that_fails_takes_nothing_away() {
    let gateway = Gateway::with_function();
    let invoke = f("POST", "/invocations");
    let before = gateway.answer(&invoke, "{}");
    gateway.update_code("broken");
    gateway.check_lambda(
        &[(&f("GET", "/configuration"), ""), (&f("POST", "/versions"), "{}")],
        expect![[r#"
            200 {"Architectures":["x86_64"],"Description":"","EphemeralStorage":{"Size":512},"Handler":"bootstrap","LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/f"},"MemorySize":128,"PackageType":"Zip","Role":"arn:aws:iam::000000000000:role/r","Runtime":"provided.al2023","SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"},"Timeout":3,"TracingConfig":{"Mode":"PassThrough"},"FunctionName":"f","FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:f","Version":"$LATEST","CodeSha256":"bacGjuGCAKZMMkBUtFUPBkPleeZc9nwp1QzjMfnETvk=","CodeSize":14,"LastModified":"2023-11-14T22:13:20.000+0000","RevisionId":"UUID","State":"Active","LastUpdateStatus":"Failed","LastUpdateStatusReason":"the component does not compile: it is broken","LastUpdateStatusReasonCode":"InvalidZipFileException"}
            409 ResourceConflictException: The operation cannot be performed at this time. The last update of the function failed: the component does not compile: it is broken
        "#]],
    );
    assert_eq!(gateway.answer(&invoke, "{}"), before);
    gateway.update_code("three");
    assert_eq!(gateway.configured("", "LastUpdateStatus"), "Successful");
    assert_ne!(gateway.answer(&invoke, "{}"), before);
}

#[test]
fn settings_are_changed_one_by_one() {
    let gateway = Gateway::with_function();
    let change = |members: serde_json::Value| {
        gateway.ok(&f("PUT", "/configuration"), &members.to_string());
        gateway.settle();
    };
    change(json!({ "Description": "of pets", "Timeout": 10, "MemorySize": 256 }));
    change(json!({ "Environment": { "Variables": { "LOG": "1" } }, "Handler": "h" }));
    change(json!({ "Role": "arn:aws:iam::000000000000:role/s", "Runtime": "provided.al2023" }));
    gateway.check_lambda(&[(&f("GET", "/configuration"), "")], expect![[r#"
        200 {"Architectures":["x86_64"],"Description":"of pets","Environment":{"Variables":{"LOG":"1"}},"EphemeralStorage":{"Size":512},"Handler":"h","LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/f"},"MemorySize":256,"PackageType":"Zip","Role":"arn:aws:iam::000000000000:role/s","Runtime":"provided.al2023","SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"},"Timeout":10,"TracingConfig":{"Mode":"PassThrough"},"FunctionName":"f","FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:f","Version":"$LATEST","CodeSha256":"ir6VqYUqUxSkh+bAzXe72GwVjIyzWNSL1sEEW71tcx8=","CodeSize":11,"LastModified":"2023-11-14T22:13:20.000+0000","RevisionId":"UUID","State":"Active","LastUpdateStatus":"Successful"}
    "#]]);
    change(json!({ "Environment": {} }));
    assert_eq!(gateway.configured("", "Environment"), serde_json::Value::Null);
}

#[test]
fn settings_decide_whether_a_component_fits() {
    let gateway = Gateway::new();
    gateway.ok(FUNCTIONS, &function(json!({ "Code": { "ZipFile": code("namespace") } })));
    gateway.settle();
    assert_eq!(gateway.configured("", "State"), "Failed");
    assert_eq!(gateway.configured("", "StateReason"), "it imports key-value, and has no namespace");
    let variables = json!({ "EDGEWAY_KEY_VALUE_NAMESPACES": "pets" });
    let change = json!({ "Environment": { "Variables": variables } });
    gateway.ok(&f("PUT", "/configuration"), &change.to_string());
    gateway.settle();
    assert_eq!(gateway.configured("", "State"), "Active");
}

#[test]
fn an_update_that_cannot_be_is_refused() {
    let gateway = Gateway::with_function();
    let two = json!({ "ZipFile": code("two") }).to_string();
    let revised = json!({ "ZipFile": code("two"), "RevisionId": "x" }).to_string();
    let dry = json!({ "ZipFile": code("two"), "DryRun": true }).to_string();
    let sha = gateway.configured("", "CodeSha256");
    gateway.ok(&f("PUT", "/code"), &dry);
    assert_eq!(gateway.configured("", "CodeSha256"), sha);
    gateway.check_lambda(
        &[
            (&f("PUT", "/code"), "{}"),
            (&f("PUT", "/code"), r#"{"ZipFile": "%"}"#),
            (&f("PUT", "/code"), r#"{"S3Bucket": "bucket", "S3Key": "key"}"#),
            (&f("PUT", "/code"), r#"{"ImageUri": "image"}"#),
            (&f("PUT", "/code"), &revised),
            (&f("PUT", ":1/code"), &two),
            ("PUT /2015-03-31/functions/g/code", &two),
            (&f("PUT", "/configuration"), r#"{"RevisionId": "x"}"#),
            (&f("PUT", "/configuration"), r#"{"Runtime": "nodejs22.x"}"#),
            (&f("PUT", "/configuration"), r#"{"Timeout": 901}"#),
            (
                &f("PUT", "/configuration"),
                r#"{"Layers": ["arn:aws:lambda:us-east-1:000000000000:layer:l:1"]}"#,
            ),
            ("PUT /2015-03-31/functions/g/configuration", "{}"),
        ],
        expect![[r#"
            400 InvalidParameterValueException: Please provide a source for function code.
            400 SerializationException: ZipFile must be bytes in base64
            400 InvalidParameterValueException: S3Bucket is not supported by this gateway: there is no S3; send the code as ZipFile
            400 InvalidParameterValueException: ImageUri is not supported by this gateway: there are no container images; send a component as ZipFile
            412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id
            400 InvalidParameterValueException: This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.
            404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:g
            412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id
            400 InvalidParameterValueException: The runtime nodejs22.x is not available: functions are WebAssembly components, which bring their own. Build one with `edgeway build` (Python, JavaScript, TypeScript, Rust, C), and use the runtime provided.al2023
            400 ValidationException: 1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900
            400 InvalidParameterValueException: Layers is not supported by this gateway: there are no layers; build what they have into the component
            404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:g
        "#]],
    );
    gateway.ok(&f("PUT", "/code"), &two);
    gateway.check_lambda(
        &[
            (&f("PUT", "/code"), &two),
            (&f("PUT", "/configuration"), "{}"),
            (&f("POST", "/versions"), "{}"),
        ],
        expect![[r#"
            409 ResourceConflictException: The operation cannot be performed at this time. An update is in progress for resource: arn:aws:lambda:us-east-1:000000000000:function:f
            409 ResourceConflictException: The operation cannot be performed at this time. An update is in progress for resource: arn:aws:lambda:us-east-1:000000000000:function:f
            409 ResourceConflictException: The operation cannot be performed at this time. An update is in progress for resource: arn:aws:lambda:us-east-1:000000000000:function:f
        "#]],
    );
}

#[test]
fn a_function_that_is_being_made_is_not_changed() {
    let gateway = Gateway::new();
    gateway.ok(FUNCTIONS, &function(json!({})));
    let two = json!({ "ZipFile": code("two") }).to_string();
    gateway.check_lambda(
        &[
            (&f("PUT", "/code"), &two),
            (&f("PUT", "/configuration"), "{}"),
            (&f("POST", "/versions"), "{}"),
            (&f("POST", "/invocations"), "{}"),
        ],
        expect![[r#"
            409 ResourceConflictException: The operation cannot be performed at this time. The function is currently in the following state: Pending
            409 ResourceConflictException: The operation cannot be performed at this time. The function is currently in the following state: Pending
            409 ResourceConflictException: The operation cannot be performed at this time. The function is currently in the following state: Pending
            409 ResourceConflictException: The operation cannot be performed at this time. The function is currently in the following state: Pending
        "#]],
    );
}
