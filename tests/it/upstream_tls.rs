//! Upstreams over TLS: which are believed.

use serde_json::json;

use crate::document::{Document, http_proxy, integrated, integration, merged};
use crate::gateway::Gateway;
use crate::tls_origin::TlsOrigin;

const NETWORK: &str = r#"504 {"message": "Network error communicating with endpoint"}"#;

#[test]
fn without_verification_the_issuer_may_be_any_and_nothing_else() {
    let origin = TlsOrigin::start("localhost");
    let expired = TlsOrigin::start_expired("localhost");
    let trusting = json!({ "tlsConfig": { "insecureSkipVerification": true } });
    let route = |uri: &str| integrated(http_proxy(uri), trusting.clone());
    let http = json!({
        "type": "http",
        "httpMethod": "GET",
        "uri": origin.uri("localhost"),
        "responses": { "default": { "statusCode": "200" } },
    });
    let document = Document::new()
        .route("GET /trusting", route(&origin.uri("localhost")))
        .route("GET /mapped", integration(merged(http, trusting.clone())))
        .route("GET /other-name", route(&origin.uri("127.0.0.1")))
        .route("GET /expired", route(&expired.uri("localhost")))
        .route("GET /careful", http_proxy(&origin.uri("localhost")));
    let gateway = Gateway::start(&document);
    for _ in 0..2 {
        // The connection of one is idle when the other would need one.
        assert_eq!(gateway.get("/trusting").brief(), "200 nobody at localhost");
        assert_eq!(gateway.get("/careful").brief(), NETWORK);
    }
    assert_eq!(gateway.get("/mapped").brief(), "200 nobody at localhost");
    assert_eq!(gateway.get("/other-name").brief(), NETWORK);
    assert_eq!(gateway.get("/expired").brief(), NETWORK);
}
