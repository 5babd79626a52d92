//! Which method of an API answers a path and an HTTP method, compiled at deployment.
//!
//! AWS matches path and method *together*, with backtracking: a resource that has the path but not
//! the method does not hide a less specific one that has both. At each segment a literal beats a
//! variable, and a variable beats a greedy variable (`aws/rest-data-plane.md` section 3 holds the
//! recorded cases). A literal is matched by whatever an upstream takes for it: `/%61dmin` is `/admin`. Every node of the tree is visited at most once for a request, so the work is
//! bounded by the number of resources.

use std::ops::Range;

use foldhash::HashMap;

use crate::{
    Method, MethodKey, PathSegment, PathTemplate, Resource, Verb, without_needless_encoding,
};

/// The tree of an API's resources by segment.
#[derive(Clone, Debug, Default)]
pub struct RouteTable {
    /// The first is the root.
    nodes: Vec<Node>,
}

/// What a request matched.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Routed {
    /// Position in the list of resources that the table was made from.
    pub resource: usize,
    /// Position in that resource's methods.
    pub method: usize,
    /// What the variables stand for.
    pub values: PathValues,
}

/// Where in the path the values of the variables are, from the left. See [`PathValues::of`].
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PathValues(Vec<Range<usize>>);

impl PathValues {
    /// Name and value of each variable, for the path that was routed; values as sent.
    pub fn of<'a>(
        &'a self,
        template: &'a PathTemplate,
        path: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let values = self.0.iter().map(|range| path.get(range.clone()).unwrap_or_default());
        template.variables().zip(values)
    }
}

#[derive(Clone, Debug, Default)]
struct Node {
    literals: HashMap<String, usize>,
    variable: Option<usize>,
    /// Methods of the `{name+}` child: a leaf.
    greedy: Option<Methods>,
    /// Methods of the resource that ends here.
    methods: Option<Methods>,
}

/// The methods of one resource, by HTTP method.
#[derive(Clone, Debug)]
struct Methods {
    resource: usize,
    any: Option<usize>,
    by_verb: [Option<usize>; Verb::ALL.len()],
}

impl Methods {
    fn new(resource: usize, methods: &[Method]) -> Self {
        let mut table = Self { resource, any: None, by_verb: [None; Verb::ALL.len()] };
        for (index, method) in methods.iter().enumerate() {
            match method.key {
                MethodKey::Any => table.any = Some(index),
                MethodKey::Verb(verb) => table.by_verb[verb as usize] = Some(index),
            }
        }
        table
    }

    fn find(&self, verb: Verb) -> Option<(usize, usize)> {
        let method = self.by_verb[verb as usize].or(self.any)?;
        Some((self.resource, method))
    }
}

impl RouteTable {
    /// Compiles the resources of an API, whose paths are distinct and conflict nowhere
    /// (see [`RouteTable::conflict`]).
    pub fn new(resources: &[Resource]) -> Self {
        let mut table = Self { nodes: vec![Node::default()] };
        for (index, resource) in resources.iter().enumerate() {
            table.insert(&resource.path, Methods::new(index, &resource.methods));
        }
        table
    }

    fn insert(&mut self, path: &PathTemplate, methods: Methods) {
        let mut at = 0;
        for segment in path.segments() {
            let next = self.nodes.len();
            let node = &mut self.nodes[at];
            at = match segment {
                PathSegment::Greedy(_) => {
                    node.greedy = Some(methods);
                    return;
                }
                PathSegment::Literal(text) => *node.literals.entry(text.clone()).or_insert(next),
                PathSegment::Variable(_) => *node.variable.get_or_insert(next),
            };
            if at == next {
                self.nodes.push(Node::default());
            }
        }
        self.nodes[at].methods = Some(methods);
    }

    /// Why these two paths cannot be in one API, if so: AWS allows one variable child for each
    /// parent, and each path once.
    pub fn conflict(one: &PathTemplate, other: &PathTemplate) -> Option<String> {
        if one == other {
            return Some(format!("is there twice: {one}; keep one"));
        }
        for (a, b) in one.segments().iter().zip(other.segments()) {
            match (a, b) {
                (PathSegment::Literal(_), _) | (_, PathSegment::Literal(_)) if a != b => {
                    return None;
                }
                _ if a == b => {}
                _ => {
                    return Some(format!(
                        "has a variable where {other} has another one in the same place; \
                         only one is allowed there: use the same name and form in both"
                    ));
                }
            }
        }
        None
    }

    /// Finds the method for the path of a request, without the stage and as it was sent.
    pub fn route(&self, path: &str, verb: Verb) -> Option<Routed> {
        let begin = path.len() - path.trim_start_matches('/').len();
        let end = match path.strip_suffix('/') {
            Some(shorter) => shorter.len().max(begin),
            None => path.len(),
        };
        let mut values = Vec::new();
        let rest = if begin == end { None } else { Some(begin) };
        let (resource, method) = self.descend(0, &path[..end], rest, verb, &mut values)?;
        Some(Routed { resource, method, values: PathValues(values) })
    }

    /// Matches what is left of the path, from `rest`, below a node.
    fn descend(
        &self,
        at: usize,
        path: &str,
        rest: Option<usize>,
        verb: Verb,
        values: &mut Vec<Range<usize>>,
    ) -> Option<(usize, usize)> {
        let node = self.nodes.get(at)?;
        let Some(begin) = rest else {
            return node.methods.as_ref()?.find(verb);
        };
        let slash = path[begin..].find('/').map(|offset| begin + offset);
        let end = slash.unwrap_or(path.len());
        let next = slash.map(|slash| slash + 1);
        let literal = without_needless_encoding(&path[begin..end]);
        if let Some(child) = node.literals.get(&*literal) {
            let depth = values.len();
            if let Some(found) = self.descend(*child, path, next, verb, values) {
                return Some(found);
            }
            values.truncate(depth);
        }
        if let Some(child) = node.variable.filter(|_| begin < end) {
            let depth = values.len();
            values.push(begin..end);
            if let Some(found) = self.descend(child, path, next, verb, values) {
                return Some(found);
            }
            values.truncate(depth);
        }
        let found = node.greedy.as_ref().filter(|_| begin < path.len())?.find(verb)?;
        values.push(begin..path.len());
        Some(found)
    }
}

#[cfg(test)]
mod tests;
