//! An explanation for people: a line for the request, one for each phase with its time, and what it
//! did beneath it.

use std::fmt::Write as _;

use serde_json::Value;

/// Of the JSON of an explanation.
pub(super) fn of(json: &[u8]) -> String {
    let document: Value = serde_json::from_slice(json).unwrap_or_default();
    let text = |name: &str| document[name].as_str().unwrap_or_default();
    let latency = document["responseLatency"].as_f64().unwrap_or_default();
    let mut lines = format!(
        "{} {} -> {} in {latency:.3} ms (request {}, API {}, stage {})\n",
        text("httpMethod"),
        text("path"),
        document["status"],
        text("requestId"),
        text("apiId"),
        text("stage"),
    );
    let phases = document["phases"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (position, phase) in phases.iter().enumerate() {
        let at = millis(&phase["atMicros"]);
        let end = phases.get(position + 1).map_or(latency, |next| millis(&next["atMicros"]));
        let name = phase["phase"].as_str().unwrap_or_default();
        // Text takes whatever is written to it.
        let _ = writeln!(lines, "\n{at:9.3} ms  {name}, {:.3} ms", (end - at).max(0.0));
        for step in phase["steps"].as_array().map(Vec::as_slice).unwrap_or_default() {
            let what = step["what"].as_str().unwrap_or_default();
            write_value(&mut lines, what, &step["value"], 14);
        }
    }
    lines
}

fn millis(micros: &Value) -> f64 {
    micros.as_f64().unwrap_or_default() / 1e3
}

/// Members each on a line of their own, deeper than their name.
fn write_value(lines: &mut String, name: &str, value: &Value, indent: usize) {
    let shown = match value {
        Value::Object(members) if members.is_empty() => "none".to_owned(),
        Value::Array(values) if values.is_empty() => "none".to_owned(),
        Value::Object(members) => {
            let _ = writeln!(lines, "{:indent$}{name}:", "");
            for (name, value) in members {
                write_value(lines, name, value, indent + 2);
            }
            return;
        }
        Value::Null => "none".to_owned(),
        Value::String(text) => text.trim_end().replace('\n', &format!("\n{:1$}", "", indent + 2)),
        Value::Array(_) | Value::Bool(_) | Value::Number(_) => value.to_string(),
    };
    let _ = writeln!(lines, "{:indent$}{name}: {shown}", "");
}
