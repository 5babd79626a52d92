//! Settings of functions that mean something on AWS which there is not here: they are refused by
//! name when they are set to something, and taken when they say what is so anyway.

use serde_json::{Value, json};

use crate::call::Call;
use crate::refusal::Refusal;

/// Members that say nothing when they are empty, and what to do instead.
const REFUSED: [(&str, &str); 15] = [
    ("AcceleratorConfig", "there are no accelerators"),
    ("CapacityProviderConfig", "a function runs on this node"),
    ("CodeSigningConfigArn", "code is not signed; it is checked by its SHA-256"),
    ("DeadLetterConfig", "there are no queues; a failed event is logged"),
    ("DurableConfig", "there are no durable executions"),
    ("FileSystemConfigs", "a component has no file system; use a key-value namespace"),
    ("FunctionUrlAuthType", "there are no function URLs; use an API"),
    ("ImageConfig", "there are no container images; upload a component"),
    ("InvokedViaFunctionUrl", "there are no function URLs; use an API"),
    ("KMSKeyArn", "there are no KMS keys"),
    ("Layers", "there are no layers; build what they have into the component"),
    ("PublishTo", "use Publish"),
    ("RuntimeConfig", "a component brings its own runtime"),
    ("TenancyConfig", "there are no tenants"),
    ("VpcConfig", "there are no VPCs; grant hosts with the variable EDGEWAY_OUTBOUND"),
];

/// Refuses a call that sets such a member. Of a new function, its name.
pub(crate) fn check(call: &Call, function: &str) -> Result<(), Refusal> {
    for (member, instead) in REFUSED {
        if call.input.value(member).is_some_and(is_something) {
            return Err(refusal(member, instead));
        }
    }
    let value = |member: &str| call.input.value(member).filter(|value| is_something(value));
    if value("PackageType").is_some_and(|kind| kind != "Zip") || value("ImageUri").is_some() {
        return Err(refusal("PackageType Image", "upload a component as ZipFile"));
    }
    if value("EphemeralStorage").is_some_and(|storage| storage != &json!({ "Size": 512 })) {
        return Err(refusal("EphemeralStorage", "a component has no file system"));
    }
    if value("SnapStart").is_some_and(|start| start["ApplyOn"] != "None") {
        return Err(refusal("SnapStart", "use the variable EDGEWAY_PROVISIONED"));
    }
    if value("TracingConfig").is_some_and(|tracing| tracing["Mode"] != "PassThrough") {
        return Err(refusal("TracingConfig", "there is no X-Ray; the mode is PassThrough"));
    }
    let group = format!("/aws/lambda/{function}");
    for (name, set) in value("LoggingConfig").and_then(Value::as_object).into_iter().flatten() {
        let is_so = match name.as_str() {
            "LogFormat" => set == "Text",
            "LogGroup" => set == group.as_str(),
            _ => !is_something(set),
        };
        if !is_so {
            return Err(refusal("LoggingConfig", "the gateway's own log has what functions log"));
        }
    }
    Ok(())
}

pub(crate) fn refusal(member: &str, instead: &str) -> Refusal {
    Refusal::bad_request(format!("{member} is not supported by this gateway: {instead}"))
}

fn is_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => items.iter().any(is_something),
        Value::Object(members) => members.values().any(is_something),
    }
}
