use std::collections::VecDeque;

use http_body_util::BodyExt as _;

use super::*;

/// A body of parts that are there.
struct Parts(VecDeque<&'static str>);

impl Body for Parts {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Poll::Ready(self.0.pop_front().map(|part| Ok(Frame::data(part.into()))))
    }
}

async fn sent(body: RequestBody) -> String {
    let fault = body.fault();
    match body.collect().await {
        Ok(collected) => String::from_utf8_lossy(&collected.to_bytes()).into_owned(),
        Err(Broken) => format!("{:?}", fault.take()),
    }
}

async fn check(bytes_max: u64, promised: Option<u64>, expected: &str) {
    let parts = Parts(["he", "llo"].into()).boxed_unsync();
    let body = RequestBody::new(parts, bytes_max, promised, Arc::default());
    assert_eq!(sent(body).await, expected, "{bytes_max} {promised:?}");
}

#[tokio::test]
async fn a_body_is_as_long_as_it_says_and_not_longer_than_allowed() {
    let refused = "Some(HttpRequestBodySize(None))";
    check(5, None, "hello").await;
    check(4, None, refused).await;
    check(5, Some(5), "hello").await;
    check(5, Some(4), refused).await;
    check(9, Some(6), refused).await;
}

#[tokio::test]
async fn a_body_whose_guest_is_gone_does_not_end() {
    let guest = Arc::new(Guest::default());
    let parts = Parts(["he", "llo"].into()).boxed_unsync();
    let body = RequestBody::new(parts, 5, None, Arc::clone(&guest));
    guest.leave();
    assert_eq!(sent(body).await, "Some(ConnectionTerminated)");
}
