//! What is kept of responses that are mapped: what the integration said counts, not what was made of it.

use model::{
    CustomFunctionIntegration, FunctionCredentials, FunctionError, HandlerResponseHead,
    IntegrationTimeout, InvocationError,
};

use super::*;
use crate::tests::fixture::{EVENT_FUNCTION, handler};

/// One for whatever is answered: 200, and none of the headers.
fn default_response() -> IntegrationResponses {
    let response = IntegrationResponse {
        status: StatusCode::OK,
        is_declared: true,
        mappings: Vec::new(),
        content_handling: None,
        templates: Vec::new(),
    };
    IntegrationResponses { patterns: Vec::new(), default: Some(response) }
}

fn passed_on() -> RequestTemplates {
    let passthrough = Passthrough::WhenNoMatch;
    RequestTemplates { templates: Vec::new(), default: None, passthrough }
}

fn gateway(integration: Integration) -> Gateway {
    let methods = vec![("/pets/{id}", method(MethodKey::Any, integration))];
    Gateway::new(Description { methods, ..cached(&[]) })
}

fn http() -> Gateway {
    let mapping = ("integration.request.path.proxy", "method.request.path.id");
    gateway(Integration::Http(HttpIntegration {
        endpoint: crate::tests::integrate::endpoint(&[mapping]),
        templates: passed_on(),
        responses: default_response(),
    }))
}

fn custom_function() -> Gateway {
    gateway(Integration::CustomFunction(CustomFunctionIntegration {
        function: EVENT_FUNCTION,
        credentials: FunctionCredentials::Gateway,
        timeout: IntegrationTimeout::DEFAULT,
        mappings: RequestMappings::default(),
        content_handling: None,
        templates: passed_on(),
        responses: default_response(),
    }))
}

#[test]
fn what_an_integration_says_counts_where_its_headers_are_not_mapped() {
    let second = |first: UpstreamResponse| {
        let gateway = http();
        assert_eq!(ask(&gateway, &pet(), Ok(first)), "200 first");
        get(&gateway, &pet(), "second")
    };
    assert_eq!(second(response(200, &[], "first")), "200 first");
    for header in [
        ("cache-control", "private, max-age=60"),
        ("set-cookie", "a=b"),
        ("vary", "x-user"),
        ("content-encoding", "br"),
    ] {
        assert_eq!(second(response(200, &[header], "first")), "200 second", "{header:?}");
    }
    assert_eq!(second(response(206, &[], "first")), "200 second");
}

#[test]
fn an_error_that_is_mapped_to_a_success_is_not_kept() {
    for status in [301, 404, 500] {
        let gateway = http();
        assert_eq!(ask(&gateway, &pet(), Ok(response(status, &[], "first"))), "200 first");
        assert_eq!(get(&gateway, &pet(), "second"), "200 second", "{status}");
    }
}

#[test]
fn an_error_of_a_function_is_not_kept_whichever_response_is_chosen_for_it() {
    let error = FunctionError {
        error_type: "E".into(),
        error_message: "no database".into(),
        stack_trace: Vec::new(),
    };
    for (first, is_kept) in [
        (Ok(r#"{"name": "first"}"#.into()), true),
        (Ok(r#"{"errorMessage": "first"}"#.into()), false),
        (Err(InvocationError::Function(error)), false),
    ] {
        let gateway = custom_function();
        let answer = |result| {
            *gateway.world.result.lock().unwrap() = Some(result);
            gateway.answer(&pet())
        };
        let what = format!("{first:?}");
        let first = answer(first);
        assert!(first.starts_with("200 "), "{first}");
        assert_eq!(answer(Ok(r#"{"name": "second"}"#.into())) == first, is_kept, "{what}");
    }
}

/// What is declared to be hop by hop is dropped, and forbids all the same.
#[test]
fn what_an_integration_says_counts_where_it_goes_no_further() {
    let heads = [
        ("set-cookie", "a=b"),
        ("cache-control", "private"),
        ("vary", "x-user"),
        ("content-range", "bytes 0-1/3"),
    ];
    for (name, value) in heads {
        let head = [("connection", name), (name, value)];
        let gateway = Gateway::new(cached(&[]));
        assert_eq!(ask(&gateway, &pet(), Ok(response(200, &head, "first"))), "200 first");
        assert_eq!(get(&gateway, &pet(), "second"), "200 second", "an upstream: {name}");

        let gateway = self::gateway(function());
        let answer = |text: &str, headers: &str| {
            let result = format!(r#"{{"body": "{text}", "headers": {{{headers}}}}}"#);
            *gateway.world.result.lock().unwrap() = Some(Ok(result.into()));
            gateway.answer(&pet())
        };
        let headers = format!(r#""Connection": "{name}", "{name}": "{value}""#);
        assert_eq!(answer("first", &headers), "200 first");
        assert_eq!(answer("second", ""), "200 second", "an event function: {name}");

        let gateway = self::gateway(handler());
        let answer = |text: &'static str, lines: &[(&'static str, &'static str)]| {
            let headers = response(200, lines, text).headers;
            let head = HandlerResponseHead { status: StatusCode::OK, headers, body_bytes: None };
            *gateway.world.served.lock().unwrap() = Some(Ok((head, text.into())));
            gateway.answer(&pet())
        };
        assert_eq!(answer("first", &head), "200 first");
        assert_eq!(answer("second", &[]), "200 second", "a handler: {name}");
    }
}

/// A transform takes away what forbids it.
#[test]
fn what_an_integration_says_counts_where_a_transform_changes_it() {
    let mut methods = pets(&[]);
    methods[0].1.response_transforms = vec![super::super::fixture::TRANSFORM];
    let gateway = Gateway::new(Description { methods, ..cached(&[]) });
    let remove = model::HeaderOperation::Remove(http::header::SET_COOKIE);
    let patch = model::ResponsePatch { headers: vec![remove], ..model::ResponsePatch::default() };
    *gateway.world.response_outcome.lock().unwrap() =
        Some(Ok(model::ResponseOutcome::Patch(patch)));
    let first = response(200, &[("set-cookie", "a=b")], "first");
    assert_eq!(ask(&gateway, &pet(), Ok(first)), "200 first");
    assert_eq!(get(&gateway, &pet(), "second"), "200 second");
}
