//! Which of the component model's two ABIs a component needs, told from its bytes.
//!
//! Where components may have async functions, streams and futures (WASI 0.3), Wasmtime runs each
//! call as a task of an event loop, which costs two microseconds more; so there is an engine for
//! each: see `engine`.

use wasmparser::{CanonicalFunction, CanonicalOption, Parser, Payload};

/// What the functions of a component may be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Abi {
    /// Some are async.
    Async,
    /// All run from call to return.
    Sync,
}

/// As every interface of WASI 0.3 is named.
const ASYNC_WASI: &str = "@0.3.";

impl Abi {
    /// Of a component. Bytes that are none are for the compiler to refuse.
    pub(crate) fn of(component: &[u8]) -> Self {
        let payloads = Parser::new(0).parse_all(component);
        let is_async = payloads.map_while(Result::ok).any(|payload| is_async(&payload));
        if is_async { Self::Async } else { Self::Sync }
    }
}

fn is_async(payload: &Payload<'_>) -> bool {
    match payload {
        Payload::ComponentCanonicalSection(functions) => {
            functions.clone().into_iter().flatten().any(|function| uses_tasks(&function))
        }
        Payload::ComponentImportSection(imports) => {
            let mut imports = imports.clone().into_iter().flatten();
            imports.any(|import| import.name.name.contains(ASYNC_WASI))
        }
        Payload::ComponentExportSection(exports) => {
            let mut exports = exports.clone().into_iter().flatten();
            exports.any(|export| export.name.name.contains(ASYNC_WASI))
        }
        _ => false,
    }
}

fn uses_tasks(function: &CanonicalFunction) -> bool {
    match function {
        CanonicalFunction::Lift { options, .. } | CanonicalFunction::Lower { options, .. } => {
            options.contains(&CanonicalOption::Async)
        }
        CanonicalFunction::ResourceDrop { .. }
        | CanonicalFunction::ResourceNew { .. }
        | CanonicalFunction::ResourceRep { .. } => false,
        // Tasks, streams, futures, threads.
        _ => true,
    }
}

#[cfg(test)]
mod tests;
