//! The metrics of functions: what the plugin host counted, as families of Prometheus.
//!
//! They are made when they are asked for. Those that CloudWatch has as well (namespace `AWS/Lambda`)
//! have its names, with names that Prometheus allows.

use std::time::Duration;

use prometheus::proto::{
    Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType,
};
use wasm_host::FunctionSnapshot;

/// One number of a function.
type Number = fn(&FunctionSnapshot) -> f64;

/// Those that only grow.
const COUNTERS: [(&str, &str, Number); 7] = [
    ("aws_lambda_invocations_total", "AWS/Lambda Invocations: calls that were made", |function| {
        count(function.invocations)
    }),
    (
        "aws_lambda_throttles_total",
        "AWS/Lambda Throttles: calls that were not made, as no instance was available",
        |function| count(function.throttles),
    ),
    (
        "edgeway_function_cold_starts_total",
        "Calls that had to wait for an instance to be made",
        |function| count(function.cold_starts),
    ),
    (
        "edgeway_function_cpu_milliseconds_total",
        "Time for which calls and starts of instances kept a worker thread busy",
        |function| milliseconds(function.cpu_time),
    ),
    (
        "edgeway_function_log_dropped_bytes_total",
        "Bytes of log messages that came too fast",
        |function| count(function.log_bytes_dropped),
    ),
    (
        "edgeway_function_quarantine_refusals_total",
        "Calls that were not made, as the function was in quarantine",
        |function| count(function.quarantine_refusals),
    ),
    (
        "edgeway_function_quarantines_total",
        "How often the function was put into quarantine",
        |function| count(function.quarantines),
    ),
];

/// Those that go up and down.
const GAUGES: [(&str, &str, Number); 3] = [
    (
        "edgeway_function_compile_milliseconds",
        "What it took to compile the current version, or to map its cached code",
        |function| milliseconds(function.compile_time),
    ),
    (
        "edgeway_function_memory_bytes_max",
        "The most memory that one instance ever had",
        |function| count(function.memory_bytes_max),
    ),
    ("edgeway_function_quarantined", "1 while the function is in quarantine", |function| {
        f64::from(u8::from(function.is_quarantined))
    }),
];

/// Of every function; empty if there is none.
pub(super) fn families(functions: &[FunctionSnapshot]) -> Vec<MetricFamily> {
    if functions.is_empty() {
        return Vec::new();
    }
    let mut families = Vec::new();
    for (name, help, number) in COUNTERS {
        let metrics = functions.iter().map(|function| counter(function, &[], number(function)));
        families.push(family(name, help, MetricType::COUNTER, metrics.collect()));
    }
    for (name, help, number) in GAUGES {
        let metrics = functions.iter().map(|function| gauge(function, &[], number(function)));
        families.push(family(name, help, MetricType::GAUGE, metrics.collect()));
    }
    families.push(family(
        "aws_lambda_duration_milliseconds",
        "AWS/Lambda Duration: what calls took, with the start of an instance where one was made",
        MetricType::HISTOGRAM,
        functions.iter().map(durations).collect(),
    ));
    families.push(family(
        "aws_lambda_errors_total",
        "AWS/Lambda Errors: calls without a good answer, by cause",
        MetricType::COUNTER,
        functions.iter().flat_map(errors).collect(),
    ));
    families.push(family(
        "edgeway_function_instances",
        "Instances that wait for a call (warm), and that start or serve one (busy)",
        MetricType::GAUGE,
        functions.iter().flat_map(instances).collect(),
    ));
    families.sort_by(|one, other| one.name().cmp(other.name()));
    families
}

fn errors(function: &FunctionSnapshot) -> impl Iterator<Item = Metric> {
    let causes = function.errors.iter();
    causes
        .map(move |(cause, errors)| counter(function, &[("cause", cause.as_str())], count(*errors)))
}

fn instances(function: &FunctionSnapshot) -> [Metric; 2] {
    [("busy", function.instances_busy), ("warm", function.instances_warm)].map(
        |(state, instances)| {
            let instances = u64::try_from(instances).unwrap_or(u64::MAX);
            gauge(function, &[("state", state)], count(instances))
        },
    )
}

fn durations(function: &FunctionSnapshot) -> Metric {
    let mut calls = 0;
    let buckets = function.durations.iter().map(|(bound, in_bucket)| {
        calls += in_bucket;
        let mut bucket = Bucket::default();
        bucket.set_cumulative_count(calls);
        bucket.set_upper_bound(milliseconds(*bound));
        bucket
    });
    let mut histogram = Histogram::default();
    histogram.set_bucket(buckets.collect());
    histogram.set_sample_count(function.invocations);
    histogram.set_sample_sum(milliseconds(function.duration));
    let mut metric = Metric::from_label(labels(function, &[]));
    metric.set_histogram(histogram);
    metric
}

fn counter(function: &FunctionSnapshot, more: &[(&str, &str)], value: f64) -> Metric {
    let mut counter = Counter::default();
    counter.set_value(value);
    let mut metric = Metric::from_label(labels(function, more));
    metric.set_counter(counter);
    metric
}

fn gauge(function: &FunctionSnapshot, more: &[(&str, &str)], value: f64) -> Metric {
    let mut gauge = Gauge::default();
    gauge.set_value(value);
    let mut metric = Metric::from_label(labels(function, more));
    metric.set_gauge(gauge);
    metric
}

fn labels(function: &FunctionSnapshot, more: &[(&str, &str)]) -> Vec<LabelPair> {
    let own = [("function", function.name.as_str()), ("version", function.version.as_str())];
    let label = |(name, value): &(&str, &str)| {
        let mut label = LabelPair::default();
        label.set_name((*name).to_owned());
        label.set_value((*value).to_owned());
        label
    };
    own.iter().chain(more).map(label).collect()
}

fn family(name: &str, help: &str, kind: MetricType, metrics: Vec<Metric>) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(name.to_owned());
    family.set_help(help.to_owned());
    family.set_field_type(kind);
    family.set_metric(metrics);
    family
}

/// Prometheus has no other numbers; these are exact up to 2^53.
fn count(number: u64) -> f64 {
    number as f64
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
