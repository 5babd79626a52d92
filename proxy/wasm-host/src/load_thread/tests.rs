use std::future::pending;
use std::time::Duration;

use tokio::sync::oneshot;

use super::run;
use crate::load_error::LoadError;

#[tokio::test]
async fn work_that_nobody_waits_for_any_more_ends() {
    let (working, ended) = oneshot::channel::<()>();
    let work = async move || {
        let _working = working;
        pending::<Result<(), LoadError>>().await
    };
    let waiting = tokio::time::timeout(Duration::from_millis(10), run(work));
    waiting.await.expect_err("it never ends by itself");
    ended.await.expect_err("it was dropped");
}

#[tokio::test]
async fn work_that_panics_is_an_error() {
    let work = async || -> Result<(), LoadError> { panic!("on purpose") };
    let error = run(work).await.expect_err("no outcome");
    assert_eq!(
        error.to_string(),
        "the component cannot be compiled: the thread that loads it panicked"
    );
}
