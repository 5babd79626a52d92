//! VPC links: the address says what the upstream is called, the link where it is.

use serde_json::{Value, json};

use crate::document::{Document, http_proxy, integrated};
use crate::gateway::{Folder, Gateway};
use crate::tls_origin::TlsOrigin;
use crate::upstream::Upstream;

fn linked(uri: &str, link: &str) -> Value {
    let link = json!({
        "connectionType": "VPC_LINK",
        "connectionId": link,
        "tlsConfig": { "insecureSkipVerification": true },
    });
    integrated(http_proxy(uri), link)
}

#[test]
fn a_link_says_where_the_upstream_is_and_the_address_what_it_is_called() {
    let upstream = Upstream::start();
    let origin = TlsOrigin::start("pets.internal");
    let document = Document::new()
        .with(
            "x-edgeway-stage",
            json!({ "name": "dev", "variables": { "known": "clear", "unknown": "nowhere" } }),
        )
        .route("GET /clear", linked("http://pets.internal/up", "clear"))
        .route("GET /encrypted", linked("https://pets.internal/up", "encrypted"))
        .route("GET /known", linked("http://pets.internal:8080/up", "${stageVariables.known}"))
        .route("GET /unknown", linked("http://pets.internal/up", "${stageVariables.unknown}"))
        .route("GET /unset", linked("http://pets.internal/up", "${stageVariables.unset}"));
    let clear = format!("clear={}", upstream.uri(""));
    let encrypted = format!("encrypted=https://127.0.0.1:{}", origin.port);
    let arguments = ["--vpc-link", &clear, "--vpc-link", &encrypted];
    let gateway = Gateway::start_with(Folder::new(&document), &arguments);
    assert_eq!(gateway.get("/clear").status, 200);
    assert_eq!(gateway.get("/known").status, 200);
    let heads: Vec<String> = upstream.take().into_iter().map(|received| received.head).collect();
    assert!(heads[0].contains("\r\nHost: pets.internal\r\n"), "{heads:?}");
    assert!(heads[1].contains("\r\nHost: pets.internal:8080\r\n"), "{heads:?}");
    assert_eq!(gateway.get("/encrypted").brief(), "200 nobody at pets.internal");
    let internal = r#"500 {"message": "Internal server error"}"#;
    assert_eq!(gateway.get("/unknown").brief(), internal);
    assert_eq!(gateway.get("/unset").brief(), internal);
}
