//! What a function may import: what its configuration grants, and nothing else.
//!
//! Filesystem and sockets are linked because the standard libraries of most languages import them;
//! `state` gives them nothing to work on. So are the types of `wasi:http`, without which there is no
//! handler; what sends a request needs a grant.

use model::FunctionSettings;
use wasmtime::component::{Component, HasSelf, InstancePre, Linker};
use wasmtime_wasi_http::p2::bindings as p2;
use wasmtime_wasi_http::p3::bindings as p3;
use wasmtime_wasi_http::{WasiHttp, WasiHttpView as _};

use crate::abi::Abi;
use crate::bindings::edgeway::plugin::{key_value, log};
use crate::compilation::Code;
use crate::load_error::LoadError;
use crate::state::State;

/// Imports that need a grant: the begin of their name, and the setting that grants them.
const GRANTED: [(&str, &str); 3] = [
    ("edgeway:plugin/key-value@", KEY_VALUE_SETTING),
    ("wasi:http/client@", OUTBOUND_SETTING),
    ("wasi:http/outgoing-handler@", OUTBOUND_SETTING),
];

const KEY_VALUE_SETTING: &str = "keyValueNamespaces";
const OUTBOUND_SETTING: &str = "outbound";

/// Resolves the imports of a component, or says which one is not granted or not known.
pub(crate) fn link(
    code: &Code,
    settings: &FunctionSettings,
) -> Result<InstancePre<State>, LoadError> {
    check_grants(&code.component, settings)?;
    linker(code, settings)
        .and_then(|linker| linker.instantiate_pre(&code.component))
        .map_err(|error| LoadError::Link { reason: format!("{error:#}") })
}

fn check_grants(component: &Component, settings: &FunctionSettings) -> Result<(), LoadError> {
    for (import, _) in component.component_type().imports(component.engine()) {
        let needed = GRANTED.iter().find(|(prefix, _)| import.starts_with(prefix));
        if let Some((_, setting)) = needed
            && !is_granted(setting, settings)
        {
            return Err(LoadError::NotGranted { import: import.to_owned(), setting });
        }
    }
    Ok(())
}

fn is_granted(setting: &str, settings: &FunctionSettings) -> bool {
    match setting {
        KEY_VALUE_SETTING => !settings.namespaces.is_empty(),
        OUTBOUND_SETTING => !settings.outbound.is_empty(),
        _ => false,
    }
}

fn linker(code: &Code, settings: &FunctionSettings) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(code.component.engine());
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    let options = p2::LinkOptions::default();
    p2::http::types::add_to_linker::<_, WasiHttp>(&mut linker, &(&options).into(), State::http)?;
    if code.abi == Abi::Async {
        wasmtime_wasi::p3::add_to_linker(&mut linker)?;
        p3::http::types::add_to_linker::<_, WasiHttp>(&mut linker, State::http)?;
    }
    log::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    if is_granted(KEY_VALUE_SETTING, settings) {
        key_value::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    }
    if is_granted(OUTBOUND_SETTING, settings) {
        p2::http::outgoing_handler::add_to_linker::<_, WasiHttp>(&mut linker, State::http)?;
        if code.abi == Abi::Async {
            p3::http::client::add_to_linker::<_, WasiHttp>(&mut linker, State::http)?;
        }
    }
    Ok(linker)
}
