//! Standard components: `wasi:http` 0.2 and 0.3, with bodies that stream.

use std::time::Duration;

use bytes::Bytes;
use model::{CallFault, HandlerResponseHead, Reuse};
use wasm_host::{LoadedPlugin, RequestBody, Serving};

use crate::components::component_text;
use crate::setup::{Setup, host, invocation, numbers};

/// The same behaviour in both versions of the interface.
const GUESTS: [&str; 2] = ["http_incoming_handler", "http_handler"];

fn request(method: &str, target: &str, body: RequestBody) -> http::Request<RequestBody> {
    http::Request::builder()
        .method(method)
        .uri(format!("https://api.example.com{target}"))
        .header("x-request", "a b")
        .body(body)
        .expect("a request")
}

fn serve<'a>(plugin: &'a LoadedPlugin, target: &str, body: RequestBody) -> Serving<'a> {
    plugin.serve(request("POST", target, body), invocation(Duration::from_secs(29)))
}

/// Status and body, or `fault: ...`.
async fn answer(plugin: &LoadedPlugin, target: &str) -> String {
    said(serve(plugin, target, RequestBody::whole(Bytes::new())).whole().await)
}

fn said(response: Result<(HandlerResponseHead, Bytes), CallFault>) -> String {
    match response {
        Ok((head, body)) => {
            format!("{} {}", head.status.as_u16(), String::from_utf8_lossy(&body))
        }
        Err(fault) => format!("fault: {fault}"),
    }
}

#[tokio::test]
async fn handler_sees_the_request_and_gives_a_response() {
    let host = host();
    for guest in GUESTS {
        let plugin = Setup::guest(guest).load(&host).await;
        assert!(plugin.interface().http_handler, "{guest}");
        let head = answer(&plugin, "/pets/7%2F8/head?a=b&a=c").await;
        assert!(
            head.starts_with("200 method Method::Post\nscheme Some(Scheme::Https)\n"),
            "{head}"
        );
        assert!(head.contains("authority Some(\"api.example.com\")\n"), "{head}");
        assert!(head.contains("path Some(\"/pets/7%2F8/head?a=b&a=c\")\n"), "{head}");
        assert!(head.ends_with("x-request: a b"), "{head}");
        let body = RequestBody::whole(Bytes::from_static(b"hello"));
        let response = serve(&plugin, "/echo", body).whole().await;
        assert_eq!(said(response), "200 hello", "{guest}");
        assert_eq!(answer(&plugin, "/no-body").await, "200 ", "{guest}");
        assert_eq!(answer(&plugin, "/status?404").await, "404 ", "{guest}");
        assert_eq!(answer(&plugin, "/sized?1000000").await.len(), 1_000_004, "{guest}");
    }
}

#[tokio::test]
async fn bodies_stream_both_ways_at_once() {
    let host = host();
    for (guest, path) in [(GUESTS[0], "/echo"), (GUESTS[1], "/echo"), (GUESTS[1], "/pass")] {
        let plugin = Setup::guest(guest).load(&host).await;
        let (sender, body) = RequestBody::streamed();
        let mut serving = serve(&plugin, path, body);
        assert_eq!(serving.head().await.expect("a head").status, 200);
        for number in 0..100 {
            assert!(sender.has_room().await);
            sender.send(Bytes::from(format!("chunk {number}")));
            let chunk = serving.chunk().await.expect("no fault").expect("a chunk");
            assert_eq!(chunk, format!("chunk {number}"), "{guest}");
        }
        drop(sender);
        assert_eq!(serving.chunk().await, Ok(None), "{guest}");
        assert_eq!(serving.finish().await, Ok(()), "{guest}");
    }
}

#[tokio::test]
async fn guest_is_held_back_by_a_client_that_does_not_read() {
    let host = host();
    for guest in GUESTS {
        let plugin = Setup::guest(guest).timeout(1_000).load(&host).await;
        let mut serving = serve(&plugin, "/endless", RequestBody::whole(Bytes::new()));
        serving.head().await.expect("a head");
        serving.chunk().await.expect("no fault").expect("a chunk");
        let fault = serving.fault().await;
        assert_eq!(fault, CallFault::TimedOut(Duration::from_secs(1)), "{guest}");
    }
}

#[tokio::test]
async fn guest_that_writes_on_and_on_lets_others_run() {
    let host = host();
    let plugin = Setup::guest(GUESTS[0]).timeout(500).load(&host).await;
    let others = async {
        let mut turns = 0;
        loop {
            tokio::time::sleep(Duration::from_millis(1)).await;
            turns += 1;
            if turns == 20 {
                return;
            }
        }
    };
    let body = RequestBody::whole(Bytes::new());
    tokio::select! {
        biased;
        response = serve(&plugin, "/loop-in-retries", body).whole() => {
            panic!("nobody else ran: {}", said(response))
        }
        () = others => {}
    }
}

#[tokio::test]
async fn instance_is_free_once_its_guest_has_ended() {
    let host = host();
    for guest in GUESTS {
        let plugin = Setup::guest(guest).concurrency(1).timeout(2_000).load(&host).await;
        let mut serving = serve(&plugin, "/sized?200000", RequestBody::whole(Bytes::new()));
        serving.head().await.expect("a head");
        let mut bytes = serving.chunk().await.expect("no fault").expect("a chunk").len();
        // The client takes its time.
        let taking = tokio::time::timeout(Duration::from_millis(300), serving.fault()).await;
        assert!(taking.is_err(), "{guest}: {taking:?}");
        assert_eq!(answer(&plugin, "/calls").await, "200 2", "{guest}");
        while let Some(chunk) = serving.chunk().await.expect("no fault") {
            bytes += chunk.len();
        }
        assert_eq!(bytes, 200_000, "{guest}");
        assert_eq!(serving.finish().await, Ok(()), "{guest}");
    }
}

#[tokio::test]
async fn time_that_a_client_takes_to_send_is_not_the_functions() {
    for guest in GUESTS {
        let host = host();
        let plugin = Setup::guest(guest).timeout(300).load(&host).await;
        let (sender, body) = RequestBody::streamed();
        let sending = async move {
            for _ in 0..4 {
                tokio::time::sleep(Duration::from_millis(150)).await;
                assert!(sender.has_room().await);
                sender.send(Bytes::from_static(b"part"));
            }
        };
        let (response, ()) = tokio::join!(serve(&plugin, "/late", body).whole(), sending);
        assert_eq!(said(response), "200 16", "{guest}");
        let numbers = numbers(&host);
        assert!(numbers.errors.iter().all(|(_, errors)| *errors == 0), "{:?}", numbers.errors);
        assert!(numbers.duration < Duration::from_millis(300), "{:?}", numbers.duration);
    }
}

#[tokio::test]
async fn guest_that_does_not_wait_for_its_client_has_no_more_time() {
    let host = host();
    for guest in GUESTS {
        let plugin = Setup::guest(guest).timeout(300).load(&host).await;
        for target in ["/ask-and-loop", "/ask-and-sleep"] {
            let (sender, body) = RequestBody::streamed();
            let began = tokio::time::Instant::now();
            let sending = async {
                tokio::time::sleep(Duration::from_millis(100)).await;
                sender.send(Bytes::from_static(b"part"));
            };
            let (response, ()) = tokio::join!(serve(&plugin, target, body).whole(), sending);
            let expected = "fault: the plugin did not answer within 300 ms";
            assert_eq!(said(response), expected, "{guest} {target}");
            let took = began.elapsed();
            assert!(took < Duration::from_millis(1_000), "{guest} {target}: {took:?}");
        }
    }
}

#[tokio::test]
async fn request_body_that_nobody_wants_is_not_taken() {
    let host = host();
    for guest in GUESTS {
        let plugin = Setup::guest(guest).load(&host).await;
        let (sender, body) = RequestBody::streamed();
        let serving = serve(&plugin, "/ok", body);
        assert_eq!(said(serving.whole().await), "200 ok", "{guest}");
        sender.send(Bytes::from_static(b"unread"));
        // The same instance serves on.
        assert_eq!(answer(&plugin, "/calls").await, "200 2", "{guest}");
    }
}

#[tokio::test]
async fn instances_are_reused_as_configured() {
    let host = host();
    for guest in GUESTS {
        let warm = Setup::guest(guest).load(&host).await;
        let fresh = Setup::guest(guest).reuse(Reuse::Never).load(&host).await;
        for call in 1..5 {
            assert_eq!(answer(&warm, "/calls").await, format!("200 {call}"), "{guest}");
            assert_eq!(answer(&fresh, "/calls").await, "200 1", "{guest}");
        }
    }
}

#[tokio::test]
async fn guest_may_work_on_after_its_response() {
    let host = host();
    for guest in GUESTS {
        let plugin = Setup::guest(guest).load(&host).await;
        let mut serving = serve(&plugin, "/work-after", RequestBody::whole(Bytes::new()));
        serving.head().await.expect("a head");
        assert_eq!(serving.chunk().await, Ok(Some(Bytes::from_static(b"done"))), "{guest}");
        assert_eq!(serving.chunk().await, Ok(None), "{guest}");
        assert_eq!(answer(&plugin, "/calls").await, "200 1", "the other one is busy: {guest}");
        assert_eq!(serving.finish().await, Ok(()), "{guest}");
        assert_eq!(answer(&plugin, "/calls").await, "200 2", "{guest}");
    }
}

#[tokio::test]
async fn a_head_request_has_no_response_body() {
    let host = host();
    for guest in GUESTS {
        let plugin = Setup::guest(guest).load(&host).await;
        for target in ["/length?10,0", "/length?10,10", "/ok"] {
            let request = request("HEAD", target, RequestBody::whole(Bytes::new()));
            let mut serving = plugin.serve(request, invocation(Duration::from_secs(29)));
            let head = serving.head().await.expect("a head");
            let expected = target.starts_with("/length").then_some(10);
            assert_eq!(head.body_bytes, expected, "{guest} {target}");
            assert_eq!(serving.chunk().await, Ok(None), "{guest} {target}");
            assert_eq!(serving.finish().await, Ok(()), "{guest} {target}");
        }
    }
}

#[tokio::test]
async fn what_a_handler_may_not_answer_is_a_fault() {
    let host = host();
    let cases = [
        ("/status?0", "200 0 is none"),
        ("/status?99", "200 99 is none"),
        ("/status?1000", "200 1000 is none"),
        (
            "/status?101",
            "fault: the plugin answered what is not allowed: status 101; it must be 200-599",
        ),
        ("/length?10,10", "200 xxxxxxxxxx"),
        (
            "/length?10,5",
            "fault: the plugin answered what is not allowed: a body of 5 bytes, shorter than its Content-Length, 10",
        ),
        (
            "/length?99999999,5",
            "fault: the plugin answered what is not allowed: a body of more than 10485760 bytes",
        ),
        (
            "/sized?10485761",
            "fault: the plugin answered what is not allowed: a body of more than 10485760 bytes",
        ),
        (
            "/endless",
            "fault: the plugin answered what is not allowed: a body of more than 10485760 bytes",
        ),
        ("/trap", "fault: the plugin trapped: wasm `unreachable` instruction executed"),
        ("/exit", "fault: the plugin trapped: it exited with status 1"),
        ("/trap-midway", "fault: the plugin trapped: wasm `unreachable` instruction executed"),
        ("/error", "fault: the plugin failed: it answered the error ErrorCode::LoopDetected"),
        ("/ok", "200 ok"),
    ];
    for guest in GUESTS {
        let plugin = Setup::guest(guest).load(&host).await;
        for (target, expected) in cases {
            let said = answer(&plugin, target).await;
            assert!(said.starts_with(expected), "{guest} {target}: {said}");
        }
    }
}

#[tokio::test]
async fn what_only_the_older_interface_can_break() {
    let host = host();
    let plugin = Setup::guest("http_incoming_handler").load(&host).await;
    let not_allowed = "fault: the plugin answered what is not allowed:";
    let cases = [
        ("/no-response", format!("{not_allowed} no response")),
        ("/abandon", format!("{not_allowed} a body that breaks after 0 bytes")),
        (
            "/leak",
            format!("{not_allowed} a body that breaks after 0 bytes: it ended before its body"),
        ),
        ("/length?10,20", format!("{not_allowed} a body longer than its Content-Length, 10")),
        ("/trap-after", "fault: the plugin trapped".to_owned()),
        ("/header?cr", "200 Err(HeaderError::InvalidSyntax)".to_owned()),
        ("/header?lf", "200 Err(HeaderError::InvalidSyntax)".to_owned()),
        ("/header?nul", "200 Err(HeaderError::InvalidSyntax)".to_owned()),
        ("/header?name", "200 Err(HeaderError::InvalidSyntax)".to_owned()),
        ("/header?connection", "200 Err(HeaderError::Forbidden)".to_owned()),
        ("/header?transfer-encoding", "200 Err(HeaderError::Forbidden)".to_owned()),
        ("/header?upgrade", "200 Err(HeaderError::Forbidden)".to_owned()),
        ("/header?host", "200 Err(HeaderError::Forbidden)".to_owned()),
        ("/ok", "200 ok".to_owned()),
    ];
    for (target, expected) in cases {
        let said = answer(&plugin, target).await;
        assert!(said.starts_with(&expected), "{target}: {said}");
    }
    let many = answer(&plugin, "/many-headers").await;
    assert!(many.starts_with("fault: the plugin") || many == "200 ", "{many}");
}

#[tokio::test]
async fn time_is_bounded_whatever_the_guest_does() {
    let host = host();
    for guest in GUESTS {
        let plugin = Setup::guest(guest).timeout(300).load(&host).await;
        for target in ["/loop", "/sleep", "/drip", "/tick", "/loop-midway", "/sleep-midway"] {
            let said = answer(&plugin, target).await;
            assert_eq!(said, "fault: the plugin did not answer within 300 ms", "{guest} {target}");
        }
        assert_eq!(answer(&plugin, "/ok").await, "200 ok", "{guest}");
    }
    let plugin = Setup::guest("http_handler").timeout(300).load(&host).await;
    let said = answer(&plugin, "/leak").await;
    assert_eq!(said, "fault: the plugin did not answer within 300 ms");
}

#[tokio::test]
async fn call_that_is_dropped_takes_its_instance_with_it() {
    let host = host();
    for guest in GUESTS {
        let plugin = Setup::guest(guest).load(&host).await;
        assert_eq!(answer(&plugin, "/calls").await, "200 1");
        for target in ["/loop", "/sleep", "/endless", "/loop-midway", "/echo"] {
            let (_sender, body) = RequestBody::streamed();
            let serving = serve(&plugin, target, body).whole();
            let dropped = tokio::time::timeout(Duration::from_millis(20), serving).await;
            if target != "/endless" {
                assert!(dropped.is_err(), "{guest} {target}: {dropped:?}");
            }
            assert_eq!(answer(&plugin, "/calls").await, "200 1", "{guest} after {target}");
        }
    }
}

#[tokio::test]
async fn sending_requests_needs_a_grant_and_handling_them_does_not() {
    let handler = |import: &str| {
        component_text(&format!(
            r#"(component
                (import "{import}" (instance))
                (instance $handler)
                (export "wasi:http/incoming-handler@0.2.0" (instance $handler))
            )"#
        ))
    };
    for import in ["wasi:http/outgoing-handler@0.2.3", "wasi:http/client@0.3.0"] {
        let refusal = Setup::bytes(handler(import)).refusal().await;
        let expected = format!(
            "the component imports `{import}`, which it is not granted; grant it with `outbound`"
        );
        assert_eq!(refusal, expected);
    }
    for import in ["wasi:http/types@0.2.3", "wasi:http/types@0.3.0"] {
        let refusal = Setup::bytes(handler(import)).refusal().await;
        assert!(refusal.contains("is not of the type that its WIT gives it"), "{refusal}");
    }
}

#[tokio::test]
async fn previews_of_the_interface_are_refused_with_what_to_do() {
    for export in [
        "wasi:http/incoming-handler@0.2.0-rc-2023-12-05",
        "wasi:http/handler@0.3.0-rc-2026-01-06",
        "wasi:http/handler@0.4.0",
    ] {
        let text = format!(r#"(component (instance $i) (export "{export}" (instance $i)))"#);
        let refusal = Setup::bytes(component_text(&text)).refusal().await;
        let expected = format!(
            "the component is not a plugin: it exports {export}; it was built for a preview of \
             wasi:http; build it against a release: wasi:http/incoming-handler@0.2.0 or later of \
             0.2, or wasi:http/handler@0.3.0"
        );
        assert_eq!(refusal, expected);
    }
}
