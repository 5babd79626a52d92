//! Variables: all of a template are global, but for the parameters of macros, which stand for what the
//! caller wrote, and are seen by the macros that are called within.

use crate::syntax::{Definition, Expression, Slot};
use crate::value::Value;

pub(super) struct Scope<'a> {
    globals: Vec<Option<Value<'a>>>,
    frames: Vec<Frame<'a>>,
    /// The one whose names are seen.
    pub(super) current: Option<usize>,
}

/// A call of a macro.
struct Frame<'a> {
    parameters: &'a [Slot],
    arguments: &'a [Expression],
    /// What was assigned to parameters since.
    assigned: Vec<Option<Value<'a>>>,
    caller: Option<usize>,
}

/// What a name stands for.
pub(super) enum Binding<'a> {
    /// What the caller wrote, to be evaluated where the caller is.
    Argument(&'a Expression, Option<usize>),
    Undefined,
    Value(Value<'a>),
}

impl<'a> Scope<'a> {
    pub(super) fn new(variables: usize) -> Self {
        Self { globals: vec![None; variables], frames: Vec::new(), current: None }
    }

    pub(super) fn depth(&self) -> usize {
        self.frames.len()
    }

    /// Enters a macro; what it answers is for `leave`.
    pub(super) fn enter(
        &mut self,
        definition: &'a Definition,
        arguments: &'a [Expression],
    ) -> Option<usize> {
        let caller = self.current;
        let parameters = &definition.parameters;
        let assigned = vec![None; parameters.len()];
        self.frames.push(Frame { parameters, arguments, assigned, caller });
        self.current = Some(self.frames.len() - 1);
        caller
    }

    pub(super) fn leave(&mut self, caller: Option<usize>) {
        self.frames.pop();
        self.current = caller;
    }

    pub(super) fn lookup(&self, slot: Slot) -> Binding<'a> {
        let mut current = self.current;
        while let Some(frame) = current.and_then(|index| self.frames.get(index)) {
            if let Some(index) = frame.parameters.iter().position(|each| *each == slot) {
                if let Some(value) = &frame.assigned[index] {
                    return Binding::Value(value.clone());
                }
                if let Some(argument) = frame.arguments.get(index) {
                    return Binding::Argument(argument, frame.caller);
                }
            }
            current = frame.caller;
        }
        match &self.globals[slot.0 as usize] {
            Some(value) => Binding::Value(value.clone()),
            None => Binding::Undefined,
        }
    }

    /// What was assigned to a variable, where no macro can have a parameter of its name.
    pub(super) fn global(&self, slot: Slot) -> Option<&Value<'a>> {
        match self.current {
            None => self.globals[slot.0 as usize].as_ref(),
            Some(_) => None,
        }
    }

    /// How the caller wrote an argument that is a reference.
    pub(super) fn argument_source(&self, slot: Slot) -> Option<&'a str> {
        let mut source = None;
        let (mut slot, mut current) = (slot, self.current);
        while let Some(frame) = current.and_then(|index| self.frames.get(index)) {
            if let Some(index) = frame.parameters.iter().position(|each| *each == slot)
                && let Some(Expression::Reference(reference)) = frame.arguments.get(index)
            {
                source = Some(&*reference.source);
                slot = reference.root;
            }
            current = frame.caller;
        }
        source
    }

    /// For all: also where it is a parameter.
    pub(super) fn assign(&mut self, slot: Slot, value: Value<'a>) {
        let mut current = self.current;
        while let Some(frame) = current.and_then(|index| self.frames.get_mut(index)) {
            if let Some(index) = frame.parameters.iter().position(|each| *each == slot) {
                frame.assigned[index] = Some(value.clone());
            }
            current = frame.caller;
        }
        self.globals[slot.0 as usize] = Some(value);
    }

    /// What is to be restored once a loop is over.
    pub(super) fn take(&mut self, slot: Slot) -> Option<Value<'a>> {
        self.globals[slot.0 as usize].take()
    }

    pub(super) fn restore(&mut self, slot: Slot, value: Option<Value<'a>>) {
        let mut current = self.current;
        while let Some(frame) = current.and_then(|index| self.frames.get_mut(index)) {
            if let Some(index) = frame.parameters.iter().position(|each| *each == slot) {
                frame.assigned[index] = None;
            }
            current = frame.caller;
        }
        self.globals[slot.0 as usize] = value;
    }
}
