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
    /// The macros whose definitions have begun.
    begun: HashSet<u32>,
    /// Definitions within each other that do not count.
    discarding: u32,
}

impl Names {
    /// With what may be defined in the text: it may stand in a comment.
    pub(super) fn of(text: &str) -> Self {
        Self::with(text.split('#').filter_map(defined_name).map(Box::from).collect())
    }

    fn with(defined: HashSet<Box<str>>) -> Self {
        let variables = Slot::NAMES.iter().map(|name| (Box::from(*name), ())).collect();
        Self {
            variables,
            macros: IndexMap::new(),
            defined,
            mentions: Mentions::default(),
            begun: HashSet::new(),
            discarding: 0,
        }
    }

    /// For another pass, if a name is called that is not defined after all.
    pub(super) fn corrected(&self) -> Option<Self> {
        let is_defined = |name: &str| !matches!(self.macros.get(name), Some(None));
        let defined = self.defined.iter().filter(|name| is_defined(name));
        let defined: HashSet<_> = defined.cloned().collect();
        (defined.len() < self.defined.len()).then(|| Self::with(defined))
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

    /// Begins a definition; whether it counts: the first of equal names does, and none within one that
    /// does not.
    pub(super) fn begin(&mut self, index: u32) -> bool {
        self.discarding == 0 && self.begun.insert(index)
    }

    pub(super) fn define(&mut self, index: u32, definition: Definition) {
        if let Some((_, place)) = self.macros.get_index_mut(index as usize) {
            *place = Some(definition);
        }
    }

    /// What follows is left out of the template; what is answered is for `keep`.
    pub(super) fn discard(&mut self) -> (usize, usize) {
        self.discarding += 1;
        (self.variables.len(), self.macros.len())
    }

    /// What was left out leaves no names.
    pub(super) fn keep(&mut self, (variables, macros): (usize, usize)) {
        self.discarding -= 1;
        self.variables.truncate(variables);
        self.macros.truncate(macros);
    }

    pub(super) fn into_syntax(self, body: Block) -> Syntax {
        let macros = self.macros.into_iter();
        let defined = macros.filter_map(|(name, definition)| Some((name, definition?)));
        Syntax {
            body,
            macros: defined.map(|(name, definition)| Macro { name, definition }).collect(),
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
