//! Environment variables of functions: which there may be, and how large they are.

use std::collections::BTreeMap;

use crate::refusal::Refusal;

/// All names and values as JSON (AWS).
const ENVIRONMENT_BYTES_MAX: usize = 4_096;

/// Variables that Lambda itself sets (Lambda Developer Guide, "Defined runtime environment
/// variables").
const RESERVED: [&str; 17] = [
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_HANDLER",
];

/// Refuses what Lambda refuses.
pub(crate) fn check(variables: &BTreeMap<String, String>) -> Result<(), Refusal> {
    const UNABLE: &str = "Lambda was unable to configure your environment variables because the \
                          environment variables you have provided";
    let is_reserved = |name: &&String| RESERVED.contains(&name.as_str());
    let reserved: Vec<&str> = variables.keys().filter(is_reserved).map(String::as_str).collect();
    if !reserved.is_empty() {
        return Err(Refusal::bad_request(format!(
            "{UNABLE} contains reserved keys that are currently not supported for modification. \
             Reserved keys used in this request: {}",
            reserved.join(", ")
        )));
    }
    let text = serde_json::to_string(variables).unwrap_or_default();
    if ENVIRONMENT_BYTES_MAX < text.len() {
        return Err(Refusal::bad_request(format!(
            "{UNABLE} exceeded the 4KB limit. String measured: {}",
            crate::input::shown(&text)
        )));
    }
    Ok(())
}
