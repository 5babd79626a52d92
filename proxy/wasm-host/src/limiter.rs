//! What one instance may allocate: linear memory in total, and the entries of its tables.
//!
//! A guest whose `memory.grow` is refused mostly aborts, which looks like any other trap: the
//! limiter remembers that it refused.

use std::sync::Arc;

use wasmtime::ResourceLimiter;

use crate::function_stats::FunctionStats;

/// Entries of all tables of one instance. Function pointers: CPython has about 20,000. One table
/// may have half of it; see `engine`.
const TABLE_ELEMENTS_MAX: usize = 128 * 1024;

/// Core instances, and tables, of one component; see `engine`.
const PARTS_MAX: usize = 64;

/// Linear memories of one component.
const MEMORIES_MAX: usize = 4;

/// Counts the bytes of all linear memories of one store, and the entries of all tables.
#[derive(Debug)]
pub(crate) struct Limiter {
    memory_bytes: usize,
    memory_bytes_max: usize,
    table_elements: usize,
    refused: bool,
    stats: Arc<FunctionStats>,
}

impl Limiter {
    pub(crate) fn new(memory_bytes_max: usize, stats: Arc<FunctionStats>) -> Self {
        Self { memory_bytes: 0, memory_bytes_max, table_elements: 0, refused: false, stats }
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
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // It fails by itself, and nothing is taken.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let total = self.memory_bytes.saturating_add(desired.saturating_sub(current));
        let is_granted = total <= self.memory_bytes_max;
        if is_granted {
            self.memory_bytes = total;
            self.stats.memory(total);
        } else {
            self.refused = true;
        }
        Ok(is_granted)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.table_elements.saturating_add(desired.saturating_sub(current));
        let is_granted =
            total <= TABLE_ELEMENTS_MAX && maximum.is_none_or(|maximum| desired <= maximum);
        if is_granted {
            self.table_elements = total;
        }
        Ok(is_granted)
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
