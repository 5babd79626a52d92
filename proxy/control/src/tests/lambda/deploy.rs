//! A function is made, becomes active or fails, is shown, listed and deleted.

use expect_test::expect;
use serde_json::json;

use super::super::harness::Gateway;
use super::{FUNCTIONS, ROLE, code, f, function};

#[test]
fn a_function_is_pending_until_its_component_passed_the_check() {
    let gateway = Gateway::new();
    gateway.check_lambda(
        &[(FUNCTIONS, &function(json!({}))), (&f("GET", "/configuration"), "")],
        expect![[r#"
            201 {"Architectures":["x86_64"],"Description":"","EphemeralStorage":{"Size":512},"Handler":"bootstrap","LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/f"},"MemorySize":128,"PackageType":"Zip","Role":"arn:aws:iam::000000000000:role/r","Runtime":"provided.al2023","SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"},"Timeout":3,"TracingConfig":{"Mode":"PassThrough"},"FunctionName":"f","FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:f","Version":"$LATEST","CodeSha256":"ir6VqYUqUxSkh+bAzXe72GwVjIyzWNSL1sEEW71tcx8=","CodeSize":11,"LastModified":"2023-11-14T22:13:20.000+0000","RevisionId":"UUID","State":"Pending","StateReason":"The function is being created.","StateReasonCode":"Creating"}
            200 {"Architectures":["x86_64"],"Description":"","EphemeralStorage":{"Size":512},"Handler":"bootstrap","LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/f"},"MemorySize":128,"PackageType":"Zip","Role":"arn:aws:iam::000000000000:role/r","Runtime":"provided.al2023","SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"},"Timeout":3,"TracingConfig":{"Mode":"PassThrough"},"FunctionName":"f","FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:f","Version":"$LATEST","CodeSha256":"ir6VqYUqUxSkh+bAzXe72GwVjIyzWNSL1sEEW71tcx8=","CodeSize":11,"LastModified":"2023-11-14T22:13:20.000+0000","RevisionId":"UUID","State":"Pending","StateReason":"The function is being created.","StateReasonCode":"Creating","LastUpdateStatus":"InProgress","LastUpdateStatusReason":"The function is being created.","LastUpdateStatusReasonCode":"Creating"}
        "#]],
    );
    gateway.settle();
    gateway.check_lambda(&[(&f("GET", ""), "")], expect![[r#"
        200 {"Configuration":{"Architectures":["x86_64"],"Description":"","EphemeralStorage":{"Size":512},"Handler":"bootstrap","LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/f"},"MemorySize":128,"PackageType":"Zip","Role":"arn:aws:iam::000000000000:role/r","Runtime":"provided.al2023","SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"},"Timeout":3,"TracingConfig":{"Mode":"PassThrough"},"FunctionName":"f","FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:f","Version":"$LATEST","CodeSha256":"ir6VqYUqUxSkh+bAzXe72GwVjIyzWNSL1sEEW71tcx8=","CodeSize":11,"LastModified":"2023-11-14T22:13:20.000+0000","RevisionId":"UUID","State":"Active","LastUpdateStatus":"Successful"},"Code":{"RepositoryType":"S3"}}
    "#]]);
}

#[test]
fn a_function_whose_component_is_broken_fails() {
    let gateway = Gateway::new();
    for name in ["broken", "crash"] {
        let members = json!({ "FunctionName": name, "Code": { "ZipFile": code(name) } });
        gateway.ok(FUNCTIONS, &function(members));
    }
    gateway.settle();
    let config = |name: &str| format!("GET /2015-03-31/functions/{name}/configuration");
    let invoke = "POST /2015-03-31/functions/broken/invocations";
    gateway.check_lambda(
        &[(&config("broken"), ""), (&config("crash"), ""), (invoke, "{}")],
        expect![[r#"
            200 {"Architectures":["x86_64"],"Description":"","EphemeralStorage":{"Size":512},"Handler":"bootstrap","LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/broken"},"MemorySize":128,"PackageType":"Zip","Role":"arn:aws:iam::000000000000:role/r","Runtime":"provided.al2023","SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"},"Timeout":3,"TracingConfig":{"Mode":"PassThrough"},"FunctionName":"broken","FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:broken","Version":"$LATEST","CodeSha256":"bacGjuGCAKZMMkBUtFUPBkPleeZc9nwp1QzjMfnETvk=","CodeSize":14,"LastModified":"2023-11-14T22:13:20.000+0000","RevisionId":"UUID","State":"Failed","StateReason":"the component does not compile: it is broken","StateReasonCode":"InvalidZipFileException","LastUpdateStatus":"Failed","LastUpdateStatusReason":"the component does not compile: it is broken","LastUpdateStatusReasonCode":"InvalidZipFileException"}
            200 {"Architectures":["x86_64"],"Description":"","EphemeralStorage":{"Size":512},"Handler":"bootstrap","LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/crash"},"MemorySize":128,"PackageType":"Zip","Role":"arn:aws:iam::000000000000:role/r","Runtime":"provided.al2023","SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"},"Timeout":3,"TracingConfig":{"Mode":"PassThrough"},"FunctionName":"crash","FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:crash","Version":"$LATEST","CodeSha256":"EuVa6QxyCJNu+z4EnDUSbGe4Cr98hmEXusDzktBbO0I=","CodeSize":13,"LastModified":"2023-11-14T22:13:20.000+0000","RevisionId":"UUID","State":"Failed","StateReason":"The component could not be checked.","StateReasonCode":"InternalError","LastUpdateStatus":"Failed","LastUpdateStatusReason":"The component could not be checked.","LastUpdateStatusReasonCode":"InternalError"}
            409 ResourceConflictException: The operation cannot be performed at this time. The function is currently in the following state: Failed
        "#]],
    );
}

#[test]
fn all_that_can_be_set_is_shown() {
    let gateway = Gateway::new();
    let members = json!({
        "FunctionName": "arn:aws:lambda:us-east-1:000000000000:function:g",
        "Architectures": ["arm64"],
        "Description": "of pets",
        "Environment": { "Variables": { "LOG": "info", "EDGEWAY_CONCURRENCY": "2" } },
        "MemorySize": 10_240,
        "Timeout": 900,
        "Tags": { "team": "pets" },
        "Publish": true,
        // What says nothing else than what is so anyway is taken.
        "EphemeralStorage": { "Size": 512 },
        "Layers": [],
        "LoggingConfig": { "LogFormat": "Text", "LogGroup": "/aws/lambda/g" },
        "PackageType": "Zip",
        "SnapStart": { "ApplyOn": "None" },
        "TracingConfig": { "Mode": "PassThrough" },
        "VpcConfig": { "SubnetIds": [], "SecurityGroupIds": [] },
    });
    gateway.check_lambda(
        &[
            (FUNCTIONS, &function(members)),
            ("PUT /2017-10-31/functions/g/concurrency", r#"{"ReservedConcurrentExecutions": 5}"#),
            ("GET /2015-03-31/functions/g", ""),
        ],
        expect![[r#"
            201 {"Architectures":["arm64"],"Description":"of pets","Environment":{"Variables":{"EDGEWAY_CONCURRENCY":"2","LOG":"info"}},"EphemeralStorage":{"Size":512},"Handler":"bootstrap","LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/g"},"MemorySize":10240,"PackageType":"Zip","Role":"arn:aws:iam::000000000000:role/r","Runtime":"provided.al2023","SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"},"Timeout":900,"TracingConfig":{"Mode":"PassThrough"},"FunctionName":"g","FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:g:1","Version":"1","CodeSha256":"ir6VqYUqUxSkh+bAzXe72GwVjIyzWNSL1sEEW71tcx8=","CodeSize":11,"LastModified":"2023-11-14T22:13:20.000+0000","RevisionId":"UUID","State":"Pending","StateReason":"The function is being created.","StateReasonCode":"Creating"}
            200 {"ReservedConcurrentExecutions":5}
            200 {"Configuration":{"Architectures":["arm64"],"Description":"of pets","Environment":{"Variables":{"EDGEWAY_CONCURRENCY":"2","LOG":"info"}},"EphemeralStorage":{"Size":512},"Handler":"bootstrap","LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/g"},"MemorySize":10240,"PackageType":"Zip","Role":"arn:aws:iam::000000000000:role/r","Runtime":"provided.al2023","SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"},"Timeout":900,"TracingConfig":{"Mode":"PassThrough"},"FunctionName":"g","FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:g","Version":"$LATEST","CodeSha256":"ir6VqYUqUxSkh+bAzXe72GwVjIyzWNSL1sEEW71tcx8=","CodeSize":11,"LastModified":"2023-11-14T22:13:20.000+0000","RevisionId":"UUID","State":"Pending","StateReason":"The function is being created.","StateReasonCode":"Creating","LastUpdateStatus":"InProgress","LastUpdateStatusReason":"The function is being created.","LastUpdateStatusReasonCode":"Creating"},"Code":{"RepositoryType":"S3"},"Tags":{"team":"pets"},"Concurrency":{"ReservedConcurrentExecutions":5}}
        "#]],
    );
}

#[test]
fn a_function_that_cannot_be_is_refused() {
    let gateway = Gateway::with_function();
    let with = |members| function(members);
    let without = |name: &str| {
        let mut value: serde_json::Value = serde_json::from_str(&function(json!({}))).unwrap();
        value.as_object_mut().unwrap().remove(name);
        value.to_string()
    };
    let g = |members: serde_json::Value| {
        let mut members = members;
        members["FunctionName"] = json!("g");
        function(members)
    };
    let long = "x".repeat(65);
    gateway.check_lambda(
        &[
            (FUNCTIONS, &with(json!({}))),
            (FUNCTIONS, "{}"),
            (FUNCTIONS, &without("Runtime")),
            (FUNCTIONS, &without("Handler")),
            (FUNCTIONS, &with(json!({ "FunctionName": long }))),
            (FUNCTIONS, &with(json!({ "FunctionName": "a b" }))),
            (FUNCTIONS, &with(json!({ "FunctionName": "g:1" }))),
            (FUNCTIONS, &with(json!({ "FunctionName": "111111111111:function:g" }))),
            (
                FUNCTIONS,
                &with(json!({ "FunctionName": "arn:aws:lambda:eu-west-1:000000000000:function:g" })),
            ),
            (FUNCTIONS, &g(json!({ "Role": "me" }))),
            (FUNCTIONS, &g(json!({ "Runtime": "python3.12" }))),
            (FUNCTIONS, &g(json!({ "Runtime": "cobol" }))),
            (FUNCTIONS, &g(json!({ "PackageType": "Image", "Code": { "ImageUri": "x" } }))),
            (FUNCTIONS, &g(json!({ "Code": { "S3Bucket": "bucket", "S3Key": "key" } }))),
            (FUNCTIONS, &g(json!({ "Code": {} }))),
            (FUNCTIONS, &g(json!({ "MemorySize": 127 }))),
            (FUNCTIONS, &g(json!({ "MemorySize": 10_241 }))),
            (FUNCTIONS, &g(json!({ "Timeout": 0 }))),
            (FUNCTIONS, &g(json!({ "Timeout": 901 }))),
            (FUNCTIONS, &g(json!({ "Architectures": ["x86"] }))),
            (FUNCTIONS, &g(json!({ "Architectures": ["x86_64", "arm64"] }))),
            ("GET /2015-03-31/functions/g", ""),
        ],
        expect![[r#"
            409 ResourceConflictException: Function already exist: f
            400 ValidationException: 3 validation errors detected: Value null at 'functionName' failed to satisfy constraint: Member must not be null; Value null at 'role' failed to satisfy constraint: Member must not be null; Value null at 'code' failed to satisfy constraint: Member must not be null
            400 InvalidParameterValueException: Runtime and Handler are mandatory parameters for functions created with deployment packages.
            400 InvalidParameterValueException: Runtime and Handler are mandatory parameters for functions created with deployment packages.
            400 InvalidParameterValueException: 1 validation error detected: Value 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64
            400 ValidationException: 1 validation error detected: Value 'a b' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?
            400 InvalidParameterValueException: The name of a new function has no qualifier; give it without a version or alias
            403 AccessDeniedException: Functions of other accounts are not here: 111111111111:function:g
            404 ResourceNotFoundException: Functions from 'eu-west-1' are not reachable in this region ('us-east-1')
            400 ValidationException: 1 validation error detected: Value 'me' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+
            400 InvalidParameterValueException: The runtime python3.12 is not available: functions are WebAssembly components, which bring their own. Build one with `edgeway build` (Python, JavaScript, TypeScript, Rust, C), and use the runtime provided.al2023
            400 ValidationException: 1 validation error detected: Value 'cobol' at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [nodejs, nodejs4.3, nodejs6.10, nodejs8.10, nodejs10.x, nodejs12.x, nodejs14.x, nodejs16.x, nodejs18.x, nodejs20.x, nodejs22.x, nodejs24.x, java8, java8.al2, java11, java17, java21, java25, python2.7, python3.6, python3.7, python3.8, python3.9, python3.10, python3.11, python3.12, python3.13, python3.14, dotnetcore1.0, dotnetcore2.0, dotnetcore2.1, dotnetcore3.1, dotnet6, dotnet8, dotnet10, nodejs4.3-edge, go1.x, ruby2.5, ruby2.7, ruby3.2, ruby3.3, ruby3.4, ruby4.0, provided, provided.al2, provided.al2023, nodejs26.x, python3.15, java8.al2023, java11.al2023, java17.al2023, custom]
            400 InvalidParameterValueException: ImageUri is not supported by this gateway: there are no container images; send a component as ZipFile
            400 InvalidParameterValueException: S3Bucket is not supported by this gateway: there is no S3; send the code as ZipFile
            400 InvalidParameterValueException: Please provide a source for function code.
            400 ValidationException: 1 validation error detected: Value '127' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128
            400 ValidationException: 1 validation error detected: Value '10241' at 'memorySize' failed to satisfy constraint: Member must have value less than or equal to 10240
            400 ValidationException: 1 validation error detected: Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1
            400 ValidationException: 1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900
            400 ValidationException: 1 validation error detected: Value '[x86]' at 'architectures' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]
            400 ValidationException: 1 validation error detected: Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: Member must have length less than or equal to 1
            404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:g
        "#]],
    );
}

#[test]
fn a_setting_that_cannot_be_honoured_is_refused_by_name() {
    let gateway = Gateway::new();
    gateway.check_lambda(
        &[
            (FUNCTIONS, &function(json!({ "Layers": ["arn:aws:lambda:us-east-1:000000000000:layer:l:1"] }))),
            (FUNCTIONS, &function(json!({ "VpcConfig": { "SubnetIds": ["subnet-1"] } }))),
            (FUNCTIONS, &function(json!({ "DeadLetterConfig": { "TargetArn": "arn:aws:sqs:us-east-1:000000000000:q" } }))),
            (FUNCTIONS, &function(json!({ "TracingConfig": { "Mode": "Active" } }))),
            (FUNCTIONS, &function(json!({ "EphemeralStorage": { "Size": 1024 } }))),
            (FUNCTIONS, &function(json!({ "SnapStart": { "ApplyOn": "PublishedVersions" } }))),
            (FUNCTIONS, &function(json!({ "LoggingConfig": { "LogFormat": "JSON" } }))),
            (FUNCTIONS, &function(json!({ "Tags": { "aws:x": "y" } }))),
            (FUNCTIONS, &function(json!({ "Colour": "red" }))),
        ],
        expect![[r#"
            400 InvalidParameterValueException: Layers is not supported by this gateway: there are no layers; build what they have into the component
            400 InvalidParameterValueException: VpcConfig is not supported by this gateway: there are no VPCs; grant hosts with the variable EDGEWAY_OUTBOUND
            400 InvalidParameterValueException: DeadLetterConfig is not supported by this gateway: there are no queues; a failed event is logged
            400 InvalidParameterValueException: TracingConfig is not supported by this gateway: there is no X-Ray; the mode is PassThrough
            400 InvalidParameterValueException: EphemeralStorage is not supported by this gateway: a component has no file system
            400 InvalidParameterValueException: SnapStart is not supported by this gateway: use the variable EDGEWAY_PROVISIONED
            400 InvalidParameterValueException: LoggingConfig is not supported by this gateway: the gateway's own log has what functions log
            400 InvalidParameterValueException: aws: prefixed tag key names are not allowed
            400 SerializationException: Unknown member: Colour
        "#]],
    );
}

#[test]
fn functions_are_listed_page_by_page() {
    let gateway = Gateway::new();
    for name in ["c", "a", "b"] {
        gateway.ok(FUNCTIONS, &function(json!({ "FunctionName": name, "Publish": name == "a" })));
    }
    let names = |line: &str| {
        let (_, _, answer) = gateway.send(line, "");
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        let functions = answer["Functions"].as_array().unwrap().clone();
        let arns = functions.iter().map(|function| {
            assert!(function.get("State").is_none());
            function["FunctionArn"].as_str().unwrap().rsplit("function:").next().unwrap().to_owned()
        });
        (arns.collect::<Vec<_>>().join(" "), answer["NextMarker"].as_str().map(str::to_owned))
    };
    const LIST: &str = "GET /2015-03-31/functions/";
    assert_eq!(names("GET /2015-03-31/functions"), ("c a b".to_owned(), None));
    assert_eq!(
        names("GET /2015-03-31/functions?FunctionVersion=ALL").0,
        "c:$LATEST a:$LATEST a:1 b:$LATEST"
    );
    let (first, marker) = names("GET /2015-03-31/functions?MaxItems=2");
    assert_eq!(first, "c a");
    let next = format!("GET /2015-03-31/functions?MaxItems=2&Marker={}", marker.unwrap());
    assert_eq!(names(&next), ("b".to_owned(), None));
    gateway.check_lambda(
        &[
            ("GET /2015-03-31/functions?MaxItems=0", ""),
            ("GET /2015-03-31/functions?Marker=x", ""),
            ("GET /2015-03-31/functions?FunctionVersion=x", ""),
            ("GET /2015-03-31/functions?MasterRegion=eu-west-1", ""),
            (LIST, ""),
        ],
        expect![[r#"
            400 ValidationException: 1 validation error detected: Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1
            400 InvalidParameterValueException: Invalid marker
            400 ValidationException: 1 validation error detected: Value 'x' at 'functionVersion' failed to satisfy constraint: Member must satisfy enum value set: [ALL]
            400 InvalidParameterValueException: MasterRegion eu-west-1: functions are not replicated by this gateway; leave it out
            403 MissingAuthenticationTokenException: Missing Authentication Token
        "#]],
    );
}

#[test]
fn a_function_is_deleted_with_all_that_it_has() {
    let gateway = Gateway::with_function();
    gateway.ok(&f("POST", "/versions"), "{}");
    gateway.ok(&f("POST", "/aliases"), r#"{"Name": "prod", "FunctionVersion": "1"}"#);
    gateway.check_lambda(
        &[
            (&f("DELETE", "?Qualifier=$LATEST"), ""),
            (&f("DELETE", "?Qualifier=prod"), ""),
            (&f("DELETE", "?Qualifier=1"), ""),
            (&f("DELETE", "?Qualifier=9"), ""),
            (&f("DELETE", "/aliases/prod"), ""),
            (&f("DELETE", "?Qualifier=1"), ""),
            (&f("GET", "?Qualifier=1"), ""),
            (&f("DELETE", ""), ""),
            (&f("DELETE", ""), ""),
            (&f("GET", ""), ""),
        ],
        expect![[r#"
            400 InvalidParameterValueException: $LATEST version cannot be deleted without deleting the function.
            400 InvalidParameterValueException: Deletion of aliases is not currently supported.
            409 ResourceConflictException: Version 1 cannot be deleted because the alias prod refers to it
            404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:9
            204
            204
            404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:1
            204
            404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:f
            404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:f
        "#]],
    );
    // Another one of the name has nothing of it.
    gateway.ok(FUNCTIONS, &function(json!({ "Role": ROLE })));
    assert_eq!(gateway.configured("", "State"), "Pending");
    gateway.settle();
    assert_eq!(gateway.configured("", "State"), "Active");
}

#[test]
fn a_function_that_is_deleted_while_it_is_checked_is_gone() {
    let gateway = Gateway::new();
    gateway.ok(FUNCTIONS, &function(json!({})));
    gateway.ok(&f("DELETE", ""), "");
    gateway.settle();
    assert!(gateway.answer(&f("GET", ""), "").starts_with("404 "));
}
