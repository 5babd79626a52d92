//! What a call that was done answers, and how documents look on the wire.

use axum::http::{Response, StatusCode};
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::port::BoxFuture;
use crate::refusal::Refusal;

/// The body of an answer; its status is the operation's.
pub(crate) enum Answer {
    Empty,
    Json(Value),
    /// One that comes when something else has been awaited, outside the transaction.
    Later(BoxFuture<'static, Result<Self, Refusal>>),
    /// With a status and headers of its own.
    Response(Response<Bytes>),
}

impl Answer {
    /// Nothing, with a status of its own.
    pub(crate) fn empty(status: StatusCode) -> Self {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = status;
        Self::Response(response)
    }

    /// A document as it is.
    pub(crate) fn of(document: &impl Serialize) -> Result<Self, Refusal> {
        Ok(Self::Json(to_wire(document)?))
    }
}

/// Members that have no value are not there on the wire.
pub(crate) fn to_wire(document: &impl Serialize) -> Result<Value, Refusal> {
    let mut value = serde_json::to_value(document)
        .map_err(|error| Refusal::serialization(error.to_string()))?;
    drop_nulls(&mut value);
    Ok(value)
}

/// The same without some members.
pub(crate) fn to_wire_without(
    document: &impl Serialize,
    members: &[&str],
) -> Result<Value, Refusal> {
    let mut value = to_wire(document)?;
    if let Value::Object(object) = &mut value {
        object.retain(|name, _| !members.contains(&name.as_str()));
    }
    Ok(value)
}

/// The same without `tags`, if there is none: most answers are so.
pub(crate) fn to_wire_tagged(document: &impl Serialize) -> Result<Value, Refusal> {
    to_wire_tagged_without(document, &[])
}

/// Both.
pub(crate) fn to_wire_tagged_without(
    document: &impl Serialize,
    members: &[&str],
) -> Result<Value, Refusal> {
    let mut value = to_wire_without(document, members)?;
    if let Value::Object(object) = &mut value
        && object.get("tags").and_then(Value::as_object).is_some_and(Map::is_empty)
    {
        object.shift_remove("tags");
    }
    Ok(value)
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
