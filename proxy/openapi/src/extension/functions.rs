//! `x-edgeway-functions`: the components that the API calls, and what each may use.

mod error_budget;
mod outbound;

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use model::{
    Concurrency, CpuTime, Function, FunctionIndex, FunctionName, FunctionSettings, FunctionTimeout,
    FunctionVersion, MemorySize, Namespace, Reuse,
};

use crate::field::Field;
use crate::node::{Node, Object, all, shown};

pub(crate) const NAME: &str = "x-edgeway-functions";

const FIELDS: &[Field] = &[
    Field::Known("component"),
    Field::Known("memorySize"),
    Field::Known("timeout"),
    Field::Known("cpuTime"),
    Field::Known("concurrency"),
    Field::Known("provisioned"),
    Field::Known("errorBudget"),
    Field::Known("environment"),
    Field::Known("reuse"),
    Field::Known("keyValueNamespaces"),
    Field::Known("outbound"),
    Field::Known("outboundLimits"),
];

const REUSE_FIELDS: &[Field] =
    &[Field::Known("maxIdle"), Field::Known("maxIdleSeconds"), Field::Known("maxCalls")];

/// A day: an instance that has been idle for longer is not worth its memory.
const IDLE_SECONDS_MAX: u64 = 86_400;

/// As many instances as a node could hold of the smallest functions.
const IDLE_MAX: u64 = 10_000;

/// The functions of a document. One that is wrong is still known by its name, so that its users
/// are not reported as well.
#[derive(Debug, Default)]
pub(crate) struct Functions {
    names: Vec<String>,
    by_name: HashMap<String, FunctionIndex>,
}

/// Every function in the order of the document, and how to find them.
pub(crate) fn read(root: &Object<'_>) -> (Functions, Option<Vec<Function>>) {
    let Some(node) = root.get(NAME) else {
        return (Functions::default(), Some(Vec::new()));
    };
    let Some(object) = node.object() else {
        return (Functions::default(), None);
    };
    let names: Vec<String> = object.entries().map(|(name, _)| name.to_owned()).collect();
    let indexed =
        names.iter().enumerate().map(|(index, name)| (name.clone(), FunctionIndex(index)));
    let by_name = indexed.collect();
    let functions = all(object.entries().map(|(name, node)| function(name, &node)));
    (Functions { names, by_name }, functions)
}

impl Functions {
    /// The function of this name. An unknown one is reported at `node`, which names it.
    pub(crate) fn find(&self, node: &Node<'_>, name: &FunctionName) -> Option<FunctionIndex> {
        self.find_by_text(node, name.as_str())
    }

    /// The same for a name that was not parsed yet.
    pub(crate) fn find_by_text(&self, node: &Node<'_>, name: &str) -> Option<FunctionIndex> {
        let index = self.by_name.get(name).copied();
        if index.is_none() {
            let mend = node.names().suggestion(name, self.names.iter().map(String::as_str));
            node.report(format!(
                "names the function {:?}, which {NAME} does not have; {mend}",
                shown(name),
            ));
        }
        index
    }
}

fn function(name: &str, node: &Node<'_>) -> Option<Function> {
    let parsed = FunctionName::parse(name);
    let name = parsed.map_err(|error| node.report(format!("has a name that {error}"))).ok();
    let object = node.object()?;
    object.check_fields("a function", FIELDS);
    let component = object
        .required("component", "write the path of the function's .wasm file")
        .and_then(|node| component(&node));
    let settings = settings(&object);
    Some(Function {
        name: name?,
        version: FunctionVersion::Latest,
        component: component?,
        settings: settings?,
    })
}

/// The settings alone, by the names that they have here.
pub(crate) fn settings_alone(node: &Node<'_>) -> Option<FunctionSettings> {
    let object = node.object()?;
    object.check_fields("the settings of a function", &FIELDS[1..]);
    settings(&object)
}

fn component(node: &Node<'_>) -> Option<PathBuf> {
    let text = node.text()?;
    let path = PathBuf::from(text);
    if text.is_empty() || text.contains('\0') || path.is_absolute() {
        node.report_mismatch("a path relative to this document", "");
        return None;
    }
    Some(path)
}

fn settings(object: &Object<'_>) -> Option<FunctionSettings> {
    let default = FunctionSettings::default();
    let memory_size = object.optional("memorySize", default.memory_size, |node| {
        let size = node.as_integer().and_then(MemorySize::from_megabytes);
        if size.is_none() {
            node.report_mismatch("1-4096 (MB)", "change it, or remove it to use the default 128");
        }
        size
    });
    let timeout = object.optional("timeout", default.timeout, |node| {
        let timeout = node.as_number().and_then(FunctionTimeout::from_seconds);
        if timeout.is_none() {
            node.report_mismatch(
                "0.01-900 (seconds)",
                "change it, or remove it to use the default 3",
            );
        }
        timeout
    });
    let cpu_time =
        object.optional("cpuTime", default.cpu_time, |node| cpu_time(node, timeout).map(Some));
    let environment = object.optional("environment", default.environment, environment);
    let reuse = object.optional("reuse", default.reuse, reuse);
    let concurrency = object.optional("concurrency", default.concurrency, |node| {
        let concurrency = node.as_integer().and_then(Concurrency::new);
        if concurrency.is_none() {
            node.report_mismatch("1-1000", "change it, or remove it to use the default 256");
        }
        concurrency
    });
    let provisioned = object
        .optional("provisioned", default.provisioned, |node| provisioned(node, concurrency, reuse));
    let error_budget = object
        .optional("errorBudget", default.error_budget, |node| error_budget::read(node).map(Some));
    let namespaces = object.optional("keyValueNamespaces", default.namespaces, |node| {
        parsed_items(node, Namespace::parse)
    });
    let outbound = object.optional("outbound", default.outbound, outbound::destinations);
    let outbound_limits =
        object.optional("outboundLimits", default.outbound_limits, outbound::limits);
    Some(FunctionSettings {
        memory_size: memory_size?,
        timeout: timeout?,
        cpu_time: cpu_time?,
        concurrency: concurrency?,
        provisioned: provisioned?,
        error_budget: error_budget?,
        environment: environment?,
        reuse: reuse?,
        namespaces: namespaces?,
        outbound: outbound?,
        outbound_limits: outbound_limits?,
    })
}

fn parsed_items<T, E: std::fmt::Display>(
    node: &Node<'_>,
    parse: fn(&str) -> Result<T, E>,
) -> Option<Vec<T>> {
    all(node.list()?.iter().map(|item| parsed(item, parse)))
}

fn parsed<T, E: std::fmt::Display>(node: &Node<'_>, parse: fn(&str) -> Result<T, E>) -> Option<T> {
    parse(node.text()?).map_err(|error| node.report(error.to_string())).ok()
}

/// More than the wall time would never be reached, so it is a mistake.
fn cpu_time(node: &Node<'_>, timeout: Option<FunctionTimeout>) -> Option<CpuTime> {
    let Some(cpu_time) = node.as_number().and_then(CpuTime::from_seconds) else {
        node.report_mismatch(
            "0.001-900 (seconds)",
            "change it, or remove it to use all of the timeout",
        );
        return None;
    };
    if timeout.is_some_and(|timeout| cpu_time.duration() > timeout.duration()) {
        node.report_mismatch(
            "at most the function's timeout",
            "lower it, or remove it to use all of the timeout",
        );
        return None;
    }
    Some(cpu_time)
}

/// Each serves one call at a time, and none is kept that is not reused.
fn provisioned(
    node: &Node<'_>,
    concurrency: Option<Concurrency>,
    reuse: Option<Reuse>,
) -> Option<u32> {
    let provisioned = node.as_integer().and_then(|count| u32::try_from(count).ok());
    let concurrency = concurrency.unwrap_or(Concurrency::DEFAULT).get();
    if provisioned.is_none_or(|count| count > concurrency) {
        node.report_mismatch(
            &format!("0-{concurrency}, no more than concurrency"),
            "lower it, or remove it to make instances when they are needed",
        );
        return None;
    }
    if reuse == Some(Reuse::Never) && provisioned != Some(0) {
        node.report("keeps instances warm that `reuse: false` drops; remove one of the two");
        return None;
    }
    provisioned
}

/// Sorted by name.
fn environment(node: &Node<'_>) -> Option<Vec<(String, String)>> {
    let object = node.object()?;
    let variables = object.entries().map(|(name, value)| {
        let text = value.scalar_text()?;
        if name.is_empty() || name.contains(['=', '\0']) {
            value.report("must have a name that is not empty and has no = in it; rename it");
            return None;
        }
        if text.contains('\0') {
            value.report("must not have a zero byte; remove it");
            return None;
        }
        Some((name.to_owned(), text))
    });
    let mut variables = all(variables)?;
    variables.sort();
    Some(variables)
}

fn reuse(node: &Node<'_>) -> Option<Reuse> {
    match node.as_boolean() {
        Some(false) => return Some(Reuse::Never),
        Some(true) => return Some(Reuse::DEFAULT),
        None => {}
    }
    let object = node.object()?;
    object.check_fields("reuse", REUSE_FIELDS);
    let (default_idle, default_idle_time, default_calls) = match Reuse::DEFAULT {
        Reuse::Warm { idle_max, idle_time_max, calls_max } => (idle_max, idle_time_max, calls_max),
        Reuse::Never => (0, Duration::ZERO, None),
    };
    let idle_max = object.optional("maxIdle", default_idle, |node| count(node, IDLE_MAX));
    let idle_time_max = object.optional("maxIdleSeconds", default_idle_time, |node| {
        let seconds = node.as_integer().filter(|seconds| (1..=IDLE_SECONDS_MAX).contains(seconds));
        if seconds.is_none() {
            node.report_mismatch(&format!("1-{IDLE_SECONDS_MAX}"), "");
        }
        seconds.map(Duration::from_secs)
    });
    let calls_max = object
        .optional("maxCalls", default_calls, |node| count(node, u64::from(u32::MAX)).map(Some));
    Some(Reuse::Warm { idle_max: idle_max?, idle_time_max: idle_time_max?, calls_max: calls_max? })
}

fn count(node: &Node<'_>, max: u64) -> Option<u32> {
    let count = node.as_integer().filter(|count| (1..=max).contains(count));
    if count.is_none() {
        node.report_mismatch(
            &format!("1-{max}"),
            "write reuse: false for a fresh instance per call",
        );
    }
    count.and_then(|count| u32::try_from(count).ok())
}
