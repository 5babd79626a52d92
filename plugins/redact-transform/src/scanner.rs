//! Reads JSON (RFC 8259) without building it, and says where things are.
//!
//! Strict: what it accepts, every JSON parser reads alike, so that nothing is hidden from the
//! redaction and shown to the client. Errors tell the place and never the content.

/// As deep as serde_json reads; deeper documents are attacks on someone's stack.
const DEPTH_MAX: usize = 128;

/// Why a text is not JSON.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the body is not JSON: byte {at} {problem}")]
pub(crate) struct InvalidJson {
    pub(crate) at: usize,
    pub(crate) problem: &'static str,
}

/// What begins where the scanner stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Array,
    Object,
    Scalar,
}

/// A place in a text, which only moves on.
#[derive(Debug)]
pub(crate) struct Scanner<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Scanner<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// What the next value is; passes the white space before it.
    pub(crate) fn kind(&mut self) -> Kind {
        self.skip_white_space();
        match self.peek() {
            Some(b'[') => Kind::Array,
            Some(b'{') => Kind::Object,
            Some(_) | None => Kind::Scalar,
        }
    }

    /// Enters an array or object; true if it has a first item, which is next.
    pub(crate) fn enter(&mut self, close: u8) -> Result<bool, InvalidJson> {
        if self.depth == DEPTH_MAX {
            return Err(self.error("is nested more than 128 deep"));
        }
        self.depth += 1;
        self.at += 1;
        self.skip_white_space();
        if self.peek() != Some(close) {
            return Ok(true);
        }
        self.leave();
        Ok(false)
    }

    /// Passes a comma, or the end of the array or object; true if there is another item.
    pub(crate) fn next(&mut self, close: u8) -> Result<bool, InvalidJson> {
        self.skip_white_space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.skip_white_space();
                Ok(true)
            }
            Some(byte) if byte == close => {
                self.leave();
                Ok(false)
            }
            Some(_) | None => Err(self.error("should be a comma or the end")),
        }
    }

    fn leave(&mut self) {
        self.depth -= 1;
        self.at += 1;
    }

    /// Passes a member's name and colon; returns the name's text with its quotes and escapes.
    pub(crate) fn member_name(&mut self) -> Result<&'t str, InvalidJson> {
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.error("should be the name of a member"));
        }
        self.string()?;
        let name = self.text.get(start..self.at).unwrap_or_default();
        self.skip_white_space();
        if self.peek() != Some(b':') {
            return Err(self.error("should be a colon"));
        }
        self.at += 1;
        self.skip_white_space();
        Ok(name)
    }

    /// Passes a value, whatever it is.
    pub(crate) fn skip_value(&mut self) -> Result<(), InvalidJson> {
        match self.kind() {
            Kind::Array => {
                let mut more = self.enter(b']')?;
                while more {
                    self.skip_value()?;
                    more = self.next(b']')?;
                }
                Ok(())
            }
            Kind::Object => {
                let mut more = self.enter(b'}')?;
                while more {
                    self.member_name()?;
                    self.skip_value()?;
                    more = self.next(b'}')?;
                }
                Ok(())
            }
            Kind::Scalar => self.scalar(),
        }
    }

    /// Passes the white space after the document's value; there must be nothing else.
    pub(crate) fn end(&mut self) -> Result<(), InvalidJson> {
        self.skip_white_space();
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.error("comes after the end")),
        }
    }

    fn scalar(&mut self) -> Result<(), InvalidJson> {
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) | None => {
                let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
                let words: [&[u8]; 3] = [b"true", b"false", b"null"];
                let word = words.into_iter().find(|word| rest.starts_with(word));
                self.at += word.ok_or_else(|| self.error("should be a value"))?.len();
                Ok(())
            }
        }
    }

    fn string(&mut self) -> Result<(), InvalidJson> {
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(0..=0x1f) => return Err(self.error("is a control character in a string")),
                Some(_) => self.at += 1,
                None => return Err(self.error("should be the end of a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<(), InvalidJson> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return Err(self.error("should be a hexadecimal digit"));
                    }
                    self.at += 1;
                }
            }
            Some(_) | None => return Err(self.error("should be an escaped character")),
        }
        Ok(())
    }

    /// RFC 8259, section 6: no leading zeros, digits on both sides of the point.
    fn number(&mut self) -> Result<(), InvalidJson> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), InvalidJson> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.error("should be a digit")) } else { Ok(()) }
    }

    fn skip_white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(crate) fn error(&self, problem: &'static str) -> InvalidJson {
        InvalidJson { at: self.at, problem }
    }
}

#[cfg(test)]
mod tests;
