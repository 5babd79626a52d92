//! One running instance of a component: its store, and its exports by kind.

use std::sync::Arc;
use std::time::Duration;

use model::{CallFault, LogTail};
use wasmtime::Store;

use crate::cpu_meter::CpuMeter;
use crate::deadline::{Deadline, Stopped};
use crate::fault;
use crate::kind::Guests;
use crate::state::State;

/// Serves one call at a time.
pub(crate) struct Instance {
    pub(crate) store: Store<State>,
    pub(crate) guests: Guests,
    /// What counts the time that it runs.
    pub(crate) meter: Arc<CpuMeter>,
    /// Calls that it served.
    pub(crate) calls: u32,
}

impl Instance {
    /// What is run from now on belongs to this call.
    pub(crate) fn begin_call(
        &mut self,
        call: (&str, Option<&LogTail>),
        deadline: Deadline,
        cpu_time_max: Option<Duration>,
    ) {
        self.store.data_mut().begin_call(call, deadline, cpu_time_max);
        self.store.set_epoch_deadline(1);
    }

    /// The call went well.
    pub(crate) fn end_call(&mut self) {
        self.store.data_mut().end_call();
        self.calls = self.calls.saturating_add(1);
    }

    /// Why a call of this instance gave no answer. It must not be called again.
    pub(crate) fn fault(&self, stopped: Stopped, deadline: Deadline) -> CallFault {
        fault::call_fault(stopped, self.store.data(), deadline)
    }
}

impl Drop for Instance {
    /// The store ends the guest's streams before it drops the state: they must not look complete.
    fn drop(&mut self) {
        self.store.data_mut().outbound.leave();
    }
}
