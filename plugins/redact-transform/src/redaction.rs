//! What to redact, and the text without it.

use std::borrow::Cow;
use std::ops::Range;

use crate::path::{Path, Position, Reached, Step};
use crate::scanner::{InvalidJson, Kind, Scanner};

/// What becomes of a field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Action {
    /// Its value becomes this text.
    Mask(String),
    /// It is left out, with its name.
    Remove,
}

/// Which fields, and what becomes of them.
#[derive(Clone, Debug)]
pub(crate) struct Redaction {
    paths: Vec<Path>,
    /// What stands in the place of what is cut: the mask as JSON; none when fields are removed.
    mask: Option<String>,
}

impl Redaction {
    pub(crate) fn new(paths: Vec<Path>, action: Action) -> Self {
        let mask = match action {
            Action::Mask(text) => Some(serde_json::Value::String(text).to_string()),
            Action::Remove => None,
        };
        Self { paths, mask }
    }

    /// The redacted text; none if nothing is to be redacted in it.
    pub(crate) fn apply(&self, text: &str) -> Result<Option<String>, InvalidJson> {
        let is_removing = self.mask.is_none();
        let mut walk = Walk { scanner: Scanner::new(text), is_removing, cuts: Vec::new() };
        walk.value(&Position::start(&self.paths))?;
        walk.scanner.end()?;
        if walk.cuts.is_empty() {
            return Ok(None);
        }
        let mask = self.mask.as_deref().unwrap_or_default();
        let mut redacted = String::with_capacity(text.len());
        let mut kept_to = 0;
        for cut in walk.cuts {
            redacted.push_str(text.get(kept_to..cut.start).unwrap_or_default());
            redacted.push_str(mask);
            kept_to = cut.end;
        }
        redacted.push_str(text.get(kept_to..).unwrap_or_default());
        Ok(Some(redacted))
    }
}

/// One pass through a document, which collects what to cut out of it, in order.
struct Walk<'t> {
    scanner: Scanner<'t>,
    is_removing: bool,
    cuts: Vec<Range<usize>>,
}

/// Where the commas go when items of an array or object are removed: each takes the comma before
/// it along, unless nothing before it is kept, and then the comma after it.
#[derive(Default)]
struct Siblings {
    is_any_kept: bool,
    /// Where the item before ended.
    end: usize,
    /// A removed item with no kept one before it.
    leading: Option<usize>,
}

impl Walk<'_> {
    fn value(&mut self, position: &Position<'_>) -> Result<(), InvalidJson> {
        if position.is_over() {
            return self.scanner.skip_value();
        }
        match self.scanner.kind() {
            Kind::Array => self.items(b']', position),
            Kind::Object => self.items(b'}', position),
            Kind::Scalar => self.scanner.skip_value(),
        }
    }

    fn items(&mut self, close: u8, position: &Position<'_>) -> Result<(), InvalidJson> {
        let mut siblings = Siblings::default();
        let mut more = self.scanner.enter(close)?;
        while more {
            self.item(close, position, &mut siblings)?;
            more = self.scanner.next(close)?;
        }
        if let Some(start) = siblings.leading {
            self.cuts.push(start..siblings.end);
        }
        Ok(())
    }

    fn item(
        &mut self,
        close: u8,
        position: &Position<'_>,
        siblings: &mut Siblings,
    ) -> Result<(), InvalidJson> {
        let start = self.scanner.position();
        if let Some(leading) = siblings.leading.take() {
            self.cuts.push(leading..start);
        }
        let reached = if close == b'}' {
            let name = self.scanner.member_name()?;
            let name = unescaped(name)
                .ok_or_else(|| self.scanner.error("follows a name that is not Unicode"))?;
            position.step(Step::Member(&name))
        } else {
            position.step(Step::Element)
        };
        match reached {
            Reached::Field => {
                let value_start = self.scanner.position();
                self.scanner.skip_value()?;
                let end = self.scanner.position();
                if !self.is_removing {
                    self.cuts.push(value_start..end);
                } else if siblings.is_any_kept {
                    self.cuts.push(siblings.end..end);
                } else {
                    siblings.leading = Some(start);
                }
            }
            Reached::Position(below) => {
                self.value(&below)?;
                siblings.is_any_kept = true;
            }
        }
        siblings.end = self.scanner.position();
        Ok(())
    }
}

/// What a name in quotes means; none if an escape is half a surrogate pair.
fn unescaped(quoted: &str) -> Option<Cow<'_, str>> {
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        return serde_json::from_str(quoted).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inner))
}

#[cfg(test)]
mod tests;
