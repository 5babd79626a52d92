//! Pages of lists: `Marker` and `MaxItems`.

use serde_json::{Map, Value};

use crate::query::Form;

/// Members of a page when nothing is said (AWS).
const ITEMS_DEFAULT: u32 = 100;

/// A page of `items`, which are found by their keys, in the order of these. The marker is the key of
/// the last one that was seen, so that what is added or removed meanwhile moves nothing.
pub(super) fn page(form: &Form, list: &str, mut items: Vec<(String, Value)>) -> Value {
    items.sort_by(|(one, _), (other, _)| one.cmp(other));
    if let Some(marker) = form.text("Marker") {
        items.retain(|(key, _)| marker < key.as_str());
    }
    let count = form.number("MaxItems").unwrap_or(ITEMS_DEFAULT);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let is_truncated = count < items.len();
    items.truncate(count);
    let mut page = Map::new();
    page.insert("IsTruncated".to_owned(), is_truncated.into());
    if let Some((last, _)) = items.last().filter(|_| is_truncated) {
        page.insert("Marker".to_owned(), last.as_str().into());
    }
    let items = items.into_iter().map(|(_, item)| item).collect();
    page.insert(list.to_owned(), Value::Array(items));
    Value::Object(page)
}
