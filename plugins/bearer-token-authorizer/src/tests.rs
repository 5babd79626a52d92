use edgeway_plugin_sdk::configuration::Configuration;
use edgeway_plugin_sdk::{Header, Policy, RequestHead};

use super::*;

const METHOD_ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:petstore/dev/GET/pets/7";

const ANN: &str = r#"[
    {"token": "ann-secret", "principal": "ann", "context": {"role": "keeper", "age": 40, "staff": true}},
    {"tokenSha256": "81B637D8FCD2C6DA6359E6963113A1170DE795E4B725B84D1E0B4CFD9EC58CE9",
     "principal": "bob", "methods": ["GET/pets*", "*/owners/*"], "usageIdentifierKey": "bobs-api-key"}
]"#;

fn tokens(text: &str) -> Result<Tokens, String> {
    let configuration = Configuration::from_iter([("TOKENS", text)]);
    settings::parse(&configuration).map_err(|error| error.to_string())
}

fn request(token: Option<&str>, header: Option<&str>) -> AuthorizationRequest {
    let headers = header.map(|value| Header::new("authorization", value));
    AuthorizationRequest {
        token: token.map(str::to_owned),
        method_arn: METHOD_ARN.to_owned(),
        head: RequestHead {
            method: "GET".to_owned(),
            path: "/pets/7".to_owned(),
            path_parameters: Vec::new(),
            query: Vec::new(),
            headers: headers.into_iter().collect(),
        },
        context: None,
    }
}

#[test]
fn known_token_names_its_principal_and_context() {
    let tokens = tokens(ANN).unwrap();
    let expected = Authorization::allow("ann")
        .with_context("role", "keeper")
        .with_context("age", 40)
        .with_context("staff", true);
    assert_eq!(authorize(&request(Some("Bearer ann-secret"), None), &tokens), Ok(expected));
}

#[test]
fn digest_in_the_configuration_matches_its_token_and_limits_its_methods() {
    let tokens = tokens(ANN).unwrap();
    let authorization = authorize(&request(Some("bearer bob"), None), &tokens).unwrap();
    assert_eq!(authorization.principal_id, "bob");
    assert_eq!(authorization.usage_identifier_key.as_deref(), Some("bobs-api-key"));
    let stage = "arn:aws:execute-api:us-east-1:123456789012:petstore/dev/";
    let arns = vec![format!("{stage}GET/pets*"), format!("{stage}*/owners/*")];
    assert_eq!(authorization.policy, Policy::AllowMethods(arns));
}

#[test]
fn request_authorizer_reads_the_authorization_header() {
    let tokens = tokens(ANN).unwrap();
    let authorization = authorize(&request(None, Some("Bearer ann-secret")), &tokens).unwrap();
    assert_eq!(authorization.principal_id, "ann");
}

#[test]
fn token_of_the_identity_source_hides_the_header() {
    let tokens = tokens(ANN).unwrap();
    let request = request(Some("Bearer wrong"), Some("Bearer ann-secret"));
    assert_eq!(authorize(&request, &tokens), Err(AuthorizerError::Unauthorized));
}

#[test]
fn unknown_or_missing_token_is_unauthorized() {
    let tokens = tokens(ANN).unwrap();
    for token in [None, Some(""), Some("ann-secret"), Some("Bearer ann-secre"), Some("Bearer x")] {
        let answer = authorize(&request(token, None), &tokens);
        assert_eq!(answer, Err(AuthorizerError::Unauthorized), "{token:?}");
    }
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    assert_eq!(tokens(text).unwrap_err(), format!("environment variable TOKENS: {expected}"));
}

#[test]
fn every_problem_of_the_configuration_is_reported_at_once() {
    refused(
        r#"[{"principal": "", "methods": []},
            {"token": "a b", "principal": "ann", "methods": ["get/pets"]},
            {"token": "a", "tokenSha256": "b", "principal": "ann", "context": {"claims": 1, "x": []}},
            {"tokenSha256": "beef", "principal": "ann", "methods": ["GET//pets"]}]"#,
        "[0].tokenSha256: is missing; give it, or `token`; \
         [0].principal: must not be empty; \
         [0].methods: is empty; remove it to allow every method; \
         [1].token: must not be empty, nor contain white space; \
         [1].methods: must each be * or VERB/path, such as GET/pets/* or */pets, got \"get/pets\"; \
         [2].token: remove it, as there is `tokenSha256`; \
         [2].context.claims: is a name that the gateway sets; choose another; \
         [2].context.x: must be text, a number, true or false; \
         [3].tokenSha256: must be 64 hexadecimal digits, got 4 characters; \
         [3].methods: must each be * or VERB/path, such as GET/pets/* or */pets, got \"GET//pets\"",
    );
}

#[test]
fn token_listed_twice_is_refused() {
    refused(
        r#"[{"token": "bob", "principal": "ann"},
            {"tokenSha256": "81b637d8fcd2c6da6359e6963113a1170de795e4b725b84d1e0b4cfd9ec58ce9", "principal": "bob"}]"#,
        "[1]: this token is listed before; remove one of them",
    );
}

#[test]
fn configuration_without_tokens_is_refused() {
    refused("[]", "must list at least one token");
    assert!(settings::parse(&Configuration::default()).is_err());
}

#[test]
fn problem_of_the_configuration_does_not_show_a_secret() {
    let error = tokens(r#"[{"token": "ann-secret", "principal": 7}]"#).unwrap_err();
    assert!(!error.contains("ann-secret"), "{error}");
    let error = tokens(r#""ann-secret""#).unwrap_err();
    assert!(!error.contains("ann-secret"), "{error}");
}
