//! `outbound` and `outboundLimits` of a function: where its requests may go, and how many and how large
//! they may be.

use std::time::Duration;

use model::{AddressRange, OutboundDestination, OutboundLimits};

use super::{parsed, parsed_items};
use crate::field::Field;
use crate::node::{Node, Object, all};

const DESTINATION_FIELDS: &[Field] = &[Field::Known("url"), Field::Known("addresses")];

const LIMITS_FIELDS: &[Field] = &[
    Field::Known("concurrency"),
    Field::Known("callConcurrency"),
    Field::Known("callRequests"),
    Field::Known("connectTimeout"),
    Field::Known("maxRequestBytes"),
    Field::Known("maxResponseBytes"),
    Field::Known("timeout"),
];

/// What is shorter is no time to connect in.
const SECONDS_MIN: f64 = 0.001;

pub(super) fn destinations(node: &Node<'_>) -> Option<Vec<OutboundDestination>> {
    all(node.list()?.iter().map(destination))
}

/// A URL, or `{url, addresses}`.
fn destination(node: &Node<'_>) -> Option<OutboundDestination> {
    let Some(object) = node.as_object() else {
        return parsed(node, OutboundDestination::parse);
    };
    object.check_fields("a destination", DESTINATION_FIELDS);
    let destination = object
        .required("url", "write the scheme, host and port of the server")
        .and_then(|node| parsed(&node, OutboundDestination::parse));
    let addresses =
        object.optional("addresses", Vec::new(), |node| parsed_items(node, AddressRange::parse));
    let (destination, addresses) = (destination?, addresses?);
    if addresses.is_empty() {
        return Some(destination);
    }
    let granted = destination.with_addresses(addresses);
    if granted.is_none() {
        node.report("has a URL with an IP address, which is granted with itself; remove addresses");
    }
    granted
}

pub(super) fn limits(node: &Node<'_>) -> Option<OutboundLimits> {
    const DEFAULT: OutboundLimits = OutboundLimits::DEFAULT;
    let object = node.object()?;
    object.check_fields("outboundLimits", LIMITS_FIELDS);
    let concurrency =
        count(&object, "concurrency", DEFAULT.concurrency, OutboundLimits::CONCURRENCY_MAX);
    // More than the function may have would never be reached, so it is a mistake.
    let call_max = concurrency.unwrap_or(OutboundLimits::CONCURRENCY_MAX);
    let call_default = DEFAULT.call_concurrency.min(call_max);
    let call_concurrency = count(&object, "callConcurrency", call_default, call_max);
    let call_requests =
        count(&object, "callRequests", DEFAULT.call_requests, OutboundLimits::CALL_REQUESTS_MAX);
    let connect_timeout = object.optional("connectTimeout", DEFAULT.connect_timeout, |node| {
        seconds(node, OutboundLimits::CONNECT_TIMEOUT_MAX, "use the default 10")
    });
    let request_bytes_max = bytes(&object, "maxRequestBytes", DEFAULT.request_bytes_max);
    let response_bytes_max = bytes(&object, "maxResponseBytes", DEFAULT.response_bytes_max);
    let timeout = object.optional("timeout", DEFAULT.timeout, |node| {
        seconds(node, OutboundLimits::TIMEOUT_MAX, "use the rest of the call").map(Some)
    });
    Some(OutboundLimits {
        concurrency: concurrency?,
        call_concurrency: call_concurrency?,
        call_requests: call_requests?,
        connect_timeout: connect_timeout?,
        request_bytes_max: request_bytes_max?,
        response_bytes_max: response_bytes_max?,
        timeout: timeout?,
    })
}

fn count(object: &Object<'_>, name: &str, default: u32, max: u32) -> Option<u32> {
    object.optional(name, default, |node| {
        let count = node.as_integer().and_then(|count| u32::try_from(count).ok());
        let count = count.filter(|count| (1..=max).contains(count));
        if count.is_none() {
            let mend = format!("change it, or remove it to use the default {default}");
            node.report_mismatch(&format!("1-{max}"), &mend);
        }
        count
    })
}

fn bytes(object: &Object<'_>, name: &str, default: u64) -> Option<u64> {
    object.optional(name, default, |node| {
        let bytes = node.as_integer().filter(|bytes| *bytes <= OutboundLimits::BYTES_MAX);
        if bytes.is_none() {
            let mend = format!("change it, or remove it to use the default {default}");
            node.report_mismatch(&format!("0-{} (bytes)", OutboundLimits::BYTES_MAX), &mend);
        }
        bytes
    })
}

fn seconds(node: &Node<'_>, max: Duration, otherwise: &str) -> Option<Duration> {
    let seconds = node.as_number();
    let seconds = seconds.filter(|seconds| (SECONDS_MIN..=max.as_secs_f64()).contains(seconds));
    if seconds.is_none() {
        node.report_mismatch(
            &format!("{SECONDS_MIN}-{} (seconds)", max.as_secs()),
            &format!("change it, or remove it to {otherwise}"),
        );
    }
    seconds.map(Duration::from_secs_f64)
}
