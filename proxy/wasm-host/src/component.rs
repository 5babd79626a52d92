//! A component before it is linked: whether the bytes are one, and what it exports.

use model::PluginKind;
use wasmtime::component::Component;

use crate::kind;
use crate::load_error::LoadError;

/// Largest component: componentize-py makes 18 MB, and an application around it some more.
pub const COMPONENT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// `\0asm`, as every WebAssembly file begins.
const MAGIC: &[u8] = b"\0asm";

/// As ELF files begin, and with them code that wasmtime compiled: `.cwasm`.
const ELF_MAGIC: &[u8] = b"\x7fELF";

/// The version and layer after it, of a core module.
const CORE_MODULE: &[u8] = &[1, 0, 0, 0];

/// Exports that a message names at most.
const EXPORTS_SHOWN_MAX: usize = 10;

/// Refuses what no compiler needs to see.
pub(crate) fn check_bytes(bytes: &[u8]) -> Result<(), LoadError> {
    if bytes.len() > COMPONENT_BYTES_MAX {
        return Err(LoadError::TooLarge { bytes: bytes.len(), bytes_max: COMPONENT_BYTES_MAX });
    }
    match bytes.strip_prefix(MAGIC) {
        None if bytes.starts_with(ELF_MAGIC) => Err(LoadError::MachineCode),
        None => Err(LoadError::NotWebAssembly),
        Some(rest) if rest.starts_with(CORE_MODULE) => Err(LoadError::CoreModule),
        Some(_) => Ok(()),
    }
}

/// The kinds that a component exports: at least one.
pub(crate) fn kinds(component: &Component) -> Result<Vec<PluginKind>, LoadError> {
    let exports = |kind: &PluginKind| {
        let mut names = kind::export_names(*kind).iter();
        names.any(|name| component.get_export_index(None, name).is_some())
    };
    let kinds: Vec<_> = PluginKind::ALL.into_iter().filter(exports).collect();
    if kinds.is_empty() {
        return Err(LoadError::NotAPlugin { hint: hint(component) });
    }
    Ok(kinds)
}

/// What to do about a component that exports no kind.
fn hint(component: &Component) -> String {
    let ty = component.component_type();
    let exports: Vec<&str> = ty.exports(component.engine()).map(|(name, _)| name).collect();
    let has = |prefix: &str| exports.iter().any(|name| name.starts_with(prefix));
    let advice = if has("edgeway:plugin/") {
        "it was built for another version of edgeway:plugin; build it against version 1.0.0"
    } else if has("wasi:http/incoming-handler@") || has("wasi:http/handler@") {
        "it was built for a preview of wasi:http; build it against a release: \
         wasi:http/incoming-handler@0.2.0 or later of 0.2, or wasi:http/handler@0.3.0"
    } else if has("wasi:http/") {
        "export wasi:http/incoming-handler of 0.2, or wasi:http/handler of 0.3"
    } else if has("wasi:cli/run") {
        "it is a command with a `main`; build a library instead (in Rust: crate-type = \
         [\"cdylib\"]) that exports one of the interfaces of edgeway:plugin@1.0.0"
    } else {
        "export authorizer, event-function, request-transform or response-transform of \
         edgeway:plugin@1.0.0, or wasi:http/incoming-handler@0.2.0, or wasi:http/handler@0.3.0"
    };
    if exports.is_empty() {
        return format!("it exports nothing; {advice}");
    }
    let shown = exports[..exports.len().min(EXPORTS_SHOWN_MAX)].join(", ");
    format!("it exports {shown}; {advice}")
}
