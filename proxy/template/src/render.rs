//! Walks the tree of a template and writes what it comes to, within its limits.

mod evaluate;
mod scope;

use crate::machine::Machine;
use crate::number;
use crate::syntax::{Block, Foreach, MacroCall, Node, Place, Reference, Set, Slot, Syntax};
use crate::value::{Id, Loop, Outcome, Value};
use evaluate::in_maps;
use scope::Scope;

/// Blocks and expressions within each other, as they are rendered: each needs some stack. A tree is at
/// most 100 deep, and macros nest.
const NESTING_MAX: u32 = 300;

/// Most outputs are not larger: they do not grow step by step.
const OUTPUT_BYTES_TYPICAL: usize = 4_096;

/// What comes after a node.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Flow {
    /// The innermost loop, macro or block is over.
    Break,
    Next,
    /// The template is over.
    Stop,
}

pub(crate) struct Renderer<'a> {
    pub(crate) machine: Machine<'a>,
    /// What is being done.
    pub(crate) place: Place,
    pub(crate) out: String,
    syntax: &'a Syntax,
    scope: Scope<'a>,
    nesting: u32,
    /// Blocks of `#define` that are being rendered.
    blocks: u32,
    current_loop: Option<Id>,
}

impl<'a> Renderer<'a> {
    pub(crate) fn new(syntax: &'a Syntax, machine: Machine<'a>) -> Self {
        Self {
            machine,
            place: Place::default(),
            out: String::with_capacity(OUTPUT_BYTES_TYPICAL),
            syntax,
            scope: Scope::new(syntax.variables.len()),
            nesting: 0,
            blocks: 0,
            current_loop: None,
        }
    }

    pub(crate) fn define(&mut self, slot: Slot, value: Value<'a>) {
        self.scope.assign(slot, value);
    }

    pub(crate) fn template(&mut self) -> Outcome<()> {
        self.block(&self.syntax.body).map(|_| ())
    }

    fn nested<T>(&mut self, render: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        if self.nesting == NESTING_MAX {
            return Err(format!("nested more than {NESTING_MAX} deep").into());
        }
        self.nesting += 1;
        self.machine.heap.meter.step(1)?;
        let rendered = render(self)?;
        self.nesting -= 1;
        Ok(rendered)
    }

    fn block(&mut self, block: &'a Block) -> Outcome<Flow> {
        self.nested(|renderer| {
            for node in &block.0 {
                match renderer.node(node)? {
                    Flow::Next => {}
                    flow => return Ok(flow),
                }
            }
            Ok(Flow::Next)
        })
    }

    fn node(&mut self, node: &'a Node) -> Outcome<Flow> {
        self.machine.heap.meter.step(1)?;
        match node {
            Node::Break => return Ok(Flow::Break),
            Node::Call(call) => return self.macro_call(call),
            Node::Define(slot, body) => self.scope.assign(*slot, Value::Block(body)),
            Node::Foreach(foreach) => return self.foreach(foreach),
            Node::If(conditional) => {
                for (condition, body) in &conditional.branches {
                    if self.condition(condition)? {
                        return self.block(body);
                    }
                }
                if let Some(body) = &conditional.otherwise {
                    return self.block(body);
                }
            }
            Node::Macro(_) => {}
            Node::Reference(reference) => return self.reference(reference),
            Node::Set(set) => self.set(set)?,
            Node::Stop => return Ok(Flow::Stop),
            Node::Text(text) => self.push(text)?,
        }
        Ok(Flow::Next)
    }

    fn push(&mut self, text: &str) -> Outcome<()> {
        self.out.push_str(text);
        self.check_output()
    }

    fn check_output(&self) -> Outcome<()> {
        let most = self.machine.heap.meter.limits().output_bytes;
        if self.out.len() <= most {
            return Ok(());
        }
        Err(format!("the output has more than {most} bytes").into())
    }

    fn reference(&mut self, reference: &'a Reference) -> Outcome<Flow> {
        self.place = reference.place;
        if reference.backslashes == 0 && self.write_plain(reference)? {
            return Ok(Flow::Next);
        }
        let value = self.resolve(reference)?;
        let Some(value) = value else {
            self.undefined(reference)?;
            return Ok(Flow::Next);
        };
        let backslashes = reference.backslashes;
        for _ in 0..backslashes / 2 {
            self.out.push('\\');
        }
        if !backslashes.is_multiple_of(2) {
            self.push(&reference.source)?;
            return Ok(Flow::Next);
        }
        if let Value::Block(block) = value {
            return self.late(block);
        }
        self.machine.heap.print(&value, &mut self.out)?;
        self.check_output()?;
        Ok(Flow::Next)
    }

    /// Writes text or a number in maps within each other, which is what templates do most, without a copy of
    /// it; false, if it is something else.
    fn write_plain(&mut self, reference: &'a Reference) -> Outcome<bool> {
        let Some((value, [])) = in_maps(&self.scope, &self.machine.heap, reference) else {
            return Ok(false);
        };
        match value {
            Value::Decimal(value) => number::write_decimal(*value, &mut self.out),
            Value::Integer(value) => number::write_integer(*value, &mut self.out),
            Value::Numeral(digits) => self.out.push_str(digits),
            Value::Text(text) => self.out.push_str(text),
            _ => return Ok(false),
        }
        self.machine.heap.meter.step(2)?;
        self.check_output()?;
        Ok(true)
    }

    /// A variable that nothing was assigned to prints as it is written; an argument of a macro as the
    /// caller wrote it.
    fn undefined(&mut self, reference: &'a Reference) -> Outcome<()> {
        for _ in 0..reference.backslashes {
            self.out.push('\\');
        }
        if reference.is_quiet && reference.backslashes.is_multiple_of(2) {
            return self.check_output();
        }
        let is_alone = reference.parts.is_empty();
        let argument = if is_alone { self.scope.argument_source(reference.root) } else { None };
        self.push(argument.unwrap_or(&reference.source))
    }

    /// A block of `#define`, where it is named.
    fn late(&mut self, block: &'a Block) -> Outcome<Flow> {
        let most = self.machine.heap.meter.limits().depth;
        if self.blocks == most {
            return Err(format!("defined blocks are nested more than {most} deep").into());
        }
        self.blocks += 1;
        let flow = self.block(block)?;
        self.blocks -= 1;
        Ok(if flow == Flow::Break { Flow::Next } else { flow })
    }

    fn set(&mut self, set: &'a Set) -> Outcome<()> {
        let value = self.evaluate(&set.value)?;
        self.place = set.place;
        let Some((last, parts)) = set.target.parts.split_last() else {
            self.scope.assign(set.target.root, value);
            return Ok(());
        };
        let value = self.settled(value)?;
        let Some(mut container) = self.variable(set.target.root)? else { return Ok(()) };
        for part in parts {
            container = self.part(&container, part)?;
        }
        self.set_part(&container, last, value)
    }

    fn foreach(&mut self, foreach: &'a Foreach) -> Outcome<Flow> {
        let over = self.evaluate(&foreach.over)?;
        self.place = foreach.place;
        let list = match over {
            Value::List(list) => list,
            Value::Map(map) => {
                let pairs = self.machine.heap.map(map).pairs();
                let values = pairs.iter().map(|(_, value)| value.clone()).collect();
                self.snapshot(values)?
            }
            Value::Iterator(iterator) => {
                let mut values = Vec::new();
                while let Some(value) = self.machine.heap.next(iterator) {
                    values.push(value);
                    self.machine.heap.grow(1)?;
                }
                self.snapshot(values)?
            }
            _ => return Ok(Flow::Next),
        };
        let count = self.machine.heap.list(list).items.len();
        let mentions = self.syntax.mentions;
        let parent = self.current_loop;
        let state = Loop { index: 0, count, parent };
        let this = if mentions.foreach { Some(self.machine.heap.new_loop(state)?) } else { None };
        let shadowed = [foreach.variable, Slot::FOREACH, Slot::VELOCITY_COUNT]
            .map(|s| (s, self.scope.take(s)));
        let flow = self.iterations(foreach, list, this)?;
        self.current_loop = parent;
        for (slot, value) in shadowed {
            self.scope.restore(slot, value);
        }
        Ok(if flow == Flow::Stop { Flow::Stop } else { Flow::Next })
    }

    fn snapshot(&mut self, values: Vec<Value<'a>>) -> Outcome<Id> {
        match self.machine.heap.new_list(crate::value::ListKind::Java, values)? {
            Value::List(list) => Ok(list),
            _ => Err("a list is no list".into()),
        }
    }

    fn iterations(&mut self, foreach: &'a Foreach, list: Id, this: Option<Id>) -> Outcome<Flow> {
        let most = self.machine.heap.meter.limits().loop_iterations;
        let mut index = 0;
        // Those that are added meanwhile belong to it: it ends at the limit.
        while let Some(item) = self.machine.heap.list(list).items.get(index).cloned() {
            if index >= most as usize {
                self.place = foreach.place;
                return Err(format!("#foreach has more than {most} iterations").into());
            }
            if let Some(id) = this {
                let count = self.machine.heap.list(list).items.len();
                let state = self.machine.heap.loop_mut(id);
                (state.index, state.count) = (index, count);
                self.current_loop = this;
                self.scope.assign(Slot::FOREACH, Value::Loop(id));
            }
            if self.syntax.mentions.velocity_count {
                self.scope.assign(Slot::VELOCITY_COUNT, Value::count(index + 1));
            }
            self.scope.assign(foreach.variable, item);
            match self.block(&foreach.body)? {
                Flow::Next => {}
                flow => return Ok(flow),
            }
            index += 1;
        }
        Ok(Flow::Next)
    }

    fn macro_call(&mut self, call: &'a MacroCall) -> Outcome<Flow> {
        let definition = &self.syntax.macros[call.callee as usize].definition;
        self.place = call.place;
        let most = self.machine.heap.meter.limits().depth;
        if self.scope.depth() >= most as usize {
            return Err(format!("macros are nested more than {most} deep").into());
        }
        let shadowed = self.scope.take(Slot::BODY_CONTENT);
        if let Some(body) = &call.body {
            self.scope.assign(Slot::BODY_CONTENT, Value::Block(body));
        }
        let caller = self.scope.enter(definition, &call.arguments);
        let flow = self.block(&definition.body)?;
        self.scope.leave(caller);
        self.scope.restore(Slot::BODY_CONTENT, shadowed);
        Ok(if flow == Flow::Stop { Flow::Stop } else { Flow::Next })
    }
}
