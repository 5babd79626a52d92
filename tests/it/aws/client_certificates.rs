//! Client certificates: shown to the upstreams of the stages that have one.

use serde_json::Value;

use super::Pets;
use super::text;
use crate::patience::wait_for;
use crate::tls_origin::TlsOrigin;

const NETWORK: &str = r#"504 {"message": "Network error communicating with endpoint"}"#;

#[test]
fn a_stage_shows_its_certificate_to_upstreams_and_no_other_stage_does() {
    let pets = Pets::new();
    let made: Value = pets.node.aws("apigateway generate-client-certificate", &[]);
    let id = text(&made["clientCertificateId"]);
    let origin = TlsOrigin::start_for("localhost", &text(&made["pemEncodedCertificate"]));
    let integration = ["--type", "HTTP_PROXY", "--integration-http-method", "GET"];
    let uri = origin.uri("localhost");
    let address = ["--uri", &*uri, "--tls-config", "insecureSkipVerification=true"];
    pets.method("put-integration", &[integration, address].concat());
    for stage in ["prod", "open"] {
        let stage = ["--rest-api-id", &pets.api, "--stage-name", stage];
        pets.node.aws("apigateway create-deployment", &stage);
    }
    let answer = |stage: &str| pets.node.get(&pets.api, &format!("/{stage}/pets")).brief();
    wait_for("the stages to be served", || (answer("prod") == NETWORK).then_some(()));
    pets.patch_stage(&[&format!("op=replace,path=/clientCertificateId,value={id}")]);
    let shown = "200 the client at localhost";
    wait_for("the certificate to be shown", || (answer("prod") == shown).then_some(()));
    for _ in 0..2 {
        // The connection of one is idle when the other would need one.
        assert_eq!(answer("prod"), shown);
        assert_eq!(answer("open"), NETWORK);
    }
    let tested = pets.method("test-invoke-method", &["--client-certificate-id", &id]);
    assert_eq!(tested["body"], "the client at localhost", "{tested}");
    pets.patch_stage(&["op=replace,path=/clientCertificateId,value="]);
    wait_for("the certificate to be gone", || (answer("prod") == NETWORK).then_some(()));
}
