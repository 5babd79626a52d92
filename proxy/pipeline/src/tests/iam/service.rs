//! Services that are called with the key that signed the call.

use std::sync::Arc;

use model::{
    Connection, HttpEndpoint, HttpVerb, Integration, IntegrationTimeout, MethodAuthorization,
    MethodKey, RequestMappings, ResponseTransfer, ServerTrust, ServiceCredentials,
    ServiceSignature, UriTemplate,
};

use super::{ADA, Signing, allow_all, callers, get};
use crate::tests::fixture::{Description, Gateway, TestRequest, method};

#[test]
fn a_service_is_called_with_the_key_of_the_caller() {
    let signature = ServiceSignature {
        service: "s3".to_owned(),
        region: "eu-west-1".to_owned(),
        key: Arc::default(),
        credentials: ServiceCredentials::Caller,
    };
    let endpoint = |signature| HttpEndpoint {
        uri: UriTemplate::parse("http://up.example:9000/bucket").unwrap(),
        verb: HttpVerb::Client,
        mappings: RequestMappings::default(),
        content_handling: None,
        timeout: IntegrationTimeout::DEFAULT,
        trust: ServerTrust::default(),
        connection: Connection::default(),
        signature: Some(Arc::new(signature)),
        transfer: ResponseTransfer::default(),
    };
    let signed_as = |authorization, signature, request: &TestRequest| {
        let mut any = method(MethodKey::Any, Integration::HttpProxy(endpoint(signature)));
        any.authorization = authorization;
        let gateway = Gateway::new(Description {
            methods: vec![("/pets/{id}", any)],
            callers: callers(&[allow_all()]),
            ..Description::default()
        });
        let sent = gateway.send(request);
        sent.lines()
            .find(|line| line.starts_with("signed") || line.starts_with("5"))
            .map(str::to_owned)
    };
    let signed = |request| signed_as(MethodAuthorization::AwsIam, signature.clone(), &request);
    assert_eq!(
        signed(ADA.sign(get())).as_deref(),
        Some("signed for s3 by AKIAADA, \"secret of AKIAADA\", token none")
    );
    let session = Signing { key: "ASIAADA", ..ADA };
    assert_eq!(
        signed(session.sign(get().header("X-Amz-Security-Token", "the token"))).as_deref(),
        Some("signed for s3 by ASIAADA, \"secret of ASIAADA\", token the token")
    );
    let node = ServiceSignature { credentials: ServiceCredentials::Node, ..signature.clone() };
    assert_eq!(
        signed_as(MethodAuthorization::AwsIam, node, &ADA.sign(get())).as_deref(),
        Some("signed for s3 by edgeway, \"edgeway\", token none")
    );
    // What the control API does not deploy.
    assert_eq!(signed_as(MethodAuthorization::None, signature, &get()).as_deref(), Some("500"));
}
