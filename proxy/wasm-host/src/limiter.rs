//! What one instance may allocate: linear memory in total, and the entries of its tables.
//!
//! A guest whose `memory.grow` is refused mostly aborts, which looks like any other trap: the
//! limiter remembers that it refused.

use wasmtime::ResourceLimiter;

/// Entries of one table. Function pointers: CPython has about 20,000.
const TABLE_ELEMENTS_MAX: usize = 64 * 1024;

/// Core instances, and tables, of one component; see `engine`.
const PARTS_MAX: usize = 64;

/// Linear memories of one component.
const MEMORIES_MAX: usize = 4;

/// Counts the bytes of all linear memories of one store.
#[derive(Debug)]
pub(crate) struct Limiter {
    memory_bytes: usize,
    memory_bytes_max: usize,
    refused: bool,
}

impl Limiter {
    pub(crate) fn new(memory_bytes_max: usize) -> Self {
        Self { memory_bytes: 0, memory_bytes_max, refused: false }
    }

    /// A refusal that an earlier call survived does not explain a later trap.
    pub(crate) fn begin_call(&mut self) {
        self.refused = false;
    }

    /// Whether memory was refused in this call.
    pub(crate) fn refused(&self) -> bool {
        self.refused
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.memory_bytes.saturating_add(desired.saturating_sub(current));
        let is_granted = total <= self.memory_bytes_max;
        if is_granted {
            self.memory_bytes = total;
        } else {
            self.refused = true;
        }
        Ok(is_granted)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS_MAX)
    }

    fn instances(&self) -> usize {
        PARTS_MAX
    }

    fn tables(&self) -> usize {
        PARTS_MAX
    }

    fn memories(&self) -> usize {
        MEMORIES_MAX
    }
}
