//! What a rendering has used of its limits.

use super::Outcome;
use crate::Limits;

#[derive(Debug)]
pub(crate) struct Meter {
    limits: Limits,
    steps: u64,
    memory: usize,
}

impl Meter {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, steps: 0, memory: 0 }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn step(&mut self, steps: u64) -> Outcome<()> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps <= self.limits.steps {
            return Ok(());
        }
        Err(format!("the rendering takes more than {} steps", self.limits.steps).into())
    }

    pub(crate) fn steps_left(&self) -> u64 {
        self.limits.steps.saturating_sub(self.steps)
    }

    /// Memory, with the work to fill it.
    pub(crate) fn allocate(&mut self, bytes: usize) -> Outcome<()> {
        self.memory = self.memory.saturating_add(bytes);
        if self.memory > self.limits.memory_bytes {
            let most = self.limits.memory_bytes;
            return Err(format!("the rendering takes more than {most} bytes of memory").into());
        }
        self.step(bytes as u64 / 256)
    }
}
