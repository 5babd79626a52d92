//! Whether an instance fits: the fast way, which stops at the first thing that does not.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::graph::{Bound, Dependency, Graph, Items, Keyword, Node, NodeId, Type};
use crate::number;
use crate::value_text::{canonical, equal};

/// Nodes looked at in one check. A body of 10 MB takes fewer, unless alternatives multiply.
const STEPS_MAX: usize = 4_000_000;

/// Nodes within nodes: a body is at most 127 values deep, and each may be looked at through a few
/// combinations. Bounds the stack.
const DEPTH_MAX: usize = 400;

/// Bytes of text that an expression reads in the time of one step.
const EXPRESSION_BYTES_PER_STEP: usize = 4;

/// What a check may still take.
pub(crate) struct Run {
    steps_left: usize,
    depth: usize,
    is_exhausted: bool,
}

impl Run {
    pub(crate) fn new() -> Self {
        Self { steps_left: STEPS_MAX, depth: 0, is_exhausted: false }
    }

    /// Whether it was ended before its end: what it said then means nothing.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.is_exhausted
    }

    /// Whether there are steps left.
    pub(crate) fn spend(&mut self, steps: usize) -> bool {
        match self.steps_left.checked_sub(steps) {
            Some(left) if !self.is_exhausted => self.steps_left = left,
            Some(_) | None => self.is_exhausted = true,
        }
        !self.is_exhausted
    }

    pub(crate) fn enter(&mut self) -> bool {
        self.depth += 1;
        self.is_exhausted |= DEPTH_MAX < self.depth;
        self.spend(1)
    }

    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }
}

impl Graph {
    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// Meaningful unless the run is exhausted.
    pub(crate) fn is_valid(&self, id: NodeId, instance: &Value, run: &mut Run) -> bool {
        let node = self.node(id);
        let is_valid = run.enter()
            && run.spend(node.expression_steps(instance))
            && node.keywords.iter().all(|keyword| self.holds(keyword, node, instance, run))
            && node.all_children(instance, |id, child| self.is_valid(id, child, run));
        run.leave();
        is_valid
    }

    /// How many of the schemas the instance fits.
    pub(crate) fn matched(&self, ids: &[NodeId], instance: &Value, run: &mut Run) -> usize {
        ids.iter().filter(|id| self.is_valid(**id, instance, run)).count()
    }

    /// Whether an instance does what a keyword asks; one that the keyword is not for does.
    pub(crate) fn holds(
        &self,
        keyword: &Keyword,
        node: &Node,
        instance: &Value,
        run: &mut Run,
    ) -> bool {
        match (keyword, instance) {
            (Keyword::AllOf(ids), _) => ids.iter().all(|id| self.is_valid(*id, instance, run)),
            (Keyword::AnyOf(ids), _) => ids.iter().any(|id| self.is_valid(*id, instance, run)),
            (Keyword::Enum(values), _) => {
                run.spend(values.len()) && values.iter().any(|value| equal(value, instance))
            }
            (Keyword::Not(id), _) => !self.is_valid(*id, instance, run),
            (Keyword::OneOf(ids), _) => {
                let fitting = |id: &&NodeId| self.is_valid(**id, instance, run);
                ids.iter().filter(fitting).take(2).count() == 1
            }
            (Keyword::Type(types), _) => types.contains(Type::of(instance)),
            (keyword, Value::Array(items)) => array_holds(keyword, items, run),
            (Keyword::Maximum(bound), Value::Number(number)) => {
                bound.holds(number::compare(number, &bound.limit).reverse())
            }
            (Keyword::Minimum(bound), Value::Number(number)) => {
                bound.holds(number::compare(number, &bound.limit))
            }
            (Keyword::MultipleOf(divisor), Value::Number(number)) => {
                number::is_multiple(number, divisor)
            }
            (Keyword::Dependencies(dependencies), Value::Object(members)) => dependencies
                .iter()
                .filter(|(name, _)| members.contains_key(name))
                .all(|(_, dependency)| self.dependency_holds(dependency, instance, members, run)),
            (keyword, Value::Object(members)) => object_holds(keyword, node, members, run),
            (keyword, Value::String(text)) => string_holds(keyword, text, run),
            (_, Value::Bool(_) | Value::Null | Value::Number(_)) => true,
        }
    }

    pub(crate) fn dependency_holds(
        &self,
        dependency: &Dependency,
        instance: &Value,
        members: &Map<String, Value>,
        run: &mut Run,
    ) -> bool {
        match dependency {
            Dependency::Properties(names) => {
                run.spend(names.len()) && names.iter().all(|name| members.contains_key(name))
            }
            Dependency::Schema(id) => self.is_valid(*id, instance, run),
        }
    }
}

impl Bound {
    /// `order` is that of the number to the limit, as a minimum has it.
    fn holds(&self, order: std::cmp::Ordering) -> bool {
        order.is_gt() || (order.is_eq() && !self.is_exclusive)
    }
}

fn array_holds(keyword: &Keyword, items: &[Value], run: &mut Run) -> bool {
    match keyword {
        Keyword::AdditionalItems(max) | Keyword::MaxItems(max) => items.len() <= *max,
        Keyword::MinItems(min) => *min <= items.len(),
        Keyword::UniqueItems => run.spend(items.len()) && are_unique(items),
        _ => true,
    }
}

fn are_unique(items: &[Value]) -> bool {
    let mut seen = HashSet::with_capacity(items.len());
    items.iter().all(|item| {
        let mut text = String::new();
        canonical(item, &mut text);
        seen.insert(text)
    })
}

fn object_holds(
    keyword: &Keyword,
    node: &Node,
    members: &Map<String, Value>,
    run: &mut Run,
) -> bool {
    match keyword {
        Keyword::AdditionalProperties => members.keys().all(|name| node.is_known_property(name)),
        Keyword::MaxProperties(max) => members.len() <= *max,
        Keyword::MinProperties(min) => *min <= members.len(),
        Keyword::Required(names) => {
            run.spend(names.len()) && names.iter().all(|name| members.contains_key(name))
        }
        _ => true,
    }
}

fn string_holds(keyword: &Keyword, text: &str, run: &mut Run) -> bool {
    match keyword {
        Keyword::Format(format) => format.is_matched_by(text),
        // Characters are at least one byte each, and at most four.
        Keyword::MaxLength(max) => text.len() <= *max || text.chars().count() <= *max,
        Keyword::MinLength(min) => *min <= text.len().div_ceil(4) || *min <= text.chars().count(),
        Keyword::Pattern { regex, .. } => {
            run.spend(text.len() / EXPRESSION_BYTES_PER_STEP) && regex.is_match(text)
        }
        _ => true,
    }
}

impl Node {
    /// What it takes to match the names of members.
    fn expression_steps(&self, instance: &Value) -> usize {
        match instance {
            Value::Object(members) if !self.pattern_properties.is_empty() => {
                let bytes: usize = members.keys().map(String::len).sum();
                let each = members.len() + bytes / EXPRESSION_BYTES_PER_STEP;
                each.saturating_mul(self.pattern_properties.len())
            }
            _ => 0,
        }
    }

    /// Whether a member of an object has a schema of its own.
    pub(crate) fn is_known_property(&self, name: &str) -> bool {
        self.properties.contains_key(name)
            || self.pattern_properties.iter().any(|(regex, _)| regex.is_match(name))
    }

    /// Calls `each` with each schema that is for a member of an object, until one answers no.
    pub(crate) fn all_of_member(&self, name: &str, mut each: impl FnMut(NodeId) -> bool) -> bool {
        let own = self.properties.get(name).copied();
        if own.is_some_and(|id| !each(id)) {
            return false;
        }
        let mut is_known = own.is_some();
        for (regex, id) in &self.pattern_properties {
            if regex.is_match(name) {
                is_known = true;
                if !each(*id) {
                    return false;
                }
            }
        }
        match self.additional_properties {
            Some(id) if !is_known => each(id),
            Some(_) | None => true,
        }
    }

    /// The schema that is for an item of an array.
    pub(crate) fn of_item(&self, position: usize) -> Option<NodeId> {
        match &self.items {
            Items::Any => None,
            Items::Each(id) => Some(*id),
            Items::Tuple(ids, rest) => ids.get(position).copied().or(*rest),
        }
    }

    fn all_children<'v>(
        &self,
        instance: &'v Value,
        mut each: impl FnMut(NodeId, &'v Value) -> bool,
    ) -> bool {
        match instance {
            Value::Array(items) => items
                .iter()
                .enumerate()
                .all(|(position, item)| self.of_item(position).is_none_or(|id| each(id, item))),
            Value::Object(members) => {
                members.iter().all(|(name, member)| self.all_of_member(name, |id| each(id, member)))
            }
            Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => true,
        }
    }
}
