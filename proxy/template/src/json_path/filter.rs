//! Filters: `[?(@.price < 10 && @.kind == 'a')]`.

use super::evaluate::{Found, Search, decimal};
use super::{JsonPath, TooManyVisits};
use crate::json::{Json, Node};
use crate::pattern::Pattern;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Filter {
    All(Box<[Self]>),
    Any(Box<[Self]>),
    Compare(Box<(Operand, Comparison, Operand)>),
    /// There is such a value.
    Exists(Operand),
    Not(Box<Self>),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Comparison {
    AnyOf,
    Contains,
    Empty,
    Equal,
    Greater,
    GreaterOrEqual,
    In,
    Less,
    LessOrEqual,
    Matches,
    NoneOf,
    NotEqual,
    NotIn,
    Size,
    SubsetOf,
}

impl Comparison {
    /// How it is written, in the order in which a parser must try.
    pub(super) const SPELLINGS: [(&'static str, Self); 15] = [
        ("==", Self::Equal),
        ("!=", Self::NotEqual),
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("=~", Self::Matches),
        ("<", Self::Less),
        (">", Self::Greater),
        ("nin", Self::NotIn),
        ("in", Self::In),
        ("contains", Self::Contains),
        ("anyof", Self::AnyOf),
        ("noneof", Self::NoneOf),
        ("subsetof", Self::SubsetOf),
        ("size", Self::Size),
        ("empty", Self::Empty),
    ];
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Boolean(bool),
    List(Box<[Self]>),
    Null,
    Number(f64),
    /// From `@`.
    Path(JsonPath),
    Pattern(Pattern),
    /// From `$`.
    RootPath(JsonPath),
    Text(Box<str>),
}

/// What an operand comes to.
#[derive(Debug)]
enum Value<'v> {
    Boolean(bool),
    List(Vec<Self>),
    Map(u32),
    Null,
    Number(f64),
    Pattern(&'v Pattern),
    Text(&'v str),
    Undefined,
}

impl Filter {
    pub(super) fn accepts(&self, search: &mut Search<'_>, at: u32) -> Result<bool, TooManyVisits> {
        search.visit(1)?;
        let json = search.json;
        match self {
            Self::All(filters) => {
                for filter in filters {
                    if !filter.accepts(search, at)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Any(filters) => {
                for filter in filters {
                    if filter.accepts(search, at)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::Compare(parts) => {
                let (left, comparison, right) = &**parts;
                let left = left.value(json, search, at)?;
                let right = right.value(json, search, at)?;
                compare(search, &left, *comparison, &right)
            }
            Self::Exists(operand) => {
                Ok(!matches!(operand.value(json, search, at)?, Value::Undefined))
            }
            Self::Not(filter) => Ok(!filter.accepts(search, at)?),
        }
    }
}

impl Operand {
    fn value<'v>(
        &'v self,
        json: &'v Json,
        search: &mut Search<'_>,
        at: u32,
    ) -> Result<Value<'v>, TooManyVisits> {
        let (path, from) = match self {
            Self::Boolean(value) => return Ok(Value::Boolean(*value)),
            Self::List(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    values.push(item.value(json, search, at)?);
                }
                return Ok(Value::List(values));
            }
            Self::Null => return Ok(Value::Null),
            Self::Number(value) => return Ok(Value::Number(*value)),
            Self::Path(path) => (path, at),
            Self::Pattern(pattern) => return Ok(Value::Pattern(pattern)),
            Self::RootPath(path) => (path, Json::ROOT),
            Self::Text(text) => return Ok(Value::Text(text)),
        };
        Ok(match path.find(json, from, search.visits)? {
            Some(Found::Node(at)) => Value::of(json, search, at)?,
            Some(Found::Nodes(nodes)) => Value::list(json, search, nodes.into_iter())?,
            #[expect(clippy::cast_precision_loss, reason = "there are fewer values than bytes")]
            Some(Found::Count(count)) => Value::Number(count as f64),
            Some(Found::Decimal(value)) => Value::Number(value),
            Some(Found::Members(_) | Found::MembersOfEach(_)) | None => Value::Undefined,
        })
    }
}

impl<'v> Value<'v> {
    fn of(json: &'v Json, search: &mut Search<'_>, at: u32) -> Result<Self, TooManyVisits> {
        Ok(match json.node(at) {
            Node::Boolean(value) => Self::Boolean(value),
            Node::List { .. } => Self::list(json, search, json.items(at))?,
            Node::Map { .. } => Self::Map(at),
            Node::Hidden { .. } | Node::Null => Self::Null,
            Node::Decimal(_) | Node::Integer(_) | Node::Number { .. } => {
                decimal(json, at).map_or(Self::Undefined, Self::Number)
            }
            Node::Escaped(_) | Node::Text { .. } => {
                json.string(at).map_or(Self::Undefined, Self::Text)
            }
        })
    }

    fn list(
        json: &'v Json,
        search: &mut Search<'_>,
        nodes: impl Iterator<Item = u32>,
    ) -> Result<Self, TooManyVisits> {
        let mut values = Vec::new();
        for at in nodes {
            search.visit(1)?;
            values.push(Self::of(json, search, at)?);
        }
        Ok(Self::List(values))
    }
}

fn compare(
    search: &mut Search<'_>,
    left: &Value<'_>,
    comparison: Comparison,
    right: &Value<'_>,
) -> Result<bool, TooManyVisits> {
    let order = match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.partial_cmp(right),
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        _ => None,
    };
    Ok(match comparison {
        Comparison::Equal => equal(search, left, right)?,
        Comparison::NotEqual => !equal(search, left, right)?,
        Comparison::Greater => order.is_some_and(std::cmp::Ordering::is_gt),
        Comparison::GreaterOrEqual => order.is_some_and(std::cmp::Ordering::is_ge),
        Comparison::Less => order.is_some_and(std::cmp::Ordering::is_lt),
        Comparison::LessOrEqual => order.is_some_and(std::cmp::Ordering::is_le),
        Comparison::Matches => match (left, right) {
            (Value::Text(text), Value::Pattern(pattern)) => pattern.is_whole_match(text),
            _ => false,
        },
        Comparison::In => is_in(search, left, items(right))?,
        Comparison::NotIn => !is_in(search, left, items(right))?,
        Comparison::Contains => match (left, right) {
            (Value::Text(text), Value::Text(part)) => text.contains(part),
            _ => is_in(search, right, items(left))?,
        },
        Comparison::AnyOf | Comparison::NoneOf | Comparison::SubsetOf => {
            let mut count = 0;
            for item in items(left) {
                count += usize::from(is_in(search, item, items(right))?);
            }
            match comparison {
                Comparison::AnyOf => count > 0,
                Comparison::NoneOf => count == 0,
                _ => count == items(left).len(),
            }
        }
        Comparison::Size | Comparison::Empty => {
            let size = match left {
                Value::List(items) => Some(items.len()),
                Value::Text(text) => Some(text.chars().count()),
                _ => None,
            };
            #[expect(clippy::cast_precision_loss, reason = "there are fewer items than bytes")]
            match (size, right) {
                (Some(size), Value::Number(number)) => size as f64 == *number,
                (Some(size), Value::Boolean(is_empty)) => (size == 0) == *is_empty,
                _ => false,
            }
        }
    })
}

fn items<'s, 'v>(value: &'s Value<'v>) -> &'s [Value<'v>] {
    if let Value::List(items) = value { items } else { &[] }
}

fn is_in(
    search: &mut Search<'_>,
    value: &Value<'_>,
    items: &[Value<'_>],
) -> Result<bool, TooManyVisits> {
    for item in items {
        if equal(search, value, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal(
    search: &mut Search<'_>,
    left: &Value<'_>,
    right: &Value<'_>,
) -> Result<bool, TooManyVisits> {
    search.visit(1)?;
    Ok(match (left, right) {
        (Value::Boolean(left), Value::Boolean(right)) => left == right,
        (Value::List(left), Value::List(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            for (left, right) in left.iter().zip(right) {
                if !equal(search, left, right)? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Map(left), Value::Map(right)) => {
            let (mut one, mut other) = (String::new(), String::new());
            search.json.write(*left, &mut one);
            search.json.write(*right, &mut other);
            search.visit(one.len() + other.len())?;
            one == other
        }
        (Value::Null, Value::Null) => true,
        (Value::Number(left), Value::Number(right)) => left == right,
        (Value::Text(left), Value::Text(right)) => left == right,
        _ => false,
    })
}
