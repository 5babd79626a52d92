//! Expressions: literals, operators, and what stands in brackets.

use super::Parser;
use super::cursor::{Cursor, Problem, is_identifier_start};
use crate::syntax::{Block, Chain, Expression, Node, Operator};

impl Parser<'_, '_> {
    pub(super) fn expression(&mut self) -> Result<Expression, Problem> {
        self.operation(0)
    }

    /// Operators that bind at least as closely as `minimum`.
    fn operation(&mut self, minimum: u8) -> Result<Expression, Problem> {
        self.cursor.skip_space();
        let place = self.cursor.place();
        let mut first = self.nested(Self::operand)?;
        while let Some((operator, _)) = self.operator()
            && operator.precedence() >= minimum
        {
            let level = operator.precedence();
            let mut rest = Vec::new();
            while let Some((operator, bytes)) = self.operator()
                && operator.precedence() == level
            {
                self.cursor.take(bytes);
                rest.push((operator, self.operation(level + 1)?));
            }
            first = Expression::Chain(Box::new(Chain { first, rest: rest.into(), place }));
        }
        Ok(first)
    }

    fn operator(&mut self) -> Option<(Operator, usize)> {
        self.cursor.skip_space();
        let rest = self.cursor.rest();
        let is_whole = |text: &str| {
            !text.starts_with(is_identifier_start)
                || !rest[text.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        };
        let found = Operator::SPELLINGS.iter();
        let mut found = found.filter(|(text, _)| rest.starts_with(text) && is_whole(text));
        found.next().map(|(text, operator)| (*operator, text.len()))
    }

    fn operand(&mut self) -> Result<Expression, Problem> {
        self.cursor.skip_space();
        let is_word = |rest: &str, word: &str| {
            rest.strip_prefix(word)
                .is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_alphanumeric()))
        };
        if self.cursor.skip("!") || (is_word(self.cursor.rest(), "not") && self.cursor.skip("not"))
        {
            return Ok(Expression::Not(Box::new(self.nested(Self::operand)?)));
        }
        if self.cursor.skip("(") {
            let inside = self.expression()?;
            self.cursor.skip_space();
            self.cursor.expect(")")?;
            return Ok(inside);
        }
        self.argument()
    }

    /// A value without operators, as it is passed to a macro.
    pub(super) fn argument(&mut self) -> Result<Expression, Problem> {
        let expected = self.cursor.expected("a value");
        match self.cursor.peek() {
            Some('"' | '\'') => self.quoted(),
            Some('[') => self.nested(Self::list),
            Some('{') => self.nested(Self::map),
            Some('$') => Ok(Expression::Reference(Box::new(self.reference()?.ok_or(expected)?))),
            Some('0'..='9' | '-' | '.') => self.number().ok_or(expected),
            _ => {
                let at = self.cursor.at();
                match self.cursor.take_identifier() {
                    "true" => Ok(Expression::Boolean(true)),
                    "false" => Ok(Expression::Boolean(false)),
                    _ => {
                        self.cursor.go_to(at);
                        Err(expected)
                    }
                }
            }
        }
    }

    /// `[1, 2]` or `[1..2]`.
    fn list(&mut self) -> Result<Expression, Problem> {
        self.cursor.expect("[")?;
        self.cursor.skip_space();
        if self.cursor.skip("]") {
            return Ok(Expression::List(Box::default()));
        }
        let first = self.expression()?;
        self.cursor.skip_space();
        if self.cursor.skip("..") {
            let last = self.expression()?;
            self.cursor.skip_space();
            self.cursor.expect("]")?;
            return Ok(Expression::Range(Box::new((first, last))));
        }
        let mut items = vec![first];
        while self.cursor.skip(",") {
            items.push(self.expression()?);
            self.cursor.skip_space();
        }
        self.cursor.expect("]")?;
        Ok(Expression::List(items.into()))
    }

    fn map(&mut self) -> Result<Expression, Problem> {
        self.cursor.expect("{")?;
        self.cursor.skip_space();
        let mut members = Vec::new();
        if self.cursor.skip("}") {
            return Ok(Expression::Map(Box::default()));
        }
        loop {
            let key = self.expression()?;
            self.cursor.skip_space();
            self.cursor.expect(":")?;
            members.push((key, self.expression()?));
            self.cursor.skip_space();
            if !self.cursor.skip(",") {
                break;
            }
        }
        self.cursor.expect("}")?;
        Ok(Expression::Map(members.into()))
    }

    fn number(&mut self) -> Option<Expression> {
        let rest = self.cursor.rest();
        let bytes = rest.as_bytes();
        let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
        let sign = usize::from(rest.starts_with('-'));
        let whole = digits(sign);
        let mut end = sign + whole;
        let mut is_decimal = false;
        // Two points make a range.
        if bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
            is_decimal = true;
            end += 1 + digits(end + 1);
        }
        if !is_decimal && whole == 0 {
            return None;
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let signed = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            let exponent =
                if end + 1 + signed < bytes.len() { digits(end + 1 + signed) } else { 0 };
            if exponent > 0 {
                is_decimal = true;
                end += 1 + signed + exponent;
            }
        }
        let text = self.cursor.take(end);
        if is_decimal {
            return text.parse().ok().map(Expression::Decimal);
        }
        Some(text.parse().map_or_else(|_| Expression::Numeral(text.into()), Expression::Integer))
    }

    /// Single quotes take it as it is; in double quotes references and directives are rendered. A
    /// quote is doubled.
    fn quoted(&mut self) -> Result<Expression, Problem> {
        let place = self.cursor.place();
        let unclosed = self.cursor.problem("the quote is not closed".to_owned());
        let quote = if self.cursor.starts_with("\"") { "\"" } else { "'" };
        self.cursor.skip(quote);
        let mut text = String::new();
        loop {
            let Some(inside) = self.cursor.take_past(quote) else { return Err(unclosed) };
            text.push_str(inside);
            if !self.cursor.skip(quote) {
                break;
            }
            text.push_str(quote);
        }
        let text = unicode_escapes(text);
        if quote == "'" || !text.contains(['$', '#']) {
            return Ok(Expression::Text(text.into()));
        }
        let mut cursor = Cursor::quoted(&text, place);
        let mut parser =
            Parser { cursor: &mut cursor, names: &mut *self.names, nesting: self.nesting };
        let (Block(nodes), _) = parser.block(&[])?;
        let mut nodes = nodes.into_vec();
        Ok(match nodes.pop() {
            None => Expression::Text(Box::default()),
            Some(Node::Text(text)) if nodes.is_empty() => Expression::Text(text),
            Some(last) => {
                nodes.push(last);
                Expression::Interpolated(Block(nodes.into()))
            }
        })
    }
}

/// `\u0041`: the only escape in quotes.
fn unicode_escapes(text: String) -> String {
    if !text.contains("\\u") {
        return text;
    }
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("\\u") {
        units.extend(rest[..at].encode_utf16());
        let unit = rest.get(at + 2..at + 6).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        if let Some(unit) = unit.and_then(|digits| u16::from_str_radix(digits, 16).ok()) {
            units.push(unit);
            rest = &rest[at + 6..];
        } else {
            units.extend(rest[at..at + 2].encode_utf16());
            rest = &rest[at + 2..];
        }
    }
    units.extend(rest.encode_utf16());
    String::from_utf16_lossy(&units)
}
