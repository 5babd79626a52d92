//! From wasmtime's errors to [`CallFault`]: whose fault a failed call is, in words for the log.

use model::CallFault;
use wasmtime::{PoolConcurrencyLimitError, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use crate::deadline::{Deadline, Stopped};
use crate::state::State;

/// What a call may pass to the host at once: the largest body, with its headers around it. Beyond
/// it wasmtime stops copying.
pub(crate) const HOSTCALL_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Why a call of an instance with this state gave no answer.
pub(crate) fn call_fault(stopped: Stopped, state: &State, deadline: Deadline) -> CallFault {
    let Stopped::Error(error) = stopped else {
        return CallFault::TimedOut(deadline.timeout);
    };
    let trap = error.downcast_ref::<Trap>().copied();
    if trap == Some(Trap::Interrupt) {
        return match state.cpu_time_exceeded() {
            Some(limit) => CallFault::CpuTimeExceeded(limit),
            None => CallFault::TimedOut(deadline.timeout),
        };
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return CallFault::NoInstance(error.root_cause().to_string());
    }
    if state.limiter.refused() {
        return CallFault::MemoryExceeded { megabytes: state.facts.memory_megabytes };
    }
    if let Some(exit) = error.downcast_ref::<I32Exit>() {
        return CallFault::Trapped(format!("it exited with status {}", exit.0));
    }
    let cause = error.root_cause().to_string();
    if is_hostcall_fuel_exhausted(&cause) {
        return CallFault::InvalidAnswer(format!(
            "it passed more than {HOSTCALL_BYTES_MAX} bytes to the host at once"
        ));
    }
    let cause = cause.strip_prefix("wasm trap: ").unwrap_or(&cause);
    CallFault::Trapped(match innermost_function(&error) {
        Some(function) => format!("{cause} in {function}"),
        None => cause.to_owned(),
    })
}

/// Wasmtime has a private type for it.
fn is_hostcall_fuel_exhausted(cause: &str) -> bool {
    cause.contains("fuel allocated for hostcalls has been exhausted")
}

fn innermost_function(error: &wasmtime::Error) -> Option<&str> {
    error.downcast_ref::<WasmBacktrace>()?.frames().first()?.func_name()
}
