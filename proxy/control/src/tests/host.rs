//! A host that plays components: what the bytes of one say decides what it is.

use bytes::Bytes;
use http::StatusCode;
use model::{CallFault, Function, FunctionError, Interface, InvocationError, Needs, Plugin};
use std::time::Duration;

use crate::{
    BoxFuture, CheckError, Explanation, Explanations, FunctionHost, Invoked, TestAuthorization,
    TestInvocation, TestInvocationError, TestInvoker, TestOutcome, TestSubject,
};

pub(super) struct FakeHost;

/// How a component begins.
pub(super) const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

/// Answers with what it was told to send; a path `/broken` cannot be sent.
impl TestInvoker for FakeHost {
    fn invoke(
        &self,
        test: TestInvocation,
    ) -> BoxFuture<'_, Result<TestOutcome, TestInvocationError>> {
        let api = test.deployment.api();
        let authorizers = api.authorizers.len();
        let sent = format!(
            "{} {} {:?} {:?} {:?}, {} resources, {authorizers} authorizers, by {} with {}",
            test.verb.as_str(),
            test.path_and_query,
            test.headers,
            test.body,
            test.stage_variables,
            api.resources.len(),
            test.tester.key.identity.arn,
            test.tester.access_key_id,
        );
        let outcome = match test.path_and_query.path() {
            "/broken" => Err(TestInvocationError("it is broken".to_owned())),
            path => Ok(TestOutcome {
                status: StatusCode::CREATED,
                headers: vec![
                    ("X-A".to_owned(), "1".to_owned()),
                    ("X-A".to_owned(), "2".to_owned()),
                ],
                body: sent.into(),
                log: "Execution log for request\n".to_owned(),
                latency: Duration::from_micros(1_900),
                authorization: (test.subject == TestSubject::Authorizer
                    && path != "/refused"
                    && path != "/token")
                    .then(|| TestAuthorization {
                        principal_id: "me".to_owned(),
                        policy: "{}".to_owned(),
                    }),
                claims: (path == "/token").then(|| vec![("sub".to_owned(), "ada".to_owned())]),
            }),
        };
        Box::pin(std::future::ready(outcome))
    }
}

impl FunctionHost for FakeHost {
    fn check(
        &self,
        function: Function,
        component: Bytes,
    ) -> BoxFuture<'_, Result<Interface, CheckError>> {
        let says = |text: &str| component.windows(text.len()).any(|part| part == text.as_bytes());
        let needs_namespace = says("namespace") && function.settings.namespaces.is_empty();
        let result = if says("broken") {
            Err(CheckError::Component("the component does not compile: it is broken".to_owned()))
        } else if says("crash") {
            Err(CheckError::Host("the compiler crashed".to_owned()))
        } else if needs_namespace {
            Err(CheckError::Component("it imports key-value, and has no namespace".to_owned()))
        } else {
            Ok(Interface {
                authorizer: says("authorizer").then(Needs::default),
                event_function: !says("authorizer"),
                ..Interface::default()
            })
        };
        Box::pin(std::future::ready(result))
    }

    fn invoke(&self, plugin: Plugin, event: Bytes, request_id: String) -> BoxFuture<'_, Invoked> {
        let fault = |fault| Err(InvocationError::Fault(fault));
        let result = match &event[..] {
            b"\"timeout\"" => fault(CallFault::TimedOut(Duration::from_secs(3))),
            b"\"trap\"" => fault(CallFault::Trapped("unreachable".to_owned())),
            b"\"memory\"" => fault(CallFault::MemoryExceeded { megabytes: 128 }),
            b"\"busy\"" => fault(CallFault::NoInstance("all are busy".to_owned())),
            b"\"quarantine\"" => fault(CallFault::Quarantined),
            b"\"error\"" => Err(InvocationError::Function(FunctionError {
                error_type: "Oops".to_owned(),
                error_message: "it went wrong".to_owned(),
                stack_trace: vec!["at f".to_owned()],
            })),
            _ => {
                let environment = &plugin.function.settings.environment;
                let digest = plugin.digest.to_string();
                let seen = format!("{} {:.8} {environment:?}", plugin.arn, digest);
                Ok(serde_json::json!([seen]).to_string().into())
            }
        };
        let log = format!("START {request_id}\nEND").into();
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            Invoked { result, log }
        })
    }
}

/// Keeps one request, of the API `abc`.
impl Explanations for FakeHost {
    fn find(&self, request_id: &str) -> Option<Explanation> {
        (request_id == "kept").then(|| Explanation {
            api: "abc".to_owned(),
            stage: "prod".to_owned(),
            json: r#"{"status":200}"#.into(),
            text: "GET / -> 200\n".to_owned(),
        })
    }
}
