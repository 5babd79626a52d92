//! Bodies of requests, held until the call is over.
//!
//! Whose a body is cannot be verified before all of it is there, so what all of them take together
//! is bounded, and so is the time that one takes.

use std::future::poll_fn;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// What the bodies of all calls take together: three of the largest, which bring code.
const ALL_BYTES_MAX: usize = 256 * 1024 * 1024;

/// For all of a body: the largest at 2 Mbit/s.
const READ_TIME_MAX: Duration = Duration::from_secs(300);

/// For what a client still sends of a body that is not wanted, so that it reads the answer.
const DISCARD_TIME_MAX: Duration = Duration::from_secs(10);

/// Room for bodies. Clones are the same.
#[derive(Clone)]
pub(crate) struct BodyRoom(Arc<Semaphore>);

/// A whole body, and its room.
#[derive(Debug, Default)]
pub(crate) struct HeldBody {
    bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

/// Why a body was not read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum BodyRefusal {
    /// It does not come, or came broken.
    Broken,
    /// There is no room: others take it.
    NoRoom,
    TooLarge,
}

impl Default for BodyRoom {
    fn default() -> Self {
        Self::new(ALL_BYTES_MAX)
    }
}

impl BodyRoom {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes_max)))
    }

    /// Reads a body of at most `bytes_max`. Room is taken by what came, not by what was announced.
    pub(crate) async fn read(
        &self,
        mut body: Body,
        bytes_max: usize,
    ) -> Result<HeldBody, BodyRefusal> {
        let read = timeout(READ_TIME_MAX, self.collect(&mut body, bytes_max)).await;
        let read = read.unwrap_or(Err(BodyRefusal::Broken));
        if read.as_ref().is_err_and(|refusal| *refusal == BodyRefusal::NoRoom) {
            discard(body, bytes_max).await;
        }
        read
    }

    async fn collect(&self, body: &mut Body, bytes_max: usize) -> Result<HeldBody, BodyRefusal> {
        let (mut bytes, mut room) = (Vec::new(), None::<OwnedSemaphorePermit>);
        while let Some(data) = next_data(body).await {
            let data = data.map_err(|_| BodyRefusal::Broken)?;
            if bytes_max < bytes.len() + data.len() {
                return Err(BodyRefusal::TooLarge);
            }
            let wanted = u32::try_from(data.len()).map_err(|_| BodyRefusal::TooLarge)?;
            let taken = Arc::clone(&self.0).try_acquire_many_owned(wanted);
            let taken = taken.map_err(|_| BodyRefusal::NoRoom)?;
            match &mut room {
                Some(room) => room.merge(taken),
                None => room = Some(taken),
            }
            bytes.extend_from_slice(&data);
        }
        Ok(HeldBody { bytes: bytes.into(), _room: room })
    }
}

/// Reads what a client still sends, and forgets it: many read no answer before they have sent all.
pub(crate) async fn discard(mut body: Body, bytes_max: usize) {
    let mut bytes = 0;
    let all = async {
        while let Some(Ok(data)) = next_data(&mut body).await {
            bytes += data.len();
            if bytes_max < bytes {
                break;
            }
        }
    };
    // Whoever is slower learns it from the connection that is closed.
    let _ = timeout(DISCARD_TIME_MAX, all).await;
}

/// The next part of a body; trailers are none.
async fn next_data(body: &mut Body) -> Option<Result<Bytes, axum::Error>> {
    loop {
        let frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await?;
        match frame.map(|frame| frame.into_data()) {
            Ok(Ok(data)) => return Some(Ok(data)),
            Ok(Err(_)) => {}
            Err(error) => return Some(Err(error)),
        }
    }
}

impl Deref for HeldBody {
    type Target = Bytes;

    fn deref(&self) -> &Bytes {
        &self.bytes
    }
}
