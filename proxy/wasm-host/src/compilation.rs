//! From the bytes of a component to code that can be linked: out of the cache, or else compiled.

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
    cache: CodeCache,
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
        Self { engines, cache, compiler, turns: Semaphore::new(COMPILERS_MAX) }
    }

    /// Takes a millisecond, or the seconds that the compiler takes, and its turn before. Reads and
    /// writes files: it is for the thread of one load.
    pub(crate) async fn code(&self, function: &str, bytes: Bytes) -> Result<Code, LoadError> {
        let digest = Digest::new(Sha256::digest(&bytes).into());
        let key = CodeKey { digest, abi: Abi::of(&bytes) };
        let code = |component, compile_time| Code { component, abi: key.abi, digest, compile_time };
        if let Some(component) = self.cache.find(key) {
            return Ok(code(component, None));
        }
        let _turn = self.turns.acquire().await;
        // Somebody else may have compiled it meanwhile.
        if let Some(component) = self.cache.find(key) {
            return Ok(code(component, None));
        }
        let draft = self.cache.draft(key).map_err(|error| failed(&error))?;
        let began = clock::now();
        tracing::info!(function, bytes = bytes.len(), "compiling a component");
        self.compiler.compile(self.engines.of(key.abi), bytes, draft.file()).await?;
        let compile_time = began.elapsed();
        let seconds = (compile_time.as_secs_f64() * 10.0).round() / 10.0;
        tracing::info!(function, seconds, "compiled the component");
        let component = self.cache.keep(key, draft).map_err(|error| {
            failed(&format_args!(
                "{error:#}; may the file system of the data directory hold code (not `noexec`)?"
            ))
        })?;
        Ok(code(component, Some(compile_time)))
    }
}

fn failed(reason: &dyn std::fmt::Display) -> LoadError {
    LoadError::CompilerFailed { reason: reason.to_string() }
}
