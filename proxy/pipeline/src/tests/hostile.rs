//! Whatever a client, a function or an upstream sends: an answer, never a panic.

use proptest::prelude::*;

use super::fixture::{Description, Gateway, TestRequest, function, handler, method};
use crate::{Outcome, UpstreamError};
use model::{
    Backend, Connection, HttpEndpoint, HttpVerb, Integration, IntegrationTimeout, MethodKey,
    RequestMapping, RequestMappings, ResponseTransfer, ServerTrust,
};

fn gateway() -> Gateway {
    let endpoint = HttpEndpoint {
        uri: model::UriTemplate::parse("http://up.example/{proxy}").unwrap(),
        verb: HttpVerb::Client,
        mappings: RequestMappings::new(
            [
                ("integration.request.path.proxy", "method.request.path.proxy"),
                ("integration.request.header.x", "method.request.querystring.a"),
                ("integration.request.querystring.b", "method.request.header.h"),
                ("integration.request.querystring.c", "method.request.body.a"),
            ]
            .map(|(target, source)| RequestMapping::parse(target, source).unwrap())
            .to_vec(),
            Backend::Http,
        ),
        content_handling: None,
        timeout: IntegrationTimeout::DEFAULT,
        trust: ServerTrust::default(),
        connection: Connection::default(),
        signature: None,
        transfer: ResponseTransfer::default(),
    };
    Gateway::new(Description {
        methods: vec![
            ("/f/{id}", method(MethodKey::Any, function())),
            ("/h/{proxy+}", method(MethodKey::Any, handler())),
            ("/p/{proxy+}", method(MethodKey::Any, Integration::HttpProxy(endpoint))),
        ],
        ..Description::default()
    })
}

proptest! {
    #[test]
    fn every_request_gets_a_final_answer(
        verb in "GET|POST|HEAD|OPTIONS|TRACE|X-Y",
        prefix in "/prod/f/|/prod/h/|/prod/p/|/|//|/_aws/execute-api/abc/prod/p/|",
        path in "[a-zA-Z0-9%/._{}+~é:-]{0,40}",
        query in "(\\?[a-b=&;%+é0-9]{0,30})?",
        host in "abc\\.execute-api\\.x|api\\.example\\.com|[a-zA-Z0-9.:\\[\\]-]{0,20}",
        header in "[ -~é]{0,40}",
        body in proptest::collection::vec(any::<u8>(), 0..64),
        result in "[ -~]{0,60}|\\{\"statusCode\":[0-9]{1,4},\"body\":\"x\"\\}",
    ) {
        let gateway = gateway();
        *gateway.world.result.lock().unwrap() = Some(Ok(result.into()));
        *gateway.world.upstream.lock().unwrap() = Some(Err(UpstreamError::TimedOut));
        let request = TestRequest::new(&format!("{verb} {prefix}{path}{query}"))
            .host(&host)
            .header("h", &header)
            .header("Connection", &header)
            .body(body);
        match gateway.outcome(&request) {
            Outcome::Forward(forward) => {
                let text = forward.head.path_and_query.as_str();
                prop_assert!(text.starts_with('/') && !text.contains(['\r', '\n', ' ']), "{text}");
            }
            Outcome::Serve(serve) => {
                prop_assert!(serve.request.uri().path().starts_with('/'));
                prop_assert!(serve.request.uri().host().is_some());
            }
            Outcome::Respond(response) => {
                let response = response.to_response();
                prop_assert!((200..=599).contains(&response.status.as_u16()));
                prop_assert!(response.headers.contains_key("x-amzn-requestid"));
            }
        }
    }
}
