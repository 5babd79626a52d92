//! What a path finds in a document.

use std::fmt::Write as _;

use super::{Function, JsonPath, Step, TooManyVisits};
use crate::json::{Json, Node};
use crate::number;

/// Values are named by their places in the document.
#[derive(Clone, Debug)]
pub(crate) enum Found {
    Count(i64),
    Decimal(f64),
    /// Some of the members of a map: their names and values.
    Members(Vec<(u32, u32)>),
    MembersOfEach(Vec<Vec<(u32, u32)>>),
    Node(u32),
    Nodes(Vec<u32>),
}

impl Found {
    /// As JSON; nothing more is written once `out` is longer than `bytes_max`.
    pub(crate) fn write(&self, json: &Json, bytes_max: usize, out: &mut String) {
        let members = |members: &[(u32, u32)], out: &mut String| {
            out.push('{');
            for (index, (name, value)) in members.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                json.write(*name, out);
                out.push(':');
                json.write(*value, out);
            }
            out.push('}');
        };
        match self {
            Self::Count(count) => {
                // Writing to a string does not fail.
                let _ = write!(out, "{count}");
            }
            Self::Decimal(value) => out.push_str(&number::decimal(*value)),
            Self::Members(found) => members(found, out),
            Self::MembersOfEach(each) => {
                let write = |found: &Vec<_>, out: &mut String| members(found, out);
                write_list(each, bytes_max, out, write);
            }
            Self::Node(at) => json.write(*at, out),
            Self::Nodes(nodes) => write_list(nodes, bytes_max, out, |at, out| json.write(*at, out)),
        }
    }
}

fn write_list<T>(
    items: &[T],
    bytes_max: usize,
    out: &mut String,
    mut write: impl FnMut(&T, &mut String),
) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if out.len() > bytes_max {
            return;
        }
        out.push_str(if index == 0 { "" } else { "," });
        write(item, out);
    }
    out.push(']');
}

pub(super) fn find(
    path: &JsonPath,
    json: &Json,
    root: u32,
    visits: &mut u64,
) -> Result<Option<Found>, TooManyVisits> {
    let mut search = Search { json, visits };
    let mut found = vec![root];
    let mut is_definite = true;
    for (index, step) in path.steps.iter().enumerate() {
        let is_last = index + 1 == path.steps.len() && path.function.is_none();
        if let (Step::Members(names), true) = (step, is_last) {
            return search.members_of_each(&found, names, is_definite);
        }
        let mut next = Vec::new();
        for at in &found {
            search.step(step, *at, &mut next)?;
        }
        // What is definite must be there.
        if next.is_empty() && is_definite && matches!(step, Step::Index(_) | Step::Member(_)) {
            return Ok(None);
        }
        is_definite &= matches!(step, Step::Index(_) | Step::Member(_));
        found = next;
    }
    let found = match found.first() {
        Some(at) if is_definite => Found::Node(*at),
        _ => Found::Nodes(found),
    };
    Ok(match path.function {
        None => Some(found),
        Some(function) => apply(function, json, &found),
    })
}

pub(super) struct Search<'s> {
    pub(super) json: &'s Json,
    pub(super) visits: &'s mut u64,
}

impl Search<'_> {
    pub(super) fn visit(&mut self, values: usize) -> Result<(), TooManyVisits> {
        let left = self.visits.checked_sub(values as u64);
        *self.visits = left.unwrap_or(0);
        left.map(|_| ()).ok_or(TooManyVisits)
    }

    fn step(&mut self, step: &Step, at: u32, next: &mut Vec<u32>) -> Result<(), TooManyVisits> {
        self.visit(1)?;
        let (json, before) = (self.json, next.len());
        match step {
            Step::Descend => return self.descend(at, next),
            Step::Every => {
                next.extend(json.items(at));
                next.extend(json.members(at).map(|(_, value)| value));
            }
            Step::Filter(filter) => return self.filter(filter, at, next),
            Step::Index(index) => {
                let count = json.items(at).count();
                self.visit(count)?;
                next.extend(position(*index, count).and_then(|index| json.items(at).nth(index)));
            }
            Step::Indexes(indexes) => {
                let items: Vec<u32> = json.items(at).collect();
                self.visit(items.len() + indexes.len())?;
                let positions = indexes.iter().filter_map(|index| position(*index, items.len()));
                next.extend(positions.map(|position| items[position]));
            }
            Step::Member(name) => {
                let members = json.members(at).count();
                self.visit(members)?;
                next.extend(json.member(at, name));
            }
            Step::Members(names) => {
                self.visit(names.len() * json.members(at).count())?;
                next.extend(names.iter().filter_map(|name| json.member(at, name)));
            }
            Step::Slice { from, to } => {
                let items: Vec<u32> = json.items(at).collect();
                let bound = |bound: i64| {
                    let from_end = bound.saturating_add(i64::try_from(items.len()).unwrap_or(0));
                    let bound = if bound < 0 { from_end } else { bound };
                    usize::try_from(bound).unwrap_or(0).min(items.len())
                };
                let (from, to) = (from.map_or(0, bound), to.map_or(items.len(), bound));
                next.extend(items.get(from..to).unwrap_or_default());
                self.visit(items.len())?;
            }
        }
        self.visit(next.len() - before)
    }

    /// Itself and all within, from the outside to the inside.
    fn descend(&mut self, at: u32, next: &mut Vec<u32>) -> Result<(), TooManyVisits> {
        let mut open = vec![at];
        while let Some(at) = open.pop() {
            self.visit(1)?;
            next.push(at);
            let first = open.len();
            open.extend(self.json.items(at));
            open.extend(self.json.members(at).map(|(_, value)| value));
            open[first..].reverse();
        }
        Ok(())
    }

    /// The items of a list; a map as a whole.
    fn filter(
        &mut self,
        filter: &super::Filter,
        at: u32,
        next: &mut Vec<u32>,
    ) -> Result<(), TooManyVisits> {
        match self.json.node(at) {
            Node::List { .. } => {
                for item in self.json.items(at) {
                    if filter.accepts(self, item)? {
                        next.push(item);
                    }
                }
            }
            Node::Map { .. } if filter.accepts(self, at)? => next.push(at),
            _ => {}
        }
        Ok(())
    }

    fn members_of_each(
        &mut self,
        found: &[u32],
        names: &[Box<str>],
        is_definite: bool,
    ) -> Result<Option<Found>, TooManyVisits> {
        let mut each = Vec::new();
        for at in found {
            let members: Vec<(u32, u32)> = self.json.members(*at).collect();
            self.visit(1 + names.len() * members.len())?;
            if !matches!(self.json.node(*at), Node::Map { .. }) {
                continue;
            }
            let member = |name: &str| {
                members.iter().find(|(place, _)| self.json.string(*place) == Some(name)).copied()
            };
            each.push(names.iter().filter_map(|name| member(name)).collect());
        }
        if is_definite {
            return Ok(each.pop().map(Found::Members));
        }
        Ok(Some(Found::MembersOfEach(each)))
    }
}

/// From the end, if it is negative.
fn position(index: i64, count: usize) -> Option<usize> {
    let index = if index < 0 { index.checked_add(i64::try_from(count).ok()?)? } else { index };
    usize::try_from(index).ok().filter(|index| *index < count)
}

fn apply(function: Function, json: &Json, found: &Found) -> Option<Found> {
    let items: Vec<u32> = match found {
        Found::Node(at) => json.items(*at).collect(),
        Found::Nodes(nodes) => nodes.clone(),
        _ => Vec::new(),
    };
    let numbers = || items.iter().filter_map(|at| decimal(json, *at));
    let count = numbers().count();
    #[expect(clippy::cast_precision_loss, reason = "there are fewer numbers than bytes of text")]
    let mean = || numbers().sum::<f64>() / count as f64;
    Some(match function {
        Function::Average if count > 0 => Found::Decimal(mean()),
        Function::Deviation if count > 0 => {
            let mean = mean();
            #[expect(clippy::cast_precision_loss, reason = "as above")]
            let variance = numbers().map(|n| (n - mean).powi(2)).sum::<f64>() / count as f64;
            Found::Decimal(variance.sqrt())
        }
        Function::First => Found::Node(*items.first()?),
        Function::Keys => match found {
            Found::Node(at) if matches!(json.node(*at), Node::Map { .. }) => {
                Found::Nodes(json.members(*at).map(|(name, _)| name).collect())
            }
            _ => return None,
        },
        Function::Last => Found::Node(*items.last()?),
        Function::Length => match found {
            Found::Node(at) => match json.node(*at) {
                Node::List { .. } => Found::Count(i64::try_from(items.len()).ok()?),
                Node::Map { .. } => Found::Count(i64::try_from(json.members(*at).count()).ok()?),
                _ => return None,
            },
            _ => Found::Count(i64::try_from(items.len()).ok()?),
        },
        Function::Maximum if count > 0 => Found::Decimal(numbers().fold(f64::MIN, f64::max)),
        Function::Minimum if count > 0 => Found::Decimal(numbers().fold(f64::MAX, f64::min)),
        Function::Sum if count > 0 => Found::Decimal(numbers().sum()),
        Function::Average
        | Function::Deviation
        | Function::Maximum
        | Function::Minimum
        | Function::Sum => return None,
    })
}

pub(super) fn decimal(json: &Json, at: u32) -> Option<f64> {
    match json.node(at) {
        Node::Decimal(value) => Some(value),
        #[expect(
            clippy::cast_precision_loss,
            reason = "as Java compares whole with decimal numbers"
        )]
        Node::Integer(value) => Some(value as f64),
        Node::Number { start, end } => json.digits(start, end).parse().ok(),
        _ => None,
    }
}
