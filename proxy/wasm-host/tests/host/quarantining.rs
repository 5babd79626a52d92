//! Functions that break too often are left alone, as their policy says.

use std::num::NonZeroU32;
use std::time::Duration;

use model::{
    AuthorizerError, CallFault, ErrorBudget, QuarantinePolicy, RequestOutcome, ResponseOutcome,
    TransformRequest, TransformResponse,
};

use crate::setup::{Setup, authorization_request, context, head, headers, host, invoke, numbers};

const QUARANTINED: &str = "fault: the plugin is in quarantine: it broke too often";
const OK: &str = r#"{"statusCode":200,"body":"ok"}"#;

fn budget(errors: u32, quarantine: Duration, policy: QuarantinePolicy) -> ErrorBudget {
    ErrorBudget {
        errors: NonZeroU32::new(errors).expect("more than none"),
        window: Duration::from_secs(60),
        quarantine,
        policy,
    }
}

const LONG: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn function_that_breaks_too_often_is_not_called() {
    let host = host();
    let budget = budget(2, LONG, QuarantinePolicy::Fail);
    let plugin = Setup::guest("misbehave").error_budget(budget).load(&host).await;
    for mode in ["error", "error", "error", "trap", "large", "exit"] {
        assert_ne!(invoke(&plugin, &format!("\"{mode}\"")).await, QUARANTINED, "{mode}");
    }
    assert!(numbers(&host).is_quarantined);
    for _ in 0..3 {
        assert_eq!(invoke(&plugin, r#""ok""#).await, QUARANTINED);
    }
    let broken = numbers(&host);
    assert_eq!((broken.quarantines, broken.quarantine_refusals, broken.invocations), (1, 3, 6));
    let fixed = Setup::guest("misbehave").error_budget(budget).load(&host).await;
    assert_eq!(invoke(&fixed, r#""ok""#).await, OK, "a new version begins anew");
    assert!(numbers(&host).is_quarantined);
    drop(plugin);
    assert!(!numbers(&host).is_quarantined);
}

#[tokio::test]
async fn function_that_works_again_is_called_again() {
    let host = host();
    let budget = budget(1, Duration::from_millis(50), QuarantinePolicy::Fail);
    let plugin = Setup::guest("misbehave").error_budget(budget).load(&host).await;
    for _ in 0..2 {
        invoke(&plugin, r#""trap""#).await;
    }
    assert_eq!(invoke(&plugin, r#""ok""#).await, QUARANTINED);
    let answered = async {
        while invoke(&plugin, r#""ok""#).await == QUARANTINED {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), answered).await.expect("it is tried again");
    assert!(!numbers(&host).is_quarantined);
    assert_eq!(invoke(&plugin, r#""ok""#).await, OK);
}

#[tokio::test]
async fn transform_fails_or_changes_nothing_as_its_policy_says() {
    for policy in [QuarantinePolicy::Fail, QuarantinePolicy::Skip] {
        let host = host();
        let setup = Setup::guest("transform").env("MODE", "trap");
        let plugin = setup.error_budget(budget(1, LONG, policy)).load(&host).await;
        let headers = headers(&[]);
        let request = || TransformRequest { head: head(&headers), context: context(), body: None };
        for _ in 0..2 {
            let fault = plugin.on_request(request()).await.expect_err("it traps");
            assert!(matches!(fault, CallFault::Trapped(_)), "{fault}");
        }
        let status = http::StatusCode::OK;
        let response =
            TransformResponse { status, headers: &headers, context: context(), body: None };
        let outcomes = (plugin.on_request(request()).await, plugin.on_response(response).await);
        let expected = match policy {
            QuarantinePolicy::Fail => (Err(CallFault::Quarantined), Err(CallFault::Quarantined)),
            QuarantinePolicy::Skip => {
                (Ok(RequestOutcome::Unchanged), Ok(ResponseOutcome::Unchanged))
            }
        };
        assert_eq!(outcomes, expected);
    }
}

#[tokio::test]
async fn authorizer_lets_nobody_through_whatever_its_policy() {
    let host = host();
    let budget = budget(1, LONG, QuarantinePolicy::Skip);
    let setup = Setup::guest("misbehave_authorizer").env("MODE", "trap").error_budget(budget);
    let plugin = setup.load(&host).await;
    let headers = headers(&[]);
    for _ in 0..2 {
        plugin.authorize(authorization_request(None, &headers)).await.expect_err("it traps");
    }
    let refused = plugin.authorize(authorization_request(None, &headers)).await;
    assert_eq!(refused, Err(AuthorizerError::Fault(CallFault::Quarantined)));
}
