//! Why calls give no good answer, as they are counted.

use model::{AuthorizerError, CallFault, InvocationError};

/// One for each call that was made and has no good answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ErrorCause {
    /// Whoever called did not wait for the end.
    Cancelled,
    /// It met the limit of its processor time.
    CpuTime,
    /// The function returned an error.
    Function,
    /// It answered what the contract does not allow.
    InvalidAnswer,
    /// It met the limit of its memory.
    Memory,
    /// It met the limit of its wall time, or that of its caller.
    Timeout,
    /// It trapped or exited.
    Trap,
}

/// Whether the call was made, and what it came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum CallEnd {
    /// It was made.
    Made(Option<ErrorCause>),
    /// There was no instance for it.
    Throttled,
}

impl ErrorCause {
    /// Every one, in the order of their numbers.
    pub const ALL: [Self; 7] = [
        Self::Cancelled,
        Self::CpuTime,
        Self::Function,
        Self::InvalidAnswer,
        Self::Memory,
        Self::Timeout,
        Self::Trap,
    ];

    /// In one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::CpuTime => "cpu_time",
            Self::Function => "function",
            Self::InvalidAnswer => "invalid_answer",
            Self::Memory => "memory",
            Self::Timeout => "timeout",
            Self::Trap => "trap",
        }
    }

    /// Whether the function broke, as opposed to saying that something is wrong.
    pub(crate) fn is_fault(self) -> bool {
        !matches!(self, Self::Cancelled | Self::Function)
    }
}

impl From<&CallFault> for CallEnd {
    fn from(fault: &CallFault) -> Self {
        Self::Made(Some(match fault {
            CallFault::CpuTimeExceeded(_) => ErrorCause::CpuTime,
            CallFault::Failed(_) => ErrorCause::Function,
            CallFault::InvalidAnswer(_) => ErrorCause::InvalidAnswer,
            CallFault::MemoryExceeded { .. } => ErrorCause::Memory,
            CallFault::NoInstance(_) | CallFault::Quarantined => return Self::Throttled,
            CallFault::TimedOut(_) => ErrorCause::Timeout,
            CallFault::Trapped(_) => ErrorCause::Trap,
        }))
    }
}

impl From<&AuthorizerError> for CallEnd {
    fn from(error: &AuthorizerError) -> Self {
        match error {
            AuthorizerError::Fault(fault) => fault.into(),
            // A decision.
            AuthorizerError::Unauthorized => Self::Made(None),
        }
    }
}

impl From<&InvocationError> for CallEnd {
    fn from(error: &InvocationError) -> Self {
        match error {
            InvocationError::Fault(fault) => fault.into(),
            InvocationError::Function(_) => Self::Made(Some(ErrorCause::Function)),
        }
    }
}
