//! A compiled mapping template.

use std::cell::OnceCell;
use std::fmt;
use std::sync::Arc;

use crate::machine::Machine;
use crate::parser;
use crate::render::Renderer;
use crate::syntax::{Mentions, Node, Slot, Syntax};
use crate::value::{Heap, Meter, Value};
use crate::{Data, Inputs, RenderError, SyntaxError};

/// A compiled mapping template. Cheap to clone.
///
/// Printed, it is a template that means the same.
#[derive(Clone)]
pub struct Template(Arc<Parts>);

struct Parts {
    text: Box<str>,
    syntax: Syntax,
}

/// What a template mentions: nothing else need be made for it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Reads {
    pub body: bool,
    pub params: bool,
    pub context: bool,
    pub stage_variables: bool,
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Template").field(&self.0.text).finish()
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.syntax.fmt(f)
    }
}

/// Whether they mean the same, whatever whitespace and comments they have where none counts.
impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.0.syntax == other.0.syntax
    }
}

impl Template {
    /// At most 300 KB, as on AWS.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let syntax = parser::parse(text)?;
        Ok(Self(Arc::new(Parts { text: text.into(), syntax })))
    }

    /// What it renders to, if it has no reference and no directive.
    pub fn literal(&self) -> Option<&str> {
        match &*self.0.syntax.body.0 {
            [] => Some(""),
            [Node::Text(text)] => Some(text),
            _ => None,
        }
    }

    pub fn reads(&self) -> Reads {
        let Mentions { body, params, context, stage_variables, .. } = self.0.syntax.mentions;
        Reads { body, params, context, stage_variables }
    }

    /// Renders it. What it writes into `$context` is there afterwards, unless it fails.
    pub fn render(&self, inputs: &Inputs<'_>, context: &mut Data) -> Result<String, RenderError> {
        if let Some(text) = self.literal()
            && text.len() <= inputs.limits.output_bytes
        {
            return Ok(text.to_owned());
        }
        let document = OnceCell::new();
        let heap = Heap::new(Meter::new(inputs.limits));
        let mut renderer = Renderer::new(&self.0.syntax, Machine::new(heap, inputs, &document));
        let rendered = self.rendered(&mut renderer, context);
        let (out, written) = rendered.map_err(|cause| {
            let (line, column) = parser::line_and_column(&self.0.text, renderer.place);
            RenderError { line, column, cause }
        })?;
        if let Some(written) = written {
            *context = written;
        }
        Ok(out)
    }

    /// The output, and `$context` if anything was changed that may be in it.
    fn rendered<'a>(
        &'a self,
        renderer: &mut Renderer<'a>,
        data: &'a Data,
    ) -> Result<(String, Option<Data>), String> {
        let mentions = self.0.syntax.mentions;
        renderer.define(Slot::INPUT, Value::Input);
        renderer.define(Slot::UTIL, Value::Util);
        let stage_variables: &[_] =
            if mentions.stage_variables { renderer.machine.inputs.stage_variables } else { &[] };
        let stage_variables = renderer.machine.named(stage_variables)?;
        renderer.define(Slot::STAGE_VARIABLES, stage_variables);
        let context = if mentions.context {
            let context = renderer.machine.context(data)?;
            renderer.define(Slot::CONTEXT, context.clone());
            Some(context)
        } else {
            None
        };
        renderer
            .out
            .reserve(2 * self.0.text.len().min(renderer.machine.heap.meter.limits().output_bytes));
        renderer.template()?;
        let out = std::mem::take(&mut renderer.out);
        let written = match context {
            Some(context) if renderer.machine.heap.is_changed() => {
                Some(renderer.machine.context_data(&context)?)
            }
            _ => None,
        };
        Ok((out, written))
    }
}
