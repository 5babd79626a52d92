//! A thread for each plugin that is loaded, with a runtime of its own.
//!
//! Loading makes megabytes of what only it needs: the code's metadata, linkers, buffers. Of what a
//! thread has freed, the allocator keeps some for the same thread, and takes it back when the thread
//! ends. On a runtime that serves, every thread would keep its share.

use std::thread;

use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::load_error::LoadError;

/// Does the work there. It ends with this future, however that ends.
pub(crate) async fn run<T: Send + 'static>(
    work: impl AsyncFnOnce() -> Result<T, LoadError> + Send + 'static,
) -> Result<T, LoadError> {
    let (mut sender, receiver) = oneshot::channel();
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed(&error))?;
    let on_thread = move || {
        runtime.block_on(async {
            tokio::select! {
                () = sender.closed() => {}
                outcome = work() => drop(sender.send(outcome)),
            }
        });
    };
    let spawned = thread::Builder::new().name("edgeway-load".to_owned()).spawn(on_thread);
    spawned.map_err(|error| failed(&error))?;
    receiver.await.unwrap_or_else(|_| Err(failed(&"the thread that loads it panicked")))
}

fn failed(reason: &dyn std::fmt::Display) -> LoadError {
    LoadError::CompilerFailed { reason: reason.to_string() }
}

#[cfg(test)]
mod tests;
