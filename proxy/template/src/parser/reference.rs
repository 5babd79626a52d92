//! References: `$x`, `$!{x.y[0].z('a')}`, with their methods resolved.

use super::Parser;
use super::cursor::{Problem, is_identifier_start};
use crate::JsonPath;
use crate::function::{self, Rows};
use crate::pattern::Pattern;
use crate::syntax::{Compiled, Expression, MethodCall, Part, Place, Property, Reference, Slot};

impl Parser<'_, '_> {
    /// Nothing, and nothing read, if what stands here is text.
    pub(super) fn reference(&mut self) -> Result<Option<Reference>, Problem> {
        let (start, place) = (self.cursor.at(), self.cursor.place());
        if !self.cursor.skip("$") {
            return Ok(None);
        }
        let is_quiet = self.cursor.skip("!");
        let is_formal = self.cursor.skip("{");
        if !self.cursor.peek().is_some_and(is_identifier_start) {
            self.cursor.go_to(start);
            return Ok(None);
        }
        let name = self.cursor.take_identifier();
        let root = self.names.slot(name);
        let mut parts = Vec::new();
        while let Some(part) = self.part(root, parts.is_empty())? {
            parts.push(part);
        }
        if is_formal {
            self.cursor.expect("}")?;
        }
        let source = self.cursor.since(start).into();
        let reference = Reference {
            root,
            parts: parts.into(),
            is_quiet,
            is_formal,
            backslashes: 0,
            source,
            place,
        };
        self.names.mention(&reference);
        Ok(Some(reference))
    }

    fn part(&mut self, root: Slot, is_first: bool) -> Result<Option<Part>, Problem> {
        let place = self.cursor.place();
        if self.cursor.skip("[") {
            let index = self.expression()?;
            self.cursor.skip_space();
            self.cursor.expect("]")?;
            return Ok(Some(Part::Index(index, place)));
        }
        let rest = self.cursor.rest();
        if !rest.strip_prefix('.').is_some_and(|name| name.starts_with(is_identifier_start)) {
            return Ok(None);
        }
        self.cursor.skip(".");
        let name = self.cursor.take_identifier();
        if !self.cursor.skip("(") {
            let getter = Rows::getter(name);
            return Ok(Some(Part::Property(Property { name: name.into(), getter, place })));
        }
        let arguments = self.nested(Self::arguments)?;
        if name == "getClass" {
            return Err(Problem { place, message: "reflection is refused: getClass".to_owned() });
        }
        let is_of_input = is_first && root == Slot::INPUT;
        let compiled = compile(name, is_of_input, arguments.first(), place)?;
        Ok(Some(Part::Call(Box::new(MethodCall {
            rows: Rows::method(name, arguments.len()),
            name: name.into(),
            arguments: arguments.into(),
            compiled,
            place,
        }))))
    }

    fn arguments(&mut self) -> Result<Vec<Expression>, Problem> {
        let mut arguments = Vec::new();
        self.cursor.skip_space();
        if self.cursor.skip(")") {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.expression()?);
            self.cursor.skip_space();
            if !self.cursor.skip(",") {
                break;
            }
        }
        self.cursor.expect(")")?;
        Ok(arguments)
    }
}

/// The first argument, where it is a literal JSONPath or pattern.
fn compile(
    name: &str,
    is_of_input: bool,
    argument: Option<&Expression>,
    place: Place,
) -> Result<Compiled, Problem> {
    let Some(Expression::Text(text)) = argument else { return Ok(Compiled::Nothing) };
    if is_of_input && matches!(name, "json" | "path") {
        let path = JsonPath::parse(text);
        return path
            .map(Compiled::JsonPath)
            .map_err(|invalid| Problem { place, message: invalid.to_string() });
    }
    if function::TAKE_PATTERNS.contains(&name) {
        let pattern = Pattern::parse(text);
        return pattern.map(Compiled::Pattern).map_err(|message| Problem { place, message });
    }
    Ok(Compiled::Nothing)
}
