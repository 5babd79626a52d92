//! Every metric of the node, declared once.
//!
//! Those of APIs are Amazon API Gateway's (CloudWatch namespace `AWS/ApiGateway`), by API and stage,
//! with names that Prometheus allows. Those of functions: see `functions`.

mod functions;

use std::time::Duration;

use model::Stage;
use pipeline::{CacheResult, Record};
use prometheus::{
    Encoder as _, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGaugeVec,
    Opts, Registry, TextEncoder,
};
use wasm_host::Functions;

/// Milliseconds: from a mock's fraction of one to the longest integration.
const LATENCY_BUCKETS: [f64; 16] = [
    0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1_000.0, 2_500.0,
    10_000.0, 29_000.0,
];

const STAGE_LABELS: [&str; 3] = ["api_id", "api_name", "stage"];

const METHOD_LABELS: [&str; 5] = ["api_id", "api_name", "stage", "resource", "method"];

/// The node's metrics.
pub(crate) struct Metrics {
    registry: Registry,
    functions: Functions,
    count: IntCounterVec,
    client_errors: IntCounterVec,
    server_errors: IntCounterVec,
    latency: HistogramVec,
    integration_latency: HistogramVec,
    refused: ByReason,
    /// The same by method, where the stage asks for it.
    refused_by_method: ByReason,
    cached: ByResult,
    /// The same by method, where the stage asks for it.
    cached_by_method: ByResult,
    /// Requests that named no stage of any API.
    pub(crate) unmatched: IntCounter,
    pub(crate) listeners: ListenerMetrics,
    /// Lines of the access log that could not be written in time.
    pub(crate) access_log_lost: IntCounter,
    /// Snapshots that were switched to.
    pub(crate) reloads: IntCounter,
    /// Documents or components that were refused while the old ones went on serving.
    pub(crate) reloads_refused: IntCounter,
}

/// Requests that were too many, by whether they were at once or in all.
#[derive(Clone)]
struct ByReason {
    throttled: IntCounterVec,
    over_quota: IntCounterVec,
}

/// Requests of methods whose responses are cached, by where the response was.
#[derive(Clone)]
struct ByResult {
    hits: IntCounterVec,
    misses: IntCounterVec,
}

impl ByResult {
    fn declared(registry: &Registry, prefix: &str, labels: &[&str]) -> prometheus::Result<Self> {
        let declare = |name: &str, help: &str| {
            let vec = IntCounterVec::new(Opts::new(format!("{prefix}{name}_total"), help), labels)?;
            registry.register(Box::new(vec.clone()))?;
            prometheus::Result::Ok(vec)
        };
        let hit = "AWS/ApiGateway CacheHitCount: requests answered from the cache";
        let miss = "AWS/ApiGateway CacheMissCount: requests of cached methods that were not";
        Ok(Self {
            hits: declare("cache_hit_count", hit)?,
            misses: declare("cache_miss_count", miss)?,
        })
    }
}

/// What listeners say of themselves.
pub(crate) struct ListenerMetrics {
    /// Connections that were closed before HTTP was spoken on them, by `reason`.
    pub(crate) connections_refused: IntCounterVec,
    /// 1 while the files of a certificate are not what is shown, as they cannot be used.
    pub(crate) certificate_refused: IntGaugeVec,
    /// 1 while the file of the policy of an endpoint is not what is asked, as it cannot be used.
    pub(crate) endpoint_policy_refused: IntGaugeVec,
}

impl ListenerMetrics {
    fn declared(registry: &Registry) -> prometheus::Result<Self> {
        let connections_refused = IntCounterVec::new(
            Opts::new(
                "edgeway_connections_refused_total",
                "Connections that were closed before HTTP was spoken on them",
            ),
            &["reason"],
        )?;
        registry.register(Box::new(connections_refused.clone()))?;
        let certificate_refused = IntGaugeVec::new(
            Opts::new(
                "edgeway_certificate_refused",
                "1 while the files of a certificate cannot be used, and an older one is",
            ),
            &["certificate"],
        )?;
        registry.register(Box::new(certificate_refused.clone()))?;
        let endpoint_policy_refused = IntGaugeVec::new(
            Opts::new(
                "edgeway_endpoint_policy_refused",
                "1 while the policy of an endpoint of a VPC in a file cannot be used, and an older one is",
            ),
            &["policy"],
        )?;
        registry.register(Box::new(endpoint_policy_refused.clone()))?;
        Ok(Self { connections_refused, certificate_refused, endpoint_policy_refused })
    }
}

/// The metrics of one stage, found once for each snapshot.
pub(crate) struct StageMetrics {
    count: IntCounter,
    client_errors: IntCounter,
    server_errors: IntCounter,
    latency: Histogram,
    integration_latency: Histogram,
    throttled: IntCounter,
    over_quota: IntCounter,
    by_method: ByReason,
    cache_hits: IntCounter,
    cache_misses: IntCounter,
    cached_by_method: ByResult,
}

impl Metrics {
    /// With those of the host's functions.
    ///
    /// # Errors
    /// If two metrics have one name: a mistake in this file.
    pub(crate) fn new(functions: Functions) -> prometheus::Result<Self> {
        let registry = Registry::new();
        let by_stage = |name: &str, help: &str| -> prometheus::Result<IntCounterVec> {
            let vec = IntCounterVec::new(Opts::new(name, help), &STAGE_LABELS)?;
            registry.register(Box::new(vec.clone()))?;
            Ok(vec)
        };
        let by_reason = |infix: &str, labels: &[&str]| -> prometheus::Result<ByReason> {
            let declare = |reason: &str, help: &str| {
                let name = format!("edgeway_{infix}{reason}_total");
                let vec = IntCounterVec::new(Opts::new(name, help), labels)?;
                registry.register(Box::new(vec.clone()))?;
                prometheus::Result::Ok(vec)
            };
            Ok(ByReason {
                throttled: declare("throttled", "Requests refused as too many at once")?,
                over_quota: declare("over_quota", "Requests refused as the quota is used up")?,
            })
        };
        let latency_by_stage = |name: &str, help: &str| -> prometheus::Result<HistogramVec> {
            let options = HistogramOpts::new(name, help).buckets(LATENCY_BUCKETS.to_vec());
            let vec = HistogramVec::new(options, &STAGE_LABELS)?;
            registry.register(Box::new(vec.clone()))?;
            Ok(vec)
        };
        let plain = |name: &str, help: &str| -> prometheus::Result<IntCounter> {
            let counter = IntCounter::new(name, help)?;
            registry.register(Box::new(counter.clone()))?;
            Ok(counter)
        };
        Ok(Self {
            count: by_stage("aws_apigateway_count_total", "AWS/ApiGateway Count: requests")?,
            client_errors: by_stage(
                "aws_apigateway_4xx_error_total",
                "AWS/ApiGateway 4XXError: answers with a client error",
            )?,
            server_errors: by_stage(
                "aws_apigateway_5xx_error_total",
                "AWS/ApiGateway 5XXError: answers with a server error",
            )?,
            latency: latency_by_stage(
                "aws_apigateway_latency_milliseconds",
                "AWS/ApiGateway Latency: from the request's head to the response's end",
            )?,
            integration_latency: latency_by_stage(
                "aws_apigateway_integration_latency_milliseconds",
                "AWS/ApiGateway IntegrationLatency: from calling the integration to its response",
            )?,
            refused: by_reason("", &STAGE_LABELS)?,
            refused_by_method: by_reason("method_", &METHOD_LABELS)?,
            cached: ByResult::declared(&registry, "aws_apigateway_", &STAGE_LABELS)?,
            cached_by_method: ByResult::declared(&registry, "edgeway_method_", &METHOD_LABELS)?,
            unmatched: plain(
                "edgeway_unmatched_requests_total",
                "Requests that named no stage of any API",
            )?,
            listeners: ListenerMetrics::declared(&registry)?,
            access_log_lost: plain(
                "edgeway_access_log_lines_lost_total",
                "Lines of the access log that could not be written in time",
            )?,
            reloads: plain("edgeway_reloads_total", "Snapshots that were switched to")?,
            reloads_refused: plain(
                "edgeway_reloads_refused_total",
                "Changes that were refused while the old snapshot went on serving",
            )?,
            registry,
            functions,
        })
    }

    /// The metrics of a stage.
    pub(crate) fn stage(&self, stage: &Stage) -> StageMetrics {
        let api = stage.deployment.api();
        let labels = [api.id.as_str(), api.name.as_str(), stage.name.as_str()];
        StageMetrics {
            count: self.count.with_label_values(&labels),
            client_errors: self.client_errors.with_label_values(&labels),
            server_errors: self.server_errors.with_label_values(&labels),
            latency: self.latency.with_label_values(&labels),
            integration_latency: self.integration_latency.with_label_values(&labels),
            throttled: self.refused.throttled.with_label_values(&labels),
            over_quota: self.refused.over_quota.with_label_values(&labels),
            by_method: self.refused_by_method.clone(),
            cache_hits: self.cached.hits.with_label_values(&labels),
            cache_misses: self.cached.misses.with_label_values(&labels),
            cached_by_method: self.cached_by_method.clone(),
        }
    }

    /// Prometheus text format 0.0.4.
    ///
    /// # Errors
    /// If a metric cannot be written as text.
    pub(crate) fn text(&self) -> prometheus::Result<String> {
        let mut text = Vec::new();
        let mut families = self.registry.gather();
        families.extend(functions::families(&self.functions.snapshots()));
        TextEncoder::new().encode(&families, &mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

impl StageMetrics {
    /// Counts a request that was one too many, by the gateway response that it got.
    pub(crate) fn refused(&self, response_type: &str, record: &Record) {
        let (of_stage, by_method) = match response_type {
            "QUOTA_EXCEEDED" => (&self.over_quota, &self.by_method.over_quota),
            "THROTTLED" => (&self.throttled, &self.by_method.throttled),
            _ => return,
        };
        of_stage.inc();
        count_of_method(by_method, record);
    }

    /// Counts a request of a method whose responses are cached.
    pub(crate) fn cached(&self, record: &Record) {
        let by_method = &self.cached_by_method;
        let (of_stage, by_method) = match record.cache {
            None => return,
            Some(CacheResult::Hit) => (&self.cache_hits, &by_method.hits),
            Some(CacheResult::Miss) => (&self.cache_misses, &by_method.misses),
        };
        of_stage.inc();
        count_of_method(by_method, record);
    }

    /// Counts one request.
    pub(crate) fn observe(&self, status: u16, latency: Duration, integration: Option<Duration>) {
        self.count.inc();
        match status {
            400..=499 => self.client_errors.inc(),
            500..=599 => self.server_errors.inc(),
            _ => {}
        }
        self.latency.observe(latency.as_secs_f64() * 1_000.0);
        if let Some(integration) = integration {
            self.integration_latency.observe(integration.as_secs_f64() * 1_000.0);
        }
    }
}

/// Where the stage asks for metrics of the method.
fn count_of_method(by_method: &IntCounterVec, record: &Record) {
    let (Some(stage), Some((resource, verb))) = (&record.stage, record.routed) else { return };
    if stage.method_settings(resource, verb).detailed_metrics {
        let api = stage.deployment.api();
        let path = api.resources[resource].path.as_str();
        let labels = [api.id.as_str(), &api.name, stage.name.as_str(), path, verb.as_str()];
        by_method.with_label_values(&labels).inc();
    }
}
