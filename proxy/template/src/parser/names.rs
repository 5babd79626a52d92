//! What a template names: variables, which become slots, and macros, which may be called before they
//! are defined.

use std::collections::HashSet;

use indexmap::IndexMap;

use crate::syntax::{Block, Definition, Macro, Mentions, Part, Reference, Slot, Syntax};

pub(super) struct Names {
    variables: IndexMap<Box<str>, ()>,
    macros: IndexMap<Box<str>, Option<Definition>>,
    /// What is defined somewhere in the text: only such names are called.
    defined: HashSet<Box<str>>,
    mentions: Mentions,
}

impl Names {
    pub(super) fn of(text: &str) -> Self {
        let variables = Slot::NAMES.iter().map(|name| (Box::from(*name), ())).collect();
        let defined = text.split('#').filter_map(defined_name).map(Box::from).collect();
        Self { variables, macros: IndexMap::new(), defined, mentions: Mentions::default() }
    }

    pub(super) fn slot(&mut self, name: &str) -> Slot {
        let (index, _) = match self.variables.get_full(name) {
            Some((index, _, ())) => (index, None),
            None => self.variables.insert_full(name.into(), ()),
        };
        // There are fewer variables than a template has bytes.
        let slot = Slot(u32::try_from(index).unwrap_or(u32::MAX));
        match slot {
            Slot::CONTEXT => self.mentions.context = true,
            Slot::STAGE_VARIABLES => self.mentions.stage_variables = true,
            Slot::FOREACH => self.mentions.foreach = true,
            Slot::VELOCITY_COUNT => self.mentions.velocity_count = true,
            _ => {}
        }
        slot
    }

    /// Notes what of `$input` it reads.
    pub(super) fn mention(&mut self, reference: &Reference) {
        if reference.root != Slot::INPUT {
            return;
        }
        let name = match reference.parts.first() {
            Some(Part::Call(call)) => &*call.name,
            Some(Part::Property(property)) => &*property.name,
            Some(Part::Index(..)) | None => "",
        };
        self.mentions.params |= !matches!(name, "body" | "getBody" | "json" | "path");
        self.mentions.body |= name != "params";
    }

    pub(super) fn is_macro(&self, name: &str) -> bool {
        self.defined.contains(name)
    }

    pub(super) fn macro_index(&mut self, name: &str) -> u32 {
        let (index, _) = match self.macros.get_full(name) {
            Some((index, ..)) => (index, None),
            None => self.macros.insert_full(name.into(), None),
        };
        u32::try_from(index).unwrap_or(u32::MAX)
    }

    /// The first of equal names counts; whether it is this.
    pub(super) fn define(&mut self, index: u32, definition: Definition) -> bool {
        match self.macros.get_index_mut(index as usize) {
            Some((_, place @ None)) => {
                *place = Some(definition);
                true
            }
            _ => false,
        }
    }

    pub(super) fn into_syntax(self, body: Block) -> Syntax {
        let macros = self.macros.into_iter();
        Syntax {
            body,
            macros: macros.map(|(name, definition)| Macro { name, definition }).collect(),
            variables: self.variables.into_keys().collect(),
            mentions: self.mentions,
        }
    }
}

/// The name in `macro(name ..`, which stands behind a `#`.
fn defined_name(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("macro").or_else(|| text.strip_prefix("{macro}"))?;
    let rest = rest.trim_start().strip_prefix('(')?.trim_start();
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')));
    Some(&rest[..end.unwrap_or(rest.len())])
}
