//! Request and response transform: does what `MODE` says with what `NEEDS` lists. See
//! `../README.md`.

use guests::setting;
use guests::transform::edgeway::plugin::types::{
    Header, HeaderNeeds, HeaderOperation, Parameter, PluginNeeds, QueryOperation,
};
use guests::transform::exports::edgeway::plugin::{request_transform, response_transform};
use request_transform::{ImmediateResponse, RequestOutcome, RequestPatch, TransformRequest};
use response_transform::{ResponseOutcome, ResponsePatch, TransformResponse};

struct Transform;

impl request_transform::Guest for Transform {
    fn needs() -> PluginNeeds {
        needs()
    }

    fn on_request(request: TransformRequest) -> Result<RequestOutcome, String> {
        let mode = mode();
        match mode.as_str() {
            "describe" => Ok(respond(200, Vec::new(), format!("{request:?}").into_bytes())),
            "error" => Err("no transform today".to_owned()),
            "loop" => spin(),
            "respond" => Ok(respond(
                418,
                vec![header("content-type", "text/plain"), header("x-guest", "1")],
                b"short and stout".to_vec(),
            )),
            "respond-status" => Ok(respond(199, Vec::new(), Vec::new())),
            "respond-header" => Ok(respond(200, vec![header("x-a", "1\r\nx-b: 2")], Vec::new())),
            "trap" => std::process::abort(),
            "unchanged" => Ok(RequestOutcome::Unchanged),
            _ => Ok(RequestOutcome::Patch(RequestPatch {
                headers: header_operations(&mode),
                query: query_operations(&mode),
                body: new_body(&mode, request.body),
            })),
        }
    }
}

impl response_transform::Guest for Transform {
    fn needs() -> PluginNeeds {
        PluginNeeds { query: false, ..needs() }
    }

    fn on_response(response: TransformResponse) -> Result<ResponseOutcome, String> {
        let mode = mode();
        let patch = |status, body| {
            Ok(ResponseOutcome::Patch(ResponsePatch {
                status,
                headers: header_operations(&mode),
                body,
            }))
        };
        match mode.as_str() {
            "describe" => patch(Some(203), Some(format!("{response:?}").into_bytes())),
            "error" => Err("no transform today".to_owned()),
            "loop" => spin(),
            "respond-status" => patch(Some(600), None),
            "trap" => std::process::abort(),
            "unchanged" => Ok(ResponseOutcome::Unchanged),
            _ => patch(None, new_body(&mode, response.body)),
        }
    }
}

fn mode() -> String {
    setting("MODE").unwrap_or_default()
}

/// `NEEDS` lists `headers`, `header:{name}`, `query`, `context` and `body`, with spaces between.
fn needs() -> PluginNeeds {
    let listed = setting("NEEDS").unwrap_or_default();
    let has = |need: &str| listed.split(' ').any(|listed| listed == need);
    let named: Vec<String> = listed
        .split(' ')
        .filter_map(|need| need.strip_prefix("header:"))
        .map(str::to_owned)
        .collect();
    let headers = match (has("headers"), named.is_empty()) {
        (true, _) => HeaderNeeds::All,
        (false, true) => HeaderNeeds::None,
        (false, false) => HeaderNeeds::Named(named),
    };
    PluginNeeds { headers, query: has("query"), context: has("context"), body: has("body") }
}

fn header_operations(mode: &str) -> Vec<HeaderOperation> {
    match mode {
        "host-header" => vec![HeaderOperation::Set(header("Content-Length", "7"))],
        "header-value" => vec![HeaderOperation::Append(header("x-a", "1\r\nx-b: 2"))],
        "header-name" => vec![HeaderOperation::Remove("x a".to_owned())],
        "many-headers" => (0..100_000)
            .map(|number| HeaderOperation::Append(header(&format!("x-{number}"), "1")))
            .collect(),
        _ => vec![
            HeaderOperation::Set(header("X-Guest", "1")),
            HeaderOperation::Append(header("x-many", "2")),
            HeaderOperation::Remove("x-secret".to_owned()),
        ],
    }
}

fn query_operations(mode: &str) -> Vec<QueryOperation> {
    let parameter = |name: &str, value: String| Parameter { name: name.to_owned(), value };
    match mode {
        "large-query" => vec![QueryOperation::Set(parameter("q", "x".repeat(20 * 1024)))],
        "query" => vec![
            QueryOperation::Set(parameter("page", "2".to_owned())),
            QueryOperation::Append(parameter("tag", "a b".to_owned())),
            QueryOperation::Remove("secret".to_owned()),
        ],
        _ => Vec::new(),
    }
}

fn new_body(mode: &str, body: Option<Vec<u8>>) -> Option<Vec<u8>> {
    match mode {
        "large-body" => Some(vec![b'x'; 10 * 1024 * 1024 + 1]),
        "upper-case" => body.map(|body| body.to_ascii_uppercase()),
        _ => None,
    }
}

fn spin() -> ! {
    loop {
        std::hint::black_box(());
    }
}

fn header(name: &str, value: &str) -> Header {
    Header { name: name.to_owned(), value: value.to_owned() }
}

fn respond(status: u16, headers: Vec<Header>, body: Vec<u8>) -> RequestOutcome {
    RequestOutcome::Respond(ImmediateResponse { status, headers, body })
}

guests::transform::export!(Transform);
