//! Pages of lists: `Marker` and `MaxItems`.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::refusal::Refusal;

/// Members of a page when nothing is said, and at most (AWS).
const ITEMS_DEFAULT: usize = 50;
const ITEMS_MAX: usize = 10_000;

/// A page of a list in the order of its rows, whose numbers stand before the items.
pub(crate) fn answer(
    call: &Call,
    member: &str,
    mut items: Vec<(i64, Value)>,
) -> Result<Answer, Refusal> {
    let asked = call.input.value("MaxItems").and_then(Value::as_u64);
    let count = asked.and_then(|count| usize::try_from(count).ok());
    let count = count.unwrap_or(ITEMS_DEFAULT).min(ITEMS_MAX);
    if let Some(marker) = call.input.text("Marker").filter(|marker| !marker.is_empty()) {
        let after: i64 = marker.parse().map_err(|_| Refusal::bad_request("Invalid marker"))?;
        items.retain(|(row, _)| after < *row);
    }
    items.sort_by_key(|(row, _)| *row);
    let has_more = count < items.len();
    items.truncate(count);
    let marker = items.last().filter(|_| has_more).map(|(row, _)| row.to_string());
    let items: Vec<Value> = items.into_iter().map(|(_, item)| item).collect();
    let mut list = json!({ member: items });
    if let Some(marker) = marker {
        list["NextMarker"] = marker.into();
    }
    Ok(Answer::Json(list))
}
