//! From text to a tree, in the grammar of Velocity 1.7: which whitespace goes with a directive, what
//! a backslash escapes, and what is text although it begins as something else.

mod cursor;
mod directive;
mod expression;
mod names;
mod reference;

pub(crate) use cursor::line_and_column;

use crate::SyntaxError;
use crate::syntax::{Block, Node, Syntax};
use cursor::{Cursor, Problem, is_identifier_start};
use names::Names;

/// AWS's largest template.
const TEXT_BYTES_MAX: usize = 300 * 1024;

/// Blocks, brackets and quotes within each other: a parser and a renderer that follow them need that
/// much stack.
const NESTING_MAX: u32 = 100;

/// What looks like a call is text if there is no such macro; that is known when all is read. What is
/// in it may then be a call, and so on.
const PASSES_MAX: u32 = 5;

/// Whitespace around it is not part of a template.
pub(crate) fn parse(text: &str) -> Result<Syntax, SyntaxError> {
    if text.len() > TEXT_BYTES_MAX {
        let message = format!("a template has at most {TEXT_BYTES_MAX} bytes, got {}", text.len());
        return Err(SyntaxError { line: 1, column: 1, message });
    }
    let mut names = Names::of(text);
    for _ in 0..PASSES_MAX {
        let mut cursor = Cursor::new(text.trim_end(), text.len() - text.trim_start().len());
        let mut parser = Parser { cursor: &mut cursor, names: &mut names, nesting: 0 };
        let (body, _) = parser.block(&[]).map_err(|problem| problem.in_text(text))?;
        match names.corrected() {
            Some(corrected) => names = corrected,
            None => return Ok(names.into_syntax(body)),
        }
    }
    let message = "macros are called that are only defined in text".to_owned();
    Err(SyntaxError { line: 1, column: 1, message })
}

/// What ends a block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    Block,
    Else,
    ElseIf,
    Template,
}

struct Parser<'p, 't> {
    cursor: &'p mut Cursor<'t>,
    names: &'p mut Names,
    nesting: u32,
}

/// The nodes of a block so far, and the text that follows them.
#[derive(Default)]
struct Pieces {
    nodes: Vec<Node>,
    text: String,
    /// Where in `text` the run began that may be nothing but whitespace: `#set` takes it.
    run: usize,
}

impl Pieces {
    fn push(&mut self, node: Node) {
        self.flush();
        self.nodes.push(node);
    }

    fn flush(&mut self) {
        self.run = 0;
        if !self.text.is_empty() {
            let text = std::mem::take(&mut self.text);
            self.nodes.push(Node::Text(text.into()));
        }
    }

    /// Text after something that is not text: whitespace is counted anew.
    fn begin_run(&mut self) {
        self.run = self.text.len();
    }

    fn drop_whitespace_run(&mut self) {
        if self.text[self.run..].bytes().all(|byte| matches!(byte, b' ' | b'\t')) {
            self.text.truncate(self.run);
        }
    }
}

impl Parser<'_, '_> {
    /// Counts one more level, for as long as `parse` runs.
    fn nested<T>(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        if self.nesting == NESTING_MAX {
            return Err(self.cursor.problem(format!("nested more than {NESTING_MAX} deep")));
        }
        self.nesting += 1;
        let parsed = parse(self);
        self.nesting -= 1;
        parsed
    }

    /// To one of the ends that are awaited, or to the end of the text if none is.
    fn block(&mut self, ends: &[End]) -> Result<(Block, End), Problem> {
        self.nested(|parser| {
            let mut pieces = Pieces::default();
            let end = parser.pieces(&mut pieces, ends)?;
            pieces.flush();
            Ok((Block(pieces.nodes.into()), end))
        })
    }

    fn pieces(&mut self, pieces: &mut Pieces, ends: &[End]) -> Result<End, Problem> {
        loop {
            pieces.text.push_str(self.cursor.take_until(&['$', '#', '\\']));
            match self.cursor.peek() {
                None if ends.is_empty() => return Ok(End::Template),
                None => return Err(self.cursor.problem("expected #end, found the end".to_owned())),
                Some('\\') => self.escaped(pieces)?,
                Some('$') => self.reference_or_text(pieces, 0)?,
                Some(_) => {
                    if let Some(end) = self.hash(pieces, ends)? {
                        return Ok(end);
                    }
                }
            }
        }
    }

    fn reference_or_text(&mut self, pieces: &mut Pieces, backslashes: u32) -> Result<(), Problem> {
        if let Some(mut reference) = self.reference()? {
            reference.backslashes = backslashes;
            pieces.push(Node::Reference(reference));
        } else {
            pieces.text.extend((0..backslashes).map(|_| '\\'));
            pieces.text.push('$');
            self.cursor.skip("$");
        }
        Ok(())
    }

    /// Backslashes escape a reference when it is rendered, and a directive here: of each two one is
    /// printed, and an odd one makes text of what follows.
    fn escaped(&mut self, pieces: &mut Pieces) -> Result<(), Problem> {
        let backslashes = self.cursor.take_while(|c| c == '\\');
        let count = backslashes.len();
        match self.cursor.peek() {
            Some('$') => {
                return self.reference_or_text(pieces, u32::try_from(count).unwrap_or(u32::MAX));
            }
            Some('#') if let Some(word) = self.directive_word() => {
                if count % 2 == 1 {
                    pieces.text.push_str(&backslashes[..count / 2]);
                    pieces.text.push_str(self.cursor.take(word.bytes));
                } else if word.name == "set" {
                    pieces.text.push_str(backslashes);
                } else {
                    pieces.text.push_str(&backslashes[..count / 2]);
                }
            }
            _ => pieces.text.push_str(backslashes),
        }
        pieces.begin_run();
        Ok(())
    }

    /// Everything that begins with `#`; the end of the block, if it is one.
    fn hash(&mut self, pieces: &mut Pieces, ends: &[End]) -> Result<Option<End>, Problem> {
        if self.cursor.skip("##") {
            self.cursor.take_until(&['\n', '\r']);
            self.cursor.skip_newline();
        } else if self.cursor.skip("#*") {
            self.cursor.take_past("*#");
        } else if self.cursor.starts_with("#[[") {
            let unclosed = self.cursor.problem("#[[ is not closed by ]]#".to_owned());
            self.cursor.skip("#[[");
            pieces.text.push_str(self.cursor.take_past("]]#").ok_or(unclosed)?);
        } else if let Some(word) = self.directive_word() {
            return self.directive(pieces, ends, &word);
        } else {
            self.cursor.skip("#");
            pieces.text.push('#');
            return Ok(None);
        }
        pieces.begin_run();
        Ok(None)
    }

    /// A variable alone, as loops and definitions name it.
    fn variable(&mut self) -> Result<crate::syntax::Slot, Problem> {
        let problem = self.cursor.expected("a variable");
        if !self.cursor.skip("$") {
            return Err(problem);
        }
        let is_formal = self.cursor.skip("{");
        if !self.cursor.peek().is_some_and(is_identifier_start) {
            return Err(problem);
        }
        let name = self.cursor.take_identifier();
        let slot = self.names.slot(name);
        if is_formal {
            self.cursor.expect("}")?;
        }
        Ok(slot)
    }
}
