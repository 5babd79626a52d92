//! Which requests reach which method, and what the others are told, byte for byte.

use expect_test::{Expect, expect};
use serde_json::json;

use crate::client::is_uuid;
use crate::components::ECHO;
use crate::document::{Document, function, mock};
use crate::gateway::{Gateway, request};

const PROBE: &str = "GET /step HTTP/1.1\r\nHost: localhost\r\n\r\n";

const NO_ROUTE: &str = r#"403 {"message":"Missing Authentication Token"}"#;
const FORBIDDEN: &str = r#"403 {"message":"Forbidden"}"#;
const NO_API: &str =
    r#"404 {"message":"The API id 'nope' does not correspond to a deployed API Gateway API"}"#;
/// The hash is that of `Bearer x`.
const INCOMPLETE_SIGNATURE: &str = r#"403 {"message":"Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'uTem/WB082UJMN2ajD6lH6UChGpTAddMJSx2iu923No='."}"#;

fn gateway() -> Gateway {
    let document = Document::new()
        .function("echo", ECHO)
        .route("GET /", mock("root"))
        .route("GET /pets", mock("pets"))
        .route("POST /pets", function("echo"))
        .route("GET /pets/{id}", function("echo"))
        .route("ANY /files/{proxy+}", function("echo"))
        .route("HEAD /head", mock("unseen"))
        .route("GET /step", mock("in step"));
    Gateway::start(&document)
}

/// Asks, and asks something else on the same connection.
#[track_caller]
fn check_refused(gateway: &Gateway, line: &str, headers: &[(&str, &str)], expected: &str) {
    let mut connection = gateway.connect();
    connection.write(request(line, headers, b""));
    let response = connection.read();
    assert_eq!(response.brief(), expected, "{line} {headers:?}");
    assert_eq!(response.header("connection"), Some("keep-alive"), "{line} {headers:?}");
    connection.assert_in_step(&response, PROBE);
}

#[test]
fn a_request_that_leads_nowhere_is_told_what_aws_tells_and_keeps_its_connection() {
    const DEFAULT_HOST: (&str, &str) = ("Host", "test.execute-api.us-east-1.amazonaws.com");
    const NO_HOST: (&str, &str) = ("Host", "nope.execute-api.us-east-1.amazonaws.com");
    let gateway = gateway();
    for line in [
        "GET /nope",
        "GET /pets/1/2",
        "DELETE /pets",
        "OPTIONS /pets",
        "TRACE /pets",
        "BREW /pets",
        "GET /files/",
        "GET /PETS",
    ] {
        check_refused(&gateway, line, &[], NO_ROUTE);
    }
    let signed = [("Authorization", "AWS4-HMAC-SHA256 x")];
    check_refused(&gateway, "GET /nope", &signed, NO_ROUTE);
    let bearer = [("Authorization", "Bearer x")];
    check_refused(&gateway, "GET /nope", &bearer, INCOMPLETE_SIGNATURE);
    check_refused(&gateway, "GET /_aws/execute-api/test/nope/pets", &[], FORBIDDEN);
    check_refused(&gateway, "GET /_aws/execute-api/test", &[], FORBIDDEN);
    check_refused(&gateway, "GET /_aws/execute-api/nope/dev/pets", &[], NO_API);
    check_refused(&gateway, "GET /pets", &[("Host", "example.org")], FORBIDDEN);
    check_refused(&gateway, "GET /pets", &[DEFAULT_HOST], FORBIDDEN);
    check_refused(&gateway, "GET /dev/nope", &[DEFAULT_HOST], NO_ROUTE);
    check_refused(&gateway, "GET /dev/pets", &[NO_HOST], NO_API);
}

#[track_caller]
fn check_message(gateway: &Gateway, line: &str, headers: &[(&str, &str)], expected: Expect) {
    expected.assert_eq(&gateway.send(line, headers, "").normalized());
}

#[test]
fn the_whole_message_is_as_aws_writes_it() {
    let gateway = gateway();
    check_message(
        &gateway,
        "GET /nope",
        &[],
        expect![[r#"
            403
            Content-Type: application/json
            x-amzn-ErrorType: MissingAuthenticationTokenException
            x-amzn-RequestId: {uuid}
            x-amz-apigw-id: {apigw-id}
            Content-Length: 42
            Date: {date}
            Connection: keep-alive

            {"message":"Missing Authentication Token"}"#]],
    );
    check_message(
        &gateway,
        "GET /nope",
        &[("Authorization", "Bearer x")],
        expect![[r#"
            403
            Content-Type: application/json
            x-amzn-ErrorType: IncompleteSignatureException
            x-amzn-RequestId: {uuid}
            x-amz-apigw-id: {apigw-id}
            Content-Length: 176
            Date: {date}
            Connection: keep-alive

            {"message":"Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'uTem/WB082UJMN2ajD6lH6UChGpTAddMJSx2iu923No='."}"#]],
    );
    check_message(
        &gateway,
        "GET /pets",
        &[("Host", "example.org")],
        expect![[r#"
            403
            Content-Type: application/json
            x-amzn-ErrorType: ForbiddenException
            x-amzn-RequestId: {uuid}
            x-amz-apigw-id: {apigw-id}
            Content-Length: 23
            Date: {date}
            Connection: keep-alive

            {"message":"Forbidden"}"#]],
    );
    check_message(
        &gateway,
        "GET /pets",
        &[],
        expect![[r#"
            200
            Content-Type: application/json
            x-amzn-RequestId: {uuid}
            x-amz-apigw-id: {apigw-id}
            Content-Length: 4
            Date: {date}
            Connection: keep-alive

            pets"#]],
    );
}

#[test]
fn each_way_in_reaches_the_method_with_the_path_as_aws_sees_it() {
    const DEFAULT_HOST: &str = "test.execute-api.us-east-1.amazonaws.com";
    let gateway = gateway();
    // Host, target; then `path`, `pathParameters` and `requestContext.path` of the event.
    let reached = [
        ("localhost", "/pets/1", "/pets/1", json!({ "id": "1" }), "/pets/1"),
        ("LOCALHOST:80", "/pets/1", "/pets/1", json!({ "id": "1" }), "/pets/1"),
        ("127.0.0.1", "/pets/1", "/pets/1", json!({ "id": "1" }), "/pets/1"),
        ("[::1]:8080", "/pets/1", "/pets/1", json!({ "id": "1" }), "/pets/1"),
        (DEFAULT_HOST, "/dev/pets/1", "/pets/1", json!({ "id": "1" }), "/dev/pets/1"),
        (DEFAULT_HOST, "//dev//pets/1", "/pets/1", json!({ "id": "1" }), "//dev//pets/1"),
        (
            "test.execute-api.localhost",
            "/dev/pets/1",
            "/pets/1",
            json!({ "id": "1" }),
            "/dev/pets/1",
        ),
        (
            "any.example.org",
            "/_aws/execute-api/test/dev/pets/1",
            "/pets/1",
            json!({ "id": "1" }),
            "/dev/pets/1",
        ),
        ("localhost", "/pets/1/", "/pets/1/", json!({ "id": "1" }), "/pets/1/"),
        ("localhost", "/files/a/b/", "/files/a/b/", json!({ "proxy": "a/b" }), "/files/a/b/"),
        ("localhost", "/files/a//b", "/files/a//b", json!({ "proxy": "a//b" }), "/files/a//b"),
        ("localhost", "//files/a", "/files/a", json!({ "proxy": "a" }), "//files/a"),
        (
            "localhost",
            "/files/a%2Fb%20c+d",
            "/files/a%2Fb%20c+d",
            json!({ "proxy": "a%2Fb%20c+d" }),
            "/files/a%2Fb%20c+d",
        ),
    ];
    for (host, target, path, parameters, context_path) in reached {
        let response = gateway.send(&format!("GET {target}"), &[("Host", host)], "");
        assert_eq!(response.status, 200, "{host} {target}: {response:?}");
        let event = response.json();
        assert_eq!(event["path"], path, "{host} {target}");
        assert_eq!(event["pathParameters"], parameters, "{host} {target}");
        assert_eq!(event["requestContext"]["path"], context_path, "{host} {target}");
        assert_eq!(event["requestContext"]["stage"], "dev", "{host} {target}");
    }
}

#[test]
fn the_root_and_trailing_slashes_lead_to_their_resource() {
    let gateway = gateway();
    for (target, expected) in [
        ("/", "200 root"),
        ("//", "200 root"),
        ("/?a=b", "200 root"),
        ("/pets/", "200 pets"),
        ("/pets?a=b&a=c", "200 pets"),
        ("/_aws/execute-api/test/dev", "200 root"),
        ("/_aws/execute-api/test/dev/", "200 root"),
        ("/_aws/execute-api/test/dev/pets/", "200 pets"),
    ] {
        assert_eq!(gateway.get(target).brief(), expected, "{target}");
    }
}

#[test]
fn a_client_may_name_its_request_by_a_uuid_and_by_nothing_else() {
    let gateway = gateway();
    let sent = "0b7d7b40-8a2c-4f5d-9c1e-2f3a4b5c6d7e";
    for path in ["/pets", "/nope"] {
        let answered = |id: &str| {
            let response = gateway.send(&format!("GET {path}"), &[("x-amzn-RequestId", id)], "");
            response.header("x-amzn-RequestId").unwrap().to_owned()
        };
        assert_eq!(answered(sent), sent, "{path}");
        for other in ["1", "0b7d7b40-8a2c-4f5d-9c1e-2f3a4b5c6d7g", "not-a-uuid", &sent[1..]] {
            let id = answered(other);
            assert!(is_uuid(&id) && id != other, "{path}: {other} became {id}");
        }
    }
    let event = gateway.send("GET /pets/1", &[("x-amzn-RequestId", sent)], "").json();
    assert_eq!(event["requestContext"]["requestId"], sent);
}

#[test]
fn a_head_request_is_a_method_of_its_own_and_gets_no_body() {
    let gateway = gateway();
    for (path, status, length) in [("/head", 200, "6"), ("/pets", 403, "42")] {
        let mut connection = gateway.connect();
        connection.write(request(&format!("HEAD {path}"), &[], b""));
        let response = connection.read_head();
        assert_eq!(response.status, status, "{path}");
        assert_eq!(response.header("content-length"), Some(length), "{path}");
        connection.assert_in_step(&response, PROBE);
    }
}

#[test]
fn a_body_that_nobody_read_never_becomes_a_request() {
    let gateway = gateway();
    let smuggled = "GET /pets HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let sized = format!("Content-Length: {}\r\n\r\n{smuggled}", smuggled.len());
    let chunked = format!(
        "Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{smuggled}\r\n0\r\n\r\n",
        smuggled.len()
    );
    let large = smuggled.repeat(50_000);
    let large = format!("Content-Length: {}\r\n\r\n{large}", large.len());
    let mut requests = 0;
    for (path, expected) in [("/nope", 403), ("/pets", 200), ("/step", 403)] {
        for body in [&sized, &chunked, &large] {
            for expectation in ["", "Expect: 100-continue\r\n"] {
                let mut connection = gateway.connect();
                let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n{expectation}");
                let writer = connection.write_beside(format!("{head}{body}").into_bytes());
                let mut response = connection.read();
                if response.status == 100 {
                    response = connection.read();
                }
                assert_eq!(response.status, expected, "{path} {response:?}");
                writer.join().unwrap();
                connection.assert_in_step(&response, PROBE);
                requests += 1;
            }
        }
    }
    let log = gateway.access_log(requests);
    assert!(
        log.iter().all(|line| line["path"] != "/pets" || line["httpMethod"] == "POST"),
        "a body was served as a request: {log:?}"
    );
}

/// RFC 9112 section 9.3.2.
#[test]
fn requests_that_are_sent_in_one_go_are_answered_in_order() {
    let gateway = gateway();
    let mut connection = gateway.connect();
    let lines = [
        ("GET /pets", "", 200),
        ("GET /nope", "", 403),
        ("POST /pets", "a body", 200),
        ("POST /nope", "a body that nobody reads", 403),
        ("GET /step", "", 200),
    ];
    let requests = lines.map(|(line, body, _)| request(line, &[], body.as_bytes()));
    connection.write(requests.concat());
    for (line, _, expected) in lines {
        assert_eq!(connection.read().status, expected, "{line}");
    }
}

#[test]
fn a_connection_that_the_client_wants_closed_is_closed() {
    let gateway = gateway();
    for (line, expected) in [("GET /pets", 200), ("GET /nope", 403)] {
        let mut connection = gateway.connect();
        connection.write(request(line, &[("Connection", "close")], b""));
        let response = connection.read();
        assert_eq!(response.status, expected);
        assert_eq!(response.header("connection"), Some("close"));
        assert!(connection.is_closed());
    }
}
