//! From the bytes of a component to code that can be linked: out of the cache, or else compiled.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use model::Digest;
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use wasmtime::component::Component;

use crate::abi::Abi;
use crate::clock;
use crate::code_cache::{CodeCache, CodeKey};
use crate::compiler::Compiler;
use crate::engine::Engines;
use crate::load_error::LoadError;

/// Compilers at once: one leaves processors for traffic.
const COMPILERS_MAX: usize = 1;

/// Where code comes from.
#[derive(Debug)]
pub(crate) struct Compilation {
    engines: Engines,
    cache: Arc<CodeCache>,
    compiler: Compiler,
    turns: Semaphore,
}

/// A component's code.
pub(crate) struct Code {
    pub(crate) component: Component,
    pub(crate) abi: Abi,
    /// Of the component's bytes.
    pub(crate) digest: Digest,
    /// None if the code was in the cache.
    pub(crate) compile_time: Option<Duration>,
}

impl Compilation {
    pub(crate) fn new(engines: Engines, cache: CodeCache, compiler: Compiler) -> Self {
        Self { engines, cache: Arc::new(cache), compiler, turns: Semaphore::new(COMPILERS_MAX) }
    }

    /// Takes a millisecond, or the seconds that the compiler takes, and its turn before.
    pub(crate) async fn code(&self, bytes: Bytes) -> Result<Code, LoadError> {
        let cache = Arc::clone(&self.cache);
        let hashed = bytes.clone();
        let (key, known) = blocking(move || {
            let digest = Digest::new(Sha256::digest(&hashed).into());
            let key = CodeKey { digest, abi: Abi::of(&hashed) };
            Ok((key, cache.find(key)))
        })
        .await?;
        let code = |component, compile_time| {
            let CodeKey { digest, abi } = key;
            Code { component, abi, digest, compile_time }
        };
        if let Some(component) = known {
            return Ok(code(component, None));
        }
        let _turn = self.turns.acquire().await;
        let cache = Arc::clone(&self.cache);
        // Somebody else may have compiled it meanwhile.
        let (known, draft) = blocking(move || {
            let known = cache.find(key);
            Ok((known, cache.draft(key).map_err(|error| failed(&error))?))
        })
        .await?;
        if let Some(component) = known {
            return Ok(code(component, None));
        }
        let began = clock::now();
        self.compiler.compile(self.engines.of(key.abi), bytes, draft.file()).await?;
        let compile_time = began.elapsed();
        let cache = Arc::clone(&self.cache);
        let component = blocking(move || {
            cache.keep(key, draft).map_err(|error| {
                failed(&format_args!(
                    "{error:#}; may the file system of the data directory hold code (not `noexec`)?"
                ))
            })
        })
        .await?;
        Ok(code(component, Some(compile_time)))
    }
}

/// Runs what reads and writes files.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LoadError> + Send + 'static,
) -> Result<T, LoadError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|panic| Err(failed(&panic)))
}

fn failed(reason: &dyn std::fmt::Display) -> LoadError {
    LoadError::CompilerFailed { reason: reason.to_string() }
}
