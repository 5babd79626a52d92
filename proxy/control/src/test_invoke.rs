//! `TestInvokeMethod` and `TestInvokeAuthorizer`: one method or authorizer of an API as it is now,
//! called once without being deployed. What calls it is behind a port.
//!
//! As on AWS, a method is called without what lets callers in: the resource policy, authorization and API keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue};
use model::{StageName, Verb};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sigv4::SignatureError;
use store::{ReadTransaction, Stored};

use crate::answer::Answer;
use crate::authentication::Unauthorized;
use crate::authorizer::{self, Authorizer};
use crate::call::{Call, ID_LENGTH};
use crate::callers;
use crate::client_certificate;
use crate::input::shown;
use crate::method::{self, Method};
use crate::picture::{Picture, PicturedResource};
use crate::port::{TestInvocation, TestInvocationError, TestOutcome, TestSubject, Tester};
use crate::refusal::{Refusal, RefusalKind};
use crate::resource::{self, Resource};
use crate::rest_api::{self, RestApi};
use crate::service::Handler;

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("TestInvokeAuthorizer", Handler::Read(test_authorizer)),
    ("TestInvokeMethod", Handler::Read(test_method)),
];

/// As AWS calls it: permissions of functions may name it.
const STAGE: &str = "test-invoke-stage";

/// What is sent.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members {
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    multi_value_headers: BTreeMap<String, Vec<String>>,
    path_with_query_string: Option<String>,
    #[serde(default)]
    body: String,
    #[serde(default)]
    stage_variables: BTreeMap<String, String>,
}

fn test_method(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let resource = resource::find(call, transaction)?.document;
    let verb = verb(call.input.required("httpMethod"))?;
    let mut method = method::answering(call, transaction, verb.as_str())?.document;
    // Who tests is the caller of a method whose calls are signed.
    if method.authorization_type != "AWS_IAM" {
        "NONE".clone_into(&mut method.authorization_type);
    }
    method.authorizer_id = None;
    method.api_key_required = false;
    let path = resource.path.clone();
    let pictured = PicturedResource { resource, methods: vec![method] };
    let picture = picture(call, transaction, &api, vec![pictured])?;
    let test = invocation(call, transaction, picture, TestSubject::Method, (verb, &path))?;
    if test.deployment.route(test.path_and_query.path(), verb).is_none() {
        return Err(Refusal::bad_request(format!(
            "pathWithQueryString does not match the path of the resource, {path}"
        )));
    }
    let invoker = Arc::clone(&call.test_invoker);
    Ok(Answer::Later(Box::pin(async move {
        let outcome = invoker.invoke(test).await.map_err(refusal)?;
        let TestOutcome { status, headers, body, log, latency, authorization: _, claims: _ } =
            outcome;
        let mut single = Map::new();
        let mut multiple: Map<String, Value> = Map::new();
        for (name, value) in headers {
            single.insert(name.clone(), value.as_str().into());
            let values = multiple.entry(name).or_insert_with(|| json!([]));
            values.as_array_mut().into_iter().for_each(|values| values.push(json!(value)));
        }
        Ok(Answer::Json(json!({
            "status": status.as_u16(),
            "body": String::from_utf8_lossy(&body),
            "headers": single,
            "multiValueHeaders": multiple,
            "log": log,
            "latency": millis(latency),
        })))
    })))
}

fn test_authorizer(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    refuse_member(call, "additionalContext")?;
    let api = rest_api::find(call, transaction)?;
    let authorizer = authorizer::find(call, transaction)?.document;
    let picture = picture(call, transaction, &api, protected_by(&authorizer)?)?;
    let test = invocation(call, transaction, picture, TestSubject::Authorizer, (Verb::Get, "/"))?;
    let invoker = Arc::clone(&call.test_invoker);
    Ok(Answer::Later(Box::pin(async move {
        let outcome = invoker.invoke(test).await.map_err(refusal)?;
        let mut answer = json!({
            "clientStatus": outcome.status.as_u16(),
            "log": outcome.log,
            "latency": millis(outcome.latency),
        });
        // It gave an answer: whether that lets a caller in is for the methods to say.
        if let Some(authorization) = outcome.authorization {
            answer["clientStatus"] = 0.into();
            answer["principalId"] = authorization.principal_id.into();
            answer["policy"] = authorization.policy.into();
        }
        if let Some(claims) = outcome.claims {
            answer["clientStatus"] = 0.into();
            let claims = claims.into_iter().map(|(name, value)| (name, value.into()));
            answer["claims"] = Value::Object(claims.collect());
        }
        Ok(Answer::Json(answer))
    })))
}

/// Every path, with a method that the authorizer protects.
fn protected_by(authorizer: &Authorizer) -> Result<Vec<PicturedResource>, Refusal> {
    let authorization_type = match authorizer.kind.as_str() {
        "COGNITO_USER_POOLS" => "COGNITO_USER_POOLS",
        _ => "CUSTOM",
    };
    let method: Method = document(json!({
        "httpMethod": "GET",
        "authorizationType": authorization_type,
        "authorizerId": authorizer.id,
        "methodIntegration": {
            "type": "MOCK",
            "requestTemplates": { "application/json": "{\"statusCode\": 200}" },
            "passthroughBehavior": "WHEN_NO_TEMPLATES",
            "integrationResponses": { "200": { "statusCode": "200" } },
        },
    }))?;
    let resource = |(id, path): (&str, &str)| {
        let resource: Resource = document(json!({ "id": id, "path": path }))?;
        Ok(PicturedResource { resource, methods: vec![method.clone()] })
    };
    [("test0", "/"), ("test1", "/{proxy+}")].into_iter().map(resource).collect()
}

fn document<D: serde::de::DeserializeOwned>(value: Value) -> Result<D, Refusal> {
    serde_json::from_value(value).map_err(|error| Refusal::internal(&error.to_string()))
}

/// The API with these resources alone: what else is in it, be it not finished, is not looked at.
fn picture(
    call: &Call,
    transaction: &ReadTransaction<'_>,
    api: &Stored<RestApi>,
    resources: Vec<PicturedResource>,
) -> Result<Picture, Refusal> {
    let mut picture = Picture::of(transaction, api, resources, &*call.functions)?;
    picture.api.disable_execute_api_endpoint = false;
    picture.api.policy = None;
    picture.api.endpoint_configuration.make_public();
    Ok(picture)
}

/// `path` is what is called where the call says nothing else.
fn invocation(
    call: &Call,
    transaction: &ReadTransaction<'_>,
    mut picture: Picture,
    subject: TestSubject,
    (verb, path): (Verb, &str),
) -> Result<TestInvocation, Refusal> {
    let members: Members = call.input.parse()?;
    let given = members.path_with_query_string.as_deref().filter(|path| !path.is_empty());
    picture.name_functions(&members.stage_variables);
    let calls = picture.function_calls(&*call.functions)?;
    let stage = StageName::parse(STAGE).map_err(|error| Refusal::internal(&error.to_string()))?;
    let certificate = match call.input.text("clientCertificateId") {
        Some(id) => Some(client_certificate::by_id(transaction, id)?.document.to_model()),
        None => None,
    };
    Ok(TestInvocation {
        subject,
        tester: tester(call, transaction)?,
        deployment: picture.compile(&call.new_id(ID_LENGTH), calls.callees(), &call.backends)?,
        denials: calls.denials(&call.identity, &stage),
        stage,
        verb,
        path_and_query: path_and_query(given.unwrap_or(path))?,
        headers: headers(&members)?,
        body: Bytes::from(members.body),
        stage_variables: members.stage_variables.into_iter().collect(),
        client_certificate: certificate,
    })
}

fn tester(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Tester, Refusal> {
    let access_key_id = call.access_key_id.clone();
    let key = callers::find(transaction, &call.identity.account, &access_key_id)?;
    // It was there when the call was let in.
    let key = key.ok_or(Unauthorized::Signature(SignatureError::UnknownToken))?;
    Ok(Tester { access_key_id, key })
}

/// Members that nothing would come of.
fn refuse_member(call: &Call, member: &str) -> Result<(), Refusal> {
    if call.input.has(member) {
        let problem = format!("{member} is not supported by this gateway; leave it out");
        return Err(Refusal::bad_request(problem));
    }
    Ok(())
}

fn verb(name: &str) -> Result<Verb, Refusal> {
    let verb = Verb::ALL.into_iter().find(|verb| verb.as_str() == name);
    verb.ok_or_else(|| match name {
        "ANY" => Refusal::bad_request(
            "The method ANY is tested with one of its HTTP methods, such as GET",
        ),
        _ => Refusal::not_found("Invalid Method identifier specified"),
    })
}

fn path_and_query(text: &str) -> Result<PathAndQuery, Refusal> {
    let text = if text.starts_with('/') { text.to_owned() } else { format!("/{text}") };
    PathAndQuery::try_from(&*text).map_err(|_| {
        Refusal::bad_request(format!("pathWithQueryString is no path: {}", shown(&text)))
    })
}

/// As they were written; where a name has several values, they win.
fn headers(members: &Members) -> Result<Vec<(String, HeaderValue)>, Refusal> {
    let is_repeated = |name: &String| {
        members.multi_value_headers.keys().any(|known| known.eq_ignore_ascii_case(name))
    };
    let single = members.headers.iter().filter(|(name, _)| !is_repeated(name));
    let multiple = members.multi_value_headers.iter();
    let multiple =
        multiple.flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
    single
        .chain(multiple)
        .map(|(name, value)| {
            let invalid = || Refusal::bad_request(format!("Invalid header: {}", shown(name)));
            HeaderName::try_from(name).map_err(|_| invalid())?;
            Ok((name.clone(), HeaderValue::try_from(value).map_err(|_| invalid())?))
        })
        .collect()
}

fn refusal(error: TestInvocationError) -> Refusal {
    Refusal::new(RefusalKind::ServiceUnavailable, format!("The test cannot be run: {}", error.0))
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
