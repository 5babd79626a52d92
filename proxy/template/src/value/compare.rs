//! What is equal, what is less, and what operators make of two values.

use std::cmp::Ordering;

use super::{Heap, Outcome, Text, Value};
use crate::syntax::Operator;

/// Lists and maps within each other, as they are compared.
const DEPTH_MAX: u32 = 64;

impl<'a> Heap<'a> {
    /// `==`: numbers by value, lists and maps by what is in them, what is of different kinds by what
    /// it prints. Null equals an empty text: what is missing prints as that.
    pub(crate) fn equal(&mut self, left: &Value<'a>, right: &Value<'a>) -> Outcome<bool> {
        self.equal_within(left, right, DEPTH_MAX)
    }

    fn equal_within(&mut self, left: &Value<'a>, right: &Value<'a>, depth: u32) -> Outcome<bool> {
        self.meter.step(1)?;
        let Some(depth) = depth.checked_sub(1) else {
            return Err(
                format!("values are compared that are nested more than {DEPTH_MAX} deep").into()
            );
        };
        match (left, right) {
            (Value::Null, Value::Null) => Ok(true),
            (Value::Null, Value::Text(text)) | (Value::Text(text), Value::Null) => {
                Ok(text.is_empty())
            }
            (Value::Null, _) | (_, Value::Null) => Ok(false),
            (Value::Text(left), Value::Text(right)) => {
                self.meter.step(left.len() as u64 / 256)?;
                Ok(**left == **right)
            }
            (Value::List(left), Value::List(right)) => {
                let count = self.list(*left).items.len();
                if left == right || count != self.list(*right).items.len() {
                    return Ok(left == right);
                }
                for index in 0..count {
                    let one = self.list(*left).items[index].clone();
                    let other = self.list(*right).items[index].clone();
                    if !self.equal_within(&one, &other, depth)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Value::Map(left), Value::Map(right)) => {
                let count = self.map(*left).pairs().len();
                if left == right || count != self.map(*right).pairs().len() {
                    return Ok(left == right);
                }
                for index in 0..count {
                    let (key, one) = self.map(*left).pairs()[index].clone();
                    let Some(other) = self.map(*right).get(&key).cloned() else { return Ok(false) };
                    if !self.equal_within(&one, &other, depth)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            _ if left.is_number() && right.is_number() => {
                Ok(order(left, right) == Some(Ordering::Equal))
            }
            _ => {
                let (mut one, mut other) = (String::new(), String::new());
                self.print(left, &mut one)?;
                self.print(right, &mut other)?;
                Ok(one == other)
            }
        }
    }

    pub(crate) fn operate(
        &mut self,
        left: &Value<'a>,
        operator: Operator,
        right: &Value<'a>,
    ) -> Outcome<Value<'a>> {
        let is = |orders: &[Ordering]| {
            let found = order(left, right);
            Ok(Value::Boolean(found.is_some_and(|order| orders.contains(&order))))
        };
        match operator {
            Operator::And => Ok(Value::Boolean(left.is_true() && right.is_true())),
            Operator::Or => Ok(Value::Boolean(left.is_true() || right.is_true())),
            Operator::Equal => Ok(Value::Boolean(self.equal(left, right)?)),
            Operator::NotEqual => Ok(Value::Boolean(!self.equal(left, right)?)),
            Operator::Greater => is(&[Ordering::Greater]),
            Operator::GreaterOrEqual => is(&[Ordering::Greater, Ordering::Equal]),
            Operator::Less => is(&[Ordering::Less]),
            Operator::LessOrEqual => is(&[Ordering::Less, Ordering::Equal]),
            Operator::Add if matches!(left, Value::Text(_)) || matches!(right, Value::Text(_)) => {
                let mut text = String::new();
                self.print(left, &mut text)?;
                self.print(right, &mut text)?;
                self.meter.allocate(text.len())?;
                Ok(Value::Text(Text::Shared(text.into())))
            }
            Operator::Add
            | Operator::Divide
            | Operator::Multiply
            | Operator::Remainder
            | Operator::Subtract => calculate(left, operator, right),
        }
    }
}

/// Of numbers; nothing else is less or greater.
fn order(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    if let (Value::Integer(left), Value::Integer(right)) = (left, right) {
        return Some(left.cmp(right));
    }
    match (left.to_whole(), right.to_whole()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.to_decimal()?.partial_cmp(&right.to_decimal()?),
    }
}

/// Whole numbers grow as needed; what is no number, and division by zero, is null.
fn calculate<'a>(left: &Value<'a>, operator: Operator, right: &Value<'a>) -> Outcome<Value<'a>> {
    let is_division = matches!(operator, Operator::Divide | Operator::Remainder);
    if let (Some(one), Some(other)) = (left.to_whole(), right.to_whole()) {
        if is_division && other == 0 {
            return Ok(Value::Null);
        }
        let result = match operator {
            Operator::Add => one.checked_add(other),
            Operator::Subtract => one.checked_sub(other),
            Operator::Multiply => one.checked_mul(other),
            Operator::Divide => one.checked_div(other),
            _ => one.checked_rem(other),
        };
        return result.map(Value::whole).ok_or_else(|| "a number has more than 128 bits".into());
    }
    let (Some(one), Some(other)) = (left.to_decimal(), right.to_decimal()) else {
        return Ok(Value::Null);
    };
    if is_division && other == 0.0 {
        return Ok(Value::Null);
    }
    Ok(Value::Decimal(match operator {
        Operator::Add => one + other,
        Operator::Subtract => one - other,
        Operator::Multiply => one * other,
        Operator::Divide => one / other,
        _ => one % other,
    }))
}
