//! What addresses of services mean.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::*;
use crate::UriPiece;

#[track_caller]
fn check(uris: &[&str], expected: Expect) {
    let endpoint = |url| {
        let target = Arc::new(UpstreamTarget::parse(url).unwrap());
        ServiceEndpoint { target, key: Arc::default() }
    };
    let names = ["dynamodb", "email", "events", "s3", "sagemaker", "sns", "sqs", "states"];
    let services = names.map(|name| (name.to_owned(), endpoint("http://127.0.0.1:5000")));
    let services = Services::from(services);
    let mut lines = String::new();
    for uri in uris {
        let line = match ServiceCall::parse(uri, &services) {
            Ok(call) => shown(&call),
            Err(problem) => problem,
        };
        writeln!(lines, "{line}").unwrap();
    }
    expected.assert_eq(&lines);
}

fn shown(call: &ServiceCall) -> String {
    let pieces = call.uri.path_and_query().iter().map(|piece| match piece {
        UriPiece::Literal(text) => text.clone(),
        UriPiece::PathParameter(name) => format!("{{{name}}}"),
        UriPiece::StageVariable(name) => format!("${{{name}}}"),
    });
    let path: String = pieces.collect();
    let ServiceSignature { service, region, .. } = &call.signature;
    let mut line = format!("{service} {region}: {:?} {path}", call.uri.host_header());
    for RequestMapping { target, source } in &call.defaults {
        write!(line, " {target:?}={source:?}").unwrap();
    }
    line
}

#[test]
fn an_action_is_a_query_or_a_header_as_its_service_has_it() {
    let base = "arn:aws:apigateway:eu-west-1:";
    let uris = [
        "sqs:action/SendMessage",
        "sqs:action/SendMessage&QueueUrl=a&MessageBody=b",
        "sns:action/Publish&Version=2010-03-31",
        "email:action/SendEmail",
        "events:action/PutEvents",
        "dynamodb:action/PutItem",
        "states:action/StartExecution?a=b",
        "sqs:action/${stageVariables.action}",
    ];
    let uris = uris.map(|rest| format!("{base}{rest}"));
    check(
        &uris.each_ref().map(String::as_str),
        expect![[r#"
            sqs eu-west-1: "127.0.0.1:5000" /?Action=SendMessage&Version=2012-11-05 Header("content-type")=Literal("application/x-www-form-urlencoded")
            sqs eu-west-1: "127.0.0.1:5000" /?Action=SendMessage&Version=2012-11-05&QueueUrl=a&MessageBody=b Header("content-type")=Literal("application/x-www-form-urlencoded")
            sns eu-west-1: "127.0.0.1:5000" /?Action=Publish&Version=2010-03-31 Header("content-type")=Literal("application/x-www-form-urlencoded")
            ses eu-west-1: "127.0.0.1:5000" /?Action=SendEmail&Version=2010-12-01 Header("content-type")=Literal("application/x-www-form-urlencoded")
            events eu-west-1: "127.0.0.1:5000" /?Action=PutEvents Header("content-type")=Literal("application/x-www-form-urlencoded")
            dynamodb eu-west-1: "127.0.0.1:5000" / Header("x-amz-target")=Literal("DynamoDB_20120810.PutItem") Header("content-type")=Literal("application/x-amz-json-1.0")
            states eu-west-1: "127.0.0.1:5000" /?a=b Header("x-amz-target")=Literal("AWSStepFunctions.StartExecution") Header("content-type")=Literal("application/x-amz-json-1.0")
            sqs eu-west-1: "127.0.0.1:5000" /?Action=${action}&Version=2012-11-05 Header("content-type")=Literal("application/x-www-form-urlencoded")
        "#]],
    );
}

#[test]
fn a_path_goes_as_it_is() {
    check(
        &[
            "arn:aws:apigateway:us-east-1:sqs:path/000000000000/queue",
            "arn:aws:apigateway:us-east-1:dynamodb:path//",
            "arn:aws:apigateway:us-east-1:s3:path/{bucket}/{key}",
            "arn:aws:apigateway:us-east-1:{bucket}.s3:path/{key}?acl",
            "arn:aws:apigateway:us-east-1:runtime.sagemaker:path/endpoints/e/invocations",
        ],
        expect![[r#"
            sqs us-east-1: "127.0.0.1:5000" /000000000000/queue
            dynamodb us-east-1: "127.0.0.1:5000" /
            s3 us-east-1: "127.0.0.1:5000" /{bucket}/{key}
            s3 us-east-1: "127.0.0.1:5000" /{bucket}/{key}?acl
            sagemaker us-east-1: "runtime.127.0.0.1:5000" /endpoints/e/invocations
        "#]],
    );
}

#[test]
fn what_is_no_address_of_a_service_is_refused() {
    check(
        &[
            "",
            "https://sqs.example",
            "arn:aws:apigateway:us-east-1:sqs",
            "arn:aws:apigateway:us-east-1:sqs:queue",
            "arn:aws:apigateway:us-east-1:sqs:action/",
            "arn:aws:apigateway::sqs:action/SendMessage",
            "arn:aws:lambda:us-east-1:000000000000:function:f",
            "arn:aws:apigateway:us-east-1:mediastore:path/x",
            "arn:aws:apigateway:us-east-1:{x}.sagemaker:path/x",
        ],
        expect![[r#"
            must be arn:aws:apigateway:{region}:{service}:path/{path} or arn:aws:apigateway:{region}:{service}:action/{action}, got ""
            must be arn:aws:apigateway:{region}:{service}:path/{path} or arn:aws:apigateway:{region}:{service}:action/{action}, got "https://sqs.example"
            must be arn:aws:apigateway:{region}:{service}:path/{path} or arn:aws:apigateway:{region}:{service}:action/{action}, got "arn:aws:apigateway:us-east-1:sqs"
            must be arn:aws:apigateway:{region}:{service}:path/{path} or arn:aws:apigateway:{region}:{service}:action/{action}, got "arn:aws:apigateway:us-east-1:sqs:queue"
            must be arn:aws:apigateway:{region}:{service}:path/{path} or arn:aws:apigateway:{region}:{service}:action/{action}, got "arn:aws:apigateway:us-east-1:sqs:action/"
            must be arn:aws:apigateway:{region}:{service}:path/{path} or arn:aws:apigateway:{region}:{service}:action/{action}, got "arn:aws:apigateway::sqs:action/SendMessage"
            must be arn:aws:apigateway:{region}:{service}:path/{path} or arn:aws:apigateway:{region}:{service}:action/{action}, got "arn:aws:lambda:us-east-1:000000000000:function:f"
            calls the AWS service "mediastore", and this node does not know where that is; tell it: --service mediastore=http://HOST:PORT
            must name its host and port in full, got "http://{x}.127.0.0.1:5000/x"; placeholders are for path and query
        "#]],
    );
}

#[test]
fn an_address_of_a_function_is_none_of_a_service() {
    for uri in [
        "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:1:function:f/invocations",
        "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/arn:aws:lambda:${AWS::Region}:1:function:f/invocations",
        "arn:aws:lambda:eu-west-1:123456789012:function:f",
        "http://a:apigateway:b:s3:path/x",
    ] {
        assert!(!ServiceCall::is_address(uri), "{uri}");
    }
    for uri in [
        "arn:aws:apigateway:eu-west-1:s3:path/a:lambda:path/b",
        "arn:aws:apigateway:${AWS::Region}:sqs:action/SendMessage",
        "arn:aws:apigateway:eu-west-1:s3",
    ] {
        assert!(ServiceCall::is_address(uri), "{uri}");
    }
}
