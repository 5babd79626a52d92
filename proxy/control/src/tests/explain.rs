//! Who may see what happened to a request.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use expect_test::expect;

use super::client::Signed;
use super::harness::Gateway;
use super::identity;

const LINE: &str = "GET /_edgeway/explain/kept";

#[test]
fn it_is_json_or_text() {
    let gateway = Gateway::new();
    let read = |headers: &[(&str, &str)]| {
        let request = Signed { line: LINE, headers, ..Signed::default() }.request();
        let (status, headers, body) = gateway.send_request(request);
        (status, headers["content-type"].to_str().unwrap().to_owned(), body)
    };
    let json = "application/json".to_owned();
    let text = "text/plain; charset=utf-8".to_owned();
    assert_eq!(read(&[]), (StatusCode::OK, json, r#"{"status":200}"#.to_owned()));
    let answer = read(&[("accept", "text/plain")]);
    assert_eq!(answer, (StatusCode::OK, text, "GET / -> 200\n".to_owned()));
}

#[test]
fn who_may_see_the_stage_may_see_it() {
    let calls = [(LINE, ""), ("GET /_edgeway/explain/nobody", "")];
    identity::check(
        r#"{"Effect": "Allow", "Action": "apigateway:GET",
            "Resource": "arn:aws:apigateway:us-east-1::/restapis/abc/stages/prod"}"#,
        &calls,
        expect![[r#"
            200  
            403 AccessDeniedException {"message":"User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: apigateway:GET on resource: arn:aws:apigateway:us-east-1::/restapis/*/stages/* because no identity-based policy allows the apigateway:GET action"}
        "#]],
    );
    identity::check(
        r#"{"Effect": "Allow", "Action": "apigateway:GET", "Resource": "*"}"#,
        &calls,
        expect![[r#"
            200  
            404 NotFoundException {"message":"Nothing is kept of this request: it is of a method without data trace, older than an hour, or older than a thousand others"}
        "#]],
    );
    let gateway = Gateway::new();
    let unsigned = Request::get("/_edgeway/explain/kept");
    let (status, ..) = gateway.send_request(unsigned.body(Body::empty()).unwrap());
    assert_eq!(status, StatusCode::FORBIDDEN);
}
