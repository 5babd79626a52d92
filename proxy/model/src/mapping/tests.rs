use super::*;

#[track_caller]
fn check_source(text: &str, expected: RequestSource) {
    assert_eq!(RequestSource::parse(text), Ok(expected), "{text}");
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
    check_refused(target, "method.request.body.a", "not supported yet");
    check_refused("integration.request.body.x", "'a'", "no such target");
    check_refused("integration.request.header.Content-Length", "'1'", "belongs to the gateway");
}

#[test]
fn a_response_mapping_sets_a_header_of_the_method_response() {
    let mapping =
        ResponseMapping::parse("method.response.header.X-A", "integration.response.header.b");
    let expected = ResponseMapping {
        header: HeaderName::from_static("x-a"),
        source: ResponseSource::Header(HeaderName::from_static("b")),
    };
    assert_eq!(mapping, Ok(expected));
    assert!(ResponseMapping::parse("method.response.body", "'a'").is_err());
    assert!(ResponseMapping::parse("method.response.header.a", "method.request.header.a").is_err());
}
