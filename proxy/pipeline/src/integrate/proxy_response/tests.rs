use expect_test::{Expect, expect};

use super::*;
use crate::header_rules::{ResponseKind, remapped_response};

fn describe(response: &Response) -> String {
    let mut lines = vec![response.status.as_u16().to_string()];
    let headers = response.headers.iter();
    let headers = headers.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()));
    lines.extend(headers);
    lines[1..].sort();
    lines.push(String::from_utf8_lossy(&response.body).into_owned());
    lines.join("\n")
}

#[track_caller]
fn check(result: &str, expected: Expect) {
    let text = match parse(result.as_bytes(), false) {
        Ok(Response { status, headers, body }) => {
            let headers = remapped_response(&headers, ResponseKind::Proxied);
            describe(&Response { status, headers, body })
        }
        Err(failure) => failure.to_string(),
    };
    expected.assert_eq(&text);
}

#[test]
fn what_aws_accepts_is_accepted() {
    check(r#"{"statusCode":200}"#, expect!["200\n"]);
    check(r#"{}"#, expect!["200\n"]);
    check(r#"{"statusCode":"201","headers":null,"body":null}"#, expect!["201\n"]);
    check(r#"{"headers":{"A":"b","c":true}}"#, expect!["200\na: b\nc: true\n"]);
    check(
        r#"{"statusCode":200,"headers":{"test-multi":"solo"},"multiValueHeaders":{"test-multi":["multi","solo"]}}"#,
        expect!["200\ntest-multi: multi\ntest-multi: solo\n"],
    );
    check(r#"{"body":"aGk=","isBase64Encoded":true}"#, expect!["200\naGk="]);
}

#[test]
fn headers_of_the_gateway_are_remapped_or_dropped() {
    check(
        r#"{"headers":{"Content-Length":"99","Transfer-Encoding":"chunked","Connection":"x-y","X-Y":"1","Server":"s","x-amzn-RequestId":"i"}}"#,
        expect![
            "200\nx-amzn-remapped-connection: x-y\nx-amzn-remapped-server: s\nx-amzn-remapped-x-amzn-requestid: i\n"
        ],
    );
}

#[test]
fn everything_else_is_malformed() {
    for result in [
        "",
        "null",
        "1",
        "\"text\"",
        "[]",
        "{",
        r#"{"statusCode":200,"other":1}"#,
        r#"{"statusCode":"test"}"#,
        r#"{"statusCode":101}"#,
        r#"{"statusCode":0}"#,
        r#"{"statusCode":1000}"#,
        r#"{"statusCode":-1}"#,
        r#"{"statusCode":70000}"#,
        r#"{"body":{}}"#,
        r#"{"multiValueHeaders":{"a":"b"}}"#,
        r#"{"headers":{"a":1}}"#,
        r#"{"headers":{"a":"b\r\nc: d"}}"#,
        r#"{"headers":{"a b":"c"}}"#,
        r#"{"headers":{"":"c"}}"#,
    ] {
        let failure = parse(result.as_bytes(), false).unwrap_err();
        assert!(
            matches!(failure, Failure::Fault(Fault::MalformedProxyResponse(_))),
            "{result}: {failure}"
        );
    }
}

#[test]
fn a_binary_body_is_decoded_only_if_accepted() {
    let result = br#"{"body":"aGk=","isBase64Encoded":true}"#;
    assert_eq!(&*parse(result, true).unwrap().body, b"hi");
    let broken = parse(br#"{"body":"*","isBase64Encoded":true}"#, true).unwrap_err();
    assert!(matches!(broken, Failure::Fault(Fault::Configuration(_))));
}

#[test]
fn the_headers_of_a_result_are_bounded() {
    let result = |count: usize| {
        let values: Vec<String> = (0..count).map(|number| format!("\"{number:04}\"")).collect();
        format!(r#"{{"multiValueHeaders":{{"abcd":[{}]}}}}"#, values.join(","))
    };
    // Each takes 4 bytes of name, 4 of value and 4 for the line: 64 KiB hold 5,461.
    assert!(parse(result(5_461).as_bytes(), false).is_ok());
    assert!(parse(result(5_462).as_bytes(), false).is_err());
}

/// What a result is, of a function whose response streams.
#[track_caller]
fn check_stream(result: &[u8], expected: Expect) {
    let shown = match parse_stream(&Bytes::copy_from_slice(result)) {
        Ok(response) => {
            let headers = response.headers.iter().map(|(name, value)| format!(" {name}={value:?}"));
            let headers: String = headers.collect();
            format!("{}{headers} {:?}", response.status.as_u16(), response.body)
        }
        Err(failure) => failure.to_string(),
    };
    expected.assert_eq(&shown);
}

#[test]
fn a_result_that_streams_is_metadata_and_a_payload() {
    check_stream(
        b"{\"statusCode\": 201, \"headers\": {\"a\": \"1\"}, \"cookies\": [\"b=2\"]}\0\0\0\0\0\0\0\0\x00\xffrest",
        expect![[r#"201 a="1" set-cookie="b=2" b"\0\xffrest""#]],
    );
    check_stream(b"{}\0\0\0\0\0\0\0\0", expect![[r#"200 b"""#]]);
    check_stream(
        b"{\"statusCode\": 200, \"body\": \"whole\"}",
        expect![
            "Execution failed due to configuration error: Malformed streaming response: no eight NUL bytes after the metadata"
        ],
    );
    check_stream(
        b"{\"body\": \"x\"}\0\0\0\0\0\0\0\0",
        expect![
            "Execution failed due to configuration error: Malformed streaming response: unknown field `body`, expected one of `statusCode`, `headers`, `multiValueHeaders`, `cookies` at line 1 column 7"
        ],
    );
    let late = [&[b' '; 16 * 1024][..], b"{}\0\0\0\0\0\0\0\0"].concat();
    check_stream(
        &late,
        expect![
            "Execution failed due to configuration error: Malformed streaming response: no eight NUL bytes after the metadata"
        ],
    );
}
