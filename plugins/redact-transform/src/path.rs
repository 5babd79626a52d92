//! Paths to the fields to redact, and where a walk through a document stands in them.
//!
//! | segment | goes to                                                   |
//! |---------|-----------------------------------------------------------|
//! | `name`  | the member of this name (`\` before `.`, `[`, `*`, `\`)    |
//! | `*`     | every member of an object                                 |
//! | `[]`    | every element of an array, after a name or alone          |
//! | `**`    | here, and everything below                                |

/// A walk looks at every path at each step; more than these is another tool's work.
pub(crate) const PATHS_MAX: usize = 100;

#[derive(Clone, Debug, Eq, PartialEq)]
enum Segment {
    AnyDepth,
    AnyMember,
    Elements,
    Member(String),
}

/// A path that was parsed; it has a last segment, which is not `**`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Path(Vec<Segment>);

/// One step down in a document.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'a> {
    Element,
    Member(&'a str),
}

/// What is left of each path that could still match below.
#[derive(Clone, Debug, Default)]
pub(crate) struct Position<'p>(Vec<&'p [Segment]>);

/// What a step leads to.
pub(crate) enum Reached<'p> {
    Field,
    Position(Position<'p>),
}

impl Path {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut segments = Vec::new();
        let mut rest = text;
        loop {
            rest = parse_segment(rest, &mut segments)?;
            match rest.strip_prefix('.') {
                Some(after) => rest = after,
                None if rest.is_empty() => break,
                None => return Err("has text after []; put a dot between".to_owned()),
            }
        }
        if segments.last() == Some(&Segment::AnyDepth) {
            return Err("ends in **, which would be everything; name a field after it".to_owned());
        }
        if segments.windows(2).any(|pair| pair == [Segment::AnyDepth, Segment::AnyDepth]) {
            return Err("has ** twice in a row; once is enough".to_owned());
        }
        Ok(Self(segments))
    }
}

/// Takes `name[]...`, `*[]...`, `[]...` or `**` from the start of a path.
fn parse_segment<'t>(text: &'t str, segments: &mut Vec<Segment>) -> Result<&'t str, String> {
    let (name, mut rest) = parse_name(text)?;
    let is_plain = text.len() - rest.len() == name.len();
    match name.as_str() {
        "" if !rest.starts_with("[]") => {
            return Err("has an empty segment; remove a dot".to_owned());
        }
        "" => {}
        "*" if is_plain => segments.push(Segment::AnyMember),
        "**" if is_plain => segments.push(Segment::AnyDepth),
        _ if is_plain && name.contains('*') => {
            return Err("has a * beside other text; write \\* for a plain one".to_owned());
        }
        _ => segments.push(Segment::Member(name)),
    }
    while let Some(after) = rest.strip_prefix("[]") {
        segments.push(Segment::Elements);
        rest = after;
    }
    if rest.starts_with('[') {
        return Err("has [ without ]; write [] for every element, or \\[".to_owned());
    }
    Ok(rest)
}

/// A name up to `.` or `[`, without its backslashes.
fn parse_name(text: &str) -> Result<(String, &str), String> {
    let mut name = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '.' | '[' => return Ok((name, text.get(at..).unwrap_or_default())),
            '\\' => match characters.next() {
                Some((_, escaped)) => name.push(escaped),
                None => return Err("ends in a backslash; write \\\\ for a plain one".to_owned()),
            },
            _ => name.push(character),
        }
    }
    Ok((name, ""))
}

impl<'p> Position<'p> {
    /// Before the first segment of every path.
    pub(crate) fn start(paths: &'p [Path]) -> Self {
        let mut position = Self::default();
        for path in paths {
            position.insert(&path.0);
        }
        position
    }

    /// Nothing below can match.
    pub(crate) fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn step(&self, step: Step<'_>) -> Reached<'p> {
        let mut next = Self::default();
        for remaining in &self.0 {
            let Some((segment, rest)) = remaining.split_first() else {
                continue;
            };
            let leads_on = match (segment, step) {
                (Segment::AnyDepth, _) => {
                    next.insert(remaining);
                    false
                }
                (Segment::AnyMember, Step::Member(_)) | (Segment::Elements, Step::Element) => true,
                (Segment::Member(name), Step::Member(found)) => name == found,
                (Segment::AnyMember | Segment::Member(_), Step::Element)
                | (Segment::Elements, Step::Member(_)) => false,
            };
            if leads_on && rest.is_empty() {
                return Reached::Field;
            }
            if leads_on {
                next.insert(rest);
            }
        }
        Reached::Position(next)
    }

    /// `**` also stands for no step at all.
    fn insert(&mut self, remaining: &'p [Segment]) {
        if self.0.contains(&remaining) {
            return;
        }
        self.0.push(remaining);
        if let Some((Segment::AnyDepth, rest)) = remaining.split_first() {
            self.insert(rest);
        }
    }
}

#[cfg(test)]
mod tests;
