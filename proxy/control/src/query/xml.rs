//! Answers of the Query protocol in XML.

use std::fmt::Write;

use serde_json::{Value, json};

use super::QueryRefusal;

/// The answer of an operation: its result, if it has one.
pub(super) fn response(action: &str, namespace: &str, result: &Value, request_id: &str) -> String {
    let mut xml = format!(r#"<{action}Response xmlns="{namespace}">"#);
    if !result.is_null() {
        element(&mut xml, &format!("{action}Result"), result);
    }
    let _ = write!(xml, "<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>");
    xml + &format!("</{action}Response>\n")
}

/// The answer of a call that was refused.
pub(super) fn error(namespace: &str, refusal: &QueryRefusal, request_id: &str) -> String {
    let fault = if refusal.status().is_server_error() { "Receiver" } else { "Sender" };
    let mut xml = format!(r#"<ErrorResponse xmlns="{namespace}">"#);
    let error = json!({ "Type": fault, "Code": refusal.code(), "Message": refusal.message() });
    element(&mut xml, "Error", &error);
    xml + &format!("<RequestId>{request_id}</RequestId></ErrorResponse>\n")
}

/// A member that has no value is not there; the items of a list are called `member`.
fn element(xml: &mut String, name: &str, value: &Value) {
    if value.is_null() {
        return;
    }
    let _ = write!(xml, "<{name}>");
    match value {
        Value::Null => {}
        Value::Bool(value) => xml.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => xml.push_str(&number.to_string()),
        Value::String(text) => escape(xml, text),
        Value::Array(items) => items.iter().for_each(|item| element(xml, "member", item)),
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| element(xml, name, member));
        }
    }
    let _ = write!(xml, "</{name}>");
}

/// XML 1.0 has no other control characters, not even escaped.
fn escape(xml: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\r' => xml.push_str("&#xD;"),
            '\t' | '\n' => xml.push(character),
            '\0'..' ' | '\u{fffe}' | '\u{ffff}' => xml.push('\u{fffd}'),
            _ => xml.push(character),
        }
    }
}
