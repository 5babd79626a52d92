//! A host that plays components: what the bytes of one say decides what it is.

use bytes::Bytes;
use model::{CallFault, Function, FunctionError, Interface, InvocationError, Needs, Plugin};
use std::time::Duration;

use crate::{BoxFuture, CheckError, FunctionHost, Invoked};

pub(super) struct FakeHost;

/// How a component begins.
pub(super) const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

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
