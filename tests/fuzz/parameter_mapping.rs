//! Fuzz target: a mapping of a request and one of a response that the fuzzer makes up, with a request and an answer
//! that it makes up. Whatever they are, the upstream is asked for a path below that of its address, and the client is
//! answered.
//!
//! An input is lines: where to and where from of both mappings, the path parameter, the query, a header's value; then
//! the body, which is what the client sends and what the upstream answers.

#![no_main]

#[expect(dead_code, clippy::unwrap_used, reason = "the tests use more of it, and may unwrap")]
#[path = "../../proxy/pipeline/src/tests/fixture.rs"]
mod fixture;

use http::{HeaderMap, StatusCode};
use libfuzzer_sys::fuzz_target;
use model::{
    Backend, Connection, HttpEndpoint, HttpIntegration, HttpVerb, Integration, IntegrationResponse,
    IntegrationResponses, IntegrationTimeout, MethodKey, Passthrough, RequestMapping,
    RequestMappings, RequestTemplates, ResponseMapping, ResponseTransfer, ServerTrust, UriTemplate,
};
// The fixture is written as part of the crate.
use pipeline::*;

use fixture::{Description, Gateway, TestRequest, method};

/// Where the upstream is; what is mapped to its path comes between.
const ADDRESS: &str = "http://up.example:9000/below/{id}/end";

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let mut lines = text.splitn(8, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let to = RequestMapping::parse(line(), line());
    let from = ResponseMapping::parse(line(), line());
    let (segment, query, value, body) = (line(), line(), line(), line().to_owned());
    let Some(request) = request(segment, query, value, &body) else { return };
    let gateway = gateway(to.into_iter().collect(), from.into_iter().collect());
    let answer = UpstreamResponse {
        status: StatusCode::OK,
        headers: HeaderMap::from_iter(value.parse().map(|value| (http::header::ETAG, value))),
        body: body.into(),
    };
    *gateway.world.upstream.lock().unwrap() = Some(Ok(answer));
    let answered = gateway.send(&request);
    assert!(answered.as_bytes()[0].is_ascii_digit(), "{answered}");
    for call in gateway.world.take_calls() {
        let target = call.split(' ').nth(1).unwrap_or_default();
        let path = target.split('?').next().unwrap_or_default();
        let between = path.strip_prefix("/below/").and_then(|rest| rest.strip_suffix("/end"));
        let between = between.unwrap_or_else(|| panic!("{call}"));
        assert!(![".", ".."].contains(&between) && !between.contains('/'), "{call}");
    }
});

/// None if it could not be on the wire.
fn request(segment: &str, query: &str, value: &str, body: &str) -> Option<TestRequest> {
    let target = format!("/prod/pets/{segment}?{query}");
    let uri: http::Uri = target.parse().ok()?;
    let _: http::HeaderValue = value.parse().ok()?;
    let is_one_segment = !segment.is_empty() && !segment.contains(['/', '?', '#']);
    if !is_one_segment || uri.path_and_query()?.as_str() != target {
        return None;
    }
    let request = TestRequest::new(&format!("POST {target}"));
    Some(request.header("X-Value", value).body(body.to_owned()))
}

fn gateway(to: Vec<RequestMapping>, from: Vec<ResponseMapping>) -> Gateway {
    let mut mappings = to;
    let own = RequestMapping::parse("integration.request.path.id", "method.request.path.id");
    if mappings.iter().all(|mapping| mapping.target != own.as_ref().unwrap().target) {
        mappings.extend(own);
    }
    let endpoint = HttpEndpoint {
        uri: UriTemplate::parse(ADDRESS).unwrap(),
        verb: HttpVerb::Client,
        mappings: RequestMappings::new(mappings, Backend::Http),
        content_handling: None,
        timeout: IntegrationTimeout::DEFAULT,
        connection: Connection::default(),
        trust: ServerTrust::default(),
        signature: None,
        transfer: ResponseTransfer::default(),
    };
    let answer = IntegrationResponse {
        status: StatusCode::OK,
        is_declared: true,
        mappings: from,
        content_handling: None,
        templates: Vec::new(),
    };
    let templates =
        RequestTemplates { templates: Vec::new(), default: None, passthrough: Passthrough::WhenNoMatch };
    let responses = IntegrationResponses { patterns: Vec::new(), default: Some(answer) };
    let integration = Integration::Http(HttpIntegration { endpoint, templates, responses });
    Gateway::new(Description {
        methods: vec![("/pets/{id}", method(MethodKey::Any, integration))],
        variables: vec![("colour".into(), "blue".into())],
        ..Description::default()
    })
}
