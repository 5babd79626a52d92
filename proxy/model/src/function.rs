//! Functions: components that an API calls, and what each may use.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::id::InvalidName;
use crate::{ErrorBudget, OutboundDestination, OutboundLimits};

/// Position in [`crate::Api::functions`], and of its plugin in [`crate::Deployment::plugins`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct FunctionIndex(pub usize);

/// A component registered under a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// What integrations and authorizers call it by.
    pub name: FunctionName,
    /// Which one of it this is.
    pub version: FunctionVersion,
    /// Where the component is, relative to the document that names it.
    pub component: PathBuf,
    /// Limits and grants.
    pub settings: FunctionSettings,
}

/// A version of a function.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum FunctionVersion {
    /// `$LATEST`: the one that changes.
    #[default]
    Latest,
    /// One that was published, and never changes.
    Published(u64),
}

impl FunctionVersion {
    /// `$LATEST`, or a number.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let invalid = || InvalidName::new("$LATEST or a number", text);
        match text {
            "$LATEST" => Ok(Self::Latest),
            number if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                number.parse().map(Self::Published).map_err(|_| invalid())
            }
            _ => Err(invalid()),
        }
    }
}

impl fmt::Display for FunctionVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("$LATEST"),
            Self::Published(number) => number.fmt(f),
        }
    }
}

/// Name of a function: 1-64 of `[A-Za-z0-9_-]` (Lambda API, `FunctionName`).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FunctionName(String);

impl FunctionName {
    /// Reads one; an error says what is expected.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if (1..=64).contains(&text.len()) && text.bytes().all(is_allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidName::new("1-64 of [A-Za-z0-9_-]", text))
        }
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a function may use. What is not granted here is not linked.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct FunctionSettings {
    /// Linear memory of one instance.
    pub memory_size: MemorySize,
    /// Wall time of one call.
    pub timeout: FunctionTimeout,
    /// Time that one call may keep a processor busy; none for all of its wall time.
    pub cpu_time: Option<CpuTime>,
    /// Calls at once.
    pub concurrency: Concurrency,
    /// Instances that are made before the function serves, and kept warm for as long as it does.
    pub provisioned: u32,
    /// Whether it is left alone when it breaks too often.
    pub error_budget: Option<ErrorBudget>,
    /// `wasi:cli/environment`: the function's configuration. Sorted by name, names unique.
    pub environment: Vec<(String, String)>,
    /// What becomes of an instance after a call.
    pub reuse: Reuse,
    /// Namespaces of `key-value`.
    pub namespaces: Vec<Namespace>,
    /// Where outgoing HTTP may go.
    pub outbound: Vec<OutboundDestination>,
    /// How much of it.
    pub outbound_limits: OutboundLimits,
}

impl Default for FunctionSettings {
    fn default() -> Self {
        Self {
            memory_size: MemorySize::DEFAULT,
            timeout: FunctionTimeout::DEFAULT,
            cpu_time: None,
            concurrency: Concurrency::DEFAULT,
            provisioned: 0,
            error_budget: None,
            environment: Vec::new(),
            reuse: Reuse::DEFAULT,
            namespaces: Vec::new(),
            outbound: Vec::new(),
            outbound_limits: OutboundLimits::DEFAULT,
        }
    }
}

/// `MemorySize`, in megabytes of 1,048,576 bytes: 1 to 4096, which is all that 32-bit WebAssembly
/// can address. (Lambda: 128 to 10240.)
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct MemorySize(u32);

impl MemorySize {
    /// Lambda's default, 128 MB.
    pub const DEFAULT: Self = Self(128);

    /// None outside 1 to 4096.
    pub fn from_megabytes(megabytes: u64) -> Option<Self> {
        let megabytes = u32::try_from(megabytes).ok()?;
        (1..=4_096).contains(&megabytes).then_some(Self(megabytes))
    }

    /// In megabytes.
    pub fn megabytes(self) -> u32 {
        self.0
    }

    /// In bytes.
    pub fn bytes(self) -> usize {
        usize::try_from(u64::from(self.0) * 1024 * 1024).unwrap_or(usize::MAX)
    }
}

/// `Timeout` of one call. Lambda counts whole seconds from 1 to 900; a fraction is allowed here.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct FunctionTimeout(Duration);

impl FunctionTimeout {
    /// Lambda's default, 3 seconds.
    pub const DEFAULT: Self = Self(Duration::from_secs(3));

    /// None outside 0.01 to 900, and for what is no number.
    pub fn from_seconds(seconds: f64) -> Option<Self> {
        (0.01..=900.0).contains(&seconds).then(|| Self(Duration::from_secs_f64(seconds)))
    }

    /// As a duration.
    pub fn duration(self) -> Duration {
        self.0
    }
}

/// Time that a call runs on a processor: waiting for a timer or for an answer does not count.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CpuTime(Duration);

impl CpuTime {
    /// None outside 0.001 to 900, and for what is no number.
    pub fn from_seconds(seconds: f64) -> Option<Self> {
        (0.001..=900.0).contains(&seconds).then(|| Self(Duration::from_secs_f64(seconds)))
    }

    /// As a duration.
    pub fn duration(self) -> Duration {
        self.0
    }
}

/// Calls of one function at once; more wait. (Lambda: reserved concurrent executions.)
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Concurrency(u32);

impl Concurrency {
    /// More than a node of a few cores can keep busy.
    pub const DEFAULT: Self = Self(256);

    /// None outside 1 to 1000, which is all the instances that a node has.
    pub fn new(calls: u64) -> Option<Self> {
        let calls = u32::try_from(calls).ok()?;
        (1..=1_000).contains(&calls).then_some(Self(calls))
    }

    /// As a number.
    pub fn get(self) -> u32 {
        self.0
    }
}

/// What becomes of an instance after a call that went well.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Reuse {
    /// It is dropped: each call gets a fresh instance.
    Never,
    /// It is kept for later calls, as Lambda does.
    Warm {
        /// Idle instances kept at most.
        idle_max: u32,
        /// An instance idle for longer is dropped.
        idle_time_max: Duration,
        /// Calls one instance serves before it is dropped; none for no bound.
        calls_max: Option<u32>,
    },
}

impl Reuse {
    /// As many idle instances as a busy two-core node uses; Lambda keeps them for minutes.
    pub const DEFAULT: Self =
        Self::Warm { idle_max: 64, idle_time_max: Duration::from_secs(300), calls_max: None };
}

/// Name of a key-value namespace: 1-64 of `[A-Za-z0-9_.-]`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Namespace(String);

impl Namespace {
    /// Reads one; an error says what is expected.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        if (1..=64).contains(&text.len()) && text.bytes().all(is_allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidName::new("1-64 of [A-Za-z0-9_.-]", text))
        }
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
