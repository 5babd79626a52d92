//! Values as text: as Java prints them, and as JSON.

use super::{Heap, Id, ListKind, Outcome, Value};
use crate::json::write_string;
use crate::number;

/// Lists and maps within each other: printing needs that much stack. As deep as a document may be.
const DEPTH_MAX: u32 = 512;

/// How text and what it is in is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
    Java,
    Json,
}

impl<'a> Heap<'a> {
    /// As Java prints it: nothing for null.
    pub(crate) fn print(&mut self, value: &Value<'a>, out: &mut String) -> Outcome<()> {
        match value {
            Value::Null => Ok(()),
            Value::Map(id) if self.is_unset(*id) => Ok(()),
            _ => self.write(value, Form::Java, DEPTH_MAX, out),
        }
    }

    fn write(
        &mut self,
        value: &Value<'a>,
        form: Form,
        depth: u32,
        out: &mut String,
    ) -> Outcome<()> {
        self.meter.step(1)?;
        match value {
            Value::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::Decimal(value) => number::write_decimal(*value, out),
            Value::Integer(value) => number::write_integer(*value, out),
            Value::List(id) => return self.write_list(*id, form, depth, out),
            Value::Map(id) => return self.write_map(*id, form, depth, out),
            Value::Entry(id) => {
                let (key, value) = self.entry(*id).clone();
                out.push_str(&key);
                out.push('=');
                return self.write(&value, form, self.deeper(depth)?, out);
            }
            Value::Null => out.push_str("null"),
            Value::Text(text) if form == Form::Json => write_string(text, out),
            Value::Numeral(digits) => out.push_str(digits),
            Value::Text(text) => out.push_str(text),
            // They have nothing to show; a block is rendered before it is printed.
            Value::Block(_) | Value::Input | Value::Iterator(_) | Value::Loop(_) | Value::Util => {}
        }
        if out.len() <= self.meter.limits().output_bytes {
            return Ok(());
        }
        Err(format!("the output has more than {} bytes", self.meter.limits().output_bytes).into())
    }

    fn deeper(&self, depth: u32) -> Outcome<u32> {
        depth
            .checked_sub(1)
            .ok_or_else(|| format!("a value is nested more than {DEPTH_MAX} deep").into())
    }

    fn write_list(&mut self, id: Id, form: Form, depth: u32, out: &mut String) -> Outcome<()> {
        let depth = self.deeper(depth)?;
        let is_json = form == Form::Json || self.list(id).kind == ListKind::Json;
        let form = if is_json { Form::Json } else { Form::Java };
        out.push('[');
        for index in 0..self.list(id).items.len() {
            if index > 0 {
                out.push_str(if is_json { "," } else { ", " });
            }
            let item = self.list(id).items[index].clone();
            match item {
                Value::List(item) if item == id && !is_json => out.push_str("(this Collection)"),
                _ => self.write(&item, form, depth, out)?,
            }
        }
        out.push(']');
        Ok(())
    }

    fn write_map(&mut self, id: Id, form: Form, depth: u32, out: &mut String) -> Outcome<()> {
        let depth = self.deeper(depth)?;
        let is_json = form == Form::Json;
        out.push('{');
        for index in 0..self.map(id).pairs().len() {
            if index > 0 {
                out.push_str(if is_json { "," } else { ", " });
            }
            let (key, value) = self.map(id).pairs()[index].clone();
            if is_json {
                write_string(&key, out);
            } else {
                out.push_str(&key);
            }
            out.push(if is_json { ':' } else { '=' });
            match value {
                Value::Map(value) if value == id && !is_json => out.push_str("(this Map)"),
                _ => self.write(&value, form, depth, out)?,
            }
        }
        out.push('}');
        Ok(())
    }
}
