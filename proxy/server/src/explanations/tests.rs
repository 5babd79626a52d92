use std::time::Duration;

use control::Explanations as _;
use expect_test::expect;

use super::{AGE_MAX, BYTES_MAX, Explanations, Kept, REQUESTS_MAX, text};

fn keep(explanations: &Explanations, request_id: &str, json: &str, at: Duration) {
    let json = json.to_owned().into();
    let (api, stage) = ("abc".to_owned(), "prod".to_owned());
    let request_id = request_id.to_owned();
    explanations.push(Kept { request_id, api, stage, json, at });
}

#[test]
fn the_last_request_of_an_id_is_found() {
    let explanations = Explanations::default();
    assert!(explanations.find("a").is_none());
    keep(&explanations, "a", r#"{"status": 1}"#, Duration::ZERO);
    keep(&explanations, "b", r#"{"status": 2}"#, Duration::ZERO);
    keep(&explanations, "a", r#"{"status": 3}"#, Duration::ZERO);
    assert_eq!(explanations.find("a").unwrap().json, r#"{"status": 3}"#);
    assert!(explanations.find("c").is_none());
}

#[test]
fn what_is_too_old_or_too_much_is_forgotten_the_oldest_first() {
    let explanations = Explanations::default();
    for number in 0..=REQUESTS_MAX {
        keep(&explanations, &number.to_string(), "{}", Duration::ZERO);
    }
    let is_kept = |number: usize| explanations.find(&number.to_string()).is_some();
    assert!(!is_kept(0) && is_kept(1) && is_kept(REQUESTS_MAX));
    keep(&explanations, "large", &" ".repeat(BYTES_MAX - 20), AGE_MAX);
    assert!(is_kept(REQUESTS_MAX) && !is_kept(REQUESTS_MAX - 10));
    keep(&explanations, "later", "{}", AGE_MAX + Duration::from_secs(1));
    assert!(!is_kept(REQUESTS_MAX) && explanations.find("large").is_some());
}

#[test]
fn people_read_it_as_text() {
    let text = text::of(
        br#"{"requestId": "id", "apiId": "abc", "stage": "prod", "httpMethod": "GET", "path": "/prod/x",
        "status": 200, "responseLatency": 1.25, "phases": [
            {"phase": "route", "atMicros": 10, "steps": [
                {"what": "route", "atMicros": 11, "value":
                    {"resourcePath": "/x", "pathParameters": [], "query": [["a", "b"]]}}]},
            {"phase": "integration", "atMicros": 260, "steps": [
                {"what": "event", "atMicros": 270, "value": {"bytes": 3, "text": "a\nb"}},
                {"what": "log", "atMicros": 280, "value": "line\n"}]}]}"#,
    );
    expect![[r#"
        GET /prod/x -> 200 in 1.250 ms (request id, API abc, stage prod)

            0.010 ms  route, 0.250 ms
                      route:
                        resourcePath: /x
                        pathParameters: none
                        query: [["a","b"]]

            0.260 ms  integration, 0.990 ms
                      event:
                        bytes: 3
                        text: a
                          b
                      log: line
    "#]]
    .assert_eq(&text);
}
