//! Pages of lists: `position` and `limit`, and in the second API `nextToken` and `maxResults`.

use serde::Serialize;
use serde_json::{Value, json};
use store::{Document, ReadTransaction, Row, Stored};

use crate::answer::{Answer, to_wire};
use crate::call::Call;
use crate::refusal::Refusal;

/// Members of a page when nothing is said, and at most (AWS).
const LIMIT_DEFAULT: i64 = 25;
const LIMIT_MAX: i64 = 500;

/// The same in the second API.
const RESULTS_DEFAULT: i64 = 100;
const RESULTS_MAX: i64 = 500;

/// What part of a list is asked for.
struct Page {
    /// The number of the last row that was seen.
    after: i64,
    limit: usize,
}

impl Page {
    /// As recorded, a limit that cannot be makes an empty list, not an error.
    fn read(call: &Call) -> Result<Self, Refusal> {
        #[derive(serde::Deserialize)]
        struct Members {
            position: Option<String>,
            limit: Option<i64>,
        }
        let members: Members = call.input.parse()?;
        let after = decode(members.position.as_deref())
            .ok_or_else(|| Refusal::bad_request("Invalid position specified"))?;
        let limit = members.limit.unwrap_or(LIMIT_DEFAULT);
        let limit = if (1..=LIMIT_MAX).contains(&limit) { limit } else { 0 };
        Ok(Self { after, limit: usize::try_from(limit).unwrap_or_default() })
    }

    /// In the second API. A number is text in some of its operations.
    fn read_v2(call: &Call) -> Result<Self, Refusal> {
        let after = decode(call.input.text("nextToken"))
            .ok_or_else(|| Refusal::bad_request("Invalid nextToken specified"))?;
        let limit = match call.input.value("maxResults") {
            None => Some(RESULTS_DEFAULT),
            Some(Value::String(text)) => text.parse().ok(),
            Some(number) => number.as_i64(),
        };
        let limit = limit.filter(|limit| (1..=RESULTS_MAX).contains(limit));
        let limit = limit.and_then(|limit| usize::try_from(limit).ok());
        let limit = limit.ok_or_else(|| {
            Refusal::bad_request(format!("Invalid maxResults specified: it is 1 to {RESULTS_MAX}"))
        })?;
        Ok(Self { after, limit })
    }
}

/// A page of all documents of an owner that `is_wanted`, each as `show` shows it.
pub(crate) fn list<D: Document>(
    call: &Call,
    transaction: &ReadTransaction<'_>,
    owner: Row<D::Owner>,
    is_wanted: impl Fn(&D) -> bool,
    show: impl Fn(Stored<D>) -> Result<Value, Refusal>,
) -> Result<Answer, Refusal> {
    let (found, position) = select(call, transaction, owner, is_wanted)?;
    let items = found.into_iter().map(show).collect::<Result<Vec<_>, _>>()?;
    Ok(answer(items, position))
}

/// The same in the second API, where the list is a member of the name `items`.
pub(crate) fn list_v2<D: Document>(
    call: &Call,
    transaction: &ReadTransaction<'_>,
    (owner, items): (Row<D::Owner>, &str),
    is_wanted: impl Fn(&D) -> bool,
    show: impl Fn(Stored<D>) -> Result<Value, Refusal>,
) -> Result<Answer, Refusal> {
    let (found, position) = select_page(&Page::read_v2(call)?, transaction, owner, is_wanted)?;
    let shown = found.into_iter().map(show).collect::<Result<Vec<_>, _>>()?;
    let mut list = json!({ items: shown });
    if let Some(position) = position {
        list["nextToken"] = position.into();
    }
    Ok(Answer::Json(list))
}

/// A page of all documents of an owner that `is_wanted`, and where the next one begins.
pub(crate) fn select<D: Document>(
    call: &Call,
    transaction: &ReadTransaction<'_>,
    owner: Row<D::Owner>,
    is_wanted: impl Fn(&D) -> bool,
) -> Result<(Vec<Stored<D>>, Option<String>), Refusal> {
    select_page(&Page::read(call)?, transaction, owner, is_wanted)
}

fn select_page<D: Document>(
    page: &Page,
    transaction: &ReadTransaction<'_>,
    owner: Row<D::Owner>,
    is_wanted: impl Fn(&D) -> bool,
) -> Result<(Vec<Stored<D>>, Option<String>), Refusal> {
    let mut found: Vec<Stored<D>> = Vec::new();
    let mut after = page.after;
    // One more than asked for tells whether there is another page.
    while found.len() <= page.limit {
        let count = page.limit + 1 - found.len();
        let part = transaction.page::<D>(owner, after, u32::try_from(count).unwrap_or(u32::MAX))?;
        let Some(last) = part.last() else { break };
        after = last.row.number();
        let is_last = part.len() < count;
        found.extend(part.into_iter().filter(|stored| is_wanted(&stored.document)));
        if is_last {
            break;
        }
    }
    let has_more = found.len() > page.limit && page.limit > 0;
    found.truncate(page.limit);
    let position = found.last().filter(|_| has_more).map(|last| encode(last.row.number()));
    Ok((found, position))
}

/// A page of a list that is not of documents.
pub(crate) fn of_values<T: Serialize>(call: &Call, values: &[T]) -> Result<Answer, Refusal> {
    let page = Page::read(call)?;
    let begin = usize::try_from(page.after).unwrap_or_default().min(values.len());
    let end = (begin + page.limit).min(values.len());
    let has_more = end < values.len() && page.limit > 0;
    let position = has_more.then(|| encode(i64::try_from(end).unwrap_or(i64::MAX)));
    let items = values[begin..end].iter().map(to_wire).collect::<Result<Vec<_>, _>>()?;
    Ok(answer(items, position))
}

fn answer(items: Vec<Value>, position: Option<String>) -> Answer {
    let mut list = json!({ "item": items });
    if let Some(position) = position {
        list["position"] = position.into();
    }
    Answer::Json(list)
}

/// The number of a row that was seen; 0 if none was. None for what is no number.
fn decode(position: Option<&str>) -> Option<i64> {
    match position {
        None | Some("") => Some(0),
        Some(position) => i64::from_str_radix(position, 36).ok(),
    }
}

/// In base 36, which needs no escape in a query.
pub(crate) fn encode(number: i64) -> String {
    let mut digits = Vec::new();
    let mut rest = number.unsigned_abs();
    loop {
        let digit = u32::try_from(rest % 36).unwrap_or_default();
        digits.push(char::from_digit(digit, 36).unwrap_or('0'));
        rest /= 36;
        if rest == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}
