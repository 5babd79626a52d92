use super::*;
use crate::ContextVariable;

fn source(text: &str) -> Option<GatewayResponseSource> {
    GatewayResponseSource::parse_entry("gatewayresponse.header.X-A", text).ok().map(|(_, s)| s)
}

#[test]
fn entries_name_a_header_and_a_source() {
    use GatewayResponseSource as Source;
    assert_eq!(source("'*'"), Some(Source::Literal("*".parse().unwrap())));
    assert_eq!(source("''"), Some(Source::Literal("".parse().unwrap())));
    assert_eq!(source("context.requestId"), Some(Source::Context(ContextVariable::RequestId)));
    assert_eq!(
        source("context.error.messageString"),
        Some(Source::Error(ErrorVariable::MessageString))
    );
    let origin = "origin".parse().unwrap();
    assert_eq!(source("method.request.header.Origin"), Some(Source::Header(origin)));
    assert_eq!(source("method.request.querystring.a-b"), Some(Source::Query("a-b".into())));
    assert_eq!(source("stageVariables.v"), Some(Source::StageVariable("v".into())));
    for text in [
        "",
        "'",
        "'a",
        "x",
        "'a\nb'",
        "context.",
        "context.error.x",
        "method.request.body",
        "stageVariables.",
    ] {
        assert_eq!(source(text), None, "{text}");
    }
    for target in
        ["X-A", "gatewayresponse.header.", "gatewayresponse.body", "gatewayresponse.header.a b"]
    {
        assert!(GatewayResponseSource::parse_entry(target, "'x'").is_err(), "{target}");
    }
}

#[test]
fn templates_are_cut_at_their_variables() {
    let cut = |text: &str| {
        let template = GatewayTemplate::parse(text).unwrap();
        let pieces = template.pieces().iter().map(|piece| match piece {
            TemplatePiece::Literal(text) => format!("{text:?}"),
            TemplatePiece::Variable(source) => format!("{source:?}"),
        });
        pieces.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(cut(DEFAULT_GATEWAY_TEMPLATE), r#""{\"message\":" Error(MessageString) "}""#);
    assert_eq!(cut("$context.requestId."), r#"Context(RequestId) ".""#);
    assert_eq!(cut("${context.stage}-x"), r#"Context(Stage) "-x""#);
    assert_eq!(cut("$context.stage-x"), r#"Context(Stage) "-x""#);
    assert_eq!(cut("$method.request.header.X-A,"), r#"Header("x-a") ",""#);
    assert_eq!(
        cut("costs $5, $, ${x} $input.body #if $$context.stage"),
        r#""costs $5, $, ${x} $input.body #if $" Context(Stage)"#
    );
    assert_eq!(cut(""), "");
    assert!(GatewayTemplate::parse("a $context.nothing b").is_err());
    assert!(GatewayTemplate::parse("$method.request.body.a").is_err());
}

#[test]
fn a_type_without_a_response_takes_that_of_its_class() {
    use GatewayResponseType::{
        AccessDenied, Default4xx, Default5xx, IntegrationTimeout, RequestTooLarge, Unauthorized,
    };
    let with = |status: u16| GatewayResponse {
        status: StatusCode::from_u16(status).ok(),
        ..GatewayResponse::default()
    };
    let responses = GatewayResponses::new(vec![
        (Default4xx, with(418)),
        (AccessDenied, with(404)),
        (Default5xx, with(599)),
    ]);
    let status = |kind, own: StatusCode| {
        responses.find(kind, own).and_then(|found| found.status).map(|status| status.as_u16())
    };
    assert_eq!(status(AccessDenied, StatusCode::FORBIDDEN), Some(404));
    assert_eq!(status(Unauthorized, StatusCode::UNAUTHORIZED), Some(418));
    assert_eq!(status(IntegrationTimeout, StatusCode::GATEWAY_TIMEOUT), Some(599));
    assert_eq!(status(RequestTooLarge, StatusCode::PAYLOAD_TOO_LARGE), None);
    assert!(GatewayResponses::default().find(AccessDenied, StatusCode::FORBIDDEN).is_none());
}

#[test]
fn names_of_types_are_read_as_they_are_written() {
    for kind in GatewayResponseType::ALL {
        assert_eq!(GatewayResponseType::parse(kind.as_str()), Some(kind));
    }
    assert_eq!(GatewayResponseType::parse("access_denied"), None);
}
