//! Expressions and references.

use super::Renderer;
use super::scope::{Binding, Scope};
use crate::function::Arguments;
use crate::syntax::{Block, Chain, Expression, MethodCall, Operator, Part, Reference, Slot};
use crate::value::{Entries, Heap, ListKind, Outcome, Text, Value};

impl<'a> Renderer<'a> {
    pub(super) fn evaluate(&mut self, expression: &'a Expression) -> Outcome<Value<'a>> {
        match expression {
            Expression::Boolean(value) => Ok(Value::Boolean(*value)),
            Expression::Integer(value) => Ok(Value::Integer(*value)),
            Expression::Reference(reference) => Ok(self.resolve(reference)?.unwrap_or(Value::Null)),
            Expression::Text(text) => Ok(Value::text(text)),
            _ => self.nested(|renderer| renderer.compound(expression)),
        }
    }

    fn compound(&mut self, expression: &'a Expression) -> Outcome<Value<'a>> {
        Ok(match expression {
            Expression::Chain(chain) => self.chain(chain)?,
            Expression::Decimal(value) => Value::Decimal(*value),
            Expression::Interpolated(block) => self.interpolated(block)?,
            Expression::List(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    values.push(self.operand(item)?);
                }
                self.machine.heap.new_list(ListKind::Java, values)?
            }
            Expression::Map(members) => {
                let mut entries = Entries::default();
                for (key, value) in members {
                    let key = self.operand(key)?;
                    let key = self.machine.print(&key)?;
                    entries.put(key, self.operand(value)?);
                }
                self.machine.heap.new_map(entries)?
            }
            Expression::Not(operand) => Value::Boolean(!self.condition(operand)?),
            Expression::Numeral(digits) => {
                self.machine.heap.meter.allocate(digits.len())?;
                Value::Numeral((&**digits).into())
            }
            Expression::Range(range) => {
                let (first, last) = (self.operand(&range.0)?, self.operand(&range.1)?);
                self.range(&first, &last)?
            }
            Expression::Boolean(_)
            | Expression::Integer(_)
            | Expression::Reference(_)
            | Expression::Text(_) => self.evaluate(expression)?,
        })
    }

    /// A value that is no block: what needs a value renders it.
    fn operand(&mut self, expression: &'a Expression) -> Outcome<Value<'a>> {
        let value = self.evaluate(expression)?;
        self.settled(value)
    }

    #[inline]
    pub(super) fn settled(&mut self, value: Value<'a>) -> Outcome<Value<'a>> {
        match value {
            Value::Block(block) => self.rendered(block),
            _ => Ok(value),
        }
    }

    fn rendered(&mut self, block: &'a Block) -> Outcome<Value<'a>> {
        let outer = std::mem::take(&mut self.out);
        self.late(block)?;
        let text = std::mem::replace(&mut self.out, outer);
        Value::made(&text, &mut self.machine.heap.meter)
    }

    fn interpolated(&mut self, block: &'a Block) -> Outcome<Value<'a>> {
        let outer = std::mem::take(&mut self.out);
        self.block(block)?;
        let text = std::mem::replace(&mut self.out, outer);
        Value::made(&text, &mut self.machine.heap.meter)
    }

    /// Whether an expression holds. As in Velocity 1.7, literals and what is calculated never do: only
    /// what has a truth of its own is asked for it.
    pub(super) fn condition(&mut self, expression: &'a Expression) -> Outcome<bool> {
        let has_truth = match expression {
            Expression::Boolean(_) | Expression::Not(_) | Expression::Reference(_) => true,
            Expression::Chain(chain) => chain.rest.iter().all(|(operator, _)| {
                // What binds less closely than these compares, or joins conditions.
                operator.precedence() < Operator::Add.precedence()
            }),
            _ => false,
        };
        Ok(has_truth && self.evaluate(expression)?.is_true())
    }

    fn chain(&mut self, chain: &'a Chain) -> Outcome<Value<'a>> {
        let joins = chain.rest.first().map(|(operator, _)| *operator);
        if let Some(joins @ (Operator::And | Operator::Or)) = joins {
            let decides = joins == Operator::Or;
            let mut holds = self.condition(&chain.first)?;
            for (_, operand) in &chain.rest {
                if holds == decides {
                    break;
                }
                holds = self.condition(operand)?;
            }
            return Ok(Value::Boolean(holds));
        }
        let mut value = self.operand(&chain.first)?;
        for (operator, operand) in &chain.rest {
            let operand = self.operand(operand)?;
            self.place = chain.place;
            value = self.machine.heap.operate(&value, *operator, &operand)?;
        }
        Ok(value)
    }

    /// Up or down; null unless both ends are whole numbers.
    fn range(&mut self, first: &Value<'a>, last: &Value<'a>) -> Outcome<Value<'a>> {
        let (Value::Integer(first), Value::Integer(last)) = (first, last) else {
            return Ok(Value::Null);
        };
        let count = usize::try_from(first.abs_diff(*last)).unwrap_or(usize::MAX);
        self.machine.heap.grow(count.min(usize::MAX >> 8))?;
        let items = if first <= last {
            (*first..=*last).map(Value::Integer).collect()
        } else {
            (*last..=*first).rev().map(Value::Integer).collect()
        };
        self.machine.heap.new_list(ListKind::Java, items)
    }

    /// Nothing, if the variable is not defined; null, if something in it is not there.
    pub(super) fn resolve(&mut self, reference: &'a Reference) -> Outcome<Option<Value<'a>>> {
        self.machine.heap.meter.step(1)?;
        let (mut value, parts) = match in_maps(&self.scope, &self.machine.heap, reference) {
            Some((value, parts)) => (value.clone(), parts),
            None => match self.variable(reference.root)? {
                Some(value) => (value, &*reference.parts),
                None => return Ok(None),
            },
        };
        for part in parts {
            value = self.settled(value)?;
            value = self.part(&value, part)?;
        }
        Ok(Some(value))
    }

    pub(super) fn variable(&mut self, slot: Slot) -> Outcome<Option<Value<'a>>> {
        match self.scope.lookup(slot) {
            Binding::Undefined => Ok(None),
            Binding::Value(value) => Ok(Some(value)),
            Binding::Argument(argument, caller) => {
                let callee = std::mem::replace(&mut self.scope.current, caller);
                let value = if let Expression::Reference(reference) = argument {
                    self.nested(|renderer| renderer.resolve(reference))?
                } else {
                    Some(self.evaluate(argument)?)
                };
                self.scope.current = callee;
                Ok(value)
            }
        }
    }

    pub(super) fn part(&mut self, value: &Value<'a>, part: &'a Part) -> Outcome<Value<'a>> {
        match part {
            Part::Call(call) => self.method(value, call),
            Part::Index(index, place) => {
                let index = self.operand(index)?;
                self.place = *place;
                self.item(value, &index)
            }
            Part::Property(property) => {
                if let Value::Map(map) = value {
                    let found = self.machine.heap.map(*map).get(&property.name);
                    return Ok(found.cloned().unwrap_or(Value::Null));
                }
                self.place = property.place;
                if &*property.name == "class" {
                    return Err("reflection is refused: class".into());
                }
                let none = Arguments { values: &[], compiled: &crate::syntax::Compiled::Nothing };
                property.getter.call(&mut self.machine, value, &none)
            }
        }
    }

    fn method(&mut self, value: &Value<'a>, call: &'a MethodCall) -> Outcome<Value<'a>> {
        let mut values = Vec::with_capacity(call.arguments.len());
        for argument in &call.arguments {
            values.push(self.operand(argument)?);
        }
        self.place = call.place;
        let arguments = Arguments { values: &values, compiled: &call.compiled };
        call.rows.call(&mut self.machine, value, &arguments)
    }

    fn item(&mut self, value: &Value<'a>, index: &Value<'a>) -> Outcome<Value<'a>> {
        match (value, index) {
            (Value::List(list), Value::Integer(index)) => {
                let items = &self.machine.heap.list(*list).items;
                Ok(items[position(*index, items.len())?].clone())
            }
            (Value::Map(map), _) => {
                let key = self.machine.print(index)?;
                Ok(self.machine.heap.map(*map).get(&key).cloned().unwrap_or(Value::Null))
            }
            _ => Ok(Value::Null),
        }
    }

    /// What is no map and no list has nothing that could be set.
    pub(super) fn set_part(
        &mut self,
        container: &Value<'a>,
        part: &'a Part,
        value: Value<'a>,
    ) -> Outcome<()> {
        match (container, part) {
            (Value::Map(map), Part::Property(property)) => {
                self.machine.heap.put(*map, Text::Borrowed(&property.name), value)?;
            }
            (_, Part::Index(index, _)) => {
                let index = self.operand(index)?;
                match (container, index) {
                    (Value::Map(map), index) => {
                        let key = self.machine.print(&index)?;
                        self.machine.heap.put(*map, key, value)?;
                    }
                    (Value::List(list), Value::Integer(index)) => {
                        let count = self.machine.heap.list(*list).items.len();
                        let at = position(index, count)?;
                        self.machine.heap.list_mut(*list)[at] = value;
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// What templates do most: a variable, and properties of maps within each other. What it comes to without a
/// copy, and the parts that are left. None where a macro's parameter may have the name.
pub(super) fn in_maps<'r, 'a>(
    scope: &'r Scope<'a>,
    heap: &'r Heap<'a>,
    reference: &'a Reference,
) -> Option<(&'r Value<'a>, &'a [Part])> {
    let mut value = scope.global(reference.root)?;
    let mut parts = &*reference.parts;
    while let (Value::Map(map), Some((Part::Property(property), rest))) =
        (value, parts.split_first())
    {
        value = heap.map(*map).get(&property.name).unwrap_or(&Value::Null);
        parts = rest;
    }
    Some((value, parts))
}

fn position(index: i64, count: usize) -> Outcome<usize> {
    let found = usize::try_from(index).ok().filter(|index| *index < count);
    found.ok_or_else(|| format!("index {index} is out of range for length {count}").into())
}
