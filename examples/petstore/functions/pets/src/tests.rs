//! The function on the SDK's key-value namespaces in memory: each test has its own.

use edgeway_plugin_sdk::ProxyRequest;
use serde_json::{Value, json};

/// Sends a request and returns `status body`.
fn send(method: &str, path: &str, body: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let (resource, parameters) = match parts[..] {
        ["pets", id] => ("/pets/{petId}", json!({"petId": id})),
        ["pets", id, "adoption"] => ("/pets/{petId}/adoption", json!({"petId": id})),
        ["owners", id, "pets"] => ("/owners/{ownerId}/pets", json!({"ownerId": id})),
        _ => (path, Value::Null),
    };
    let query: Value = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let request: ProxyRequest = serde_json::from_value(json!({
        "resource": resource, "path": path, "httpMethod": method,
        "pathParameters": parameters, "queryStringParameters": query,
        "requestContext": {"authorizer": {"principalId": "ann"}},
        "body": if body.is_empty() { Value::Null } else { Value::from(body) },
        "isBase64Encoded": false,
    }))
    .unwrap();
    match super::answer(&request) {
        Ok(response) => format!("{} {}", response.status_code, response.body),
        Err(refusal) => {
            let response = refusal.response().unwrap();
            format!("{} {}", response.status_code, response.body)
        }
    }
}

#[track_caller]
fn check(method: &str, path: &str, body: &str, expected: &str) {
    assert_eq!(send(method, path, body), expected);
}

fn create(name: &str, tag: &str) {
    let answer = send("POST", "/pets", &json!({"name": name, "tag": tag}).to_string());
    assert!(answer.starts_with("201 "), "{answer}");
}

const ADA: &str = r#"{"id":"ada","email":"ada@example.com"}"#;

#[test]
fn pet_lives_from_its_creation_to_its_deletion() {
    let rex = r#"{"id":1,"name":"Rex","tag":"dog","status":"available","registeredBy":"ann","version":1}"#;
    check("POST", "/pets", r#"{"name":"Rex","tag":"dog"}"#, &format!("201 {rex}"));
    check("GET", "/pets/1", "", &format!("200 {rex}"));
    check("DELETE", "/pets/1", "", "204 ");
    check("GET", "/pets/1", "", r#"404 {"message":"pet 1 does not exist"}"#);
    check("DELETE", "/pets/1", "", r#"404 {"message":"pet 1 does not exist"}"#);
}

#[test]
fn invalid_description_is_refused_with_every_problem() {
    check(
        "POST",
        "/pets",
        r#"{"name":" ","tag":"Dog","status":"adopted"}"#,
        r#"400 {"message":"invalid request","problems":["name: must have 1 to 64 characters","tag: must have 1 to 32 lower-case letters, digits or hyphens","owner: an adopted pet has one"]}"#,
    );
    check(
        "POST",
        "/pets",
        r#"{"name":"Rex","owner":{"id":"a/b","email":"nobody"}}"#,
        r#"400 {"message":"invalid request","problems":["owner.id: must have 1 to 64 letters, digits or hyphens","owner.email: must be an address of at most 254 characters","owner: only an adopted pet has one"]}"#,
    );
    check(
        "POST",
        "/pets",
        "",
        r#"400 {"message":"invalid request","problems":["a body is required"]}"#,
    );
    check(
        "POST",
        "/pets",
        r#"{"name":"Rex","wings":2}"#,
        r#"400 {"message":"invalid request","problems":["the body is not valid: unknown field `wings`, expected one of `name`, `tag`, `status`, `owner` at line 1 column 21"]}"#,
    );
}

#[test]
fn name_has_at_most_64_characters() {
    let name = |characters| json!({"name": "é".repeat(characters)}).to_string();
    assert!(send("POST", "/pets", &name(64)).starts_with("201 "));
    assert!(send("POST", "/pets", &name(65)).starts_with("400 "));
}

#[test]
fn replacing_a_version_that_is_not_there_is_a_conflict() {
    create("Rex", "dog");
    check(
        "PUT",
        "/pets/1",
        r#"{"name":"Max","version":1}"#,
        r#"200 {"id":1,"name":"Max","status":"available","registeredBy":"ann","version":2}"#,
    );
    check(
        "PUT",
        "/pets/1",
        r#"{"name":"Tom","version":1}"#,
        r#"409 {"message":"pet 1 has version 2, not 1"}"#,
    );
    check("PUT", "/pets/2", r#"{"name":"Tom"}"#, r#"404 {"message":"pet 2 does not exist"}"#);
    assert!(send("PUT", "/pets/1", r#"{"name":"Tom","wings":2}"#).starts_with("400 "));
    assert!(send("PUT", "/pets/1", "[]").starts_with("400 "));
}

#[test]
fn patch_changes_what_it_names() {
    create("Rex", "dog");
    check(
        "PATCH",
        "/pets/1",
        r#"{"status":"pending","tag":null}"#,
        r#"200 {"id":1,"name":"Rex","status":"pending","registeredBy":"ann","version":2}"#,
    );
    assert!(send("PATCH", "/pets/1", r#"{"name":null}"#).starts_with("400 "));
    assert!(send("PATCH", "/pets/1", r#"{"id":7}"#).starts_with("400 "));
}

#[test]
fn pet_is_adopted_once() {
    create("Rex", "dog");
    check(
        "POST",
        "/pets/1/adoption",
        ADA,
        r#"200 {"id":1,"name":"Rex","tag":"dog","status":"adopted","owner":{"id":"ada","email":"ada@example.com"},"registeredBy":"ann","version":2}"#,
    );
    check("POST", "/pets/1/adoption", ADA, r#"409 {"message":"pet 1 is adopted already"}"#);
    assert!(send("POST", "/pets/1/adoption", "{}").starts_with("400 "));
}

#[test]
fn owner_has_the_pets_adopted_and_not_given_back() {
    for name in ["Rex", "Tom", "Max"] {
        create(name, "dog");
    }
    send("POST", "/pets/1/adoption", ADA);
    send("POST", "/pets/3/adoption", ADA);
    let names = || {
        let answer = send("GET", "/owners/ada/pets", "");
        let list: Value = serde_json::from_str(answer.strip_prefix("200 ").unwrap()).unwrap();
        let pets = list["pets"].as_array().unwrap();
        pets.iter().map(|pet| pet["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(), ["Rex", "Max"]);
    send("PATCH", "/pets/1", r#"{"status":"available","owner":null}"#);
    assert_eq!(names(), ["Max"]);
    send("DELETE", "/pets/3", "");
    assert!(names().is_empty());
    assert!(send("GET", "/owners/a%2Fb/pets", "").starts_with("404 "));
}

#[test]
fn pets_are_listed_in_pages_and_by_tag_and_status() {
    for number in 1..=12 {
        create(&format!("pet {number}"), if number % 2 == 0 { "cat" } else { "dog" });
    }
    let ids = |query: &str| {
        let answer = send("GET", &format!("/pets?{query}"), "");
        let list: Value = serde_json::from_str(answer.strip_prefix("200 ").unwrap()).unwrap();
        let pets = list["pets"].as_array().unwrap();
        let ids: Vec<u64> = pets.iter().map(|pet| pet["id"].as_u64().unwrap()).collect();
        (ids, list["nextToken"].as_str().map(str::to_owned))
    };
    assert_eq!(ids("limit=5"), ((1..=5).collect(), Some("5".to_owned())));
    assert_eq!(ids("limit=5&nextToken=5"), ((6..=10).collect(), Some("10".to_owned())));
    assert_eq!(ids("limit=5&nextToken=10"), (vec![11, 12], None));
    assert_eq!(ids("limit=2&tag=cat"), (vec![2, 4], Some("4".to_owned())));
    assert_eq!(ids("tag=cat&nextToken=8"), (vec![10, 12], None));
    assert_eq!(ids("status=adopted"), (vec![], None));
    assert_eq!(ids("").0.len(), 12);
}

#[test]
fn wrong_query_is_refused() {
    let refused = |query: &str| send("GET", &format!("/pets?{query}"), "").starts_with("400 ");
    assert!(refused("limit=0"));
    assert!(!refused("limit=1"));
    assert!(!refused("limit=100"));
    assert!(refused("limit=101"));
    assert!(refused("status=lost"));
    assert!(refused("nextToken=x"));
}

#[test]
fn id_that_cannot_be_one_is_not_found() {
    for id in ["0", "01", "-1", "x", "99999999999999999999", "+1"] {
        let path = format!("/pets/{id}");
        check("GET", &path, "", &format!(r#"404 {{"message":"pet {id} does not exist"}}"#));
    }
}

#[test]
fn statuses_are_counted() {
    create("Rex", "dog");
    create("Tom", "cat");
    send("POST", "/pets/2/adoption", ADA);
    check("GET", "/stats", "", r#"200 {"adopted":1,"available":1,"pending":0}"#);
}

#[test]
fn unknown_route_is_a_fault_of_the_document() {
    let request = ProxyRequest { http_method: "GET".to_owned(), ..ProxyRequest::default() };
    assert!(matches!(super::answer(&request), Err(super::Refusal::Fault(_))));
}

#[test]
fn readme_shows_the_lines_of_curl_txt() {
    let lines = include_str!("../../../curl.txt");
    let readme = include_str!("../../../README.md");
    assert!(readme.contains(&format!("\n```sh curl\n{lines}```\n")));
    assert_eq!(lines.lines().filter(|line| line.starts_with("curl -s ")).count(), 5);
    assert_eq!(lines.lines().filter(|line| line.starts_with("# => ")).count(), 5);
}
