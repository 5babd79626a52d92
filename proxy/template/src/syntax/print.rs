//! A tree as text that parses to the same tree. Text stands in `#[[..]]#`, where nothing else is read.

use std::fmt;

use super::{
    Block, Chain, Expression, Foreach, If, MacroCall, Node, Operator, Part, Reference, Slot, Syntax,
};
use crate::number;

impl fmt::Display for Syntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Printer { syntax: self }.block(f, &self.body)
    }
}

struct Printer<'a> {
    syntax: &'a Syntax,
}

impl Printer<'_> {
    fn name(&self, slot: Slot) -> &str {
        &self.syntax.variables[slot.0 as usize]
    }

    fn block(&self, f: &mut dyn fmt::Write, block: &Block) -> fmt::Result {
        block.0.iter().try_for_each(|node| self.node(f, node))
    }

    fn node(&self, f: &mut dyn fmt::Write, node: &Node) -> fmt::Result {
        match node {
            Node::Break => f.write_str("#{break}"),
            Node::Call(call) => self.call(f, call),
            Node::Define(slot, body) => {
                write!(f, "#define(${})", self.name(*slot))?;
                self.block(f, body)?;
                f.write_str("#{end}")
            }
            Node::Foreach(foreach) => self.foreach(f, foreach),
            Node::If(conditional) => self.conditional(f, conditional),
            Node::Macro(index) => self.definition(f, *index),
            Node::Reference(reference) => self.reference(f, reference),
            Node::Set(set) => {
                f.write_str("#set(")?;
                self.reference(f, &set.target)?;
                f.write_str(" = ")?;
                self.expression(f, &set.value)?;
                f.write_str(")")
            }
            Node::Stop => f.write_str("#{stop}"),
            Node::Text(text) => unparsed(f, text),
        }
    }

    fn call(&self, f: &mut dyn fmt::Write, call: &MacroCall) -> fmt::Result {
        let sign = if call.body.is_some() { "#@" } else { "#" };
        write!(f, "{sign}{}(", self.syntax.macros[call.callee as usize].name)?;
        self.list(f, &call.arguments)?;
        f.write_str(")")?;
        if let Some(body) = &call.body {
            self.block(f, body)?;
            f.write_str("#{end}")?;
        }
        Ok(())
    }

    fn foreach(&self, f: &mut dyn fmt::Write, foreach: &Foreach) -> fmt::Result {
        write!(f, "#foreach(${} in ", self.name(foreach.variable))?;
        self.expression(f, &foreach.over)?;
        f.write_str(")")?;
        self.block(f, &foreach.body)?;
        f.write_str("#{end}")
    }

    fn conditional(&self, f: &mut dyn fmt::Write, conditional: &If) -> fmt::Result {
        for (index, (condition, body)) in conditional.branches.iter().enumerate() {
            f.write_str(if index == 0 { "#if(" } else { "#elseif(" })?;
            self.expression(f, condition)?;
            f.write_str(")")?;
            self.block(f, body)?;
        }
        if let Some(body) = &conditional.otherwise {
            f.write_str("#{else}")?;
            self.block(f, body)?;
        }
        f.write_str("#{end}")
    }

    fn definition(&self, f: &mut dyn fmt::Write, index: u32) -> fmt::Result {
        let called = &self.syntax.macros[index as usize];
        let definition = &called.definition;
        write!(f, "#macro({}", called.name)?;
        for parameter in &definition.parameters {
            write!(f, " ${}", self.name(*parameter))?;
        }
        f.write_str(")")?;
        self.block(f, &definition.body)?;
        f.write_str("#{end}")
    }

    fn reference(&self, f: &mut dyn fmt::Write, reference: &Reference) -> fmt::Result {
        for _ in 0..reference.backslashes {
            f.write_char('\\')?;
        }
        f.write_str(if reference.is_quiet { "$!" } else { "$" })?;
        f.write_str(if reference.is_formal { "{" } else { "" })?;
        f.write_str(self.name(reference.root))?;
        for part in &reference.parts {
            match part {
                Part::Call(call) => {
                    write!(f, ".{}(", call.name)?;
                    self.list(f, &call.arguments)?;
                    f.write_str(")")?;
                }
                Part::Index(index, _) => {
                    f.write_str("[")?;
                    self.expression(f, index)?;
                    f.write_str("]")?;
                }
                Part::Property(property) => write!(f, ".{}", property.name)?,
            }
        }
        f.write_str(if reference.is_formal { "}" } else { "" })
    }

    fn list(&self, f: &mut dyn fmt::Write, items: &[Expression]) -> fmt::Result {
        for (index, item) in items.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            self.expression(f, item)?;
        }
        Ok(())
    }

    fn expression(&self, f: &mut dyn fmt::Write, expression: &Expression) -> fmt::Result {
        match expression {
            Expression::Boolean(value) => write!(f, "{value}"),
            Expression::Chain(chain) => self.chain(f, chain),
            Expression::Decimal(value) => f.write_str(&number::decimal(*value)),
            Expression::Integer(value) => write!(f, "{value}"),
            Expression::Interpolated(block) => {
                let mut text = String::new();
                self.block(&mut text, block)?;
                write!(f, "\"{}\"", text.replace('"', "\"\""))
            }
            Expression::List(items) => {
                f.write_str("[")?;
                self.list(f, items)?;
                f.write_str("]")
            }
            Expression::Map(members) => {
                f.write_str("{")?;
                for (index, (key, value)) in members.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { ", " })?;
                    self.expression(f, key)?;
                    f.write_str(" : ")?;
                    self.expression(f, value)?;
                }
                f.write_str("}")
            }
            Expression::Not(operand) => {
                f.write_str("!")?;
                self.expression(f, operand)
            }
            Expression::Numeral(digits) => f.write_str(digits),
            Expression::Range(range) => {
                f.write_str("[")?;
                self.expression(f, &range.0)?;
                f.write_str(" .. ")?;
                self.expression(f, &range.1)?;
                f.write_str("]")
            }
            Expression::Reference(reference) => self.reference(f, reference),
            Expression::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
        }
    }

    fn chain(&self, f: &mut dyn fmt::Write, chain: &Chain) -> fmt::Result {
        f.write_str("(")?;
        self.expression(f, &chain.first)?;
        for (operator, operand) in &chain.rest {
            write!(f, " {} ", spelling(*operator))?;
            self.expression(f, operand)?;
        }
        f.write_str(")")
    }
}

fn spelling(operator: Operator) -> &'static str {
    let found = Operator::SPELLINGS.iter().find(|(_, each)| *each == operator);
    found.map_or("", |(text, _)| text)
}

/// What ends such text cannot be in it, and is put into the next.
fn unparsed(f: &mut dyn fmt::Write, text: &str) -> fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.find("]]#") {
        write!(f, "#[[{}]]#", &rest[..at + 2])?;
        rest = &rest[at + 2..];
    }
    write!(f, "#[[{rest}]]#")
}
