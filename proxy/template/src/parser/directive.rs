//! Directives, and calls of macros.

use super::cursor::{Problem, is_identifier_start};
use super::{End, Parser, Pieces};
use crate::syntax::{Block, Definition, Expression, Foreach, If, MacroCall, Node, Set};

/// What reads other templates, or text as a template while it is rendered.
const REFUSED: [(&str, &str); 3] = [
    ("evaluate", "#evaluate is refused: no template is parsed while serving"),
    ("include", "#include is refused: there is nothing to include"),
    ("parse", "#parse is refused: there is nothing to parse"),
];

/// `#name`, `#{name}` or `#@name`, where it is a directive or the name of a macro.
pub(super) struct Word<'t> {
    pub(super) name: &'t str,
    pub(super) bytes: usize,
    has_body: bool,
}

impl<'t> Parser<'_, 't> {
    pub(super) fn directive_word(&self) -> Option<Word<'t>> {
        let rest = &self.cursor.rest()[1..];
        let (inside, signs, has_body) = if let Some(inside) = rest.strip_prefix('{') {
            (inside, 3, false)
        } else if let Some(inside) = rest.strip_prefix('@') {
            (inside, 2, true)
        } else {
            (rest, 1, false)
        };
        let end = inside.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')));
        let (name, after) = inside.split_at(end.unwrap_or(inside.len()));
        if !name.starts_with(is_identifier_start) || (signs == 3 && !after.starts_with('}')) {
            return None;
        }
        let word = Word { name, bytes: name.len() + signs, has_body };
        let after = if signs == 3 { &after[1..] } else { after };
        let takes_arguments = after.trim_start().starts_with('(');
        let is_directive = match name {
            "break" | "else" | "elseif" | "end" | "if" | "stop" => !has_body,
            "define" | "evaluate" | "foreach" | "include" | "macro" | "parse" | "set" => {
                takes_arguments && !has_body
            }
            _ => self.names.is_macro(name),
        };
        is_directive.then_some(word)
    }

    pub(super) fn directive(
        &mut self,
        pieces: &mut Pieces,
        ends: &[End],
        word: &Word<'_>,
    ) -> Result<Option<End>, Problem> {
        let unexpected = self.cursor.problem(format!("unexpected #{}", word.name));
        let start = self.cursor.at();
        self.cursor.take(word.bytes);
        let end = match word.name {
            "end" => End::Block,
            "else" => End::Else,
            "elseif" => End::ElseIf,
            _ => {
                if word.name == "set" {
                    pieces.drop_whitespace_run();
                }
                if let Some(node) = self.statement(word, start)? {
                    pieces.push(node);
                } else {
                    pieces.begin_run();
                }
                return Ok(None);
            }
        };
        if !ends.contains(&end) {
            return Err(unexpected);
        }
        if end != End::ElseIf {
            self.cursor.skip_line_end();
        }
        Ok(Some(end))
    }

    fn statement(&mut self, word: &Word<'_>, start: usize) -> Result<Option<Node>, Problem> {
        Ok(Some(match word.name {
            "break" => Node::Break,
            "define" => {
                self.open()?;
                let slot = self.variable()?;
                self.close()?;
                Node::Define(slot, self.body()?)
            }
            "foreach" => Node::Foreach(Box::new(self.foreach()?)),
            "if" => Node::If(Box::new(self.conditional()?)),
            "macro" => return self.definition(),
            "set" => Node::Set(Box::new(self.set()?)),
            "stop" => Node::Stop,
            name => {
                if let Some((_, message)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
                    self.cursor.go_to(start);
                    return Err(self.cursor.problem((*message).to_owned()));
                }
                Node::Call(Box::new(self.macro_call(word)?))
            }
        }))
    }

    fn open(&mut self) -> Result<(), Problem> {
        self.cursor.skip_space();
        self.cursor.expect("(")?;
        self.cursor.skip_space();
        Ok(())
    }

    fn close(&mut self) -> Result<(), Problem> {
        self.cursor.skip_space();
        self.cursor.expect(")")?;
        self.cursor.skip_line_end();
        Ok(())
    }

    fn body(&mut self) -> Result<Block, Problem> {
        Ok(self.block(&[End::Block])?.0)
    }

    fn condition(&mut self) -> Result<Expression, Problem> {
        self.open()?;
        let condition = self.expression()?;
        self.close()?;
        Ok(condition)
    }

    fn conditional(&mut self) -> Result<If, Problem> {
        let mut branches = Vec::new();
        loop {
            let condition = self.condition()?;
            let (body, end) = self.block(&[End::ElseIf, End::Else, End::Block])?;
            branches.push((condition, body));
            match end {
                End::ElseIf => {}
                End::Else => {
                    let otherwise = Some(self.body()?);
                    return Ok(If { branches: branches.into(), otherwise });
                }
                End::Block | End::Template => {
                    return Ok(If { branches: branches.into(), otherwise: None });
                }
            }
        }
    }

    fn foreach(&mut self) -> Result<Foreach, Problem> {
        let place = self.cursor.place();
        self.open()?;
        let variable = self.variable()?;
        self.cursor.skip_space();
        self.cursor.expect("in")?;
        let over = self.expression()?;
        self.close()?;
        Ok(Foreach { variable, over, body: self.body()?, place })
    }

    fn set(&mut self) -> Result<Set, Problem> {
        let place = self.cursor.place();
        self.open()?;
        let expected = self.cursor.expected("a reference");
        let target = self.reference()?.ok_or(expected)?;
        self.cursor.skip_space();
        self.cursor.expect("=")?;
        let value = self.expression()?;
        self.close()?;
        Ok(Set { target, value, place })
    }

    /// The first definition of a name, and nothing for each other.
    fn definition(&mut self) -> Result<Option<Node>, Problem> {
        self.open()?;
        if !self.cursor.peek().is_some_and(is_identifier_start) {
            return Err(self.cursor.expected("the name of a macro"));
        }
        let name = self.cursor.take_identifier();
        let index = self.names.macro_index(name);
        if !self.names.begin(index) {
            let counts = self.names.discard();
            self.parameters_and_body()?;
            self.names.keep(counts);
            return Ok(None);
        }
        let definition = self.parameters_and_body()?;
        self.names.define(index, definition);
        Ok(Some(Node::Macro(index)))
    }

    fn parameters_and_body(&mut self) -> Result<Definition, Problem> {
        let mut parameters = Vec::new();
        loop {
            self.skip_separator();
            if self.cursor.starts_with(")") {
                break;
            }
            parameters.push(self.variable()?);
        }
        self.close()?;
        Ok(Definition { parameters: parameters.into(), body: self.body()? })
    }

    fn skip_separator(&mut self) {
        self.cursor.skip_space();
        if self.cursor.skip(",") {
            self.cursor.skip_space();
        }
    }

    fn macro_call(&mut self, word: &Word<'_>) -> Result<MacroCall, Problem> {
        let place = self.cursor.place();
        let mut arguments = Vec::new();
        if self.cursor.skip("(") {
            loop {
                self.skip_separator();
                if self.cursor.skip(")") {
                    break;
                }
                arguments.push(self.argument()?);
            }
            self.cursor.skip_line_end();
        }
        let body = if word.has_body { Some(self.body()?) } else { None };
        let callee = self.names.macro_index(word.name);
        Ok(MacroCall { callee, arguments: arguments.into(), body, place })
    }
}
