//! The table of operations is complete: each is done or refused by name.

use std::collections::BTreeSet;

use expect_test::expect_file;

use super::harness::Gateway;
use crate::operation::{Operation, Segment, Shape};
use crate::service::Service;

pub(super) fn operations() -> impl Iterator<Item = &'static Operation> {
    Service::ALL.into_iter().flat_map(|service| &service.table().operations)
}

#[test]
fn every_operation_is_done_or_refused_by_name() {
    for (service, count) in
        [(Service::ApiGateway, 124), (Service::ApiGatewayV2, 103), (Service::Lambda, 91)]
    {
        let operations = &service.table().operations;
        let all: BTreeSet<&str> = operations.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(all.len(), count);
        let done: BTreeSet<&str> = service.handlers().keys().copied().collect();
        let refused: BTreeSet<&str> = service.refused().iter().copied().collect();
        assert_eq!(done.intersection(&refused).collect::<Vec<_>>(), Vec::<&&str>::new());
        assert_eq!(done.union(&refused).copied().collect::<BTreeSet<_>>(), all);
    }
}

#[test]
fn every_pattern_can_be_matched() {
    for service in Service::ALL {
        for shape in service.table().shapes() {
            if let Shape::String { pattern: Some(pattern), .. } = shape {
                pattern.matches("x");
            }
        }
    }
}

/// A request for an operation, with `x` for every parameter.
pub(super) fn request(operation: &Operation) -> String {
    let segments = operation.path.iter().map(|segment| match segment {
        Segment::Literal(text) => format!("/{text}"),
        Segment::Parameter(_) | Segment::Rest(_) => "/x".to_owned(),
    });
    let query = operation.query.as_ref().map(|(name, value)| format!("?{name}={value}"));
    format!("{} {}{}", operation.verb, segments.collect::<String>(), query.unwrap_or_default())
}

#[test]
fn every_operation_is_found_by_its_path() {
    for operation in operations() {
        let request = request(operation);
        let (_, uri) = request.split_once(' ').unwrap();
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let query: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let routed = crate::route::route(&operation.verb, path, &query).unwrap();
        assert_eq!(routed.operation.name, operation.name);
        assert_eq!(routed.operation.service, operation.service);
    }
}

#[test]
fn no_operation_fails_for_a_reason_of_its_own() {
    let gateway = Gateway::new();
    for operation in operations() {
        for body in ["", "{}", "[]", "{\"name\": 1}", "{\"patchOperations\": [{}]}"] {
            let request = request(operation);
            let answer = gateway.answer(&request, body);
            assert!(!answer.starts_with("500"), "{request} {body}: {answer}");
        }
    }
}

#[test]
fn what_is_refused_says_so_by_name() {
    let gateway = Gateway::new();
    let is_refused = |it: &&Operation| it.service.refused().contains(&it.name.as_str());
    for operation in operations().filter(is_refused) {
        let expected = format!(
            "501 NotImplementedException: The operation {} is not implemented by this gateway",
            operation.name
        );
        assert_eq!(gateway.answer(&request(operation), "{}"), expected);
    }
}

#[test]
fn the_documentation_says_what_is_done() {
    const HEAD: &str = "\
# Compatibility with the AWS API

What of Amazon API Gateway's control API (`apigateway`, version 2015-07-09), of its second one (`apigatewayv2`, version 2018-11-29) and of AWS Lambda's API (`lambda`, version 2015-03-31) this gateway does. An operation that
is not here is answered with `501 NotImplementedException` and changes nothing. This file is made by a test of `proxy/control` (`UPDATE_EXPECT=1 cargo test -p control`).
";
    let mut text = HEAD.to_owned();
    for service in Service::ALL {
        let title = match service {
            Service::ApiGateway => "Amazon API Gateway",
            Service::ApiGatewayV2 => "Amazon API Gateway, second API",
            Service::Lambda => "AWS Lambda",
        };
        text += &format!("\n## {title}\n\n| Operation | |\n|---|---|\n");
        for Operation { name, .. } in &service.table().operations {
            let missing = service.partial().iter().find(|(partial, _)| partial == name);
            let state = match missing {
                _ if service.refused().contains(&name.as_str()) => "refused".to_owned(),
                Some((_, missing)) => format!("partial: {missing}"),
                None => "full".to_owned(),
            };
            text += &format!("| {name} | {state} |\n");
        }
        assert!(service.partial().iter().all(|(name, _)| service.handlers().contains_key(name)));
    }
    expect_file!["../../../../docs/aws-compatibility.md"].assert_eq(&text);
}
