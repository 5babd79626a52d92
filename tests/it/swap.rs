//! A component that is replaced while its function is called.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::components::{Component, ECHO, MISBEHAVE, MISBEHAVE_AUTHORIZER};
use crate::document::{Document, function, mock};
use crate::gateway::{Gateway, request};
use crate::patience::{Stopwatch, wait_for};
use crate::process::{mapped_components, resident_kilobytes};

const SERVED: &str = "the change is served";

/// Which of the two versions answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Version {
    Echo,
    Misbehave,
}

impl Version {
    fn component(self) -> Component {
        match self {
            Self::Echo => ECHO,
            Self::Misbehave => MISBEHAVE,
        }
    }
}

/// Calls the function until it is told to stop: how often which version answered.
fn hammer(gateway: &Gateway, stop: &AtomicBool) -> (usize, usize) {
    let mut connection = gateway.connect();
    let (mut echoes, mut others) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        connection.write(request("GET /", &[], b""));
        let response = connection.read();
        assert_eq!(response.status, 200, "{response:?} after {echoes} and {others}");
        if response.header("x-calls").is_some() {
            echoes += 1;
        } else {
            assert_eq!(response.text(), "ok");
            others += 1;
        }
    }
    (echoes, others)
}

#[test]
fn a_swap_every_100_ms_under_full_load_fails_no_request_and_leaves_nothing_behind() {
    const CLIENTS: usize = 8;
    const SWAPS: u32 = 120;
    const INTERVAL: Duration = Duration::from_millis(100);
    let settings = json!({ "timeout": 20, "provisioned": 2 });
    let document =
        Document::new().function_with("swaps", ECHO, settings).route("GET /", function("swaps"));
    let gateway = Gateway::start(&document);
    let stop = Arc::new(AtomicBool::new(false));
    let mut resident = Vec::new();
    let counts = thread::scope(|scope| {
        let clients = [(); CLIENTS].map(|()| scope.spawn(|| hammer(&gateway, &stop)));
        let stopwatch = Stopwatch::start();
        for swap in 1..=SWAPS {
            let version = if swap % 2 == 1 { Version::Misbehave } else { Version::Echo };
            gateway.folder.write_component(ECHO.0, &version.component().bytes());
            // Nothing is waited for: a swap begins whether or not the last one is over.
            thread::park_timeout((INTERVAL * swap).saturating_sub(stopwatch.elapsed()));
            resident.push(resident_kilobytes(gateway.pid()));
        }
        stop.store(true, Ordering::Relaxed);
        clients.map(|client| client.join().unwrap())
    });
    for (echoes, others) in counts {
        assert!(echoes > 0 && others > 0, "{counts:?}");
    }
    let served = gateway.metric("edgeway_reloads_total");
    eprintln!("{served} of {SWAPS} swaps were served; resident: {resident:?} KiB");
    assert!(served >= f64::from(SWAPS / 4), "{served}: those that came too fast are skipped");
    let (first, last) = (resident[resident.len() / 4], resident[resident.len() - 1]);
    assert!(last <= first + first / 10, "{resident:?}");
    wait_for("the end of the old versions", || {
        let instances = |state: &str| {
            let labels = format!(r#"{{function="swaps",version="$LATEST",state="{state}"}}"#);
            gateway.metric(&format!("edgeway_function_instances{labels}"))
        };
        let is_one_mapped = mapped_components(gateway.pid()).len() <= 1;
        (instances("busy") == 0.0 && is_one_mapped).then_some(())
    });
    let calls: usize = counts.iter().map(|(echoes, others)| echoes + others).sum();
    let counted =
        gateway.metric(r#"aws_lambda_invocations_total{function="swaps",version="$LATEST"}"#);
    assert_eq!(counted, calls as f64, "every version's calls are counted");
}

#[test]
fn component_that_is_written_in_steps_is_served_in_the_end() {
    let document = Document::new().function("steps", ECHO).route("GET /", function("steps"));
    let gateway = Gateway::start(&document);
    let path = gateway.folder.dir().join("components/echo.wasm");
    let bytes = MISBEHAVE.bytes();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    gateway.stderr.wait_for("the change is refused");
    assert!(gateway.get("/").header("x-calls").is_some(), "the old one goes on serving");
    fs::write(&path, &bytes).unwrap();
    gateway.stderr.wait_for(SERVED);
    assert_eq!(gateway.get("/").brief(), "200 ok");
}

#[test]
fn version_that_does_not_start_is_refused_and_the_old_one_serves_on() {
    let version = |component: Component, settings| {
        Document::new().function_with("changes", component, settings).route("GET /", mock("served"))
    };
    let gateway = Gateway::start(&version(MISBEHAVE_AUTHORIZER, json!({})));
    let cases = [
        (json!({ "environment": { "MODE": "needs-trap" } }), "the plugin trapped"),
        (json!({ "environment": { "MODE": "needs-body" } }), "asks for the body"),
        (json!({ "memorySize": 1 }), "exceeded its memory of 1 MB"),
    ];
    for (turn, (settings, reason)) in cases.into_iter().enumerate() {
        gateway.folder.write_document(&version(MISBEHAVE_AUTHORIZER, settings));
        gateway.stderr.wait_for_count("the change is refused", turn + 1);
        gateway.stderr.wait_for(reason);
        assert_eq!(gateway.get("/").brief(), "200 served");
    }
    gateway.folder.write_document(&version(MISBEHAVE_AUTHORIZER, json!({ "provisioned": 3 })));
    gateway.stderr.wait_for(SERVED);
    let labels = r#"{function="changes",version="$LATEST",state="warm"}"#;
    // Those of the old version go after the change is said to be served.
    wait_for("the instances of the new version alone", || {
        let warm = gateway.metric(&format!("edgeway_function_instances{labels}"));
        (warm == 3.0).then_some(())
    });
}
