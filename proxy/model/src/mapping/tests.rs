use super::*;

#[track_caller]
fn check_source(text: &str, expected: RequestSource) {
    let parsed = RequestSource::parse(text).unwrap();
    assert_eq!(format!("{parsed:?}"), format!("{expected:?}"), "{text}");
}

#[test]
fn each_source_of_a_request_mapping_is_read() {
    let header = HeaderName::from_static("x-a");
    check_source("method.request.header.X-A", RequestSource::Header(header.clone()));
    check_source("method.request.multivalueheader.X-A", RequestSource::MultiValueHeader(header));
    check_source("method.request.querystring.q", RequestSource::Query("q".into()));
    check_source(
        "method.request.multivaluequerystring.q",
        RequestSource::MultiValueQuery("q".into()),
    );
    check_source("method.request.path.id", RequestSource::Path("id".into()));
    check_source("stageVariables.v", RequestSource::StageVariable("v".into()));
    check_source("context.requestId", RequestSource::Context(ContextVariable::RequestId));
    check_source("'a.b'", RequestSource::Literal("a.b".into()));
    check_source("''", RequestSource::Literal(String::new()));
}

#[track_caller]
fn check_refused(target: &str, source: &str, expected: &str) {
    let error = RequestMapping::parse(target, source).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn what_is_no_mapping_is_refused_with_the_forms_there_are() {
    let target = "integration.request.header.x";
    check_refused(target, "method.request.cookie.x", "no such source");
    check_refused(target, "context.unknown", "no such source");
    check_refused(target, "'open", "no such source");
    check_refused(target, "", "no such source");
    check_refused(target, "method.request.bodys", "no such source");
    check_refused("integration.request.body.x", "'a'", "no such target");
}

#[test]
fn the_body_and_its_parts_are_sources() {
    let body = |text: &str| match RequestSource::parse(text).unwrap() {
        RequestSource::Body(part) => part.is_some(),
        other => panic!("{other:?}"),
    };
    assert!(!body("method.request.body"));
    assert!(body("method.request.body.a.b"));
    assert!(body("method.request.body[0].b"));
    check_refused("integration.request.header.x", "method.request.body.", "is no JSONPath");
}

#[test]
fn a_header_of_the_gateway_makes_calls_fail() {
    let forbidden = |name: &str, backend| {
        let target = format!("integration.request.header.{name}");
        let mapping = RequestMapping::parse(&target, "'1'").unwrap();
        RequestMappings::new(vec![mapping], backend).forbidden().is_some()
    };
    for name in ["Content-Length", "Transfer-Encoding", "X-Amzn-Trace-Id"] {
        assert!(forbidden(name, Backend::Http) && forbidden(name, Backend::Aws), "{name}");
    }
    for name in ["Authorization", "Connection", "Expect", "TE"] {
        assert!(!forbidden(name, Backend::Http) && forbidden(name, Backend::Aws), "{name}");
    }
    assert!(!forbidden("Host", Backend::Aws));
}

#[test]
fn a_response_mapping_sets_a_header_of_the_method_response() {
    let mapping =
        ResponseMapping::parse("method.response.header.X-A", "integration.response.header.b");
    let expected = ResponseMapping {
        header: HeaderName::from_static("x-a"),
        source: ResponseSource::Header(HeaderName::from_static("b")),
    };
    assert_eq!(format!("{:?}", mapping.unwrap()), format!("{expected:?}"));
    assert!(ResponseMapping::parse("method.response.body", "'a'").is_err());
    assert!(ResponseMapping::parse("method.response.header.a", "method.request.header.a").is_err());
}
