//! A map of the document: its entries as [`Node`]s.

use serde_json::{Map, Value};

use super::Node;
use crate::field::Field;

/// A value that is a map.
#[derive(Clone)]
pub(crate) struct Object<'a> {
    node: Node<'a>,
    map: &'a Map<String, Value>,
}

impl<'a> Object<'a> {
    pub(super) fn new(node: Node<'a>, map: &'a Map<String, Value>) -> Self {
        Self { node, map }
    }

    /// The map as a value.
    pub(crate) fn node(&self) -> &Node<'a> {
        &self.node
    }

    /// The value of a key, if the key is there.
    pub(crate) fn get(&self, key: &str) -> Option<Node<'a>> {
        self.map.get(key).map(|value| self.node.child(key, value))
    }

    /// The value of a key that must be there; `mend` says what to write.
    pub(crate) fn required(&self, key: &str, mend: &str) -> Option<Node<'a>> {
        let value = self.get(key);
        if value.is_none() {
            self.node.report(format!("must have {key}; {mend}"));
        }
        value
    }

    /// A value if its key is there, else `default`; None if it is there and wrong.
    pub(crate) fn optional<T>(
        &self,
        key: &str,
        default: T,
        read: impl FnOnce(&Node<'a>) -> Option<T>,
    ) -> Option<T> {
        match self.get(key) {
            Some(value) => read(&value),
            None => Some(default),
        }
    }

    /// In the order of the document.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&'a str, Node<'a>)> {
        self.map.iter().map(|(key, value)| (key.as_str(), self.node.child(key, value)))
    }

    /// Reports every key that is unknown or refused. `what` names the map: "an integration".
    pub(crate) fn check_fields(&self, what: &str, fields: &[Field]) {
        for (key, value) in self.entries() {
            match fields.iter().find(|field| field.name() == key) {
                Some(Field::Known(_)) => {}
                Some(Field::Refused(_, problem)) => value.report(*problem),
                None => {
                    let known = fields.iter().filter_map(|field| match field {
                        Field::Known(name) => Some(*name),
                        Field::Refused(..) => None,
                    });
                    let mend = value.names().suggestion(key, known);
                    value.report(format!("is not a setting of {what}; {mend}"));
                }
            }
        }
    }
}
