//! Issuers that answer, and those that do not, each on a port of its own.

use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

/// What is answered, whatever is asked for: the target is the argument.
type Answer = Box<dyn Fn(&str, u16) -> String + Send + Sync>;

/// An issuer, and how often it was asked.
struct Served {
    port: u16,
    asked: Arc<AtomicUsize>,
    answer: Arc<Mutex<Answer>>,
}

impl Served {
    async fn new(answer: impl Fn(&str, u16) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(AtomicUsize::new(0));
        let answer: Arc<Mutex<Answer>> = Arc::new(Mutex::new(Box::new(answer)));
        let (counter, answers) = (Arc::clone(&asked), Arc::clone(&answer));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (counter, answers) = (Arc::clone(&counter), Arc::clone(&answers));
                tokio::spawn(async move {
                    let mut head = vec![0; 4_096];
                    let read = stream.read(&mut head).await.unwrap();
                    let head = String::from_utf8_lossy(&head[..read]).into_owned();
                    counter.fetch_add(1, Ordering::SeqCst);
                    let target = head.split(' ').nth(1).unwrap_or_default();
                    let body = (answers.lock().unwrap())(target, port);
                    if body == SILENCE {
                        std::future::pending::<()>().await;
                    }
                    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: ";
                    let whole = format!("{head}{}\r\n\r\n{body}", body.len());
                    let _ = stream.write_all(whole.as_bytes()).await;
                });
            }
        });
        Self { port, asked, answer }
    }

    fn now_answers(&self, answer: impl Fn(&str, u16) -> String + Send + Sync + 'static) {
        *self.answer.lock().unwrap() = Box::new(answer);
    }

    fn issuer(&self) -> Arc<Issuer> {
        Arc::new(Issuer::new(&format!("http://127.0.0.1:{}/pool", self.port), None).unwrap())
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

const SILENCE: &str = "...";

/// A set with one key of this name.
fn key_set(id: &str) -> String {
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    json!({ "keys": [{ "kid": id, "kty": "OKP", "crv": "Ed25519", "x": x }] }).to_string()
}

/// As an issuer does: where the keys are, and the keys.
fn discoverable(id: &'static str) -> impl Fn(&str, u16) -> String {
    move |target, port| match target {
        "/pool/.well-known/openid-configuration" => json!({
            "issuer": format!("http://127.0.0.1:{port}/pool"),
            "jwks_uri": format!("http://127.0.0.1:{port}/keys?of=pool"),
        })
        .to_string(),
        "/keys?of=pool" => key_set(id),
        other => other.to_owned(),
    }
}

fn parsed(id: &str) -> KeySet {
    KeySet::parse(key_set(id).as_bytes()).unwrap()
}

#[tokio::test]
async fn keys_are_discovered_once_for_all_who_wait() {
    let served = Served::new(discoverable("a")).await;
    let (keys, issuer) = (FetchedKeys::new(Clock::start()), served.issuer());
    assert!(keys.known(&issuer).is_none());
    let (one, two) = tokio::join!(keys.fetch(&issuer, None), keys.fetch(&issuer, None));
    assert_eq!(*one.unwrap(), parsed("a"));
    assert!(two.is_some());
    assert_eq!(served.asked(), 2, "one document, and the keys");
    let known = keys.known(&issuer).unwrap();
    served.now_answers(discoverable("b"));
    let again = keys.fetch(&issuer, Some(&known)).await.unwrap();
    assert!(Arc::ptr_eq(&known, &again), "it was asked a moment ago");
    assert_eq!(served.asked(), 2);
}

#[tokio::test]
async fn a_fetch_goes_on_without_those_who_wait() {
    let served = Served::new(discoverable("a")).await;
    let (keys, issuer) = (FetchedKeys::new(Clock::start()), served.issuer());
    let mut fetch = keys.fetch(&issuer, None);
    let is_waiting = poll_fn(|context| Poll::Ready(fetch.as_mut().poll(context).is_pending()));
    assert!(is_waiting.await);
    drop(fetch);
    assert!(keys.fetch(&issuer, None).await.is_some());
    assert_eq!(served.asked(), 2);
}

#[tokio::test]
async fn a_fetch_that_panics_is_over() {
    let (entry, clock) = (Arc::<Entry>::default(), Clock::start());
    assert!(entry.cache().begin(clock.now()));
    let done = entry.done.subscribe();
    let fetching = finish(Arc::clone(&entry), clock, async { panic!("a test does") });
    assert!(tokio::spawn(fetching).await.is_err());
    assert!(!entry.cache().is_fetching());
    assert!(done.has_changed().unwrap(), "who waits is told");
}

/// No keys come of what is answered.
async fn refuses(answer: impl Fn(&str, u16) -> String + Send + Sync + 'static) {
    let served = Served::new(answer).await;
    let keys = FetchedKeys::new(Clock::start());
    let began = keys.0.clock.now();
    assert!(keys.fetch(&served.issuer(), None).await.is_none());
    assert!(keys.0.clock.now() - began < WAIT_TIME_MAX);
    assert!(1 <= served.asked());
}

#[tokio::test]
async fn what_is_no_key_set_of_the_issuer_is_not_believed() {
    refuses(|_, _| "<html>".to_owned()).await;
    refuses(|_, _| "x".repeat(200_000)).await;
    refuses(|_, _| SILENCE.to_owned()).await;
    refuses(|target, port| discoverable("a")(target, port).replace("/pool\"", "/other\"")).await;
    refuses(|target, port| match target {
        "/keys?of=pool" => key_set("a") + &" ".repeat(150_000),
        target => discoverable("a")(target, port),
    })
    .await;
    refuses(|target, port| match target {
        "/keys?of=pool" => SILENCE.to_owned(),
        target => discoverable("a")(target, port),
    })
    .await;
}

#[tokio::test]
async fn an_issuer_that_is_down_is_not_asked_for_each_request() {
    let unused = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let issuer = Issuer::new("anybody", Some(&format!("http://127.0.0.1:{unused}/keys"))).unwrap();
    let (keys, issuer) = (FetchedKeys::new(Clock::start()), Arc::new(issuer));
    assert!(keys.fetch(&issuer, None).await.is_none());
    let began = keys.0.clock.now();
    for _ in 0..100 {
        assert!(keys.fetch(&issuer, None).await.is_none());
    }
    assert!(keys.0.clock.now() - began < Duration::from_millis(500));
}
